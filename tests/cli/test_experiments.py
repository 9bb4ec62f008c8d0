"""The verbs about experiments: plan, assign, analyse, registry; what they print, write and refuse."""

import csv
import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from saleslab.experiments import Decision, Registry, Verdict, compare_rate_counts
from saleslab.wording import Text

START = datetime.now(UTC).date() + timedelta(days=10)

PLAN = f"""
experiment_id = "script"
hypothesis = "Asking for the problem first brings more appointments."
unit = "lead"
control = "old"
minimum_effect = 0.01
tolerated_loss = 100000
units_per_month = 600
amount_per_unit = 100000
starts_on = {START}
ends_on = {START + timedelta(days=120)}
horizon = 30
metric = {{ name = "appointment_rate", kind = "rate" }}
shares = {{ old = 0.5, new = 0.5 }}
"""
EXPECTED = "\n[expected]\nbaseline = 0.07\nlift = 0.05\n"


@pytest.fixture
def plan_file(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(PLAN + EXPECTED, encoding="utf-8")
    return file


@pytest.fixture
def leads(tmp_path):
    file = tmp_path / "leads.csv"
    file.write_text("lead_id\n" + "".join(f"l:{i}\n" for i in range(60)), encoding="utf-8")
    return file


@pytest.mark.requirement("M08")
def test_a_plan_tells_its_weeks_and_is_registered_once(type_in, plan_file):
    first = type_in("experiment", "plan", plan_file)
    assert first.exit_code == 0, first.stderr
    assert "80 % chance to find it: " in first.stdout
    assert re.search(r"As planned, units come in for 17\.3 weeks: a chance of (9\d|100) %\.", first.stdout)
    assert "Not registered; add --register" in first.stdout
    told = json.loads(type_in("experiment", "plan", plan_file, "--register", "--json").stdout)
    assert told["registered_at"] is not None
    assert told["sample"]["assurance"] >= 0.8
    chances = [row["chance_ship"] for row in told["sample"]["curve"]]
    assert chances[-1] > chances[0]
    again = json.loads(type_in("experiment", "plan", plan_file, "--register", "--json").stdout)
    assert again["registered_at"] == told["registered_at"]
    assert again["sha256"] == told["sha256"]


def test_a_plan_that_was_edited_later_is_refused(type_in, plan_file):
    assert type_in("experiment", "plan", plan_file, "--register").exit_code == 0
    plan_file.write_text(PLAN.replace("0.01", "0.001"), encoding="utf-8")
    done = type_in("experiment", "plan", plan_file, "--register")
    assert done.exit_code == 2
    assert "Another plan is registered under 'script'.\n  Next: a changed plan is a new experiment" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("experiment_id = ", "cannot be read"),
        (PLAN.replace("horizon = 30", ""), "A plan has no horizon."),
        (PLAN.replace("old = 0.5", "old = 0.6"), "shares add up to 1.1, not to 1"),
        (PLAN + "\n[expected]\nbaseline = 0.1\nuplift = 1\n", "does not know uplift and lacks lift"),
    ],
)
def test_a_plan_that_is_wrong_says_what_to_do(type_in, plan_file, text, told):
    plan_file.write_text(text, encoding="utf-8")
    done = type_in("experiment", "plan", plan_file)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "\n  Next: " in done.stderr


@pytest.mark.requirement("J06")
def test_lots_are_the_same_again_and_keep_out_who_said_no(type_in, plan_file, leads, tmp_path):
    (tmp_path / "no.csv").write_text("lead_id\nl:3\nl:4\n", encoding="utf-8")
    told = json.loads(
        type_in("experiment", "assign", plan_file, leads, "--opted-out", tmp_path / "no.csv", "--json").stdout
    )
    assert told["n_opted_out"] == 2
    assert sum(told["counts"].values()) == 58
    rows = list(csv.DictReader((tmp_path / "assignments.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {"l:3", "l:4"} & {row["unit_id"] for row in rows} == set()
    type_in("experiment", "assign", plan_file, leads, "--to", "all.csv")
    everybody = list(csv.DictReader((tmp_path / "all.csv").read_text(encoding="utf-8-sig").splitlines()))
    arms = {row["unit_id"]: row["arm"] for row in everybody}
    assert len(arms) == 60
    assert all(arms[row["unit_id"]] == row["arm"] for row in rows)


def test_units_without_their_id_are_refused(type_in, plan_file, tmp_path):
    (tmp_path / "people.csv").write_text("name\nsomebody\n", encoding="utf-8")
    done = type_in("experiment", "assign", plan_file, tmp_path / "people.csv")
    assert done.exit_code == 2
    assert "units has no column 'lead_id'" in done.stderr
    assert "somebody" not in done.stderr


def test_a_file_of_outcomes_becomes_a_page_without_a_warehouse(type_in, tmp_path):
    rows = ["old,no"] * 180 + ["old,yes"] * 20 + ["new,no"] * 150 + ["new,yes"] * 50
    (tmp_path / "web.csv").write_text("\n".join(["version,bought", *rows]) + "\n", encoding="utf-8")
    done = type_in("experiment", "analyse", "web.csv", "--columns", "arm=version,outcome=bought", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["status"]["en"] == "Only a hint · the new way is better more than 199 times in 200"
    assert set(told["pages"]) == {"en", "ja"}
    assert "bought: 10.2 % with the old way" in told["answer"]["en"]


@pytest.mark.requirement("M08")
def test_every_analysis_is_a_look_and_the_same_one_is_one_look(type_in, tmp_path):
    rows = ["old,no"] * 180 + ["old,yes"] * 20 + ["new,no"] * 170 + ["new,yes"] * 30
    (tmp_path / "web.csv").write_text("\n".join(["version,bought", *rows]) + "\n", encoding="utf-8")
    words = ("experiment", "analyse", "web.csv", "--columns", "arm=version,outcome=bought")
    first, again = type_in(*words), type_in(*words, "--json")
    assert "Written down as look 1 in data/experiments.jsonl." in first.stdout
    assert json.loads(again.stdout)["look"]["is_new"] is False
    listed = type_in("experiment", "registry").stdout
    assert "web                     -             bought              Only a hint (1 look, last " in listed
    assert "0 plans, 0 ended.\n1 experiment has no plan in this registry.\n" in listed
    told = json.loads(type_in("experiment", "registry", "--json").stdout)
    assert [(row["n_control"], row["n_treatment"], row["is_exploratory"]) for row in told["looks"]] == [
        (200, 200, True)
    ]


@pytest.mark.requirement("M02")
def test_a_company_without_experiments_gets_a_page_that_says_so_and_no_look(type_in, tmp_path):
    from saleslab.warehouse import connect

    deals = pd.DataFrame({"opportunity_id": ["o:1"], "stage_id": ["open"], "created_at": [datetime(2026, 11, 2)]})
    with connect(f"duckdb:///{tmp_path}/lab.duckdb") as lab:
        lab.write(
            "opportunities",
            deals.assign(is_closed=False, is_won=False),
            source_system="t",
            loaded_at=deals.created_at[0],
        )
    done = type_in("experiment", "analyse", "--db", "lab.duckdb", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"]["en"], told["look"]) == ("No experiment on record", None)


def test_a_registered_plan_that_nobody_looked_at_is_listed_so(type_in, plan_file):
    type_in("experiment", "plan", plan_file, "--register")
    assert "Appointment rate    not looked at yet" in type_in("experiment", "registry").stdout


def test_a_page_is_made_anew_when_the_registry_that_it_reads_has_grown(type_in, plan_file, tmp_path):
    from saleslab.reporting.planning import plan_run
    from saleslab.warehouse import connect

    address, file = f"duckdb:///{tmp_path}/lab.duckdb", tmp_path / "data" / "experiments.jsonl"
    connect(address).close()
    keys, given = [], {"experiment_id": "script", "registry": str(file)}
    for change in (lambda: None, lambda: type_in("experiment", "plan", plan_file, "--register"), lambda: None):
        change()
        planned = plan_run("experiment_readout", address, given, as_text=True, out=tmp_path, project=None)
        keys.append(planned.inputs.run_key)
    assert keys[0] != keys[1] == keys[2]
    assert planned.inputs.parameters["registry_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("absent.csv",), "There is no file 'absent.csv'.\n  Next: correct the path"),
        (("script", "-p", "horizon=soon"), "'horizon' must be a whole number"),
    ],
)
def test_what_cannot_be_analysed_is_refused(type_in, tmp_path, words, told):
    from saleslab.warehouse import connect

    (tmp_path / "data").mkdir()
    connect(f"duckdb:///{tmp_path}/data/lab.duckdb").close()
    done = type_in("experiment", "analyse", *words)
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.requirement("D04")
def test_the_registry_lists_plans_and_takes_luck_off_wins(type_in, plan_file, tmp_path):
    kept = Registry(tmp_path / "kept.jsonl")
    from saleslab.experiments import ExperimentPlan

    for number, won in enumerate((30, 22, 19, 45)):
        plain = json.loads(type_in("experiment", "plan", plan_file, "--json").stdout)["plan"]
        plan = ExperimentPlan.from_dict({**plain, "experiment_id": f"test-{number}", "salt": ""})
        kept.register(plan, at=datetime(2026, 1, 1))
        compared = compare_rate_counts({"old": 20, "new": won}, {"old": 200, "new": 200}, control="old")
        verdict = Verdict.SHIP if won > 40 else Verdict.KEEP
        decision = Decision(
            verdict,
            "old",
            "new",
            (),
            is_exploratory=False,
            is_early=False,
            weeks_left=None,
            monthly_loss=None,
            sentence=Text("so", "so"),
        )
        kept.log_result(plan.experiment_id, compared, decision, look=1, at=datetime(2026, 6, 1))
    done = type_in("experiment", "registry", "--registry", "kept.jsonl", "--curse", "appointment_rate", "--to", "out")
    assert done.exit_code == 0, done.stderr
    assert "4 plans, 4 ended." in done.stdout
    assert "1 test was shipped with a mean lift of +0.1" in done.stdout
    told = json.loads(type_in("experiment", "registry", "--registry", "kept.jsonl", "--json").stdout)
    assert [row["verdict"] for row in told["results"]] == ["keep", "keep", "keep", "ship"]
    assert (tmp_path / "out" / "results.parquet").is_file()
    assert date.fromisoformat(told["plans"][0]["starts_on"]) == START


def test_no_registry_is_said(type_in):
    done = type_in("experiment", "registry")
    assert done.exit_code == 2
    assert "There is no registry" in done.stderr
