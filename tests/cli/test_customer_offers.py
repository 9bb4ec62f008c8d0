"""`saleslab customers offers`: reasons, a file to join, nobody who said no, and exit codes."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from saleslab.cli import app
from saleslab.warehouse import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "customers"))
from baskets import LOADED, draw_lines

RUN = CliRunner()


def write(address, n_accounts):
    lines = draw_lines(n_accounts=n_accounts)
    order = [f"o:{number:06}" for number in range(len(lines))]
    ids = sorted(lines["account_id"].unique())
    frames = {
        "orders": pd.DataFrame(
            {"order_id": order, "account_id": lines["account_id"], "ordered_at": lines["day"], "total": 1_000}
        ),
        "order_lines": pd.DataFrame(
            {"line_id": order, "order_id": order, "product_id": lines["product_id"], "total": 1_000}
        ),
        "accounts": pd.DataFrame({"account_id": ids, "name": [f"社名{one}" for one in ids], "owner_id": "u:1"}),
        "contacts": pd.DataFrame(
            {
                "contact_id": [f"c:{one}" for one in ids],
                "account_id": ids,
                "email": [f"{one[2:]}@example.com" for one in ids],
                "phone": None,
                "opt_out_email": np.arange(len(ids)) % 4 == 0,
                "opt_out_phone": False,
            }
        ),
    }
    with connect(f"duckdb:///{address}") as lab:
        for name, frame in frames.items():
            lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return str(address)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return write(tmp_path_factory.mktemp("offers") / "lab.duckdb", 150)


def ask(*words):
    return RUN.invoke(app, ["customers", "offers", *words])


@pytest.mark.requirement("M04")
def test_the_file_joins_by_account_and_product_has_a_reason_in_every_row_and_nobody_who_said_no(company, tmp_path):
    sheet = tmp_path / "offers.csv"
    result = ask("--db", company, "--to", str(sheet), "--channel", "email", "--as-of", "2026-09-30", "--shown", "2")
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(sheet)
    assert {"account_id", "contact_id", "product_id", "chance", "reason"} <= set(rows.columns)
    assert rows["reason"].notna().all()
    assert not rows["account_id"].str[2:].astype(int).mod(4).eq(0).any() or len(rows["account_id"].unique()) < 150
    refused = {f"c:a:{number:04}" for number in range(150)} - set(rows["contact_id"])
    assert len(refused) >= 37
    assert "Left out because they may not be reached" in result.output
    assert "社名" not in result.output
    assert "Who is about to buy again?" in result.output


def test_json_tells_verdicts_and_counts_and_a_small_company_is_told_what_lacks(company, tmp_path):
    told = json.loads(ask("--db", company, "--as-of", "2026-09-30", "--json").stdout)
    assert set(told["checks"]) == {"new", "again"}
    assert told["n_offers"] > 100
    small = write(tmp_path / "small.duckdb", 20)
    result = ask("--db", small, "--as-of", "2026-09-30", "--lang", "ja")
    assert result.exit_code == 1
    assert "次の対応" in result.output or "Next" in result.output
    assert "提案すべき商品はまだ判断できません" in result.output


def test_bad_input_is_refused_with_what_to_type(company):
    result = ask("--db", company, "--channel", "email")
    assert result.exit_code == 2
    assert "add --to FILE" in result.output
    result = ask("--db", company, "--as-of", "soon")
    assert result.exit_code == 2
    assert "write it as 2026-09-30" in result.output
    result = ask("--db", company, "--user", "u:9")
    assert result.exit_code == 2
    assert "give a user_id of accounts.owner_id" in result.output
