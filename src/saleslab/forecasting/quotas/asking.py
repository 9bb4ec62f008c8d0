"""Each quarter with quotas, asked on its eve and on days before its end with nothing but what was known then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure, read_sales, read_sold_days
from saleslab.forecasting.quotas.owners import OwnerTotals, draw_owner_totals
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse

EVE, NOW = "eve", "now"
"""When a quarter is asked: on the day before it begins, or today; other days are written as days before its end."""

SAID = [
    "owner_id", "start", "end", "asked", "as_of", "target", "so_far", "mean", "lower_80", "upper_80", "chance",
]  # fmt: skip
"""Columns of what was said of each quota."""

_ENDS = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Question:
    """A quarter that is asked on a day.

    Attributes
    ----------
    period, as_of
        Which quarter, and the last day that was known.
    asked
        ``eve``, ``now``, or the days before its end.
    """

    period: Period
    as_of: date
    asked: str


def list_questions(periods: Sequence[Period], *, as_of: date, days_before: Sequence[int]) -> list[Question]:
    """Return the days on which quarters are asked: those that are over on their eve and some days before their end.

    Examples
    --------
    >>> calendar = FiscalCalendar()
    >>> quarters = [calendar.parse("FY2026Q1"), calendar.parse("FY2026Q2")]
    >>> found = list_questions(quarters, as_of=date(2026, 8, 20), days_before=(30,))
    >>> [(one.asked, str(one.as_of)) for one in found]
    [('eve', '2026-03-31'), ('30', '2026-05-31'), ('eve', '2026-06-30'), ('now', '2026-08-20')]
    """
    found = []
    for period in periods:
        eve = period.start - timedelta(days=1)
        if eve < as_of:
            found.append(Question(period, eve, EVE))
        if period.end > as_of:
            found.append(Question(period, as_of, NOW))
            continue
        days = [(str(n), period.end - timedelta(days=n)) for n in sorted(days_before, reverse=True)]
        found += [Question(period, day, name) for name, day in days if day > eve]
    return found


def ask_quarters(
    lab: Warehouse,
    targets: pd.DataFrame,
    questions: Sequence[Question],
    *,
    measure: Measure,
    first: date,
    n_paths: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what was said of each quota, and of all of a quarter together.

    Parameters
    ----------
    lab
        The warehouse.
    targets
        ``owner_id, start, target``: one quota a person and quarter.
    questions
        From `list_questions`.
    measure
        Money of won deals, or of orders.
    first
        The day of the first sale.
    n_paths, seed
        Of the draws.

    Returns
    -------
    said, whole
        ``owner_id, start, end, asked, as_of, target, so_far, mean, lower_80, upper_80, chance``: one row a quota and
        day; numbers are missing for who has sold for less than six months. The second frame has no owner:
        ``with_quota`` (all of them together), ``others`` and ``company`` stand in ``part``.
    """
    calendar = lab.settings.fiscal_calendar
    quotas = {
        start: dict(zip(rows["owner_id"], rows["target"], strict=True)) for start, rows in targets.groupby("start")
    }
    sales, days = _read_known(lab, questions, calendar, measure, first)
    said, whole = [], []
    for one in questions:
        known = sales[sales["end"] <= pd.Timestamp(one.as_of)]
        told: dict[str, Any] = {"as_of": one.as_of, "period": one.period, "calendar": calendar}
        by_then = days[days["day"] <= pd.Timestamp(one.as_of)]
        mine = quotas[pd.Timestamp(one.period.start)]
        try:
            drawn = draw_owner_totals(known, days=by_then, n_paths=n_paths, seed=seed, **told)
        except NotEnoughData:
            drawn = OwnerTotals((), (), np.zeros(0), np.zeros((0, n_paths)))
        said.append(_tell_people(one, drawn, mine))
        if drawn.owner_ids:
            whole.append(_tell_whole(one, drawn, mine))
    columns = ["part", *SAID[1:]]
    return pd.concat(said, ignore_index=True), (
        pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=columns)
    )


def _read_known(
    lab: Warehouse, questions: Sequence[Question], calendar: FiscalCalendar, measure: Measure, first: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return sales in stretches that end with each month and each day asked, and those of the company by day."""
    last = max(one.as_of for one in questions)
    months = calendar.months_of(Period(first, last)) if last >= first else []
    cuts = {max(month.start, first) for month in months} | {one.as_of + timedelta(days=1) for one in questions}
    sales = read_sales(lab, sorted(day for day in cuts if first <= day <= last), until=last, measure=measure)
    return sales, read_sold_days(lab, until=last, measure=measure)


def _tell_people(one: Question, drawn: OwnerTotals, quotas: Mapping[str, float]) -> pd.DataFrame:
    rows = []
    for owner, target in sorted(quotas.items()):
        totals = drawn.find(owner)
        so_far = drawn.so_far[drawn.owner_ids.index(owner)] if owner in drawn.owner_ids else 0.0
        rows.append((owner, *_stamp(one), target, so_far, *_tell(totals, target)))
    return pd.DataFrame(rows, columns=SAID)


def _tell_whole(one: Question, drawn: OwnerTotals, quotas: Mapping[str, float]) -> pd.DataFrame:
    """Return what those with a quota come to together, what others do, and the company."""
    has_quota = np.array([owner in quotas for owner in drawn.owner_ids])
    target = float(sum(quotas.values()))
    rows = []
    parts = (("with_quota", has_quota, target), ("others", ~has_quota, np.nan), ("company", has_quota | True, np.nan))
    for part, inside, goal in parts:
        totals = drawn.totals[inside].sum(axis=0)
        rows.append((part, *_stamp(one), goal, float(drawn.so_far[inside].sum()), *_tell(totals, goal)))
    return pd.DataFrame(rows, columns=["part", *SAID[1:]])


def _stamp(one: Question) -> tuple[pd.Timestamp, pd.Timestamp, str, pd.Timestamp]:
    return pd.Timestamp(one.period.start), pd.Timestamp(one.period.end), one.asked, pd.Timestamp(one.as_of)


def _tell(totals: Any, target: float) -> tuple[float, float, float, float]:
    """Return mean, bounds and chance; a chance is never 0 or 1, since so many draws cannot tell."""
    if totals is None:
        return (float("nan"),) * 4
    low, high = np.quantile(totals, _ENDS)
    chance = float("nan") if np.isnan(target) else float(((totals >= target).sum() + 0.5) / (len(totals) + 1))
    return float(totals.mean()), float(low), float(high), chance
