"""What was promised about themes, read from the file in which people keep it, against the comments of each quarter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from saleslab.customers.feedback.loop import ClosedLoop, close_loop
from saleslab.customers.feedback.themes import Theme, find_themes
from saleslab.customers.feedback.voices import Voices, read_rows
from saleslab.errors import TableError
from saleslab.periods import FiscalCalendar

_DATES = ("due_on", "closed_on")


def follow_actions(
    file: str, voices: Voices, *, themes: Sequence[Theme], as_of: date, calendar: FiscalCalendar
) -> tuple[ClosedLoop, ...]:
    """Return what became of each action of a file; none where no file is named.

    Parameters
    ----------
    file
        CSV, Excel or Parquet: ``theme, owner_id, due_on, closed_on`` (empty: not done), days as 2026-10-31.
    voices
        Comments with their months; where they tell no time, an action that is done waits.

    Raises
    ------
    TableError
        When a theme is not in the dictionary, or a day is none.
    """
    if not file:
        return ()
    actions = read_rows(Path(file))
    known = {theme.key for theme in themes}
    strange = sorted(set(actions.get("theme", pd.Series(dtype="str")).dropna().astype(str)) - known)
    if strange:
        raise TableError(
            f"actions.theme has {len(strange)} values that are no theme: {', '.join(strange)}.",
            f"write one of: {', '.join(sorted(known))}.",
        )
    for name in _DATES:
        if name in actions.columns:
            actions[name] = _to_days(actions[name], name)
    return close_loop(actions, _count_waves(voices.comments, themes, calendar), as_of=as_of)


def _to_days(column: pd.Series, name: str) -> pd.Series:
    given = column.astype("object").where(column.notna(), "").astype(str).str.strip()
    days = pd.to_datetime(given, format="ISO8601", errors="coerce")
    wrong = int((days.isna() & (given != "")).sum())
    if wrong:
        raise TableError(f"actions.{name} is no day in {wrong} rows.", "write days as 2026-10-31.")
    return days


def _count_waves(comments: pd.DataFrame, themes: Sequence[Theme], calendar: FiscalCalendar) -> pd.DataFrame:
    """Return how many comments of each quarter speak of each theme."""
    columns = ["wave_ends_on", "theme", "n_with", "n_texts"]
    if "month" not in comments.columns or comments.empty:
        return pd.DataFrame(columns=columns)
    ends = {
        month: calendar.period_of(pd.Timestamp(month).date(), "quarter").end for month in comments["month"].unique()
    }
    found = {text: set(find_themes(text, themes)) for text in comments["text"].unique()}
    rows = []
    for end, mine in comments.groupby(comments["month"].map(ends)):
        for theme in themes:
            n_with = sum(theme.key in found[text] for text in mine["text"])
            rows.append({"wave_ends_on": end, "theme": theme.key, "n_with": n_with, "n_texts": len(mine)})
    return pd.DataFrame(rows, columns=columns)
