"""A plan says everything before the data, is the same text for the same plan, and is refused with all its faults."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import make_plan

from saleslab.errors import BadArgument
from saleslab.experiments import ExperimentPlan, Metric, Stakes


@settings(max_examples=40, deadline=None)
@given(
    hypothesis=st.text(min_size=1).filter(str.strip),
    effect=st.floats(0, 1),
    loss=st.decimals(1, 10**9, places=2),
    share=st.floats(0.01, 0.99),
    horizon=st.integers(0, 400),
)
def test_a_plan_survives_json_with_the_same_digest(hypothesis, effect, loss, share, horizon):
    plan = make_plan(
        hypothesis=hypothesis,
        minimum_effect=effect,
        tolerated_loss=loss,
        shares={"old": share, "new": 1 - share},
        horizon=horizon,
        strata=("source", "region"),
    )
    back = ExperimentPlan.from_json(plan.to_json())
    assert back == plan
    assert back.sha256 == plan.sha256


def test_the_order_in_which_arms_are_named_does_not_matter():
    one, other = make_plan(shares={"old": 0.5, "new": 0.5}), make_plan(shares={"new": 0.5, "old": 0.5})
    assert one.sha256 == other.sha256
    assert one.arms == ("old", "new")


@pytest.mark.parametrize(
    "change",
    [
        {"experiment_id": "other"},
        {"hypothesis": "Another."},
        {"metric": Metric("win_rate", "rate")},
        {"metric": Metric("appointment_rate", "rate", higher_is_better=False)},
        {"shares": {"old": 0.6, "new": 0.4}},
        {"minimum_effect": 0.021},
        {"tolerated_loss": Decimal(50_001)},
        {"ends_on": date(2026, 9, 1)},
        {"horizon": 29},
        {"cluster": "owner_id"},
        {"strata": ("source",)},
        {"look_every": 14},
        {"alpha": 0.1},
        {"currency": "USD"},
        {"salt": "another"},
        {"arm_names": {"new": "new script"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_of_a_plan_changes_its_digest(change):
    assert make_plan(**change).sha256 != make_plan().sha256


def test_every_field_of_a_plan_is_in_its_json():
    assert set(make_plan(arm_names={"new": "new script"}).to_dict()) == {field.name for field in fields(ExperimentPlan)}


def test_a_plan_whose_arms_have_no_names_reads_as_it_did_before_arms_could_have_any():
    assert "arm_names" not in make_plan().to_dict()
    named = make_plan(arm_names={"new": "the new script", "old": "the old script"})
    assert ExperimentPlan.from_json(named.to_json()) == named
    assert named.name_of == {"new": "the new script", "old": "the old script"}


def test_names_of_arms_that_do_not_exist_or_say_nothing_are_refused():
    with pytest.raises(BadArgument, match=r"arm_names has nwe, no arm of the plan; an arm has an empty name"):
        make_plan(arm_names={"nwe": " "})


def test_a_plan_carries_its_stakes_and_its_looks():
    plan = make_plan(metric=Metric("days_to_close", "duration", higher_is_better=False))
    assert plan.stakes == Stakes(0.02, None, Decimal(30_000), 200, higher_is_better=False)
    assert plan.last_outcome_on == date(2026, 9, 28)
    assert plan.n_looks == 26
    assert replace(plan, look_every=14).n_looks == 13


def test_all_faults_of_a_plan_are_told_at_once():
    with pytest.raises(BadArgument) as refused:
        make_plan(
            hypothesis=" ",
            unit="visitor",
            control="none",
            shares={"old": 0.5, "new": 0.4},
            minimum_effect=-0.1,
            tolerated_loss=Decimal(0),
            ends_on=date(2026, 4, 1),
            horizon=-1,
            alpha=0.9,
        )
    told = str(refused.value)
    assert "has 9 faults" in told
    for part in (
        "hypothesis is empty",
        "unit 'visitor' is none of lead, account, rep, rep_week",
        "control 'none' is no arm of new, old",
        "shares add up to 0.9, not to 1",
        "minimum_effect -0.1 is below 0",
        "tolerated_loss 0 is not above 0",
        "ends_on 2026-04-01 does not lie after starts_on 2026-04-01",
        "horizon -1 is below 0",
        "alpha 0.9",
        "Next: correct them all",
    ):
        assert part in told


def test_one_arm_alone_is_refused():
    with pytest.raises(BadArgument, match="1 arm is no comparison"):
        make_plan(shares={"old": 1.0})


@pytest.mark.parametrize("name", ["minimum_effect", "units_per_month"])
def test_a_missing_number_is_refused(name):
    with pytest.raises(BadArgument, match=f"{name} nan"):
        make_plan(**{name: float("nan")})


def test_a_price_test_is_judged_by_margin_and_not_drawn_by_person():
    with pytest.raises(BadArgument, match="2 faults: a price test is judged by 'win_rate'.*two people of one company"):
        make_plan(changes_price=True, metric=Metric("win_rate", "rate"))
    assert make_plan(changes_price=True, metric=Metric("margin", "amount"), unit="account").changes_price


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "has no amount_per_unit, control"),
        ('{"colour": 1}', "does not know colour"),
    ],
)
def test_a_text_that_is_no_plan_is_refused(text, told):
    with pytest.raises(BadArgument, match=f"(?s){told}.*Next: "):
        ExperimentPlan.from_json(text)


@pytest.mark.parametrize("change", [{"starts_on": "soon"}, {"tolerated_loss": "much"}, {"metric": {"name": "x"}}])
def test_a_plan_with_unreadable_values_is_refused(change):
    with pytest.raises(BadArgument, match="(?s)cannot be read.*Next: write days as 2026-04-01"):
        ExperimentPlan.from_dict(make_plan().to_dict() | change)
