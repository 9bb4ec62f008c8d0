"""Sliders without a browser: one moves, and the number that it should move, moves."""

import pytest

from saleslab.errors import BadArgument
from saleslab.widgets import ExperimentPlanner, ReadoutExplorer
from saleslab.wording import LANGUAGES


@pytest.fixture
def planner():
    return ExperimentPlanner(baseline=0.1, lift=0.05, units_per_month=400)


@pytest.fixture
def explorer():
    return ReadoutExplorer({"old": 20, "new": 34}, {"old": 200, "new": 200}, control="old")


def test_a_larger_lift_needs_fewer_weeks(planner):
    before, told = planner.answer.weeks, planner.told.value
    planner.sliders["lift"].value = 0.1
    assert planner.answer.weeks < before
    assert planner.told.value != told


def test_more_units_a_month_take_as_many_units_and_fewer_weeks(planner):
    before = planner.answer
    planner.sliders["units_per_month"].value = 800
    assert planner.answer.weeks == pytest.approx(before.weeks / 2, rel=0.25)


def test_what_cannot_be_found_is_said(planner):
    planner.sliders["units_per_month"].value = 20
    planner.sliders["lift"].value = 0.005
    assert planner.answer.weeks is None
    assert "No duration up to two years" in planner.told.value


def test_a_lift_beyond_every_rate_is_cut_and_does_not_stop_the_slider(planner):
    planner.sliders["baseline"].value = 0.9
    planner.sliders["lift"].value = 0.3
    assert planner.answer.weeks is not None


def test_the_curve_is_a_picture_in_the_words_of_the_language():
    assert "週" in ExperimentPlanner(lang="ja").picture.value
    assert "Weeks" in ExperimentPlanner(lang="en").picture.value
    assert "<svg" in ExperimentPlanner().picture.value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_worth_that_makes_a_mistake_dear_turns_the_verdict(lang):
    explorer = ReadoutExplorer({"old": 20, "new": 34}, {"old": 200, "new": 200}, control="old", lang=lang)
    assert str(explorer.decision.verdict) == "ship"
    explorer.sliders["tolerated_loss"].value = 1_000
    explorer.sliders["worth"].value = 2_000_000
    assert str(explorer.decision.verdict) == "keep"
    assert explorer.decision.sentence.of(lang)[:4] in explorer.told.value


def test_a_sceptical_prior_lowers_the_chance(explorer):
    before = explorer.comparison.contrasts[0].chance_better
    explorer.prior.value = "sceptical"
    assert explorer.comparison.contrasts[0].chance_better < before


def test_the_minimum_effect_moves_the_chance_to_exceed_it(explorer):
    before = explorer.comparison.contrasts[0].chance_above_minimum
    explorer.sliders["minimum_effect"].value = 0.1
    assert explorer.comparison.contrasts[0].chance_above_minimum < before


def test_an_unknown_language_is_refused():
    with pytest.raises(BadArgument, match=r"'de' is not a language(?s:.*)Next: use one of: en, ja"):
        ExperimentPlanner(lang="de")


def test_names_of_arms_cannot_smuggle_markup():
    explorer = ReadoutExplorer({"old": 20, "<b>new": 34}, {"old": 200, "<b>new": 200}, control="old")
    assert "<b>new" not in explorer.told.value
