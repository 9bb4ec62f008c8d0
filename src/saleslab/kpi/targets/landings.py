"""What a forecast hands over: landings of a period, as a table, and of which goal they speak."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pandas as pd

from saleslab.kpi.targets.model import Floats
from saleslab.periods import Period
from saleslab.tables.presence import require_columns

FORECAST_MONEY: Mapping[str, str] = MappingProxyType({"won_amount": "won_amount", "revenue": "ordered_amount"})
"""Goals whose landing the forecasts draw, and the money that these must be of."""

LANDING_PARTS = ("won_amount", "open_amount", "new_amount")
"""What a landing is the sum of: what is won, what open deals bring, and what has yet to be found."""


def take_forecast(
    draws: pd.DataFrame | None, *, goal: str, period: Period, as_of: date, drawn_for: Period | None, money: str | None
) -> Floats | None:
    """Return what a goal's period comes to by a forecast, shape (draws,); None where it speaks of something else.

    Parameters
    ----------
    draws
        ``as_of`` and, for every draw, `LANDING_PARTS` (``LandingWeeks.draws`` of the forecasts); those of other days
        than ``as_of`` are left out.
    goal, period, as_of
        Metric of the goal, the period that is asked about, and the last day that is known.
    drawn_for, money
        Of which period and which money the draws are; None: of nothing that is known.

    Examples
    --------
    >>> draws = pd.DataFrame({"as_of": [date(2026, 10, 31)] * 2, "won_amount": 40.0, "open_amount": [50.0, 20.0],
    ...                       "new_amount": 20.0})
    >>> quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
    >>> asked = {"period": quarter, "as_of": date(2026, 10, 31), "drawn_for": quarter, "money": "won_amount"}
    >>> take_forecast(draws, goal="won_amount", **asked).tolist(), take_forecast(draws, goal="n_won", **asked)
    ([110.0, 80.0], None)
    """
    if draws is None or draws.empty or drawn_for is None or FORECAST_MONEY.get(goal) != money or money is None:
        return None
    if (drawn_for.start, drawn_for.end) != (period.start, period.end):
        return None
    require_columns(draws, "as_of", *LANDING_PARTS, of="draws (forecasting.follow_landing)")
    today = draws.loc[pd.to_datetime(draws["as_of"]) == pd.Timestamp(as_of), list(LANDING_PARTS)]
    return None if today.empty else today.to_numpy(dtype=float).sum(axis=1)
