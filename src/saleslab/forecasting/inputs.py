"""From the warehouse to the panels that this room forecasts.

Sales are summed by month, quarter or week where they are; what reaches Python is a row a series and period.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import ibis
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date

SeriesGrain = Literal["week", "month", "quarter"]

_UNITS = {"week": "W", "month": "M", "quarter": "Q"}


def read_won_series(
    lab: Warehouse, *, as_of: date, grain: SeriesGrain = "month", by: str | None = None
) -> pd.DataFrame:
    """Return won money by period as a panel: ``series_id, period, value``.

    Use it before `forecast_series`, with ``gaps="zero"``: a period without a row had no sale.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known; a period that is not over by then is left out.
    grain
        ``week`` (from Monday), ``month`` or ``quarter`` of the calendar, by the company's own days.
    by
        Column of the deals that tells series apart, such as ``owner_id``; None for one series, ``all``.

    Raises
    ------
    NotEnoughData
        When no deal was won in a period that is over.
    """
    deals = lab.need("opportunities")
    if grain not in _UNITS:
        raise BadArgument(f"grain is {grain!r}.", f"give one of {', '.join(_UNITS)}.")
    if by is not None and by not in deals.columns:
        raise BadArgument(f"opportunities has no column {by!r}.", "give one of its columns, such as 'owner_id'.")
    rows = _won(lab, deals, as_of, by)
    rows = rows.mutate(period=rows.day.truncate(_UNITS[grain]))
    rows = rows.filter(rows.period < ibis.literal(_start_of_open_period(as_of, grain)))
    sums = rows.group_by("series_id", "period").aggregate(value=rows.amount.sum().cast("float64"))
    panel = lab.read(sums.order_by("series_id", "period"))
    if panel.empty:
        raise NotEnoughData(
            f"No deal was won in a {grain} that is over by {as_of}.", "import won deals with close date and amount."
        )
    return panel.assign(period=pd.to_datetime(panel["period"]))


def _won(lab: Warehouse, deals: Any, as_of: date, by: str | None) -> Any:
    """Return one row a won deal: ``series_id``, ``day`` and ``amount`` in the base currency."""
    zone, base = lab.settings.timezone, lab.settings.currency
    over = ibis.timestamp(end_of_day(as_of, zone))
    won = deals.filter(deals.is_won & deals.closed_at.notnull() & (deals.closed_at < over))
    home = won.currency.isnull() | (won.currency == base)
    amount = won.amount_base.coalesce(ibis.ifelse(home, won.amount, ibis.null(won.amount.type())))
    series = ibis.literal("all") if by is None else won[by].cast("string")
    rows = won.select(series_id=series, day=to_local_date(won.closed_at, zone), amount=amount)
    return rows.filter(rows.series_id.notnull() & rows.amount.notnull())


def _start_of_open_period(as_of: date, grain: str) -> date:
    """Return the first day of the period that is not over yet at the end of a day."""
    following = as_of + timedelta(days=1)
    if grain == "week":
        return following - timedelta(days=following.weekday())
    month = following.month if grain == "month" else 3 * ((following.month - 1) // 3) + 1
    return following.replace(month=month, day=1)
