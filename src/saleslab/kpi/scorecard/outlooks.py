"""What a period of one scope's measure may come to: what is known of it, and what its own past says of the rest."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from saleslab.kpi.beliefs.belief import Family, Floats
from saleslab.kpi.beliefs.believing import believe
from saleslab.kpi.metrics.knowing import keep_known
from saleslab.kpi.targets.flows import FLOWING
from saleslab.kpi.targets.spans import look_at, sum_months
from saleslab.periods import FiscalCalendar, Period

N_DRAWS = 4_000


def foresee_period(
    history: pd.DataFrame,
    *,
    metric_id: str,
    family: Family,
    scope: tuple[str, str],
    period: Period,
    calendar: FiscalCalendar,
    as_of: date,
    seed: int,
) -> Floats:
    """Return what a period may come to, luck included, shape (4000,), from the scope's own months alone.

    Parameters
    ----------
    history
        In the shape of ``kpi_values``, one row a month; of several measurements the last one known on the day counts.
    metric_id, family
        As `believe` takes them.
    scope
        ``scope_type`` and ``scope_id``.
    period, calendar
        What is asked for, in months of this calendar.
    as_of
        The last day that is known. On the eve of the period nothing of it is.
    seed
        Of the draws.

    Raises
    ------
    NotEnoughData
        When fewer than six months are known.
    BadArgument
        When the months do not fit the family.

    Examples
    --------
    >>> starts = pd.date_range("2025-04-01", periods=12, freq="MS")
    >>> history = pd.DataFrame({"metric_id": "n_won", "scope_type": "team", "scope_id": "t:1", "value": 20.0, "n": 20},
    ...                        index=range(12)).assign(period_start=starts, period_end=starts + pd.offsets.MonthEnd())
    >>> history = history.assign(numerator=20.0, denominator=np.nan)
    >>> calendar = FiscalCalendar()
    >>> drawn = foresee_period(history, metric_id="n_won", family="count", scope=("team", "t:1"), seed=1,
    ...     period=calendar.parse("2026Q1"), calendar=calendar, as_of=date(2026, 3, 31))
    >>> drawn.shape, bool(50 < np.median(drawn) < 70)
    ((4000,), True)
    """
    is_mine = (history["metric_id"] == metric_id) & (history["scope_type"] == scope[0])
    mine = history[is_mine & (history["scope_id"] == scope[1])]
    begun = mine[pd.to_datetime(mine["period_start"]) <= pd.Timestamp(as_of)]
    known = keep_known(begun, as_of=as_of)
    span = look_at(period, known, calendar, as_of=as_of)
    so_far = sum_months(known, metric_id, span.known)
    whole = so_far["denominator"] if family == "rate" else so_far["n"]
    if not span.ahead:
        is_flow = family in FLOWING
        return np.full(N_DRAWS, so_far["value"] if is_flow else _average(known, metric_id, span.known, family))
    belief = believe(known, metric_id=metric_id, family=family, as_of=as_of, scope=scope)
    expected = belief.draw(N_DRAWS, months=span.ahead, seed=seed)
    shares = np.asarray(span.shares)
    if family in FLOWING:
        return np.asarray(so_far["value"] + belief.realise(expected * shares, seed=seed).sum(axis=1))
    n = np.maximum(np.rint(belief.pieces * shares), 1.0)
    come = belief.realise(expected, seed=seed, n=n)
    top = _average(known, metric_id, span.known, family) * whole if whole else 0.0
    return np.asarray((top + (come * n).sum(axis=1)) / (whole + n.sum()))


def _average(known: pd.DataFrame, metric_id: str, months: tuple[date, ...], family: Family) -> float:
    """Return the mean of months, each by its trials or pieces; NaN without any."""
    starts = pd.to_datetime(known["period_start"]).dt.date
    rows = known[(known["metric_id"] == metric_id) & starts.isin(months)]
    weights = pd.to_numeric(rows["denominator" if family == "rate" else "n"]).fillna(0.0).to_numpy(dtype=float)
    values = pd.to_numeric(rows["value"]).to_numpy(dtype=float)
    return float(values @ weights / weights.sum()) if weights.sum() > 0 else float("nan")
