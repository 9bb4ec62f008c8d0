"""The whole way of one experiment, looked at every week, as a team would go it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from planned import BEFORE, make_plan

from saleslab.experiments import (
    Expectation,
    ExperimentPlan,
    Registry,
    Verdict,
    assign_arms,
    check_health,
    compare_rates,
    decide,
    plan_sample,
    register_plan,
)

OLD, NEW = 0.10, 0.18


def come_in(plan: ExperimentPlan, seed: int) -> pd.DataFrame:
    """Leads of all weeks with their arm and what became of them; the new script is planted to work."""
    rng = np.random.default_rng(seed)
    n = round(plan.units_per_month * 5)
    days = np.sort(rng.integers(0, (plan.ends_on - plan.starts_on).days, n))
    leads = pd.DataFrame(
        {
            "lead_id": [f"l:{i}" for i in range(n)],
            "created_on": pd.Timestamp(plan.starts_on) + pd.to_timedelta(days, unit="D"),
        }
    )
    rows = assign_arms(leads, plan=plan).rows
    rows["succeeded"] = rng.random(n) < np.where(rows["arm"] == "new", NEW, OLD)
    followed = (rows["created_on"] - pd.Timestamp(plan.starts_on)).dt.days + plan.horizon
    return rows.assign(look=followed // plan.look_every + 1)


def run(plan: ExperimentPlan, registry: Registry, rows: pd.DataFrame) -> None:
    """Look every week until the rule says that it is over, and write everything down."""
    for look in range(1, plan.n_looks + 1):
        seen = rows[rows["look"] <= look]
        if seen["arm"].nunique() < 2:
            continue
        at = datetime.combine(plan.starts_on + timedelta(days=plan.look_every * look), datetime.min.time())
        comparison = compare_rates(seen, control=plan.control, unit="unit_id", look="look", stakes=plan.stakes)
        health = check_health(seen, expected=plan.share_of, outcome="succeeded", look="look")
        decision = decide(comparison, plan=plan, health=health, look=look, doubts=registry.doubt(plan))
        registry.log_look(plan.experiment_id, comparison, decision, look=look, at=at)
        if decision.verdict is not Verdict.CONTINUE:
            registry.log_result(plan.experiment_id, comparison, decision, look=look, at=at)
            return


def test_a_script_that_works_is_planned_drawn_watched_shipped_and_remembered(tmp_path: Path):
    needed = plan_sample(Expectation("rate", OLD, NEW - OLD), units_per_month=200, n_runs=500, seed=1)
    plan = make_plan(ends_on=date(2026, 4, 1) + timedelta(weeks=round(needed.weeks) + 4))
    registry = Registry(tmp_path / "experiments.jsonl")
    register_plan(plan, registry, at=BEFORE)
    run(plan, registry, come_in(plan, seed=5))
    result = registry.results().iloc[0]
    assert (result["verdict"], result["is_exploratory"], result["reasons"]) == ("ship", False, "")
    assert result["low"] <= NEW - OLD <= result["high"]
    looks = registry.looks()
    assert looks["look"].is_monotonic_increasing
    assert looks["verdict"].tolist() == ["continue"] * (len(looks) - 1) + ["ship"]
    assert registry.log.verify().is_whole


def test_the_same_data_under_a_plan_that_nobody_registered_ship_nothing(tmp_path: Path):
    plan = make_plan(ends_on=date(2026, 5, 31))
    registry = Registry(tmp_path / "experiments.jsonl")
    run(plan, registry, come_in(plan, seed=5))
    assert registry.results().empty
    assert registry.looks()["is_exploratory"].all()
