import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.policy_values import (
    estimate_mean,
    estimate_means,
    measure_error,
    pick_rule,
    score_actions,
    weigh_effects,
)


def draw(rng, n, chance):
    """Return outcomes that depend on x, actions drawn with a chance that depends on x, and x; action 1 adds 0.5."""
    x = rng.normal(size=n)
    action = (rng.random(n) < chance(x)).astype(int)
    return x + 0.5 * action + rng.normal(size=n), action, x


def logistic(x):
    return 1 / (1 + np.exp(-x))


def both(chance):
    return np.stack([1 - chance, chance], axis=1)


class TestScores:
    def effect(self, chances, expected):
        y, action, x = draw(np.random.default_rng(1), 40_000, logistic)
        scores = score_actions(y, action, chances=both(chances(x)), expected=expected(x))
        return (scores[:, 1] - scores[:, 0]).mean()

    def test_the_true_chances_are_enough_however_wrong_the_model(self):
        assert self.effect(logistic, lambda x: both(np.full(len(x), 3.0))) == pytest.approx(0.5, abs=0.1)

    def test_the_true_model_is_enough_however_wrong_the_chances(self):
        flat = self.effect(lambda x: np.full(len(x), 0.5), lambda x: np.stack([x, x + 0.5], axis=1))
        assert flat == pytest.approx(0.5, abs=0.05)

    def test_wrong_chances_and_a_wrong_model_together_are_wrong(self):
        both_wrong = self.effect(lambda x: np.full(len(x), 0.5), lambda x: np.zeros((len(x), 2)))
        assert both_wrong > 1.0

    def test_a_good_model_makes_them_vary_less(self):
        y, action, x = draw(np.random.default_rng(2), 2000, lambda x: np.full(len(x), 0.5))
        half = both(np.full(len(x), 0.5))
        known = score_actions(y, action, chances=half, expected=np.stack([x, x + 0.5], axis=1))
        unknown = score_actions(y, action, chances=half, expected=np.zeros((2000, 2)))
        assert measure_error(known @ [-1, 1]) < 0.8 * measure_error(unknown @ [-1, 1])

    def test_an_action_that_was_impossible_is_refused(self):
        with pytest.raises(BadArgument, match=r"1 rows could not have had an action(.|\n)*Next: leave out rows"):
            score_actions([1.0, 0.0], [0, 1], chances=[[1.0, 0.0], [0.5, 0.5]], expected=np.zeros((2, 2)))

    def test_parts_that_do_not_fit_are_refused(self):
        with pytest.raises(BadArgument, match="do not fit"):
            score_actions([1.0, 0.0], [0, 1], chances=np.full((2, 3), 0.3), expected=np.zeros((2, 2)))


class TestWeighing:
    def test_it_finds_the_effect_of_a_lot_with_uneven_chances(self):
        y, action, x = draw(np.random.default_rng(3), 60_000, lambda x: 0.2 + 0.6 * (x > 0))
        effects = weigh_effects(action, y, chance=0.2 + 0.6 * (x > 0))
        assert 0.5 in estimate_mean(effects, mass=0.99)

    def test_moving_all_outcomes_moves_nothing(self):
        y, action, _ = draw(np.random.default_rng(3), 500, lambda x: np.full(len(x), 0.3))
        assert weigh_effects(action, y + 1000, chance=0.3) == pytest.approx(weigh_effects(action, y, chance=0.3))

    def test_without_untreated_rows_there_is_nothing_to_compare_with(self):
        with pytest.raises(NotEnoughData, match=r"3 of 3 rows were treated(.|\n)*Next: give rows of both kinds"):
            weigh_effects([1, 1, 1], [0.0, 1.0, 1.0], chance=0.5)

    def test_rows_without_a_choice_are_refused(self):
        with pytest.raises(BadArgument, match=r"1 rows had no choice(.|\n)*Next: leave them out"):
            weigh_effects([1, 0, 1], [0.0, 1.0, 1.0], chance=[0.5, 0.5, 1.0])


class TestMeans:
    def test_the_interval_is_students(self):
        from scipy.stats import t

        values = np.random.default_rng(4).normal(size=30)
        low, high = t.interval(0.9, 29, values.mean(), values.std(ddof=1) / np.sqrt(30))
        mean = estimate_mean(values)
        assert (mean.low, mean.high) == pytest.approx((low, high))

    def test_rows_that_repeat_their_cluster_say_nothing_new(self):
        values = np.random.default_rng(4).normal(size=30)
        once, often = estimate_mean(values), estimate_mean(np.repeat(values, 7), clusters=np.repeat(np.arange(30), 7))
        assert (often.low, often.high) == pytest.approx((once.low, once.high))

    def test_all_means_at_once_are_held_as_often_as_promised(self):
        rng = np.random.default_rng(5)
        held = [all(0 in one for one in estimate_means(rng.normal(size=(60, 4)))) for _ in range(250)]
        assert np.mean(held) == pytest.approx(0.9, abs=0.05)

    def test_means_that_move_together_need_hardly_more_room_than_one(self):
        rng = np.random.default_rng(6)
        shared = rng.normal(size=(200, 1))
        alike = estimate_means(shared + 0.01 * rng.normal(size=(200, 4)))[0].width
        apart = estimate_means(rng.normal(size=(200, 4)) * shared.std())[0].width
        assert alike < 1.05 * estimate_mean(shared[:, 0]).width < apart

    def test_one_cluster_is_too_few(self):
        with pytest.raises(NotEnoughData, match=r"1 rows or clusters(.|\n)*Next: give at least two"):
            estimate_mean([1.0, 2.0], clusters=["a", "a"])


class TestPicking:
    def test_luck_is_rarely_picked(self):
        rng = np.random.default_rng(7)
        picked = [pick_rule(rng.normal(size=(80, 4))) is not None for _ in range(150)]
        assert np.mean(picked) < 0.09

    def test_a_rule_that_changes_nothing_is_not_picked(self):
        assert pick_rule(np.zeros((50, 2))) is None

    def test_of_two_good_rules_the_simpler_is_picked_unless_it_is_clearly_behind(self):
        rng = np.random.default_rng(8)
        good = 1 + 0.1 * rng.normal(size=400)
        near, far = good - 0.0005 + 0.1 * rng.normal(size=400), good - 0.5
        assert pick_rule(np.stack([near, good], axis=1)) == 0
        assert pick_rule(np.stack([far, good], axis=1)) == 1
