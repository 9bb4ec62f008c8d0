"""Positive quantities that are known up to something shared, on a line of their logarithm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.panels import N_NODES, lay_panels

Floats = npt.NDArray[np.float64]

_N_SEARCHED = 24
_NEGLIGIBLE = 18.0


def lay_line(low: float, high: float, *, sharpest: float) -> Floats:
    """Return the edges of panels from end to end, each about two standard deviations of the sharpest density wide."""
    n_panels = int(np.clip(np.ceil((high - low) / (2 * sharpest)), 8, 400))
    return np.linspace(low, high, n_panels + 1)


def find_support(
    log_weight: Callable[[Floats], Floats], low: float, high: float, *, least: float = -np.inf
) -> tuple[float, float] | None:
    """Return between which values of something shared its posterior lives: start wide, narrow three times.

    Parameters
    ----------
    log_weight
        Takes values, shape (n,), and returns the log posterior density of each, up to a constant.
    low, high
        The widest range.
    least
        Log density below which nothing matters; what lies 18 below the peak never does.

    Returns
    -------
    tuple or None
        None when nothing in the range matters.
    """
    for _ in range(3):
        values = np.linspace(low, high, _N_SEARCHED)
        logs = log_weight(values)
        near = np.nonzero(logs > max(logs.max() - _NEGLIGIBLE, least))[0]
        if not len(near):
            return None
        low, high = float(values[max(near[0] - 1, 0)]), float(values[min(near[-1] + 1, _N_SEARCHED - 1)])
    return low, high


def mix_scales(edges: Floats, log_density: Callable[[Floats], Floats], log_prior: Floats, shifts: Floats) -> MixedArms:
    """Return the joint posterior of several positive quantities.

    Parameters
    ----------
    edges
        Edges of the panels on the line of logarithms, rising, wide enough that every density ends within them.
    log_density
        Takes points, shape (g,), and returns log likelihood plus log prior of the logarithm of each arm's scale for
        each value of what is shared, shape (shared, arms, g).
    log_prior
        Shape (shared,), log prior chance of each value of what is shared, up to a constant.
    shifts
        Shape (shared,): the quantity is ``exp(point + shift)``, such as a mean of which the point gives the scale.
    """
    panels = lay_panels(np.broadcast_to(edges, (len(log_prior), len(edges))))
    logs = log_density(panels.nodes[0].ravel())
    peaks = logs.max(axis=2, keepdims=True)
    densities, log_weights = [], log_prior + peaks[..., 0].sum(axis=1)
    for arm in range(logs.shape[1]):
        line = np.exp(logs[:, arm] - peaks[:, arm]).reshape(len(log_prior), -1, N_NODES)
        whole = panels.integrate(line)
        densities.append(line / whole[:, None, None])
        log_weights = log_weights + np.log(whole)
    weights = np.exp(log_weights - log_weights.max())
    values = np.exp(panels.nodes + shifts[:, None, None])
    return MixedArms(panels, tuple(densities), values, values, weights / weights.sum())
