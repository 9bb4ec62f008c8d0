"""From the warehouse or a file to a trial: the planted effect is found, and bad files are refused by name."""

from datetime import date, datetime
from pathlib import Path

import pytest
from planned import BEFORE, DURING, make_plan, make_seen

from saleslab.errors import BadArgument, TableError
from saleslab.experiments import (
    Reason,
    Registry,
    Verdict,
    decide,
    digest_file,
    open_trial,
    read_column_names,
    read_out,
    read_outcome_file,
    read_trial,
    register_plan,
)
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

COOKIE_CATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cookie_cats" / "cookie_cats.csv.gz"
DAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def invented():
    company = simulate(Scenario())
    with connect("duckdb://") as lab:
        for name in ("experiments", "assignments", "leads", "accounts", "opportunities", "users"):
            lab.write(name, company.tables[name], source_system="simulated", loaded_at=datetime(2026, 11, 24))
        yield lab, company.truth.experiments.set_index("experiment_id")


@pytest.mark.requirement("B12", "J06")
def test_the_planted_effect_of_the_call_script_is_recovered_and_shipped(invented):
    lab, truth = invented
    trial = read_trial(lab, as_of=DAY)
    planted = truth.loc[trial.experiment_id]
    readout = read_out(trial)
    assert trial.plan is not None
    assert trial.doubts == ()
    assert planted["treatment_rate"] - planted["control_rate"] in readout.best.interval
    assert readout.decision.verdict is Verdict.SHIP
    assert readout.groups is not None


def test_a_test_of_whole_people_without_an_effect_is_not_shipped(invented):
    lab, truth = invented
    nothing = truth.index[truth["effect"].eq(0)][0]
    readout = read_out(read_trial(lab, nothing, as_of=DAY))
    assert readout.trial.cluster == "user_id"
    assert 0 in readout.best.interval
    assert readout.decision.verdict is Verdict.KEEP


def test_another_metric_than_the_planned_one_is_exploratory(invented):
    lab, _ = invented
    trial = read_trial(lab, as_of=DAY, metric="win_rate", horizon=180)
    assert trial.plan is None
    assert trial.doubts == (Reason.UNPLANNED,)


def test_a_record_without_a_whole_plan_is_exploratory(invented):
    lab, truth = invented
    offer = truth["effect"].idxmax()
    assert read_trial(lab, offer, as_of=DAY).doubts == (Reason.UNPLANNED,)


def write(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(["id,group,bought,day", *lines]) + "\n", encoding="utf-8")
    return file


COLUMNS = "unit=id, arm=group, outcome=bought, day=day"


def test_a_file_is_read_in_the_order_of_its_days(tmp_path):
    file = write(tmp_path / "t.csv", "1,new,yes,2026-04-20", "2,old,no,2026-04-01", "3,old,1,2026-04-09")
    trial = read_outcome_file(file, columns=read_column_names(COLUMNS), as_of=None)
    assert (trial.control, trial.as_of, trial.starts_on) == ("old", date(2026, 4, 20), date(2026, 4, 1))
    assert trial.rows["unit_id"].tolist() == ["2", "3", "1"]
    assert trial.rows["look"].tolist() == [1, 2, 3]
    assert trial.rows["succeeded"].tolist() == [False, True, True]


def test_cells_that_cannot_be_read_are_named_with_their_rows(tmp_path):
    file = write(tmp_path / "t.csv", "1,new,yes,2026-04-20", "2,,perhaps,2026-04-01", "3,old,,soon")
    told = (
        r"'group' in 1 rows \(2\); 'bought' in 2 rows \(2, 3\); 'day' in 1 rows \(3\)(?s:.*)not yet known is not 'no'"
    )
    with pytest.raises(BadArgument, match=told):
        read_outcome_file(file, columns=read_column_names(COLUMNS), as_of=DAY)


@pytest.mark.parametrize(
    ("columns", "error", "told"),
    [
        ("arm=group", BadArgument, "Nobody says which column is: outcome(?s:.*)Next: name it"),
        ("arm=group, outcome=sold", TableError, "has no column 'sold'; it has id, group, bought, day(?s:.*)Next: name"),
        ("arm:group", BadArgument, "'arm:group' names no part(?s:.*)Next: write them as"),
        ("arm=group, arm=id", BadArgument, "'arm' is named twice"),
    ],
)
def test_columns_that_do_not_fit_are_refused(tmp_path, columns, error, told):
    file = write(tmp_path / "t.csv", "1,new,yes,2026-04-20")
    with pytest.raises(error, match=told):
        read_outcome_file(file, columns=read_column_names(columns), as_of=DAY)


def test_a_file_that_is_another_one_by_now_is_refused(tmp_path):
    file = write(tmp_path / "t.csv", "1,new,yes,2026-04-20")
    with pytest.raises(BadArgument, match=r"is not the file it was(?s:.*)Next: run the report again"):
        read_outcome_file(file, columns=read_column_names(COLUMNS), as_of=DAY, sha256="0" * 64)


def test_a_registry_is_read_as_it_stood_when_its_file_had_the_digest(tmp_path):
    registry, plan = Registry(tmp_path / "kept.jsonl"), make_plan(ends_on=date(2026, 4, 7))
    register_plan(plan, registry, at=BEFORE)
    then = digest_file(registry.log.file)
    decision = decide(make_seen(), plan=None)
    for look in range(1, plan.n_looks + 2):
        registry.log_look("script-2026", make_seen(), decision, look=look, at=DURING)
    file = write(tmp_path / "t.csv", *(f"{i},{arm},yes,2026-04-02" for i, arm in enumerate(("old", "new") * 3)))
    words = {"experiment_id": "script-2026", "outcomes_file": str(file), "columns": COLUMNS}
    with connect("duckdb://") as lab:
        doubts = [
            open_trial(lab, as_of=DAY, registry=str(registry.log.file), registry_sha256=sha256, **words).doubts
            for sha256 in ("", then)
        ]
    assert doubts == [(Reason.PEEKED,), ()]


def test_nobody_says_which_arm_is_the_control(tmp_path):
    file = write(tmp_path / "t.csv", "1,gate_30,yes,2026-04-20", "2,gate_40,no,2026-04-20")
    with pytest.raises(BadArgument, match=r"arms are: gate_30, gate_40(?s:.*)Next: name it: control=gate_30"):
        read_outcome_file(file, columns=read_column_names(COLUMNS), as_of=DAY)


@pytest.mark.real_data
@pytest.mark.skipif(not COOKIE_CATS.is_file(), reason="the public sample of Cookie Cats is not here")
def test_cookie_cats_keep_their_earlier_gate():
    with connect("duckdb://") as lab:
        trial = open_trial(
            lab, as_of=DAY, outcomes_file=str(COOKIE_CATS), columns="unit=userid,arm=version,outcome=retention_7",
            control="gate_30",
        )  # fmt: skip
    readout = read_out(trial)
    assert 1 - readout.chance_better == pytest.approx(0.99922, abs=1e-5)
    assert readout.health.mismatch_p == pytest.approx(0.0086080, abs=1e-7)
    assert readout.decision.is_exploratory
