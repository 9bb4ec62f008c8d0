"""The scorecard: who sees what, no pay for anybody, statuses from chances alone, what changed, and old data."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab import kpi
from saleslab.errors import BadArgument
from saleslab.kpi.scorecard import (
    QuotaReview,
    Readers,
    find_readers,
    is_pay,
    lay_board,
    list_revised,
    list_target_changes,
    list_versions,
    make_scorecard,
    tabulate_duties,
    tabulate_measures,
    tabulate_own_quotas,
    tabulate_versions,
    write_score_banners,
    write_score_cards,
    write_score_findings,
    write_score_headline,
    write_score_notes,
)
from saleslab.kpi.scorecard.lines import take_outlook
from saleslab.simulation import load_company
from saleslab.warehouse import AppendLog, connect

AS_OF = date(2026, 8, 31)
COMPANY = ("company", "company")
OWN = {
    "won_amount": {"target": {"period": "2026Q2", "target": 60_000_000}},
    "win_rate": {"target": {"period": "2026Q2", "target": 0.2}, "owner": "sim:user-00000030"},
    "deal_size": {"audience": "owner", "owner": "sim:user-00000030"},
    "n_opportunities": {"audience": "team"},
}


@pytest.fixture(scope="module")
def tree():
    return kpi.override_tree(kpi.read_template("inside_sales"), OWN)


@pytest.fixture(scope="module")
def lab(invented):
    """The invented company, which nobody has left."""
    lab = connect("duckdb://")
    load_company(invented, lab, loaded_at=datetime(2026, 10, 1))
    users = invented.tables["users"].to_pandas().assign(is_active=True, left_on=None)
    lab.write("users", users, source_system="simulation", loaded_at=datetime(2026, 10, 1, 1))
    return lab


@pytest.fixture(scope="module")
def teams(lab):
    users = lab.read(lab.table("users").select("user_id", "team_id"))
    sizes = users["team_id"].value_counts()
    return users, sizes.index[0]


@pytest.fixture(scope="module")
def cards(lab, tree, teams):
    users, team = teams
    person = users.loc[users["team_id"] == team, "user_id"].sort_values().iloc[0]
    asked = {"all": {}, "team": {"team": team}, "owner": {"person": person}}
    return {
        level: make_scorecard(lab, as_of=AS_OF, tree=tree, readers=find_readers(lab, audience=level, **given))
        for level, given in asked.items()
    }


# -- for whom


@pytest.mark.requirement("D06", "B07")
def test_everybody_sees_the_company_a_team_itself_and_an_owner_their_own_and_nobody_else(cards, teams):
    _, team = teams
    person = cards["owner"].readers.person
    scopes = {level: {(one.scope_type, one.scope_id) for one in card.lines} for level, card in cards.items()}
    assert scopes["all"] == {COMPANY}
    assert scopes["team"] == {COMPANY, ("team", team)}
    assert {("user", person), COMPANY} <= scopes["owner"] <= {("user", person), COMPANY, ("team", team)}


@pytest.mark.requirement("D06")
def test_a_measure_is_seen_by_those_for_whom_the_tree_has_it(cards, tree):
    names = {level: {one.name for one in card.lines} for level, card in cards.items()}
    assert "deal_size" not in names["all"] | names["team"]
    assert "n_opportunities" in names["team"] - names["all"]
    assert [cards[level].n_hidden for level in ("all", "team")] == [2, 1]
    mine = Readers("owner", person="sim:user-00000030")
    assert mine.may_see_node(tree, "deal_size")
    assert not Readers("owner", person="sim:user-00000031").may_see_node(tree, "deal_size")


@pytest.mark.requirement("D06")
@pytest.mark.parametrize("name", ["commission_amount", "payout", "base_salary", "bonus_rate", "pay_per_deal"])
def test_pay_is_seen_by_nobody(name):
    measure = {"kind": "kpi", "metric": "won_amount", "owner": "u:1", "target": {"period": "2026Q2", "target": 1}}
    tree = kpi.override_tree(kpi.read_template("inside_sales"), {name: measure})
    assert name in tree.nodes
    for who in (Readers("all"), Readers("team"), Readers("owner", person="u:1")):
        assert not who.may_see_node(tree, name)


def test_words_that_only_begin_like_pay_are_no_pay():
    assert not any(is_pay(name) for name in ("payment_days", "n_wagers", "won_amount", "repayment_rate"))


def test_a_team_of_two_is_not_shown_as_a_team(cards):
    team = cards["team"].readers.team
    small = type(team)(team.team_id, team.name, frozenset(sorted(team.members)[:2]))
    readers = Readers("team", small)
    assert readers.scopes == (COMPANY,)
    assert cards["team"].readers.scopes == (COMPANY, ("team", team.team_id))


@pytest.mark.requirement("D06")
def test_who_left_makes_no_team_large_enough_to_be_shown(invented_lab, teams):
    _, team = teams
    assert find_readers(invented_lab, audience="team", team=team).is_team_small


@pytest.mark.requirement("D06")
def test_owners_are_shown_to_everybody_as_team_and_role_and_never_by_name(cards, lab, teams):
    users, _ = teams
    everybody, owner = cards["all"].readers, cards["owner"].readers
    told = everybody.name_owner(str(users["user_id"].iloc[0]), "closer")
    assert "sim:user" not in told.en
    assert told.en.startswith("Closers")
    assert owner.name_owner(owner.person).en == "you"
    names = lab.read(lab.table("users").select("name"))["name"].dropna()
    said = " ".join(tabulate_duties(cards["all"])["owner"].map(str)) + str(write_score_findings(cards["all"]))
    assert not [name for name in names if name in said]
    assert "sim:user" not in said


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"audience": "board"}, "audience is 'board'.*\n.*all, team, owner"),
        ({"audience": "all", "team": "t"}, "for everybody was asked for with a team or a person.*\n.*leave both out"),
        ({"audience": "team"}, "needs the team and nobody else.*\n.*by id or name"),
        ({"audience": "team", "team": "no such"}, "No teams? called 'no such'"),
        ({"audience": "owner"}, "needs the person.*\n.*person by id"),
        ({"audience": "owner", "person": "u:none"}, "No person has the id 'u:none'.*\n.*table users"),
    ],
)
def test_an_audience_that_is_none_is_refused(lab, given, error):
    with pytest.raises(BadArgument, match=error):
        find_readers(lab, **given)


# -- how it stands


def test_the_counts_are_those_of_the_lines_and_the_first_are_the_least_likely(cards):
    card = cards["all"]
    assert sum(card.counts.values()) == len(card.measures)
    chances = [one.chance for one in card.pick_first() if one.standing in ("red", "amber")]
    assert chances == sorted(chances)
    assert all(one.standing == ("green" if one.chance >= 0.8 else "amber" if one.chance >= 0.5 else "red")
               for one in card.measures if one.chance is not None)  # fmt: skip


def test_a_target_that_nobody_set_is_neither_good_nor_bad(lab):
    card = make_scorecard(lab, as_of=date(2026, 9, 30), readers=Readers("all"))
    assert card.is_suggested
    assert (card.goal.chance, card.goal.target, card.goal.standing) == (None, None, "none")
    assert "Nobody has set" in write_score_headline(card)["answer"].en
    assert {"template", "no_target"} <= {one["name"] for one in write_score_banners(card)}
    node = {"p10": 1, "p50": 2, "p90": 3, "target": 4.0, "chance": 0.1, "status": "red", "reason": None}
    assert take_outlook(node, is_set=False).standing == "none"
    assert take_outlook(node).standing == "red"


def test_where_no_chance_can_be_known_the_reason_stands(lab, tree):
    young = make_scorecard(lab, as_of=date(2023, 11, 30), readers=Readers("all"), tree=tree)
    assert young.goal.chance is None
    assert young.goal.standing == "withheld"
    table = tabulate_measures(young)
    assert "under 6 months" in table["standing"].iloc[0].en
    assert any("no chance of the goal" in note["text"].en for note in write_score_notes(young))


@pytest.mark.requirement("D07")
def test_a_signature_of_100_days_at_a_cadence_of_90_is_overdue(lab, tree):
    signed = kpi.override_tree(
        tree, {"sponsor": {"user": "sim:user-00000035", "signed_off_on": AS_OF - timedelta(days=100)}}
    )
    card = make_scorecard(lab, as_of=AS_OF, readers=Readers("all"), tree=signed)
    assert card.sign_off.days_late == 10
    [banner] = [one for one in write_score_banners(card) if one["name"] == "sign_off"]
    assert "10 days overdue" in banner["text"].en
    fresh = kpi.override_tree(signed, {"sponsor": {"user": "u", "signed_off_on": AS_OF - timedelta(days=90)}})
    card = make_scorecard(lab, as_of=AS_OF, readers=Readers("all"), tree=fresh)
    assert "sign_off" not in {one["name"] for one in write_score_banners(card)}


@pytest.mark.requirement("D07")
def test_the_board_goes_from_the_goal_over_factors_to_every_measure(cards, tree):
    rows = lay_board(cards["team"])
    seen = [name for name in tree.nodes if cards["team"].readers.may_see_node(tree, name)]
    assert len(rows) == len(seen)
    assert rows[0].depth == 0
    assert sum(row.is_factor for row in rows) == sum(tree.nodes[name].kind == "csf" for name in seen)


@pytest.mark.requirement("E01")
def test_data_of_25_hours_raise_a_banner_and_of_23_hours_none(lab):
    loaded = datetime(2026, 10, 1)  # by the fixture
    told = []
    for hours in (23, 25):
        made = loaded + timedelta(hours=hours)
        card = make_scorecard(lab, as_of=AS_OF, readers=Readers("all"), made_at=made)
        told.append([one["text"].en for one in write_score_banners(card) if one["name"] == "data_age"])
    assert told[0] == []
    assert "25 hours ago" in told[1][0]


def test_reviews_are_dated_by_the_log_and_by_the_tree_where_it_is_silent(lab, tree, tmp_path):
    reviewed = kpi.override_tree(
        tree, {"effective_from": "2026-04-01", "win_rate": {"review": {"every_days": 7}},
               "n_won": {"review": {"every_days": 30}}}
    )  # fmt: skip
    log = kpi.ReviewLog(AppendLog(tmp_path / "log.jsonl"))
    seen = kpi.Review("r:1", "win_rate", date(2026, 8, 20), every_days=7, owner_id="sim:user-00000030")
    log.record([seen], at=datetime(2026, 8, 20, 9))
    card = make_scorecard(lab, as_of=AS_OF, readers=Readers("all"), tree=reviewed, log=log)
    lines = {one.name: one for one in card.measures}
    assert (lines["win_rate"].next_on, lines["win_rate"].days_late) == (date(2026, 8, 27), 4)
    assert lines["n_won"].next_on == date(2026, 5, 1)
    assert "4 days late" in " ".join(one.en for one in tabulate_duties(card)["review"] if hasattr(one, "en"))


# -- what changed


@pytest.mark.requirement("D06")
def test_the_history_names_versions_and_what_each_changed_but_nothing_hidden(lab, tree):
    words = {"en": "The close rate counts all deals now.", "ja": "受注率の数え方を改めた。"}
    first = kpi.override_tree(tree, {"version": 1, "effective_from": "2025-04-01"})
    moved = {"win_rate": {"bounds": [0, 0.6]}, "deal_size": {"bounds": [1, 9e9]}, "n_won": {"unit": "count"}}
    second = kpi.override_tree(first, {"version": 2, "effective_from": "2026-04-01", "reason": words, **moved})
    third = kpi.override_tree(second, {"version": 3, "effective_from": "2027-04-01"})
    found = list_versions([first, second, third], as_of=AS_OF)
    assert found["version"].tolist() == [2, 1]
    assert "win_rate" in found["changed"].iloc[0]
    versions = (first, second, third)
    card = make_scorecard(lab, as_of=AS_OF, readers=Readers("all"), versions=versions)
    assert card.tree.version == 2
    told = tabulate_versions(card, versions)
    assert told["reason"].iloc[0].ja == words["ja"]
    assert "Win rate" in told["steps"].iloc[0].en
    assert "Deal size" not in told["steps"].iloc[0].en


def test_targets_set_anew_are_told_of_the_readers_scopes_alone():
    key = {"metric_id": "won_amount", "period_start": pd.Timestamp("2026-07-01"), "version": 1}
    key |= {"period_end": pd.Timestamp("2026-09-30")}
    scopes = [COMPANY, ("team", "t:1"), ("user", "u:1")]
    rows = [{**key, "scope_type": kind, "scope_id": one, "target": 9.0} for kind, one in scopes]
    rows += [{**row, "version": 2, "target": 7.0} for row in rows]
    rows += [{**row, "version": 3, "target": 7.0} for row in rows[:1]]
    found = list_target_changes(pd.DataFrame(rows), scopes=[COMPANY, ("team", "t:1")])
    assert set(found["scope_type"]) == {"company", "team"}
    assert found[["before", "after"]].drop_duplicates().to_numpy().tolist() == [[9.0, 7.0]]
    assert len(found) == 2


def test_a_number_that_was_told_otherwise_is_told_again_but_not_of_a_month_that_still_ran():
    starts = pd.to_datetime(["2026-06-01", "2026-07-01", "2026-08-01"])
    now = pd.DataFrame({
        "metric_id": "n_won", "scope_type": "company", "scope_id": "company", "period_start": starts,
        "period_end": starts + pd.offsets.MonthEnd(), "value": [10.0, 12.0, 30.0], "is_complete": True,
    })  # fmt: skip
    told = now.assign(value=[10.0, 11.0, 9.0], measured_at=pd.Timestamp("2026-08-15"))
    found = list_revised(told, now, scopes=[COMPANY], as_of=AS_OF)
    assert found[["before", "after"]].to_numpy().tolist() == [[11.0, 12.0]]
    assert list_revised(told, now, scopes=[("team", "t:1")], as_of=AS_OF).empty
    assert list_revised(told, now, scopes=[COMPANY], as_of=date(2026, 7, 31)).empty
    again = told.assign(value=now["value"].to_numpy(), measured_at=pd.Timestamp("2026-08-31"))
    assert list_revised(pd.concat([again, told]), now, scopes=[COMPANY], as_of=AS_OF).empty


# -- what is said


def test_cards_and_headline_say_the_same_counts_in_both_languages(cards):
    card = cards["all"]
    told = {one["name"]: one["value"] for one in write_score_cards(card)}
    assert told["on_course"].n == card.counts["green"]
    assert told["at_risk"].n == card.counts["red"] + card.counts["amber"]
    assert told["unknown"].n == card.counts["withheld"] + card.counts["none"]
    status = write_score_headline(card)["status"]
    assert f"{card.counts['red']} off course" in status.en
    assert f"未達の恐れ{card.counts['red']}" in status.ja


def test_nobody_but_the_owner_sees_single_quotas(cards):
    quotas = pd.DataFrame({
        "scope_id": [cards["owner"].readers.person, "u:other"], "period_end": pd.Timestamp("2026-06-30"),
        "target": [100.0, 200.0], "value": [50.0, 300.0], "is_met": [False, True], "chance": [0.2, np.nan],
    })  # fmt: skip

    running = quotas.head(0).drop(columns=["value", "is_met"])
    found = QuotaReview("won_amount", "user", AS_OF, 2, quotas, pd.DataFrame(), None, None, None, 0, running)
    shown = tabulate_own_quotas(cards["owner"], found)
    assert shown["met"].map(lambda one: one.en).tolist() == ["not met"]
    assert tabulate_own_quotas(cards["all"], found).empty
    assert tabulate_own_quotas(cards["team"], found).empty
