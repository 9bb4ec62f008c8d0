"""What a log says to a meeting, and meetings that were written down in a file."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from saleslab.errors import BadArgument, FileProblem
from saleslab.kpi import Action, Decision, Outcome, Prediction, Pseudonyms, Review, ReviewLog
from saleslab.kpi.meetings.inputs import read_team, read_wins
from saleslab.kpi.meetings.minutes import gather_minutes
from saleslab.kpi.meetings.phrases import quote
from saleslab.kpi.meetings.records import read_meetings, record_meetings
from saleslab.kpi.meetings.watching import find_monday
from saleslab.periods import Period
from saleslab.warehouse import connect

PLANS = Path(__file__).resolve().parents[2] / "data" / "plans"
MONDAY = date(2026, 11, 2)


def noon(day):
    return datetime(day.year, day.month, day.day, 12)


@pytest.fixture
def log(tmp_path):
    return ReviewLog(tmp_path / "reviews.jsonl")


def decided(name, due, **more):
    return Decision(name, "win_rate", f"Decision {name}.", "A reason.", due, **more)


# -- minutes


@pytest.mark.requirement("J11", "M08")
def test_a_decision_is_news_for_a_week_with_its_chance_and_late_once_its_day_has_passed(log):
    due = MONDAY + timedelta(20)
    stated = Prediction("p:1", "win_rate", due, chance=0.7, decision_id="d:1")
    log.record([decided("d:1", due, owner_id="u:1"), stated], at=noon(MONDAY))
    fresh = gather_minutes(log, as_of=MONDAY + timedelta(6))
    assert fresh.decided[["decision_id", "chance"]].to_numpy().tolist() == [["d:1", 0.7]]
    assert fresh.n_late == 0
    assert fresh.due_soon.empty
    old = gather_minutes(log, as_of=MONDAY + timedelta(7))
    assert old.decided.empty
    soon = gather_minutes(log, as_of=due - timedelta(3))
    assert soon.due_soon["id"].tolist() == ["d:1", "p:1"]
    late = gather_minutes(log, as_of=due + timedelta(1))
    assert late.unjudged[["id", "owner_id", "what"]].to_numpy().tolist() == [
        ["d:1", "u:1", "Decision d:1."],
        ["p:1", "u:1", "Decision d:1."],
    ]
    assert late.n_late == 2


@pytest.mark.requirement("J11")
def test_a_team_sees_its_own_and_the_company_s_and_nothing_of_another_team(log):
    due = MONDAY + timedelta(3)
    rows = [decided(f"d:{team}", due, team_id=team) for team in ("t:1", "t:2", None)]
    rows += [Action(f"a:{team}", f"d:{team}", "win_rate", due) for team in ("t:1", "t:2")]
    rows += [Prediction(f"p:{team}", "win_rate", due, chance=0.7, team_id=team) for team in ("t:1", "t:2")]
    log.record(rows, at=noon(MONDAY))
    day = due + timedelta(2)
    log.record([Outcome(f"p:{team}", day, happened=team == "t:1") for team in ("t:1", "t:2")], at=noon(day))
    mine = gather_minutes(log, as_of=day, team_id="t:1")
    assert set(mine.unjudged["id"]) == {"d:t:1", "d:None"}
    assert mine.actions["action_id"].tolist() == ["a:t:1"]
    assert mine.judged["prediction_id"].tolist() == ["p:t:1"]
    assert mine.score["brier"] == pytest.approx(0.09)
    every = gather_minutes(log, as_of=day)
    assert len(every.unjudged) == 3
    assert every.score["brier"] == pytest.approx((0.09 + 0.49) / 2)


@pytest.mark.requirement("D03", "J11")
def test_opinions_reach_the_meeting_as_counts_and_words_without_an_author(log):
    log.record([decided("d:1", MONDAY + timedelta(30)), Review("r:1", "win_rate", MONDAY, 7)], at=noon(MONDAY))
    names = Pseudonyms(b"sixteen bytes or more")
    for user, kind in (("u:secret1", "for"), ("u:secret2", "against"), ("u:secret3", "for")):
        log.say("d:1", kind, user_id=user, at=noon(MONDAY), pseudonyms=names)
    log.say("d:1", "dissent", user_id="u:secret2", text="Too far.", at=noon(MONDAY), pseudonyms=names)
    log.say("r:1", "comment", user_id="u:secret4", text="Agreed.", at=noon(MONDAY))
    told = gather_minutes(log, as_of=MONDAY).opinions.set_index("about")
    assert told.loc["d:1", ["for", "against", "abstain", "n_dissents"]].tolist() == [2, 1, 0, 1]
    assert told.loc["d:1", "said"] == ("Too far.",)
    assert "secret" not in told.to_csv()
    assert "anon" not in told.to_csv()
    later = gather_minutes(log, as_of=MONDAY + timedelta(7)).opinions
    assert later["about"].tolist() == ["d:1"], "a review of last week is over, an open decision is not"
    log.record([Outcome("d:1", MONDAY, happened=True)], at=noon(MONDAY))
    assert gather_minutes(log, as_of=MONDAY + timedelta(7)).opinions.empty


@pytest.mark.requirement("J11")
def test_what_was_decided_on_monday_at_eight_in_tokyo_is_news_of_that_week(tmp_path):
    log = ReviewLog(tmp_path / "reviews.jsonl", timezone="Asia/Tokyo")
    log.record([decided("d:1", MONDAY + timedelta(20))], at=datetime(2026, 11, 1, 23))
    days = {day: gather_minutes(log, as_of=MONDAY + timedelta(day)).decided for day in (-1, 0, 6, 7)}
    assert {day: len(rows) for day, rows in days.items()} == {-1: 0, 0: 1, 6: 1, 7: 0}


def test_a_log_that_begins_later_is_none_yet(log):
    log.record([decided("d:1", MONDAY + timedelta(20))], at=noon(MONDAY))
    assert not gather_minutes(log, as_of=MONDAY - timedelta(1)).has_log
    assert gather_minutes(log, as_of=MONDAY).has_log


def test_an_empty_log_says_that_there_is_none(log):
    minutes = gather_minutes(log, as_of=MONDAY)
    assert not minutes.has_log
    assert minutes.n_late == 0
    assert minutes.score is None


def test_names_of_colleagues_are_blacked_out_of_what_somebody_wrote():
    assert (
        quote("Hana and 佐藤さん disagree, ask hana@example.jp.", ["Hana Sato"]).en
        == "███ and ███さん disagree, ask ███."
    )


# -- meetings from a file


@pytest.mark.requirement("D02", "M08")
def test_the_log_of_the_invented_company_is_what_its_meetings_say(tmp_path):
    log = ReviewLog(tmp_path / "reviews.jsonl", timezone="Asia/Tokyo")
    meetings = read_meetings(PLANS / "invented_company_reviews.yaml")
    assert record_meetings(log, meetings) == sum(len(sayings) for _, sayings in meetings)
    assert log.log.file.read_bytes() == (PLANS / "invented_company_reviews.jsonl").read_bytes()
    assert record_meetings(log, meetings) == 0
    minutes = gather_minutes(log, as_of=date(2026, 9, 30))
    assert minutes.n_late == 5
    assert minutes.score["n_chances"] == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("meetings: [{at: 2026-09-01T10:00:00, says: []}]", r"line 1: meetings.0.at: a time without its zone"),
        ("meetings:\n- at: 2026-09-01T10:00:00+09:00\n  says:\n  - vote: {}", r"line 4: an entry is one of review"),
        (
            "meetings:\n- at: 2026-09-01T10:00:00+09:00\n  says:\n  - closing: {action_id: a, closed: 2026-09-01}",
            r"line 4: closing has no closed",
        ),
        (
            "meetings:\n- at: 2026-09-01T10:00:00+09:00\n  says:\n  - closing:\n"
            "      action_id: a\n      closed_on: soon",
            r"line 6: closed_on",
        ),
    ],
)
def test_a_mistake_in_a_file_of_meetings_is_told_with_its_line(tmp_path, text, why):
    file = tmp_path / "meetings.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileProblem, match=f"(?s){why}.*Next: correct the lines"):
        read_meetings(file)


# -- the week


@pytest.mark.parametrize(
    ("day", "monday"), [(date(2026, 9, 26), date(2026, 9, 21)), (date(2026, 9, 27), date(2026, 9, 28))]
)
def test_a_week_counts_once_its_sunday_is_known(day, monday):
    assert find_monday(day) == monday


@pytest.fixture(scope="module")
def lab():
    lab = connect("duckdb://")
    teams = {
        "team_id": ["t:1", "t:2", "t:3"],
        "name": ["All", "North", "North"],
        "parent_team_id": [None, "t:1", "t:1"],
    }
    users = {"user_id": ["u:1", "u:2"], "name": ["A", "B"], "team_id": ["t:1", "t:2"], "is_active": [True, True]}
    closed = [
        datetime(2026, 9, 20, 14, 59),
        datetime(2026, 9, 20, 15),
        datetime(2026, 9, 25),
        datetime(2026, 9, 27, 15),
    ]
    deals = {
        "opportunity_id": [f"o:{at}" for at in range(4)], "stage_id": "s:1", "owner_id": ["u:1", "u:2", "u:1", "u:1"],
        "amount": [1, 2, 3, 4], "is_closed": True, "is_won": True, "closed_at": closed,
    }  # fmt: skip
    for name, rows in (("teams", teams), ("users", users), ("opportunities", deals)):
        lab.write(name, pd.DataFrame(rows), source_system="crm", loaded_at=datetime(2026, 10, 1))
    return lab


@pytest.mark.requirement("J11")
def test_wins_of_a_week_are_those_of_the_company_s_own_days_and_of_the_team_with_those_below(lab):
    week = Period(date(2026, 9, 21), date(2026, 9, 27))
    wins = read_wins(lab, period=week)
    assert (wins.n, wins.amount) == (2, 5.0)
    assert wins.largest["win_id"].tolist() == ["o:2", "o:1"]
    above, below = (read_team(lab, team) for team in ("All", "t:2"))
    assert above.members == {"u:1", "u:2"}
    assert read_wins(lab, period=week, members=above.members).n == 2
    assert read_wins(lab, period=week, members=below.members).largest["win_id"].tolist() == ["o:1"]
    assert read_wins(lab, period=week, members=frozenset()).n == 0


@pytest.mark.parametrize(("team", "why"), [("South", "No team called 'South'"), ("North", "2 teams called 'North'")])
def test_a_team_that_is_none_or_two_is_refused(lab, team, why):
    with pytest.raises(BadArgument, match=f"(?s){why}; there are t:1, t:2, t:3.*Next: give the id"):
        read_team(lab, team)
