"""Whoever reads an experiment has looked: each new sight is one look, the end is the result, a hint stays a hint."""

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from planned import BEFORE, make_plan
from read import make_trial

from saleslab.experiments import Metric, Reason, Registry, Verdict, read_out, register_plan, remember_readout
from saleslab.experiments.registry import LISTED_COLUMNS

THEN = datetime(2026, 5, 4, 9)


@pytest.fixture
def registry(tmp_path):
    kept = Registry(tmp_path / "experiments.jsonl")
    register_plan(make_plan(), kept, at=BEFORE)
    return kept


@pytest.fixture(scope="module")
def trial():
    return make_trial(rates={"old": 0.1, "new": 0.12})


@pytest.fixture(scope="module")
def drawn():
    return make_trial(rates={"old": 0.1, "new": 0.2})


@pytest.fixture(scope="module")
def shipped(drawn):
    return read_out(drawn)


def seen_until(trial, look, **changes):
    """The readout of the units that had been followed by some look, while the test goes on."""
    rows = trial.rows[trial.rows["look"] <= look]
    return read_out(replace(trial, rows=rows, assigned=rows, as_of=THEN.date(), **changes))


@pytest.mark.requirement("M08", "F01")
def test_the_same_analysis_twice_is_one_look(registry, trial):
    first = remember_readout(seen_until(trial, 3), registry, at=THEN)
    again = remember_readout(seen_until(trial, 3), registry, at=THEN + timedelta(days=1))
    assert (first.look, first.is_new, again.look, again.is_new) == (1, True, 1, False)
    row = registry.looks().iloc[0]
    assert (row["at"], row["verdict"], row["metric"]) == (THEN, "continue", "appointment_rate")
    counts = trial.rows[trial.rows["look"] <= 3]["arm"].value_counts()
    assert (row["n_control"], row["n_treatment"]) == (counts["old"], counts["new"])
    assert row["e_value"] > 0
    assert len(registry.looks()) == 1


def test_the_order_of_the_rows_makes_no_new_look(registry, trial):
    shuffled = replace(trial, rows=trial.rows.sample(frac=1, random_state=3).reset_index(drop=True))
    assert remember_readout(seen_until(trial, 2), registry, at=THEN).is_new
    assert not remember_readout(seen_until(shuffled, 2), registry, at=THEN).is_new


def test_looks_at_new_data_are_counted_and_more_than_planned_are_noticed(registry, trial):
    few = make_plan(experiment_id="few", look_every=200)
    register_plan(few, registry, at=BEFORE)
    numbers = [
        remember_readout(seen_until(trial, look, experiment_id="few", plan=few), registry, at=THEN).look
        for look in (1, 2)
    ]
    assert (numbers, few.n_looks) == ([1, 2], 1)
    assert registry.doubt(few) == (Reason.PEEKED,)


def test_a_test_that_is_decided_has_its_result_on_record_once(registry, shipped):
    ended = remember_readout(shipped, registry, at=THEN)
    assert (ended.is_result, ended.ended_at) == (True, THEN)
    more = read_out(make_trial(rates={"old": 0.1, "new": 0.2}, seed=6))
    later = remember_readout(more, registry, at=THEN + timedelta(days=7))
    assert (later.is_new, later.is_result, later.ended_at) == (True, False, THEN)
    assert registry.results()["verdict"].tolist() == ["ship"]
    assert registry.looks()["look"].tolist() == [1, 2]


def test_without_a_plan_a_look_is_exploratory_and_never_a_result(tmp_path):
    registry = Registry(tmp_path / "experiments.jsonl")
    metric = Metric("retention_7", "rate")
    trial = make_trial(
        rates={"gate_30": 0.2, "gate_40": 0.1}, experiment_id="web", plan=None, doubts=(Reason.UNPLANNED,),
        control="gate_30", metric=metric,
    )  # fmt: skip
    kept = remember_readout(read_out(trial), registry, at=THEN)
    assert (kept.is_new, kept.is_result) == (True, False)
    row = registry.looks().iloc[0]
    assert (row["is_exploratory"], row["reasons"], row["metric"]) == (True, "unplanned", "retention_7")
    assert registry.results().empty


def test_a_test_that_is_not_usable_may_be_mended(registry, drawn, shipped):
    crooked = pd.DataFrame({"unit_id": [f"u:{i}" for i in range(900)], "arm": ["old"] * 600 + ["new"] * 300})
    broken = read_out(replace(drawn, assigned=crooked))
    assert broken.decision.verdict is Verdict.INVALID
    assert not remember_readout(broken, registry, at=THEN).is_result
    assert remember_readout(shipped, registry, at=THEN).is_result


def test_the_overview_has_a_row_for_each_experiment_with_its_last_verdict(registry, trial):
    register_plan(make_plan(experiment_id="waiting"), registry, at=BEFORE)
    for look in (2, 3):
        remember_readout(seen_until(trial, look), registry, at=THEN + timedelta(days=7 * look))
    bare = replace(trial, experiment_id="web", plan=None, doubts=(Reason.UNPLANNED,))
    remember_readout(seen_until(bare, 3), registry, at=THEN)
    listed = registry.overview().set_index("experiment_id")
    assert ["experiment_id", *listed.columns] == list(LISTED_COLUMNS)
    assert listed["n_looks"].to_dict() == {"script-2026": 2, "waiting": 0, "web": 1}
    assert listed["is_planned"].to_dict() == {"script-2026": True, "waiting": True, "web": False}
    assert listed.loc["script-2026", "last_at"] == THEN + timedelta(days=21)
    assert listed["verdict"].to_dict() == {"script-2026": "continue", "waiting": None, "web": "continue"}
    assert listed.loc["web", "is_exploratory"]
