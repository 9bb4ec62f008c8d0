"""Losses as their references, parts that add up and carry no bias, and bands that hold as often as they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import brier_score_loss, log_loss

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import decompose_brier, measure_calibration, measure_log_loss
from saleslab.stats.calibration import average_rows, count_happening, find_base_rates

relaxed = settings(max_examples=30, deadline=None)


@st.composite
def told(draw):
    """Outcomes and the chances that were stated for them."""
    n = draw(st.integers(3, 120))
    yes = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    chances = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    return np.array(yes), np.array(chances)


def draw_true(rng, n):
    """Chances as a model states them, and outcomes that follow them."""
    chances = rng.beta(1, 7, n)
    return (rng.random(n) < chances).astype(int), chances


class TestLosses:
    @relaxed
    @given(told())
    def test_they_are_those_of_scikit_learn(self, given_rows):
        yes, chances = given_rows
        assert measure_log_loss(yes, chances).estimate == pytest.approx(log_loss(yes, chances, labels=[0, 1]), rel=1e-9)
        assert decompose_brier(yes, chances).score.estimate == pytest.approx(
            brier_score_loss(yes, chances, labels=[0, 1]), abs=1e-12
        )

    def test_a_certainty_that_fails_costs_much_but_not_all(self):
        assert measure_log_loss([0, 1], [1.0, 1.0]).estimate == pytest.approx(18.02, abs=0.01)

    def test_the_interval_holds_the_expected_loss_nine_times_in_ten(self):
        rng = np.random.default_rng(1)
        wide = rng.beta(1, 7, 400_000)
        truth = -(wide * np.log(wide) + (1 - wide) * np.log1p(-wide)).mean()
        held = [truth in measure_log_loss(*draw_true(rng, 400)) for _ in range(400)]
        assert 0.86 <= np.mean(held) <= 0.94

    def test_scores_that_are_no_chances_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)1 of 2 chances lie outside 0 to 1.*Next: give chances, not scores"):
            measure_log_loss([0, 1], [0.5, 1.5])

    def test_one_row_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)1 rows cannot say.*Next: wait for at least two outcomes"):
            measure_calibration([1], [0.5])
        with pytest.raises(NotEnoughData, match="(?s)how much a mean varies.*Next: give at least two rows"):
            average_rows(np.array([1.0]))


class TestBrierParts:
    @relaxed
    @given(told(), st.integers(1, 12))
    def test_they_add_up_to_the_score(self, given_rows, n_bins):
        parts = decompose_brier(*given_rows, n_bins=n_bins)
        together = parts.reliability - parts.resolution + parts.uncertainty + parts.within
        assert together == pytest.approx(parts.score.estimate, abs=1e-12)

    def test_they_are_murphys_where_groups_are_large(self):
        rng = np.random.default_rng(2)
        said = rng.choice([0.1, 0.3, 0.6], 90_000)
        yes = rng.random(90_000) < said + 0.1
        parts = decompose_brier(yes, said)
        assert parts.reliability == pytest.approx(0.01, abs=5e-4)
        assert parts.resolution == pytest.approx(np.var([0.2, 0.4, 0.7]), abs=2e-3)
        assert parts.within == pytest.approx(0, abs=1e-12)

    def test_the_luck_of_small_groups_does_not_count_as_unreliable(self):
        # Ferro & Fricker 2012: the plain estimate of reliability is too large by the variance of each group's rate
        rng = np.random.default_rng(3)
        parts = []
        for _ in range(600):
            said = rng.choice([0.1, 0.3, 0.6], 60)
            parts.append(decompose_brier((rng.random(60) < said).astype(int), said, n_bins=3))
        assert np.mean([one.reliability for one in parts]) == pytest.approx(0, abs=8e-4)
        assert np.mean([one.resolution for one in parts]) == pytest.approx(np.var([0.1, 0.3, 0.6]), abs=4e-3)
        assert np.mean([one.uncertainty for one in parts]) == pytest.approx(2 / 9, abs=4e-3)

    def test_the_overall_rate_said_to_all_has_no_skill(self):
        assert decompose_brier([0, 1, 0, 0], [0.25] * 4).skill == pytest.approx(1 - 0.1875 / 0.25)
        assert abs(decompose_brier([0, 1] * 500, [0.5] * 1_000).skill) < 2e-3


class TestCounts:
    @relaxed
    @given(st.floats(0, 1).map(lambda chance: round(chance, 9)), st.integers(1, 70))
    def test_equal_chances_give_the_binomial_distribution(self, chance, n):
        assert count_happening(np.full(n, chance)) == pytest.approx(binom.pmf(np.arange(n + 1), n, chance), abs=1e-12)

    @relaxed
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
    def test_they_are_built_up_thing_by_thing(self, chances):
        count = np.ones(1)
        for chance in chances:
            count = np.convolve(count, [1 - chance, chance])
        assert count_happening(np.array(chances)) == pytest.approx(count, abs=1e-12)


class TestCurve:
    @pytest.mark.parametrize("n", [60, 500, 3_000])
    def test_true_chances_lie_in_the_band_in_at_least_nine_of_ten_samples(self, n):
        rng = np.random.default_rng(n)
        inside = [measure_calibration(*draw_true(rng, n)).n_outside == 0 for _ in range(150)]
        assert np.mean(inside) >= 0.88

    def test_the_band_is_not_wider_than_it_must_be(self):
        rng = np.random.default_rng(5)
        inside = [measure_calibration(*draw_true(rng, 10_000)).n_outside == 0 for _ in range(60)]
        assert 0.8 <= np.mean(inside) <= 0.98

    def test_chances_that_are_twice_too_high_lie_outside(self):
        rng = np.random.default_rng(6)
        yes, chances = draw_true(rng, 5_000)
        curve = measure_calibration(yes, np.minimum(2 * chances, 1))
        assert curve.n_outside >= 5
        assert curve.error > 5 * curve.error_by_luck

    def test_the_error_of_true_chances_is_what_luck_alone_gives(self):
        # the expected calibration error of a faultless model is above 0, and the more so the fewer rows there are
        rng = np.random.default_rng(7)
        curves = [measure_calibration(*draw_true(rng, 300)) for _ in range(200)]
        seen, luck = np.mean([curve.error for curve in curves]), np.mean([curve.error_by_luck for curve in curves])
        assert luck == pytest.approx(seen, rel=0.05)
        assert luck > 0.02

    def test_equal_chances_are_one_group(self):
        curve = measure_calibration([0, 1] * 100, [0.5] * 200)
        assert [(point.n, point.n_happened, point.chance) for point in curve.points] == [(200, 100, 0.5)]

    def test_a_handful_of_rows_is_one_group(self):
        assert len(measure_calibration([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8]).points) == 1

    @relaxed
    @given(told())
    def test_groups_hold_every_row_once_in_rising_sequence(self, given_rows):
        yes, chances = given_rows
        points = measure_calibration(yes, chances).points
        assert sum(point.n for point in points) == len(yes)
        assert sum(point.n_happened for point in points) == yes.sum()
        assert (np.diff([point.chance for point in points]) > 0).all()
        assert all(0 <= point.low <= point.high <= 1 for point in points)

    def test_no_group_is_refused(self):
        with pytest.raises(BadArgument, match="(?s)0 groups hold no row.*Next: give at least one group"):
            measure_calibration([0, 1], [0.1, 0.2], n_bins=0)


def test_the_base_rate_is_that_of_events_that_were_over_before():
    begins = np.array(["2026-01-01", "2026-01-01", "2026-04-01", "2026-07-01", "2026-04-01"], dtype="datetime64[D]")
    ends = np.array(["2026-03-31", "2026-06-30", "2026-06-30", "2026-09-30", "2026-06-30"], dtype="datetime64[D]")
    happened = [1, 0, 1, 1, 0]
    found = find_base_rates(begins, ends, happened)
    by_hand = [np.mean([came for end, came in zip(ends, happened, strict=True) if end < begin] or [np.nan])
               for begin in begins]  # fmt: skip
    np.testing.assert_array_equal(found, by_hand)
    assert np.isnan(found[:2]).all()
    assert found[3] == 0.5
