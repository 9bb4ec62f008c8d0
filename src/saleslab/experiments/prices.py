"""Which price earns most? A demand curve that falls, times the margin, with the doubt that few sales leave."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import Reason
from saleslab.experiments.contrasts import central_levels, make_interval
from saleslab.experiments.outcomes import name_rows
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.sampling import Diagnosis, load_pymc, require_usable, sample_posterior
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST_PRICES, MOST_PRICES = 3, 12
"""Different prices that make a curve."""

_SLOPE_SD = 3.0
"""Prior of how much the log odds of a sale fall when the price is multiplied by e; half-normal."""
_BEND = 0.5
"""Prior standard deviation of the logarithm by which the slope between two prices differs from the mean slope."""
_N_CURVE = 61


@dataclass(frozen=True, slots=True)
class PricePoint:
    """One price of the curve.

    Attributes
    ----------
    price
        What was asked.
    n_offers, n_sold
        Offers at this price, and how many were taken; 0 between the prices that were tried.
    share
        Chance that an offer is taken.
    profit
        Mean profit of an offer, those that are declined included.
    """

    price: float
    n_offers: int
    n_sold: int
    share: Interval
    profit: Interval


@dataclass(frozen=True, slots=True)
class PriceResponse:
    """How demand and profit answer to the price.

    Attributes
    ----------
    prices
        The prices that were tried, rising.
    curve
        The same between the lowest and the highest of them.
    slope
        By how much the log odds of a sale change when the price is multiplied by e; never above 0.
    best_price
        The price of the curve that earns most: median and range. None where nobody drew lots for the prices: a curve
        that sellers chose is not a demand curve.
    advised_price
        The price with the greatest mean profit; None likewise.
    expected_loss
        Profit an offer that the advised price misses on average if another one is best; None likewise.
    chance_best_at_end
        Chance that the lowest, and that the highest price tried earns most, so that the best one may lie beyond.
    reasons
        ``CONFOUNDED`` where nobody drew lots.
    diagnosis
        Of the draws.
    """

    prices: tuple[PricePoint, ...]
    curve: tuple[PricePoint, ...]
    slope: Interval
    best_price: Interval | None
    advised_price: float | None
    expected_loss: float | None
    chance_best_at_end: tuple[float, float]
    reasons: tuple[Reason, ...]
    diagnosis: Diagnosis


def price_response(
    outcomes: pd.DataFrame,
    *,
    price: str = "price",
    outcome: str = "succeeded",
    unit_cost: float | Decimal,
    is_randomised: bool,
    seed: int,
    draws: int = 1000,
    mass: float = 0.95,
) -> PriceResponse:
    """Return demand and profit along the price.

    The log odds of a sale fall from price to price; between two prices they fall in a straight line of the log price.
    All slopes are learned around a mean one, so that a price with few offers borrows from its neighbours. Draw prices
    by account or week, not by person: two prices that are compared over lunch spoil test and trust.

    From quotes of the past, where sellers gave discounts to those who hesitated, the curve is too flat or even wrong
    way round. Say ``is_randomised=False``: the curve is returned as a description, flagged, without a best price.

    Parameters
    ----------
    outcomes
        One row for each offer.
    price, outcome
        Columns with the price asked (of one product, or relative to its list price) and with 1 where it was taken.
    unit_cost
        What a sale costs, in the unit of the price; margin is price minus cost.
    is_randomised
        Whether lots were drawn for the price.
    seed
        Same seed, same answer.
    draws
        Of each of four chains.
    mass
        Chance that the intervals hold the truth.

    Raises
    ------
    BadArgument
        When prices or outcomes are missing or impossible, or there are more than 12 prices.
    NotEnoughData
        With fewer than three prices, or when nothing or everything was sold.
    SamplingFailed
        When the draws did not converge.
    """
    check_mass(mass)
    prices, sold, offers = _count(outcomes, price=price, outcome=outcome)
    cost = float(unit_cost)
    if not 0 <= cost < prices[-1]:
        raise BadArgument(
            f"A unit cost of {cost:g} leaves no margin at prices up to {prices[-1]:g}.",
            "give the cost of one sale in the unit of the price, 0 or more.",
        )
    posterior = require_usable(
        sample_posterior(declare_demand(prices, sold, offers), seed=seed, draws=draws, tune=draws, target_accept=0.95)
    )
    logits = posterior.pooled("logit")
    reach = np.log(prices[-1] / prices[0])
    slopes = (logits[:, -1] - logits[:, 0]) / reach
    line = np.unique(np.concatenate([np.geomspace(prices[0], prices[-1], _N_CURVE), prices]))
    shares = _interpolate(logits, prices, line)
    profits = shares * (line - cost)
    best = profits.argmax(axis=1)
    advised = int(profits.mean(axis=0).argmax())
    loss = float((profits.max(axis=1) - profits[:, advised]).mean())
    curve = tuple(_point(line[i], (0, 0), shares[:, i], profits[:, i], mass) for i in range(len(line)))
    tried = np.searchsorted(line, prices)
    points = tuple(
        _point(line[i], (int(n), int(k)), shares[:, i], profits[:, i], mass)
        for i, n, k in zip(tried, offers, sold, strict=True)
    )
    return PriceResponse(
        prices=points,
        curve=curve,
        slope=_interval(slopes, mass),
        best_price=_interval(line[best], mass) if is_randomised else None,
        advised_price=float(line[advised]) if is_randomised else None,
        expected_loss=loss if is_randomised else None,
        chance_best_at_end=(float((best == 0).mean()), float((best == len(line) - 1).mean())),
        reasons=() if is_randomised else (Reason.CONFOUNDED,),
        diagnosis=posterior.diagnosis,
    )


def declare_demand(prices: Floats, sold: Ints, offers: Ints) -> Any:
    """Return the PyMC model of sales at rising prices."""
    pm = load_pymc()
    gaps = np.diff(np.log(prices))
    with pm.Model() as model:
        top = pm.Logistic("top", 0, 1)
        slope = pm.HalfNormal("slope", _SLOPE_SD)
        bend = pm.Normal("bend", 0, 1, shape=len(gaps))
        falls = slope * gaps * pm.math.exp(_BEND * bend)
        logit = pm.Deterministic("logit", top - pm.math.concatenate([np.zeros(1), pm.math.cumsum(falls)]))
        pm.Binomial("sold", offers, logit_p=logit, observed=sold)
    return model


def _count(outcomes: pd.DataFrame, *, price: str, outcome: str) -> tuple[Floats, Ints, Ints]:
    """Return prices, rising, with sales and offers, or raise naming every row that cannot be used."""
    import pandas as pd

    require_columns(outcomes, price, outcome, of="outcomes")
    asked = pd.to_numeric(outcomes[price], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    taken = outcomes[outcome]
    missing = taken.isna().to_numpy(dtype=bool)
    findings = name_rows(~(np.isfinite(asked) & (asked > 0)), f"no {price} above 0") + name_rows(
        missing, f"no {outcome}"
    )
    findings += name_rows(
        ~missing & ~taken.isin([0, 1, True, False]).to_numpy(dtype=bool), f"a {outcome} that is neither 0 nor 1"
    )
    if findings:
        raise BadArgument(f"Outcomes have {'; '.join(findings)}.", "leave out or correct these rows.")
    counts = pd.Series(taken.astype("int64").to_numpy()).groupby(asked).agg(["sum", "size"])
    if len(counts) < FEWEST_PRICES:
        raise NotEnoughData(
            f"{len(counts)} different {price} make no curve.",
            f"try at least {FEWEST_PRICES}; two prices are compared by compare_amounts, with the margin as amount.",
        )
    if len(counts) > MOST_PRICES:
        raise BadArgument(
            f"There are {len(counts)} different {price}.", f"round them to at most {MOST_PRICES}, such as steps of 5 %."
        )
    sold, offers = counts["sum"].to_numpy(dtype=np.int64), counts["size"].to_numpy(dtype=np.int64)
    if sold.sum() in (0, offers.sum()):
        raise NotEnoughData(
            "Nothing was sold." if not sold.sum() else "Everything was sold.",
            "wait for more offers, or try prices at which some are taken and some are not.",
        )
    return counts.index.to_numpy(dtype=np.float64), sold, offers


def _interpolate(logits: Floats, prices: Floats, line: Floats) -> Floats:
    """Return the share sold at each price of the line, for each draw."""
    known, wanted = np.log(prices), np.log(line)
    right = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1)
    part = (wanted - known[right - 1]) / (known[right] - known[right - 1])
    return np.asarray(1 / (1 + np.exp(-(logits[:, right - 1] * (1 - part) + logits[:, right] * part))))


def _point(price: float, counts: tuple[int, int], shares: Floats, profits: Floats, mass: float) -> PricePoint:
    return PricePoint(float(price), *counts, _interval(shares, mass), _interval(profits, mass))


def _interval(values: Floats, mass: float) -> Interval:
    return make_interval(np.quantile(values, central_levels(mass)), mass)
