"""Rates of clusters: as an independent integration, and as plain rates where members are not alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln

from saleslab.errors import BadArgument
from saleslab.stats import (
    BetaArms,
    believe_cluster_rates,
    measure_cluster_evidence,
    measure_likeness,
    stand_rates,
    stand_values,
)

arms = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=6)


def integrate(successes, members):
    """Return rates and their chances on a plain grid."""
    logit, alike = np.meshgrid(np.linspace(-11, 11, 1501), np.linspace(-11, 5, 601), indexing="ij")
    rate, share = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-alike))
    a, b = (part * (1 - share) / share for part in (rate, 1 - rate))
    log = 0.5 * np.log(rate * (1 - rate)) + np.log(share) + 9 * np.log1p(-share)
    for k, n in zip(successes, members, strict=True):
        log = log + betaln(a + k, b + n - k) - betaln(a, b)
    chance = np.exp(log - log.max()).sum(axis=1)
    return rate[:, 0], chance / chance.sum()


@pytest.mark.parametrize(
    "counts",
    [
        [([4, 9, 5, 6], [50] * 4), ([9, 16, 11, 10], [50] * 4)],
        [([0, 0, 1], [10, 12, 40]), ([2, 3, 1], [10, 12, 40])],
        [([400, 900, 500], [5000] * 3), ([410, 950, 500], [5000] * 3)],
    ],
)
def test_it_agrees_with_an_independent_integration(counts):
    arrays = [tuple(np.array(part) for part in arm) for arm in counts]
    posterior = believe_cluster_rates(arrays)
    (rate, old), (_, new) = (integrate(*arm) for arm in arrays)
    assert posterior.contest().chance_best[1] == pytest.approx(new @ (np.cumsum(old) - old / 2), abs=5e-5)
    assert posterior.mean(0) == pytest.approx(old @ rate, abs=1e-5)
    assert posterior.mean(1) == pytest.approx(new @ rate, abs=1e-5)


@given(arms)
@settings(max_examples=15, deadline=None)
def test_success_and_failure_are_mirror_images(pairs):
    counts = [(np.array([k]), np.array([k + m + 1])) for k, m in pairs]
    k, n = (np.concatenate(part) for part in zip(*counts, strict=True))
    one, other = (
        believe_cluster_rates([(k, n), (k // 2, n)]),
        believe_cluster_rates([(n - k, n), (n - k // 2, n)]),
    )
    assert one.mean(0) == pytest.approx(1 - other.mean(0), abs=1e-6)
    assert one.contest().chance_best[0] == pytest.approx(other.contest().chance_best[1], abs=1e-6)


@pytest.mark.parametrize("is_shared", [False, True])
def test_members_that_are_not_alike_give_plain_rates(is_shared):
    counts = [(np.array([10] * 8), np.array([40] * 8)), (np.array([13] * 8), np.array([40] * 8))]
    posterior = believe_cluster_rates(counts, likeness_prior=(1.0, 1e5), is_shared=is_shared)
    plain = BetaArms((80.5, 104.5), (240.5, 216.5))
    assert posterior.contest().chance_best == pytest.approx(plain.contest().chance_best, abs=2e-3)


def test_a_planted_likeness_is_recovered():
    rng = np.random.default_rng(8)
    counts = [(rng.binomial(60, rng.beta(0.3 * 5.67, 0.7 * 5.67, 60)), np.full(60, 60)) for _ in range(2)]
    alike, chances = measure_likeness(counts)
    assert alike @ chances == pytest.approx(0.15, abs=0.03)
    assert chances.sum() == pytest.approx(1)


def test_counts_that_do_not_fit_are_refused():
    with pytest.raises(BadArgument, match="0 <= successes <= members"):
        believe_cluster_rates([(np.array([5]), np.array([4])), (np.array([1]), np.array([4]))])


class TestEvidence:
    @given(st.lists(st.floats(-50, 50), min_size=6, max_size=6))
    @settings(max_examples=25, deadline=None)
    def test_over_all_draws_of_the_lot_its_mean_is_one(self, standings):
        from itertools import combinations

        values = []
        for drawn in combinations(range(6), 3):
            is_new = np.isin(np.arange(6), drawn)
            values.append(np.exp(measure_cluster_evidence(np.array(standings), is_new)))
        assert np.mean(values) == pytest.approx(1, rel=1e-9)
        assert max(values) <= 20 + 1e-9

    def test_within_blocks_only_draws_of_the_block_count(self):
        standings = np.array([1.0, 2.0, 11.0, 12.0, 21.0, 22.0])
        is_new, block = np.array([False, True] * 3), [0, 0, 1, 1, 2, 2]
        within = stand_values(standings, np.eye(3)[block][:, 1:])
        blocked = measure_cluster_evidence(within, is_new, strata=block)
        assert np.exp(blocked) > 2 * np.exp(measure_cluster_evidence(standings, is_new))
        assert np.exp(blocked) <= 8

    def test_a_large_cluster_stands_for_more_but_not_in_proportion(self):
        alone, alike = (
            stand_rates(np.array([6.0, 60.0, 10.0]), np.array([20.0, 200.0, 80.0]), one) for one in (0.0, 0.1)
        )
        assert alone[1] == pytest.approx(10 * alone[0])
        assert alike[1] < 2.2 * alike[0]
