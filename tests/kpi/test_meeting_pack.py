"""What a meeting is told holds in every state: with and without a log, a formula, a target, an alert seen."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.kpi import (
    Acknowledgement,
    Action,
    Decision,
    ReviewLog,
    SignOff,
    lay_meeting_table,
    prepare_meeting,
    read_tree,
    write_meeting_headline,
    write_meeting_notes,
)
from saleslab.kpi.changes.alerts import read_subject
from saleslab.kpi.meetings.watching import watch_week
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import connect

CALENDAR = FiscalCalendar()
QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30), "quarter", 2026, 2)
CALLS = """
tree: calls
version: 1
effective_from: 2026-01-05
nodes:
  n_calls: {kind: kgi, target: {period: 2026Q2, target: 3000}, owner: u:1, review: {every_days: 7}}
"""
MONEY = """
tree: money
version: 1
effective_from: 2026-01-05
nodes:
  won_amount: {kind: kgi, target: {period: 2026Q2, target: 100}, owner: u:1}
"""
RISKS = """
tree: risks
version: 1
effective_from: 2026-01-05
nodes:
  n_calls: {kind: kgi, target: {period: 2026Q2, target: 3000}, owner: u:1}
  too_many: {kind: csf, label: {en: Calm, ja: 平静}, drives: [n_calls], risk: {trigger: n_calls > 1}}
  too_few: {kind: csf, label: {en: Effort, ja: 努力}, drives: [n_calls], risk: {trigger: n_calls < 1}}
"""


@pytest.fixture(scope="module")
def lab():
    """Two years of calls; from July 2026 on half as many."""
    rng, rows = np.random.default_rng(3), []
    for day in pd.bdate_range("2024-09-02", "2026-08-31"):
        if CALENDAR.is_business_day(day.date()):
            n = rng.poisson(24 if day < pd.Timestamp(2026, 7, 6) else 12)
            rows += [day + pd.Timedelta(hours=3, minutes=at) for at in range(n)]
    calls = {"activity_id": [f"a:{at}" for at in range(len(rows))], "at": rows, "user_id": "u:1", "type": "call",
             "channel": "phone", "direction": "outbound"}  # fmt: skip
    users = {"user_id": ["u:1"], "name": ["Hana Sato"], "team_id": ["t:1"], "is_active": [True]}
    lab = connect("duckdb://")
    for name, table in (("users", users), ("activities", calls)):
        lab.write(name, pd.DataFrame(table), source_system="crm", loaded_at=datetime(2026, 9, 1))
    return lab


@pytest.fixture
def tree(tmp_path):
    def make(text):
        (tmp_path / "tree.yaml").write_text(text, encoding="utf-8")
        return read_tree(tmp_path / "tree.yaml")

    return make


@pytest.fixture
def log(tmp_path):
    return ReviewLog(tmp_path / "reviews.jsonl", timezone="Asia/Tokyo")


@pytest.fixture(scope="module")
def raised(lab, tmp_path_factory):
    """The alert about the calls."""
    file = tmp_path_factory.mktemp("calls") / "tree.yaml"
    file.write_text(CALLS, encoding="utf-8")
    [alert] = watch_week(lab, as_of=date(2026, 8, 30), tree=read_tree(file)).alerts
    return alert


@pytest.mark.requirement("J11", "E05")
def test_what_left_its_range_last_week_is_told_though_somebody_has_seen_it(lab, log, tree, raised):
    day = raised.raised_on
    told = {"as_of": day, "tree": tree(CALLS), "log": log}
    assert "New last week: " in write_meeting_headline(prepare_meeting(lab, **told))["answer"].en
    seen = Acknowledgement(raised.alert_id, *read_subject(raised.alert_id), day)
    log.record([seen], at=datetime(day.year, day.month, day.day, 1))
    pack = prepare_meeting(lab, **told)
    assert not pack.week.alerts
    answer = write_meeting_headline(pack)["answer"].en
    assert "No alert is open" in answer
    assert "New last week: " in answer
    assert "no measure left" not in answer


@pytest.mark.requirement("J11", "D02")
def test_without_a_log_nothing_is_late_whatever_the_tree_asks(lab, log, tree):
    for kept in (None, log):
        pack = prepare_meeting(lab, as_of=date(2026, 6, 28), tree=tree(CALLS), log=kept)
        headline = write_meeting_headline(pack)
        assert "no review log yet" in headline["answer"].en
        assert headline["status"].en == "Nothing to decide"
        assert lay_meeting_table("due", pack) is None
    log.record([SignOff("calls", "u:1", date(2026, 6, 28))], at=datetime(2026, 6, 28, 1))
    pack = prepare_meeting(lab, as_of=date(2026, 6, 28), tree=tree(CALLS), log=log)
    assert pack.minutes.reviews["metric_id"].tolist() == ["n_calls"]


@pytest.mark.requirement("E06")
def test_the_target_that_is_asked_for_goes_before_the_tree_s_and_that_before_the_one_on_record(lab, tree):
    draws = pd.DataFrame(
        {"as_of": [date(2026, 8, 2)] * 2, "won_amount": 40.0, "open_amount": [0.0, 40], "new_amount": 0}
    )
    told = {"as_of": date(2026, 8, 2), "draws": draws, "money": "won_amount", "recorded": 70.0}
    levels = [
        prepare_meeting(lab, tree=tree(MONEY), period=period, target=target, **told).pace.target
        for period, target in ((QUARTER, 50.0), (QUARTER, None), (replace(QUARTER, end=date(2026, 9, 29)), None))
    ]
    assert levels == [50.0, 100.0, 70.0]


@pytest.mark.requirement("J11")
def test_notes_tell_the_reason_that_is_true(lab, tree):
    pack = prepare_meeting(lab, as_of=date(2026, 6, 28), tree=tree(CALLS))
    notes = {one["name"]: one["text"].en for one in write_meeting_notes(pack)}
    assert "does not say what the goal is made of" in notes["meeting_no_change"]
    assert "a goal that is their money" in notes["meeting_pace"]
    assert "by their ids" in notes["meeting_people"]
    named = prepare_meeting(lab, as_of=date(2026, 6, 28), tree=tree(CALLS), show_names=True)
    notes = {one["name"]: one["text"].en for one in write_meeting_notes(named)}
    assert "by name" in notes["meeting_people"]
    assert "ids" not in notes["meeting_people"]


@pytest.mark.requirement("A05")
def test_two_limits_of_one_measure_are_both_looked_at(lab, tree):
    risks = watch_week(lab, as_of=date(2026, 6, 28), tree=tree(RISKS)).risks
    assert [(one.metric_id, one.direction) for one in risks] == [("n_calls", "up")]


@pytest.mark.requirement("J11", "D02")
def test_actions_and_signatures_that_are_due_within_a_week_are_on_the_page(lab, log, tree):
    day = date(2026, 6, 28)
    decision = Decision("d:1", "n_calls", "Call before ten.", "More answer.", day + timedelta(60))
    actions = [Action(f"a:{days}", "d:1", "n_calls", day + timedelta(days)) for days in (-1, 7, 8)]
    log.record([decision, *actions, SignOff("calls", "u:1", day, 5)], at=datetime(2026, 6, 28, 1))
    pack = prepare_meeting(lab, as_of=day, tree=tree(CALLS), log=log)
    assert pack.minutes.due_soon[["kind", "id"]].to_numpy().tolist() == [["action", "a:7"], ["sign_off", "calls"]]
    rows = lay_meeting_table("due", pack)["data"]
    assert [row.n for row in rows["days_late"]] == [167, 1, -5, -7]
    assert [one.en for one in rows["what"]][2:] == ["calls", "Calls"]
