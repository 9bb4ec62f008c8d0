"""Unfinished durations count for as long as they were watched."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import follow_endings


def histogram(days, by_cause, running):
    values = np.unique(days)
    count = lambda mask: [int(((days == value) & mask).sum()) for value in values]  # noqa: E731
    return follow_endings(values.tolist(), n_ended=[count(mask) for mask in by_cause], n_running=count(running))


@pytest.mark.requirement("E07")
def test_the_median_is_found_although_four_in_ten_are_unfinished():
    rng = np.random.default_rng(7)
    n, mean = 4000, 60.0
    durations, watched = rng.exponential(mean, n), rng.exponential(90.0, n)
    days, ended = np.minimum(durations, watched), durations <= watched
    assert 0.35 < 1 - ended.mean() < 0.45
    seen = histogram(days, [ended], ~ended)
    assert seen.quantile(0.5) == pytest.approx(mean * np.log(2), rel=0.05)
    assert np.median(days[ended]) < 0.8 * mean * np.log(2)  # what leaving out the unfinished would have said


def test_the_share_of_a_cause_is_held_nine_times_in_ten():
    rng = np.random.default_rng(13)
    held, naive = 0, []
    for _ in range(300):
        n = 250
        durations = np.ceil(rng.exponential(40, n))
        first = rng.random(n) < 0.25
        watched = np.floor(rng.uniform(0, 400, n))
        ended = durations <= watched
        seen = histogram(np.minimum(durations, watched), [ended & first, ended & ~first], ~ended)
        held += 0.25 in seen.final[0]
        naive.append((ended & first).mean())
    assert 0.86 <= held / 300 <= 0.94
    assert np.mean(naive) < 0.235


def test_a_published_life_table_is_reproduced():
    # Freireich et al. 1963 as in Kalbfleisch & Prentice 2002: remission of 21 patients on 6-MP, weeks
    weeks = [6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35]
    relapsed = [3, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    censored = [1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1]
    seen = follow_endings(weeks, n_ended=[relapsed], n_running=censored)
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert seen.still_running == pytest.approx(expected, abs=6e-4)
    assert seen.quantile(0.5) == 23


def test_the_causes_and_the_running_share_add_up_to_one():
    seen = follow_endings([1, 2, 5], n_ended=[[3, 0, 2], [1, 4, 0]], n_running=[2, 2, 1])
    assert seen.incidence.sum(axis=0) + seen.still_running == pytest.approx(np.ones(3))


def test_without_censoring_the_shares_are_the_plain_ones():
    seen = follow_endings([1, 2], n_ended=[[3, 1], [2, 4]], n_running=[0, 0])
    assert [end.estimate for end in seen.final] == pytest.approx([0.4, 0.6])


def test_a_quantile_not_reached_yet_is_none():
    assert follow_endings([5, 9], n_ended=[[1, 0]], n_running=[0, 9]).quantile(0.5) is None


def test_a_cause_that_never_came_is_not_certain_never_to_come():
    never = follow_endings([5], n_ended=[[10], [0]], n_running=[0]).final[1]
    assert (never.estimate, never.low) == (0, 0)
    assert never.high > 0.1


def test_nothing_ended_is_refused():
    with pytest.raises(NotEnoughData, match="None of 4 has ended yet"):
        follow_endings([1, 2], n_ended=[[0, 0]], n_running=[1, 3])


def test_days_out_of_sequence_are_refused():
    with pytest.raises(BadArgument, match="give rising days"):
        follow_endings([2, 1], n_ended=[[1, 1]], n_running=[0, 0])
