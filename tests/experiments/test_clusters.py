"""Drawn by rep, shop or week: as sure as a few people allow, and no surer."""

import numpy as np
import pandas as pd
import pytest
from experiments_clusters import calibrate_clusters, measure_clusters, watch_clusters
from scipy.stats import kstest, ttest_ind

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, Stakes, compare_clusters
from saleslab.stats import believe_cluster_rates, load_pymc, sample_posterior


def make_rows(sold: dict[str, list[int]], *, n_leads=50) -> pd.DataFrame:
    rows = [
        (f"{arm}-{i}", arm, int(lead < k))
        for arm, counts in sold.items()
        for i, k in enumerate(counts)
        for lead in range(n_leads)
    ]
    return pd.DataFrame(rows, columns=["rep_id", "arm", "succeeded"])


def draw_weeks(rng, *, n_reps=8, n_weeks=10, n_leads=20, lift=0.1) -> pd.DataFrame:
    """Return leads of reps who change arms from week to week by lot."""
    skill, season = rng.normal(0, 0.08, n_reps), rng.normal(0, 0.04, n_weeks)
    rows = []
    for rep in range(n_reps):
        arms = rng.permutation(np.arange(n_weeks) % 2)
        for week in range(n_weeks):
            chance = np.clip(0.3 + skill[rep] + season[week] + lift * arms[week], 0.02, 0.98)
            won = rng.random(n_leads) < chance
            rows += [(rep, week, "new" if arms[week] else "old", int(one)) for one in won]
    return pd.DataFrame(rows, columns=["rep_id", "week", "arm", "succeeded"])


OLD, NEW = [4, 9, 5, 6, 7, 3], [9, 16, 11, 10, 14, 12]


class TestRecovery:
    def test_a_planted_lift_is_found(self):
        rng = np.random.default_rng(3)
        sold = {
            arm: list(rng.binomial(50, rng.beta(rate * 20, (1 - rate) * 20, 12)))
            for arm, rate in (("old", 0.15), ("new", 0.35))
        }
        answer = compare_clusters(make_rows(sold), cluster="rep_id", control="old")
        lift = answer.contrasts[0]
        assert 0.2 in lift.interval
        assert lift.chance_better > 0.99
        assert lift.e_value > 20
        assert 1 / 21 in answer.likeness
        assert answer.reasons == ()

    def test_leads_are_not_counted_as_if_nobody_had_been_drawn(self):
        table = measure_clusters(n_runs=100, cells=("6 reps", "8 reps, 10-100 leads"))
        assert table["positive"].mean() < 0.09  # 200 runs; the slow suite runs 10,000 a cell
        assert table["pooled"].min() > 0.15
        assert table["evidence"].max() <= 0.05

    @pytest.mark.slow
    def test_false_positives_and_coverage_keep_their_promise(self):
        table = measure_clusters(n_runs=10_000).set_index("cell")
        promised = [cell for cell in table.index if cell.endswith(("reps", "leads"))]
        assert (table.loc[promised, "positive"] <= 0.055).all(), table
        assert table.loc[promised, "coverage"].between(0.93, 0.97).all(), table
        assert (table["evidence"].drop("12 reps, lift .10") <= 0.05).all()

    def test_the_posterior_is_calibrated(self):
        assert kstest(calibrate_clusters(n_runs=200)["difference"], "uniform").pvalue > 0.01

    @pytest.mark.slow
    @pytest.mark.parametrize("is_shared", [False, True])
    def test_the_posterior_is_calibrated_over_ten_thousand_runs(self, is_shared):
        ranks = calibrate_clusters(n_runs=10_000, is_shared=is_shared)
        assert kstest(ranks["difference"], "uniform").pvalue > 0.01

    @pytest.mark.slow
    def test_weekly_looks_at_the_same_reps_seldom_mislead(self):
        table = watch_clusters(n_runs=2000)
        assert table.loc[table["lift"] == 0, "ever"].max() <= 0.05

    def test_a_switchback_compares_each_rep_with_themselves(self):
        rows = draw_weeks(np.random.default_rng(12))
        answer = compare_clusters(rows, cluster="rep_id", period="week", control="old")
        assert answer.method == "means"
        assert 0.1 in answer.contrasts[0].interval
        apart = compare_clusters(
            rows.assign(cell=rows["rep_id"] * 100 + rows["week"]), cluster="cell", method="means", control="old"
        )
        assert answer.contrasts[0].interval.width < 0.85 * apart.contrasts[0].interval.width

    def test_the_time_before_takes_out_what_was_different_already(self):
        rng = np.random.default_rng(21)
        skill = rng.normal(100, 30, 16)
        rows = pd.DataFrame({"rep_id": range(16), "arm": ["old", "new"] * 8, "before": skill + rng.normal(0, 5, 16)})
        rows["amount"] = skill + 15 * (rows["arm"] == "new") + rng.normal(0, 5, 16)
        plain, adjusted = (
            compare_clusters(rows, cluster="rep_id", outcome="amount", control="old", before=before).contrasts[0]
            for before in (None, "before")
        )
        assert adjusted.interval.width < 0.4 * plain.interval.width
        assert 15 in adjusted.interval
        assert adjusted.e_value > 20 > plain.e_value
        assert {one.assumption for one in adjusted.sensitivity} == {"weighted_by_size", "without_before"}

    def test_blocks_take_out_what_regions_differ_by(self):
        rng = np.random.default_rng(2)
        rows = pd.DataFrame({"store": range(20), "region": np.repeat(list("abcde"), 4), "arm": ["old", "new"] * 10})
        rows["amount"] = np.repeat(rng.normal(0, 50, 5), 4) + 10 * (rows["arm"] == "new") + rng.normal(0, 4, 20)
        blocked = compare_clusters(rows, cluster="store", outcome="amount", control="old", block="region").contrasts[0]
        assert 10 in blocked.interval
        assert blocked.chance_better > 0.99
        assert blocked.e_value > 20
        assert blocked.relative_lift is None  # a mean below 0 has no percentage


class TestReference:
    def test_means_without_blocks_are_students_t(self):
        rng = np.random.default_rng(4)
        rows = pd.DataFrame({"rep_id": range(14), "arm": ["old"] * 6 + ["new"] * 8, "amount": rng.normal(10, 3, 14)})
        lift = compare_clusters(rows, cluster="rep_id", outcome="amount", control="old").contrasts[0]
        old, new = (rows.loc[rows["arm"] == arm, "amount"] for arm in ("old", "new"))
        test = ttest_ind(new, old)
        range_ = test.confidence_interval(0.95)
        assert (lift.interval.low, lift.interval.high) == pytest.approx((range_.low, range_.high), rel=1e-9)
        assert min(lift.chance_better, 1 - lift.chance_better) == pytest.approx(test.pvalue / 2, rel=1e-9)

    @pytest.mark.slow
    def test_chance_better_is_that_of_a_sampler(self):
        counts = [(np.array(part), np.full(6, 50)) for part in (OLD, NEW[::-1])]
        counts[1] = (np.array([6, 9, 5, 8, 10, 4]), np.full(6, 50))
        pm = load_pymc()
        with pm.Model() as model:
            rate, alike = pm.Beta("rate", 0.5, 0.5, shape=2), pm.Beta("alike", 1, 9, shape=2)
            size = (1 - alike) / alike
            for arm, (sold, leads) in enumerate(counts):
                pm.BetaBinomial(
                    f"sold_{arm}", n=leads, alpha=rate[arm] * size[arm], beta=(1 - rate[arm]) * size[arm], observed=sold
                )
        posterior = sample_posterior(model, seed=3, draws=4000, target_accept=0.95)
        drawn = posterior.pooled("rate")
        chance = float((drawn[:, 1] > drawn[:, 0]).mean())
        exact = float(believe_cluster_rates(counts).contest().chance_best[1])
        assert exact == pytest.approx(chance, abs=4 * np.sqrt(exact * (1 - exact) / posterior.diagnosis.ess))


class TestLaws:
    def test_swapping_the_arms_flips_the_lift(self):
        rows = make_rows({"old": OLD, "new": NEW})
        forth, back = (compare_clusters(rows, cluster="rep_id", control=one).contrasts[0] for one in ("old", "new"))
        assert back.lift == pytest.approx(-forth.lift, rel=1e-5)
        assert back.chance_better == pytest.approx(1 - forth.chance_better, abs=1e-9)
        assert back.e_value == pytest.approx(forth.e_value, rel=1e-9)

    def test_more_leads_of_the_same_few_reps_hardly_narrow_the_range(self):
        few = make_rows({"old": OLD, "new": NEW}, n_leads=50)
        many = make_rows({"old": [20 * k for k in OLD], "new": [20 * k for k in NEW]}, n_leads=1000)
        widths = [
            compare_clusters(rows, cluster="rep_id", control="old").contrasts[0].interval.width for rows in (few, many)
        ]
        assert widths[1] > 0.6 * widths[0]

    def test_three_arms_share_all_chance_of_being_best(self):
        rows = make_rows({"old": OLD, "new": NEW, "other": NEW})
        for method in ("rates", "means"):
            answer = compare_clusters(rows, cluster="rep_id", control="old", method=method)
            assert sum(one.chance_best for one in answer.arms) == pytest.approx(1, abs=1e-6)
            assert answer.arms[1].chance_best == pytest.approx(answer.arms[2].chance_best, abs=2e-3)

    def test_days_that_should_fall_are_better_when_they_do(self):
        rows = make_rows({"old": OLD, "new": NEW})
        up = compare_clusters(rows, cluster="rep_id", control="old", method="means")
        down = compare_clusters(
            rows, cluster="rep_id", control="old", method="means", stakes=Stakes(higher_is_better=False)
        )
        assert down.contrasts[0].chance_better == pytest.approx(1 - up.contrasts[0].chance_better)
        assert down.contrasts[0].expected_loss == pytest.approx(up.contrasts[0].expected_loss_of_control)

    def test_three_reps_of_six_can_never_give_evidence_above_twenty(self):
        answer = compare_clusters(make_rows({"old": [0, 0, 0], "new": [50, 50, 50]}), cluster="rep_id", control="old")
        assert 4 < answer.contrasts[0].e_value <= 20


class TestRefusals:
    def test_fewer_than_three_clusters_are_refused(self):
        with pytest.raises(NotEnoughData, match=r"fewer than 3 different rep_id: new \(2\)(.|\n)*switch arms by week"):
            compare_clusters(make_rows({"old": OLD, "new": NEW[:2]}), cluster="rep_id", control="old")

    def test_few_clusters_are_flagged(self):
        few = compare_clusters(make_rows({"old": OLD[:3], "new": NEW[:5]}), cluster="rep_id", control="old")
        assert Reason.FEW_CLUSTERS in few.reasons
        assert [one.n_clusters for one in few.clusters] == [3, 5]

    def test_a_cluster_in_two_arms_is_named(self):
        rows = make_rows({"old": OLD, "new": NEW})
        rows.loc[3, "arm"] = "new"
        with pytest.raises(BadArgument, match=r"1 rep_id in two arm: old-0(.|\n)*give period="):
            compare_clusters(rows, cluster="rep_id", control="old")

    def test_a_rep_in_two_arms_within_one_week_is_named(self):
        rows = draw_weeks(np.random.default_rng(1))
        rows.loc[0, "arm"] = "new" if rows.loc[0, "arm"] == "old" else "old"
        with pytest.raises(BadArgument, match=r"1 rep_id x week in two arm: \(0, 0\)"):
            compare_clusters(rows, cluster="rep_id", period="week", control="old")

    def test_weeks_in_which_all_work_the_same_arm_cannot_be_told_from_it(self):
        rows = draw_weeks(np.random.default_rng(1))
        rows["arm"] = np.where(rows["week"] % 2, "new", "old")
        with pytest.raises(BadArgument, match="a block holds one arm only"):
            compare_clusters(rows, cluster="rep_id", period="week", control="old")

    def test_everything_that_is_wrong_is_named_at_once(self):
        rows = make_rows({"old": OLD, "new": NEW}).astype({"succeeded": float, "rep_id": object})
        rows.loc[1, "succeeded"], rows.loc[2, "rep_id"], rows.loc[4, "arm"] = np.nan, None, None
        with pytest.raises(
            BadArgument, match=r"no arm \(4\); 1 row with no rep_id \(2\); 1 row with no succeeded \(1\)"
        ):
            compare_clusters(rows, cluster="rep_id", control="old")

    def test_means_that_do_not_vary_are_refused(self):
        rows = make_rows({"old": [5] * 4, "new": [9] * 4})
        with pytest.raises(NotEnoughData, match="nothing shows how far chance carries them"):
            compare_clusters(rows, cluster="rep_id", control="old", method="means")

    def test_rates_with_blocks_are_refused(self):
        rows = make_rows({"old": OLD, "new": NEW}).assign(region="a")
        with pytest.raises(BadArgument, match="give 'means'"):
            compare_clusters(rows, cluster="rep_id", control="old", block="region", method="rates")
