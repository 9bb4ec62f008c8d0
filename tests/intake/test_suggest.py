"""A map for an export that no map knows."""

import tomllib
from datetime import datetime

import pytest

from saleslab.errors import FileProblem
from saleslab.intake import import_export, load_map, suggest_map
from saleslab.warehouse import connect

DEALS = """案件番号,案件名,得意先,フェーズ,受注金額,受注確度,受注予定日,登録日時,営業担当,備考
A-1,更新,甲社,提案,"1,200,000円",40%,2026/4/1,2026/1/5 9:05,E1,x
A-2,新規,乙社,受注,300000,100%,2026/3/1,2026/1/6 10:05,E2,y
A-3,新規,丙社,失注,300000,0%,2026/3/1,2026/1/6 10:05,E2,z
"""


def write(folder, text, name, encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def columns_of(suggestion):
    return {name: rule for table in tomllib.loads(suggestion.toml)["tables"] for name, rule in table["columns"].items()}


def test_a_japanese_deal_list_gets_a_map_that_imports_it_as_it_stands(tmp_path):
    file = write(tmp_path, DEALS, "案件一覧.csv", "cp932")
    suggestion = suggest_map(file)
    found = columns_of(suggestion)
    assert {name: found[name] for name in ("opportunity_id", "stage_id", "amount", "owner_id", "account_id")} == {
        "opportunity_id": "案件番号", "stage_id": "フェーズ", "amount": "受注金額", "owner_id": "営業担当",
        "account_id": "得意先",
    }  # fmt: skip
    assert found["is_won"] == {"from": "フェーズ", "values": {"受注": True}, "otherwise": False}
    assert found["is_closed"]["values"] == {"受注": True, "失注": True}
    assert suggestion.missing == ()
    mine = write(tmp_path, suggestion.toml, "mine.toml")
    with connect("duckdb://") as lab:
        done = import_export(file, lab, map_name_or_file=mine, loaded_at=datetime(2026, 11, 24))
        deals = lab.read(lab.table("opportunities").order_by("opportunity_id"))
    assert done.accepted
    assert [str(amount) for amount in deals["amount"]] == ["1200000.00", "300000.00", "300000.00"]
    assert deals["is_won"].tolist() == [False, True, False]
    assert deals["probability"].tolist() == [0.4, 1.0, 0.0]


def test_probabilities_of_0_to_100_and_the_order_of_dates_are_noticed(tmp_path):
    text = "Deal ID,Stage,Probability,Expected Close Date\n1,Open,40,25/12/2026\n2,Won,100,01/02/2026\n"
    suggestion = suggest_map(write(tmp_path, text, "deals.csv"))
    assert columns_of(suggestion)["probability"] == {"from": "Probability", "unit": "percent"}
    assert tomllib.loads(suggestion.toml)["date_order"] == "DMY"


def test_an_order_that_the_values_do_not_tell_is_asked_for_and_not_guessed(tmp_path):
    text = "Deal ID,Stage,Expected Close Date\n1,Open,05/06/2026\n2,Won,01/02/2026\n"
    suggestion = suggest_map(write(tmp_path, text, "deals.csv"))
    assert "date_order" not in tomllib.loads(suggestion.toml)
    assert 'say date_order = "DMY" or "MDY"' in suggestion.toml


def test_what_is_needed_and_not_found_is_named(tmp_path):
    suggestion = suggest_map(write(tmp_path, "Deal ID,Amount\n1,5\n2,7\n", "deals.csv"), table="opportunities")
    assert {"opportunities.stage_id", "opportunities.is_won"} <= set(suggestion.missing)
    assert "NEEDED" in suggestion.toml


def test_the_kind_of_the_values_decides_between_columns_of_like_names(tmp_path):
    text = "Order Number,Order Date,Amount,Customer\nO1,2026-01-05,12.50,甲社\nO2,2026-01-06,7.00,乙社\n"
    found = columns_of(suggest_map(write(tmp_path, text, "orders.csv")))
    assert found["order_id"] == "Order Number"
    assert found["ordered_at"] == "Order Date"
    assert found["total"] == "Amount"


def test_no_value_of_a_person_gets_into_the_proposal(tmp_path):
    text = "Employee ID,Name,Email\nE1,Hana Example,hana@example.org\nE2,Ren Example,ren@example.org\n"
    suggestion = suggest_map(write(tmp_path, text, "users.csv"))
    assert columns_of(suggestion)["email"] == "Email"
    assert "Hana" not in suggestion.toml
    assert "@" not in suggestion.toml


def test_a_proposal_is_a_map_that_can_be_loaded_once_nothing_is_missing(tmp_path):
    file = write(tmp_path, DEALS, "deals.csv")
    assert load_map(write(tmp_path, suggest_map(file).toml, "m.toml")).tables[0].table == "opportunities"


def test_a_file_without_sales_data_is_refused(tmp_path):
    with pytest.raises(FileProblem, match=r"(?s)looks like a table of sales data.*--table"):
        suggest_map(write(tmp_path, "q1,q2\n7,8\n9,8\n", "x.csv"))
