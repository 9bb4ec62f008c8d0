"""What each method says of a running period, from nothing but what was known on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.inputs import (
    MEASURES,
    Measure,
    list_measures,
    read_first_sale,
    read_money_targets,
    read_sales,
    read_sold_days,
    read_submissions,
    read_team_of,
    read_weighted_pipeline,
)
from saleslab.forecasting.accuracy.landing import land_series, name_targets, sum_by_node
from saleslab.forecasting.backtests.replay import Forecast
from saleslab.forecasting.backtests.sources import AsOfSource, DatedTable, Known
from saleslab.forecasting.records.nodes import COMPANY
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse

MODEL, WEIGHTED, LANDING = "series", "weighted", "landing"
PEOPLE = ("commit", "best_case")
"""The series alone, the weighted pipeline, the landing by deals, and what people submit."""

_WHOLE_FROM = 31
_QUARTERS_ASKED = 5
_DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What was known when, as the methods read it, and what came.

    Attributes
    ----------
    source
        Tables ``sales`` (by owner and stretch of days), ``days`` (of the company) and ``pipeline`` (weighted).
    actual
        What came in each quarter that is over, by node, with its target: ``series_id, period, period_end, value``.
    team_of
        Team of each owner.
    targets
        Of nodes: ``series_id, start, end, target``.
    has_pipeline
        Whether the pipeline of past days can be told.
    """

    source: AsOfSource
    actual: pd.DataFrame
    team_of: Mapping[str, str]
    targets: pd.DataFrame
    has_pipeline: bool


def find_measure(lab: Warehouse, *, as_of: date) -> Measure:
    """Return what people's forecasts are about: the money that comes nearer to what they last said was closed.

    The last five quarters are looked at. Without submissions it is won deals, or orders where there are no deals.

    Raises
    ------
    NotEnoughData
        When there are neither deals nor orders.
    """
    known = list_measures(lab)
    if not known:
        raise NotEnoughData("There are neither won deals nor orders.", "import opportunities or orders.")
    quarters = [lab.settings.fiscal_calendar.quarter_of(as_of)]
    while len(quarters) < _QUARTERS_ASKED:
        quarters.append(lab.settings.fiscal_calendar.previous(quarters[-1]))
    asked = pd.DataFrame([(one.start, min(one.end, as_of)) for one in quarters], columns=["start", "as_of"])
    said = read_submissions(lab, asked)
    closed = said[said["category"].eq("closed")]
    if len(known) == 1 or closed.empty:
        return known[0]
    told = closed.groupby("start").agg(amount=("amount", "sum"), said_on=("said_on", "max")).reset_index()
    starts = [day.date() for pair in zip(told["start"], told["said_on"], strict=True) for day in pair]
    apart = {}
    for measure in known:
        sales = read_sales(lab, starts, until=max(starts), measure=measure)
        sums = sales.groupby("start")["amount"].sum()
        apart[measure] = float((told["start"].map(sums).fillna(0.0) - told["amount"]).abs().sum())
    return min(known, key=lambda measure: (apart[measure], MEASURES.index(measure)))


def read_history(lab: Warehouse, asked: pd.DataFrame, *, measure: Measure, until: date) -> History:
    """Return all that the methods read, each row dated by the day on which it was known.

    Parameters
    ----------
    lab
        The warehouse.
    asked
        ``start`` and ``end`` of periods, and the days ``as_of`` on which they are forecast.
    measure
        Won deals or orders.
    until
        The last day whose sales are read.

    Raises
    ------
    NotEnoughData
        When nothing was sold by then.
    """
    calendar, first = lab.settings.fiscal_calendar, read_first_sale(lab, measure=measure)
    if first > until:
        raise NotEnoughData(f"The first sale is of {first}, after {until}.", "wait until a period is over.")
    months = calendar.months_of(Period(first, until))
    cuts = {max(month.start, first) for month in months} | {day + timedelta(days=1) for day in asked["as_of"]}
    sales = read_sales(lab, sorted(day for day in cuts if first <= day <= until), until=until, measure=measure)
    team_of, targets = read_team_of(lab), name_targets(read_money_targets(lab, measure=measure))
    try:
        pipeline, has_pipeline = read_weighted_pipeline(lab, asked), True
    except NotEnoughData:
        pipeline, has_pipeline = pd.DataFrame(columns=["owner_id", "as_of", "start", "weighted"]), False
    tables = {
        "sales": DatedTable(sales, "end"),
        "days": DatedTable(read_sold_days(lab, until=until, measure=measure), "day"),
        "pipeline": DatedTable(pipeline, "as_of"),
    }
    actual = _sum_quarters(sales, team_of, targets, calendar, until)
    return History(AsOfSource(tables), actual, team_of, targets, has_pipeline)


def _sum_quarters(
    sales: pd.DataFrame, team_of: Mapping[str, str], targets: pd.DataFrame, calendar: FiscalCalendar, until: date
) -> pd.DataFrame:
    """Return what came in each quarter that is over, with its target: who sold nothing in one has a 0 there."""
    by_node = sum_by_node(sales, team_of)
    quarters = {day: calendar.quarter_of(day.date()) for day in by_node["start"].unique()}
    first = by_node["start"].min()
    if (first.date() - quarters[first].start).days > _WHOLE_FROM:  # the record began in its midst
        by_node = by_node[by_node["start"] > pd.Timestamp(quarters[first].end)]
    by_node = by_node.assign(period=by_node["start"].map({day: pd.Timestamp(q.start) for day, q in quarters.items()}))
    sums = by_node.pivot_table(index="series_id", columns="period", values="amount", aggfunc="sum", fill_value=0.0)
    started = sums.ne(0).cummax(axis=1)
    long = sums.where(started).reset_index().melt("series_id", var_name="period", value_name="value").dropna()
    ends = {pd.Timestamp(one.start): pd.Timestamp(one.end) for one in quarters.values()}
    rows = long.assign(period=pd.to_datetime(long["period"]), period_end=long["period"].map(ends))
    named = targets.rename(columns={"start": "period", "end": "period_end"})
    rows = rows[pd.to_datetime(rows["period_end"]) <= pd.Timestamp(until)]
    return rows.merge(named[["series_id", "period", "period_end", "target"]], how="left")


def make_methods(
    history: History, periods: Mapping[date, Sequence[Period]], *, calendar: FiscalCalendar, seed: int
) -> dict[str, Forecast]:
    """Return the methods as `backtest` takes them: each forecasts, on a day, the periods that are asked on it."""

    def ask_series(known: Known) -> pd.DataFrame:
        sales, days = known.read("sales"), known.read("days")
        told: dict[str, Any] = {"calendar": calendar, "team_of": history.team_of, "days": days, "seed": seed}
        landed = [
            land_series(sales, as_of=known.as_of, period=one, targets=_of_period(history.targets, one), **told)
            for one in periods[known.as_of]
        ]
        return pd.concat(landed, ignore_index=True)

    def ask_pipeline(known: Known) -> pd.DataFrame:
        sales, pipeline = known.read("sales"), known.read("pipeline")
        weighed = [_weigh(sales, pipeline, known.as_of, one, history.team_of) for one in periods[known.as_of]]
        return pd.concat(weighed, ignore_index=True)

    methods: dict[str, Forecast] = {MODEL: ask_series}
    if history.has_pipeline:
        methods[WEIGHTED] = ask_pipeline
    return methods


def make_landing(lab: Warehouse, periods: Mapping[date, Sequence[Period]], *, seed: int) -> Forecast:
    """Return the landing of the company's won deals as a method: it reads the deals as they were known on the day."""
    from saleslab.forecasting.outlook.landing import land_period

    def ask_deals(known: Known) -> pd.DataFrame:
        told: dict[str, Any] = {"measure": "won_amount", "target": None, "n_draws": _DRAWS, "seed": seed}
        landed = [
            (one, land_period(lab, known.read("days"), as_of=known.as_of, period=one, **told).landing)
            for one in periods[known.as_of]
        ]
        rows = [
            {"period": one.start, "mean": said.mean, "median": said.p50, "lower_80": said.p10, "upper_80": said.p90}
            for one, said in landed
        ]
        return pd.DataFrame(rows).assign(series_id=COMPANY)

    return ask_deals


def _of_period(targets: pd.DataFrame, period: Period) -> pd.DataFrame:
    same = targets["start"].eq(pd.Timestamp(period.start)) & targets["end"].eq(pd.Timestamp(period.end))
    return targets[same]


def _weigh(
    sales: pd.DataFrame, pipeline: pd.DataFrame, as_of: date, period: Period, team_of: Mapping[str, str]
) -> pd.DataFrame:
    """Return what is sold so far and the weighted open deals that are due in the period, by node."""
    now = pipeline[pipeline["as_of"].eq(pd.Timestamp(as_of)) & pipeline["start"].eq(pd.Timestamp(period.start))]
    if now.empty:
        raise NotEnoughData(f"No open deal was due on {as_of} by {period.end}.", "import the stage history.")
    parts = [
        sales.loc[sales["start"] >= pd.Timestamp(period.start), ["owner_id", "amount"]],
        now[["owner_id", "weighted"]].rename(columns={"weighted": "amount"}),
    ]
    both = pd.concat(parts, ignore_index=True).assign(start=pd.Timestamp(period.start), end=pd.Timestamp(as_of))
    sums = sum_by_node(both, team_of).groupby("series_id")["amount"].sum().reset_index()
    return sums.rename(columns={"amount": "median"}).assign(
        period=pd.Timestamp(period.start), period_end=pd.Timestamp(period.end)
    )


def sum_submissions(said: pd.DataFrame, team_of: Mapping[str, str]) -> pd.DataFrame:
    """Return what people submitted by node, as `backtest` takes it: the company's is the sum of its people's.

    Examples
    --------
    >>> day = pd.Timestamp("2026-05-01")
    >>> said = pd.DataFrame({"user_id": ["u", "v"], "category": "commit", "amount": [3.0, 4.0], "as_of": day})
    >>> sums = sum_submissions(said.assign(start=pd.Timestamp("2026-04-01")), {"u": "t"})
    >>> dict(zip(sums["series_id"], sums["amount"]))
    {'company': 7.0, 'team:t': 3.0, 'user:u': 3.0, 'user:v': 4.0}
    """
    rows = said[said["category"].isin(PEOPLE)].rename(columns={"user_id": "owner_id", "category": "method"})
    team = pd.Series([team_of.get(one, "") for one in rows["owner_id"]], index=rows.index, dtype="str")
    parts = [
        rows.assign(series_id=COMPANY),
        rows.assign(series_id="team:" + team)[team.ne("")],
        rows.assign(series_id="user:" + rows["owner_id"].astype("str")),
    ]
    long = pd.concat(parts, ignore_index=True).rename(columns={"start": "period"})
    return long.groupby(["series_id", "period", "as_of", "method"])["amount"].sum().reset_index()
