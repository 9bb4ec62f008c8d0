"""Plans share one luck, experiments enter with their doubt, and a test is worth what deciding with it gains."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_months import AS_OF, draw_months, make_goal
from scipy.stats import norm

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.strategies.comparing import Strategy, compare_strategies, draw_strategy
from saleslab.kpi.strategies.experimenting import ExperimentCandidate as Candidate
from saleslab.kpi.strategies.experimenting import next_experiment, value_of_sample
from saleslab.kpi.strategies.lifts import draw_lift
from saleslab.kpi.targets.study import study_target
from saleslab.wording import Text

TARGET = 3 * 60 * 0.3 * 2.0


@pytest.fixture(scope="module")
def study():
    return study_target(make_goal(TARGET), draw_months(3), as_of=AS_OF, seed=7)


def _lift(mean: float, sd: float) -> pd.DataFrame:
    places = np.linspace(0.005, 0.995, 199)
    return pd.DataFrame(
        {"experiment_id": "exp-1", "contrast": "new-old", "quantile": places, "lift": norm.ppf(places, mean, sd)}
    )


def _plan(name: str, **more) -> Strategy:
    return Strategy(name, Text.same(name), **more)


@pytest.mark.requirement("M02")
def test_a_lift_with_its_doubt_gives_what_direct_simulation_gives(study):
    lift = _lift(0.10, 0.04)
    through_tree = draw_strategy(study, _plan("new", lifts={"win_rate": lift}))
    n = study.model.n_draws
    direct = study.draw_goal(factors={"win_rate": 1 + np.random.default_rng(99).normal(0.10, 0.04, n)})
    error = through_tree.std() * np.sqrt(2 / n)
    assert through_tree.mean() == pytest.approx(direct.mean(), abs=3 * error)
    assert study.aim.chance(through_tree) == pytest.approx(study.aim.chance(direct), abs=0.03)


@pytest.mark.requirement("M06")
def test_three_plans_are_told_apart_and_the_dominated_one_is_labelled(study):
    plans = [
        _plan("as it is"),
        _plan("more meetings", levels={"n_decided": 75.0}, cost=20.0, hours=100.0),
        _plan("dear meetings", levels={"n_decided": 70.0}, cost=30.0, hours=120.0),
    ]
    found = compare_strategies(study, plans).set_index("strategy")
    assert found.index[0] == "more meetings"
    assert found.loc["dear meetings", "dominated_by"] == "more meetings"
    assert found.loc["as it is", "dominated_by"] is None
    assert found.loc["as it is", "chance"] == study.chance
    again = compare_strategies(study, plans).set_index("strategy")
    pd.testing.assert_frame_equal(found, again)


@pytest.mark.requirement("M02")
def test_a_plan_that_rests_on_an_unregistered_test_is_exploratory(study):
    plans = [_plan("sure", lifts={"win_rate": _lift(0.1, 0.02)}), _plan("hint", is_registered=False)]
    found = compare_strategies(study, plans).set_index("strategy")
    assert found["is_exploratory"].to_dict() == {"sure": False, "hint": True}


@pytest.mark.requirement("M02")
def test_the_value_of_a_test_is_what_deciding_with_it_gains(study):
    candidate = Candidate("script", "win_rate", 0.02, 0.10, most_units=400, adoption_cost=1.0)
    row = next_experiment(study, [candidate]).iloc[0]
    slope = float(study.draw_goal().mean())
    rng = np.random.default_rng(5)
    lift = rng.normal(0.02, 0.10, 400_000)
    rate = study.levers.set_index("node").loc["win_rate", "now"]
    noise = np.sqrt(2 * (1 - rate) / (rate * row["n_per_arm"]))
    estimate = lift + rng.normal(0, noise, len(lift))
    posterior = (0.02 / 0.1**2 + estimate / noise**2) / (1 / 0.1**2 + 1 / noise**2)
    gains = np.where(slope * posterior > 1.0, slope * lift - 1.0, 0.0).mean()
    without = max(0.0, slope * 0.02 - 1.0)
    assert row["value_of_test"] == pytest.approx(gains - without, rel=0.05)
    assert row["value_of_test"] < row["value_of_certainty"]


@pytest.mark.requirement("M06")
def test_the_test_that_is_worth_most_comes_first_and_one_that_cannot_pay_is_not_run(study):
    found = next_experiment(
        study,
        [
            Candidate("sure thing", "win_rate", 0.50, 0.02, most_units=500, unit_cost=0.01),
            Candidate("open question", "win_rate", 0.01, 0.10, most_units=500, unit_cost=0.01),
            Candidate("too dear", "deal_size", 0.01, 0.10, most_units=500, unit_cost=50.0),
        ],
    ).set_index("candidate")
    assert found.index[0] == "open question"
    assert 10 <= found.loc["open question", "n_per_arm"] <= 500
    assert found.loc["sure thing", "n_per_arm"] == 0
    assert found.loc["sure thing", "adopt_now"]
    assert found.loc["too dear", "net_value"] == 0


@given(st.floats(-3, 3), st.floats(0.01, 3), st.floats(0, 5), st.floats(0, 5))
def test_less_noise_is_never_worth_less_and_certainty_is_worth_most(mean, sd, one, other):
    low, high = sorted((one, other))
    assert value_of_sample(mean, sd, low) >= value_of_sample(mean, sd, high) - 1e-12
    assert value_of_sample(mean, sd, 0.0) >= value_of_sample(mean, sd, low) - 1e-12
    assert value_of_sample(mean, sd, low) == pytest.approx(value_of_sample(-mean, sd, low))


def test_what_does_not_belong_is_refused(study):
    with pytest.raises(BadArgument, match=r"moves n_emails, which the goal is not made of[\s\S]*Next: move one of"):
        compare_strategies(study, [_plan("x", levels={"n_emails": 3.0})])
    with pytest.raises(BadArgument, match="one name"):
        compare_strategies(study, [_plan("x"), _plan("x")])
    with pytest.raises(BadArgument, match="moves csat"):
        next_experiment(study, [Candidate("x", "csat", 0.1, 0.1, most_units=100)])
    with pytest.raises(BadArgument, match="5 units"):
        next_experiment(study, [Candidate("x", "win_rate", 0.1, 0.1, most_units=5)])
    with pytest.raises(NotEnoughData, match="no candidate"):
        next_experiment(study, [])
    with pytest.raises(BadArgument, match="2 contrasts"):
        draw_lift(pd.concat([_lift(0, 1), _lift(0, 1).assign(contrast="other")]), n_draws=5, seed=1)
    with pytest.raises(BadArgument, match="does not rise"):
        draw_lift(_lift(0, 0.1).assign(lift=lambda f: -f["lift"]), n_draws=5, seed=1)
