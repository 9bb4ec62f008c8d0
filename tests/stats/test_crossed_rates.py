"""Rates of a two-way table: what is planted is found, and intervals hold it as often as they say."""

import numpy as np
import pytest
from scipy.special import expit

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.crossed_rates import pool_crossed_rates


def draw_table(rng, *, rows=0.35, columns=0.1, cells=0.15, shape=(9, 5), sizes=(2, 20, 60)):
    logit = -1.3 + rng.normal(0, rows, shape[0])[:, None] + rng.normal(0, columns, shape[1])
    logit = logit + rng.normal(0, cells, shape)
    trials = rng.poisson(rng.choice(sizes, shape))
    return logit, rng.binomial(trials, expit(logit)), trials


@pytest.mark.parametrize(
    ("n_tables", "slack"), [(10, 0.05), pytest.param(150, 0.02, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_intervals_hold_the_planted_rates_as_often_as_they_say(n_tables, slack):
    rng = np.random.default_rng(7)
    in_cells, in_rows = [], []
    for _ in range(n_tables):
        logit, successes, trials = draw_table(rng)
        pooled = pool_crossed_rates(successes, trials)
        rate, row = expit(logit), expit(logit.mean(axis=1))
        in_cells.append((pooled.cells.low <= rate) & (rate <= pooled.cells.high))
        in_rows.append((pooled.rows.low <= row) & (row <= pooled.rows.high))
    assert abs(np.mean(in_cells) - 0.91) <= slack
    assert abs(np.mean(in_rows) - 0.90) <= 1.5 * slack


def test_pooled_rates_lie_nearer_to_the_truth_than_raw_rates_and_than_one_rate_for_all():
    rng = np.random.default_rng(11)
    errors = []
    for _ in range(6):
        logit, successes, trials = draw_table(rng)
        everyone = successes.sum() / trials.sum()
        raw = np.where(trials > 0, successes / np.maximum(trials, 1), everyone)
        pooled = pool_crossed_rates(successes, trials).cells.estimate
        errors.append([((guess - expit(logit)) ** 2).mean() for guess in (pooled, raw, everyone)])
    pooled, raw, one = np.sqrt(np.mean(errors, axis=0))
    assert pooled < 0.5 * raw
    assert pooled < 0.8 * one


def test_rows_that_differ_are_told_from_columns_that_do_not():
    rng = np.random.default_rng(3)
    _, successes, trials = draw_table(rng, rows=0.5, columns=0.0, cells=0.0, sizes=(300,))
    rows, columns, cells = pool_crossed_rates(successes, trials).spreads
    assert rows > 0.3
    assert columns < 0.1
    assert cells < 0.1


def test_an_empty_cell_takes_after_its_row():
    successes, trials = [[60, 55, 0], [8, 12, 10]], [[100, 100, 0], [100, 100, 100]]
    cells = pool_crossed_rates(successes, trials).cells
    assert cells.estimate[0, 2] > 0.3
    assert cells.high[0, 2] - cells.low[0, 2] > 2 * (cells.high[0, 1] - cells.low[0, 1])


def test_swapping_rows_and_columns_swaps_the_answer():
    _, successes, trials = draw_table(np.random.default_rng(5), shape=(4, 3))
    one, other = pool_crossed_rates(successes, trials), pool_crossed_rates(successes.T, trials.T)
    np.testing.assert_allclose(one.cells.estimate, other.cells.estimate.T, atol=1e-6)
    np.testing.assert_allclose(one.rows.low, other.columns.low, atol=1e-6)


def test_margins_leave_out_what_is_masked():
    successes, trials = [[5, 90], [5, 90]], [[100, 100], [100, 100]]
    only_first = pool_crossed_rates(successes, trials, columns=[True, False]).rows.estimate
    assert (only_first < 0.15).all()


def test_a_table_that_does_not_fit_is_refused():
    with pytest.raises(BadArgument, match=r"does not fit one of trials(.|\n)*Next: give two tables of the same shape"):
        pool_crossed_rates([[1, 2]], [[1], [2]])
    with pytest.raises(NotEnoughData, match=r"No cell(.|\n)*Next: widen the period"):
        pool_crossed_rates([[0, 0]], [[0, 0]])
    with pytest.raises(BadArgument, match=r"mask(.|\n)*Next: keep at least one"):
        pool_crossed_rates([[1, 0]], [[2, 2]], columns=[False, False])
