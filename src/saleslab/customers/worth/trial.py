"""Would we have known? Forecasts of value made on an earlier day, beside what customers then brought and plain rules.

A forecast of value earns its place where it finds the customers who will bring the money better than sorting them by
what they brought before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.customers.purchases.groups import Floats
from saleslab.customers.worth.customers import CustomerWorth
from saleslab.errors import NotEnoughData
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns

RULES = ("zero", "mean", "rate", "past_spend")
"""Nobody brings anything; all the same; each as much a year as before; sorted by what they brought in all."""

Verdict = Literal["better", "worse", "alike"]

_TOP = 0.1
_FEWEST, _GROUP_ENDS = 30, (0, 1, 2, 4, 8)
_N_DRAWS = 500


@dataclass(frozen=True, slots=True)
class WorthScore:
    """How one way to forecast did.

    Attributes
    ----------
    name
        ``model`` or one of `RULES`.
    total
        What it forecast in all; None where it only sorts.
    error
        Mean absolute error of a customer; None where it only sorts.
    capture
        Share of the money that came from the tenth ranked highest.
    """

    name: str
    total: float | None
    error: float | None
    capture: float


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Customers who had come back about as often, what was forecast for each, and what came.

    Attributes
    ----------
    least, most
        Repeat purchases by then; ``most`` is None for the last group.
    n_customers
        How many.
    forecast, actual
        Purchases of a customer, on average; ``actual`` with what luck leaves open.
    """

    least: int
    most: int | None
    n_customers: int
    forecast: float
    actual: Interval


@dataclass(frozen=True, slots=True)
class WorthTrial:
    """What a forecast from an earlier day would have been worth.

    Attributes
    ----------
    scores
        The model first, then the rules.
    gain
        Capture of the model less that of the best rule, with its interval.
    best_rule
        Which rule found most.
    verdict
        ``better`` or ``worse`` where the interval of the gain is above or below 0, else ``alike``.
    coverage
        Share of the customers whose amount was in its interval.
    mass
        What it should have been, at least.
    groups
        Calibration of purchases.
    came
        What all customers brought.
    total
        The forecast of it, with its interval.
    n_customers
        Customers known on that day.
    """

    scores: tuple[WorthScore, ...]
    gain: Interval
    best_rule: str
    verdict: Verdict
    coverage: float
    mass: float
    groups: tuple[CalibrationGroup, ...]
    came: float
    total: Interval | None
    n_customers: int


def try_worth(worth: CustomerWorth, summary: pd.DataFrame, came: pd.DataFrame, *, seed: int = 0) -> WorthTrial:
    """Return how a forecast did.

    Parameters
    ----------
    worth
        Made from the summary of an earlier day, for the time that has passed since.
    summary
        That summary.
    came
        With the rows of the summary: ``n_purchases`` and ``amount`` of that time, 0 where nothing came.
    seed
        Of the resampling behind the interval of the gain.

    Raises
    ------
    NotEnoughData
        When fewer than thirty customers were known, or nothing came.
    """
    require_columns(came, "n_purchases", "amount", of="what came")
    n = len(summary)
    amount = came["amount"].to_numpy(dtype=np.float64)
    if n < _FEWEST or not amount.sum() > 0:
        raise NotEnoughData(
            f"{n} customers were known on the earlier day and brought {amount.sum():.0f} since; "
            "no forecast can be tried.",
            f"choose a shorter horizon, or wait until {_FEWEST} customers were known so long ago.",
        )
    forecasts = _forecast(worth, summary)
    scores = tuple(_score(name, forecast, amount) for name, forecast in forecasts.items())
    best = max(scores[1:], key=lambda one: one.capture)
    gain = _measure_gain(forecasts["model"], forecasts[best.name], amount, worth.mass, seed)
    frame = worth.frame
    inside = (frame["value_lower"] <= amount + 1e-6) & (amount <= frame["value_upper"] + 1e-6)
    return WorthTrial(
        scores,
        gain,
        best.name,
        "better" if gain.low > 0 else "worse" if gain.high < 0 else "alike",
        float(inside.mean()),
        worth.mass,
        tuple(_calibrate(worth, summary, came["n_purchases"].to_numpy(dtype=np.float64))),
        float(amount.sum()),
        worth.total,
        n,
    )


def _forecast(worth: CustomerWorth, summary: pd.DataFrame) -> dict[str, Floats]:
    x, age, each = (summary[name].to_numpy(dtype=np.float64) for name in ("n_repeats", "age", "spend_mean"))
    again = np.maximum(x * each, 0.0)
    rate = again / np.maximum(age, 1.0) * worth.horizon
    return {
        "model": worth.frame["value"].to_numpy(dtype=np.float64),
        "zero": np.zeros(len(x)),
        "mean": np.full(len(x), again.sum() / max(age.sum(), 1.0) * worth.horizon),
        "rate": rate,
        "past_spend": again + summary["spend_first"].to_numpy(dtype=np.float64),
    }


def _score(name: str, forecast: Floats, amount: Floats) -> WorthScore:
    capture = _capture(forecast, amount)
    if name == "past_spend":
        return WorthScore(name, None, None, capture)
    return WorthScore(name, float(forecast.sum()), float(np.abs(forecast - amount).mean()), capture)


def _capture(forecast: Floats, amount: Floats) -> float:
    """Return the share of money in the top tenth; customers with equal forecasts share its last places."""
    places = _TOP * len(amount)
    values, of_row = np.unique(-forecast, return_inverse=True)
    size = np.bincount(of_row, minlength=len(values))
    came = np.bincount(of_row, amount, len(values))
    inside = np.clip((places - (np.cumsum(size) - size)) / size, 0, 1)
    return float(came @ inside / amount.sum())


def _measure_gain(forecast: Floats, other: Floats, amount: Floats, mass: float, seed: int) -> Interval:
    rng, n = np.random.default_rng(seed), len(amount)
    order = np.lexsort([amount, other, forecast])
    forecast, other, amount = forecast[order], other[order], amount[order]
    gains = []
    for _ in range(_N_DRAWS if n <= 20_000 else _N_DRAWS // 10):
        drawn = rng.integers(0, n, n)
        if amount[drawn].sum() > 0:
            gains.append(_capture(forecast[drawn], amount[drawn]) - _capture(other[drawn], amount[drawn]))
    gain = _capture(forecast, amount) - _capture(other, amount)
    low, high = (float(np.quantile(gains, level)) for level in ((1 - mass) / 2, (1 + mass) / 2))
    return Interval(gain, min(low, gain), max(high, gain), mass)


def _calibrate(worth: CustomerWorth, summary: pd.DataFrame, bought: Floats) -> list[CalibrationGroup]:
    from scipy.special import ndtri

    x, forecast = summary["n_repeats"].to_numpy(), worth.frame["purchases"].to_numpy(dtype=np.float64)
    reach, groups = float(ndtri((1 + worth.mass) / 2)), []
    for least, after in zip(_GROUP_ENDS, (*_GROUP_ENDS[1:], None), strict=True):
        own = (x >= least) & ((x < after) if after is not None else True)
        n = int(own.sum())
        if n < 10:
            continue
        mean, half = float(bought[own].mean()), reach * float(bought[own].std(ddof=1)) / n**0.5
        actual = Interval(mean, max(mean - half, 0.0), mean + half, worth.mass)
        groups.append(
            CalibrationGroup(least, None if after is None else after - 1, n, float(forecast[own].mean()), actual)
        )
    return groups
