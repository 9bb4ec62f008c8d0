"""From which chance on is a lead worth a closer's hour?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.model.grades import check_chances

Floats = npt.NDArray[np.float64]

ALMOST = 0.99
"""Share of the best value that a threshold may lose and still count as good."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The chance from which on leads are handed to a closer.

    Attributes
    ----------
    chance
        Leads with at least this chance are handed over; above 1 when none is worth it.
    low, high
        Between these two every threshold earns at least 99 % of the best: how exact the number needs to be.
    n_passed
        How many leads are handed over.
    hours
        Closer hours that they take.
    value_amount
        What they are worth, after the hours are paid.
    last_hour_amount
        Worth of the last hour before it is paid; what one more hour would bring where the hours are the limit.
    curve
        One row for each threshold that makes a difference, strictest first: ``chance, n_passed, hours, value_amount``.
    """

    chance: float
    low: float
    high: float
    n_passed: int
    hours: float
    value_amount: float
    last_hour_amount: float
    curve: pd.DataFrame


def choose_threshold(
    chances: Any,
    *,
    value: Any,
    hours: Any = 1.0,
    hour_cost: float,
    n_hours: float | None = None,
    outcomes: Any = None,
) -> Threshold:
    """Return the threshold that makes the most of a closer's hour.

    What a lead brings is its chance times its value, less the hours it takes. Moving the threshold down by one lead
    adds that lead, so the value of every threshold is a running sum, and the best one is found among all of them.

    Parameters
    ----------
    chances
        One for each lead, calibrated.
    value
        Margin of a won lead: one number, or one for each lead.
    hours
        Closer hours of a lead, won or not: one number, or one for each lead.
    hour_cost
        What an hour of a closer is worth elsewhere.
    n_hours
        How many hours there are; None for as many as pay.
    outcomes
        Whether each lead was won, where it is known: then the money is counted, not expected. Do not pass the outcomes
        that the model was trained on.

    Raises
    ------
    NotEnoughData
        Without a lead.
    BadArgument
        When an amount is negative or the lengths differ.

    Examples
    --------
    >>> best = choose_threshold([0.02, 0.05, 0.10, 0.30], value=1_000_000, hours=2, hour_cost=30_000)
    >>> best.chance, best.n_passed, best.value_amount
    (0.1, 2, 280000.0)
    """
    chance = check_chances(chances)
    n = len(chance)
    if not n:
        raise NotEnoughData("No lead has a chance, so no threshold can be chosen.", "score some leads first.")
    margin, taken = _spread(value, n, "value"), _spread(hours, n, "hours")
    won = chance if outcomes is None else _check_outcomes(outcomes, n)
    if not hour_cost >= 0:
        raise BadArgument(f"An hour cannot cost {hour_cost}.", "give hour_cost as a number from 0 up.")
    order = np.argsort(-chance, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(chance[order])), n - 1]  # equal chances pass together
    gross = np.r_[0.0, (won * margin)[order].cumsum()[last]]
    spent = np.r_[0.0, taken[order].cumsum()[last]]
    points, net = np.r_[np.nextafter(1.0, 2.0), chance[order][last]], gross - spent * hour_cost
    affordable = np.ones(len(net), dtype=bool) if n_hours is None else spent <= n_hours + 1e-9
    best = int(np.argmax(np.where(affordable, net, -np.inf)))
    almost = np.flatnonzero(affordable & (net >= net[best] - (1 - ALMOST) * abs(net[best])))
    curve = pd.DataFrame({"chance": points, "n_passed": np.r_[0, last + 1], "hours": spent, "value_amount": net})
    return Threshold(
        float(points[best]),
        float(points[almost].min()),
        float(points[almost].max()),
        int(np.r_[0, last + 1][best]),
        float(spent[best]),
        float(net[best]),
        _marginal(gross, spent, best),
        curve,
    )


def _marginal(gross: Floats, spent: Floats, best: int) -> float:
    """Return what the last hour brought, from the step that reached the best point; 0 where no hour is spent."""
    if not best or spent[best] <= spent[best - 1]:
        return 0.0
    return float((gross[best] - gross[best - 1]) / (spent[best] - spent[best - 1]))


def _spread(amount: Any, n: int, name: str) -> Floats:
    values = np.asarray(amount, dtype=np.float64)
    if values.ndim == 0:
        values = np.full(n, float(values))
    if values.shape != (n,) or not np.isfinite(values).all() or (values < 0).any():
        raise BadArgument(
            f"'{name}' does not give one amount from 0 up for each of {n} leads.",
            f"give one number, or {n} without gaps.",
        )
    return values


def _check_outcomes(outcomes: Any, n: int) -> Floats:
    known = pd.Series(outcomes)
    if len(known) != n or known.isna().any():
        raise BadArgument(
            f"{int(known.isna().sum())} of {len(known)} outcomes are unknown, for {n} leads.",
            "leave the open leads out, or leave outcomes out to count with chances.",
        )
    return known.to_numpy(dtype=np.float64)
