"""The tables that nobody sells with: calendar and exchange rates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from saleslab.periods import FiscalCalendar
from saleslab.simulation.clock import day_number
from saleslab.simulation.columns import dates, make_table, pick
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.setting import Setting

_CURRENCIES = ("USD", "EUR")
_FIRST_RATES = (148.0, 158.0)


def calendar_table(scenario: Scenario) -> pa.Table:
    """Return ``calendar`` of the fiscal years that touch the window."""
    calendar = FiscalCalendar(scenario.fiscal_start_month)
    first, last = calendar.year_of(scenario.start).start, calendar.year_of(scenario.end).end
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    months = [calendar.month_of(day) for day in days]
    columns = {
        "date": dates(np.array([day_number(day) for day in days])),
        "fiscal_year": [month.fiscal_year for month in months],
        "fiscal_quarter": [(month.number + 2) // 3 for month in months],
        "fiscal_month": [month.number for month in months],
        "iso_week": [_iso_week(day) for day in days],
        "is_business_day": [calendar.is_business_day(day) for day in days],
        "holiday": pa.array([calendar.holiday_name(day) for day in days], pa.string()),
    }
    return make_table("calendar", columns, len(days))


def _iso_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def fx_table(setting: Setting) -> pa.Table:
    """Return ``fx_rates``: a slow random walk of two currencies on business days."""
    rng = setting.streams("reference.fx")
    days = setting.clock.workdays[int(setting.clock.start) : int(setting.clock.end)]
    steps = rng.normal(0.0, 0.0045, (len(_CURRENCIES), len(days)))
    rates = np.round(np.asarray(_FIRST_RATES)[:, None] * np.exp(np.cumsum(steps, axis=1)), 2)
    n = rates.size
    columns = {
        "currency": pick(_CURRENCIES, np.repeat(np.arange(len(_CURRENCIES)), len(days))),
        "date": dates(np.tile(days, len(_CURRENCIES))),
        "rate_to_base": rates.ravel(),
    }
    return make_table("fx_rates", columns, n)
