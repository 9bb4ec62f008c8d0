"""Which months of a history may be learned from: those that are over and show what they will come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi.beliefs.chances import FEWEST_MONTHS
from saleslab.kpi.metrics.knowing import keep_known

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RIPE = 0.9
"""Share of its final outcomes that a cohort must have shown."""

_NEEDED = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "value", "n")
_NUMBERS = ("value", "n", "numerator", "denominator")


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """The months of one measure and scope that may be learned from, in order.

    Attributes
    ----------
    number
        Shape (months,), of each month since January of year 0.
    value, n, numerator, denominator
        Shape (months,) each.
    n_unripe
        Months that are over, and whose cohorts have not shown enough.
    """

    number: Ints
    value: Floats
    n: Floats
    numerator: Floats
    denominator: Floats
    n_unripe: int

    def __len__(self) -> int:
        return len(self.number)

    def take(self, places: slice | npt.NDArray[np.intp]) -> Months:
        """Return some of them."""
        return Months(
            number=self.number[places],
            value=self.value[places],
            n=self.n[places],
            numerator=self.numerator[places],
            denominator=self.denominator[places],
            n_unripe=self.n_unripe,
        )

    def ahead(self, months: Ints) -> Ints:
        """Return how many months after the last one each lies."""
        return np.asarray(months - self.number[-1], dtype=np.int64)


def read_months(history: pd.DataFrame, *, metric_id: str, as_of: date, scope: tuple[str, str] | None = None) -> Months:
    """Return the months of one measure that may be learned from.

    Parameters
    ----------
    history
        In the shape of ``kpi_values``; ``is_complete`` and ``maturity`` are heeded where they are given.
    metric_id
        The measure.
    as_of
        The last day that is known: months that end later are left out, and values measured later.
    scope
        ``scope_type`` and ``scope_id``; None where the history holds one scope only.

    Raises
    ------
    TableError
        When a column is missing.
    NotEnoughData
        When the measure has no row.
    BadArgument
        When no scope was chosen from several.
    """
    missing = [name for name in _NEEDED if name not in history.columns]
    if missing:
        raise TableError(
            f"The history has no column {', '.join(map(repr, missing))}.", "give rows in the shape of kpi_values."
        )
    rows = history[history["metric_id"] == metric_id]
    if scope is not None:
        rows = rows[(rows["scope_type"] == scope[0]) & (rows["scope_id"].fillna("") == scope[1])]
    if rows.empty:
        raise NotEnoughData(
            f"The history has no row of '{metric_id}'.",
            "measure it, or check its name and the scope that is asked for.",
        )
    if len(rows[["scope_type", "scope_id"]].drop_duplicates()) > 1:
        raise BadArgument(
            f"The history of '{metric_id}' holds several scopes.", "give scope, such as ('company', 'company')."
        )
    return _keep(keep_known(rows, as_of=as_of), as_of)


def require_months(months: Months, metric_id: str) -> Months:
    """Return months that are enough to believe something, or raise.

    Raises
    ------
    NotEnoughData
        When there are fewer than 6.
    """
    if len(months) < FEWEST_MONTHS:
        unripe = f" beside {months.n_unripe} whose outcomes are still to come" if months.n_unripe else ""
        raise NotEnoughData(
            f"'{metric_id}' has {len(months)} complete months{unripe}; {FEWEST_MONTHS} are needed.",
            "wait for more months, or import more of the past.",
        )
    return months


def number_months(days: Sequence[date]) -> Ints:
    """Return the number of each day's month since January of year 0.

    Examples
    --------
    >>> number_months([date(2027, 1, 1), date(2027, 2, 1)]).tolist()
    [24324, 24325]
    """
    return np.array([day.year * 12 + day.month - 1 for day in days], dtype=np.int64)


def _keep(rows: pd.DataFrame, as_of: date) -> Months:
    starts, ends = pd.to_datetime(rows["period_start"]), pd.to_datetime(rows["period_end"])
    is_over = (ends <= pd.Timestamp(as_of)).to_numpy(dtype=bool)
    is_ripe = np.ones(len(rows), dtype=bool)
    if "maturity" in rows.columns:
        is_ripe &= rows["maturity"].fillna(1.0).to_numpy(dtype=np.float64) >= RIPE
    if "is_complete" in rows.columns:
        is_ripe &= rows["is_complete"].fillna(value=True).to_numpy(dtype=bool) | ~is_over
    numbers = {name: _numbers(rows, name) for name in _NUMBERS}
    is_kept = is_over & is_ripe & np.isfinite(numbers["value"])
    at = number_months(list((starts + (ends - starts) / 2).dt.date))  # months of 4 or 5 weeks begin in another month
    kept = np.flatnonzero(is_kept)
    months = Months(number=at, **numbers, n_unripe=int((is_over & ~is_ripe).sum())).take(kept[np.argsort(at[kept])])
    if len(np.unique(months.number)) < len(months):
        raise BadArgument(
            "The history holds periods that are no months, or a month twice.", "measure months, one row each."
        )
    return months


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    if name not in rows.columns:
        return np.full(len(rows), np.nan)
    return rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
