"""How much do the pipeline and the series count, by how far each was off on past days as far from the end?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from saleslab.forecasting.laying import Floats

_PRIOR_ERROR = 0.15
_PRIOR_TRIALS = 4.0
_EASE = 1e-9
_FURTHEST = 0.5
_TURN = 20261129
"""Of the one permutation by which the contradiction is spread over the draws."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the two views; they add up to 1.

    Attributes
    ----------
    pipeline, series
        The shares.
    n_trials
        Past days on which both were tried.
    pipeline_error, series_error
        Root mean square of their relative errors there, drawn to 15 %.
    """

    pipeline: float
    series: float
    n_trials: int
    pipeline_error: float
    series_error: float


def weigh_views(past: pd.DataFrame | None) -> Weights:
    """Return the shares of pipeline and series.

    Parameters
    ----------
    past
        Past days as far from the end: ``pipeline, series`` (said of the rest of the period) and ``actual``.

    Examples
    --------
    >>> past = pd.DataFrame({"pipeline": [100.0, 90.0], "series": [140.0, 60.0], "actual": [98.0, 91.0]})
    >>> weigh_views(past).pipeline > 0.5
    True
    """
    if past is None or past.empty:
        return Weights(0.5, 0.5, 0, _PRIOR_ERROR, _PRIOR_ERROR)
    actual = past["actual"].to_numpy(np.float64)
    off = [
        np.clip((past[name].to_numpy(np.float64) - actual) / np.maximum(actual, _EASE), -1.0, 1.0)
        for name in ("pipeline", "series")
    ]
    n, prior = len(past), _PRIOR_TRIALS * _PRIOR_ERROR**2
    pipeline, series = (prior + float((errors**2).sum()) for errors in off)
    both = float((off[0] * off[1]).sum())  # what neither could know lowers the weight of neither
    share = float(np.clip((series - both) / max(pipeline + series - 2 * both, _EASE), 0.0, 1.0))
    sizes = [float(np.sqrt(total / (_PRIOR_TRIALS + n))) for total in (pipeline, series)]
    return Weights(share, 1 - share, n, *sizes)


def blend_draws(pipeline: Floats, series: Floats, weights: Weights) -> Floats:
    """Return by what the pipeline's draws of the rest are to be multiplied to become the blend's.

    Their middle becomes the weighted mean of both middles. They keep their shape, and spread further by as much as the
    two views contradict each other, as a mixture of both would.

    Examples
    --------
    >>> even = Weights(0.5, 0.5, 0, 0.1, 0.1)
    >>> pipeline = np.linspace(90.0, 110.0, 101)
    >>> round(float(np.median(pipeline * blend_draws(pipeline, np.full(101, 120.0), even))), 1)
    109.5
    """
    middles = float(np.median(pipeline)), float(np.median(series))
    if min(middles) <= 0:
        return np.ones_like(pipeline)
    blended = weights.pipeline * middles[0] + weights.series * middles[1]
    apart = np.sqrt(weights.pipeline * weights.series) * abs(np.log(middles[1] / middles[0]))
    turn = np.random.default_rng(_TURN).permutation(len(pipeline))
    scores = ndtri((turn + 0.5) / len(pipeline))
    return np.asarray(blended / middles[0] * np.exp(min(apart, _FURTHEST) * scores))
