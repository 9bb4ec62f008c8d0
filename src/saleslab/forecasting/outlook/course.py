"""Where a period lands by the course of past sales alone: no deal is looked at, only what came in month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.outlook.futures import draw_futures
from saleslab.periods import Period
from saleslab.tables.presence import require_columns

_FEWEST_MONTHS, _PAST_MONTHS = 6, 24


@dataclass(frozen=True, slots=True, eq=False)
class SalesCourse:
    """A period by the course of past sales.

    Attributes
    ----------
    months
        ``series_id, period, value``: what came in each month that is over.
    forecast
        As `forecast_series` gives it, for the months until the period's end; the first may have begun.
    booked
        What came in the period so far.
    draws
        What the whole period may come to.
    """

    months: pd.DataFrame
    forecast: pd.DataFrame
    booked: float
    draws: Floats


def foresee_course(
    days: pd.DataFrame, *, period: Period, as_of: date, n_draws: int = 2_000, seed: int = 1
) -> SalesCourse:
    """Return where a period lands if sales go on as they did.

    Whole months are forecast; of the month that has begun only as much is still to come as came after this day in
    months before.

    Parameters
    ----------
    days
        ``day, amount``: what was sold each day, up to ``as_of``.
    period
        Its end lies after ``as_of``.
    as_of
        Last day that is known.
    n_draws, seed
        Possible totals, and the seed of their draws.

    Raises
    ------
    NotEnoughData
        When fewer than six months are over.
    BadArgument
        When the period is over.

    Examples
    --------
    >>> days = pd.DataFrame({"day": pd.date_range("2024-04-01", "2026-08-20"), "amount": 2.0})
    >>> course = foresee_course(days, period=Period(date(2026, 7, 1), date(2026, 9, 30)), as_of=date(2026, 8, 20))
    >>> course.booked, bool(180 < np.median(course.draws) < 190)
    (102.0, True)
    """
    require_columns(days, "day", "amount", of="days (forecasting.read_sold_days)")
    if as_of >= period.end:
        raise BadArgument(f"The period is over on {period.end}; as_of is {as_of}.", "choose a later period.")
    day = pd.to_datetime(days["day"])
    known = days.assign(day=day)[day <= pd.Timestamp(as_of)]
    months = _sum_months(known, as_of)
    if len(months) < _FEWEST_MONTHS:
        raise NotEnoughData(
            f"Sales of {len(months)} whole months are known by {as_of}; {_FEWEST_MONTHS} are needed.",
            "import older deals or orders, or wait.",
        )
    first_open = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M")
    horizon = (pd.Timestamp(period.end).to_period("M") - first_open).n + 1
    futures = draw_futures(months, horizon=horizon, n_draws=n_draws, seed=seed, gaps="zero")
    paths = futures.paths[0].copy()
    paths[:, 0] *= _draw_share_to_come(known, as_of, n_draws, seed)
    in_period = known["day"].between(pd.Timestamp(period.start), pd.Timestamp(as_of))
    booked = float(known.loc[in_period, "amount"].sum())
    skipped = max(0, (pd.Timestamp(period.start).to_period("M") - first_open).n)
    return SalesCourse(months, futures.forecast, booked, booked + paths[:, skipped:].sum(axis=1))


def _sum_months(days: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the sums of the months that are over, months without a sale included."""
    following = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M")
    sums = days.groupby(days["day"].dt.to_period("M"))["amount"].sum()
    if sums.empty:
        return pd.DataFrame({"series_id": [], "period": [], "value": []})
    every = pd.period_range(sums.index.min(), following - 1, freq="M")
    sums = sums.reindex(every, fill_value=0.0)
    return pd.DataFrame({"series_id": "all", "period": every.to_timestamp(), "value": sums.to_numpy(dtype=float)})


def _draw_share_to_come(days: pd.DataFrame, as_of: date, n_draws: int, seed: int) -> Floats:
    """Return the share of the open month that is still to come, drawn from past months at the same distance."""
    following = as_of + timedelta(days=1)
    if following.day == 1:
        return np.ones(n_draws)
    end: Any = pd.Timestamp(as_of) + pd.offsets.MonthEnd(0)
    n_left = (end - pd.Timestamp(as_of)).days
    month = days["day"].dt.to_period("M")
    from_end = (days["day"] + pd.offsets.MonthEnd(0) - days["day"]).dt.days
    over = month < end.to_period("M")
    table = days[over].assign(month=month[over], late=days["amount"][over].where(from_end[over] < n_left, 0.0))
    sums = table.groupby("month")[["amount", "late"]].sum().tail(_PAST_MONTHS)
    shares = (sums["late"] / sums["amount"])[sums["amount"] > 0].clip(0.0, 1.0).to_numpy(dtype=float)
    if not len(shares):
        return np.full(n_draws, n_left / end.day)
    return np.random.default_rng(seed).choice(shares, size=n_draws)
