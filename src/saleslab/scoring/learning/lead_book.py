"""Which leads does a report speak of: those to learn from, and those to be worked? From a warehouse or from a file.

A report opens leads once and asks everything of them. Leads to be worked are open and young: what a model knows of a
lead is what was known when it came in, and of a lead that has waited for a year this says little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.inputs import Goal, build_leads
from saleslab.scoring.leads.files import read_lead_file, read_lead_map
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.learning.learned_leads import find_last_day

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

REHEARSED = 500
"""Newest leads of a file that are listed where none of them is open: what the list would have brought is known."""


@dataclass(frozen=True, slots=True, eq=False)
class LeadBook:
    """The leads of a report.

    Attributes
    ----------
    known
        Leads to learn from, the newest whose time is over; with what was known only later, where a file says it.
    waiting
        Leads to be worked: open and young.
    as_of
        Last day that is known; None for a file without times.
    goal
        What success is: ``won`` or ``qualified``; empty for leads of a file.
    window
        Days within which a success counts.
    source
        Name of the file; empty for leads of the warehouse.
    is_rehearsal
        Whether the waiting leads are decided already, since the file holds no open one.
    n_open
        Open leads of any age.
    currency
        Of the amounts in a file, where its map says so; empty for the company's own.
    """

    known: LeadTable
    waiting: LeadTable
    as_of: date | None
    goal: str
    window: int
    source: str
    is_rehearsal: bool
    n_open: int
    currency: str = ""


def has_leads(lab: Warehouse, leads_file: str = "") -> bool:
    """Say whether there is a lead to speak of: one of a file, or one in the warehouse."""
    return bool(leads_file) or (lab.has("leads") and not lab.read(lab.table("leads").limit(1)).empty)


def choose_day(asked: date | None, book: LeadBook | None, until: date | None) -> date:
    """Return the day that a report speaks of: the one that was asked for, the last of the leads, or of the warehouse.

    Raises
    ------
    BadArgument
        When none of them is known.
    """
    day = asked or (book.as_of if book is not None else None) or until
    if day is None:
        raise BadArgument("Neither the file nor the warehouse says when it ends.", "give as_of, such as 2026-09-30.")
    return day


def open_leads(
    lab: Warehouse,
    *,
    as_of: date | None,
    leads_file: str = "",
    lead_map: str = "",
    goal: str = "won",
    window: int = 90,
    newer_than: int = 30,
    most: int = 6_000,
) -> LeadBook:
    """Return the leads of the warehouse, or of a file where one is named.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        Last day that is known; for a file, the last day that it speaks of when None.
    leads_file, lead_map
        A file with one row a lead, and what its columns are: a map that comes with saleslab, or a TOML file.
    goal, window
        What success is (``won``, ``qualified``), and the days within which it counts; a file says itself what it is.
    newer_than
        Days since its arrival up to which an open lead is to be worked; 0 for all.
    most
        Learn from the newest so many leads; 0 for all.

    Raises
    ------
    NotEnoughData
        When there is no lead.
    BadArgument
        When the goal is unknown, or a file comes without a map.
    """
    if goal not in get_args(Goal):
        raise BadArgument(f"'{goal}' is no goal of a lead.", f"give one of: {', '.join(get_args(Goal))}.")
    if window < 1 or newer_than < 0 or most < 0:
        raise BadArgument(
            f"A window of {window} days, leads of {newer_than} days and {most} at most make no book.",
            "give a window of a day or more, and the others from 0 up.",
        )
    if leads_file:
        return _open_file(Path(leads_file), lead_map, as_of, window=window, newer_than=newer_than, most=most)
    if as_of is None:
        raise BadArgument("Nobody says until when the data are known.", "give as_of, such as 2026-09-30.")
    table = build_leads(lab, as_of=as_of, goal=cast("Goal", goal))
    is_open = table.frame["is_open"].astype(bool)
    waiting = table.pick(is_open & _is_young(table, as_of, newer_than))
    known = keep_newest(table, as_of, window, most)
    return LeadBook(known, waiting, as_of, goal, window, "", is_rehearsal=False, n_open=int(is_open.sum()))


def _open_file(path: Path, lead_map: str, as_of: date | None, *, window: int, newer_than: int, most: int) -> LeadBook:
    if not lead_map:
        raise BadArgument(
            f"Nobody says what the columns of '{path.name}' are.", "give lead_map: bank_calls, maven, olist or a file."
        )
    told = read_lead_map(lead_map)
    table = read_lead_file(path, told, known_at="closed", as_of=as_of)
    day = as_of or find_last_day(table)
    if as_of is not None:
        came = table.frame["created_at"]
        table = table.pick(came.isna() | (came < pd.Timestamp(as_of) + pd.Timedelta(days=1)))
    is_open = table.frame["is_open"].astype(bool)
    is_waiting = is_open if day is None else is_open & _is_young(table, day, newer_than)
    n_open, is_rehearsal = int(is_open.sum()), not is_waiting.any()
    if is_rehearsal:
        is_waiting = pd.Series(np.arange(len(table.frame)) >= len(table.frame) - min(REHEARSED, len(table.frame) // 4))
    known = table.pick(~is_waiting) if is_rehearsal else table
    if known.frame.empty or not is_waiting.any():
        raise NotEnoughData(f"'{path.name}' has {len(table.frame)} leads.", "give a file with more of them.")
    known = keep_newest(known, day, window, most)
    return LeadBook(known, table.pick(is_waiting), day, "", window, path.name, is_rehearsal, n_open, told.currency)


def _is_young(table: LeadTable, day: date, newer_than: int) -> pd.Series:
    """Return which leads came in lately; those whose arrival nobody wrote down count as young."""
    came = table.frame["created_at"]
    if not newer_than:
        return pd.Series(data=True, index=came.index)
    return came.isna() | (came >= pd.Timestamp(day - timedelta(days=newer_than)))


def keep_newest(table: LeadTable, day: date | None, window: int, most: int) -> LeadTable:
    """Return the newest leads whose window is over, with the younger ones; all where there are fewer."""
    frame = table.frame
    came = frame["created_at"]
    if came.notna().any() and day is not None:
        is_over = came < pd.Timestamp(day) + pd.Timedelta(days=1) - pd.Timedelta(days=window)
    else:
        is_over = frame["is_won"].notna() if "is_won" in frame else pd.Series(data=True, index=frame.index)
    if not most or is_over.sum() <= most:
        return table
    order = table.time.where(is_over)
    first = order.nlargest(most).min()
    return table.pick(~is_over | (order >= first))
