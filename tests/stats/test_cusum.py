"""Sums of surprises: run lengths as published, and limits that keep them."""

import numpy as np
import pytest

from saleslab.errors import BadArgument
from saleslab.stats.cusum import REFERENCES, choose_reference, find_limit, find_shift, measure_found, measure_run_length


@pytest.mark.parametrize(
    ("limit", "shift", "published"),
    [(4, 0.0, 336), (5, 0.0, 930), (4, 0.25, 74.2), (4, 0.5, 26.6), (4, 1.0, 8.38), (5, 1.0, 10.4), (4, 2.0, 3.34)],
)
def test_run_lengths_are_those_of_the_textbook(limit, shift, published):
    """Montgomery, Introduction to Statistical Quality Control, table of run lengths for k = 1/2.

    The table is for both directions together: without a shift each one runs twice as long (168 and 465).
    """
    one_side = measure_run_length(0.5, limit, shift=shift)
    other = measure_run_length(0.5, limit, shift=-shift)
    both = 1 / (1 / one_side + 1 / other)
    assert both == pytest.approx(published / (2 if shift == 0 else 1), rel=0.01)


@pytest.mark.parametrize("reference", [*REFERENCES, 0.4])
@pytest.mark.parametrize("run_length", [48, 208, 800])
def test_a_limit_keeps_the_run_that_was_asked_for(reference, run_length):
    assert measure_run_length(reference, float(find_limit(reference, run_length))) == pytest.approx(
        run_length, rel=0.02
    )


def test_sums_that_are_simulated_run_as_long_as_the_chain_says():
    rng, reference = np.random.default_rng(4), 0.5
    limit = float(find_limit(reference, 50))
    level, ages, ended = np.zeros(4_000), np.zeros(4_000), []
    for _ in range(1_500):
        level = np.maximum(0, level + rng.standard_normal(4_000) - reference)
        ages += 1
        over = level >= limit
        ended += ages[over].tolist()
        level[over] = ages[over] = 0
    assert np.mean(ended) == pytest.approx(50, rel=0.04)


def test_larger_shifts_are_found_sooner_and_the_smallest_found_one_is_found_nine_times_in_ten():
    limit = float(find_limit(0.5, 208))
    chances = [measure_found(0.5, limit, shift, 13) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert chances == sorted(chances)
    assert measure_found(0.5, round(limit, 1), find_shift(0.5, limit, 13), 13) == pytest.approx(0.9, abs=0.001)


def test_the_reference_is_half_of_the_change_within_bounds():
    assert choose_reference(np.array([0.1, 0.8, 3.0])).tolist() == [0.25, 0.4, 0.5]


def test_limits_that_do_not_exist_are_refused():
    with pytest.raises(BadArgument, match=r"a run of 1 observations(?s:.*)Next: give a reference above 0"):
        find_limit(0.5, 1)
