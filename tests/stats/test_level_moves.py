"""Moves of a level: chances that come true, both ways alike, and noise that is called noise."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.level_moves import USUAL_STEP, judge_move


def draw_company(rng, *, n_before=6, n_after=3):
    """Return periods of both stretches whose level moved in one half of all cases, and whether it did."""
    level, wandering = rng.normal(-1.1, 0.3), abs(rng.normal(0, 0.25))
    has_moved = rng.random() < 0.5
    step = rng.normal(0, USUAL_STEP) * has_moved
    stretches = []
    for shift, n in ((0.0, n_before), (step, n_after)):
        trials = rng.integers(60, 200, n)
        chance = 1 / (1 + np.exp(-(level + shift + wandering * rng.standard_normal(n))))
        stretches.append((rng.binomial(trials, chance), trials))
    return stretches, has_moved


def judge_many(n, seed):
    rng = np.random.default_rng(seed)
    told = []
    for _ in range(n):
        (before, after), has_moved = draw_company(rng)
        told.append((judge_move("share", before, after).chance_moved, has_moved))
    return np.array(told, dtype=float)


@pytest.mark.requirement("E08")
def test_the_chance_of_a_real_move_comes_true():
    chance, moved = judge_many(160, 1).T
    assert chance.mean() == pytest.approx(moved.mean(), abs=0.08)
    sure = chance > 0.8
    assert moved[sure].mean() >= 0.8
    assert moved[chance < 0.4].mean() < 0.45


@pytest.mark.slow
@pytest.mark.requirement("E08")
def test_chances_come_true_in_every_bin():
    chance, moved = judge_many(3_000, 2).T
    for low, high in ((0.2, 0.35), (0.35, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        inside = (chance >= low) & (chance < high)
        spread = 3 * np.sqrt(0.25 / inside.sum())
        assert moved[inside].mean() == pytest.approx(chance[inside].mean(), abs=spread)


def test_going_back_is_the_same_move_the_other_way():
    first, second = ([30, 28, 33], [100] * 3), ([18, 22], [100] * 2)
    there, back = judge_move("share", first, second), judge_move("share", second, first)
    assert there.chance_moved == pytest.approx(back.chance_moved, abs=1e-6)
    assert there.change.estimate == pytest.approx(-back.change.estimate, abs=1e-4)
    assert there.chance_up == pytest.approx(1 - back.chance_up, abs=0.01)


def test_months_that_always_wander_make_a_step_look_like_noise():
    calm, wild = ([25, 26, 24, 25, 24, 26], [100] * 6), ([10, 40, 18, 35, 12, 37], [100] * 6)
    after = ([15], [100])
    told = [judge_move("share", after, after, earlier=earlier).wandering for earlier in (calm, wild)]
    assert told[0] < told[1]
    chances = [judge_move("share", before, after).chance_moved for before in (calm, wild)]
    assert chances[0] > 0.65
    assert chances[1] < 0.55


@pytest.mark.parametrize("kind", ["count", "mean"])
def test_a_planted_ratio_is_found(kind):
    rng = np.random.default_rng(3)
    days = np.full(12, 30.0)
    draw = rng.poisson if kind == "count" else (lambda mean: mean * np.exp(rng.normal(0, 0.08, 12)))
    before, after = draw(np.full(12, 300.0)), draw(np.full(12, 210.0))
    move = judge_move(kind, (before, days), (after, days))
    assert move.chance_moved > 0.95
    assert move.change.low < 0.7 < move.change.high
    assert move.change.estimate == pytest.approx(0.7, abs=0.06)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(NotEnoughData, match=r"The second stretch has no observation(?s:.*)Next: choose periods"):
        judge_move("share", ([1], [10]), ([], []))
    with pytest.raises(BadArgument, match=r"values that no share can have(?s:.*)Next: give successes"):
        judge_move("share", ([11], [10]), ([1], [10]))
    with pytest.raises(BadArgument, match=r"The first stretch holds values that no mean can have"):
        judge_move("mean", ([-1.0], [1]), ([1.0], [1]))


def test_an_earlier_stretch_of_which_nothing_is_known_says_nothing():
    ends = ([5.0, 6.0, 5.5], [1, 1, 1]), ([4.0, 4.5], [1, 1])
    alone = judge_move("mean", *ends)
    assert judge_move("mean", *ends, earlier=([np.nan, np.nan], [1, 1])) == alone
    assert judge_move("mean", *ends, earlier=([np.nan, 7.0], [1, 1])) == alone
