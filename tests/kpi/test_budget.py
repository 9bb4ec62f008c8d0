"""A budget goes where it brings most, as a search over a fine grid does, and hours are counted."""

import itertools

import numpy as np
import pytest
from planted_months import AS_OF, draw_months, make_goal

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.targets.budget import check_workload, split_budget
from saleslab.kpi.targets.study import study_target

COSTS = {"win_rate": 30.0, "n_decided": 20.0, "deal_size": 400.0}


@pytest.fixture(scope="module")
def study():
    levers = {name: {"lever": {"cost_per_point": cost}} for name, cost in COSTS.items()}
    levers["n_decided"]["bounds"] = [0, 90]
    return study_target(make_goal(140.0, **levers), draw_months(3), as_of=AS_OF, seed=7, n_draws=1500)


@pytest.mark.requirement("A07")
def test_the_split_is_as_good_as_that_of_a_fine_grid(study):
    budget, steps = 600.0, 12
    split = split_budget(study, budget=budget)
    reaches = {one.name: one for one in study.reaches}
    best = 0.0
    for parts in itertools.product(range(steps + 1), repeat=2):
        if sum(parts) > steps:
            continue
        shares = np.array([*parts, steps - sum(parts)]) / steps
        moves = zip(COSTS, shares, strict=True)
        levels = {name: reaches[name].now + share * budget / reaches[name].cost for name, share in moves}
        if all(level <= reaches[name].high for name, level in levels.items()):
            best = max(best, study.draw_goal(levels).mean())
    assert study.draw_goal().mean() + split.gain == pytest.approx(best, rel=0.01)
    assert split.spends["spend"].sum() == pytest.approx(budget)
    assert split.chance > split.chance_before


@pytest.mark.requirement("A07")
def test_twelve_hundred_hours_do_not_fit_into_a_thousand():
    load = check_workload({"n_calls": 12_000, "other": 5}, {"n_calls": 0.1}, available=1000)
    assert load.shortfall == 200
    assert check_workload({"n_calls": 5000}, {"n_calls": 0.1}, available=1000).shortfall == 0


def test_a_budget_without_end_is_left_over_and_none_changes_nothing(study):
    assert split_budget(study, budget=1e9).unspent > 9e8
    nothing = split_budget(study, budget=0.0)
    assert nothing.gain == 0
    assert nothing.chance == nothing.chance_before


def test_levers_without_a_price_and_negative_money_are_refused(study):
    bare = study_target(make_goal(140.0), draw_months(3), as_of=AS_OF, seed=7, n_draws=200)
    with pytest.raises(NotEnoughData, match=r"has a cost[\s\S]*Next: say in the tree what a point costs"):
        split_budget(bare, budget=10.0)
    with pytest.raises(BadArgument, match="budget is -1"):
        split_budget(study, budget=-1.0)
