"""Contests by quadrature agree with exact sums, closed forms and slow independent integrals."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaln
from scipy.stats import gamma

from saleslab.stats import (
    BetaArms,
    GammaArms,
    InverseGammaArms,
    beta_difference_below,
    beta_difference_quantiles,
    beta_ratio_below,
    beta_ratio_quantiles,
    compare_rates,
    contest_betas,
    contest_gammas,
    gamma_difference_below,
    gamma_difference_quantiles,
    gamma_ratio_below,
    gamma_ratio_quantiles,
    shrink_rates,
)

LEVELS = [0.005, 0.025, 0.1, 0.5, 0.9, 0.975, 0.995]
parameters = st.floats(0.5, 400)


def sum_exactly(a, b, c, d) -> float:
    """P(Beta(c, d) > Beta(a, b)) for whole parameters, by the finite sum in 60 digits (Cook 2005)."""
    getcontext().prec = 60
    term = Decimal(1)
    for j in range(d):
        term *= Decimal(b + j) / Decimal(a + b + j)
    total = term
    for i in range(c - 1):
        term *= Decimal(a + i) / Decimal(a + b + d + i) * Decimal(d + i) / Decimal(1 + i)
        total += term
    return float(total)


def integrate_slowly(new, old, at) -> float:
    """P(new - old < at) for Beta parameters, by adaptive quadrature with the algebraic ends taken out."""
    (a, b), (c, d) = new, old
    low, high = max(0.0, -at), min(1.0, 1 - at)
    middle = (low + high) / 2

    def rest(y, left, right):
        return betainc(a, b, min(max(y + at, 0), 1)) * np.exp(left * np.log(y) + right * np.log1p(-y) - betaln(c, d))

    # near an end of the range either the density or the distribution function bends like a root: y = end -+ u ** 2
    left = quad(lambda u: 2 * u * rest(low + u * u, c - 1, d - 1), 0, np.sqrt(middle - low), epsabs=1e-12, limit=400)[0]
    right = quad(
        lambda u: 2 * u * rest(high - u * u, c - 1, d - 1), 0, np.sqrt(high - middle), epsabs=1e-12, limit=400
    )[0]
    return left + right + (1 - betainc(c, d, high) if at > 0 else 0.0)


class TestReference:
    @pytest.mark.parametrize(
        "case", [(1, 41, 7, 35), (8280, 37211, 8503, 36199), (20120, 25371, 20035, 24667), (3, 2, 2, 50_000)]
    )
    def test_exact_sums_are_reproduced_to_nine_digits_even_for_90_000_visitors(self, case):
        a, b, c, d = case
        exact = sum_exactly(*case)
        answers = [
            contest_betas([a, c], [b, d]).chance_best[1],
            1 - beta_difference_below((c, d), (a, b), 0.0),
            1 - beta_ratio_below((c, d), (a, b), 1.0),
        ]
        assert answers == pytest.approx([exact] * 3, abs=1e-10)

    @pytest.mark.parametrize(
        ("new", "old"),
        [
            ((0.5, 40.5), (6.5, 34.5)),
            ((0.5, 0.5), (2.5, 20.5)),
            ((20.5, 0.5), (19.5, 1.5)),
            ((600.5, 400.5), (1.5, 9.5)),
        ],
    )
    @pytest.mark.parametrize("at", [-0.3, -0.004, 0.02, 0.6])
    def test_differences_agree_with_slow_integrals_although_both_ends_are_singular(self, new, old, at):
        assert beta_difference_below(new, old, at) == pytest.approx(integrate_slowly(new, old, at), abs=2e-9)

    def test_three_arms_of_a_published_example_agree(self):
        # bayesian-testing 0.10.0, README: its 20,000 draws give .0654, .8898, .0447; the exact values are these
        trials, successes = np.array([1500, 1200, 1000]), np.array([80, 80, 50])
        answer = contest_betas(successes + 0.5, trials - successes + 0.5)
        assert answer.chance_best == pytest.approx([0.0654187, 0.8933483, 0.0412330], abs=5e-8)
        assert answer.expected_loss == pytest.approx([0.01385542, 0.00045885, 0.01703678], abs=5e-9)

    @pytest.mark.parametrize(
        ("new", "old"), [((0.5, 10.0), (6.5, 10.0)), ((30.5, 10.0), (40.5, 12.0)), ((2e4, 400), (3.5, 1))]
    )
    def test_gamma_contests_agree_with_the_closed_form_of_their_ratio(self, new, old):
        answer = contest_gammas([new[0], old[0]], [new[1], old[1]])
        assert answer.chance_best[0] == pytest.approx(1 - gamma_ratio_below(new, old, 1.0), abs=1e-9)
        assert 1 - gamma_difference_below(new, old, 0.0) == pytest.approx(answer.chance_best[0], abs=1e-9)

    def test_the_difference_of_two_exponentials_is_laplace(self):
        at = np.array([-3.0, -0.5, 0.0, 0.2, 4.0])
        laplace = np.where(at < 0, 0.5 * np.exp(at), 1 - 0.5 * np.exp(-np.abs(at)))
        assert gamma_difference_below((1, 1), (1, 1), at) == pytest.approx(laplace, abs=1e-11)

    def test_the_largest_of_several_exponentials_lies_as_far_ahead_as_harmonic_numbers_say(self):
        losses = contest_gammas(np.ones(5), np.ones(5)).expected_loss
        assert losses == pytest.approx(np.full(5, 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5), abs=1e-10)

    def test_means_of_exponential_times_have_the_closed_form_of_their_ratio(self):
        arms = InverseGammaArms((20, 25), (400.0, 300.0))
        below = arms.difference_below(1, 0, 0.0)
        # F distribution: mean_1 / mean_0 < 1 when speed_1 > speed_0
        assert below == pytest.approx(1 - gamma_ratio_below((25, 300.0), (20, 400.0), 1.0), abs=1e-6)
        assert arms.quantiles(0, [0.5])[0] == pytest.approx(1 / gamma.ppf(0.5, 20, scale=1 / 400))

    def test_the_sceptic_repeats_a_published_range(self):
        # Eppo's guide to Bayesian analysis: 4 of 200 against 10 of 200 shrink to about +21 %, with half of the
        # posterior about 21 points to each side
        low, middle, high = shrink_rates([4, 10], [200, 200]).ratio_quantiles(1, 0, [0.25, 0.5, 0.75]) - 1
        assert 0.21 < middle < 0.232
        assert (high - low) / 2 == pytest.approx(0.21, abs=0.01)


class TestLaws:
    @given(parameters, parameters, parameters, parameters)
    @settings(max_examples=40, deadline=None)
    def test_losses_differ_by_the_difference_of_the_means_and_chances_add_up(self, a, b, c, d):
        for answer, means in (
            (contest_betas([a, c], [b, d]), (a / (a + b), c / (c + d))),
            (contest_gammas([a, c], [b, d]), (a / b, c / d)),
        ):
            assert answer.chance_best.sum() == pytest.approx(1, abs=1e-9)
            assert answer.expected_loss.min() >= 0
            gap = answer.expected_loss[0] - answer.expected_loss[1]
            assert gap == pytest.approx(means[1] - means[0], rel=1e-9, abs=1e-9)

    @given(parameters, parameters, parameters, parameters)
    @settings(max_examples=25, deadline=None)
    def test_quantiles_undo_the_distribution_function(self, a, b, c, d):
        pairs = (a, b), (c, d)
        assert beta_difference_below(*pairs, beta_difference_quantiles(*pairs, LEVELS)) == pytest.approx(
            LEVELS, abs=1e-9
        )
        assert beta_ratio_below(*pairs, beta_ratio_quantiles(*pairs, LEVELS)) == pytest.approx(LEVELS, abs=1e-9)
        found = gamma_difference_quantiles(*pairs, LEVELS)
        assert gamma_difference_below(*pairs, found) == pytest.approx(LEVELS, abs=1e-9)
        assert gamma_ratio_below(*pairs, gamma_ratio_quantiles(*pairs, LEVELS)) == pytest.approx(LEVELS, abs=1e-9)

    @given(parameters, parameters, parameters, parameters, st.floats(-0.9, 0.9))
    @settings(max_examples=40, deadline=None)
    def test_swapping_the_arms_mirrors_the_difference(self, a, b, c, d, at):
        one, other = beta_difference_below((a, b), (c, d), at), beta_difference_below((c, d), (a, b), -at)
        assert one + other == pytest.approx(1, abs=1e-9)

    @given(st.lists(st.tuples(parameters, parameters), min_size=3, max_size=5))
    @settings(max_examples=15, deadline=None)
    def test_the_best_of_all_is_the_worst_of_the_complements(self, arms):
        a, b = np.array(arms).T
        best = contest_betas(a, b)
        mirrored = contest_betas(b, a, higher_is_better=False)
        assert best.chance_best == pytest.approx(mirrored.chance_best, abs=1e-9)
        assert best.expected_loss == pytest.approx(mirrored.expected_loss, abs=1e-9)

    def test_many_contests_at_once_are_the_same_as_one_by_one(self):
        rng = np.random.default_rng(7)
        a, b = rng.uniform(0.5, 90, (2, 700, 2))
        together = contest_betas(a, b)
        for row in (0, 255, 256, 699):
            alone = contest_betas(a[row], b[row])
            assert together.chance_best[row] == pytest.approx(alone.chance_best, abs=1e-13)
            assert together.expected_loss[row] == pytest.approx(alone.expected_loss, abs=1e-13)

    def test_counts_that_are_large_become_gamma(self):
        rare = BetaArms((30.5, 40.5), (1e7, 1e7)).ratio_quantiles(1, 0, LEVELS)
        assert rare == pytest.approx(GammaArms((30.5, 40.5), (1e7, 1e7)).ratio_quantiles(1, 0, LEVELS), rel=1e-5)

    def test_the_older_door_gives_the_same_range(self):
        old = compare_rates((60, 100), (30, 100), mass=0.95)
        new = beta_difference_quantiles((60.5, 40.5), (30.5, 70.5), [0.025, 0.975])
        assert (old.low, old.high) == pytest.approx(tuple(new), abs=1e-12)
