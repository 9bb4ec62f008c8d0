"""What was decided stays as it was written, what is late is listed, and past predictions are scored exactly."""

import json
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, WarehouseError
from saleslab.kpi import (
    Acknowledgement,
    Action,
    Closing,
    Decision,
    Opinion,
    Outcome,
    Prediction,
    Pseudonyms,
    Review,
    ReviewLog,
    SignOff,
    find_last_reviews,
    find_overdue_actions,
    find_overdue_reviews,
    find_overdue_sign_offs,
    find_unjudged,
    follow_actions,
    judge_predictions,
    list_acknowledged,
    list_reviews,
    list_sign_offs,
    mirror_reviews,
    score_predictions,
    tell_overdue,
    tell_scores,
)
from saleslab.kpi.reviews.mirror import to_tables
from saleslab.warehouse import AppendLog, connect
from saleslab.wording import Text

MONDAY = date(2026, 11, 2)
KEY = Pseudonyms(b"a key of sixteen bytes or more")


def noon(day):
    return datetime(day.year, day.month, day.day, 12)


@pytest.fixture
def log(tmp_path):
    return ReviewLog(tmp_path / "reviews.jsonl")


def reviewed(name="r:1", day=MONDAY, metric="win_rate", **more):
    return Review(name, metric, day, **{"every_days": 7} | more)


def decided(name="d:1", due=date(2026, 12, 31), **more):
    return Decision(name, "win_rate", "Visit every finalist.", "Visited ones win more often.", due, **more)


# -- nothing is rewritten


@pytest.mark.requirement("D02")
def test_an_edited_line_breaks_the_chain_there_and_nothing_is_read_or_written_any_more(log):
    for at in range(5):
        day = MONDAY + timedelta(weeks=at)
        log.record([reviewed(f"r:{at}", day, value=0.2)], at=noon(day))
    lines = log.log.file.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace('"value":0.2', '"value":0.3')
    log.log.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert str(log.verify()) == "chain_broken at 3"
    for act in (
        lambda: log.read("review", as_of=date(2027, 1, 1)),
        lambda: log.record([reviewed("r:9")], at=noon(MONDAY)),
    ):
        with pytest.raises(
            WarehouseError, match=r"(?s)reviews.jsonl.*chain_broken at 3.*Next: restore it from a backup"
        ):
            act()


@pytest.mark.requirement("D02")
def test_a_review_keeps_its_phase_its_value_and_the_chance_of_the_goal(log):
    log.record([reviewed(phase="act", value=0.24, chance_goal=0.41, owner_id="u:1")], at=noon(MONDAY))
    told = ReviewLog(log.log.file).read("review", as_of=MONDAY).iloc[0]
    assert (told["phase"], told["value"], told["chance_goal"], told["owner_id"]) == ("act", 0.24, 0.41, "u:1")


def test_the_same_again_adds_nothing_and_something_else_under_the_same_id_is_refused(log):
    assert log.record([reviewed(), decided(review_id="r:1")], at=noon(MONDAY)) == 2
    assert log.record([reviewed(), decided(review_id="r:1")], at=noon(MONDAY + timedelta(1))) == 0
    with pytest.raises(BadArgument, match=r"(?s)'r:1' is on record with another.*Next: what was written stays"):
        log.record([reviewed(value=0.9)], at=noon(MONDAY))


def test_what_was_written_later_is_not_known_before(log):
    log.record([reviewed()], at=noon(MONDAY))
    log.record([reviewed("r:2", MONDAY + timedelta(7))], at=noon(MONDAY + timedelta(7)))
    assert len(log.read("review", as_of=MONDAY)) == 1
    assert find_last_reviews(log, as_of=MONDAY + timedelta(6)) == {"win_rate": MONDAY}


@pytest.mark.requirement("D02")
def test_what_was_said_on_monday_morning_in_tokyo_was_not_known_on_sunday(tmp_path):
    log = ReviewLog(tmp_path / "reviews.jsonl", timezone="Asia/Tokyo")
    log.record([reviewed()], at=datetime(2026, 11, 1, 23))  # eight in the morning of Monday in Tokyo
    sunday = MONDAY - timedelta(1)
    assert log.read("review", as_of=sunday).empty
    assert len(log.read("review", as_of=MONDAY)) == 1
    elsewhere = ReviewLog(log.log, timezone="America/New_York")
    assert len(elsewhere.read("review", as_of=sunday)) == 1


# -- what is late


@pytest.mark.requirement("D02")
@pytest.mark.parametrize(("age", "late"), [(0, None), (7, None), (8, 1), (30, 23)])
def test_a_weekly_review_is_overdue_on_its_eighth_day(log, age, late):
    log.record([reviewed(owner_id="u:1")], at=noon(MONDAY))
    overdue = find_overdue_reviews(log, as_of=MONDAY + timedelta(age))
    assert overdue["days_late"].tolist() == ([] if late is None else [late])
    assert list_reviews(log, as_of=MONDAY + timedelta(age))["next_on"].dt.date.tolist() == [date(2026, 11, 9)]


@pytest.mark.requirement("D02")
def test_the_tree_says_how_often_and_what_was_never_reviewed_is_overdue_too(log):
    log.record([reviewed()], at=noon(MONDAY))
    told = {"win_rate": 28, "deal_size": 7, "calls": 7}
    late = find_overdue_reviews(log, as_of=MONDAY + timedelta(10), cadences=told, since=MONDAY)
    assert late["metric_id"].tolist() == ["calls", "deal_size"]
    assert late["last_on"].isna().all()
    assert told == {"win_rate": 28, "deal_size": 7, "calls": 7}


@pytest.mark.requirement("D02")
def test_what_one_team_reviewed_is_still_overdue_in_another(log):
    log.record(
        [reviewed("r:1", team_id="t:1"), reviewed("r:2", MONDAY + timedelta(9), team_id="t:2")],
        at=noon(MONDAY + timedelta(9)),
    )
    day = MONDAY + timedelta(10)
    assert [len(find_overdue_reviews(log, as_of=day, team_id=team)) for team in ("t:1", "t:2")] == [1, 0]
    log.record([reviewed("r:3", MONDAY + timedelta(10))], at=noon(day))
    assert find_overdue_reviews(log, as_of=day, team_id="t:1").empty, "what the whole company looked at, every team did"


@pytest.mark.requirement("D07")
def test_a_signature_of_100_days_ago_is_overdue_by_10_when_90_are_allowed(log):
    log.record([SignOff("fy2026", "u:1", MONDAY, every_days=90)], at=noon(MONDAY))
    late = find_overdue_sign_offs(log, as_of=MONDAY + timedelta(100))
    assert late[["tree", "days_late"]].to_numpy().tolist() == [["fy2026", 10]]
    assert find_overdue_sign_offs(log, as_of=MONDAY + timedelta(90)).empty
    log.record([SignOff("fy2026", "u:1", MONDAY + timedelta(95))], at=noon(MONDAY + timedelta(95)))
    assert find_overdue_sign_offs(log, as_of=MONDAY + timedelta(100)).empty
    assert list_sign_offs(log, as_of=MONDAY + timedelta(100))["days_late"].tolist() == [-85]


@pytest.mark.requirement("M08")
def test_a_decision_of_which_nobody_said_what_came_is_listed_after_its_day(log):
    due = date(2026, 12, 31)
    log.record([decided("d:1", due, owner_id="u:1"), decided("d:2", due), decided("d:3", due)], at=noon(MONDAY))
    resting = Prediction("p:1", "win_rate", due, chance=0.7, decision_id="d:2", team_id="t:1")
    log.record([resting], at=noon(MONDAY))
    new_year = date(2027, 1, 5)
    log.record([Outcome("d:3", new_year, happened=True)], at=noon(new_year))
    assert find_unjudged(log, as_of=due).empty
    late = find_unjudged(log, as_of=new_year)
    assert late[["kind", "id", "days_late"]].to_numpy().tolist() == [
        ["decision", "d:1", 5],
        ["decision", "d:2", 5],
        ["prediction", "p:1", 5],
    ]
    log.record([Outcome("p:1", new_year, happened=False)], at=noon(new_year))
    assert find_unjudged(log, as_of=new_year)["id"].tolist() == ["d:1"]


def test_what_is_due_soon_is_listed_with_the_days_that_are_left(log):
    log.record([decided("d:1", MONDAY + timedelta(5)), decided("d:2", MONDAY + timedelta(9))], at=noon(MONDAY))
    soon = find_unjudged(log, as_of=MONDAY, due_by=MONDAY + timedelta(7))
    assert soon[["id", "days_late"]].to_numpy().tolist() == [["d:1", -5]]


def test_an_action_is_late_until_it_is_closed(log):
    log.record([decided(), Action("a:1", "d:1", "win_rate", date(2026, 11, 20), "u:1")], at=noon(MONDAY))
    assert find_overdue_actions(log, as_of=date(2026, 11, 20)).empty
    assert find_overdue_actions(log, as_of=date(2026, 11, 23))["days_late"].tolist() == [3]
    log.record([Closing("a:1", date(2026, 11, 23))], at=noon(date(2026, 11, 23)))
    assert find_overdue_actions(log, as_of=date(2026, 11, 23)).empty


# -- how good predictions were


@pytest.mark.requirement("M08")
def test_the_brier_score_of_logged_predictions_is_exact(log):
    chances, happened = [0.9, 0.7, 0.2, 0.5, 0.6], [True, False, False, True, True]
    teams = ["t:1", "t:1", "t:1", "t:2", "t:2"]
    said = [
        Prediction(f"p:{at}", "win_rate", date(2026, 12, 31), chance=chance, team_id=team)
        for at, (chance, team) in enumerate(zip(chances, teams, strict=True))
    ]
    log.record(said, at=noon(MONDAY))
    day = date(2027, 1, 5)
    log.record([Outcome(f"p:{at}", day, happened=yes) for at, yes in enumerate(happened)], at=noon(day))
    scores = score_predictions(log, as_of=day).set_index("team_id", drop=False)
    assert scores.index[:2].tolist() == ["t:1", "t:2"]
    assert scores["brier"].tolist() == pytest.approx([(0.01 + 0.49 + 0.04) / 3, (0.25 + 0.16) / 2, 0.95 / 5])
    assert scores["brier_of_rate"].iloc[2] == pytest.approx(0.24)
    assert scores["n_chances"].tolist() == [3, 2, 5]


@pytest.mark.requirement("M08")
def test_ranges_that_promise_80_percent_hold_what_came_as_often(log):
    rng = np.random.default_rng(1)
    middle, came = rng.normal(0, 1, 400), rng.normal(0, 1, 400)
    said = [
        Prediction(f"p:{at}", "deal_size", date(2026, 12, 31), low=-1.2816 + m, high=1.2816 + m, mass=0.8)
        for at, m in enumerate(middle)
    ]
    log.record(said, at=noon(MONDAY))
    day = date(2027, 1, 5)
    log.record([Outcome(f"p:{at}", day, value=float(total)) for at, total in enumerate(middle + came)], at=noon(day))
    score = score_predictions(log, as_of=day).iloc[-1]
    assert (score["n_ranges"], score["promised"]) == (400, pytest.approx(0.8))
    assert score["coverage"] == judge_predictions(log, as_of=day)["is_inside"].mean()
    assert score["coverage_low"] <= 0.8 <= score["coverage_high"]


def test_an_outcome_that_was_restated_counts_as_it_was_known_on_the_day(log):
    log.record([Prediction("p:1", "calls", date(2026, 12, 31), low=10, high=20, mass=0.8)], at=noon(MONDAY))
    first, later = date(2027, 1, 5), date(2027, 1, 20)
    log.record([Outcome("p:1", first, value=25)], at=noon(first))
    log.record([Outcome("p:1", later, value=19)], at=noon(later))
    assert [score_predictions(log, as_of=day)["coverage"].iloc[-1] for day in (first, later)] == [0, 1]


@pytest.mark.requirement("M08")
def test_a_prediction_that_came_true_early_is_scored_on_its_day_with_those_that_fail_late(log):
    """Ten chances of one half, five come true at once: scored at once they would all look like hits."""
    due, soon, end = date(2026, 12, 31), noon(MONDAY + timedelta(7)), date(2027, 1, 4)
    log.record([Prediction(f"p:{at}", "calls", due, chance=0.6) for at in range(10)], at=noon(MONDAY))
    log.record([Outcome(f"p:{at}", soon.date(), happened=True) for at in range(5)], at=soon)
    with pytest.raises(NotEnoughData, match="has an outcome"):
        score_predictions(log, as_of=soon.date())
    log.record([Outcome(f"p:{at}", end, happened=False) for at in range(5, 10)], at=noon(end))
    assert score_predictions(log, as_of=end)["brier"].iloc[-1] == pytest.approx((0.16 + 0.36) / 2)


@pytest.mark.requirement("M08")
def test_teams_are_scored_and_never_people(log):
    log.record([decided(owner_id="u:1", team_id="t:1")], at=noon(MONDAY))
    log.record([Prediction("p:1", "win_rate", date(2026, 12, 31), chance=0.7, team_id="t:1")], at=noon(MONDAY))
    day = date(2027, 1, 5)
    log.record([Outcome("p:1", day, happened=True), Outcome("d:1", day, happened=True)], at=noon(day))
    scores = score_predictions(log, as_of=day)
    assert not [name for name in scores if "user" in name or "owner" in name]
    assert "u:1" not in scores.to_csv()
    assert scores["n_worked"].tolist() == [1, 1]


def test_without_any_outcome_there_is_no_score(log):
    log.record([decided()], at=noon(MONDAY))
    with pytest.raises(NotEnoughData, match=r"(?s)has an outcome.*Next: record what came"):
        score_predictions(log, as_of=MONDAY)


# -- opinions


@pytest.mark.requirement("D03")
def test_three_votes_and_a_dissent_survive_a_reload(log):
    log.record([decided()], at=noon(MONDAY))
    for user, vote in (("u:1", "for"), ("u:2", "against"), ("u:3", "for")):
        log.say("d:1", vote, user_id=user, at=noon(MONDAY))
    log.say("d:1", "dissent", user_id="u:2", text="Too far to travel.", at=noon(MONDAY))
    counted = ReviewLog(AppendLog(log.log.file)).count_votes(as_of=MONDAY).iloc[0]
    assert counted.tolist() == ["d:1", 2, 1, 0, 1, 0]


@pytest.mark.requirement("D03")
def test_who_votes_twice_is_counted_once_with_the_last_vote_even_under_a_pseudonym(log):
    log.record([decided()], at=noon(MONDAY))
    for vote in ("for", "against", "for", "against"):
        log.say("d:1", vote, user_id="u:1", at=noon(MONDAY), pseudonyms=KEY)
    counted = log.count_votes(as_of=MONDAY).iloc[0]
    assert (counted["for"], counted["against"]) == (0, 1)
    assert log.say("d:1", "against", user_id="u:1", at=noon(MONDAY), pseudonyms=KEY) == 0


@pytest.mark.requirement("D03")
@pytest.mark.parametrize("first_signed", [True, False])
def test_nobody_votes_under_two_names_about_one_thing(log, first_signed):
    log.record([decided("d:1"), decided("d:2")], at=noon(MONDAY))
    log.say("d:1", "for", user_id="u:1", at=noon(MONDAY), pseudonyms=KEY, signed=first_signed)
    with pytest.raises(BadArgument, match=r"(?s)voted under another name.*Next: vote again under the name") as refused:
        log.say("d:1", "for", user_id="u:1", at=noon(MONDAY), pseudonyms=KEY, signed=not first_signed)
    assert "u:1" not in str(refused.value)
    assert log.count_votes(as_of=MONDAY)["for"].tolist() == [1]
    log.say("d:2", "for", user_id="u:1", at=noon(MONDAY), pseudonyms=KEY, signed=not first_signed)
    log.say("d:1", "comment", user_id="u:1", text="Yes.", at=noon(MONDAY), pseudonyms=KEY, signed=not first_signed)
    assert log.count_votes(as_of=MONDAY)["for"].tolist() == [1, 1]


@pytest.mark.requirement("D03")
def test_a_user_id_behind_the_prefix_is_no_pseudonym(log):
    log.record([decided()], at=noon(MONDAY))
    with pytest.raises(BadArgument, match=r"(?s)author is no pseudonym.*Next: correct"):
        log.record([Opinion("d:1", "for", "anon:u:7")], at=noon(MONDAY))
    with pytest.raises(BadArgument, match=r"(?s)begins with 'anon:'.*Next: give the id"):
        log.say("d:1", "for", user_id="anon:0123456789abcdef0123", at=noon(MONDAY))


def test_a_comment_and_a_dissent_in_the_same_words_are_two_opinions_and_each_is_kept_once(log):
    log.record([decided()], at=noon(MONDAY))
    for _ in range(2):
        for kind in ("comment", "dissent"):
            log.say("d:1", kind, user_id="u:1", text="Too far.", at=noon(MONDAY))
    assert log.count_votes(as_of=MONDAY)[["n_comments", "n_dissents"]].to_numpy().tolist() == [[1, 1]]


@pytest.mark.requirement("D03")
def test_a_pseudonymous_row_holds_no_user_id_and_two_topics_cannot_be_put_together(log):
    log.record([decided("d:1"), decided("d:2")], at=noon(MONDAY))
    for about in ("d:1", "d:2"):
        log.say(about, "dissent", user_id="u:secret", text="No.", at=noon(MONDAY), pseudonyms=KEY)
    written = log.log.file.read_text(encoding="utf-8")
    assert "u:secret" not in written
    authors = [json.loads(line)["content"].get("author") for line in written.splitlines()[2:]]
    assert authors[0] != authors[1]
    other = Pseudonyms(b"another key of sixteen bytes")
    assert other.name_author("u:secret", about="d:1") != authors[0]
    with pytest.raises(BadArgument, match=r"(?s)holds its author's id.*Next: take the id out"):
        log.say("d:1", "comment", user_id="u:secret", text="I, u:secret, say no.", at=noon(MONDAY), pseudonyms=KEY)
    assert "key" not in repr(KEY).replace("key=...", "")


# -- bad input


SECRET = "Mr Tanaka is ill"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (decided(review_id="r:9"), r"No review 'r:9' is on record.*Next: write it down first"),
        (Outcome("p:9", MONDAY, happened=True), r"No entry 'p:9' is on record.*Next: write it down first"),
        (Closing("a:9", MONDAY), r"No action 'a:9' is on record.*Next: write it down first"),
        (reviewed("r:9", MONDAY + timedelta(5), note=SECRET), r"says 2026-11-07, and it is 2026-11-02.*Next: write"),
        (reviewed("r:9", every_days=0, chance_goal=1.2, note=SECRET), r"2 faults: every_days is 0.*Next: correct"),
        (reviewed("r:9", note=SECRET * 1_000), r"note has 16,000 characters, above 4,000.*Next: correct them all"),
        (Prediction("p:2", "calls", MONDAY - timedelta(3), chance=0.5), r"was due on 2026-10-30.*Next: predict before"),
        (Prediction("p:2", "calls", MONDAY, chance=0.5, low=1, high=2, mass=0.8), r"give a chance, or low.*Next: corr"),
        (Prediction("p:2", "calls", MONDAY, low=2, high=1, mass=0.8), r"low lies above high.*Next: correct them all"),
        (Outcome("p:1", MONDAY, value=0.4, note=SECRET), r"'p:1' does not fit it.*Next: such an entry takes happened"),
        (Opinion("p:1", "comment", "u:1"), r"text is empty.*Next: correct them all"),
        (Decision("d:9", "calls", SECRET, " ", MONDAY), r"1 fault: reason is empty.*Next: correct them all"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_cannot_be_judged_later_is_refused_without_repeating_a_word_of_it(log, said, why):
    log.record([Prediction("p:1", "calls", MONDAY, chance=0.5)], at=noon(MONDAY))
    size = log.log.file.stat().st_size
    with pytest.raises(BadArgument, match=f"(?s){why}") as refused:
        log.record([reviewed(), said], at=noon(MONDAY))
    assert SECRET not in str(refused.value)
    assert log.log.file.stat().st_size == size  # all or none


def test_a_kind_that_is_none_is_refused(log):
    with pytest.raises(BadArgument, match=r"(?s)holds no 'opinions'.*Next: use one of: review, decision"):
        log.read("opinions", as_of=MONDAY)


def test_a_short_key_makes_no_pseudonyms():
    with pytest.raises(BadArgument, match=r"(?s)has 5 bytes.*Next: use at least 16"):
        Pseudonyms(b"short")


# -- the canonical tables


def measured_weeks(day):
    """The win rate of the week before a day."""
    start = pd.Timestamp(day) - pd.Timedelta(days=7)
    row = {"metric_id": "win_rate", "scope_type": "company", "scope_id": "company", "period_start": start, "n": 9,
           "period_end": start + pd.Timedelta(days=6), "value": 0.5, "numerator": 5, "denominator": 10}  # fmt: skip
    return pd.DataFrame([row])


@pytest.mark.requirement("D02", "M08")
def test_reviews_and_actions_are_mirrored_into_the_warehouse_and_twice_changes_nothing(log):
    sayings = [reviewed(value=0.24, chance_goal=0.4, note="Quiet week.", owner_id="u:1"), decided(review_id="r:1")]
    sayings += [Action(f"a:{at}", "d:1", "win_rate", date(2026, 11, 20), "u:1", None, 0.02) for at in (1, 2)]
    log.record(sayings, at=noon(MONDAY))
    log.say("r:1", "comment", user_id="u:2", text="Agreed.", at=noon(MONDAY))
    lab, day = connect("duckdb://"), noon(MONDAY + timedelta(18))
    assert mirror_reviews(log, lab, at=noon(MONDAY)) == {"kpi_reviews": 1, "actions": 2}
    log.record([Closing("a:1", day.date())], at=day)
    assert mirror_reviews(log, lab, at=day) == {"kpi_reviews": 0, "actions": 1}
    assert mirror_reviews(log, lab, at=day) == {"kpi_reviews": 0, "actions": 0}
    [review] = lab.read(lab.table("kpi_reviews")).to_dict("records")
    assert (review["metric_id"], review["chance_goal"], review["phase"]) == ("win_rate", 0.4, "check")
    assert pd.Timestamp(review["next_review_on"]).date() == date(2026, 11, 9)
    actions = lab.read(lab.table("actions")).sort_values("action_id")
    assert actions["review_id"].tolist() == ["r:1", "r:1"]
    assert actions["closed_at"].notna().tolist() == [True, False]
    assert "Agreed" not in lab.read(lab.table("kpi_reviews")).to_csv()
    assert not lab.violations("kpi_reviews")


def test_a_review_that_was_written_down_days_later_stands_in_the_warehouse_on_its_own_day(log):
    log.record([reviewed()], at=noon(MONDAY + timedelta(3)))
    lab = connect("duckdb://")
    mirror_reviews(log, lab, at=noon(MONDAY + timedelta(3)))
    [review] = lab.read(lab.table("kpi_reviews")).to_dict("records")
    assert pd.Timestamp(review["reviewed_at"]).date() == MONDAY


@pytest.mark.requirement("D02", "E09")
@pytest.mark.parametrize(("zone", "hour"), [("Asia/Tokyo", 15), ("UTC", 0), ("America/New_York", 5)])
def test_a_day_of_the_company_stays_that_day_in_the_warehouse_and_when_effects_are_followed(tmp_path, zone, hour):
    log = ReviewLog(tmp_path / "reviews.jsonl", timezone=zone)
    rows = [reviewed(), decided(), Action("a:1", "d:1", "win_rate", MONDAY, "u:1"), Closing("a:1", MONDAY)]
    log.record(rows, at=noon(MONDAY + timedelta(2)))
    begun = datetime.combine(MONDAY - timedelta(hour > 12), time(hour))
    tables = to_tables(log, as_of=MONDAY + timedelta(3))
    assert tables["actions"]["closed_at"].tolist() == [begun]
    assert tables["kpi_reviews"]["reviewed_at"].tolist() == [begun]
    weeks = measured_weeks(MONDAY)
    (effect,) = follow_actions(tables["actions"], weeks, as_of=MONDAY + timedelta(3), timezone=zone)
    assert effect.closed_on == MONDAY
    midnight = log.record([reviewed("r:2")], at=begun)
    assert midnight == 1
    assert to_tables(log, as_of=MONDAY + timedelta(3))["kpi_reviews"]["reviewed_at"].tolist()[1] == begun


def test_what_was_written_by_a_moment_is_mirrored_though_it_is_the_day_before_in_utc(tmp_path):
    log, lab = ReviewLog(tmp_path / "reviews.jsonl", timezone="Asia/Tokyo"), connect("duckdb://")
    eight = datetime(2026, 11, 1, 23)
    log.record([reviewed()], at=eight)
    assert mirror_reviews(log, lab, at=eight) == {"kpi_reviews": 1}


@pytest.mark.requirement("E05")
def test_an_alert_that_somebody_has_seen_is_kept_as_monitor_takes_it(log):
    seen = Acknowledgement(
        "win_rate:company:company:down:20261026", "win_rate", "company", "company", "down", MONDAY, "u:1"
    )
    assert log.record([seen], at=noon(MONDAY)) == 1
    assert log.record([seen], at=noon(MONDAY)) == 0
    told = list_acknowledged(log, as_of=MONDAY)
    assert told.drop(columns="alert_id").iloc[0].tolist() == [
        "win_rate",
        "company",
        "company",
        "down",
        pd.Timestamp(MONDAY),
    ]
    with pytest.raises(BadArgument, match=r"(?s)direction is neither up nor down.*Next: correct"):
        log.record([Acknowledgement("a", "win_rate", "company", "company", "sideways", MONDAY)], at=noon(MONDAY))


# -- words


@pytest.mark.requirement("D02", "D07", "M08")
def test_a_meeting_begins_with_what_is_late_in_both_languages_and_no_free_word(log):
    log.record([reviewed(note=SECRET), SignOff("fy2026", "u:1", MONDAY), decided(due=MONDAY)], at=noon(MONDAY))
    log.record([Action("a:1", "d:1", "win_rate", MONDAY)], at=noon(MONDAY))
    told = tell_overdue(log, as_of=MONDAY + timedelta(100), names={"win_rate": Text("Win rate", "受注率")})
    assert [text.en for text in told] == [
        "The sponsor should have signed fy2026 10 days ago.",
        "The review of Win rate is 93 days overdue.",
        "1 decision or prediction has passed the date, and nobody has said what came.",
        "1 action is past the date.",
    ]
    assert told[1].ja == "「受注率」のレビューが93日遅れています。"
    assert SECRET not in str(told)
    assert tell_overdue(log, as_of=MONDAY) == ()


@pytest.mark.requirement("M08")
def test_scores_are_told_in_words_and_so_is_that_there_are_none(log):
    said = [
        Prediction("p:1", "calls", MONDAY, chance=0.8),
        Prediction("p:2", "calls", MONDAY, low=1, high=2, mass=0.8),
    ]
    log.record(said, at=noon(MONDAY))
    assert [text.en for text in tell_scores(log, as_of=MONDAY)] == ["No prediction has been judged yet."]
    log.record([Outcome("p:1", MONDAY, happened=True), Outcome("p:2", MONDAY, value=3)], at=noon(MONDAY))
    brier, coverage = tell_scores(log, as_of=MONDAY)
    assert "0.040" in brier.en
    assert coverage.ja == "見込みの幅に結果が収まったのは1件中0件です（約束は80%）。"
