"""``saleslab kpi``: a tree is linted, its measures are counted, and the goal is studied, in both languages."""

import json
from datetime import date, datetime

import pytest

from saleslab.forecasting import follow_landing
from saleslab.kpi import list_templates
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

DAY = ("--as-of", "2026-07-31")
TABLES = (
    "opportunities", "stages", "stage_events", "leads", "handoffs", "activities", "users", "teams", "role_assignments",
    "targets", "orders", "order_lines", "accounts", "opportunity_lines",
)  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    made = simulate(Scenario(seed=5, n_deals=500))
    path = tmp_path_factory.mktemp("goals") / "lab.duckdb"
    with connect(f"duckdb:///{path}") as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return path


@pytest.mark.requirement("A01")
def test_findings_are_told_with_their_next_step_and_end_with_one(type_in):
    tree = list_templates()["inside_sales"]
    told = type_in("kpi", "lint", tree, *DAY)
    assert told.exit_code == 1
    assert "no_target" in told.output
    assert "目標値がありません" in type_in("kpi", "lint", tree, *DAY, "--lang", "ja").output
    rows = json.loads(type_in("kpi", "lint", tree, *DAY, "--json").output)
    assert {row["code"] for row in rows} == {"no_target", "no_date", "no_owner", "no_deputy", "no_sponsor"}


def test_a_lint_with_a_database_knows_who_is_there_and_what_is_measured(type_in, company, tmp_path):
    text = list_templates()["inside_sales"].read_text(encoding="utf-8")
    tree = tmp_path / "tree.yaml"
    tree.write_text(text.replace("win_rate: {kind: kpi,", "win_rate: {kind: kpi, owner: ghost,"), encoding="utf-8")
    codes = {row["code"] for row in json.loads(type_in("kpi", "lint", tree, *DAY, "--db", company, "--json").output)}
    assert "owner_unknown" in codes


def test_a_broken_file_is_bad_input(type_in, tmp_path):
    (tmp_path / "tree.yaml").write_text("tree: [1\n")
    told = type_in("kpi", "lint", tmp_path / "tree.yaml")
    assert told.exit_code == 2
    assert "not YAML" in told.output


def test_measures_are_printed_written_and_kept(type_in, company, tmp_path):
    told = type_in("kpi", "measure", "win_rate", "n_won", "--db", company, *DAY, "--to", "values.csv")
    assert told.exit_code == 0, told.output
    assert "win_rate" in told.output
    assert "2026-07" in told.output
    assert (tmp_path / "values.csv").read_text(encoding="utf-8-sig").count("\n") > 20
    unknown = type_in("kpi", "measure", "won_rate", "--db", company, *DAY)
    assert unknown.exit_code == 2
    assert "There is no metric won_rate" in unknown.output


def test_the_study_says_chance_need_and_first_step(type_in, company):
    told = type_in("kpi", "study", "--db", company, *DAY, "--target", "30000000")
    assert told.exit_code == 0, told.output
    assert "Chance " in told.output
    assert "comes to about" in told.output
    found = json.loads(type_in("kpi", "study", "--db", company, *DAY, "--target", "30000000", "--json").output)
    assert 0 <= found["chance"] <= 1
    assert found["goal"] == "won_amount"
    assert {row["node"] for row in found["levers"]} == {"n_decided", "win_rate", "deal_size"}


@pytest.mark.requirement("E06")
def test_the_study_has_the_chance_of_the_forecast_and_says_so(type_in, company):
    asked = ("kpi", "study", "--db", company, *DAY, "--target", "30000000")
    found = json.loads(type_in(*asked, "--json").output)
    with connect(f"duckdb:///{company}", read_only=True) as lab:
        landed = follow_landing(lab, as_of=date.fromisoformat(DAY[1]), n_weeks=1, seed=1)
    totals = landed.draws[["won_amount", "open_amount", "new_amount"]].sum(axis=1)
    assert found["is_forecast"]
    assert found["chance"] == found["chance_forecast"] == (totals >= 30_000_000).mean()
    assert found["chance_own"] != found["chance"]
    assert "are the forecast's, as in the weekly review" in type_in(*asked).output
    of_year = ("--period", "FY2026", "--target", "1", "--json")
    year = json.loads(type_in("kpi", "study", "--db", company, *DAY, *of_year).output)
    assert (year["is_forecast"], year["chance_forecast"]) == (False, None)
