"""``saleslab forecast run``: what is told, what is written, what is put on record, and no name unless asked for."""

import csv
import json
from datetime import datetime

import pytest

from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

DAY = ("--as-of", "2026-08-20")


@pytest.fixture(scope="module")
def made():
    return simulate(Scenario(seed=5, n_deals=500))


@pytest.fixture(scope="module")
def company(made, tmp_path_factory):
    """The file of a company with deals and their history, and a target."""
    path = tmp_path_factory.mktemp("forecasts") / "lab.duckdb"
    with connect(f"duckdb:///{path}") as lab:
        for name in ("opportunities", "stages", "stage_events", "field_events", "targets"):
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return path


@pytest.mark.requirement("M03")
def test_the_landing_is_told_its_deals_written_and_the_forecast_put_on_record(type_in, company, made, tmp_path):
    told = type_in("forecast", "run", "--db", company, *DAY, "--to", "d.csv", "--log", "log.jsonl")
    assert told.exit_code == 0, told.output
    assert "lands at" in told.output
    assert "Deals that decide:" in told.output
    assert "Written to the log log.jsonl." in told.output
    names = [name for name in made.tables["opportunities"]["name"].to_pylist() if name]
    text = (tmp_path / "d.csv").read_text(encoding="utf-8-sig") + told.output
    assert not [name for name in names if name in text]
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    effects = [float(row["effect_on_chance"]) for row in rows]
    assert effects == sorted(effects, reverse=True)
    assert all(
        float(row["chance_won"]) + float(row["chance_lost"]) + float(row["chance_slips"]) == pytest.approx(1, abs=2e-4)
        for row in rows
    )
    kept = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["subject"] for entry in kept] == ["landing"]


def test_json_of_a_company_without_deals_adds_up_and_a_target_of_ones_own_counts(type_in, made, tmp_path):
    with connect(f"duckdb:///{tmp_path}/orders.duckdb") as lab:
        lab.write("orders", made.tables["orders"], source_system="test", loaded_at=datetime(2026, 11, 24))
    told = type_in("forecast", "run", "--db", "orders.duckdb", *DAY, "--target", "1000000", "--json")
    answer = json.loads(told.stdout)
    assert answer["landing"]["p10"] < answer["landing"]["p50"] < answer["landing"]["p90"]
    means = sum(part["mean"] for part in answer["parts"].values())
    assert means == pytest.approx(answer["landing"]["mean"])
    assert set(answer["parts"]) == {"won", "course"}
    assert answer["deals"] == []
    assert answer["target"] == 1e6
    assert answer["chance_hit"] == 1.0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--to", "d.txt"), "is no file that is written"),
        (("--target", "-5"), "give an amount above 0"),
        (("--period", "soon"), "is not a period"),
        (("--period", "FY2026Q1"), "The period is over"),
        (("--as-of", "yesterday"), "is not a day"),
        (("--as-of", "1990-01-01"), "Next:"),
    ],
)
def test_bad_input_ends_with_two_and_what_to_do(type_in, company, words, why):
    day = () if "--as-of" in words else DAY
    told = type_in("forecast", "run", "--db", company, *day, *words)
    assert told.exit_code == 2
    assert why in told.output
    assert "Next:" in told.output
