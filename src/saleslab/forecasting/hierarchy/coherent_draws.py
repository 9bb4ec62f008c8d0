"""Draws of all nodes that add up, and of which none is below 0 that must not be."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleslab.forecasting.hierarchy.covariance import SharedErrors
from saleslab.forecasting.hierarchy.nodes import Hierarchy
from saleslab.forecasting.hierarchy.projecting import average_projections, find_even_projection, find_projection
from saleslab.forecasting.laying import Floats


def reconcile_draws(base: Floats, hierarchy: Hierarchy, errors: SharedErrors, *, may_fall: Any) -> tuple[Floats, float]:
    """Return draws of all nodes moved so that they add up, and which share of the parts' was lifted to 0.

    Parameters
    ----------
    base
        Draws, shape (nodes, paths, horizon), in the sequence of the hierarchy.
    hierarchy
        The nodes.
    errors
        Covariance of the nodes' errors.
    may_fall
        Which parts may be below 0.
    """
    moved = average_projections(find_projection(hierarchy, errors), find_even_projection(hierarchy))
    parts = moved.find_parts(base)
    lifted, share = _lift(parts, np.asarray(may_fall, dtype=bool))
    return hierarchy.add_up(lifted), share


def _lift(parts: Floats, may_fall: np.ndarray) -> tuple[Floats, float]:
    """Return parts of which none is below 0 that must not be, and the share that was.

    What lifting adds is taken from the other parts of the path in proportion, so that totals stay what they were.
    """
    steady = parts[~may_fall]
    if not steady.size:
        return parts, 0.0
    lifted = np.maximum(steady, 0.0)
    added, held = (lifted - steady).sum(axis=0), lifted.sum(axis=0)
    kept = np.where(held > 0, np.maximum(1 - added / np.where(held > 0, held, 1.0), 0.0), 1.0)
    moved = parts.copy()
    moved[~may_fall] = lifted * kept
    return moved, float((steady < 0).mean())
