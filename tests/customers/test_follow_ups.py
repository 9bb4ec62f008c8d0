"""Calls after a sale: on day 7, 30 and 90, once, and never over what the CRM has planned."""

from datetime import date, datetime

import pandas as pd
import pytest

from saleslab.customers import plan_follow_ups, read_planned_follow_ups, read_won_deals
from saleslab.errors import BadArgument, TableError
from saleslab.warehouse import connect

pytestmark = pytest.mark.requirement("K08")

WON = pd.DataFrame(
    {"opportunity_id": ["o:2", "o:1"], "account_id": ["a:2", "a:1"], "owner_id": ["u:1", "u:2"],
     "won_on": pd.to_datetime(["2026-09-10", "2026-09-30"])}
)  # fmt: skip
NONE = pd.DataFrame({"opportunity_id": pd.Series(dtype="str"), "due_on": pd.to_datetime(pd.Series(dtype="str"))})


def test_a_won_deal_gets_tasks_after_7_30_and_90_days_for_its_owner():
    plan = plan_follow_ups(WON[1:], NONE, as_of=date(2026, 9, 30))
    assert plan.tasks["due_on"].tolist() == [pd.Timestamp(day) for day in ("2026-10-07", "2026-10-30", "2026-12-29")]
    assert plan.tasks["task_id"].tolist() == [f"cadence:o:1:{after}" for after in (7, 30, 90)]
    assert set(plan.tasks["assignee_id"]) == {"u:2"}
    assert set(plan.tasks["origin"]) == {"cadence"}


def test_planning_again_adds_nothing():
    first = plan_follow_ups(WON, NONE, as_of=date(2026, 9, 30))
    again = plan_follow_ups(WON, first.tasks, as_of=date(2026, 9, 30))
    assert len(first.tasks) == 5  # the seventh day of o:2 is over
    assert (len(again.tasks), again.n_planned, again.n_past, first.n_past) == (0, 5, 1, 1)


def test_what_is_planned_a_few_days_off_counts_and_a_week_off_does_not():
    near = pd.DataFrame({"opportunity_id": ["o:1", "o:1"], "due_on": pd.to_datetime(["2026-10-09", "2026-11-07"])})
    plan = plan_follow_ups(WON[1:], near, as_of=date(2026, 9, 30))
    assert plan.tasks["days_after"].tolist() == [30, 90]


def test_a_deal_that_stands_twice_is_followed_once_whatever_the_order_of_rows():
    twice = pd.concat([WON, WON[::-1]])
    one, other = (plan_follow_ups(rows, NONE, as_of=date(2026, 9, 10)) for rows in (WON, twice))
    pd.testing.assert_frame_equal(one.tasks, other.tasks)


@pytest.mark.parametrize("days", [(), (0, 7), (7, 7)])
def test_days_that_are_none_are_refused(days):
    with pytest.raises(BadArgument, match=r"(?s)cannot be planned\..*Next: give different days, 1 or more"):
        plan_follow_ups(WON, NONE, as_of=date(2026, 9, 30), days=days)


def test_a_missing_column_is_named():
    with pytest.raises(TableError, match=r"(?s)has no column 'won_on'.*Next: pass the frame"):
        plan_follow_ups(WON.drop(columns="won_on"), NONE, as_of=date(2026, 9, 30))


def test_the_tables_are_read_in_the_companys_own_days():
    loaded = {"source_system": "test", "loaded_at": datetime(2026, 10, 1)}
    deals = pd.DataFrame(
        {"opportunity_id": ["o:1", "o:2", "o:3"], "account_id": "a:1", "stage_id": "s", "owner_id": "u:1",
         "is_closed": True, "is_won": [True, True, False],
         "closed_at": pd.to_datetime(["2026-09-29 16:00", "2026-01-01 00:00", "2026-09-29 00:00"])}
    )  # fmt: skip
    tasks = pd.DataFrame(
        {"task_id": ["t:1", "t:2"], "status": "done", "opportunity_id": ["o:1", "o:2"], "origin": "cadence",
         "due_at": pd.to_datetime(["2026-10-06 16:00", "2026-01-08 00:00"])}
    )  # fmt: skip
    with connect("duckdb://") as lab:
        lab.write("opportunities", deals, **loaded)
        lab.write("tasks", tasks, **loaded)
        won = read_won_deals(lab, as_of=date(2026, 9, 30))
        planned = read_planned_follow_ups(lab, as_of=date(2026, 9, 30))
    assert won["won_on"].tolist() == [pd.Timestamp("2026-09-30")]  # the morning in Tokyo
    assert planned["due_on"].tolist() == [pd.Timestamp("2026-10-07")]
    assert plan_follow_ups(won, planned, as_of=date(2026, 9, 30)).tasks["days_after"].tolist() == [30, 90]
