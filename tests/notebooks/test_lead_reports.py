"""The three reports on leads: what was planted is told, who opted out is never listed, and nobody pretends to know."""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of
from lead_company import BEST, OPTED_OUT, WORST, write_company

from saleslab.errors import BadArgument
from saleslab.scoring import add_model, open_leads, plan_calls, promote_model, take_model, write_worklists
from saleslab.scoring.briefings.call_list import write_list_notes
from saleslab.warehouse import connect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {
    "bank_calls": "uci_bank_marketing/bank-additional-full.csv.gz",
    "olist": "olist_funnel/olist_marketing_qualified_leads_dataset.csv",
    "maven": "maven_crm/sales_pipeline.csv",
}
REPORTS = ("lead_ranking", "lead_model_card", "lead_model_watch")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The address of a company whose sources differ: referrals most, advertising least."""
    address = f"duckdb:///{tmp_path_factory.mktemp('leads')}/leads.duckdb"
    write_company(address, n=900)
    return address


@pytest.fixture(scope="module")
def space():
    """What the cells of the call list named."""
    return {}


@pytest.fixture(scope="module")
def blocks(company, space):
    """The call list of that company, a tenth of it drawn by lot."""
    return run_cells("lead_ranking", space, db=company, per_person=6, explored=0.1)


@pytest.fixture(scope="module")
def tasks(blocks):
    """Every task of every list."""
    return [task for worklist in of_kind(blocks, "worklist") for task in worklist.tasks]


@pytest.mark.requirement("J01", "H01")
def test_the_planted_source_leads_the_list_and_is_named_as_the_reason(tasks):
    chosen = [task for task in tasks if task.mark is None]
    told = [task for task in chosen if any(f"流入元：{BEST} +" in reason.ja for reason in task.pros)]
    assert len(told) >= 0.8 * len(chosen)
    assert not [task for task in chosen if any(WORST in reason.ja for reason in task.pros)]
    assert all(len(task.pros) <= 3 and len(task.cons) <= 3 for task in tasks)


@pytest.mark.requirement("K02", "M04")
def test_every_task_says_what_to_do_on_which_channel_and_at_the_hour_in_which_people_answer(tasks):
    assert {task.action.en for task in tasks} == {"Call"}
    when = [task.when.en for task in tasks]
    assert sum(moment.endswith("16:00") for moment in when) == len(when)  # 16:00 in Tokyo: the planted hour
    assert {moment.split(",")[0] for moment in when} <= {"Thu 1 Oct", "Fri 2 Oct"}


def test_each_person_gets_no_more_than_there_is_time_for_and_all_chances_lie_in_their_range(blocks, tasks):
    lists = of_kind(blocks, "worklist")
    assert [len(worklist.tasks) for worklist in lists] == [6, 6, 6]
    assert {worklist.title.ja[:3] for worklist in lists} == {"担当甲", "担当乙", "担当丙"}
    for task in tasks:
        (_, chance), *others = task.facts
        stated, low, high = map(float, re.findall(r"[\d.]+", chance.en))
        assert low <= stated <= high
        assert [label.en for label, _ in others] == ["Expected value", "Came in"]
    assert {task.grade for task in tasks} <= set("ABCD")


def test_the_lead_that_the_headline_names_stands_first_on_the_first_list(blocks):
    [headline] = of_kind(blocks, "headline")
    first = of_kind(blocks, "worklist")[0].tasks[0]
    assert f"まず{first.whom.ja}" in headline.answer.ja


@pytest.mark.requirement("F02")
def test_a_part_is_drawn_by_lot_and_said_to_be(blocks, tasks):
    drawn = [task for task in tasks if task.mark is not None]
    assert len(drawn) == 2  # a tenth of 18 places, rounded up
    assert all("Drawn by lot, 1 in" in task.mark.en for task in drawn)
    assert "2 places were drawn by lot" in words_of(blocks)


@pytest.mark.requirement("F03")
def test_who_opted_out_is_on_no_list_and_nobody_is_named(blocks):
    said = words_of(blocks) + str([block.to_json() for block in blocks])
    assert "会社0000" not in said, "the best lead of all, whose number is on record as refused"
    assert "個人名" not in said
    assert OPTED_OUT not in said
    assert "1 lead left out" in said


def test_ids_stand_for_colleagues_where_names_are_not_wanted_and_one_person_sees_one_list(blocks, space):
    assert blocks
    asked = {"per_person": 2, "show_names": False, "as_of": space["day"], "seed": 1}
    plan = plan_calls(space["lab"], space["book"], space["taken"], user="u:1", **asked)
    (own,) = write_worklists(plan)
    assert own["title"].en.startswith("1: 2 contacts")
    assert "担当" not in own["title"].ja
    with pytest.raises(BadArgument, match=r"(?s)'u:9' has no list of leads.*Next: give one of: u:0, u:1, u:2"):
        plan_calls(space["lab"], space["book"], space["taken"], user="u:9", **asked)


def test_the_list_says_where_its_ranges_come_from_only_where_it_shows_them_also_of_a_shelved_model(space):
    plan = plan_calls(space["lab"], space["book"], space["taken"], as_of=space["day"], seed=1)
    shelved = replace(plan, model=replace(plan.model, trained=None))
    assert shelved.ranking.frame["low"].notna().all()
    unranged = replace(plan, ranking=replace(plan.ranking, frame=plan.ranking.frame.drop(columns=["low", "high"])))
    notes = [write_list_notes(one, newer_than=30)[0]["text"] for one in (plan, shelved, unranged)]
    assert [note.en.rpartition(", ")[2] for note in notes][2] == "so no range is shown."
    assert notes[0] == notes[1] != notes[2]
    assert "10回に9回" in notes[1].ja


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """A company in which nothing tells the leads apart."""
    address = f"duckdb:///{tmp_path_factory.mktemp('blind')}/blind.duckdb"
    leads = write_company(address, n=500)
    mixed = leads.assign(source=leads["source"].sample(frac=1, random_state=3).to_numpy())
    with connect(address) as lab:
        lab.write("leads", mixed, source_system="test", loaded_at=datetime(2026, 10, 2))
    return address


@pytest.mark.requirement("J01")
def test_where_the_leads_cannot_be_told_apart_the_list_says_so_and_goes_by_date(blind):
    blocks = run_cells("lead_ranking", db=blind, per_person=5)
    said = words_of(blocks)
    assert "No order by chance" in said
    assert "見込みの順位は" in said
    tasks = [task for worklist in of_kind(blocks, "worklist") for task in worklist.tasks]
    assert len(tasks) == 15
    assert all(not (task.grade or task.pros or task.cons or task.mark) for task in tasks)
    assert "Chance to meet" not in str([task.facts for task in tasks])
    ages = [int(str(task.facts[0][1].en).split(" ")[0].replace("today", "0")) for task in tasks[:5]]
    assert ages == sorted(ages)


@pytest.mark.parametrize(
    "report", ["lead_ranking", *(pytest.param(name, marks=pytest.mark.slow) for name in REPORTS[1:])]
)
def test_a_company_in_which_every_lead_ended_alike_is_told_so(report, tmp_path):
    address = f"duckdb:///{tmp_path}/alike.duckdb"
    write_company(address, n=120, won=False, tables=("leads", "users", "opportunities"))
    said = words_of(run_cells(report, db=address))
    assert "0 succeeded: a model needs both outcomes" in said
    if report == "lead_ranking":  # and without contacts nobody knows who opted out, nor when people answer
        assert "[bad] Nobody recorded who does not want to be contacted." in said
        assert "16:00" not in said


@pytest.mark.parametrize("report", REPORTS)
def test_a_company_without_leads_is_told_what_to_import(report, tmp_path):
    address = f"duckdb:///{tmp_path}/none.duckdb"
    deals = pd.DataFrame(
        {"opportunity_id": ["o:1"], "stage_id": "open", "created_at": [datetime(2026, 9, 2)], "is_closed": False,
         "is_won": False}
    )  # fmt: skip
    with connect(address) as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 10, 1))
    said = words_of(run_cells(report, db=address))
    assert "No leads on record" in said
    assert "Import leads, or name a file: leads_file and lead_map" in said


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    """The same company with more leads, so that models are ready at every time of its history."""
    address = f"duckdb:///{tmp_path_factory.mktemp('larger')}/leads.duckdb"
    write_company(address, n=2_400)
    return address


@pytest.mark.slow
@pytest.mark.requirement("M01")
def test_the_card_tells_verdict_tests_curves_groups_and_fingerprint(larger):
    blocks = run_cells("lead_model_card", db=larger)
    said = words_of(blocks)
    assert "[good] Yes, to decide whom to contact first" in said
    assert {block.name for block in of_kind(blocks, "figure")} == {"tests", "calibration", "capture"}
    (groups,) = (block for block in of_kind(blocks, "table") if block.name == "groups")
    assert {BEST, WORST} <= {str(row[1].ja) for row in groups.data.rows}
    identity = next(block for block in of_kind(blocks, "table") if block.name == "card_identity")
    assert any("Data fingerprint" in row[0].en and len(row[1].en.replace(" ", "")) == 64 for row in identity.data.rows)


@pytest.mark.slow
@pytest.mark.requirement("M01")
def test_the_watch_keeps_a_model_that_holds_and_shows_its_challenger(larger):
    blocks = run_cells("lead_model_watch", db=larger, weeks=12)
    said = words_of(blocks)
    assert "[good] Keep the model" in said
    assert "Challenger" in said
    assert {block.name for block in of_kind(blocks, "figure")} == {"drift", "grades"}


@pytest.mark.slow
def test_a_model_of_the_shelf_is_asked_by_all_three_and_its_training_is_repeated(larger, tmp_path):
    shelf = tmp_path / "models"
    with connect(larger, read_only=True) as lab:
        book = open_leads(lab, as_of=date(2026, 7, 31), goal="qualified", window=30, most=0)
    trained = take_model(book, seed=1).trained
    bundle = add_model(trained.scorer, shelf, about=trained.facts)
    promote_model(shelf, bundle.folder.name, at=datetime(2026, 8, 1))
    words = {report: words_of(run_cells(report, db=larger, models=str(shelf))) for report in REPORTS}
    assert all(bundle.folder.name in said for said in words.values())
    assert "It was trained again on the same leads" in words["lead_model_card"]
    assert "There is no challenger" in words["lead_model_watch"]


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public samples are not at {DATA}")
@pytest.mark.parametrize("lead_map", FILES)
@pytest.mark.parametrize("report", REPORTS)
def test_a_file_of_real_leads_is_read_by_every_report(report, lead_map, larger):
    blocks = run_cells(report, db=larger, leads_file=str(DATA / FILES[lead_map]), lead_map=lead_map)
    said = words_of(blocks)
    expected = {
        ("lead_ranking", "bank_calls"): "A rehearsal: no lead of bank-additional-full.csv.gz is open",
        ("lead_ranking", "olist"): "A rehearsal: no lead of olist",
        ("lead_ranking", "maven"): "No order by chance: the model cannot tell the leads apart",
        ("lead_model_card", "bank_calls"): "With columns known too late",
        ("lead_model_card", "olist"): "With columns known too late",
        ("lead_model_card", "maven"): "[bad] No: it cannot tell the leads apart",
        ("lead_model_watch", "bank_calls"): "a model of the first 70 % of the file",
        ("lead_model_watch", "olist"): "The page looks back",
        ("lead_model_watch", "maven"): "it sorts no better than chance",
    }
    assert expected[report, lead_map] in said
