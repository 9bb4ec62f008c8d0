"""The canonical tables ``kpi_reviews`` and ``actions`` as the log has them, for everything that asks the warehouse."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from saleslab.kpi.reviews.log import ReviewLog
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import day_of, start_of_day

SOURCE = "review_log"
"""``source_system`` of mirrored rows."""


def to_tables(log: ReviewLog, *, as_of: date) -> dict[str, pd.DataFrame]:
    """Return the rows of ``kpi_reviews`` and ``actions`` that a log holds.

    Opinions are not mirrored: who voted how stays in the log.

    Examples
    --------
    >>> import tempfile
    >>> from saleslab.kpi.reviews.sayings import Review
    >>> log = ReviewLog(f"{tempfile.mkdtemp()}/reviews.jsonl")
    >>> _ = log.record([Review("r:1", "win_rate", date(2026, 11, 2), every_days=7)], at=datetime(2026, 11, 2, 9))
    >>> to_tables(log, as_of=date(2026, 11, 2))["kpi_reviews"]["next_review_on"].tolist()
    [datetime.date(2026, 11, 9)]
    """
    seen = log.read("review", as_of=as_of)
    next_on = seen["reviewed_on"] + pd.to_timedelta(seen["every_days"].astype("int64"), unit="D")
    zone = log.timezone
    told_on = pd.to_datetime(seen["written_at"].map(lambda at: day_of(at, zone)))
    is_same_day = told_on == seen["reviewed_on"]  # minutes may be written days later
    reviews = pd.DataFrame(
        {
            "review_id": seen["review_id"],
            "metric_id": seen["metric_id"],
            "reviewed_at": seen["written_at"].where(is_same_day, _begin(seen["reviewed_on"], zone)),
            "owner_id": seen["owner_id"],
            "phase": seen["phase"],
            "value": pd.to_numeric(seen["value"]),
            "chance_goal": pd.to_numeric(seen["chance_goal"]),
            "note": seen["note"],
            "next_review_on": next_on.dt.date,
        }
    )
    done = log.read("closing", as_of=as_of).drop_duplicates("action_id", keep="last")
    actions = log.read("action", as_of=as_of).merge(done[["action_id", "closed_on"]], on="action_id", how="left")
    decided = log.read("decision", as_of=as_of).set_index("decision_id")["review_id"]
    actions = actions.assign(
        review_id=actions["review_id"].fillna(actions["decision_id"].map(decided)),
        due=actions["due"].dt.date,
        closed_at=_begin(actions["closed_on"], zone),
        expected_delta=pd.to_numeric(actions["expected_delta"]),
    )
    shown = ["action_id", "review_id", "kpi", "owner_id", "due", "closed_at", "expected_delta"]
    return {"kpi_reviews": reviews, "actions": actions[shown]}


def _begin(days: pd.Series, zone: str) -> pd.Series:
    """Return when days of the company begin, naive UTC as all moments of the warehouse are."""
    begun = [None if pd.isna(day) else start_of_day(day.date(), zone) for day in days]
    return pd.Series(begun, days.index, "datetime64[us]")


def mirror_reviews(log: ReviewLog, lab: Warehouse, *, at: datetime) -> dict[str, int]:
    """Write what a log holds into the warehouse, and return how many rows are new or changed in each table.

    Parameters
    ----------
    log
        The reviews.
    lab
        Where they are mirrored; the log stays the one that counts.
    at
        When, naive UTC; what the log got later is left out.
    """
    changed = {}
    for name, rows in to_tables(log, as_of=day_of(at, log.timezone)).items():
        if len(rows):
            written = lab.write(name, rows, source_system=SOURCE, loaded_at=at)
            changed[name] = written.n_added + written.n_changed
    return changed
