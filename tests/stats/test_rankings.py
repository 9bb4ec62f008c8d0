"""Areas and parts of rankings: exact with ties, as their references, and held by their intervals as promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import Gathered, measure_auc, measure_capture, measure_gathered

relaxed = settings(max_examples=30, deadline=None)


@st.composite
def rankings(draw, *, n_values=6):
    """Outcomes of both kinds, and scores with many ties."""
    n = draw(st.integers(4, 60))
    yes = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(lambda y: 0 < sum(y) < len(y)))
    scores = draw(st.lists(st.integers(0, n_values), min_size=n, max_size=n))
    return np.array(yes), np.array(scores, dtype=float)


def delong_slowly(yes, scores):
    """DeLong's area and variance from all pairs, written as in the paper."""
    a, b = scores[yes == 1], scores[yes == 0]
    kernel = (a[:, None] > b) + 0.5 * (a[:, None] == b)
    return kernel.mean(), kernel.mean(axis=1).var(ddof=1) / len(a) + kernel.mean(axis=0).var(ddof=1) / len(b)


class TestArea:
    @relaxed
    @given(rankings())
    def test_it_is_that_of_scikit_learn_also_with_ties(self, ranking):
        yes, scores = ranking
        assert measure_auc(yes, scores).estimate == pytest.approx(roc_auc_score(yes, scores), abs=1e-12)

    @relaxed
    @given(rankings())
    def test_turning_the_score_round_mirrors_the_interval(self, ranking):
        yes, scores = ranking
        one, other = measure_auc(yes, scores), measure_auc(yes, -scores)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)

    @relaxed
    @given(rankings(), st.integers(0, 10_000))
    def test_the_sequence_of_the_rows_does_not_matter(self, ranking, seed):
        yes, scores = ranking
        order = np.random.default_rng(seed).permutation(len(yes))
        assert measure_auc(yes[order], scores[order]) == measure_auc(yes, scores)

    @relaxed
    @given(rankings())
    def test_only_the_sequence_of_the_scores_counts(self, ranking):
        yes, scores = ranking
        assert measure_auc(yes, np.exp(scores) + 3) == measure_auc(yes, scores)

    def test_the_interval_is_delongs_on_the_log_odds_scale_where_rows_are_many(self):
        rng = np.random.default_rng(5)
        yes = rng.random(3_000) < 0.3
        scores = np.where(yes, 3.0, 1.0) * rng.standard_normal(3_000) + yes  # unlike spreads: Newcombe's lies inside
        area, variance = delong_slowly(yes, scores)
        reach = norm.ppf(0.975) * np.sqrt(variance) / (area * (1 - area))
        ends = expit(np.log(area / (1 - area)) + np.array([-reach, reach]))
        auc = measure_auc(yes, scores, mass=0.95)
        assert (auc.low, auc.high) == pytest.approx(ends, abs=1e-10)

    def test_the_published_worked_example_is_reproduced(self):
        # Hanley & McNeil 1982, Radiology 143, table 1: 58 normal and 51 abnormal images read on five steps
        normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
        scores = np.repeat(np.r_[1:6, 1:6], normal + abnormal)
        yes = np.repeat([0, 1], [sum(normal), sum(abnormal)])
        auc = measure_auc(yes, scores, mass=0.95)
        assert auc.estimate == pytest.approx(0.893, abs=5e-4)
        assert delong_slowly(yes, scores)[1] ** 0.5 == pytest.approx(0.0307, abs=2e-4)  # pROC and Stata: 0.0307
        odds = np.log(0.893 / 0.107) + norm.ppf([0.025, 0.975]) * 0.0307 / (0.893 * 0.107)
        assert (auc.low, auc.high) == pytest.approx(expit(odds), abs=1e-3)

    def test_a_score_that_is_the_same_for_all_is_worth_a_lot_and_that_is_certain(self):
        auc = measure_auc([0, 1, 1, 0, 1], np.ones(5))
        assert (auc.low, auc.estimate, auc.high) == (0.5, 0.5, 0.5)

    def test_a_faultless_score_of_few_rows_is_not_believed(self):
        auc = measure_auc([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6])
        assert auc.estimate == auc.high == 1
        assert auc.low < 0.7

    def test_yes_and_no_in_any_form_are_the_same(self):
        scores = [0.3, 0.1, 0.6]
        forms = [[0, 1, 1], [False, True, True], np.array([0, 1, 1], dtype=object)]
        assert len({measure_auc(form, scores) for form in forms}) == 1

    @pytest.mark.parametrize("yes", [[], [0, 0], [1, 1]])
    def test_one_outcome_alone_is_refused(self, yes):
        with pytest.raises(NotEnoughData, match="(?s)hold .* that happened.*Next: wait until both outcomes were seen"):
            measure_auc(yes, np.arange(len(yes), dtype=float))

    def test_missing_scores_and_unknown_outcomes_are_named_together(self):
        with pytest.raises(BadArgument, match="(?s)1 of 3 scores .* and 1 of 3 outcomes are neither.*Next: leave out"):
            measure_auc(np.array([0, 1, None], dtype=object), [0.1, np.nan, 0.2])

    def test_lengths_that_differ_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)do not make pairs.*Next: give one outcome and one score a row"):
            measure_auc([0, 1], [0.1, 0.2, 0.3])


class TestAreaWithinStrata:
    @relaxed
    @given(rankings(n_values=3), st.integers(0, 10_000))
    def test_it_is_the_weighted_mean_of_the_areas_of_each(self, ranking, seed):
        yes, scores = ranking
        keys = np.random.default_rng(seed).integers(0, 4, len(yes))
        areas, weights = [], []
        for key in range(4):
            inside, happened = scores[keys == key], yes[keys == key]
            if 0 < happened.sum() < len(happened):
                areas.append(roc_auc_score(happened, inside))
                weights.append(happened.sum() * (1 - happened).sum() / (len(happened) + 1))
        if not areas:
            with pytest.raises(NotEnoughData):
                measure_auc(yes, scores, strata=keys)
            return
        expected = np.average(areas, weights=weights)
        assert measure_auc(yes, scores, strata=keys).estimate == pytest.approx(expected, abs=1e-12)

    @relaxed
    @given(rankings())
    def test_one_stratum_is_none(self, ranking):
        yes, scores = ranking
        assert measure_auc(yes, scores, strata=["all"] * len(yes)) == measure_auc(yes, scores)

    def test_a_score_that_only_knows_the_stratum_ranks_nothing_within_it(self):
        rng = np.random.default_rng(9)
        keys = rng.integers(0, 30, 6_000)
        yes = rng.random(6_000) < keys / 40
        assert measure_auc(yes, keys).estimate > 0.7
        assert measure_auc(yes, keys, strata=keys).estimate == 0.5
        assert 0.5 in measure_auc(yes, keys + 0.1 * rng.standard_normal(6_000), strata=keys)

    def test_names_and_gaps_are_strata_as_well(self):
        auc = measure_auc([0, 1, 0, 1], [1, 2, 3, 4], strata=np.array(["a", "a", None, None], dtype=object))
        assert auc.estimate == 1

    def test_strata_that_do_not_fit_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)1 strata do not fit 2 rows.*Next: give one stratum a row"):
            measure_auc([0, 1], [1, 2], strata=["a"])


def held(n, rate, draw, truth, *, runs, seed, strata=None):
    """Share of samples whose interval holds the true area."""
    rng = np.random.default_rng(seed)
    hits = []
    for _ in range(runs):
        yes = (rng.random(n) < rate).astype(int)
        if 1 < yes.sum() < n - 1:
            hits.append(truth in measure_auc(yes, draw(rng, yes), strata=strata))
    return np.mean(hits)


def shift_normal(area):
    return lambda rng, yes: rng.standard_normal(len(yes)) + norm.ppf(area) * np.sqrt(2) * yes


class TestCoverageOfTheArea:
    @pytest.mark.parametrize(("n", "rate"), [(40, 0.5), (100, 0.15), (300, 0.1), (1_000, 0.1)])
    @pytest.mark.parametrize("area", [0.5, 0.7, 0.9])
    def test_it_holds_the_truth_nine_times_in_ten(self, n, rate, area):
        assert 0.86 <= held(n, rate, shift_normal(area), area, runs=300, seed=int(n + 100 * area)) <= 0.98

    def test_it_holds_within_strata_of_a_few_rows_each(self):
        strata = np.arange(400) // 8
        assert 0.86 <= held(400, 0.25, shift_normal(0.7), 0.7, runs=300, seed=2, strata=strata) <= 0.97

    @pytest.mark.slow
    @pytest.mark.parametrize(("n", "rate"), [(40, 0.5), (40, 0.25), (100, 0.1), (400, 0.1), (1_000, 0.1)])
    @pytest.mark.parametrize("area", [0.5, 0.65, 0.8, 0.9])
    @pytest.mark.parametrize("shape", ["normal", "exponential"])
    def test_it_holds_for_other_shapes(self, n, rate, area, shape):
        def skewed(rng, yes):
            return rng.exponential(1.0, len(yes)) * np.where(yes, area / (1 - area), 1.0)

        draw = shift_normal(area) if shape == "normal" else skewed
        assert held(n, rate, draw, area, runs=1_500, seed=int(n + 100 * area)) >= 0.85


class TestCapture:
    @relaxed
    @given(rankings())
    def test_ties_are_broken_by_lot(self, ranking):
        yes, scores = ranking
        n, at = len(yes), 0.37
        lots = np.random.default_rng(0).random((200, n))
        drawn = []
        for lot in lots:
            sorted_yes = yes[np.lexsort((lot, -scores))]
            whole = int(at * n)
            drawn.append(sorted_yes[:whole].sum() + (at * n - whole) * sorted_yes[whole])
        part = measure_capture(yes, scores, shares=[at]).parts[0].estimate
        assert part == pytest.approx(np.mean(drawn) / yes.sum(), abs=0.12)

    @relaxed
    @given(rankings())
    def test_it_rises_from_nothing_to_all(self, ranking):
        parts = [part.estimate for part in measure_capture(*ranking).parts]
        assert (np.diff([0.0, *parts]) >= -1e-12).all()
        assert parts[-1] == pytest.approx(1)

    @relaxed
    @given(rankings())
    def test_the_area_below_it_is_the_area_of_the_ranking(self, ranking):
        # with the lot between ties: area of the capture curve = base rate / 2 + (1 - base rate) * AUC
        yes, scores = ranking
        n, base = len(yes), yes.mean()
        curve = measure_capture(yes, scores, shares=np.arange(1, n + 1) / n)
        parts = np.array([0.0, *(part.estimate for part in curve.parts)])
        area = (parts[1:] + parts[:-1]).sum() / 2 / n
        assert area == pytest.approx(base / 2 + (1 - base) * measure_auc(yes, scores).estimate, abs=1e-9)

    def test_it_holds_the_truth_nine_times_in_ten(self):
        rng = np.random.default_rng(4)
        crowd = rng.standard_normal(400_000)
        sought = expit(-2.2 + 0.9 * crowd)
        whole = np.cumsum(sought[np.argsort(-crowd)])
        shares = np.array([0.05, 0.2, 0.5])
        truth = whole[(shares * len(crowd)).astype(int) - 1] / whole[-1]
        hits = []
        for _ in range(400):
            scores = rng.standard_normal(300)
            yes = rng.random(300) < expit(-2.2 + 0.9 * scores)
            hits.append([t in p for t, p in zip(truth, measure_capture(yes, scores, shares=shares).parts, strict=True)])
        assert ((np.mean(hits, axis=0) >= 0.86) & (np.mean(hits, axis=0) <= 0.96)).all()

    def test_nothing_found_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)None of 2 rows happened.*Next: wait for the first one"):
            measure_capture([0, 0], [0.1, 0.2])

    @pytest.mark.parametrize("shares", [[], [0.0, 0.5], [0.5, 0.2], [1.2], 0.5])
    def test_shares_that_are_none_are_refused(self, shares):
        with pytest.raises(BadArgument, match="(?s)rise from above 0 up to 1.*Next: give shares such as"):
            measure_capture([0, 1], [0.1, 0.2], shares=shares)


class TestGathered:
    @relaxed
    @given(rankings())
    def test_outcomes_gathered_are_what_is_captured(self, ranking):
        yes, scores = ranking
        captured, gathered = measure_capture(yes, scores), measure_gathered(yes, scores)
        parts = np.array([[part.estimate for part in curve.parts] for curve in (captured, gathered)])
        assert parts[1] == pytest.approx(parts[0] * yes.sum(), abs=1e-9)

    def test_it_holds_the_expected_sum_nine_times_in_ten(self):
        rng = np.random.default_rng(8)
        crowd = rng.standard_normal(400_000)
        worth = 4 * expit(-2 + crowd) - 0.3
        shares = np.array([0.1, 0.5, 1.0])
        truth = np.cumsum(worth[np.argsort(-crowd)])[(shares * len(crowd)).astype(int) - 1] / len(crowd)
        hits = []
        for _ in range(400):
            scores = rng.standard_normal(800)
            values = 4 * (rng.random(800) < expit(-2 + scores)) - 0.3
            parts = measure_gathered(values, scores, shares=shares).parts
            hits.append([t * 800 in p for t, p in zip(truth, parts, strict=True)])
        assert ((np.mean(hits, axis=0) >= 0.85) & (np.mean(hits, axis=0) <= 0.95)).all()

    def test_between_two_shares_it_follows_the_straight_line_from_0(self):
        curve = measure_gathered([1.0, 3.0], [1.0, 2.0], shares=[0.5, 1.0])
        assert isinstance(curve, Gathered)
        assert [curve.at(share).estimate for share in (0.25, 0.5, 0.75)] == [1.5, 3.0, 3.5]

    def test_missing_values_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)do not make pairs of finite numbers.*Next: give one value"):
            measure_gathered([1.0, np.nan], [1, 2])

    def test_no_row_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)no row to rank.*Next: give at least one row"):
            measure_gathered([], [])
