"""Arms that share something unknown: the same numbers as without it, and as by simulation."""

import numpy as np
import pytest

from saleslab.stats import BetaArms, MixedArms, StudentArms, fit_arms
from saleslab.stats.panels import lay_panels

LEVELS = [0.005, 0.025, 0.5, 0.975, 0.995]


def lay_betas(a, b, weights=(1.0,)) -> MixedArms:
    """Return Beta arms laid on the logit; all values of what is shared say the same."""
    from scipy.special import betaln, log_expit

    edges = np.broadcast_to(np.linspace(-14, 14, 41), (len(weights), 41))
    panels = lay_panels(edges)
    rate = 1 / (1 + np.exp(-panels.nodes))
    densities = tuple(
        np.exp(one * log_expit(panels.nodes) + other * log_expit(-panels.nodes) - betaln(one, other))
        for one, other in zip(a, b, strict=True)
    )
    return MixedArms(panels, densities, rate, rate * (1 - rate), np.asarray(weights))


A, B = (3.5, 9.5, 6.5), (37.5, 31.5, 34.5)


@pytest.mark.parametrize("weights", [(1.0,), (0.2, 0.5, 0.3)])
def test_betas_on_a_line_agree_with_exact_betas(weights):
    laid, exact = lay_betas(A, B, weights), BetaArms(A, B)
    for arms in ((), (0, 1)):
        one, other = laid.contest(*arms), exact.contest(*arms)
        assert one.chance_best == pytest.approx(other.chance_best, abs=1e-8)
        assert one.expected_loss == pytest.approx(other.expected_loss, abs=1e-9)
    assert laid.mean(1) == pytest.approx(exact.mean(1), abs=1e-9)
    assert laid.quantiles(2, LEVELS) == pytest.approx(exact.quantiles(2, LEVELS), abs=2e-5)
    assert laid.difference_quantiles(1, 0, LEVELS) == pytest.approx(exact.difference_quantiles(1, 0, LEVELS), abs=2e-5)
    assert laid.ratio_quantiles(1, 0, LEVELS) == pytest.approx(exact.ratio_quantiles(1, 0, LEVELS), rel=2e-4)


def test_quantiles_and_chances_are_inverse():
    laid = lay_betas(A, B)
    at = laid.difference_quantiles(1, 0, LEVELS)
    assert laid.difference_below(1, 0, at) == pytest.approx(LEVELS, abs=1e-9)
    assert laid.ratio_below(1, 0, laid.ratio_quantiles(1, 0, LEVELS)) == pytest.approx(LEVELS, abs=1e-9)


class TestStudents:
    arms = StudentArms(np.array([10.0, 11.0, 10.5]), np.array([[0.5, 0.1, 0.0], [0.1, 0.4, 0.0], [0, 0, 0.3]]), 7.0)

    def draw(self, n=400_000):
        rng = np.random.default_rng(3)
        root = np.linalg.cholesky(self.arms.scale)
        return self.arms.centre + (rng.normal(size=(n, 3)) @ root.T) * np.sqrt(7 / rng.chisquare(7, (n, 1)))

    def test_a_duel_in_closed_form_agrees_with_draws(self):
        draws, duel = self.draw(), self.arms.contest(0, 1)
        assert duel.chance_best[1] == pytest.approx((draws[:, 1] > draws[:, 0]).mean(), abs=4e-3)
        assert duel.expected_loss[1] == pytest.approx(np.maximum(draws[:, 0] - draws[:, 1], 0).mean(), abs=4e-3)
        assert duel.expected_loss[0] == pytest.approx(np.maximum(draws[:, 1] - draws[:, 0], 0).mean(), abs=8e-3)

    def test_a_contest_of_three_agrees_with_draws(self):
        draws, contest = self.draw(), self.arms.contest()
        best = draws.max(axis=1)
        assert contest.chance_best == pytest.approx((draws == best[:, None]).mean(axis=0), abs=4e-3)
        assert contest.expected_loss == pytest.approx((best[:, None] - draws).mean(axis=0), abs=8e-3)
        assert np.array_equal(contest.chance_best, self.arms.contest().chance_best)

    def test_fiellers_ratio_agrees_with_draws(self):
        draws = self.draw()
        ratios = self.arms.ratio_quantiles(1, 0, [0.025, 0.5, 0.975])
        assert ratios == pytest.approx(np.quantile(draws[:, 1] / draws[:, 0], [0.025, 0.5, 0.975]), abs=4e-3)

    def test_a_mean_that_may_be_negative_has_no_ratio(self):
        near = StudentArms(np.array([1.0, 2.0]), np.eye(2), 7.0)
        assert near.ratio_quantiles(1, 0, [0.5]) is None

    def test_less_is_better_where_it_is_said(self):
        up, down = self.arms.contest(0, 1), self.arms.contest(0, 1, higher_is_better=False)
        assert down.chance_best == pytest.approx(1 - up.chance_best)
        assert down.expected_loss == pytest.approx(up.expected_loss[::-1])

    def test_a_planted_slope_and_blocks_are_taken_out(self):
        rng = np.random.default_rng(5)
        arms, block, before = np.arange(40) % 2, np.arange(40) // 10, rng.normal(size=40)
        values = 3 + 2 * arms + 5 * block + 4 * before + rng.normal(0, 0.1, 40)
        others = np.column_stack([block == 1, block == 2, block == 3, before, before * 2]).astype(float)
        fitted = fit_arms(values, arms, others=others)
        assert fitted.freedom == 40 - 2 - 4  # the doubled column says nothing new
        assert fitted.centre[1] - fitted.centre[0] == pytest.approx(2, abs=0.15)
