"""``saleslab forecast backtest`` and ``log``: what is told, what is kept, and that the same run adds nothing."""

import json
import sys
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from saleslab.forecasting import ForecastLog
from saleslab.warehouse import AppendLog, connect

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from accuracy_company import PEOPLE, make_deals, write_company


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    path = tmp_path_factory.mktemp("forecasts") / "lab.duckdb"
    with connect(f"duckdb:///{path}") as lab:
        write_company(lab, make_deals())
    return path


@pytest.mark.requirement("M03")
def test_backtest_tells_whose_word_to_take(type_in, company):
    words = ("forecast", "backtest", "--db", company, "--as-of", "2026-09-30", "--periods", 1)
    told = type_in(*words)
    assert told.exit_code == 0, told.output
    assert "the forecast was nearer in" in told.output
    assert "Commit: off by" in told.output
    assert "80 % ranges that held:" in told.output
    found = json.loads(type_in(*words, "--json").output)
    assert found["verdict"] == "model"
    assert {row["method"] for row in found["errors"]} >= {"series", "weighted", "commit", "seasonal_naive"}
    assert found["ranges"]["n"] == 4


@pytest.mark.requirement("M03")
def test_log_writes_down_what_every_method_says_once(type_in, company, tmp_path):
    words = ("forecast", "log", "--db", company, "--as-of", "2026-08-31", "--file", "f.jsonl")
    first = type_in(*words)
    assert first.exit_code == 0, first.output
    assert "forecasts written to f.jsonl" in first.output
    size = (tmp_path / "f.jsonl").stat().st_size
    again = type_in(*words, "--lang", "ja")
    assert "何も追加していません" in again.output
    assert (tmp_path / "f.jsonl").stat().st_size == size
    found = json.loads(type_in(*words, "--json").output)
    assert found["written"]["series"] == {"n": 3 + len(PEOPLE), "is_new": False, "revision": 0}
    assert found["head"]["position"] == AppendLog(tmp_path / "f.jsonl").head.position == len(found["written"])


def test_the_next_run_scores_what_is_over_and_late_forecasts_do_not_count(type_in, company, tmp_path):
    """Forecasts of past days are written today: they are kept and scored, and said to be late."""
    for day in ("2026-06-15", "2026-08-31"):
        told = type_in("forecast", "log", "--db", company, "--as-of", day, "--file", "f.jsonl")
        assert told.exit_code == 0, told.output
    assert "of periods that are over written down" in told.output
    assert "do not count as made in time" in told.output
    assert "No live forecast in f.jsonl can be scored yet" in told.output


def test_a_log_that_was_touched_ends_the_run(type_in, company, tmp_path):
    words = ("forecast", "log", "--db", company, "--as-of", "2026-08-31", "--file", "f.jsonl")
    type_in(*words)
    file = tmp_path / "f.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace('"mean":', '"mean":1', 1), encoding="utf-8")
    told = type_in(*words)
    assert told.exit_code == 2
    assert "chain_broken at 1" in told.output


@pytest.mark.requirement("M03")
@pytest.mark.parametrize("submitted", ["won_amount", "ordered_amount"])
def test_landings_of_months_and_quarters_are_scored_each_by_what_it_brought(type_in, tmp_path, submitted):
    """`forecast run --log` writes landings of any period, of won deals, whatever money people submit."""
    deals = make_deals()
    with connect(f"duckdb:///{tmp_path}/lab.duckdb") as lab:
        write_company(lab, deals)
        orders = pd.DataFrame({"order_id": deals["opportunity_id"], "ordered_at": deals["closed_at"]})
        orders = orders.assign(total=deals["amount"] * 2, currency="JPY", account_id="a")
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 11, 24))
    day = deals["closed_at"] + pd.Timedelta(hours=9)
    ends = {
        str(end.date()): deals.loc[(day >= "2026-04-01") & (day < end + pd.Timedelta(days=1)), "amount"].sum()
        for end in pd.to_datetime(["2026-04-30", "2026-06-30"])
    }
    said = pd.DataFrame({"series_id": "company", "period": "2026-04-01", "period_end": list(ends), "median": 1.0})
    log = ForecastLog(tmp_path / "f.jsonl", about="won_amount")
    log.write(said, model="landing", as_of=date(2026, 3, 31), at=datetime(2026, 4, 1, 9))
    words = ("forecast", "log", "--db", "lab.duckdb", "--as-of", "2026-08-31", "--file", "f.jsonl")
    told = type_in(*words, "--measure", submitted)
    assert told.exit_code == 0, told.output
    assert ("Of money of won deals is on record" in told.output) == (submitted == "ordered_amount")
    scored = log.scores().set_index("period_end")["actual"]
    assert scored.to_dict() == {pd.Timestamp(end): pytest.approx(value) for end, value in ends.items()}
    found = json.loads(type_in(*words, "--measure", submitted, "--json").output)
    record = found["record"] if submitted == "won_amount" else found["others"]["won_amount"]["record"]
    assert {row["n_periods"] for row in record if row["method"] == "landing"} == {2}
