"""The sample is large enough to keep its promise, and no larger than that."""

from dataclasses import replace

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Expectation, compare_rate_counts, plan_sample
from saleslab.stats.beta_contests import contest_betas

RATE = Expectation("rate", 0.10, 0.05)


def plan(expectation: Expectation, **options):
    return plan_sample(expectation, **({"units_per_month": 800, "n_runs": 600, "seed": 4} | options))


def test_simulating_at_the_returned_size_reaches_the_promised_assurance():
    """With the posterior of the comparison, by another quadrature than the planner's."""
    answer = plan(RATE, n_runs=2_000)
    n = dict(answer.n_of)
    rng = np.random.default_rng(99)
    won = np.stack([rng.binomial(n["control"], 0.10, 4_000), rng.binomial(n["treatment"], 0.15, 4_000)], axis=1)
    better = contest_betas(won + 0.5, np.array(list(n.values())) - won + 0.5).chance_best[:, 1]
    assert abs((better >= 0.975).mean() - 0.8) < 3 * np.sqrt(0.8 * 0.2 / 4_000) + answer.error
    first = dict(zip(n, map(int, won[0]), strict=True))
    compared = compare_rate_counts(first, n, control="control").contrasts[0]
    assert compared.chance_better == pytest.approx(better[0], abs=1e-9)


def test_simulating_effects_that_are_in_doubt_reaches_the_promised_assurance():
    answer = plan(replace(RATE, lift_sd=0.02), n_runs=2_000, assurance=0.7)
    n = dict(answer.n_of)
    rng = np.random.default_rng(98)
    lifted = np.clip(rng.normal(0.15, 0.02, 4_000), 1e-4, 1)
    won = np.stack([rng.binomial(n["control"], 0.10, 4_000), rng.binomial(n["treatment"], lifted)], axis=1)
    better = contest_betas(won + 0.5, np.array(list(n.values())) - won + 0.5).chance_best[:, 1]
    assert abs((better >= 0.975).mean() - 0.7) < 3 * np.sqrt(0.7 * 0.3 / 4_000) + answer.error


def test_the_size_is_that_of_the_textbook_where_the_textbook_holds():
    """Two proportions, 80 % power at 5 % two-sided: Fleiss, Levin & Paik 2003, formula 4.14 without correction."""
    p, q, z = 0.10, 0.15, 1.959964 + 0.841621
    textbook = z**2 * (p * (1 - p) + q * (1 - q)) / (q - p) ** 2
    assert dict(plan(RATE, n_runs=2_000).n_of)["control"] == pytest.approx(textbook, rel=0.08)


def test_a_count_and_a_duration_agree_with_their_textbooks():
    """Poisson: var(log rate) is 1 / events; exponential with censoring: the same (Collett 2015, section 16.2)."""
    z = (1.959964 + 0.841621) ** 2
    count = dict(plan(Expectation("count", 4.0, 0.8), n_runs=2_000).n_of)["control"]
    assert count == pytest.approx(z * (1 / 4.0 + 1 / 4.8) / np.log(1.2) ** 2, rel=0.1)
    faster = Expectation("duration", 60.0, -15.0, higher_is_better=False, longest=90.0)
    events = 1 / -np.expm1(-90 / 60) + 1 / -np.expm1(-90 / 45)
    assert dict(plan(faster, n_runs=2_000).n_of)["control"] == pytest.approx(z * events / np.log(4 / 3) ** 2, rel=0.1)


def test_wild_amounts_need_more_than_tame_ones_and_more_buyers_less():
    tame = Expectation("amount", 30_000, 7_500, share_buying=0.15, log_sd=0.8)
    sizes = [plan(e, longest_weeks=400).n_units for e in (tame, replace(tame, log_sd=1.5))]
    assert sizes[1] > 1.5 * sizes[0]
    assert plan(replace(tame, share_buying=0.5), longest_weeks=400).n_units < sizes[0]


def test_the_unit_of_money_does_not_matter():
    yen = Expectation("amount", 30_000.0, 7_500.0, share_buying=0.15)
    million = replace(yen, baseline=0.03, lift=0.0075)
    assert plan(yen, longest_weeks=300).n_units == plan(million, longest_weeks=300).n_units


def test_larger_lifts_need_less_and_doubt_needs_more():
    small, large = (plan(replace(RATE, lift=lift)).n_units for lift in (0.04, 0.08))
    assert small > 2 * large
    assert plan(replace(RATE, lift_sd=0.02)).n_units > plan(RATE).n_units


def test_unequal_arms_and_more_arms_need_more():
    equal = plan(RATE).n_units
    assert plan(RATE, shares={"control": 0.8, "treatment": 0.2}).n_units > 1.3 * equal
    assert plan(RATE, shares={"control": 1 / 3, "a": 1 / 3, "b": 1 / 3}).n_units > 1.3 * equal


def test_twelve_people_who_differ_cannot_show_a_small_lift_however_long_they_work():
    few = plan(replace(RATE, icc=0.10, n_clusters=12))
    assert (few.n_units, few.n_of, few.weeks) == (None, (), None)
    assert few.assurance < 0.5
    assert few.curve["chance_ship"].iloc[-1] - few.curve["chance_ship"].iloc[-5] < 0.1


def test_likeness_within_clusters_costs_the_design_effect():
    """Kish 1965: 1 + (m - 1) icc, for equal clusters of m."""
    alone = plan(RATE, n_runs=2_000).n_units
    together = plan(replace(RATE, icc=0.05, cluster_size=10, cluster_size_cv=0.0), n_runs=2_000)
    assert together.n_units == pytest.approx(alone * (1 + 9 * 0.05), rel=0.12)
    assert together.n_clusters == pytest.approx(together.n_units / 10, abs=1)
    unequal = plan(replace(RATE, icc=0.05, cluster_size=10, cluster_size_cv=1.0), n_runs=2_000)
    assert unequal.n_units > 1.1 * together.n_units


def test_nothing_is_found_where_nothing_is_more_often_than_promised():
    """The rule at the end is one-sided at alpha / 2; also with clusters, whose error is estimated from few."""
    for none in (
        Expectation("rate", 0.1, 0.0),
        Expectation("rate", 0.15, 0.0, icc=0.1, n_clusters=12, cluster_size_cv=0.3),
        Expectation("amount", 30_000, 0.0, share_buying=0.15),
        Expectation("count", 5.0, 0.0, dispersion=0.3),
    ):
        curve = plan(none, n_runs=1_500).curve
        assert curve["chance_ship"].mean() == pytest.approx(0.025, abs=0.012)


def test_the_curve_rises_and_says_how_many_weeks_each_size_takes():
    curve = plan(RATE, units_per_month=400, n_runs=1_000).curve
    assert curve["chance_ship"].iloc[-1] > 0.95
    assert (curve["chance_ship"].diff().dropna() > -0.06).all()
    assert (curve["weeks"] * 400 / 4.348125).tolist() == pytest.approx(curve["n_units"].tolist(), abs=0.51)
    assert (curve["chance_decided"] >= curve["chance_ship"] - 1e-12).all()


def test_a_worthless_lift_is_shown_to_be_one():
    idle = plan(Expectation("rate", 0.1, 0.0, minimum_effect=0.03)).curve
    assert idle["chance_futile"].iloc[-1] > 0.9


def test_the_same_seed_gives_the_same_plan():
    one, other = plan(RATE), plan(RATE)
    assert one.n_units == other.n_units
    assert one.curve.equals(other.curve)


def test_all_faults_of_an_expectation_are_told_at_once():
    with pytest.raises(BadArgument) as refused:
        Expectation("rate", 1.2, 0.1, lift_sd=-1.0, icc=0.2, through="magic")
    for part in ("baseline 1.2 is no rate", "lift_sd -1.0", "icc needs n_clusters", "through 'magic'", "Next: correct"):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [{"assurance": 1.0}, {"alpha": 0.0}, {"units_per_month": 0}, {"n_runs": 10}, {"shares": {"a": 1.0}}],
    ids=lambda o: next(iter(o)),
)
def test_what_makes_no_plan_is_refused(options):
    with pytest.raises(BadArgument, match="Next: give"):
        plan(RATE, **options)


def test_fewer_than_three_clusters_an_arm_are_refused():
    with pytest.raises(NotEnoughData, match="(?s)5 clusters leave an arm with 2.*Next: draw at least 3 an arm"):
        plan(replace(RATE, icc=0.1, n_clusters=5))
