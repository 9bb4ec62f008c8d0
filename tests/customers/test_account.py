"""The 360 of an account: counts equal the source tables, merged records appear once, an import again adds nothing."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from saleslab.customers import tabulate_account, view_account
from saleslab.customers.accounts.masking import FREE_TEXT
from saleslab.errors import BadArgument
from saleslab.intake import import_export
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

pytestmark = pytest.mark.requirement("H03")

LAST = date(2026, 9, 30)
LOADED = datetime(2026, 10, 1)
READ = (
    "accounts", "contacts", "leads", "opportunities", "activities", "touches", "tasks", "feedback", "orders",
    "order_lines", "products", "stage_events", "field_events",
)  # fmt: skip
OLD, MIDDLE = "sim:account-00000041", "sim:account-00000042"
"""Records that are merged into the busiest account: OLD into MIDDLE, MIDDLE into it."""


@pytest.fixture(scope="module")
def company():
    return simulate(Scenario(seed=7, n_deals=60))


@pytest.fixture(scope="module")
def tables(company):
    return {name: table.to_pandas() for name, table in company.tables.items()}


@pytest.fixture(scope="module")
def busiest(tables):
    """The account with the most deals, so that every part has rows."""
    return str(tables["opportunities"]["account_id"].value_counts().index[0])


def load(company, lab):
    """Write the tables that a view reads."""
    with lab.transaction():
        for name in READ:
            lab.write(name, company.tables[name], source_system="simulated", loaded_at=LOADED)


@pytest.fixture(scope="module")
def lab(company):
    with connect("duckdb://") as opened:
        load(company, opened)
        yield opened


@pytest.fixture(scope="module")
def view(lab, busiest):
    return view_account(lab, busiest, as_of=LAST)


def count_own(tables, accounts):
    """Count with pandas, row by row, what belongs to some accounts."""
    people = set(tables["contacts"].loc[tables["contacts"]["account_id"].isin(accounts), "contact_id"])
    leads = set(tables["leads"].loc[tables["leads"]["converted_account_id"].isin(accounts), "lead_id"])
    deals = tables["opportunities"][tables["opportunities"]["account_id"].isin(accounts)]
    acts, touches, tasks = tables["activities"], tables["touches"], tables["tasks"]
    own = acts["account_id"].isin(accounts)
    unnamed = acts["account_id"].isna()
    own |= unnamed & acts["opportunity_id"].isin(deals["opportunity_id"])
    own |= unnamed & acts["opportunity_id"].isna() & acts["contact_id"].isin(people)
    own |= unnamed & acts["opportunity_id"].isna() & acts["contact_id"].isna() & acts["lead_id"].isin(leads)
    responses = touches["contact_id"].isin(people) | (touches["contact_id"].isna() & touches["lead_id"].isin(leads))
    orders = tables["orders"][tables["orders"]["account_id"].isin(accounts)]
    lines = tables["order_lines"].merge(orders[["order_id"]], on="order_id")
    moves = tables["stage_events"]["object_id"].isin({*deals["opportunity_id"], *leads})
    owners = tables["field_events"]["object_id"].isin({*deals["opportunity_id"], *leads})
    owners &= tables["field_events"]["field"] == "owner"
    by_kind = Counter(acts.loc[own, "type"].str.lower())
    answers = int(tables["feedback"]["account_id"].isin(accounts).sum())
    by_kind |= {"campaign": int(responses.sum()), "feedback": answers, "order": len(orders)}
    counts = {
        "contacts": len(people),
        "deals": int((~deals["is_closed"]).sum()),
        "tasks": int((tasks["account_id"].isin(accounts) & (tasks["status"] == "open")).sum()),
        "feedback": answers,
        "purchases": len(orders),
        "contracts": int(lines["term_end"].notna().sum()),
        "changes": int(moves.sum() + owners.sum()),
        "timeline": sum(by_kind.values()),
    }
    return counts, {kind: n for kind, n in by_kind.items() if n}, sum(orders["total"], Decimal(0))


def test_every_count_equals_the_source_tables(view, tables, busiest):
    counts, by_kind, amount = count_own(tables, {busiest})
    assert dict(view.counts) == counts
    assert dict(view.by_kind) == by_kind
    assert view.ordered_amount == amount
    assert min(counts["timeline"], counts["purchases"], counts["changes"], counts["contacts"]) > 0


def test_no_activity_belongs_to_two_accounts_and_none_of_an_account_is_lost(lab, tables):
    few = tables["accounts"]["account_id"].iloc[::40]
    seen = [view_account(lab, one, as_of=LAST, shown=1) for one in few]
    alone = sum(view.counts["timeline"] for view in seen)
    assert alone == count_own(tables, set(few))[0]["timeline"]


def test_the_timeline_is_one_line_with_every_row_once_the_newest_first(lab, busiest):
    whole = view_account(lab, busiest, as_of=LAST, shown=10_000)
    assert len(whole.timeline) == whole.counts["timeline"]
    assert whole.timeline["row_id"].is_unique
    assert whole.timeline["at"].is_monotonic_decreasing
    assert set(whole.by_kind) >= {"call", "email", "order"}


def test_what_lies_after_the_day_is_not_in_it(lab, busiest, tables):
    day = date(2025, 3, 31)
    past = view_account(lab, busiest, as_of=day, shown=10_000)
    assert past.timeline["at"].max() < pd.Timestamp(2025, 4, 1)
    orders = tables["orders"][tables["orders"]["account_id"] == busiest]
    assert past.counts["purchases"] == int((orders["ordered_at"] < pd.Timestamp("2025-03-31 15:00")).sum())  # Tokyo


@pytest.fixture(scope="module")
def merged(company, tables, busiest):
    """The same company, in which two other records were merged into the busiest account, one by way of the other."""
    gone = tables["accounts"].set_index("account_id").loc[[OLD, MIDDLE]].reset_index()
    gone = gone.assign(merged_into_id=[MIDDLE, busiest], is_deleted=True)
    with connect("duckdb://") as opened:
        load(company, opened)
        opened.write("accounts", gone, source_system="simulated", loaded_at=LOADED)
        yield opened


def test_a_merged_account_shows_all_histories_once_whichever_record_is_asked_for(merged, tables, busiest):
    counts, by_kind, amount = count_own(tables, {OLD, MIDDLE, busiest})
    for asked in (busiest, MIDDLE, OLD):
        view = view_account(merged, asked, as_of=LAST, shown=10_000)
        assert (view.account_id, set(view.merged_ids)) == (busiest, {OLD, MIDDLE})
        assert dict(view.counts) == counts
        assert dict(view.by_kind) == by_kind
        assert view.ordered_amount == amount
        assert view.timeline["row_id"].is_unique


def test_nothing_personal_leaves_the_warehouse_unless_asked_for(lab, busiest, view):
    personal = {"name", "email", "phone", "subject", "note", "text"}
    for part in ("contacts", "timeline", "deals", "tasks", "feedback"):
        assert not personal & set(getattr(view, part).columns), part
    open_view = view_account(lab, busiest, as_of=LAST, show_people=True)
    assert {"name", "email", "phone"} <= set(open_view.contacts.columns)
    assert open_view.timeline["subject"].notna().any()


@pytest.mark.parametrize("gone", ["sim:account-99999999", "", "会社"])
def test_an_unknown_account_is_refused_with_the_next_step(lab, gone):
    with pytest.raises(BadArgument, match=r"(?s)There is no account.*Next: give an id of accounts\.account_id"):
        view_account(lab, gone, as_of=LAST)


def test_a_deleted_account_is_refused_with_the_next_step(tables):
    with connect("duckdb://") as opened:
        row = tables["accounts"].head(1).assign(is_deleted=True)
        opened.write("accounts", row, source_system="test", loaded_at=LOADED)
        with pytest.raises(BadArgument, match=r"(?s)was deleted\..*Next: restore it in the CRM"):
            view_account(opened, row["account_id"].iloc[0], as_of=LAST)


EXPORT = {
    "account.csv": "Id,Name,OwnerId,CreatedDate,IsDeleted,MasterRecordId\n"
    "001A,Sorano,005U,2026-01-05T00:00:00Z,false,\n001B,Sorano KK,005U,2026-01-06T00:00:00Z,true,001A\n",
    "contact.csv": "Id,AccountId,FirstName,LastName,Email,Phone,CreatedDate\n"
    "003A,001A,Aoi,Test,a@example.jp,,2026-01-06T00:00:00Z\n003B,001B,Ren,Test,b@example.jp,,2026-01-06T00:00:00Z\n",
    "opportunity.csv": "Id,AccountId,Name,StageName,IsClosed,IsWon,Amount,CloseDate,CreatedDate,OwnerId\n"
    "006A,001A,One,Offer,false,false,100,2026-12-01,2026-02-01T00:00:00Z,005U\n"
    "006B,001B,Two,Won,true,true,200,2026-03-01,2026-02-01T00:00:00Z,005U\n",
    "task.csv": "Id,TaskSubtype,Status,IsClosed,ActivityDate,WhatId,WhoId,OwnerId,Subject\n"
    "00T1,Call,Completed,true,2026-02-02,001A,003A,005U,Hello\n00T2,Email,Completed,true,2026-02-03,006B,003B,005U,Re\n"
    "00T3,Call,Completed,true,2026-02-04,,003B,005U,Back\n00T4,Call,Open,false,2026-12-04,001B,003B,005U,Next\n",
}  # fmt: skip
"""Two records of one company, the second merged into the first; a mail on its deal, a call to its person only."""


def test_an_import_again_adds_no_row_and_the_merged_company_is_seen_once(tmp_path):
    for name, text in EXPORT.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with connect("duckdb://") as lab:
        first = import_export(tmp_path, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24))
        assert first.accepted
        (kept,) = lab.read(lab.table("accounts"))["account_id"]
        before = view_account(lab, kept, as_of=date(2026, 11, 24))
        again = import_export(tmp_path, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 25))
        assert sum(written.n_added + written.n_changed for written in again.written) == 0
        after = view_account(lab, kept, as_of=date(2026, 11, 24))
    assert dict(before.by_kind) == {"call": 2, "email": 1}
    assert (before.counts["contacts"], before.counts["deals"], before.counts["tasks"]) == (2, 1, 1)
    assert dict(after.counts) == dict(before.counts)
    pd.testing.assert_frame_equal(after.timeline, before.timeline)
    pd.testing.assert_frame_equal(after.changes, before.changes)


def test_a_warehouse_with_accounts_only_gives_an_empty_view_and_no_error(tables):
    with connect("duckdb://") as opened:
        opened.write("accounts", tables["accounts"].head(2), source_system="test", loaded_at=LOADED)
        view = view_account(opened, tables["accounts"]["account_id"].iloc[0], as_of=LAST)
    assert set(view.counts.values()) == {0}
    assert view.ordered_amount == 0
    assert view.profile["industry"]


ELSEWHERE = "森本 由美"
PLANTED = {
    "activities": ("subject", "note"),
    "feedback": ("text",),
    "tasks": ("subject",),
    "opportunities": ("name", "next_step"),
}


@pytest.fixture(scope="module")
def written(tables, busiest):
    """The same company, in whose free texts people, their addresses and numbers stand; and what was planted."""
    contact = tables["contacts"].loc[tables["contacts"]["account_id"] == busiest, "name"].dropna().iloc[0]
    colleague = tables["users"]["name"].iloc[0]
    told = f"{contact}、{colleague}と相談。{ELSEWHERE}様 hana@example.co.jp 03-1234-5678 納期は来月"
    with connect("duckdb://") as opened:
        for name in ("users", "contacts", *PLANTED, "accounts"):
            frame = tables[name]
            if name in PLANTED:
                own = frame[frame["account_id"] == busiest]
                frame = (frame.head(1).assign(account_id=busiest) if own.empty else own).assign(
                    **dict.fromkeys(PLANTED[name], told)
                )
            if name == "opportunities":
                frame = frame.assign(is_closed=False, closed_at=pd.NaT, is_won=False)
            if name == "tasks":
                frame = frame.assign(status="open", closed_at=pd.NaT)
            opened.write(name, frame, source_system="simulated", loaded_at=LOADED)
        yield opened, (contact, colleague, ELSEWHERE, "hana@example.co.jp", "03-1234-5678")


@pytest.mark.requirement("L04")
@pytest.mark.parametrize("show_people", [True, False])
def test_what_was_written_freely_names_nobody_and_keeps_its_words(written, busiest, show_people):
    lab, planted = written
    view = view_account(lab, busiest, as_of=LAST, show_people=show_people)
    texts = [
        text
        for part, names in FREE_TEXT.items()
        for name in names
        if name in getattr(view, part)
        for text in getattr(view, part)[name].dropna()
    ]
    assert len(texts) >= (5 if show_people else 1)
    for text in texts:
        assert "納期は来月" in text
        assert not [one for one in planted for part in one.split() if part in text]


def test_who_may_be_mailed_and_called_is_said_and_what_nobody_asked_stays_open(view):
    people = pd.concat([view.contacts.head(1)] * 3, ignore_index=True)
    people = people.assign(opt_out_email=[True, False, None], opt_out_phone=[False, True, None])
    table = tabulate_account("contacts", replace(view, contacts=people), {})
    assert [told and told.en for told in table["may_email"]] == ["no: opted out", "yes", None]
    assert [told and told.ja for told in table["may_phone"]] == ["可", "不可（停止の申し出）", None]


def test_a_task_without_its_subject_is_no_subject(view):
    row = {"due_at": pd.Timestamp("2026-10-01"), "task_id": "t:1", "priority": "high", "opportunity_id": "o:1"}
    tasks = pd.DataFrame([{**row, "assignee_id": "u:1"}])
    assert "subject" not in tabulate_account("tasks", replace(view, tasks=tasks), {})
    named = tabulate_account("tasks", replace(view, tasks=tasks.assign(subject="見積を送る")), {})
    assert "task" not in named
    assert named["subject"].tolist() == ["見積を送る"]


def test_the_people_of_the_account_stand_in_columns_for_whom_may_see_them(written, busiest):
    lab, (contact, *_) = written
    view = view_account(lab, busiest, as_of=LAST, show_people=True)
    assert contact in set(view.contacts["name"])
    named = set(tabulate_account("timeline", view, {}).get("contact", pd.Series(dtype=object)).dropna())
    assert named
    assert named <= set(view.contacts["name"]) | set(view.timeline["contact_id"])
    assert named & set(view.contacts["name"])
    hidden = view_account(lab, busiest, as_of=LAST)
    assert contact not in str(tabulate_account("timeline", hidden, {}).to_dict())
