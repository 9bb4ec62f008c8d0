"""`backtest`: forecasts as they would have been on past days, beside what costs nothing and what people said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting.backtests.answers import KEYS, read_answer
from saleslab.forecasting.backtests.came import Came, lay_out_came
from saleslab.forecasting.backtests.measuring import NAIVE, measure_forecasts
from saleslab.forecasting.backtests.sources import AsOfSource, Known

Forecast = Callable[[Known], pd.DataFrame]

_STALE = 45


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Forecasts from past days, and what came.

    Attributes
    ----------
    forecasts
        ``as_of, series_id, period, method, mean, median``, bounds and ``chance_hit`` where the method tells them,
        then ``actual, target, days_left`` (until the end of the period), ``step`` (periods after the last that was
        over), ``scale, scale_squared`` (of the series' seasonal differences up to the day). Beside the methods given
        stand ``seasonal_naive``, ``last_period`` and what people submitted, by category.
    measures
        From `measure_forecasts`, over all days.
    n_waiting
        Forecasts whose period has not come, and which are not judged.
    refused
        Days on which a method said that it has not enough data: ``as_of, method, reason``.
    """

    forecasts: pd.DataFrame
    measures: pd.DataFrame
    n_waiting: int
    refused: pd.DataFrame

    def measure(self, *by: str) -> pd.DataFrame:
        """Return the measures by some columns of the forecasts, such as ``days_left`` or ``series_id``."""
        return measure_forecasts(self.forecasts, by=by)

    def read(self, method: str, measure: str) -> float:
        """Return one number of ``measures``.

        Raises
        ------
        NotEnoughData
            When the method allows no such measure.
        """
        found = self.measures[self.measures["method"].eq(method) & self.measures["measure"].eq(measure)]
        if found.empty:
            known = ", ".join(self.measures.loc[self.measures["method"].eq(method), "measure"]) or "nothing"
            raise NotEnoughData(f"'{method}' has no '{measure}'; it has {known}.", "choose one of these.")
        return float(found["value"].iloc[0])


def backtest(
    forecast: Forecast | Mapping[str, Forecast],
    source: AsOfSource,
    *,
    actual: pd.DataFrame,
    as_of: Sequence[date],
    season_length: int | None = None,
    submissions: pd.DataFrame | None = None,
) -> Backtest:
    """Return how good forecasts would have been, had they been made on past days with what was known then.

    Use it for series and for deals alike: the forecast is a function from what was known at a day to a frame. For
    forecasts that were really made and written down, use `ForecastLog`.

    Parameters
    ----------
    forecast
        From a `Known` to ``series_id, period, median`` (or ``mean``) and as far as it says them ``lower_80, upper_80``
        of any mass, and ``chance_hit``: what `forecast_series` returns. Several, by their names; one is called
        ``model``.
    source
        What was known at each day; see `AsOfSource`.
    actual
        ``series_id, period, value`` of what came, and ``target`` where there is one. The forecast is never given it;
        the naive methods are, up to each day.
    as_of
        The past days.
    season_length
        Periods in a season; None takes what the grain of ``actual`` has as a rule.
    submissions
        What people said: ``series_id, period, as_of, method, amount``. The latest of the last 45 days counts.

    Raises
    ------
    TableError
        When a source or a forecast gives what it must not.
    NotEnoughData
        When nothing that was forecast has come.

    Examples
    --------
    >>> months = pd.date_range("2024-01-01", periods=30, freq="MS")
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": 100 + np.arange(30.0)})
    >>> def go_on(known):
    ...     last = known.read("panel").iloc[[-1]]
    ...     return last.assign(period=last["period"] + pd.DateOffset(months=1), median=last["value"] + 1)
    >>> days = [date(2026, 3, 31), date(2026, 4, 30)]
    >>> tried = backtest(go_on, AsOfSource.of_panel(panel), actual=panel, as_of=days)
    >>> tried.read("model", "mase"), round(tried.read("last_period", "wape"), 4)
    (0.0, 0.0078)
    """
    methods: Mapping[str, Forecast] = forecast if isinstance(forecast, Mapping) else {"model": forecast}
    days = _check_days(as_of, methods)
    came = lay_out_came(actual, season_length=season_length)
    told, refused = [], []
    for day in days:
        known, over = source.at(day), came.find_last_over(day)
        for name, ask in methods.items():
            try:
                told.append(read_answer(ask(known), method=name, as_of=day, over=over))
            except NotEnoughData as refusal:
                refused.append({"as_of": pd.Timestamp(day), "method": name, "reason": refusal.what})
    if not told:
        raise NotEnoughData(
            f"No forecast was made on any of {len(days)} days; the first refusal: {refused[0]['reason']}",
            "choose later days, or give more history.",
        )
    said = pd.concat(told, ignore_index=True)
    cells = said.drop_duplicates(["as_of", "series_id", "period"])
    rivals = _ask_rivals(came, cells)
    people = () if submissions is None else (_ask_people(submissions, cells),)
    judged, n_waiting = _add_what_came(pd.concat([said, *rivals, *people], ignore_index=True), came)
    return Backtest(judged, measure_forecasts(judged), n_waiting, pd.DataFrame(refused, columns=_REFUSED))


_REFUSED = ["as_of", "method", "reason"]


def _check_days(as_of: Sequence[date], methods: Mapping[str, Forecast]) -> list[date]:
    if isinstance(as_of, str | date):
        raise BadArgument(f"as_of is {as_of!r}.", "give a list of days: one or more.")
    try:
        days = sorted({pd.Timestamp(day).date() for day in as_of})
    except (TypeError, ValueError):
        raise BadArgument("as_of holds what is no day.", "give days, such as date(2026, 3, 31).") from None
    if not days or not methods:
        raise BadArgument(f"{len(days)} days and {len(methods)} forecasts were given.", "give at least one of each.")
    taken = sorted(set(methods) & set(NAIVE))
    if taken:
        raise BadArgument(f"A forecast is called {taken[0]!r}, as a naive method is.", "give it another name.")
    return days


def _ask_rivals(came: Came, cells: pd.DataFrame) -> Iterable[pd.DataFrame]:
    """Return what costs nothing: the same season's last value, and the last value."""
    for day, at_day in cells.groupby("as_of"):
        as_of = pd.Timestamp(str(day)).date()
        for name, say in zip(NAIVE, (came.repeat_season, came.repeat_last), strict=True):
            value = say(at_day, as_of)
            told = at_day[["as_of", "series_id", "period"]].assign(method=name, mean=value, median=value)
            yield told[np.isfinite(value)]


def _ask_people(submissions: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the latest that people had submitted about the same series and period by each day."""
    missing = [name for name in ("series_id", "period", "as_of", "method", "amount") if name not in submissions.columns]
    if missing:
        raise TableError(
            f"submissions has no column {', '.join(map(repr, missing))}.",
            "give series_id, period, as_of, method and amount.",
        )
    said = submissions.rename(columns={"as_of": "said_on"})
    said = said.assign(period=pd.to_datetime(said["period"]), said_on=pd.to_datetime(said["said_on"]))
    asked = cells[["as_of", "series_id", "period"]].merge(said, on=["series_id", "period"])
    age = asked["as_of"] - asked["said_on"]
    asked = asked[(age >= pd.Timedelta(0)) & (age <= pd.Timedelta(days=_STALE))]
    latest = asked.sort_values("said_on").drop_duplicates(list(KEYS), keep="last")
    amount = latest["amount"].astype("float64")
    return latest[list(KEYS)].assign(mean=amount, median=amount)


def _add_what_came(told: pd.DataFrame, came: Came) -> tuple[pd.DataFrame, int]:
    row, column = came.locate(told)
    inside = (row >= 0) & (column >= 0)
    actual = np.where(inside, came.amounts[row, column], np.nan)
    has_come = np.isfinite(actual)
    told, row, column = told[has_come].reset_index(drop=True), row[has_come], column[has_come]
    if told.empty:
        raise NotEnoughData(
            "Nothing that was forecast has come yet, or not under the same series and period.",
            "choose earlier days, and see that forecasts and actual name series and periods alike.",
        )
    scales = {day: came.measure_scales(pd.Timestamp(day).date()) for day in told["as_of"].unique()}
    last = {day: came.count_over(pd.Timestamp(day).date()) for day in scales}
    day = told["as_of"]
    return told.assign(
        actual=actual[has_come],
        target=came.targets[row, column],
        days_left=(came.ends[column] - pd.DatetimeIndex(day)).days,
        step=column - day.map(last).to_numpy() + 1,
        scale=[scales[one][0][at] for one, at in zip(day, row, strict=True)],
        scale_squared=[scales[one][1][at] for one, at in zip(day, row, strict=True)],
    ), int((~has_come).sum())
