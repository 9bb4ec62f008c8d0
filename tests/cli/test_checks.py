"""`saleslab check` and `saleslab duplicates`, as a scheduler and as a person type them."""

import json
from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest

from saleslab.warehouse import connect

LOADED = datetime(2026, 10, 1)


def deals(**change):
    """Four sound deals, of which the first is changed."""
    rows = [
        {
            "opportunity_id": f"o:{i}",
            "account_id": f"a:{i % 2}",
            "stage_id": "won" if i % 2 else "lost",
            "amount": Decimal(100_000),
            "created_at": datetime(2026, 3, 2 + i, 1, 2, 3),
            "closed_at": datetime(2026, 5, 11 + i, 4, 5, 6),
            "is_closed": True,
            "is_won": bool(i % 2),
            "owner_id": "u:1",
        }
        for i in range(4)
    ]
    return pd.DataFrame([rows[0] | change, *rows[1:]])


def accounts(*names):
    return pd.DataFrame({"account_id": [f"a:{i}" for i in range(len(names))], "name": names})


@pytest.fixture
def company(tmp_path):
    """Return a function that writes a company to the default database."""

    def write(opportunities, names=("Blue Fern Works Inc.", "Harborlight Foods LLC")):
        with connect(f"duckdb:///{tmp_path}/data/lab.duckdb") as lab:
            tables = {"opportunities": opportunities, "accounts": accounts(*names)}
            tables["users"] = pd.DataFrame({"user_id": ["u:1"], "is_active": [True]})
            for name, frame in tables.items():
                lab.write(name, frame, source_system="test", loaded_at=LOADED)

    return write


@pytest.mark.requirement("F01")
def test_sound_data_open_the_gate_and_publish_a_page(type_in, company, tmp_path):
    company(deals())
    done = type_in("check")
    assert done.exit_code == 0, done.stderr
    assert "The gate is open: no error." in done.stdout
    (page,) = (tmp_path / "reports" / "runs" / "data_quality").glob("*/ja.html")
    assert "この数字は信頼できるか？" in page.read_text(encoding="utf-8")
    assert (tmp_path / "reports" / "site" / "index.html").is_file()


@pytest.mark.requirement("F01")
def test_an_error_closes_the_gate_with_3_and_names_the_rows_to_a_machine(type_in, company):
    company(deals(closed_at=datetime(2026, 1, 5)))
    done = type_in("check", "--json", "--lang", "ja")
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told["gate"] == "closed"
    (error,) = (one for one in told["findings"] if one["severity"] == "error")
    assert (error["code"], error["ids"], error["n_rows"]) == ("closed_before_created", ["o:0"], 1)
    assert error["what"] == "完了日が作成日より前の商談が1件あります。"
    assert {table["table"]: table["score"] for table in told["tables"]}["opportunities"] == 75.0


def test_a_repeated_key_keeps_no_page_from_telling_of_it(type_in, company, tmp_path):
    company(deals())
    with connect(f"duckdb:///{tmp_path}/data/lab.duckdb") as lab:
        rows = lab._backend.to_pyarrow(lab.table("opportunities").limit(1))
        lab._backend.insert("opportunities", rows)
    done = type_in("check")
    assert done.exit_code == 3, done.stderr
    assert "1 key stands on several records" in done.stdout
    assert list((tmp_path / "reports" / "runs" / "data_quality").glob("*/en.html"))


def test_no_database_and_no_day_are_bad_input(type_in, company):
    refused = type_in("check")
    assert (refused.exit_code, "Next:" in refused.stderr) == (2, True)
    company(deals())
    refused = type_in("check", "--as-of", "September")
    assert refused.exit_code == 2
    assert "'September' is not a day.\n  Next: write it as 2026-09-30." in refused.stderr


TWICE = ("株式会社ソラニワ製作所", "ハルガミ商事合同会社", "（株）ソラニワ製作所")


@pytest.mark.requirement("F01")
def test_duplicates_are_proposed_by_id_and_named_only_in_the_file_that_is_asked_for(type_in, company, tmp_path):
    company(deals(), TWICE)
    shown = type_in("duplicates")
    assert shown.exit_code == 0, shown.stderr
    assert "a:0, a:2" in shown.stdout
    assert "ソラニワ" not in shown.stdout
    told = json.loads(type_in("duplicates", "--out", "review/pairs.csv", "--json").stdout)
    assert told["accounts"]["groups"][0]["ids"] == ["a:0", "a:2"]
    assert "（株）ソラニワ製作所" in (tmp_path / told["accounts"]["file"]).read_text(encoding="utf-8-sig")
    with connect(f"duckdb:///{tmp_path}/data/lab.duckdb", read_only=True) as lab:
        assert lab.read(lab.table("accounts").count().name("n"))["n"].iloc[0] == 3  # nothing was merged


def test_where_there_is_nothing_to_compare_it_says_so(type_in, tmp_path):
    with connect(f"duckdb:///{tmp_path}/data/lab.duckdb") as lab:
        lab.write("opportunities", deals(), source_system="test", loaded_at=LOADED)
    refused = type_in("duplicates")
    assert refused.exit_code == 2
    assert "accounts" in refused.stderr
    assert "Next: import accounts first." in refused.stderr
