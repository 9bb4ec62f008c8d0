"""Where is the posterior of the scales highest, and how does it fall off there?

The sampler then walks on a hill that is nearly round, with long steps: a third of the work, and no draw astray. What is
sampled stays the exact posterior, as the hill is only looked at from another side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.evidence import Layout, measure_evidence
from saleslab.forecasting.structure.scales import Belief

_STEP = 1e-3
_MOST_STEPS = 200
_LEAST_BEND = 0.3
_FAR = 1e10


@dataclass(frozen=True, slots=True, eq=False)
class Hill:
    """The posterior of the scales near its top.

    Attributes
    ----------
    top
        All sampled quantities, one after another.
    stretch
        What makes a round hill of width 1 this one: ``quantities = top + stretch @ lots``.
    """

    top: Floats
    stretch: Floats


def find_hill(layout: Layout, beliefs: Sequence[Belief], start: Floats | None = None) -> Hill:
    """Return the top of the posterior and its width in every direction."""
    top = find_top(layout, beliefs, start, n_steps=_MOST_STEPS)
    bend = np.array(
        [
            (_fall(top + step, layout, beliefs)[1] - _fall(top - step, layout, beliefs)[1]) / (2 * _STEP)
            for step in _STEP * np.eye(len(top))
        ]
    )
    height, axes = np.linalg.eigh((bend + bend.T) / 2)
    return Hill(top, axes / np.sqrt(np.maximum(height, _LEAST_BEND)))


def find_top(layout: Layout, beliefs: Sequence[Belief], start: Floats | None = None, *, n_steps: int) -> Floats:
    """Return where the posterior is highest, or where so many steps lead from a start; None starts at the beliefs."""
    first = _repeat(beliefs, "centre") if start is None else start
    found = minimize(_fall, first, args=(layout, beliefs), jac=True, method="L-BFGS-B", options={"maxiter": n_steps})
    return np.asarray(found.x)


def _fall(at: Floats, layout: Layout, beliefs: Sequence[Belief]) -> tuple[float, Floats]:
    """Return how far down from 0 the logarithm of the posterior is, and its slopes."""
    log, slopes = measure_evidence(layout, split_values(at, beliefs))
    if not np.isfinite(log):
        return _FAR, np.zeros_like(at)
    sd = _repeat(beliefs, "sd")
    apart = (at - _repeat(beliefs, "centre")) / sd
    return 0.5 * float(apart @ apart) - log, apart / sd - np.concatenate([slopes[one.name] for one in beliefs])


def _repeat(beliefs: Sequence[Belief], what: str) -> Floats:
    return np.concatenate([np.full(belief.n, getattr(belief, what)) for belief in beliefs])


def split_values(values: Floats, beliefs: Sequence[Belief]) -> Mapping[str, Floats]:
    """Return the quantities by their names."""
    ends = np.cumsum([belief.n for belief in beliefs])
    return dict(zip((belief.name for belief in beliefs), np.split(values, ends[:-1]), strict=True))
