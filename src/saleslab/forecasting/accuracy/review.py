"""Everything that the report of forecast accuracy shows, put together once from the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure, has_targets_of_other_money, read_submissions, read_team_names
from saleslab.forecasting.accuracy.methods import (
    LANDING,
    PEOPLE,
    History,
    find_measure,
    make_landing,
    make_methods,
    read_history,
    sum_submissions,
)
from saleslab.forecasting.backtests.replay import Backtest, backtest
from saleslab.forecasting.records.nodes import COMPANY
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse
from saleslab.wording import Text

Gap = Literal["no_submissions", "no_pipeline_history", "no_targets", "other_targets", "few_periods"]

_FEW_PERIODS = 4


@dataclass(frozen=True, slots=True, eq=False)
class AccuracyReview:
    """How good forecasts of a period were, and those of the periods before it.

    Attributes
    ----------
    period
        The last one that is over.
    periods
        All that were tried, the oldest first.
    days_before
        How many days before the end of each period was asked, the most first.
    measure
        Money of won deals, or of orders.
    tried
        The forecasts of all methods for the company, its teams and its people, and what came. Methods: ``series``
        (the lab's), ``weighted`` (pipeline by stage), ``commit`` and ``best_case`` (people), ``seasonal_naive`` and
        ``last_period``.
    landings
        With ``with_deals``: the company's landings by its deals, method ``landing``, as `Backtest.forecasts` has them.
        They are about won deals, whatever ``measure`` is; None otherwise.
    gaps
        What the data lack.
    team_names
        Names of teams.
    as_of, currency
        The last day that is known; the money.
    """

    period: Period
    periods: tuple[Period, ...]
    days_before: tuple[int, ...]
    measure: Measure
    tried: Backtest
    landings: pd.DataFrame | None
    gaps: tuple[Gap, ...]
    team_names: Mapping[str, str]
    as_of: date
    currency: str

    @property
    def last(self) -> pd.DataFrame:
        """The company's forecasts of the last period, the earliest first."""
        rows = self.of("company")
        return rows[rows["period"].eq(pd.Timestamp(self.period.start))].sort_values(["days_before", "method"])

    def of(self, scope_type: str) -> pd.DataFrame:
        """Return the forecasts about the company, teams or people, with ``days_before`` as they were asked."""
        rows = self.tried.forecasts
        rows = rows[rows["series_id"].str.partition(":")[0].eq(scope_type)]
        if scope_type == COMPANY and self.landings is not None and self.measure == "won_amount":
            rows = pd.concat([rows, self.landings], ignore_index=True)
        return rows.assign(days_before=rows["days_left"])


def review_accuracy(
    lab: Warehouse,
    *,
    as_of: date,
    period: Period | None = None,
    days_before: Sequence[int] = (90, 60, 30, 7),
    n_periods: int = 4,
    measure: Measure | Literal["auto"] = "auto",
    with_deals: bool = False,
    seed: int = 1,
) -> AccuracyReview:
    """Return how good forecasts of a period were, as they could have been made on days before its end.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    period
        The last period that is judged; None takes the fiscal quarter that was last over.
    days_before
        On how many days before its end each period is forecast.
    n_periods
        How many periods are tried, the last one included.
    measure
        Money of won deals or of orders; ``auto`` takes what people's forecasts are about, or deals.
    with_deals
        Whether the landing by open deals is tried too: some seconds for each day.
    seed
        Of the draws.

    Raises
    ------
    NotEnoughData
        When no period that is over can be forecast.
    BadArgument
        When a number makes no sense.
    """
    days = tuple(sorted(set(days_before), reverse=True))
    if not days or days[-1] < 1 or n_periods < 1:
        raise BadArgument(f"days_before is {days_before} and n_periods {n_periods}.", "give whole numbers from 1.")
    calendar = lab.settings.fiscal_calendar
    last = _find_last_period(calendar, as_of, period)
    periods = [last]
    while len(periods) < n_periods:
        periods.append(calendar.previous(periods[-1]))
    periods.reverse()
    asked = _list_asked(periods, days)
    found = find_measure(lab, as_of=as_of) if measure == "auto" else measure
    history = read_history(lab, asked, measure=found, until=last.end)
    tried = _try(lab, history, asked, calendar=calendar, seed=seed)
    seen = set(tried.forecasts["period"])
    kept = tuple(one for one in periods if pd.Timestamp(one.start) in seen)
    gaps = _find_gaps(tried, kept, has_targets_of_other_money(lab, measure=found))
    landings = _try_deals(lab, asked, until=last.end, seed=seed) if with_deals else None
    return AccuracyReview(
        last, kept, days, found, tried, landings, gaps, read_team_names(lab), as_of,
        lab.settings.currency,
    )  # fmt: skip


def try_accuracy(lab: Warehouse, **told: Any) -> tuple[AccuracyReview | None, Text | None]:
    """Return the review of `review_accuracy`, or None and why there is none: a page says so instead of stopping."""
    try:
        return review_accuracy(lab, **told), None
    except NotEnoughData as refusal:
        return None, Text.same(f"{refusal.what} Next: {refusal.next_step}")


def _find_last_period(calendar: FiscalCalendar, as_of: date, period: Period | None) -> Period:
    if period is None:
        running = calendar.quarter_of(as_of)
        return running if running.end <= as_of else calendar.previous(running)
    if period.end > as_of:
        raise BadArgument(
            f"The period ends on {period.end}, and data are known until {as_of}.", "give a period that is over."
        )
    return period


def _list_asked(periods: Iterable[Period], days: Iterable[int]) -> pd.DataFrame:
    rows = [(one.start, one.end, one.end - timedelta(days=n)) for one in periods for n in days]
    return pd.DataFrame(rows, columns=["start", "end", "as_of"])


def _try(lab: Warehouse, history: History, asked: pd.DataFrame, *, calendar: FiscalCalendar, seed: int) -> Backtest:
    periods = _list_periods(asked, calendar)
    return backtest(
        make_methods(history, periods, calendar=calendar, seed=seed),
        history.source,
        actual=history.actual,
        as_of=sorted(periods),
        season_length=4,
        submissions=sum_submissions(read_submissions(lab, asked), history.team_of),
    )


def _try_deals(lab: Warehouse, asked: pd.DataFrame, *, until: date, seed: int) -> pd.DataFrame | None:
    """Return the company's landings by its deals on past days; None where deals tell none."""
    if not lab.has("opportunities"):
        return None
    try:
        history = read_history(lab, asked, measure="won_amount", until=until)
        method = make_landing(lab, _list_periods(asked, lab.settings.fiscal_calendar), seed=seed)
        company = history.actual[history.actual["series_id"].eq(COMPANY)]
        days = sorted(set(asked["as_of"]))
        tried = backtest({LANDING: method}, history.source, actual=company, as_of=days, season_length=4)
    except NotEnoughData:
        return None
    rows = tried.forecasts
    return rows[rows["method"].eq(LANDING)].reset_index(drop=True)


def _list_periods(asked: pd.DataFrame, calendar: FiscalCalendar) -> dict[date, list[Period]]:
    periods: dict[date, list[Period]] = {}
    for start, day in zip(asked["start"], asked["as_of"], strict=True):
        periods.setdefault(day, []).append(calendar.quarter_of(start))
    return periods


def _find_gaps(tried: Backtest, periods: Sequence[Period], has_other_targets: bool) -> tuple[Gap, ...]:
    methods = set(tried.forecasts["method"])
    found: dict[Gap, bool] = {
        "no_submissions": not methods & set(PEOPLE),
        "no_pipeline_history": "weighted" not in methods,
        "no_targets": not bool(tried.forecasts["target"].notna().any()),
        "other_targets": has_other_targets and bool(tried.forecasts["target"].notna().any()),
        "few_periods": len(periods) < _FEW_PERIODS,
    }
    return tuple(gap for gap, is_so in found.items() if is_so)
