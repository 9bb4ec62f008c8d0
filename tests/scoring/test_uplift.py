import numpy as np
import pandas as pd
import pytest
from invented_trials import invent
from scoring_simulations import (
    FEATURES,
    add_values,
    await_scoring,
    compare_rankings,
    measure_revenue,
    pick_best,
    simulate_leads,
)

from saleslab.errors import BadArgument, NoControl, NotEnoughData
from saleslab.scoring import estimate_uplift
from saleslab.scoring.uplift.cross_fits import LEARNERS
from saleslab.scoring.uplift.rules import allot
from saleslab.stats.qini import measure_qini

N_RUNS = 200


def oracle_share(effects, truth):
    """Return the Qini of estimated effects as a share of that of the true ones, both against the truth."""
    return measure_qini(effects, truth).coefficient.estimate / measure_qini(truth, truth).coefficient.estimate


@pytest.fixture(scope="module")
def trial():
    return invent(seed=1, differs=0.3)


@pytest.fixture(scope="module")
def answer(trial):
    return estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5)


class TestPlantedEffects:
    def test_those_whom_it_helps_are_found(self, trial, answer):
        assert answer.verdict == "personalise"
        assert oracle_share(answer.effects, trial.effect) > 0.85
        assert answer.treat @ trial.effect / answer.treat.sum() > 2 * trial.effect.mean()

    def test_new_rows_are_sorted_as_well(self, answer):
        new = invent(seed=2, differs=0.3)
        assert oracle_share(answer.predict(new.X), new.effect) > 0.85

    def test_average_and_value_are_near_the_truth(self, trial, answer):
        assert answer.average.estimate == pytest.approx(trial.effect.mean(), abs=0.06)
        assert answer.value.estimate == pytest.approx(np.mean(answer.treat * trial.effect), abs=0.06)
        assert answer.gain.low > 0

    def test_the_table_of_rules_holds_every_rule_and_marks_one(self, answer):
        table = answer.candidates
        assert list(table["rule"]) == ["treat_none", "treat_all", *LEARNERS]
        assert list(table.loc[table["is_chosen"], "rule"]) == [answer.rule]
        assert table.set_index("rule").loc["treat_none", "value"] == 0
        assert answer.qini.coefficient.low > 0

    def test_the_same_effect_for_all_is_not_taken_apart(self):
        even = invent(seed=3, average=0.15, differs=0)
        said = estimate_uplift(even.X, even.treated, even.y, propensity=0.5)
        assert (said.verdict, said.rule, said.learner) == ("treat_all", "treat_all", None)
        assert np.ptp(said.effects) == np.ptp(said.predict(even.X)) == 0
        assert said.effects[0] == pytest.approx(0.15, abs=0.06)
        assert said.treat.all()

    def test_what_harms_everyone_is_left_alone(self):
        harm = invent(seed=4, average=-0.15, differs=0)
        said = estimate_uplift(harm.X, harm.treated, harm.y, propensity=0.5)
        assert (said.verdict, said.treat.sum()) == ("treat_none", 0)
        assert said.value.estimate == said.value.high == 0

    def test_what_does_nothing_is_unclear(self):
        nothing = invent(seed=6, average=0, differs=0)
        assert estimate_uplift(nothing.X, nothing.treated, nothing.y, propensity=0.5).verdict == "unclear"

    def test_amounts_are_answered_like_chances(self):
        rng = np.random.default_rng(6)
        x, treated = rng.normal(size=(1200, 3)), rng.random(1200) < 0.5
        y = 50 + 10 * x[:, 1] + treated * 20 * x[:, 0] + rng.normal(0, 20, 1200)
        said = estimate_uplift(x, treated, y, propensity=0.5)
        assert said.verdict == "personalise"
        assert np.corrcoef(said.effects, 20 * x[:, 0])[0, 1] > 0.95


class TestStakes:
    def test_a_cost_that_eats_the_effect_leaves_fewer_to_treat(self, trial, answer):
        dear = estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5, cost=0.1)
        assert 0 < dear.treat.mean() < answer.treat.mean()
        assert dear.value.estimate < answer.value.estimate

    def test_a_limited_share_goes_to_the_best(self, trial):
        few = estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5, share=0.2)
        assert few.treat.mean() == pytest.approx(0.2)
        assert few.verdict == "personalise"
        assert few.treat @ trial.effect / few.treat.sum() > 0.2

    def test_value_moves_the_choice_to_rows_that_are_worth_more(self, trial):
        value = np.where(trial.X["x4"] > 0, 100.0, 1.0)
        rich = estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5, share=0.2, value=value)
        assert value[rich.treat > 0].mean() > 90

    def test_equal_rows_share_what_is_left(self):
        assert allot(np.ones(8), 0.25).tolist() == [0.25] * 8
        assert allot(np.array([-1.0, 2.0, 0.0, 1.0]), 1.0).tolist() == [0, 1, 0, 1]

    @pytest.mark.parametrize(
        ("stakes", "said"),
        [
            ({"share": 0}, r"A share of 0(.|\n)*Next: give a share above 0"),
            ({"cost": -1.0}, r"The cost has shape \(\)(.|\n)*Next: give one cost of 0 or more"),
            ({"value": [1.0, 2.0]}, r"The value has shape \(2,\) for 1200 rows"),
        ],
    )
    def test_impossible_stakes_are_refused(self, trial, stakes, said):
        with pytest.raises(BadArgument, match=said):
            estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5, **stakes)


class TestLaws:
    def test_neither_the_sequence_of_rows_nor_that_of_columns_matters(self, trial, answer):
        order = np.random.default_rng(1).permutation(len(trial.y))
        columns = trial.X.iloc[order, ::-1]
        again = estimate_uplift(columns, trial.treated[order], trial.y[order], propensity=0.5)
        assert (again.effects == answer.effects[order]).all()
        assert (again.treat == answer.treat[order]).all()
        assert again.candidates.equals(answer.candidates)

    def test_swapping_treatment_and_control_turns_the_effects_around(self, trial):
        one, other = (estimate_uplift(trial.X, had, trial.y, propensity=0.5) for had in (trial.treated, ~trial.treated))
        assert other.average.estimate == pytest.approx(-one.average.estimate, abs=1e-6)
        assert np.corrcoef(one.effects, other.effects)[0, 1] < -0.9

    def test_amounts_in_another_currency_give_the_same_choice(self):
        rng = np.random.default_rng(7)
        x, treated = rng.normal(size=(1000, 3)), rng.random(1000) < 0.5
        y = 5 + treated * (1 + 2 * x[:, 0]) + rng.normal(0, 2, 1000)
        one, other = (estimate_uplift(x, treated, scale * y, propensity=0.5) for scale in (1, 150))
        assert other.rule == one.rule
        assert other.effects == pytest.approx(150 * one.effects, rel=0.02, abs=10)

    def test_arrow_frames_and_gaps_are_read(self, trial, answer):
        import pyarrow as pa

        table = pa.Table.from_pandas(trial.X)
        again = estimate_uplift(table, trial.treated, trial.y, propensity=0.5)
        assert again.effects == pytest.approx(answer.effects)
        gaps = trial.X.mask(np.random.default_rng(2).random(trial.X.shape) < 0.1)
        holed = estimate_uplift(gaps, trial.treated, trial.y, propensity=0.5)
        assert np.isfinite(holed.effects).all()
        assert oracle_share(holed.effects, trial.effect) > 0.7

    def test_rows_of_one_cluster_widen_the_interval(self, trial, answer):
        clusters = np.repeat(np.arange(300), 4)
        x = trial.X.iloc[np.repeat(np.arange(300), 4)].reset_index(drop=True)
        treated, y = trial.treated[:300].repeat(4), trial.y[:300].repeat(4)
        together = estimate_uplift(x, treated, y, propensity=0.5, clusters=clusters)
        assert together.average.width > 1.5 * answer.average.width


class TestControl:
    def test_where_lots_were_drawn_the_share_is_the_chance(self, trial):
        said = estimate_uplift(trial.X, trial.treated, trial.y)
        assert said.source == "drawn"
        assert 0.5 in said.auc

    def test_without_overlap_nothing_is_said(self, trial):
        always = trial.X["x1"] > 0
        with pytest.raises(NoControl, match=r"not left to chance: .* AUC of 1.00(.|\n)*Next: hold a share back by lot"):
            estimate_uplift(trial.X, always, trial.y)

    def test_people_who_chose_whom_to_call_are_set_right_where_groups_overlap(self):
        rng = np.random.default_rng(8)
        x = rng.normal(size=(3000, 3))
        treated = rng.random(3000) < 1 / (1 + np.exp(-x[:, 0]))
        y = 2 * x[:, 0] + 0.3 * treated + rng.normal(size=3000)
        said = estimate_uplift(x, treated, y)
        naive = y[treated].mean() - y[~treated].mean()
        assert said.source == "estimated"
        assert naive > 1.5
        assert said.average.estimate == pytest.approx(0.3, abs=0.12)

    def test_chances_that_were_not_those_of_the_lot_are_refused(self, trial):
        with pytest.raises(BadArgument, match=r"promise 840 rows, .* had it(.|\n)*Next: give the chance that each row"):
            estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.7)

    def test_chances_that_hide_what_decided_are_refused(self):
        rng = np.random.default_rng(9)
        x = rng.normal(size=(1200, 3))
        treated = rng.random(1200) < np.where(x[:, 0] > 0, 0.7, 0.3)
        with pytest.raises(BadArgument, match="the columns tell better which"):
            estimate_uplift(x, treated, rng.random(1200) < 0.3, propensity=0.5)


class TestRefusals:
    @pytest.mark.parametrize("everyone", [True, False])
    def test_one_group_alone(self, trial, everyone):
        with pytest.raises(
            NotEnoughData, match=r"All 1200 rows had the same action(.|\n)*Next: keep a group without it"
        ):
            estimate_uplift(trial.X, np.full(1200, everyone), trial.y)

    @pytest.mark.parametrize("always", [0.0, 1.0])
    def test_one_outcome_alone(self, trial, always):
        with pytest.raises(NotEnoughData, match=r"0 rows of the rarer outcome(.|\n)*Next: wait for 100 rows"):
            estimate_uplift(trial.X, trial.treated, np.full(1200, always))

    def test_too_few_rows(self, trial):
        with pytest.raises(NotEnoughData, match=r"\d+ rows(.|\n)*compare the groups as a whole"):
            estimate_uplift(trial.X[:60], trial.treated[:60], trial.y[:60])

    def test_too_few_clusters(self, trial):
        with pytest.raises(NotEnoughData, match="4 clusters"):
            estimate_uplift(trial.X, trial.treated, trial.y, clusters=np.arange(1200) % 4)

    def test_all_that_is_missing_is_named_at_once(self, trial):
        y, had, chance = trial.y.copy(), trial.treated.astype(float), np.full(1200, 0.5)
        y[:3], had[3:5], chance[5:9] = np.nan, np.nan, (0.0, 1.0, -1.0, np.nan)
        found = r"3 rows have no outcome.*2 rows have no action; 4 rows have a chance(.|\n)*Next: leave such rows out"
        with pytest.raises(BadArgument, match=found):
            estimate_uplift(trial.X, had, y, propensity=chance)

    def test_infinite_columns(self, trial):
        with pytest.raises(BadArgument, match=r"infinite values: .*x0(.|\n)*Next: leave these cells empty"):
            estimate_uplift(trial.X.assign(x0=np.inf), trial.treated, trial.y)

    def test_columns_that_say_nothing(self, trial):
        empty = pd.DataFrame({"nothing": np.zeros(1200), "key": [f"lead {i}" for i in range(1200)]})
        with pytest.raises(NotEnoughData, match=r"None of 2 columns(.|\n)*Next: give columns that were known before"):
            estimate_uplift(empty, trial.treated, trial.y)

    def test_several_actions_belong_elsewhere(self, trial):
        with pytest.raises(BadArgument, match=r"not 0 and 1 only(.|\n)*choose_action"):
            estimate_uplift(trial.X, np.arange(1200) % 3, trial.y)

    def test_parts_of_different_length(self, trial):
        with pytest.raises(BadArgument, match="1199, 1200 rows"):
            estimate_uplift(trial.X, trial.treated, trial.y[1:])

    def test_columns_that_are_missing_later(self, answer, trial):
        with pytest.raises(ValueError, match=r"x0(.|\n)*Next:"):
            answer.predict(trial.X.drop(columns="x0"))


@pytest.mark.slow
class TestMeasured:
    @pytest.mark.parametrize("average", [0.0, 0.1])
    def test_where_all_gain_alike_hardly_ever_a_difference_is_claimed(self, average):
        rules = []
        for seed in range(N_RUNS):
            even = invent(seed=seed, n=1000, average=average, differs=0)
            rules.append(estimate_uplift(even.X, even.treated, even.y, propensity=0.5).rule)
        assert np.isin(rules, ("treat_all", "treat_none")).mean() >= 0.95

    def test_intervals_hold_the_truth_and_effects_sort_rows(self):
        held, shares = [], []
        for seed in range(N_RUNS):
            one = invent(seed=seed, n=1000)
            said = estimate_uplift(one.X, one.treated, one.y, propensity=0.5)
            held.append((one.effect.mean() in said.average, np.mean(said.treat * one.effect) in said.value))
            shares.append(oracle_share(said.effects, one.effect))
        assert np.mean(held, axis=0) == pytest.approx([0.9, 0.9], abs=0.045)
        assert np.mean(shares) >= 0.6

    def test_with_few_contacts_uplift_times_value_comes_near_the_oracle(self):
        """Simulation 2: past contacts were drawn by lot, one in ten new leads can be contacted."""
        ratios = []
        for seed in (1, 2, 3):
            leads, rng = add_values(simulate_leads(seed=seed), seed=seed), np.random.default_rng(seed)
            past, new = leads[leads["created_on_day"] <= 300], await_scoring(leads)
            treated = rng.random(len(past)) < 0.5
            y = rng.random(len(past)) < np.where(treated, past["chance"], past["chance_uncontacted"])
            said = estimate_uplift(past[FEATURES], treated, y, value=past["value_amount"], share=0.1, propensity=0.5)
            ranked = pick_best(said.predict(new[FEATURES]) * new["value_amount"].to_numpy())
            reached = compare_rankings(new)
            ratios.append(measure_revenue(new, ranked) / reached[["chance", "true_uplift_times_value"]].to_numpy())
        by_chance, oracle = np.mean(ratios, axis=0)
        assert by_chance >= 2.2
        assert oracle >= 0.85
