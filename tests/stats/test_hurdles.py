"""Means of amounts that are mostly zero: by quadrature the same as by a million draws, and finite."""

import numpy as np
import pytest
from scipy.stats import kstest

from saleslab.errors import NotEnoughData
from saleslab.stats import (
    believe_apart,
    believe_means,
    believe_spread,
    check_sizes,
    condense_sizes,
    measure_size_evidence,
)
from saleslab.stats.hurdles import GREATEST_SPREAD, LEAST_SPREAD


def draw_arm(rng, n, chance, spread):
    return (rng.random(n) < chance) * rng.lognormal(2, spread, n)


def draw_means(rng, sizes, *, is_apart=False, n=400_000):
    """Return the same posterior by inverse distribution functions."""
    line = np.linspace(np.log(LEAST_SPREAD), np.log(GREATEST_SPREAD), 20_001)

    def spreads(squares, freedom):
        log = -freedom * line - squares / 2 * np.exp(-2 * line)
        total = np.cumsum(np.exp(log - log.max()))
        return np.exp(np.interp(rng.random(n), total / total[-1], line))

    shared = spreads(sizes.squares.sum(), (sizes.n_sizes - 1).sum())
    means = []
    for m, k, centre, squares in zip(sizes.n_units, sizes.n_sizes, sizes.centres, sizes.squares, strict=True):
        spread = spreads(squares, k - 1) if is_apart else shared
        logs = centre + spread**2 / 2 + spread / np.sqrt(k) * rng.normal(size=n)
        means.append(rng.beta(k + 0.5, m - k + 0.5, n) * np.exp(logs))
    return means


@pytest.mark.parametrize("is_apart", [False, True])
@pytest.mark.parametrize(("n", "spread"), [(60, 1.2), (200, 0.6), (3000, 1.0)])
def test_quadrature_agrees_with_draws(n, spread, is_apart):
    rng = np.random.default_rng(17)
    sizes = condense_sizes([draw_arm(rng, n, 0.15, spread), draw_arm(rng, n + 40, 0.2, spread)])
    old, new = draw_means(rng, sizes, is_apart=is_apart)
    exact = (believe_apart if is_apart else believe_means)(sizes)
    contest = exact.contest()
    assert contest.chance_best[1] == pytest.approx((new > old).mean(), abs=3e-3)
    assert contest.expected_loss[1] == pytest.approx(np.maximum(old - new, 0).mean(), rel=0.03, abs=2e-3)
    assert contest.expected_loss[0] == pytest.approx(np.maximum(new - old, 0).mean(), rel=0.03)
    assert exact.mean(0) == pytest.approx(old.mean(), rel=0.02)
    levels = [0.025, 0.5, 0.975]
    spread_of = np.diff(np.quantile(new - old, [0.16, 0.84])).item()
    assert exact.difference_quantiles(1, 0, levels) == pytest.approx(
        np.quantile(new - old, levels), abs=0.03 * spread_of
    )
    assert exact.ratio_quantiles(1, 0, levels) == pytest.approx(np.quantile(new / old, levels), rel=0.02)


def test_amounts_that_never_vary_leave_a_beta_contest():
    from saleslab.stats import BetaArms

    alike = condense_sizes([np.r_[np.full(12, 49.0), np.zeros(88)], np.r_[np.full(20, 49.0), np.zeros(80)]])
    exact = BetaArms((12.5, 20.5), (88.5, 80.5)).contest().chance_best
    assert believe_means(alike).contest().chance_best == pytest.approx(exact, abs=1e-3)


def test_a_wider_bound_of_the_spread_costs_more_but_never_without_end():
    rng = np.random.default_rng(2)
    few = condense_sizes([np.r_[rng.lognormal(0, 2, 7), np.zeros(50)], np.r_[rng.lognormal(0, 2, 9), np.zeros(50)]])
    losses = [believe_means(few, greatest_spread=bound).contest().expected_loss[1] for bound in (1.5, 2.5, 3.5)]
    assert losses == sorted(losses)
    assert np.isfinite(losses).all()


def test_the_shared_spread_is_recovered():
    rng = np.random.default_rng(4)
    spreads, chances = believe_spread(condense_sizes([draw_arm(rng, 2000, 0.3, 0.8), draw_arm(rng, 2000, 0.3, 0.8)]))
    assert spreads @ chances == pytest.approx(0.8, abs=0.04)
    assert chances.sum() == pytest.approx(1)


def test_without_amounts_there_is_no_answer():
    with pytest.raises(NotEnoughData, match="compare how often they occur"):
        condense_sizes([np.zeros(5), np.array([1.0, 2.0, 3.0])])


class TestChecks:
    def measure(self, rng, draw, runs=60):
        found = []
        for _ in range(runs):
            logs = [draw(rng, n) for n in (30, 40)]
            check = check_sizes(logs, condense_sizes([np.exp(one) for one in logs]), seed=1, n_draws=400)
            found.append((check.mean, check.tail, check.spread))
        return np.array(found)

    def test_amounts_as_the_model_expects_them_are_usual(self):
        found = self.measure(np.random.default_rng(6), lambda rng, n: rng.normal(3, 1, n))
        assert (found < 0.05).mean(axis=0).max() < 0.2
        assert kstest(found[:, 2], "uniform").pvalue > 0.001

    def test_the_logarithm_of_a_tiny_gamma_is_not(self):
        found = self.measure(np.random.default_rng(6), lambda rng, n: np.log(rng.gamma(0.2, 1, n) + 1e-12), runs=10)
        assert np.median(found[:, 0]) < 0.02


class TestEvidence:
    def test_on_noise_its_mean_is_at_most_one_however_heavy_the_tail(self):
        rng = np.random.default_rng(9)
        values = []
        for _ in range(300):
            amounts = (rng.random(60) < 0.3) * rng.pareto(1.1, 60)
            values.append(np.exp(measure_size_evidence(amounts, rng.permutation(60) < 30, seed=1)[-1]))
        assert np.mean(values) == pytest.approx(1, abs=4 * np.std(values) / np.sqrt(300))

    def test_neither_unit_nor_sorting_matters(self):
        rng = np.random.default_rng(9)
        amounts, is_new = draw_arm(rng, 200, 0.3, 1.0), np.arange(200) % 2 == 1
        one = measure_size_evidence(amounts, is_new, seed=1)
        assert measure_size_evidence(amounts * 1e6, is_new, seed=1) == pytest.approx(one, abs=1e-9)
        order = np.argsort(is_new)
        assert measure_size_evidence(amounts[order], is_new[order], seed=5) == pytest.approx(one, abs=1e-9)
