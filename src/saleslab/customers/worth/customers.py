"""What will each customer bring in the time to come?

How often they will buy times how much a purchase brings, with the interval of the amount that comes and not of its
mean. Amounts are tied to how often customers buy where the data ask for it (`fit_log_spend`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.purchases.groups import Floats
from saleslab.customers.worth.log_spend import LogSpend, fit_log_spend
from saleslab.customers.worth.reasons import ValueReason
from saleslab.customers.worth.spend import SpendModel, fit_spend
from saleslab.customers.worth.value import CustomerValue, TotalForecast
from saleslab.errors import NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

SpendWay = Literal["gamma_gamma", "log_spend"]

_JUDGES = ("mbgnbd", "pareto_nbd", "mbgcnbd_k")
"""Models under which one who bought once may have left."""

_STEPS = 28
_REACH = 30.0
_SIMULATED, _N_DRAWS = 20_000, 400
_N_POSTERIOR = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class CustomerWorth:
    """What customers will bring within a horizon.

    Attributes
    ----------
    frame
        With the rows of the summary: ``purchases`` expected, ``spend`` of one, ``chance_alive``, ``value`` expected,
        and ``value_lower`` and ``value_upper`` of its predictive interval.
    total
        What all bring together; None where past days that would show the model's errors are not known.
    purchases
        The same of the number of purchases.
    value_model, alive_model
        The fitted models of purchases, and of who is still there: the same, unless that one believes that nobody who
        bought once has left.
    spend_model
        How much a purchase brings.
    spend_way
        ``gamma_gamma``, or ``log_spend`` where often and much depend on each other or amounts are too unequal.
    reasons
        What must be known about both.
    horizon, mass
        In the unit of the summary; of the intervals.
    """

    frame: pd.DataFrame
    total: Interval | None
    purchases: TotalForecast | None
    value_model: CustomerValue
    alive_model: CustomerValue
    spend_model: SpendModel | LogSpend
    spend_way: SpendWay
    reasons: tuple[ValueReason, ...]
    horizon: float
    mass: float


def value_customers(
    summary: pd.DataFrame, *, horizon: float, model: str = "auto", mass: float = 0.9, seed: int = 0
) -> CustomerWorth:
    """Return what each customer will bring within a horizon.

    Use it to decide whom to keep. How well it would have done before is told by `try_worth`.

    Parameters
    ----------
    summary
        From `count_purchases`.
    horizon
        In the unit of the summary.
    model
        Of purchases, as `CustomerValue` takes it.
    mass
        Chance that an interval holds the amount that comes, at least.
    seed
        Of the draws behind posterior and total.

    Raises
    ------
    NotEnoughData
        When too few customers came back, or with too few amounts above 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rate, age = rng.gamma(0.8, 0.1, 900), rng.integers(30, 90, 900)
    >>> n = rng.poisson(rate * age)
    >>> last = np.where(n > 0, np.ceil(age * rng.random(900) ** (1 / np.maximum(n, 1))), 0)
    >>> spend = np.where(n > 0, rng.gamma(6, 20, 900), 0)
    >>> summary = pd.DataFrame({"n_repeats": n, "recency": last, "age": age, "spend_mean": spend})
    >>> worth = value_customers(summary, horizon=26, model="nbd")
    >>> worth.spend_way, bool((worth.frame["value_upper"] >= worth.frame["value_lower"]).all())
    ('gamma_gamma', True)
    """
    check_mass(mass)
    value = CustomerValue(model, prior="weak", seed=seed, n_draws=_N_POSTERIOR).fit(summary)
    judge = (
        value
        if value.model_ in _JUDGES
        else CustomerValue("mbgnbd", prior="weak", seed=seed, n_draws=_N_POSTERIOR).fit(summary)
    )
    spend, way, reasons = choose_spend(summary)
    found = value.predict(summary, horizon=horizon, mass=mass)
    chances, of_row = value.predict_counts(summary, horizon=horizon)
    known, scales = spend.scales(summary)
    each = spend.predict(summary).to_numpy(dtype=np.float64)
    pairs, place = np.unique(np.stack([of_row.astype(np.float64), known]), axis=1, return_inverse=True)
    place, at, told = place.ravel(), pairs[0].astype(np.intp), pairs[1]
    levels = ((1 - mass) / 2, (1 + mass) / 2)
    ends = [_find_amounts(spend, chances[at], told, level)[place] * scales for level in levels]
    alive = found if judge is value else judge.predict(summary, horizon=0.0, mass=mass)
    frame = pd.DataFrame(
        {
            "purchases": found["mean"],
            "spend": each,
            "chance_alive": alive["chance_alive"],
            "value": found["mean"] * each,
            "value_lower": ends[0],
            "value_upper": ends[1],
        },
        index=summary.index,
    )
    purchases = _forecast_total(value, summary, horizon, mass)
    drawn = (chances, of_row, known, scales)
    total = None if purchases is None else _sum_up(spend, frame["value"], drawn, purchases, seed=seed)
    told_of = (*value.reasons_, *reasons)
    return CustomerWorth(frame, total, purchases, value, judge, spend, way, told_of, horizon, mass)


def choose_spend(summary: pd.DataFrame) -> tuple[SpendModel | LogSpend, SpendWay, tuple[ValueReason, ...]]:
    """Return how much a purchase brings by the model that fits: Gamma-Gamma, or one that allows for how often."""
    try:
        spend = fit_spend(summary)
    except NotEnoughData:
        return fit_log_spend(summary), "log_spend", (ValueReason("spend_no_gamma", {}),)
    if spend.is_independent:
        return spend, "gamma_gamma", spend.reasons
    return fit_log_spend(summary), "log_spend", spend.reasons


def _find_amounts(spend: SpendModel | LogSpend, chances: Floats, known: Floats, level: float) -> Floats:
    """Return the scaled amount that is not passed with a chance: 0 where nothing is bought with that chance."""
    answer = np.zeros(len(known))
    at = np.flatnonzero(chances[:, 0] < level)
    if not len(at):
        return answer
    rows, column = np.nonzero(chances[at, 1:] > 0)
    weight, told, n = chances[at[rows], column + 1], known[at[rows]], np.asarray(column + 1, dtype=np.float64)
    total = spend.total_of(n, told)
    low, high = np.full(len(at), -_REACH), np.full(len(at), _REACH)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below = np.bincount(rows, weight * total.place(np.exp(middle[rows])), len(at))
        is_below = below + chances[at, 0] < level
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    answer[at] = np.exp(high)
    return answer


def _forecast_total(value: CustomerValue, summary: pd.DataFrame, horizon: float, mass: float) -> TotalForecast | None:
    try:
        return value.predict_total(summary, horizon=horizon, mass=mass)
    except NotEnoughData:
        return None


def _sum_up(
    spend: SpendModel | LogSpend,
    values: pd.Series,
    drawn: tuple[Floats, npt.NDArray[np.intp], Floats, Floats],
    purchases: TotalForecast,
    *,
    seed: int,
) -> Interval:
    """Return the total with luck of counts and amounts, and with the errors of past days.

    Luck is drawn, as sums of amounts may have no variance; of very many customers, for a part of them.
    """
    chances, of_row, known, scales = drawn
    order = np.lexsort([scales, known, of_row])
    step = len(order) // _SIMULATED + 1
    part = order[::step]
    rng, totals = np.random.default_rng(seed), np.empty(_N_DRAWS)
    passed = np.cumsum(chances, axis=1)
    for at in range(_N_DRAWS):
        n = (rng.random(len(part))[:, None] > passed[of_row[part]]).sum(axis=1).astype(np.float64)
        totals[at] = (draw_totals(spend, n, known[part], rng) * scales[part]).sum()
    mass, mean = purchases.total.mass, float(values.sum())
    centre = float(values.to_numpy()[part].sum())
    shrink = 1 / np.sqrt(step)
    low, high = (float(np.quantile(totals, level)) / centre for level in ((1 - mass) / 2, (1 + mass) / 2))
    luck = [abs(np.log(min(max(low, 1e-9), 1.0))) * shrink, np.log(max(high, 1.0)) * shrink]
    wide, model = (np.log(one.high / one.estimate) for one in (purchases.total, purchases.if_model_holds))
    error = max(wide**2 - model**2, 0.0)
    down, up = (float(np.sqrt(part_of**2 + error)) for part_of in luck)
    return Interval(mean, mean * float(np.exp(-down)), mean * float(np.exp(up)), mass)


def draw_totals(spend: SpendModel | LogSpend, n: Floats, known: Floats, rng: np.random.Generator) -> Floats:
    """Return one draw of the scaled amount that n purchases bring, for each customer."""
    amounts, bought = np.zeros(len(n)), n > 0
    amounts[bought] = spend.draw_total(n[bought], known[bought], rng)
    return amounts
