"""Shares by a day, and weights of what is known already."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import follow_shares, weigh_known


def test_the_share_by_each_day_is_found_although_half_were_not_watched_for_so_long():
    rng = np.random.default_rng(7)
    n = 8_000
    ended = np.where(rng.random(n) < 0.3, rng.exponential(40, n), np.inf)
    watched = rng.uniform(0, 200, n)
    told = follow_shares(watched, ended, days=[30, 90, 180])
    assert [one.share.estimate for one in told] == pytest.approx(
        [0.3 * -np.expm1(-day / 40) for day in (30, 90, 180)], abs=0.012
    )
    assert np.mean(ended <= watched) < told[-1].share.low  # what it would be, were those still watched never to end


def test_weights_make_the_known_stand_for_all():
    rng = np.random.default_rng(11)
    n = 20_000
    ended, watched = np.where(rng.random(n) < 0.3, rng.exponential(40, n), np.inf), rng.uniform(0, 200, n)
    weight = weigh_known(watched, np.where(ended <= watched, ended, np.inf), window=90)
    known, truth = weight > 0, 0.3 * -np.expm1(-90 / 40)
    assert np.average(ended[known] <= 90, weights=weight[known]) == pytest.approx(truth, abs=0.012)
    assert weight.sum() == pytest.approx(n, rel=0.02)
    assert np.mean(ended[known] <= 90) > truth + 0.05  # what is known of the young is that they ended


def test_everybody_watched_for_long_enough_weighs_one():
    assert weigh_known([90, 120, 400], [np.inf, 3, 200], window=90).tolist() == [1, 1, 1]


def test_days_that_hardly_anyone_was_watched_for_are_left_out():
    watched = np.array([200] * 9 + [60] * 40)
    told = follow_shares(watched, np.full(49, np.inf), days=[30, 60, 180])
    assert [one.day for one in told] == [30, 60]
    assert [one.n_watched for one in told] == [49, 49]


def test_nothing_ended_is_a_share_of_none_with_its_upper_end():
    only = follow_shares(np.full(50, 40), np.full(50, np.inf), days=[30])[0]
    assert only.share.estimate == only.share.low == 0
    assert 0.02 < only.share.high < 0.08


def test_a_window_longer_than_anyone_was_watched_is_refused():
    with pytest.raises(NotEnoughData, match=r"None of 2 was watched for 90 days; the longest for 40.\n  Next: ask for"):
        weigh_known([40, 20], [np.inf, 5], window=90)


def test_missing_durations_are_refused():
    with pytest.raises(BadArgument, match="both durations for each row"):
        follow_shares([np.nan], [1], days=[30])
