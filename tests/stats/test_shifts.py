"""What a shift of a distribution looks like, and what chance alone gives."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.shifts import count_names, count_numbers, measure_shift


def draw_shift(lot, n_before, n_now, moved=0.0):
    before, now = lot.normal(size=n_before), lot.normal(moved, size=n_now)
    return measure_shift(*count_numbers(before, now), is_ordered=True, seed=0, n_shuffles=100)


@pytest.mark.parametrize(("n_before", "n_now"), [(300, 25), (1000, 60), (400, 400)])
def test_a_column_that_did_not_move_is_rarely_called_moved_however_few_leads_there_are(n_before, n_now):
    lot = np.random.default_rng(11)
    alarms = sum(draw_shift(lot, n_before, n_now).p < 0.05 for _ in range(300))
    assert alarms <= 0.05 * 300 + 2 * np.sqrt(300 * 0.05 * 0.95)


def test_the_usual_limit_alone_would_call_every_other_small_week_moved():
    lot = np.random.default_rng(12)
    shifts = [draw_shift(lot, 1000, 60) for _ in range(200)]
    assert sum(shift.psi > 0.1 for shift in shifts) > 60
    assert sum(shift.psi > shift.by_chance for shift in shifts) <= 22


def test_a_shift_of_one_standard_deviation_is_found_in_fifty_leads_at_the_level_of_a_year_of_looks():
    lot = np.random.default_rng(13)
    found = sum(draw_shift(lot, 2000, 50, moved=1.0).p < 0.05 / 52 / 40 for _ in range(100))
    assert found >= 90


def test_the_index_without_noise_is_that_of_the_distributions():
    lot = np.random.default_rng(14)
    many = draw_shift(lot, 400_000, 400_000, moved=0.5).psi
    few = np.mean([draw_shift(lot, 2000, 100, moved=0.5).beyond_noise for _ in range(300)])
    assert few == pytest.approx(many, abs=0.03)


def test_noise_is_about_bins_less_one_times_the_inverse_sizes():
    """Yurdakul (2018), "Statistical properties of the population stability index", Western Michigan University."""
    shift = measure_shift([500] * 10 + [0], [50] * 10 + [0], is_ordered=True, seed=0)
    assert shift.noise == pytest.approx(9 * (1 / 5000 + 1 / 500), rel=0.05)
    assert shift.psi == pytest.approx(0.0, abs=1e-5)


def test_swapping_the_samples_changes_neither_index_nor_p():
    a, b = [50, 30, 20, 5], [10, 20, 25, 1]
    one, other = (measure_shift(*pair, is_ordered=True, seed=0) for pair in ((a, b), (b, a)))
    assert one.psi == pytest.approx(other.psi)
    assert one.p == pytest.approx(other.p)


def test_missing_cells_that_appear_are_a_shift():
    before, now = np.arange(500.0), np.where(np.arange(100) < 40, np.nan, np.arange(100.0) * 5)
    assert measure_shift(*count_numbers(before, now), is_ordered=True, seed=0).p < 1e-20


def test_a_column_of_one_value_cannot_move():
    shift = measure_shift(*count_numbers(np.zeros(50), np.zeros(9)), is_ordered=True, seed=0)
    assert (shift.psi, shift.p) == (0.0, 1.0)


def test_rare_names_share_one_bin():
    before, now = count_names(np.array([900, 90, 5, 5]), np.array([80, 15, 1, 4]))
    assert (before.tolist(), now.tolist()) == ([900, 90, 10], [80, 15, 5])


def test_an_empty_sample_is_not_compared():
    with pytest.raises(NotEnoughData, match=r"Samples of 5 and 0 (?s:.)*Next: wait for observations in both"):
        measure_shift([2, 3], [0, 0], is_ordered=False, seed=0)


def test_counts_of_other_bins_are_refused():
    with pytest.raises(BadArgument, match=r"(?s)2 and 3 counts .*Next: count both in the same bins"):
        measure_shift([2, 3], [1, 1, 1], is_ordered=False, seed=0)
