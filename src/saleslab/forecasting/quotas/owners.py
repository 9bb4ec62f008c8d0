"""What will each person come to in a period, so that people add up to the company in every possible future?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.accuracy.landing import SoldMonths, lay_out_sales, leave_rest
from saleslab.forecasting.hierarchy.reconciling import reconcile
from saleslab.forecasting.laying import Floats
from saleslab.periods import FiscalCalendar, Period
from saleslab.tables.presence import require_columns

FEWEST_MONTHS = 6
"""Months since the first sale below which a person gets no chance of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnerTotals:
    """What owners may come to in a period.

    Attributes
    ----------
    owner_ids
        Who has sold in the last twelve months or in the period; "" stands for sales without owner.
    n_months
        Months from the first sale of each until the last one that is over.
    so_far
        What each has sold in the period.
    totals
        What each may come to, shape (owners, paths). Along one path owners add up to the company.
    """

    owner_ids: tuple[str, ...]
    n_months: tuple[int, ...]
    so_far: Floats
    totals: Floats

    @property
    def company(self) -> Floats:
        """What the company may come to, one sum a path."""
        return np.asarray(self.totals.sum(axis=0))

    def find(self, owner_id: str) -> Floats | None:
        """Return what an owner may come to; None for who has sold for less than six months, or not of late."""
        if owner_id not in self.owner_ids:
            return None
        at = self.owner_ids.index(owner_id)
        return self.totals[at] if self.n_months[at] >= FEWEST_MONTHS else None


def draw_owner_totals(
    sales: pd.DataFrame,
    *,
    as_of: date,
    period: Period,
    calendar: FiscalCalendar,
    days: pd.DataFrame | None = None,
    n_paths: int = 1_000,
    seed: int = 1,
) -> OwnerTotals:
    """Return what each owner may come to in a period, by their past months alone.

    Use it for the chance of a quota where no deals tell more. The months of all owners and of the company are forecast
    at once and reconciled (`reconcile`), and of a month that has begun only the share that is left as a rule is added.

    Parameters
    ----------
    sales
        ``owner_id, start, end, amount``: sums of stretches that lie within months, known by ``as_of``.
    as_of
        The last day that is known, within the period or before it.
    period
        The period; it ends after ``as_of``.
    calendar
        The company's months.
    days
        ``day, amount`` of the company: how much of a month comes in its last days. Without them business days count.
    n_paths, seed
        Possible futures, and the seed of their draws.

    Raises
    ------
    BadArgument
        When the period is over.
    NotEnoughData
        When nobody has sold for six months.

    Examples
    --------
    >>> months = pd.date_range("2024-04-01", periods=24, freq="MS")
    >>> stretch = {"start": months, "end": months + pd.offsets.MonthEnd()}
    >>> sales = pd.concat([pd.DataFrame(stretch | {"owner_id": name, "amount": 10.0}) for name in ("u", "v")])
    >>> calendar = FiscalCalendar()
    >>> told = {"as_of": date(2026, 3, 31), "period": calendar.quarter_of(date(2026, 4, 1)), "calendar": calendar}
    >>> drawn = draw_owner_totals(sales, **told, n_paths=50)
    >>> drawn.owner_ids, drawn.company.shape, round(float(np.median(drawn.find("u"))), 6)
    (('u', 'v'), (50,), 30.0)
    """
    require_columns(sales, "owner_id", "start", "end", "amount", of="sales (accuracy.read_sales)")
    if as_of >= period.end:
        raise BadArgument(f"The period ends on {period.end}, and {as_of} is known already.", "give an earlier day.")
    by_owner = sales.assign(series_id=sales["owner_id"].astype("str"))
    by_owner = by_owner.groupby(["series_id", "start", "end"])["amount"].sum().reset_index()
    told: dict[str, Any] = {"as_of": as_of, "period": period, "calendar": calendar, "days": days}
    lay_out_sales(by_owner, **told, fewest=FEWEST_MONTHS)  # refuses where nobody has sold for long enough
    sold = lay_out_sales(by_owner, **told, fewest=1)
    horizon = len(sold.shares_left)
    said = reconcile(_lay_panel(sold), by=("part",), horizon=horizon, n_paths=n_paths, seed=seed)
    is_part = said.nodes["part"].notna().to_numpy()
    order = said.nodes["part"][is_part].astype("int64").to_numpy().argsort()
    paths = said.draws[is_part][order]
    left = leave_rest(paths, np.median(paths, axis=1), sold.shares_left).sum(axis=2)
    n_months = (~np.isnan(sold.months)).sum(axis=1)
    new = _find_new(by_owner, sold, period)  # of whom nothing is known but what they sold by now
    so_far = np.concatenate([sold.so_far, new.to_numpy()])
    return OwnerTotals(
        (*sold.nodes, *new.index),
        (*(int(n) for n in n_months), *[0] * len(new)),
        so_far,
        so_far[:, None] + np.vstack([left, np.zeros((len(new), n_paths))]),
    )


def _find_new(by_owner: pd.DataFrame, sold: SoldMonths, period: Period) -> pd.Series:
    """Return what owners without a month that is over have sold in the period."""
    rows = by_owner[by_owner["start"].ge(pd.Timestamp(period.start)) & ~by_owner["series_id"].isin(sold.nodes)]
    return rows.groupby("series_id")["amount"].sum().astype("float64")


def _lay_panel(sold: SoldMonths) -> pd.DataFrame:
    """Return months one after the other as a panel, owners by their place: fiscal months have no names of their own."""
    row, column = np.nonzero(~np.isnan(sold.months))
    names = pd.period_range("2000-01", periods=sold.months.shape[1], freq="M").to_timestamp()
    return pd.DataFrame(
        {"part": [f"{at:06d}" for at in row], "period": names[column], "value": sold.months[row, column]}
    )
