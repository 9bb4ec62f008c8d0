"""Past periods forecast again from as many days before their ends as there are now, beside what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure, read_submissions
from saleslab.forecasting.accuracy.methods import find_measure
from saleslab.forecasting.outlook.course import foresee_course
from saleslab.forecasting.outlook.landing import Landed, land_period
from saleslab.periods import Period
from saleslab.warehouse import Warehouse

_PERCENTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class PastLanding:
    """A period that is over, forecast again with what was known as many days before its end.

    Attributes
    ----------
    period, as_of
        Which, and the last day that was known.
    p10, p50, p90
        The forecast.
    came
        What the period brought.
    previous
        What the period before brought: what a forecast must beat.
    people
        What owners had committed to by then, what was won included; None where nobody had, or where people speak of
        other money than what is forecast (orders and not won deals).
    """

    period: Period
    as_of: date
    p10: float
    p50: float
    p90: float
    came: float
    previous: float | None
    people: float | None


def look_back(
    lab: Warehouse,
    days: pd.DataFrame,
    landed: Landed,
    *,
    period: Period,
    measure: Measure,
    n_past: int,
    n_draws: int,
    seed: int,
) -> tuple[PastLanding, ...]:
    """Return past periods forecast again from as many days before their ends, as far as that can be done."""
    calendar, n_months = lab.settings.fiscal_calendar, _MONTHS[period.grain]
    is_same_money = n_past > 0 and find_measure(lab, as_of=landed.landing.as_of) == measure
    found: list[PastLanding] = []
    one = period
    for back in range(1, n_past + 1 if n_months else 1):
        one = calendar.previous(one)
        then, came = _go_back(landed.landing.as_of, back * n_months), sum_days(days, one)
        if calendar.pattern != "month":  # quarters of weeks end on another day of the month each time
            then = one.end - (period.end - landed.landing.as_of)
        if came is None:
            break
        known = days[days["day"] <= pd.Timestamp(then)]
        try:
            if landed.pipeline is None:
                course = foresee_course(known, period=one, as_of=then, n_draws=n_draws, seed=seed)
                ends: tuple[float, ...] | None = tuple(float(end) for end in np.quantile(course.draws, _PERCENTILES))
            else:
                ends = _replay_deals(landed, known, one, n_months=back * n_months)
            if ends is None and back == 1:  # the last one is worth a forecast of its own
                again = land_period(
                    lab, known, as_of=then, period=one, measure="won_amount", target=None, n_draws=n_draws, seed=seed
                ).landing
                ends = (again.p10, again.p50, again.p90)
        except NotEnoughData:
            break
        if ends is not None:
            before = sum_days(days, calendar.previous(one))
            low, middle, high = ends
            people = _read_people(lab, one, then) if is_same_money else None
            found.append(PastLanding(one, then, low, middle, high, came, before, people))
    return tuple(reversed(found))


def _go_back(day: date, n_months: int) -> date:
    """Return the day that lay as far before the end of its month some months earlier.

    Examples
    --------
    >>> _go_back(date(2026, 8, 20), 3), _go_back(date(2026, 9, 30), 3)
    (datetime.date(2026, 5, 20), datetime.date(2026, 6, 30))
    """
    end = pd.Timestamp(day) + pd.offsets.MonthEnd(0)
    return (end - pd.offsets.MonthEnd(n_months) - (end - pd.Timestamp(day))).date()


_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "other": 0}


def _replay_deals(landed: Landed, known: pd.DataFrame, period: Period, *, n_months: int) -> tuple[float, ...] | None:
    """Return low end, middle and high end of the landing that past chances would have given; its spread is today's.

    None where that day was not among the trials.
    """
    tried = landed.trials[landed.trials["back"] == n_months]
    if tried.empty:
        return None
    landing, said = landed.landing, float(tried["said"].iloc[0])
    won = float(known.loc[known["day"] >= pd.Timestamp(period.start), "amount"].sum())
    rest = max(landing.p50 - landing.won, 1e-9)
    low, high = ((end - landing.won) / rest for end in (landing.p10, landing.p90))
    return won + low * said, won + said, won + high * said


def sum_days(days: pd.DataFrame, period: Period) -> float | None:
    """Return what a period brought; None where the records begin within it."""
    if days.empty or days["day"].min() > pd.Timestamp(period.start) + pd.Timedelta(days=31):
        return None
    inside = days["day"].between(pd.Timestamp(period.start), pd.Timestamp(period.end))
    return float(days.loc[inside, "amount"].sum())


def _read_people(lab: Warehouse, period: Period, then: date) -> float | None:
    asked = pd.DataFrame({"start": [period.start], "end": [period.end], "as_of": [then]})
    said = read_submissions(lab, asked)
    commits = said.loc[said["category"] == "commit", "amount"]
    return float(commits.sum()) if len(commits) else None
