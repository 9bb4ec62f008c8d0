"""Errors of forecasts are measured by the definitions of the field."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.forecast_errors import (
    measure_coverage,
    measure_mape,
    measure_mase,
    measure_msis,
    measure_rmsse,
    measure_smape,
    measure_wql,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from panels import needs_tourism, read_tourism, repeat_season

PAST = [[np.nan, 1.0, 3.0, 2.0, 6.0]]
sizes = st.floats(0.1, 1000)


@needs_tourism
@pytest.mark.parametrize(
    ("kind", "mape", "mase"), [("monthly", 22.56, 1.631), ("quarterly", 16.46, 1.699), ("yearly", 23.61, 3.007)]
)
def test_the_seasonal_naive_has_the_published_errors_on_the_tourism_competition(kind, mape, mase):
    # Athanasopoulos, Hyndman, Song & Wu 2011; MASE as the R package Tcomp reproduces it
    contest = read_tourism(kind)
    naive = repeat_season(contest)
    assert round(measure_mape(contest.actual, naive).mean, 2) == mape
    found = measure_mase(contest.actual, naive, contest.history, season_length=contest.season_length)
    assert found.mean == pytest.approx(mase, abs=0.0051 if kind == "yearly" else 0.0006)


def test_errors_are_scaled_by_the_seasonal_naive_within_the_history():
    assert measure_mase([[5.0, 5.0]], [[4.0, 2.0]], PAST).mean == pytest.approx(2 / np.mean([2, 1, 4]))
    assert measure_mase([[5.0]], [[4.0]], PAST, season_length=2).mean == pytest.approx(1 / np.mean([1, 3]))


def test_the_squared_measure_starts_at_the_first_value_other_than_zero():
    late = [[0.0, 0.0, 1.0, 3.0, 2.0, 6.0]]
    expected = np.sqrt(np.mean([1, 9]) / np.mean([4, 1, 16]))
    assert measure_rmsse([[5.0, 5.0]], [[4.0, 2.0]], late).mean == pytest.approx(expected)


def test_the_symmetric_measure_is_the_one_of_the_m4_competition():
    assert measure_smape([[100.0, 0.0]], [[50.0, 0.0]]).mean == pytest.approx(np.mean([200 * 50 / 150, 0.0]))


def test_the_interval_score_is_the_width_and_forty_times_what_falls_outside():
    low, high = [[1.0, 1.0]], [[4.0, 4.0]]
    assert measure_msis([[2.0, 5.0]], low, high, PAST).mean == pytest.approx((3 + 3 + 40 * 1) / 2 / np.mean([2, 1, 4]))


def test_the_quantile_loss_of_the_median_alone_is_the_absolute_error_over_the_total():
    came, said = np.array([[10.0, 20.0]]), np.array([[12.0, 15.0]])
    assert measure_wql(came, said[..., None], [0.5]) == pytest.approx(7 / 30)


@settings(max_examples=30)
@given(st.lists(st.tuples(sizes, sizes, sizes), min_size=2, max_size=6), sizes)
def test_a_change_of_currency_changes_no_relative_measure(rows, rate):
    came, said, past = (np.array([part]) for part in zip(*rows, strict=True))
    past = past + np.arange(past.shape[1]) * 7.0  # it moves
    if np.ptp(np.diff(past)) == 0 and np.diff(past).max() == 0:
        return
    quantiles = np.stack([said * 0.9, said, said * 1.1], axis=-1)
    for measure in (
        lambda k: measure_mase(k * came, k * said, k * past).mean,
        lambda k: measure_rmsse(k * came, k * said, k * past).mean,
        lambda k: measure_smape(k * came, k * said).mean,
        lambda k: measure_mape(k * came, k * said).mean,
        lambda k: measure_wql(k * came, k * quantiles, [0.1, 0.5, 0.9]),
        lambda k: measure_msis(k * came, k * said * 0.9, k * said * 1.1, k * past).mean,
    ):
        assert measure(rate) == pytest.approx(measure(1.0), rel=1e-9)


def test_a_series_without_a_scale_is_left_out_and_counted():
    found = measure_mase([[5.0], [5.0]], [[4.0], [4.0]], [[1.0, 3.0], [2.0, 2.0]])
    assert (found.mean, found.n_undefined) == (0.5, 1)
    assert np.isnan(found.of_series[1])
    assert measure_mape([[0.0], [5.0]], [[1.0], [4.0]]).n_undefined == 1


def test_the_ends_of_an_interval_belong_to_it():
    assert measure_coverage([[1.0, 2.0, 3.0, 4.0]], [[1.0] * 4], [[3.0] * 4]) == 0.75


def test_what_has_no_scale_at_all_is_refused():
    with pytest.raises(NotEnoughData, match=r"None of 1 series has a scale(.|\n)*Next: give histories longer"):
        measure_mase([[5.0]], [[4.0]], [[2.0, 2.0]])
    with pytest.raises(NotEnoughData, match=r"All actual values are 0(.|\n)*Next: use measure_coverage"):
        measure_wql([[0.0]], [[[0.0]]], [0.5])


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(BadArgument, match=r"shapes \(1, 2\), \(1, 1\)(.|\n)*Next: give a row a series"):
        measure_smape([[1.0, 2.0]], [[1.0]])
    with pytest.raises(BadArgument, match=r"missing or infinite(.|\n)*Next: measure only steps"):
        measure_smape([[np.nan]], [[1.0]])
    with pytest.raises(BadArgument, match=r"quantiles have the shape(.|\n)*Next: give one value for each"):
        measure_wql([[1.0]], [[1.0]], [0.5])
