"""What the series of won money alone says of the rest of a period, whatever is in the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.engine import EngineRun, run_engine
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.paths import draw_paths
from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.stats.threads import on_one_thread

_YEAR, _QUARTER = 12, 3
_FEWEST_MONTHS = 3
_MOST_TRIALS = 12


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRemainder:
    """Won money after the day of the forecast until the end of the period, from its series alone.

    Attributes
    ----------
    draws
        What may come.
    trials
        Past days of the same distance to the end: ``back`` (months), ``said, came``.
    """

    draws: Floats
    trials: pd.DataFrame


def draw_remainder(history: DealHistory, *, seed: int = 0, n_draws: int = 2_000) -> SeriesRemainder | None:
    """Return what the series of won money says of the rest of the period; None where fewer than 3 months are over.

    Parameters
    ----------
    history
        From ``read_deal_history``.
    seed, n_draws
        Of the draws.
    """
    money = _sum_slots(history)
    with on_one_thread():
        run, ahead = _run(history, money, now=history.slots.now, seed=seed)
        if run is None:
            return None
        paths = draw_paths(run, n_paths=n_draws, seed=seed)[0]
        return SeriesRemainder(np.maximum(paths, 0.0) @ ahead, _try_past(history, money, seed))


def _sum_slots(history: DealHistory) -> Floats:
    won = history.cohorts[history.cohorts["outcome"] == "won"]
    at = won["closed_slot"].astype("int64").to_numpy()
    return np.bincount(at, won["amount"].to_numpy(np.float64), len(history.slots)).astype(np.float64)


def _run(history: DealHistory, money: Floats, *, now: int, seed: int) -> tuple[EngineRun | None, Floats]:
    """Return the forecast of months that are not over, and how much of each is still to come."""
    slots, places = history.slots, history.slots.n_places
    whole, first = (now + 1) // places, -(-history.entry // places)
    by_month = money[first * places : whole * places].reshape(-1, places)
    if len(by_month) < _FEWEST_MONTHS or by_month.sum() <= 0:
        return None, np.zeros(0)
    last = now + len(slots) - 1 - slots.now
    horizon = last // places - whole + 1
    run = run_engine(
        by_month.sum(axis=1)[None, :], horizon=horizon, season_length=_find_season(len(by_month)), seed=seed
    )
    share = by_month.sum(axis=0) / by_month.sum()
    left = _lean_on_quarter(by_month.sum(axis=1), run.find_quantile(0.5)[0])
    done = (now + 1) % places
    left[0] *= share[done:].sum()
    return run, left


def _lean_on_quarter(by_month: Floats, said: Floats) -> Floats:
    """Return by what months are to be multiplied: before two years are over, what a quarter ago was counts as much."""
    if len(by_month) >= 2 * _YEAR:
        return np.ones(len(said))
    before = by_month[len(by_month) - _QUARTER + np.arange(len(said)) % _QUARTER]
    return np.asarray(np.where(said > 0, (1 + before / np.where(said > 0, said, 1.0)) / 2, 1.0))


def _find_season(n_months: int) -> int:
    """Return 12 where two years are over, else 3: what is known by then of a season is that quarters end."""
    return _YEAR if n_months >= 2 * _YEAR else _QUARTER


def _try_past(history: DealHistory, money: Floats, seed: int) -> pd.DataFrame:
    slots = history.slots
    rows = []
    for back in range(slots.first_whole, slots.first_whole + _MOST_TRIALS):
        now = slots.landmark(back)
        run, ahead = _run(history, money, now=now, seed=seed) if now > history.entry else (None, np.zeros(0))
        if run is None:
            break
        last = now + len(slots) - 1 - slots.now
        rows.append(
            (back, float(np.maximum(run.find_quantile(0.5)[0], 0) @ ahead), float(money[now + 1 : last + 1].sum()))
        )
    return pd.DataFrame(rows, columns=["back", "said", "came"])
