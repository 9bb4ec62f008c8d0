"""What was known at the end of a day: a row that is dated later is never handed out.

A forecast that is tried on past days must not see what came. So it is given no table, but a view of one day
(`Known`): frames are cut there, cells that were filled later are emptied, and a reader that returns a later row is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.forecasting.backtests.period_ends import find_period_ends

_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class DatedTable:
    """A frame of which each row, and some cells of it, were known from some day on.

    Attributes
    ----------
    frame
        All rows, the later ones too.
    known_on
        The column that says from which day a row is known; a row without it is known from the start.
    later
        Columns that were filled later, by the column that says when: ``{"closed_at": ("is_won", "closed_at")}``.
        Before that day they are handed out empty, and flags as False.
    hidden
        Columns that are not handed out at all.
    """

    frame: pd.DataFrame
    known_on: str
    later: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    hidden: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = {self.known_on, *self.later, *self.hidden, *(name for names in self.later.values() for name in names)}
        missing = sorted(named - set(self.frame.columns))
        if missing:
            raise TableError(
                f"The table has no column {', '.join(map(repr, missing))}; it has {', '.join(self.frame.columns)}.",
                "name the columns that say when a row and its cells became known.",
            )

    def cut(self, as_of: date) -> pd.DataFrame:
        """Return the rows and cells that were known at the end of a day."""
        rows = self.frame[~_lies_after(self.frame[self.known_on], as_of)].copy()
        unknown = {stamp: _lies_after(rows[stamp], as_of) for stamp in self.later}
        for stamp, names in self.later.items():
            for name in names:
                blank: Any = False if pd.api.types.is_bool_dtype(rows[name]) else pd.NA
                rows[name] = rows[name].mask(unknown[stamp], blank)
        return rows.drop(columns=list(self.hidden)).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class DatedReader:
    """A function that reads what was known at a day, such as a query with ``as_of``, and is held to that.

    Attributes
    ----------
    read
        From the day to a frame.
    dated_by
        Columns that must not lie after the day. Dates of plans, such as an expected close, are not among them.
    """

    read: Callable[[date], pd.DataFrame]
    dated_by: tuple[str, ...]

    def cut(self, as_of: date) -> pd.DataFrame:
        """Return what the reader gives for a day; refuse it when it holds what came later."""
        rows = self.read(as_of)
        missing = sorted(set(self.dated_by) - set(rows.columns))
        if missing:
            raise TableError(
                f"The reader returned no column {', '.join(map(repr, missing))}, by which its rows are dated.",
                "let it return them, or name the columns that say when its rows became known.",
            )
        late = {name: int(_lies_after(rows[name], as_of).sum()) for name in self.dated_by}
        found = ", ".join(f"{n} rows of '{name}'" for name, n in late.items() if n)
        if found:
            raise TableError(
                f"The reader was asked what is known by {as_of} and returned later rows: {found}.",
                "cut its query at as_of; a forecast tried on it would know the future.",
            )
        return rows


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at the end of one day; given to a forecast that is tried on it.

    Attributes
    ----------
    as_of
        The day.
    tables
        What the source holds; read it by `read`, which cuts it.
    """

    as_of: date
    tables: Mapping[str, DatedTable | DatedReader] = field(repr=False)

    def read(self, name: str) -> pd.DataFrame:
        """Return a table as it was known; a copy, so that nothing written into it reaches the next day."""
        if name not in self.tables:
            raise BadArgument(
                f"The source has no table '{name}'.", f"read one of: {', '.join(sorted(self.tables)) or 'none'}."
            )
        return self.tables[name].cut(self.as_of)


class AsOfSource:
    """Tables that can be seen as they were known on any day.

    Parameters
    ----------
    tables
        A `DatedTable` or a `DatedReader` for each name.

    Examples
    --------
    >>> deals = pd.DataFrame(
    ...     {
    ...         "opportunity_id": ["a", "b"],
    ...         "created_at": pd.to_datetime(["2026-04-01", "2026-05-01"]),
    ...         "closed_at": pd.to_datetime(["2026-04-20", None]),
    ...         "is_won": [True, False],
    ...     }
    ... )
    >>> source = AsOfSource({"deals": DatedTable(deals, "created_at", {"closed_at": ("closed_at", "is_won")})})
    >>> source.at(date(2026, 4, 10)).read("deals")[["opportunity_id", "is_won"]].to_numpy().tolist()
    [['a', False]]
    >>> source.at(date(2026, 4, 20)).read("deals")[["opportunity_id", "is_won"]].to_numpy().tolist()
    [['a', True]]
    """

    def __init__(self, tables: Mapping[str, DatedTable | DatedReader]) -> None:
        self._tables = MappingProxyType(dict(tables))

    @classmethod
    def of_panel(cls, panel: pd.DataFrame) -> AsOfSource:
        """Return the source of a panel: its table ``panel`` holds, at each day, the periods that were over by then.

        Examples
        --------
        >>> months = pd.date_range("2026-01-01", periods=3, freq="MS")
        >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": [1.0, 2.0, 3.0]})
        >>> source = AsOfSource.of_panel(panel)
        >>> [len(source.at(date(2026, 3, day)).read("panel")) for day in (30, 31)]
        [2, 3]
        """
        ends = find_period_ends(panel["period"], panel["series_id"])
        dated = panel.assign(period_is_over_on=ends.to_numpy())
        return cls({"panel": DatedTable(dated, "period_is_over_on", hidden=("period_is_over_on",))})

    def at(self, as_of: date) -> Known:
        """Return what was known at the end of a day."""
        return Known(as_of, self._tables)


def _lies_after(stamps: pd.Series, as_of: date) -> np.ndarray:
    """Say of each stamp whether it lies after the end of a day; a missing one does not."""
    try:
        moments = pd.to_datetime(stamps)
    except (TypeError, ValueError):
        raise TableError(
            f"The column '{stamps.name}', by which rows are dated, holds what is no date.", "give dates or timestamps."
        ) from None
    if moments.dt.tz is not None:
        moments = moments.dt.tz_localize(None)
    return np.asarray(moments >= pd.Timestamp(as_of) + pd.Timedelta(days=1))
