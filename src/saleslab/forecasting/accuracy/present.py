"""What is said today of the running quarter, by every method: what the forecast log writes down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure, read_sold_days, read_submissions
from saleslab.forecasting.accuracy.methods import find_measure, make_methods, read_history, sum_submissions
from saleslab.forecasting.backtests.came import lay_out_came
from saleslab.forecasting.backtests.measuring import NAIVE
from saleslab.forecasting.records.nodes import COMPANY
from saleslab.periods import Period
from saleslab.warehouse import Warehouse


@dataclass(frozen=True, slots=True, eq=False)
class PresentForecasts:
    """What is said of a period on a day.

    Attributes
    ----------
    period, as_of
        Of what, and on which day.
    measure
        Money of won deals, or of orders.
    forecasts
        By method: a frame as `ForecastLog.write` takes it.
    came
        What came in the quarters that are over, as `ForecastLog.score` takes it; for periods of the company that are no
        quarters see `sum_other_periods`.
    """

    period: Period
    as_of: date
    measure: Measure
    forecasts: dict[str, pd.DataFrame]
    came: pd.DataFrame


def forecast_present(
    lab: Warehouse, *, as_of: date, measure: Measure | Literal["auto"] = "auto", seed: int = 1
) -> PresentForecasts:
    """Return what every method says of the running quarter, for the company, its teams and its people.

    Use it once a week, and write it down with `ForecastLog`: what is on record cannot be remembered better later.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known; the quarter of the day after it is forecast.
    measure
        Money of won deals, or of orders; ``auto`` takes what people's forecasts are about, or deals.
    seed
        Of draws and trees.

    Raises
    ------
    NotEnoughData
        When less than six months of sales are known.
    """
    calendar = lab.settings.fiscal_calendar
    period = calendar.quarter_of(as_of + timedelta(days=1))
    asked = pd.DataFrame({"start": [period.start], "end": [period.end], "as_of": [as_of]})
    found = find_measure(lab, as_of=as_of) if measure == "auto" else measure
    history = read_history(lab, asked, measure=found, until=as_of)
    known = history.source.at(as_of)
    said: dict[str, pd.DataFrame] = {}
    for method, ask in make_methods(history, {as_of: [period]}, calendar=calendar, seed=seed).items():
        try:
            said[method] = ask(known)
        except NotEnoughData:
            if not said:  # the lab's own method comes first; without it there is nothing to write down
                raise
    people = sum_submissions(read_submissions(lab, asked), history.team_of)
    for name, rows in people.groupby("method"):
        said[str(name)] = rows.rename(columns={"amount": "median"})[["series_id", "period", "median"]]
    cells = next(iter(said.values()))[["series_id", "period", "period_end"]]
    said |= _say_naive(history.actual, cells, as_of)
    dated = {name: rows.assign(period_end=pd.Timestamp(period.end)) for name, rows in said.items()}
    return PresentForecasts(period, as_of, found, dated, history.actual)


def sum_other_periods(
    lab: Warehouse, asked: pd.DataFrame, *, measure: Measure, as_of: date, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return what the company sold in periods of any length, as `ForecastLog.score` takes it.

    Parameters
    ----------
    lab
        The warehouse.
    asked
        ``node, period, period_end`` of what is to be scored, as `ForecastLog.list_over` gives it; other nodes than
        the company, and periods that are not over by the day, are passed over.
    measure
        Money of won deals, or of orders.
    as_of
        The last day that is known.
    known
        What came that is known already, such as ``PresentForecasts.came``; it is left out.
    """
    cells = asked[asked["node"].eq(COMPANY) & asked["period_end"].le(pd.Timestamp(as_of))]
    cells = cells.rename(columns={"node": "series_id"})
    if known is not None:
        is_known = pd.MultiIndex.from_frame(cells).isin(pd.MultiIndex.from_frame(known[list(cells.columns)]))
        cells = cells[~is_known]
    sold = read_sold_days(lab, until=as_of, measure=measure)
    sums = [
        float(sold.loc[sold["day"].between(start, end), "amount"].sum())
        for start, end in zip(cells["period"], cells["period_end"], strict=True)
    ]
    return cells.assign(value=np.array(sums, dtype=np.float64))


def _say_naive(actual: pd.DataFrame, cells: pd.DataFrame, as_of: date) -> dict[str, pd.DataFrame]:
    """Return what costs nothing to say, for the nodes that have sold before."""
    if actual.empty:
        return {}
    place = cells.iloc[[0]].assign(value=0.0)  # of the running quarter, which no naive method reads
    came = lay_out_came(pd.concat([actual, place], ignore_index=True), season_length=4)
    said: dict[str, pd.DataFrame] = {}
    for name, say in zip(NAIVE, (came.repeat_season, came.repeat_last), strict=True):
        told: pd.DataFrame = cells.assign(median=say(cells, as_of)).dropna()
        if len(told):
            said[name] = told
    return said
