"""Whom to keep: the value of customers on a day, who is slipping away, and whether the forecast can be trusted.

Everything that the report, the command line and the study show, put together once from the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.customers.contracts.renewals import RenewalModel, fit_renewals
from saleslab.customers.contracts.rows import read_running_contracts
from saleslab.customers.inputs import (
    Source,
    find_purchase_source,
    read_purchase_counts,
    read_purchases_by_month,
    read_purchases_since,
)
from saleslab.customers.purchases.counting import DAYS_IN
from saleslab.customers.worth.customers import CustomerWorth, value_customers
from saleslab.customers.worth.trial import WorthTrial, try_worth
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval
from saleslab.warehouse import Warehouse
from saleslab.wording import Text, say

_WEEK = DAYS_IN["W"]
_FALLEN, _N_TRACKED = 0.1, 6
_MOST_RENEWALS, _FEWEST_CONTRACTS = 5, 50


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Purchases of those who were customers on the earlier day, summed from that day to another.

    Attributes
    ----------
    day
        Until when.
    actual, naive
        What came; what would have come had each gone on as before.
    forecast
        What the model said on the earlier day.
    """

    day: date
    actual: int
    naive: float
    forecast: Interval


@dataclass(frozen=True, slots=True)
class Contracts:
    """How contracts are renewed.

    Attributes
    ----------
    running
        Of contracts old enough: how many ran at the start, after one renewal, after two...
    model
        The shifted beta-geometric fitted to them; None where they do not tell how customers differ.
    """

    running: tuple[int, ...]
    model: RenewalModel | None


@dataclass(frozen=True, slots=True, eq=False)
class ValueReview:
    """Value of customers on a day.

    Attributes
    ----------
    customers
        ``account_id``, the summary of `count_purchases`, the columns of `CustomerWorth.frame`, ``chance_before`` (of
        being there some time ago; missing for newer customers), ``is_slipping`` and ``lost_value``; the most valuable
        first.
    worth
        The forecast.
    trial
        The same from an earlier day, beside what came; None where the data do not go back so far.
    tracks
        Purchases since that day, month by month.
    contracts
        None where there are none.
    source
        Where purchases come from.
    as_of, horizon, since, currency
        The day, the days ahead, the day from which slipping is counted, the money.
    """

    customers: pd.DataFrame
    worth: CustomerWorth
    trial: WorthTrial | None
    tracks: tuple[TrackPoint, ...]
    contracts: Contracts | None
    source: Source
    as_of: date
    horizon: int
    since: date
    currency: str


def review_value(
    lab: Warehouse,
    *,
    as_of: date,
    horizon: int = 365,
    since: int = 182,
    model: str = "auto",
    mass: float = 0.9,
    seed: int = 1,
) -> ValueReview:
    """Return what customers are worth on a day, and whether that can be trusted.

    Parameters
    ----------
    lab
        The warehouse: orders, or won deals where no order names a customer.
    as_of
        The last day that is known.
    horizon
        Days ahead, and days back to the day of the trial.
    since
        Days back to the day from which a fallen chance to be there is counted.
    model, mass, seed
        As in `value_customers`.

    Raises
    ------
    NotEnoughData
        When nobody bought, or too few came back.
    """
    if min(horizon, since) < 1:
        raise BadArgument(f"horizon is {horizon} and since {since} days.", "give whole days from 1.")
    counts = read_purchase_counts(lab, as_of=as_of)
    worth = value_customers(counts, horizon=horizon / _WEEK, model=model, mass=mass, seed=seed)
    customers = pd.concat([counts, worth.frame], axis=1)
    before = as_of - timedelta(days=since)
    customers = _add_slipping(customers, _read_then(lab, before), worth)
    order = np.lexsort([customers["account_id"].astype(str), -customers["value"]])
    then = as_of - timedelta(days=horizon)
    trial, tracks = _look_back(lab, then, as_of, model=model, mass=mass, seed=seed)
    return ValueReview(
        customers.iloc[order].reset_index(drop=True),
        worth,
        trial,
        tracks,
        _read_contracts(lab, as_of),
        find_purchase_source(lab),
        as_of,
        horizon,
        before,
        lab.settings.currency,
    )


def try_review(lab: Warehouse, **told: Any) -> tuple[ValueReview | None, Text | None]:
    """Return the review of `review_value`, or None and why there is none: a page says so instead of stopping."""
    try:
        return review_value(lab, **told), None
    except NotEnoughData as refusal:
        # a refusal is written in English alone, with its counts
        return None, Text(f"{refusal.what} {refusal.next_step}", say("customer_value.headline.wait").ja)


def _read_then(lab: Warehouse, day: date) -> pd.DataFrame | None:
    """Return the counts of an earlier day; None where nobody had bought."""
    try:
        return read_purchase_counts(lab, as_of=day)
    except NotEnoughData:
        return None


def _add_slipping(customers: pd.DataFrame, then: pd.DataFrame | None, worth: CustomerWorth) -> pd.DataFrame:
    """Add who is slipping away: the chance to be there has fallen by a tenth or more since the earlier day."""
    chance = pd.Series(np.nan, index=customers.index)
    if then is not None:
        judged = worth.alive_model.predict(then, horizon=0.0, mass=worth.mass)["chance_alive"]
        chance = customers["account_id"].map(dict(zip(then["account_id"], judged, strict=True))).astype("float64")
    fallen = (chance - customers["chance_alive"]).fillna(0.0)
    # what a customer who is certainly there would bring, times the chance that went
    there = customers["value"] / customers["chance_alive"].clip(lower=0.01)
    return customers.assign(
        chance_before=chance, is_slipping=fallen >= _FALLEN, lost_value=(there * fallen.clip(lower=0.0))
    )


def _look_back(
    lab: Warehouse, then: date, as_of: date, *, model: str, mass: float, seed: int
) -> tuple[WorthTrial | None, tuple[TrackPoint, ...]]:
    counts = _read_then(lab, then)
    if counts is None:
        return None, ()
    weeks = (as_of - then).days / _WEEK
    came = read_purchases_since(lab, since=then, as_of=as_of).set_index("account_id")
    came = came.reindex(counts["account_id"]).fillna(0).reset_index(drop=True)
    try:
        worth = value_customers(counts, horizon=weeks, model=model, mass=mass, seed=seed)
        trial = try_worth(worth, counts, came, seed=seed)
    except NotEnoughData:
        return None, ()
    return trial, _track(lab, worth, counts, then, as_of)


def _track(
    lab: Warehouse, worth: CustomerWorth, counts: pd.DataFrame, then: date, as_of: date
) -> tuple[TrackPoint, ...]:
    """Return up to six points between the days, at ends of months but for the last."""
    by_month = read_purchases_by_month(lab, known_by=then, as_of=as_of)
    if by_month.empty or worth.purchases is None:
        return ()
    months = pd.to_datetime(by_month["month"])
    ends = pd.date_range(then, as_of, freq="ME").date.tolist()
    ends = [day for day in ends if then < day < as_of]
    step = -(-len(ends) // _N_TRACKED)
    ends = [*ends[::step][: _N_TRACKED - 1], as_of] if ends else [as_of]
    rate = float((counts["n_repeats"] / counts["age"].clip(lower=1.0)).sum())
    points = []
    for day in ends:
        weeks = (day - then).days / _WEEK
        told = worth.value_model.predict_total(counts, horizon=weeks, mass=worth.mass).total
        actual = int(by_month.loc[months <= pd.Timestamp(day), "n_purchases"].sum())
        points.append(TrackPoint(day, actual, rate * weeks, told))
    return tuple(points)


def _read_contracts(lab: Warehouse, as_of: date) -> Contracts | None:
    """Return the longest history of renewals that enough contracts tell."""
    for n_renewals in range(_MOST_RENEWALS, 1, -1):
        running = read_running_contracts(lab, as_of=as_of, n_renewals=n_renewals)
        if running and running[0] >= _FEWEST_CONTRACTS:
            try:
                return Contracts(tuple(running), fit_renewals(running))
            except NotEnoughData:
                return Contracts(tuple(running), None)
    return None
