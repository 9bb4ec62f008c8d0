"""Would the models have been right? Forecasts made from past days, beside four that need no model.

A model is worth its trouble only where it beats saying that nobody buys, that all buy alike, that each goes on as
before, and sorting customers by what they spent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from saleslab.customers.purchases.fits import PurchaseFit, PurchasePrior, fit_purchases
from saleslab.customers.purchases.forecasts import score_crps
from saleslab.customers.purchases.groups import Floats, index_groups, read_groups
from saleslab.customers.purchases.shelf import MODELS, find_model
from saleslab.customers.worth.reasons import ValueReason
from saleslab.errors import NotEnoughData

BASELINES = ("zero", "mean", "rate", "past_spend")
"""Nobody buys; everybody buys what the average customer did; each goes on at the own past rate; sorted by spending."""

_TOP = 0.1
_FEWEST_CUSTOMERS, _FEWEST_RETURNS = 10, 5


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How well one way to forecast did from past days, as a mean over these days.

    Attributes
    ----------
    name
        A model or one of `BASELINES`.
    crps
        Mean continuous ranked probability score, in purchases a customer; smaller is better. None for ``past_spend``,
        which sorts customers without a forecast.
    total_error
        Forecast total over what came, less 1; None for ``past_spend``.
    capture
        Share of the purchases that came from the tenth of customers ranked highest.
    reason
        Why a model could not be tried; None when it was.
    """

    name: str
    crps: float | None
    total_error: float | None
    capture: float | None
    reason: ValueReason | None = None


@dataclass(frozen=True, slots=True)
class ValueBacktest:
    """Forecasts from past days.

    Attributes
    ----------
    scores
        Models first, each group by CRPS, the best first; refused models after those tried.
    horizons
        How long each day's forecast was for.
    log_errors
        For each model, the logarithm of what came over the forecast total, a value a past day.
    n_customers
        Customers who were there at the latest of these days.
    """

    scores: tuple[ForecastScore, ...]
    horizons: tuple[float, ...]
    log_errors: Mapping[str, tuple[float, ...]]
    n_customers: int

    @property
    def best(self) -> str | None:
        """The model with the lowest CRPS; None where none could be tried."""
        tried = [score for score in self.scores if score.name not in BASELINES and score.crps is not None]
        return tried[0].name if tried else None

    def measure_discrepancy(self, model: str, horizon: float) -> float:
        """Return how far totals of a model are off beyond luck: the standard deviation of their logarithm at a horizon.

        Errors of a total grow with the square root of its horizon, as those of a rate that wanders.
        """
        errors, spans = np.array(self.log_errors[model]), np.array(self.horizons)
        return float(np.sqrt(np.mean(errors**2 / spans) * horizon))


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What was known at a past day, and what came afterwards."""

    summary: pd.DataFrame
    spent: Floats
    actual: Floats
    horizon: float


def backtest_value(
    summary: pd.DataFrame, *, models: Sequence[str] = MODELS, prior: PurchasePrior | None = None
) -> ValueBacktest:
    """Return how well purchase models would have forecast what has come since.

    Use it to see whether a model is worth having, and how far totals may be off. `CustomerValue` with ``model="auto"``
    chooses by it.

    Parameters
    ----------
    summary
        From `count_purchases`, which tells what was known at past days.
    models
        Which to try.
    prior
        As in `CustomerValue`. A model whose likelihood has no top at a past day is given the weak prior there.

    Raises
    ------
    NotEnoughData
        When the summary does not tell of past days, or too few customers were there then.
    """
    pasts = [past for past in _read_pasts(summary) if _is_enough(past)]
    if not pasts:
        raise NotEnoughData(
            "The summary holds no past day at which ten customers were known and five purchases followed.",
            "make it with count_purchases from a longer time, or name a model instead of 'auto'.",
        )
    scores, errors = [], {}
    now = read_groups(summary)
    for name in models:
        chosen = find_model(name, now, prior)
        if name == "mbgcnbd_k" and getattr(chosen, "k", 1) == 1:
            scores.append(ForecastScore(name, None, None, None, ValueReason("not_regular", {"model": name})))
            continue
        fault = fit_purchases(chosen, now, prior).fault
        if fault is not None:
            scores.append(ForecastScore(name, None, None, None, fault))
            continue
        tried = [_try_model(chosen, past, prior) for past in pasts]
        crps, total, capture = np.mean([one[:3] for one in tried], axis=0)
        scores.append(ForecastScore(name, float(crps), float(total), float(capture)))
        errors[name] = tuple(one[3] for one in tried)
    scores.sort(key=lambda score: np.inf if score.crps is None else score.crps)
    baselines = _try_baselines(pasts)
    return ValueBacktest((*scores, *baselines), tuple(past.horizon for past in pasts), errors, len(pasts[0].actual))


def _read_pasts(summary: pd.DataFrame) -> list[_Past]:
    pasts, at = [], 1
    while f"age_{at}" in summary.columns:
        rows = summary[summary[f"age_{at}"] > 0]
        if len(rows):
            then = {name: rows[f"{name}_{at}"] for name in ("n_repeats", "recency", "age")}
            spent = rows.get("spend_first", 0.0) + rows.get("spend_mean", 0.0) * then["n_repeats"]
            horizon = float((rows["age"] - rows[f"age_{at}"]).iloc[0])
            actual = (rows["n_repeats"] - rows[f"n_repeats_{at}"]).to_numpy(dtype=np.float64)
            pasts.append(_Past(pd.DataFrame(then), np.asarray(spent, dtype=np.float64), actual, horizon))
        at += 1
    return pasts


def _is_enough(past: _Past) -> bool:
    came_back = float(past.summary["n_repeats"].sum())
    return (
        len(past.actual) >= _FEWEST_CUSTOMERS and past.actual.sum() >= _FEWEST_RETURNS and came_back >= _FEWEST_RETURNS
    )


def _try_model(model: Any, past: _Past, prior: PurchasePrior | None) -> tuple[float, float, float, float]:
    """Return CRPS, relative error of the total, capture, and the logarithm of what came over the total."""
    groups, of_row = index_groups(past.summary)
    fit: PurchaseFit = fit_purchases(model, groups, prior)
    if fit.fault is not None:
        fit = fit_purchases(model, groups, PurchasePrior())
    mean = (model.chance_alive(groups, fit.estimates) * model.expect(groups, fit.estimates, past.horizon))[of_row]
    crps = score_crps(model, fit.estimates, (groups, of_row), horizon=past.horizon, actual=past.actual)
    total = float(mean.sum())
    came = float(past.actual.sum())
    return crps, total / came - 1, _measure_capture(past.actual, mean), float(np.log(came / total))


def _try_baselines(pasts: Sequence[_Past]) -> list[ForecastScore]:
    scores = []
    for name in BASELINES:
        found = []
        for past in pasts:
            forecast = _forecast_simply(name, past)
            crps = float(np.abs(past.actual - forecast).mean())
            came = past.actual.sum()
            found.append((crps, forecast.sum() / came - 1, _measure_capture(past.actual, forecast)))
        crps, total, capture = (float(value) for value in np.mean(found, axis=0))
        only_sorts = name == "past_spend"
        scores.append(ForecastScore(name, None if only_sorts else crps, None if only_sorts else total, capture))
    return scores


def _forecast_simply(name: str, past: _Past) -> Floats:
    x, age = (past.summary[part].to_numpy(dtype=np.float64) for part in ("n_repeats", "age"))
    match name:
        case "zero":
            return np.zeros(len(x))
        case "mean":
            return np.full(len(x), float(x.sum() / age.sum()) * past.horizon)
        case "rate":
            return np.asarray(x / age * past.horizon)
    return past.spent


def _measure_capture(actual: Floats, forecast: Floats) -> float:
    """Return the share of purchases that the top tenth made; customers with equal forecasts share its last places."""
    places = _TOP * len(actual)
    values, of_row = np.unique(-forecast, return_inverse=True)
    size = np.bincount(of_row, minlength=len(values))
    came = np.bincount(of_row, actual, len(values))
    inside = np.clip((places - (np.cumsum(size) - size)) / size, 0, 1)
    return float(came @ inside / actual.sum())
