"""Effects in groups: planted ones are held, counts matter, and the claims are those that are sure together."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import claim_effects, pool_group_effects


def test_ranges_hold_planted_effects_and_errors_shrink():
    rng = np.random.default_rng(4)
    held, raw, pooled = [], [], []
    for _ in range(25):
        base, effect = rng.normal(-1, 0.5, 6), rng.normal(0.2, 0.3, 6)
        n = rng.integers(20, 200, 6)
        before, after = (1 / (1 + np.exp(-logit)) for logit in (base, base + effect))
        old, new = rng.binomial(n, before), rng.binomial(n, after)
        answer = pool_group_effects((old, n), (new, n))
        held += [truth in one for truth, one in zip(after - before, answer.differences, strict=True)]
        raw += list(((new - old) / n - (after - before)) ** 2)
        pooled += [(one.estimate - truth) ** 2 for truth, one in zip(after - before, answer.differences, strict=True)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)
    assert np.mean(pooled) < 0.7 * np.mean(raw)


def test_success_and_failure_are_mirror_images():
    old, new, n = np.array([20, 3, 40]), np.array([25, 6, 38]), np.array([100, 12, 90])
    one, other = pool_group_effects((old, n), (new, n)), pool_group_effects((n - old, n), (n - new, n))
    assert one.chances == pytest.approx(other.negative_chances, abs=1e-6)
    assert one.differences[1].low == pytest.approx(-other.differences[1].high, abs=1e-5)


def test_many_trials_leave_each_group_to_itself():
    n = np.full(3, 20_000)
    old, new = np.array([4000, 4000, 4000]), np.array([4000, 5000, 3200])
    answer = pool_group_effects((old, n), (new, n))
    assert [one.estimate for one in answer.differences] == pytest.approx([0, 0.05, -0.04], abs=0.002)


def test_equal_groups_show_no_spread():
    n = np.full(8, 400)
    answer = pool_group_effects((np.full(8, 80), n), (np.full(8, 110), n))
    assert answer.spread.estimate < 0.12
    assert min(answer.chances) > 0.99


def test_a_range_grows_with_its_mass_and_never_rests_on_a_point_of_the_grid():
    n = np.full(4, 60)
    answers = [
        pool_group_effects(([9, 12, 7, 10], n), ([10, 12, 8, 9], n), mass=mass) for mass in np.linspace(0.02, 0.99, 98)
    ]
    for read in (lambda one: one.differences[1], lambda one: one.centre, lambda one: one.spread):
        lows, highs = np.array([(read(one).low, read(one).high) for one in answers]).T
        assert (np.diff(lows) < 0).all()
        assert (np.diff(highs) > 0).all()
    assert min(one.spread.low for one in answers) > 0


def test_ranges_are_the_quantiles_of_weighted_draws_from_the_prior():
    rng, n_draws = np.random.default_rng(8), 1_500_000
    counts = np.array([[3, 20, 7, 22], [5, 25, 6, 24]])
    centre = rng.normal(0, 1, n_draws)
    spread = np.abs(rng.normal(0, 0.5, n_draws))
    weight, lifts = np.zeros(n_draws), []
    for y, n, x, m in counts:
        before = rng.random(n_draws)
        logit = np.log(before / (1 - before)) + rng.normal(centre, spread)
        after = 1 / (1 + np.exp(-logit))
        weight += y * np.log(before) + (n - y) * np.log1p(-before) + x * np.log(after) + (m - x) * np.log1p(-after)
        lifts.append(after - before)
    weight = np.exp(weight - weight.max())
    answer = pool_group_effects((counts[:, 0], counts[:, 1]), (counts[:, 2], counts[:, 3]))
    told = [*zip(lifts, answer.differences, strict=True), (centre, answer.centre), (spread, answer.spread)]
    for drawn, one in told:
        order = np.argsort(drawn)
        share = np.cumsum(weight[order]) / weight.sum()
        low, middle, high = (drawn[order][np.searchsorted(share, q)] for q in (0.025, 0.5, 0.975))
        sd = np.sqrt(np.cov(drawn, aweights=weight))
        assert (one.low, one.estimate, one.high) == pytest.approx((low, middle, high), abs=0.03 * sd)


def test_claims_stop_where_their_doubts_add_up():
    assert claim_effects([0.99, 0.99, 0.99, 0.99], limit=0.025) == (True, True, False, False)
    assert claim_effects([0.5, 0.2], limit=0.025) == (False, False)


@pytest.mark.parametrize(
    ("old", "new", "error", "match"),
    [
        (([1, 0], [10, 0]), ([1, 2], [10, 5]), NotEnoughData, "1 lack trials"),
        (([1], [10]), ([1], [10]), NotEnoughData, "at least two groups"),
        (([11, 1], [10, 5]), ([1, 2], [10, 5]), BadArgument, "0 <= successes <= trials"),
    ],
)
def test_counts_that_cannot_be_compared_are_refused(old, new, error, match):
    with pytest.raises(error, match=match):
        pool_group_effects(old, new)
