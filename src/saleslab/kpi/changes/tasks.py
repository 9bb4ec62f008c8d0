"""Who does what about an alert, and by when?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.words import tell_task
from saleslab.periods import FiscalCalendar
from saleslab.tables.work import TASKS
from saleslab.warehouse.local_time import end_of_day

DUE_WITHIN = 5
"""Business days that the owner of an alert has."""


def make_tasks(
    alerts: Sequence[Alert],
    *,
    as_of: date,
    calendar: FiscalCalendar,
    timezone: str = "Asia/Tokyo",
    lang: str = "ja",
    currency: str = "JPY",
    due_within: int = DUE_WITHIN,
    minutes: float = 30.0,
) -> pd.DataFrame:
    """Return one task for each open alert, in the shape of the table ``tasks``.

    The same alert gives the same ``task_id`` in every run, so that writing the tasks again adds none.

    Parameters
    ----------
    alerts
        From `monitor` and `check_triggers`; those that are acknowledged or past give no task.
    as_of
        The task is due so many business days after this day.
    calendar, timezone, lang, currency
        The company's calendar, time zone, language and money.
    due_within
        Business days.
    minutes
        Planned for looking into it.

    Raises
    ------
    BadArgument
        When open alerts have no owner; all of them are named.

    Examples
    --------
    >>> alert = Alert("risk:top_customer_share:company:company:up:20260201", "risk", "top_customer_share", "company",
    ...               "company", "up", True, date(2026, 2, 1), date(2026, 2, 28), None, 0.55, 0.4, owner_id="u1")
    >>> tasks = make_tasks([alert], as_of=date(2026, 3, 2), calendar=FiscalCalendar(), lang="en")
    >>> tasks[["assignee_id", "due_at", "origin", "status"]].iloc[0].astype(str).tolist()
    ['u1', '2026-03-09 15:00:00', 'alert', 'open']
    """
    spoken = [one for one in alerts if one.state == "open"]
    nobody = sorted({one.metric_id for one in spoken if not one.owner_id})
    if nobody:
        raise BadArgument(
            f"Open alerts about {', '.join(nobody)} have no owner.",
            "give their metrics owners in the tree, or pass duties with owners.",
        )
    due = end_of_day(calendar.after_business_days(as_of, due_within), timezone)
    rows = [
        {
            "task_id": f"alert:{one.alert_id}",
            "subject": tell_task(one, currency=currency).of(lang),
            "due_at": due,
            "priority": "high" if one.is_bad else "normal",
            "status": "open",
            "assignee_id": one.owner_id,
            "origin": "alert",
            "minutes": minutes,
        }
        for one in {one.alert_id: one for one in spoken}.values()
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in TASKS.columns])
    return frame.astype({"due_at": "datetime64[us]", "closed_at": "datetime64[us]"})
