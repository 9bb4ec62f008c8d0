"""Rates of several arms that are taken to be alike until the data say otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import lay_line
from saleslab.stats.panels import lay_panels

Floats = npt.NDArray[np.float64]

SPREAD = 0.3
"""Standard deviation of the log odds ratio of two arms that a sceptic expects: one in three lies beyond +-35 %."""

_N_CENTRES = 41


def shrink_rates(successes: Sequence[int], trials: Sequence[int], *, spread: float = SPREAD) -> MixedArms:
    """Return the posterior of a sceptic, to whom large differences between arms are a surprise.

    The logit of each rate is normal around a common centre, so that the log odds ratio of two arms has the standard
    deviation ``spread`` before the data; the centre has Jeffreys' prior of a rate.

    Parameters
    ----------
    successes, trials
        One of each for every arm.
    spread
        How far the sceptic expects two arms to lie apart.

    Examples
    --------
    >>> shrink_rates([0, 6], [40, 40]).contest().chance_best.round(2).tolist()
    [0.2, 0.8]
    """
    from scipy.special import betaincinv, log_expit, logit, polygamma

    y, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    own = spread / np.sqrt(2)
    a, b = y.sum() + 0.5, (n - y).sum() + 0.5
    low = logit(max(betaincinv(a, b, 1e-6), 1e-17)) - 5 * own
    high = -logit(max(betaincinv(b, a, 1e-6), 1e-17)) + 5 * own
    nodes, node_weights = np.polynomial.legendre.leggauss(_N_CENTRES)
    centres = (low + high) / 2 + (high - low) / 2 * nodes
    sharpest = min(own, float(np.sqrt(polygamma(1, y + 0.5) + polygamma(1, n - y + 0.5)).min()))
    edges = lay_line(low - 6 * own, high + 6 * own, sharpest=sharpest)
    panels = lay_panels(np.broadcast_to(edges, (_N_CENTRES, len(edges))))
    log_rate, log_rest = log_expit(panels.nodes), log_expit(-panels.nodes)
    alike = -0.5 * ((panels.nodes - centres[:, None, None]) / own) ** 2
    densities, log_weights = [], np.log(node_weights) + 0.5 * (log_expit(centres) + log_expit(-centres))
    for k, m in zip(y, n, strict=True):
        logs = k * log_rate + (m - k) * log_rest + alike
        peak = logs.max(axis=(1, 2), keepdims=True)
        line = np.exp(logs - peak)
        whole = panels.integrate(line)
        densities.append(line / whole[:, None, None])
        log_weights = log_weights + peak[:, 0, 0] + np.log(whole)
    weights = np.exp(log_weights - log_weights.max())
    kept = weights > 1e-10
    values, steps = np.exp(log_rate[kept]), np.exp((log_rate + log_rest)[kept])
    panels = lay_panels(np.broadcast_to(edges, (len(values), len(edges))))
    return MixedArms(panels, tuple(one[kept] for one in densities), values, steps, weights[kept] / weights[kept].sum())
