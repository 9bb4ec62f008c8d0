"""What will come from deals that are not there yet: how many arrive, and how many of them are won in time.

Arrivals by month are forecast by the room's engine and spread over the month as past ones were. A deal that arrives is
won in time with its cumulative incidence from age 0: hazards by age, counted from the day on which closings were first
recorded (deals that had closed before are in no record, so older ones enter late).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.engine import run_engine
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.hazards import Logit, fit_logit
from saleslab.forecasting.pipeline.slots import Slots
from saleslab.forecasting.stamps import Whole

_AGES = np.array([1, 2, 3, 4, 6, 8, 10, 13, 17, 22, 30])
_SPREADS = {"age": 1.5, "place": 0.7, "season": 0.2, "in_quarter": 0.2, "in_quarter_age": 0.7, "month": 0.15}
_FEWEST_MONTHS = 2
_OLDEST = 160


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Deals of one kind by the slots in which they were created and closed.

    Attributes
    ----------
    created, closed
        Slots; closed is -1 where a deal is open, created is -1 before the first.
    outcome
        1 won, 2 lost, 0 open.
    n, amount
        Deals and money.
    """

    created: Whole
    closed: Whole
    outcome: Whole
    n: Floats
    amount: Floats


def number_cohorts(cohorts: pd.DataFrame) -> dict[str, Cohorts]:
    """Return the cohorts of each kind as numbers."""
    found = {}
    for kind, rows in cohorts.groupby("kind", sort=True):
        closed = rows["closed_slot"].astype("float64").fillna(-1).to_numpy().astype(np.int64)
        outcome = rows["outcome"].map({"open": 0, "won": 1, "lost": 2}).to_numpy(np.int64)
        found[str(kind)] = Cohorts(
            rows["created_slot"].to_numpy(np.int64),
            closed,
            np.asarray(outcome, dtype=np.int64),
            rows["n"].to_numpy(np.float64),
            rows["amount"].to_numpy(np.float64),
        )
    return found


@dataclass(frozen=True, slots=True)
class ArrivalForecast:
    """What one kind of deals brings between two slots.

    Attributes
    ----------
    n_created, n_won
        Expected deals to be created, and of these to be won in time.
    """

    n_created: float
    n_won: float


def expect_arrivals(cohorts: Cohorts, slots: Slots, *, entry: int, now: int, until: int, seed: int) -> ArrivalForecast:
    """Return what is expected of a kind up to the end of slot ``until``, by what was known at the end of ``now``."""
    created = _expect_created(cohorts, slots, entry=entry, now=now, until=until, seed=seed)
    if created.sum() == 0:
        return ArrivalForecast(0.0, 0.0)
    share = _find_incidence(cohorts, slots, entry=entry, now=now, until=until)
    return ArrivalForecast(float(created.sum()), float(created @ share))


def sum_new_won(cohorts: Cohorts, *, now: int, until: int) -> float:
    """Return the money that deals created after one slot had brought by the end of another."""
    mine = (cohorts.outcome == 1) & (cohorts.created > now) & (cohorts.closed <= until)
    return float(cohorts.amount[mine].sum())


def _expect_created(cohorts: Cohorts, slots: Slots, *, entry: int, now: int, until: int, seed: int) -> Floats:
    """Return the expected number of new deals in each slot from the one after ``now``."""
    made = np.bincount(cohorts.created[cohorts.created >= 0], cohorts.n[cohorts.created >= 0], len(slots))
    places = slots.n_places
    whole = (now + 1) // places
    by_month = made[: whole * places].reshape(whole, places)
    by_month = by_month[-(-entry // places) :]
    begun = np.flatnonzero(by_month.sum(axis=1) > 0)
    by_month = by_month[begun[0] :] if len(begun) else by_month[:0]
    ahead = np.arange(now + 1, until + 1)
    if len(by_month) < _FEWEST_MONTHS:
        days = slots.n_days[entry : now + 1].sum()
        return np.asarray(made[entry : now + 1].sum() / max(days, 1) * slots.n_days[ahead])
    horizon = until // places - whole + 1
    rate = run_engine(by_month.sum(axis=1)[None, :], horizon=horizon, season_length=12, seed=seed).find_mean()[0]
    share = (by_month.sum(axis=0) + 1) / (by_month.sum() + places)
    share = share * (slots.n_days[-places:] > 0)
    return np.asarray(np.maximum(rate, 0.0)[ahead // places - whole] * share[slots.place[ahead]])


def _find_incidence(cohorts: Cohorts, slots: Slots, *, entry: int, now: int, until: int) -> Floats:
    """Return the chance that a deal created in each slot after ``now`` is won by the end of ``until``."""
    won, lost = _fit_ages(cohorts, slots, entry=entry, now=now)
    ahead = np.arange(now + 1, until + 1)
    share, alive = np.zeros(len(ahead)), np.ones(len(ahead))
    for slot in ahead:
        age = slot - ahead
        levels = _lay_levels(np.maximum(age, 0), np.full(len(ahead), slot), slots, now=now)
        is_won = won.predict(levels)
        is_lost = (1 - is_won) * lost.predict(levels)
        born = (age >= 0) & (slots.n_days[slot] > 0)
        share += np.where(born, alive * is_won, 0.0)
        alive = np.where(born, alive * (1 - is_won - is_lost), alive)
    return share


def _fit_ages(cohorts: Cohorts, slots: Slots, *, entry: int, now: int) -> tuple[Logit, Logit]:
    """Return the chances to be won, and else lost, within a slot, by age, place in the month and season."""
    shape = (now + 1, now + 1)
    known = (cohorts.created >= 0) & (cohorts.created <= now)
    gone = known & (cohorts.closed >= 0) & (cohorts.closed <= now)
    born = np.bincount(cohorts.created[known], cohorts.n[known], now + 1)
    ends = {}
    for outcome in (1, 2):
        mine = gone & (cohorts.outcome == outcome)
        grid = np.zeros(shape)
        np.add.at(grid, (cohorts.created[mine], cohorts.closed[mine]), cohorts.n[mine])
        ends[outcome] = grid
    left = np.cumsum(ends[1] + ends[2], axis=1)
    at_risk = born[:, None] - left + ends[1] + ends[2]
    row, column = np.triu_indices(now + 1)
    near = (column - row) <= _OLDEST
    row, column = row[near], column[near]
    held = (slots.n_days[column] > 0) & (column >= entry)
    row, column = row[held], column[held]
    levels = _lay_levels(column - row, column, slots, now=now)
    n, won, lost = at_risk[row, column], ends[1][row, column], ends[2][row, column]
    n_levels = {
        "age": len(_AGES) + 1,
        "place": slots.n_places,
        "season": 12,
        "in_quarter": 3,
        "in_quarter_age": 3 * (len(_AGES) + 1),
        "month": int(-slots.month[0]) + 1,
    }
    return (
        fit_logit(levels, n, won, spreads=_SPREADS, n_levels=n_levels),
        fit_logit(levels, n - won, lost, spreads=_SPREADS, n_levels=n_levels),
    )


def _lay_levels(age: Whole, slot: Whole, slots: Slots, *, now: int) -> dict[str, Whole]:
    return {
        "age": np.searchsorted(_AGES, age, side="right").astype(np.int64),
        "place": slots.place[slot],
        "season": slots.season[slot],
        "in_quarter": slots.season[slot] % 3,
        "in_quarter_age": slots.season[slot] % 3 * (len(_AGES) + 1) + np.searchsorted(_AGES, age, side="right"),
        "month": np.where(slot <= now, -slots.month[slot], -1),
    }
