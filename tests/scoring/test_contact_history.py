"""Contacts of the invented company, read from a warehouse: the planted hour and the planted wait are found again."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.intake.opt_outs import keep_reachable
from saleslab.scoring import (
    rank_leads,
    read_attempts,
    read_follow_ups,
    read_recent_contacts,
    time_contacts,
    time_follow_ups,
)
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

AS_OF = date(2026, 9, 30)


@pytest.fixture(scope="module")
def company():
    return simulate(Scenario(seed=7))


@pytest.fixture(scope="module")
def lab(company):
    with connect("duckdb://") as warehouse:
        load_company(company, warehouse, loaded_at=datetime(2026, 10, 1))
        yield warehouse


@pytest.fixture(scope="module")
def times(lab):
    return time_contacts(read_attempts(lab, as_of=AS_OF), as_of=AS_OF)


@pytest.mark.requirement("J01")
def test_the_hour_in_which_most_prospects_answer_is_found(company, times):
    planted = company.truth.hours.set_index("hour")["chance_connected"]
    assert times.find_best_hour("phone") == planted.idxmax() == 16
    rates = times.hours.set_index("hour")["rate"]
    assert rates.corr(planted, method="spearman") > 0.9
    np.testing.assert_allclose(rates, planted.reindex(rates.index), atol=0.02)


def test_attempts_are_counted_in_the_warehouse_in_the_companys_own_hours(lab):
    before = lab.rows_read
    counts = read_attempts(lab, as_of=AS_OF)
    assert lab.rows_read - before == len(counts) <= 2 * 168
    assert set(counts["hour"]) == set(range(9, 18)), "9 to 18 in Tokyo is midnight to 9 in UTC"
    assert counts["weekday"].max() == 4


def test_attempts_are_those_that_we_made_to_leads_until_the_day(company, lab):
    until = date(2025, 3, 31)
    calls = company.frame("activities")
    ours = calls["lead_id"].notna() & (calls["direction"] == "outbound") & (calls["at"] < "2025-03-31 15:00")
    counts = read_attempts(lab, as_of=until)
    assert counts["n_attempts"].sum() == (ours & calls["connected"].notna()).sum()
    assert counts["n_unknown"].sum() == (ours & calls["connected"].isna()).sum()
    assert counts["n_connected"].sum() == calls.loc[ours, "connected"].astype("boolean").sum()
    since = read_attempts(lab, as_of=until, since=date(2025, 3, 31))
    assert 0 < since["n_attempts"].sum() < counts["n_attempts"].sum() / 50


@pytest.mark.requirement("K02")
@pytest.mark.parametrize("pipeline_id", [None, "sim:pipeline-new"])
def test_the_planted_wait_of_three_days_is_recovered_to_one_day(company, lab, pipeline_id):
    cases = read_follow_ups(lab, as_of=AS_OF, pipeline_id=pipeline_id)
    times = time_follow_ups(cases, as_of=AS_OF)
    planted = company.truth.scenario.follow_up.best_days
    assert planted == 3
    assert abs(times.best_day.estimate - planted) <= 1
    assert times.best_day.low <= planted <= times.best_day.high


@pytest.mark.slow
@pytest.mark.requirement("K02")
def test_the_planted_wait_is_recovered_in_nine_companies_of_ten():
    found = []
    for seed in range(1, 11):
        with connect("duckdb://") as warehouse:
            load_company(simulate(Scenario(seed=seed)), warehouse, loaded_at=datetime(2026, 10, 1))
            cases = read_follow_ups(warehouse, as_of=AS_OF, pipeline_id="sim:pipeline-new")
        found.append(time_follow_ups(cases, as_of=AS_OF).best_day)
    assert sum(abs(best.estimate - 3) <= 1 for best in found) >= 9
    assert sum(3 in best for best in found) >= 8


def test_follow_ups_fall_between_the_quote_and_the_end(lab):
    cases = read_follow_ups(lab, as_of=AS_OF)
    followed = cases.dropna(subset="next_touch_at")
    assert (followed["next_touch_at"] > followed["first_touch_at"]).all()
    assert not (followed["next_touch_at"] > followed["closed_at"]).any()
    assert cases["opportunity_id"].is_unique
    assert (cases["won_at"].dropna() == cases.loc[cases["won_at"].notna(), "closed_at"]).all()


def test_winning_comes_after_advancing(lab):
    by_goal = {
        goal: read_follow_ups(lab, as_of=AS_OF, goal=goal).set_index("opportunity_id") for goal in ("advanced", "won")
    }
    won = by_goal["won"]["won_at"].dropna()
    advanced = by_goal["advanced"]["won_at"].reindex(won.index)
    assert advanced.notna().all()
    assert (advanced <= won).all()
    assert by_goal["advanced"]["won_at"].notna().sum() > len(won)


def test_nothing_after_the_day_is_read(lab):
    until = date(2025, 3, 31)
    cases = read_follow_ups(lab, as_of=until)
    last = cases[["first_touch_at", "next_touch_at", "won_at", "closed_at"]].max().max()
    assert last < pd.Timestamp("2025-04-01")
    recent = read_recent_contacts(lab, as_of=until, n_days=7)
    assert recent["at"].between(pd.Timestamp("2025-03-25"), pd.Timestamp("2025-04-01"), inclusive="left").all()
    assert len(recent)


@pytest.mark.requirement("J01", "M04")
def test_the_call_list_of_the_invented_company_holds_no_opt_out_no_double_and_no_row_without_a_reason(lab, times):
    """Composition as a notebook does it: open leads, permission of intake, chances, list."""
    leads = lab.read(lab.table("leads").order_by("lead_id"))
    leads = leads[leads["qualified_at"].isna() & leads["disqualified_at"].isna()].reset_index(drop=True)
    contacts = lab.read(lab.table("contacts", all_rows=True))
    refusals = leads.sample(60, random_state=7)[["email", "phone"]].drop_duplicates()
    refused = refusals.assign(
        contact_id=[f"x{number}" for number in range(len(refusals))], opt_out_email=False, opt_out_phone=True
    )
    contacts = pd.concat([contacts, refused], ignore_index=True)
    phone = keep_reachable(leads[["lead_id", "email", "phone"]], contacts, channel="phone")
    allowed = pd.DataFrame({"lead_id": phone["lead_id"], "channel": "phone"})
    scores = leads[["lead_id", "owner_id"]].assign(
        contact_id=leads["email"],
        chance_won=np.random.default_rng(7).beta(1, 9, len(leads)),
        is_reachable=leads["lead_id"].isin(allowed["lead_id"]),
    )
    users = scores["owner_id"].dropna().unique()
    ranking = rank_leads(
        scores, capacity=dict.fromkeys(users, 10), value=2e6, cost=2_000, as_of=AS_OF, seed=7,
        times=times, allowed=allowed, attempts=read_recent_contacts(lab, as_of=AS_OF),
    )  # fmt: skip
    listed = ranking.frame.merge(leads[["lead_id", "phone", "email"]], on="lead_id")
    assert len(listed) == len(ranking.frame) > 50
    assert not listed["phone"].isin(refusals["phone"]).any()
    assert (ranking.left_out["code"] == "unreachable").sum() >= len(refusals)
    assert not listed["email"].dropna().duplicated().any()
    assert (listed["reasons"].map(len) > 0).all()
    suggested = listed.dropna(subset="contact_at")
    assert len(suggested) > 50
    assert (suggested["contact_at"] >= "2026-10-01").all()
    assert suggested["hour"].between(9, 17).all()


def test_what_cannot_be_read_is_refused(lab):
    with pytest.raises(NotEnoughData, match=r"label holds 'offerte'(.|\n)*Next: give words"):
        read_follow_ups(lab, as_of=AS_OF, words=["offerte"])
    with pytest.raises(BadArgument, match=r"no goal of a follow-up(.|\n)*Next: give 'advanced' or 'won'"):
        read_follow_ups(lab, as_of=AS_OF, goal="lost")
