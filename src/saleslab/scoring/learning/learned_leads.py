"""Which leads can be learned from, and what became of them? In a warehouse, and in files with and without times."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.leads.labels import LeadOutcomes, label_outcomes
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.leaks.audit import find_leaks

if TYPE_CHECKING:
    from saleslab.stats.calibration import Floats

_FEW = 0.01
_TIMES = ("created_at", "won_at", "closed_at")


def decide_leads(
    table: LeadTable, *, as_of: date | None = None, window: int = 90
) -> tuple[LeadTable, pd.Series, LeadOutcomes | None]:
    """Return the leads whose outcome may be learned from, whether each was won, and the outcomes of all.

    Where leads have times, they are those that were watched for the whole window; without times (a file that only tells
    what came of each), all that are decided, and there are no outcomes by time. Leads without a time among leads with
    one are left out: nobody knows how long they were watched; and so are a few whose times contradict each other.

    Parameters
    ----------
    table
        Leads of `build_leads` or `read_lead_file`.
    as_of
        Last day that is known; the table's own, or the last one that it speaks of, when None.
    window
        Days within which a win counts.

    Raises
    ------
    NotEnoughData
        When no lead was watched for the whole window, or none is decided.
    TableError
        When the times of many leads contradict each other.
    """
    if not table.frame[["won_at", "closed_at"]].notna().any(axis=None) and "is_won" in table.frame:
        decided = table.pick(table.frame["is_won"].notna())
        if decided.frame.empty:
            raise NotEnoughData("No lead of the file is decided.", "give leads that were won or lost.")
        return decided, decided.frame["is_won"].astype(bool).rename("is_won"), None
    dated = table.pick(table.frame["created_at"].notna() & ~find_contradictions(table))
    last = as_of or table.as_of or find_last_day(table)
    assert last is not None
    dated = dated.pick(dated.frame["created_at"] < pd.Timestamp(last) + pd.Timedelta(days=1))
    outcomes = label_outcomes(dated.frame, as_of=last, window=window)
    learned = dated.pick(pd.Series(outcomes.has_whole_window))
    if learned.frame.empty:
        raise NotEnoughData(
            f"None of {len(dated.frame)} leads had come in {window} days before {last}, so no outcome is complete.",
            "shorten the window, or import older leads.",
        )
    is_won = outcomes.frame["is_won"][outcomes.has_whole_window].astype(bool).reset_index(drop=True)
    return learned, is_won, outcomes


def audit_leads(learned: LeadTable, is_won: npt.NDArray[np.bool_], *, seed: int = 0) -> pd.DataFrame:
    """Return what `find_leaks` finds in leads of `decide_leads`, with all that the table tells of time and groups."""
    closed_at = learned.frame["closed_at"]
    return find_leaks(
        learned.inputs,
        is_won,
        time=learned.time,
        groups=learned.groups,
        closed_at=closed_at if closed_at.notna().any() else None,
        seed=seed,
    )


def find_contradictions(table: LeadTable) -> pd.Series:
    """Return which leads were won or closed before they came in; none where that are many, so that it is no slip.

    Clocks and hands slip: one lead in a hundred may be left out, more is a column that was misunderstood, and
    `label_outcomes` says so.
    """
    created = table.frame["created_at"]
    is_early = (table.frame[["won_at", "closed_at"]].lt(created, axis=0)).any(axis=1)
    return is_early & (is_early.mean() <= _FEW)


def find_last_day(table: LeadTable) -> date | None:
    """Return the last day of which leads speak; None where they have no times."""
    last = table.frame[list(_TIMES)].max().max()
    return None if pd.isna(last) else pd.Timestamp(last).date()


def date_leads(table: LeadTable) -> dict[str, date | None]:
    """Return the first and last day on which leads came in, as `ModelFacts` takes them."""
    created = table.frame["created_at"].dropna()
    if created.empty:
        return {"data_from": None, "data_to": None}
    return {"data_from": created.min().date(), "data_to": created.max().date()}


def fingerprint_leads(table: LeadTable, is_won: pd.Series) -> str:
    """Return a digest of what was learned from: the same leads, columns and outcomes give the same."""
    digest = hashlib.sha256()
    for name in ("lead_id", *table.inputs.columns):
        digest.update(str(name).encode() + b"\0")
        digest.update(_hash_rows(table.frame[name]).tobytes())
    digest.update(np.asarray(is_won, dtype=np.uint8).tobytes())
    return digest.hexdigest()


def _hash_rows(values: pd.Series) -> Floats:
    """Return a number for each value; text is hashed as text, whatever keeps it."""
    plain = values.astype("object").where(values.notna(), None) if values.dtype == "str" else values
    return np.asarray(pd.util.hash_pandas_object(plain, index=False, categorize=True))
