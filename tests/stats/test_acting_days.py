"""The best day to act: the planted one is found, and neither the early losses nor the young rows mislead."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.acting_days import weigh_acting_days


def draw_cases(rng, n, *, curvature=0.9, base=0.5, best=3.0, loses_after=15.0, wins_after=8.0, watched=400.0):
    """Cases whose day of acting is left to chance; those that end badly may end before it."""
    act = np.clip(np.round(np.exp(rng.normal(1.25, 0.7, n))), 0, 14)
    odds = np.log(base / (1 - base)) - curvature * np.log((act + 1) / (best + 1)) ** 2
    wins = rng.random(n) < 1 / (1 + np.exp(-odds))
    ended = np.where(wins, act + rng.exponential(wins_after, n), rng.exponential(loses_after, n))
    seen = np.full(n, watched) if np.isscalar(watched) else rng.uniform(*watched, n)
    return np.where(act <= ended, act, np.inf), seen, ended, wins


def test_the_planted_day_is_found_and_its_interval_holds_it():
    found = [weigh_acting_days(*draw_cases(np.random.default_rng(seed), 3_000)).best for seed in range(20)]
    assert all(abs(best.estimate - 3) <= 1 for best in found)
    assert sum(3 in best for best in found) >= 17


def test_late_acts_get_no_credit_for_the_losses_before_them():
    """The day does nothing here; among those acted on late the losers are gone already."""
    rng, n = np.random.default_rng(7), 40_000
    cases = draw_cases(rng, n, curvature=0.0, loses_after=8.0)
    act, _, _, wins = cases
    naive = [wins[act == day].mean() for day in (1, 8)]
    fair = weigh_acting_days(*cases).share[[1, 8]]
    assert naive[1] - naive[0] > 0.12
    assert abs(fair[1] - fair[0]) < 0.06


def test_the_young_count_for_as_long_as_they_were_watched():
    whole = weigh_acting_days(*draw_cases(np.random.default_rng(3), 40_000), window=60)
    young = weigh_acting_days(*draw_cases(np.random.default_rng(5), 40_000, watched=(1.0, 120.0)), window=60)
    np.testing.assert_allclose(young.share[1:8], whole.share[1:8], atol=0.03)


def test_shares_are_held_by_their_intervals_as_often_as_they_say():
    truth = weigh_acting_days(*draw_cases(np.random.default_rng(1), 600_000)).share[1:8]
    inside = []
    for seed in range(40):
        found = weigh_acting_days(*draw_cases(np.random.default_rng(100 + seed), 1_500))
        inside.append((found.low[1:8] <= truth) & (truth <= found.high[1:8]))
    assert 0.83 <= np.mean(inside) <= 0.96


def test_the_chances_to_be_best_add_up_to_one_and_skip_days_of_few_acts():
    found = weigh_acting_days(*draw_cases(np.random.default_rng(9), 800))
    assert found.chance_best.sum() == pytest.approx(1)
    assert found.chance_best[found.n_acted < 10].sum() == 0


def test_too_few_acts_are_no_answer():
    with pytest.raises(NotEnoughData, match=r"of 15 days have 10 acts each(.|\n)*Next: widen the period"):
        weigh_acting_days(*draw_cases(np.random.default_rng(9), 30))
    with pytest.raises(NotEnoughData, match=r"watched for 90 days(.|\n)*Next: ask for a shorter window"):
        weigh_acting_days(*draw_cases(np.random.default_rng(9), 3_000, watched=50.0))


def test_missing_durations_are_refused():
    act, watched, ended, wins = draw_cases(np.random.default_rng(9), 300)
    with pytest.raises(BadArgument, match=r"1 of 300 rows(.|\n)*Next: give days from the start"):
        weigh_acting_days(np.where(np.arange(300) == 4, np.nan, act), watched, ended, wins)
    with pytest.raises(BadArgument, match=r"differ in length(.|\n)*Next: give one of each"):
        weigh_acting_days(act[:5], watched, ended, wins)
