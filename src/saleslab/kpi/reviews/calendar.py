"""What should have been done by a day: reviews, signatures, outcomes, actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from saleslab.kpi.reviews.log import ReviewLog

REVIEW_COLUMNS = ("metric_id", "owner_id", "last_on", "every_days", "next_on", "days_late")
"""Columns of `list_reviews` and `find_overdue_reviews`."""

SIGN_OFF_COLUMNS = ("tree", "sponsor_id", "last_on", "every_days", "next_on", "days_late")
"""Columns of `list_sign_offs`."""

UNJUDGED_COLUMNS = ("kind", "id", "decision_id", "metric_id", "owner_id", "team_id", "due", "days_late")
"""Columns of `find_unjudged`."""

ACTION_COLUMNS = ("action_id", "decision_id", "kpi", "owner_id", "due", "days_late")
"""Columns of `list_actions`."""


def list_reviews(
    log: ReviewLog,
    *,
    as_of: date,
    cadences: Mapping[str, int] | None = None,
    since: date | None = None,
    team_id: str | None = None,
) -> pd.DataFrame:
    """Return when each KPI was last reviewed and is next due; ``days_late`` is above 0 where the day has passed.

    Parameters
    ----------
    log
        The reviews.
    as_of
        The day on which one asks.
    cadences
        Days between reviews that the tree asks for; a KPI of it that was never reviewed is due so many days after
        ``since``. The review itself says it otherwise.
    since
        First day on which the tree was in force.
    team_id
        Only reviews of this team and of the whole company count: what one team looked at, another has not seen. None:
        reviews of everybody.

    Returns
    -------
    pandas.DataFrame
        `REVIEW_COLUMNS`, those that are latest first.
    """
    seen = log.read("review", as_of=as_of)
    seen = seen[seen["reviewed_on"] <= pd.Timestamp(as_of)]
    if team_id is not None:
        seen = seen[seen["team_id"].isna() | (seen["team_id"] == team_id)]
    last = seen.sort_values(["reviewed_on", "position"]).drop_duplicates("metric_id", keep="last")
    wanted = dict(cadences or {})
    rows = [
        (str(name), owner, day, wanted.pop(str(name), int(every)), day)
        for name, owner, day, every in last[["metric_id", "owner_id", "reviewed_on", "every_days"]].itertuples(
            index=False
        )
    ]
    if since is not None:
        rows += [(name, None, pd.NaT, every, pd.Timestamp(since)) for name, every in wanted.items()]
    return _lay_out(rows, REVIEW_COLUMNS, as_of)


def find_last_reviews(log: ReviewLog, *, as_of: date) -> dict[str, date]:
    """Return the day of the last review of each KPI, as `lint_tree` takes it."""
    last = list_reviews(log, as_of=as_of)[["metric_id", "last_on"]].itertuples(index=False)
    return {str(name): pd.Timestamp(day).date() for name, day in last}


def find_overdue_reviews(
    log: ReviewLog,
    *,
    as_of: date,
    cadences: Mapping[str, int] | None = None,
    since: date | None = None,
    team_id: str | None = None,
) -> pd.DataFrame:
    """Return the KPIs whose next review should have been before a day; see `list_reviews`.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> from saleslab.kpi.reviews.sayings import Review
    >>> log = ReviewLog(f"{tempfile.mkdtemp()}/reviews.jsonl")
    >>> _ = log.record([Review("r:1", "win_rate", date(2026, 11, 2), every_days=7)], at=datetime(2026, 11, 2))
    >>> [len(find_overdue_reviews(log, as_of=date(2026, 11, day))) for day in (9, 10)]
    [0, 1]
    """
    return _late(list_reviews(log, as_of=as_of, cadences=cadences, since=since, team_id=team_id))


def list_sign_offs(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return when the sponsor of each tree last signed it, and until when that holds (`SIGN_OFF_COLUMNS`)."""
    seen = log.read("sign_off", as_of=as_of)
    seen = seen[seen["signed_on"] <= pd.Timestamp(as_of)]
    last = seen.sort_values(["signed_on", "position"]).drop_duplicates("tree", keep="last")
    told = last[["tree", "sponsor_id", "signed_on", "every_days"]].itertuples(index=False)
    rows = [(str(tree), sponsor, day, int(every), day) for tree, sponsor, day, every in told]
    return _lay_out(rows, SIGN_OFF_COLUMNS, as_of)


def find_overdue_sign_offs(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return the trees whose sponsor should have signed again before a day."""
    return _late(list_sign_offs(log, as_of=as_of))


def find_unjudged(log: ReviewLog, *, as_of: date, due_by: date | None = None) -> pd.DataFrame:
    """Return decisions and predictions whose day has passed and of which nobody has said what came.

    A decision is judged by an outcome of its own, or by those of all predictions that it rests on.

    Parameters
    ----------
    log
        The reviews.
    as_of
        The day on which one asks.
    due_by
        Also what is due by this later day; ``days_late`` is then 0 or below.

    Returns
    -------
    pandas.DataFrame
        `UNJUDGED_COLUMNS`, those that are latest first.
    """
    decisions, predictions = (log.read(kind, as_of=as_of) for kind in ("decision", "prediction"))
    judged = set(log.read("outcome", as_of=as_of)["about"])
    told = predictions.assign(kind="prediction", id=predictions["prediction_id"], owner_id=None)
    told = told[~told["id"].isin(judged)]
    waiting = set(told["decision_id"].dropna())
    resting = set(predictions["decision_id"].dropna()) - waiting
    made = decisions.assign(kind="decision", id=decisions["decision_id"])
    made = made[~made["id"].isin(judged | resting)]
    parts = [part[list(UNJUDGED_COLUMNS[:-1])] for part in (made, told) if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(UNJUDGED_COLUMNS))
    open_ones = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    open_ones["due"] = pd.to_datetime(open_ones["due"])
    open_ones["days_late"] = (pd.Timestamp(as_of) - open_ones["due"]).dt.days
    told = _sort(open_ones, "id")
    return _late(told) if due_by is None else told[told["due"] <= pd.Timestamp(due_by)].reset_index(drop=True)


def list_acknowledged(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return which alerts somebody has seen, as `monitor` and `check_triggers` take them."""
    seen = log.read("acknowledgement", as_of=as_of)
    return seen[["alert_id", "metric_id", "scope_type", "scope_id", "direction", "acknowledged_on"]]


def list_actions(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return actions that nobody closed (`ACTION_COLUMNS`), those that are latest first."""
    actions, closed = log.read("action", as_of=as_of), set(log.read("closing", as_of=as_of)["action_id"])
    left = actions[~actions["action_id"].isin(closed)]
    left = left.assign(days_late=(pd.Timestamp(as_of) - left["due"]).dt.days)
    return _sort(left[list(ACTION_COLUMNS)], "action_id")


def find_overdue_actions(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return actions whose day has passed and that nobody closed (`ACTION_COLUMNS`)."""
    return _late(list_actions(log, as_of=as_of))


def _lay_out(rows: list[tuple[Any, ...]], columns: Sequence[str], as_of: date) -> pd.DataFrame:
    """Return what is due when, from id, person, last day, days between, and the day from which these count."""
    frame = pd.DataFrame(rows, columns=[*columns[:-2], "start"])
    next_on = pd.to_datetime(frame["start"]) + pd.to_timedelta(frame["every_days"].astype("int64"), unit="D")
    frame = frame.assign(last_on=pd.to_datetime(frame["last_on"]), next_on=next_on)
    return _sort(frame.assign(days_late=(pd.Timestamp(as_of) - next_on).dt.days)[list(columns)], columns[0])


def _sort(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    typed = frame.astype({"days_late": "int64"})
    return typed.sort_values(["days_late", name], ascending=[False, True], ignore_index=True)


def _late(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["days_late"] > 0].reset_index(drop=True)
