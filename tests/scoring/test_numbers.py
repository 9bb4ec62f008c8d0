"""What is promised of scores: measured by the functions behind docs/validation/scoring.md."""

import pandas as pd
import pytest
from promises import Promise
from scoring_calls import FILE as CALLS
from scoring_calls import measure_few_calls, measure_retraining, measure_splits
from scoring_capacity import measure_capacity
from scoring_companies import measure_recovery
from scoring_funnels import MAVEN, OLIST, OLIST_DAYS, measure_maven, measure_noise, measure_olist
from scoring_rivals import MODELS, measure_expected_auc
from scoring_simulations import measure_label_delay

RIVALS = list(MODELS)[1:]


def needs(file):
    return pytest.mark.skipif(not file.is_file(), reason=f"../shared/data has no {file.name}")


# -- real sales calls


@pytest.mark.real_data
@pytest.mark.slow
@needs(CALLS)
@pytest.mark.requirement("J01")
def test_calls_are_sorted_as_by_the_best_tools_at_random_and_better_than_by_them_in_time():
    found = measure_splits().set_index(["test", "model"])["auc"]
    assert found["a quarter at random", "LeadScorer"] >= 0.797
    assert found["the last quarter", "LeadScorer"] >= 0.755
    assert found["the last quarter", "LeadScorer"] > found["the last quarter"][RIVALS].max() + 0.03


@pytest.mark.real_data
@pytest.mark.slow
@needs(CALLS)
@pytest.mark.requirement("J01")
def test_a_model_trained_anew_before_every_list_sorts_the_list():
    (found,) = measure_retraining("LeadScorer").itertuples()
    assert found.auc >= 0.78
    assert found.per_list >= 0.60
    assert found.captured >= 0.81
    assert found.log_loss <= 0.386


@pytest.fixture(scope="module")
def few_calls():
    return measure_few_calls(range(3))


def assert_few_calls_teach_something(draws):
    assert draws["LeadScorer"].mean() >= draws["plain logit"].mean() - 0.005
    assert draws["LeadScorer"].mean() > draws["LightGBM as it comes"].mean()
    is_unsure = draws["low"] <= 0.5
    assert (draws.loc[is_unsure, "verdict"] == "too_small").all()
    assert (draws.loc[~is_unsure, "verdict"] == "ready").all()


@pytest.mark.real_data
@needs(CALLS)
def test_eighty_calls_teach_more_than_a_plain_model_learns(few_calls):
    assert_few_calls_teach_something(few_calls)
    assert few_calls["held"].sum() >= 2


@pytest.mark.real_data
@pytest.mark.slow
@needs(CALLS)
def test_eighty_calls_teach_more_than_a_plain_model_learns_and_the_interval_holds():
    draws = measure_few_calls(range(20))
    assert_few_calls_teach_something(draws)
    assert draws["held"].mean() >= 0.85
    assert (draws["of_noise"] == "ready").mean() <= 0.05


# -- invented worlds


@pytest.mark.slow
@pytest.mark.requirement("J01")
def test_on_the_default_company_the_planted_chance_is_approached():
    found = pd.concat([measure_recovery(seed) for seed in (7, 8, 9)]).groupby("scores")["below_best"].mean()
    assert found["LeadScorer"] <= 0.010
    assert found["LeadScorer"] < found[RIVALS].min() - 0.005
    assert found["LeadScorer"] < found["LeadScorer without the lead's own columns"] - 0.005


@pytest.mark.requirement("F02")
def test_wins_that_show_late_do_not_bias_the_chance():
    found = measure_label_delay(seed=1, n=20_000).set_index("method")
    assert found.loc["hazard", ["bias", "bias_180"]].abs().max() <= 0.010
    assert found.loc["open_is_lost", "bias"] < -0.015


@pytest.mark.requirement("J02")
def test_with_few_contacts_a_list_by_value_brings_more_than_twice_as_much_as_by_chance():
    found = measure_capacity(1, n=12_000).set_index("ranked_by")["times_chance"]
    assert found["list: chance x value"] >= 2.2
    assert found["lot"] < 1 < found["list: chance x value"] < found["true uplift x value"]


@pytest.mark.slow
@pytest.mark.requirement("J02")
def test_with_few_contacts_a_list_by_value_brings_more_than_twice_as_much_whatever_the_seed():
    found = pd.concat([measure_capacity(seed) for seed in range(3)]).groupby("ranked_by")["times_chance"]
    assert found.min()["list: chance x value"] >= 2.2
    assert found.mean()["learned uplift x value"] >= 0.85 * found.mean()["true uplift x value"]


def test_an_expected_area_is_one_for_certain_chances_and_a_half_for_scores_that_say_nothing():
    assert measure_expected_auc(*(pd.Series([0.0, 0.0, 1.0]).to_numpy(),) * 2) == 1
    chance = pd.Series([0.2, 0.7, 0.4]).to_numpy()
    assert measure_expected_auc(chance, chance * 0) == 0.5
    assert measure_expected_auc(chance, -chance) == pytest.approx(1 - measure_expected_auc(chance, chance))


# -- where a model must not be used


@pytest.mark.real_data
@needs(MAVEN)
@pytest.mark.requirement("J01")
def test_the_invented_crm_of_maven_has_no_signal():
    (found,) = measure_maven(("created",)).itertuples()
    assert (found.verdict, found.blocked) == ("no_signal", "none")
    assert found.low <= 0.5 <= found.high


@pytest.mark.real_data
@pytest.mark.slow
@needs(MAVEN)
def test_the_columns_that_maven_writes_at_closing_tell_the_outcome_and_are_blocked():
    (found,) = measure_maven(("closed",)).itertuples()
    assert found.auc > 0.95
    assert found.blocked == "close_date, close_value"


@pytest.mark.real_data
@needs(OLIST)
def test_of_the_leads_of_olist_it_is_said_how_many_are_open_and_how_well_later_ones_are_sorted():
    found = measure_olist(OLIST_DAYS[-1], models=["LeadScorer"]).iloc[0]
    assert found["share_censored"] == pytest.approx(0.4253, abs=0.0001)
    assert found["low"] < found["shown_auc"] < found["high"]
    assert found["low"] <= found["later_auc"] <= found["high"]
    assert (found["verdict"] == "ready") == (found["low"] > 0.5)


@pytest.mark.slow
def test_noise_is_hardly_ever_called_a_model():
    assert (measure_noise(60)["ready"] <= 0.05).all()


# -- the page


def test_a_promise_counts_what_lies_outside_and_a_missing_number_is_not_kept():
    found = pd.DataFrame({"model": ["a", "b", "b"], "auc": [0.5, 0.9, float("nan")]})
    assert Promise(("auc",), 0.4, 1, "model == 'a'").tell(found).endswith("from 0.4 to 1. Kept.")
    assert Promise(("auc",), 0.6, 1, "model == 'a'").tell(found).endswith("**Not kept: 0.5.**")
    assert Promise(("auc",), 0.4, 1, "auc > 0").tell(found).endswith("Kept in all 2 numbers.")
    assert "**Not kept in 1 of 2 numbers" in Promise(("auc",), 0.4, 1, "model == 'b'").tell(found)
    assert Promise(("auc",), 0.6, 1).find_broken(found).size == 2
