"""Evidence from a lot that was drawn among a few clusters, each counted as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.stats.lots import Booleans, measure_lot_evidence

Floats = npt.NDArray[np.float64]

SHIFTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
"""Differences between arms, in standard deviations between clusters, among which the alternative is mixed."""


def measure_cluster_evidence(standings: Floats, is_new: Booleans, *, strata: Sequence[int] | None = None) -> float:
    """Return the log e-value against "the lot does not matter", with the cluster as the unit of the lot.

    It holds for any sizes, any likeness within clusters and any distribution. Few clusters can be drawn in few ways:
    3 of 6 in 20, so that the e-value never exceeds 20.

    Parameters
    ----------
    standings
        Shape (clusters,): how well each did against all others, computed without knowing its arm.
    is_new
        Which clusters were drawn into the new arm.
    strata
        For each cluster the number of the block, or look, within which the lot was drawn.

    Examples
    --------
    >>> new = np.array([True, False, True, False, True, False, True, False, True, False])
    >>> round(float(np.exp(measure_cluster_evidence(np.where(new, 1.0, -1.0) + np.arange(10) / 20, new))), 1)
    34.5
    """
    spread = float(standings.std())
    scaled = (standings - standings.mean()) / spread if spread > 0 else np.zeros_like(standings)
    scores = np.outer(np.array(SHIFTS), scaled)
    return float(measure_lot_evidence(scores, is_new, looks=strata)[-1])


def stand_rates(successes: Floats, members: Floats, likeness: float) -> Floats:
    """Return how far each cluster's rate lies from that of all, weighed by what its size is worth.

    Examples
    --------
    >>> stand_rates(np.array([2.0, 8.0]), np.array([10.0, 10.0]), 0.0).round(3).tolist()
    [-3.0, 3.0]
    """
    worth = members / (1 + (members - 1) * likeness)
    rates = successes / members
    return np.asarray(worth * (rates - (worth @ rates) / worth.sum()))


def stand_values(values: Floats, others: Floats) -> Floats:
    """Return what is left of values once the other columns are taken out."""
    design = np.concatenate([np.ones((len(values), 1)), others], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, values, rcond=None)
    return np.asarray(values - design @ coefficients)
