"""What was promised about themes, read from the file in which people keep it, against the comments of each quarter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from saleslab.customers.feedback.disclosing import ALL, flag_themes, name_quarter, name_quarters, name_wave
from saleslab.customers.feedback.loop import ClosedLoop, close_loop
from saleslab.customers.feedback.themes import Theme
from saleslab.customers.feedback.voices import Voices, read_rows
from saleslab.errors import TableError
from saleslab.periods import FiscalCalendar
from saleslab.tables.presence import require_columns

_DATES = ("due_on", "closed_on")


def read_actions(file: str, themes: Sequence[Theme]) -> pd.DataFrame | None:
    """Return what was promised; None where no file is named.

    Parameters
    ----------
    file
        CSV, Excel or Parquet: ``theme, owner_id, due_on, closed_on`` (empty: not done), days as 2026-10-31.

    Raises
    ------
    TableError
        When a column is missing, a theme is not in the dictionary, or a day is none.
    """
    if not file:
        return None
    actions = read_rows(Path(file))
    require_columns(actions, "theme", "owner_id", "due_on", "closed_on", of="actions")
    known = {theme.key for theme in themes}
    strange = sorted(set(actions["theme"].dropna().astype(str)) - known)
    if strange:
        raise TableError(
            f"actions.theme has {len(strange)} values that are no theme: {', '.join(strange)}.",
            f"write one of: {', '.join(sorted(known))}.",
        )
    for name in _DATES:
        actions[name] = _to_days(actions[name], name)
    return actions


def follow_actions(
    actions: pd.DataFrame | None,
    voices: Voices,
    *,
    themes: Sequence[Theme],
    as_of: date,
    calendar: FiscalCalendar,
    shown: Collection[str],
) -> tuple[ClosedLoop, ...]:
    """Return what became of each action.

    Parameters
    ----------
    actions
        From `read_actions`; None: there is none.
    voices
        Comments with their months; where they tell no time, an action that is done waits.
    shown
        Quarters and themes of which the numbers may be told, as `name_wave` names them.
    """
    if actions is None:
        return ()
    return close_loop(actions, _count_waves(voices.comments, themes, calendar, shown), as_of=as_of)


def _to_days(column: pd.Series, name: str) -> pd.Series:
    given = column.astype("object").where(column.notna(), "").astype(str).str.strip()
    days = pd.to_datetime(given, format="ISO8601", errors="coerce")
    wrong = int((days.isna() & (given != "")).sum())
    if wrong:
        raise TableError(f"actions.{name} is no day in {wrong} rows.", "write days as 2026-10-31.")
    return days


def _count_waves(
    comments: pd.DataFrame, themes: Sequence[Theme], calendar: FiscalCalendar, shown: Collection[str]
) -> pd.DataFrame:
    """Return how many comments of each quarter speak of each theme; missing where too few people spoke of it."""
    columns = ["wave_ends_on", "theme", "n_with", "n_texts"]
    if "month" not in comments.columns or comments.empty:
        return pd.DataFrame(columns=columns)
    quarters, told = name_quarters(comments["month"], calendar), flag_themes(comments["text"], themes)
    rows = []
    for quarter, mine in told.groupby(quarters):
        for theme in themes:
            n_with = int(mine[theme.key].sum())
            is_told = {name_wave(name_quarter(quarter), name) for name in (theme.key, ALL)} <= set(shown)
            rows.append((quarter.end, theme.key, n_with if is_told else None, len(mine)))
    return pd.DataFrame(rows, columns=columns)
