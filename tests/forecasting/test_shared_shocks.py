"""What strikes all parts of a company alike widens the range of their total, and only where it is there."""

import numpy as np
import pytest
from shocked_companies import SHOCKS, hold_totals, invent_shared

from saleslab.forecasting import calibrate_intervals, run_engine
from saleslab.forecasting.alikeness import measure_alikeness


def find_moves(values):
    logs = np.log(values)
    return logs[:, 12:] - logs[:, :-12]


def test_a_planted_share_of_common_moves_is_found_and_none_where_none_was_planted():
    rng = np.random.default_rng(0)
    own, shared = rng.normal(size=(30, 400)), rng.normal(size=400)
    for planted in (0.2, 0.5, 0.8):
        found = measure_alikeness(np.sqrt(1 - planted) * own + np.sqrt(planted) * shared)
        assert 0.1 + 0.9 * found == pytest.approx(planted, abs=0.07)  # a tenth is taken for chance
    assert measure_alikeness(own) == 0.0


def test_alikeness_does_not_depend_on_the_order_of_series_their_size_or_a_steady_growth():
    rng = np.random.default_rng(1)
    moves = rng.normal(size=(8, 60)) + rng.normal(size=60)
    found = measure_alikeness(moves)
    assert measure_alikeness(moves[::-1]) == pytest.approx(found)
    assert measure_alikeness(moves * np.arange(1, 9)[:, None]) == pytest.approx(found)
    assert measure_alikeness(moves + np.arange(8.0)[:, None]) == pytest.approx(found)


def test_one_series_a_constant_a_steady_growth_and_series_that_never_meet_say_nothing_of_alikeness():
    assert measure_alikeness(np.random.default_rng(0).normal(size=(1, 40))) == 0.0
    assert measure_alikeness(np.ones((5, 40))) == 0.0
    assert measure_alikeness(find_moves(np.array([[1_000.0], [300.0], [77.0]]) * 1.02 ** np.arange(60))) == 0.0
    assert measure_alikeness(find_moves(np.full((5, 1), 1_000.0) * 1.02 ** np.arange(60))) == 0.0
    apart = np.full((2, 40), np.nan)
    apart[0, :20], apart[1, 20:] = np.arange(20.0), np.arange(20.0)
    assert measure_alikeness(apart) == 0.0


def test_series_that_move_as_one_have_the_intervals_of_one():
    rng = np.random.default_rng(2)
    said, past = np.full((40, 4), 100.0), np.full((5, 40, 4), 100.0)
    came = past + rng.normal(0, 5, (5, 40, 4)) + rng.normal(0, 10, (5, 1, 1))
    widths = []
    for alikeness in (0.0, 0.5, 1.0):
        bands = calibrate_intervals(said, past, came, unrest=np.full(40, 5.0), alikeness=alikeness)
        widths.append(float((bands.find_quantile(0.9) - bands.find_quantile(0.1)).mean()))
    assert widths[0] * 1.3 < widths[1] < widths[2]


def test_a_company_with_shared_shocks_is_given_wider_ranges_for_its_total_than_one_without():
    widths = {}
    for kind in ("none", "strong"):
        found = []
        for seed in range(3):
            parts, _ = invent_shared(kind, 12, 60, seed=seed)
            run = run_engine(np.vstack([parts.sum(axis=0), parts]), horizon=6, season_length=12, seed=0)
            width = run.find_quantile(0.9)[0] - run.find_quantile(0.1)[0]
            found.append(float((width / run.find_quantile(0.5)[0]).mean()))
        widths[kind] = np.mean(found)
    assert widths["strong"] > 1.6 * widths["none"]


@pytest.mark.slow
@pytest.mark.requirement("M03")
@pytest.mark.parametrize("kind", SHOCKS)
def test_the_range_of_the_total_holds_with_and_without_shared_shocks(kind):
    assert 0.72 <= np.mean(hold_totals(kind)) <= 0.88
