import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.policy_values import weigh_effects
from saleslab.stats.qini import DEFINITION, match_causalml, match_scikit_uplift, measure_qini, weigh_ranks

SCORE = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
TIED = [0.9, 0.9, 0.7, 0.7, 0.7, 0.2, 0.2, 0.2]
TREATED = [1, 0, 1, 1, 0, 0, 1, 0]
OUTCOME = [1, 0, 1, 1, 0, 0, 0, 1]

rows = st.lists(st.tuples(st.integers(0, 4), st.floats(-10, 10)), min_size=2, max_size=30)


def coefficient(score, effects):
    return measure_qini(score, effects).coefficient.estimate


class TestLaws:
    @given(rows=rows, seed=st.integers(0, 99))
    @settings(max_examples=60, deadline=None)
    def test_neither_ties_nor_the_sequence_of_rows_matter(self, rows, seed):
        score, effects = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
        order = np.random.default_rng(seed).permutation(len(rows))
        first, second = measure_qini(score, effects), measure_qini(score[order], effects[order])
        assert second.coefficient.estimate == pytest.approx(first.coefficient.estimate, abs=1e-9)
        assert second.coefficient.low == pytest.approx(first.coefficient.low, abs=1e-9)
        assert second.gains == pytest.approx(first.gains, abs=1e-9)

    @given(rows=rows)
    @settings(max_examples=60, deadline=None)
    def test_it_is_the_area_between_curve_and_diagonal(self, rows):
        score, effects = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
        qini = measure_qini(score, effects)
        area = np.trapezoid(qini.gains, qini.shares) - qini.gains[-1] / 2
        assert qini.coefficient.estimate == pytest.approx(area, abs=1e-9)
        assert weigh_ranks(score, effects).mean() == pytest.approx(area, abs=1e-9)

    @given(rows=rows)
    @settings(max_examples=60, deadline=None)
    def test_turning_the_score_around_changes_the_sign(self, rows):
        score, effects = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
        assert coefficient(-score, effects) == pytest.approx(-coefficient(score, effects), abs=1e-9)

    def test_a_tie_is_the_mean_of_all_sequences_that_it_allows(self):
        effects = np.array([1.0, -2.0, 0.5, 3.0])
        broken = [coefficient(tie, effects) for tie in ([4, 3, 2, 1], [4, 2, 3, 1])]
        assert coefficient([4, 2, 2, 1], effects) == pytest.approx(np.mean(broken))

    def test_no_score_is_better_than_the_effects_themselves(self):
        rng = np.random.default_rng(1)
        effects = rng.normal(size=200)
        best = coefficient(effects, effects)
        assert all(coefficient(rng.normal(size=200), effects) < best for _ in range(20))

    def test_a_score_without_differences_has_none(self):
        assert coefficient(np.ones(50), np.random.default_rng(1).normal(size=50)) == pytest.approx(0)


class TestInterval:
    def hold(self, runs):
        rng, held = np.random.default_rng(2), []
        for _ in range(runs):
            score = rng.normal(size=300)
            treated = rng.random(300) < 0.4
            y = score * 0.5 * treated + rng.normal(size=300)
            qini = measure_qini(score, weigh_effects(treated, y, chance=0.4))
            held.append(0.5 * 0.5 / np.sqrt(np.pi) in qini.coefficient)  # mean of x (F(x) - 1/2) is 1 / (2 sqrt(pi))
        return np.mean(held)

    def test_it_holds_the_truth_as_often_as_promised(self):
        assert self.hold(400) == pytest.approx(0.9, abs=0.045)

    def test_on_noise_it_holds_zero(self):
        rng = np.random.default_rng(3)
        held = [0 in measure_qini(rng.normal(size=100), rng.normal(size=100)).coefficient for _ in range(300)]
        assert np.mean(held) == pytest.approx(0.9, abs=0.05)


class TestOtherDefinitions:
    """Numbers that the libraries themselves give for these eight rows, and the same by hand.

    Radcliffe's curve at 0, 1, ... 8 rows is 0 ? 1 2 3 3 3 3 2: nobody is untreated at 1, where scikit-uplift takes
    the treated alone (1) and causalml the middle (1/2).
    """

    def test_scikit_uplift_051(self):
        assert match_scikit_uplift(SCORE, TREATED, OUTCOME) == pytest.approx(0.8181818181818182)
        assert match_scikit_uplift(TIED, TREATED, OUTCOME) == pytest.approx(0.5909090909090909)

    def test_causalml_0180(self):
        assert match_causalml(SCORE, TREATED, OUTCOME) == pytest.approx(0.4722222222222222)
        assert match_causalml(SCORE, TREATED, OUTCOME, normalize=False) == pytest.approx(0.9444444444444444)

    def test_by_hand(self):
        sorted_by_outcome = np.interp(np.arange(9), [0, 3, 7, 8], [0, 3, 3, 2])
        areas = [np.trapezoid(curve) - 8 for curve in ([0, 1, 1, 2, 3, 3, 3, 3, 2], sorted_by_outcome)]
        assert match_scikit_uplift(SCORE, TREATED, OUTCOME) == pytest.approx(areas[0] / areas[1])
        above = np.array([0, 0.5, 1, 2, 3, 3, 3, 3, 2]) - np.linspace(0, 2, 9)
        assert match_causalml(SCORE, TREATED, OUTCOME, normalize=False) == pytest.approx(above.mean())

    def test_ties_change_causalmls_number_and_not_ours(self):
        ahead = match_causalml(TIED, TREATED, OUTCOME)
        behind = match_causalml(TIED[::-1], TREATED[::-1], OUTCOME[::-1])
        assert abs(ahead - behind) > 0.1
        effects = weigh_effects(TREATED, OUTCOME, chance=0.5)
        assert coefficient(TIED[::-1], effects[::-1]) == pytest.approx(coefficient(TIED, effects))

    def test_an_effect_of_zero_cannot_be_divided_by(self):
        with pytest.raises(NotEnoughData, match=r"total effect is 0(.|\n)*Next: ask for normalize=False"):
            match_causalml(SCORE, TREATED, [1, 0, 1, 0, 1, 0, 0, 1])

    def test_one_group_alone_has_no_curve(self):
        with pytest.raises(NotEnoughData, match=r"8 of 8 rows were treated(.|\n)*Next: give rows of both kinds"):
            match_scikit_uplift(SCORE, [1] * 8, OUTCOME)


class TestRefusals:
    def test_missing_scores_are_refused(self):
        with pytest.raises(BadArgument, match=r"not one finite pair a row(.|\n)*Next: leave out rows"):
            measure_qini([1.0, np.nan], [1.0, 2.0])

    def test_one_row_has_no_sequence(self):
        with pytest.raises(NotEnoughData, match="no sequence"):
            measure_qini([1.0], [1.0])

    def test_the_definition_comes_with_the_number(self):
        qini = measure_qini([2.0, 1.0], [1.0, 0.0])
        assert qini.definition == DEFINITION
        assert qini.gain_at(0.25) == pytest.approx(0.25)
