"""The registry knows what was planned before the data, who looked how often, and every result."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from planned import BEFORE, DURING, make_contrast, make_plan, make_seen

from saleslab.errors import BadArgument, WarehouseError
from saleslab.experiments import ExperimentPlan, Reason, Registry, decide, register_plan
from saleslab.experiments.registry import PLAN_COLUMNS, RESULT_COLUMNS

REGISTER = """
import sys
from datetime import datetime
from saleslab.errors import BadArgument
from saleslab.experiments import ExperimentPlan, Registry, register_plan
try:
    plan = ExperimentPlan.from_json(sys.argv[2])
    print(register_plan(plan, Registry(sys.argv[1]), at=datetime(2026, 3, 20)).sha256)
except BadArgument:
    print("refused")
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "experiments.jsonl")


def log_look(registry: Registry, look: int, **changes) -> None:
    seen = make_seen(make_contrast(**changes))
    decision = decide(seen, plan=make_plan(), look=look)
    registry.log_look("script-2026", seen, decision, look=look, at=DURING + timedelta(days=7 * look))


def test_a_registered_plan_is_read_back_as_it_was(registry):
    registered = register_plan(make_plan(), registry, at=BEFORE)
    assert registry.read_plan("script-2026") == make_plan()
    assert (registered.sha256, registered.registered_at) == (make_plan().sha256, BEFORE)
    row = registry.plans().iloc[0]
    assert list(registry.plans().columns) == list(PLAN_COLUMNS)
    assert (row["metric"], row["n_looks"], row["sha256"]) == ("appointment_rate", 26, make_plan().sha256)


def test_registering_the_same_plan_twice_changes_nothing(registry):
    first = register_plan(make_plan(), registry, at=BEFORE)
    again = register_plan(make_plan(), registry, at=DURING)
    assert again == first
    assert len(registry.log.read()) == 1


def test_an_edited_plan_is_refused_under_its_old_name(registry):
    register_plan(make_plan(), registry, at=BEFORE)
    with pytest.raises(BadArgument, match="(?s)Another plan is registered.*Next: a changed plan is a new experiment"):
        register_plan(make_plan(minimum_effect=0.01), registry, at=BEFORE)


def test_a_plan_cannot_be_registered_after_its_test_has_started(registry):
    with pytest.raises(BadArgument, match="(?s)starts on 2026-04-01, and it is 2026-05-11.*Next: register a plan"):
        register_plan(make_plan(), registry, at=DURING)


def test_two_programs_that_register_one_name_at_once_cannot_both_win(tmp_path):
    file = tmp_path / "experiments.jsonl"
    plans = [make_plan(minimum_effect=effect) for effect in (0.01, 0.02)]
    running = [
        subprocess.Popen([sys.executable, "-c", REGISTER, str(file), p.to_json()], stdout=subprocess.PIPE, text=True)
        for p in plans
    ]
    told = [process.communicate()[0].strip() for process in running]
    assert told.count("refused") == 1
    assert Registry(file).plans()["sha256"].tolist() == [word for word in told if word != "refused"]


def test_an_analysis_without_a_plan_or_with_another_one_is_doubted(registry):
    assert registry.doubt(None) == (Reason.UNPLANNED,)
    assert registry.doubt(make_plan()) == (Reason.UNPLANNED,)
    register_plan(make_plan(), registry, at=BEFORE)
    assert registry.doubt(make_plan()) == ()
    assert registry.doubt(make_plan(minimum_effect=0.001)) == (Reason.PLAN_CHANGED,)


def test_a_plan_that_was_registered_after_a_look_is_no_plan(registry):
    log_look(registry, 1)
    register_plan(make_plan(), registry, at=BEFORE)
    assert registry.doubt(make_plan()) == (Reason.UNPLANNED,)


def test_more_looks_than_planned_are_noticed(registry):
    plan = make_plan()
    register_plan(plan, registry, at=BEFORE)
    for look in range(1, plan.n_looks + 1):
        log_look(registry, look)
    assert registry.doubt(plan) == ()
    log_look(registry, plan.n_looks + 1)
    assert registry.doubt(plan) == (Reason.PEEKED,)


def test_looks_come_in_order_and_a_test_ends_once(registry):
    register_plan(make_plan(), registry, at=BEFORE)
    log_look(registry, 2)
    with pytest.raises(BadArgument, match="Look 2 of 'script-2026' comes after look 2"):
        log_look(registry, 2)
    seen = make_seen()
    decision = decide(seen, plan=make_plan(), look=26)
    registry.log_result("script-2026", seen, decision, look=26, at=DURING)
    with pytest.raises(BadArgument, match="(?s)is on record since 2026-05-11.*Next: run a new experiment"):
        registry.log_result("script-2026", seen, decision, look=26, at=DURING)


def test_looks_and_results_come_back_as_frames(registry, tmp_path):
    register_plan(make_plan(), registry, at=BEFORE)
    log_look(registry, 1, lift=0.01, e_value=float("inf"))
    seen = make_seen(make_contrast(lift=0.03, e_value=30.0, monthly_loss=Decimal("120.50")))
    registry.log_result("script-2026", seen, decide(seen, plan=make_plan(), look=9), look=9, at=DURING, data_hash="ab")
    looks, results = registry.looks(), registry.results()
    assert list(looks.columns) == list(results.columns) == list(RESULT_COLUMNS)
    assert looks.loc[0, "e_value"] == 1e300
    row = results.iloc[0]
    assert (row["verdict"], row["metric"], row["kind"], row["data_hash"]) == ("ship", "appointment_rate", "rate", "ab")
    assert row["monthly_loss"] == Decimal("120.50")
    assert (row["lift"], row["n_control"], row["is_exploratory"]) == (0.03, 500, False)
    paths = registry.write_parquet(tmp_path / "out")
    assert [path.name for path in paths] == ["plans.parquet", "looks.parquet", "results.parquet"]
    assert pd.read_parquet(paths[2])["lift"].tolist() == [0.03]


def test_an_experiment_without_a_plan_is_kept_and_called_exploratory(registry):
    seen = make_seen(make_contrast(lift=0.05, e_value=1e6))
    registry.log_result("found-later", seen, decide(seen, plan=None), look=1, at=DURING)
    row = registry.results().iloc[0]
    assert row["is_exploratory"]
    assert (row["reasons"], row["verdict"]) == ("unplanned", "continue")


def test_a_registry_that_was_touched_is_not_believed(registry):
    register_plan(make_plan(), registry, at=BEFORE)
    log_look(registry, 1)
    text = registry.log.file.read_text(encoding="utf-8")
    registry.log.file.write_text(text.replace('"minimum_effect":0.02', '"minimum_effect":0.01'), encoding="utf-8")
    with pytest.raises(WarehouseError, match="chain_broken at 1"):
        registry.doubt(make_plan())


def test_an_unknown_plan_is_refused_with_those_known(registry):
    register_plan(make_plan(), registry, at=BEFORE)
    with pytest.raises(BadArgument, match="(?s)under 'script'.*Next: use one of: script-2026"):
        registry.read_plan("script")


def test_a_plan_that_was_written_to_a_file_registers_as_the_same(registry, tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(make_plan().to_json(), encoding="utf-8")
    register_plan(ExperimentPlan.from_json(file.read_text(encoding="utf-8")), registry, at=BEFORE)
    assert registry.doubt(make_plan()) == ()
