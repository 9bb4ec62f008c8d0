"""The internal benchmark: closer to the truth than raw rates, its range holds, and rumours are found out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.operations import check_benchmarks, find_benchmark

DAY = date(2026, 9, 30)


def draw_reps(seed, *, n_reps=24, spread=0.04):
    """Return true win rates around 30 %, and the counts of people with 15 to 60 decided deals."""
    lot = np.random.default_rng(seed)
    truth = np.clip(lot.normal(0.3, spread, n_reps), 0.05, 0.9)
    n = lot.integers(15, 61, n_reps)
    units = pd.DataFrame(
        {"unit_id": [f"u:{at:02}" for at in range(n_reps)], "n_successes": lot.binomial(n, truth), "n": n}
    )
    return truth, units


@pytest.fixture(scope="module")
def runs():
    return [
        (truth, find_benchmark(units, metric_id="win_rate", as_of=DAY)) for truth, units in map(draw_reps, range(60))
    ]


@pytest.mark.requirement("C03")
def test_for_24_people_the_pooled_rates_are_off_by_less_than_six_tenths_of_the_raw_ones(runs):
    pooled = np.sqrt(np.mean([(found.units["value"].to_numpy() - truth) ** 2 for truth, found in runs]))
    raw = np.sqrt(np.mean([(found.units["raw"].to_numpy() - truth) ** 2 for truth, found in runs]))
    assert pooled < 0.6 * raw


@pytest.mark.requirement("C03")
def test_the_level_of_the_best_quarter_is_not_that_of_the_luckiest(runs):
    wanted = np.array([np.quantile(truth, 0.75) for truth, _ in runs])
    level = np.array([found.level.estimate for _, found in runs])
    raw = np.array([found.raw_level for _, found in runs])
    assert np.abs(level - wanted).mean() < 0.6 * np.abs(raw - wanted).mean()
    held = [found.level.low <= true <= found.level.high for true, (_, found) in zip(wanted, runs, strict=True)]
    assert np.mean(held) >= 0.8  # 0.9 is meant; 60 runs


def test_the_order_of_people_changes_nothing_and_a_mirror_turns_the_level():
    _, units = draw_reps(3)
    found = find_benchmark(units, metric_id="win_rate", as_of=DAY)
    mixed = find_benchmark(units.sample(frac=1, random_state=1), metric_id="win_rate", as_of=DAY)
    pd.testing.assert_frame_equal(found.units, mixed.units)
    assert found.level == mixed.level
    lost = units.assign(n_successes=units["n"] - units["n_successes"])
    turned = find_benchmark(lost, metric_id="loss_rate", as_of=DAY, better="lower")
    assert turned.level.estimate == pytest.approx(1 - found.level.estimate, abs=0.004)


def test_means_with_their_errors_are_pooled_too():
    lot = np.random.default_rng(5)
    truth = lot.normal(100, 5, 24)
    values = pd.DataFrame(
        {"unit_id": [f"u:{at:02}" for at in range(24)], "value": lot.normal(truth, 10), "error": 10.0, "n": 9}
    )
    found = find_benchmark(values, metric_id="deal_size", as_of=DAY)
    assert np.abs(found.units["value"] - truth).mean() < np.abs(values["value"] - truth).mean()
    assert found.level.estimate < found.raw_level


@pytest.mark.requirement("C03")
def test_a_benchmark_without_source_or_date_is_found_and_all_findings_come_at_once():
    told = pd.DataFrame(
        {
            "metric_id": ["win_rate", "cycle_days", "deal_size", "calls", "fit"],
            "value": [0.25, 60.0, np.nan, 12.0, 1.0],
            "lo": [0.2, None, None, 20.0, 0.0],
            "hi": [0.3, None, None, 30.0, 2.0],
            "source": [None, "  ", "Survey 2025", "Survey 2025", "Survey 2025"],
            "as_of": ["2025-12-31", None, "2027-01-01", "2025-06-30", "2025-06-30"],
        }
    )
    faults = check_benchmarks(told, as_of=DAY)
    assert [(fault.metric_id, fault.code) for fault in faults] == [
        ("win_rate", "no_source"), ("cycle_days", "no_source"), ("cycle_days", "no_date"), ("deal_size", "later"),
        ("deal_size", "no_value"), ("calls", "outside"),
    ]  # fmt: skip
    assert all(fault.text.ja != fault.text.en and fault.next_step.en for fault in faults)
    assert "no source" in faults[0].text.en


def test_our_own_benchmark_passes_the_check_and_fits_the_table():
    from saleslab.warehouse import connect

    _, units = draw_reps(1)
    row = find_benchmark(units, metric_id="win_rate", as_of=DAY).to_row()
    assert check_benchmarks(row, as_of=DAY) == ()
    with connect("duckdb://") as lab:
        lab.write("benchmarks", row, source_system="saleslab", loaded_at=pd.Timestamp("2026-10-01"))
        assert lab.violations("benchmarks") == []


def test_too_few_people_and_wrong_rows_are_refused_with_what_to_do():
    _, units = draw_reps(0)
    with pytest.raises(NotEnoughData, match=r"(?s)7 people or teams have data.*Next: compare with a published"):
        find_benchmark(units.head(7), metric_id="win_rate", as_of=DAY)
    with pytest.raises(TableError, match=r"(?s)units names 24 people or teams again.*Next: give one row"):
        find_benchmark(pd.concat([units, units]), metric_id="win_rate", as_of=DAY)
    with pytest.raises(BadArgument, match=r"(?s)'best' is no direction"):
        find_benchmark(units, metric_id="win_rate", as_of=DAY, better="best")
    with pytest.raises(TableError, match="units has no column 'value'"):
        find_benchmark(units.drop(columns="n_successes"), metric_id="win_rate", as_of=DAY)
