"""What will a young cohort come to? Its share so far is too low, since its outcomes are still to come.

How earlier rows ended tells how many of those that are still open will succeed (Aalen-Johansen, success and other
endings as competing risks): a cohort's own successes, and the chance of each of its open rows from its age on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.inputs import read_endings, read_expected
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known
from saleslab.kpi.metrics.intervals import bound_shares
from saleslab.periods import Period
from saleslab.stats import follow_endings

Floats = npt.NDArray[np.float64]

RIPE = 0.9
"""A cohort is mature when it has shown that share of its final successes."""

_AT = ["scope_type", "scope_id", "period"]


@dataclass(frozen=True, slots=True)
class Prospect:
    """How the rows of a share succeed with age.

    Attributes
    ----------
    shown
        Shape (days,), share of the final successes that is there at each age, from day 0.
    chance
        Shape (days,), chance that a row still open at that age will succeed.
    final
        Share that succeeds in the end.
    """

    shown: Floats
    chance: Floats
    final: float

    def maturity(self, period: Period, as_of: date) -> float:
        """Return the share of its final successes that a cohort has shown, its rows spread evenly over its days."""
        last = min(period.end, as_of)
        ages = (as_of - period.start).days - np.arange((last - period.start).days + 1)
        return float(self.shown[np.clip(ages, 0, len(self.shown) - 1)].mean())


def follow_cohorts(known: Known, metrics: Iterable[Metric], values: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Return values with ``maturity``, ``estimate`` and ``is_ripe``; what is no young cohort is ripe as it is.

    ``lo`` and ``hi`` of a cohort bound its estimate. Where too little has ended to tell, its estimate is missing.
    """
    values = values.assign(maturity=1.0, estimate=values["value"], is_ripe=True)
    for metric in metrics:
        mine = (values["metric_id"] == metric.metric_id).to_numpy()
        if metric.cohort.rule == "started" and mine.any():
            values.loc[mine, ["maturity", "estimate", "lo", "hi"]] = _estimate(known, metric, values[mine], grid)
            values.loc[mine, "is_ripe"] = values.loc[mine, "maturity"] >= RIPE
    return values


def _estimate(known: Known, metric: Metric, rows: pd.DataFrame, grid: Grid) -> Floats:
    """Return maturity, estimate and its bounds, one row each."""
    answer = np.full((len(rows), 4), np.nan)
    try:
        prospect = learn_prospect(read_endings(known, metric))
    except NotEnoughData:
        return answer
    chances = pd.DataFrame({"age": np.arange(len(prospect.chance)), "chance": prospect.chance})
    to_come = read_expected(known, metric, chances, grid).set_index(_AT)["total"]
    expected = to_come.reindex(pd.MultiIndex.from_frame(rows[_AT])).fillna(0.0).to_numpy(dtype=np.float64)
    n, successes = rows["n"].to_numpy(dtype=np.float64), rows["numerator"].to_numpy(dtype=np.float64) + expected
    answer[:, 0] = [prospect.maturity(grid.periods[int(place)], known.as_of) for place in rows["period"]]
    answer[:, 1] = successes / n
    answer[:, 2], answer[:, 3] = bound_shares(successes, n)
    return answer


def learn_prospect(endings: pd.DataFrame) -> Prospect:
    """Return how rows succeed with age.

    Parameters
    ----------
    endings
        Histogram by whole days since the start: ``days, n_succeeded, n_ended, n_running``.

    Raises
    ------
    NotEnoughData
        When none has succeeded yet.

    Examples
    --------
    >>> seen = pd.DataFrame({"days": [1, 2], "n_succeeded": [1, 1], "n_ended": [0, 1], "n_running": [1, 0]})
    >>> prospect = learn_prospect(seen)
    >>> prospect.final, prospect.chance.tolist(), prospect.shown.round(2).tolist()
    (0.625, [0.625, 0.5, 0.0], [0.0, 0.4, 1.0])
    """
    if endings.empty or not endings["n_succeeded"].sum():
        raise NotEnoughData("Nothing has succeeded yet.", "wait, or import an earlier year.")
    causes = [endings[name].to_list() for name in ("n_succeeded", "n_ended")]
    seen = follow_endings(endings["days"].to_list(), n_ended=causes, n_running=endings["n_running"].to_list())
    ages = np.arange(int(seen.days[-1]) + 1)
    step = np.searchsorted(seen.days, ages, side="right")
    shown = np.concatenate([[0.0], seen.incidence[0]])[step]
    running = np.concatenate([[1.0], seen.still_running])[step]
    final = float(seen.incidence[0, -1])
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(running > 1e-12, np.clip((final - shown) / running, 0.0, 1.0), 0.0)
    return Prospect(shown / final, chance, final)
