"""Which of several unknown quantities is the greatest, and what does it cost to pick another?

Each quantity is independent and known by its density at the nodes of common panels. Both answers are integrals of
products of distribution functions, so there are no draws and no seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.stats.panels import Panels

Floats = npt.NDArray[np.float64]

N_ROWS = 256
"""Contests that are settled at once, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Contest:
    """How arms stand against each other.

    Attributes
    ----------
    chance_best
        Shape (..., arms), chance that no other arm is better.
    expected_loss
        Shape (..., arms), mean distance of each arm from the best one: 0 or more, and finite wherever the means are.
    """

    chance_best: Floats
    expected_loss: Floats


def settle(panels: Panels, densities: Sequence[Floats], steps: Floats, *, higher_is_better: bool = True) -> Contest:
    """Return who is ahead, from densities on one line.

    Parameters
    ----------
    panels
        Where the densities are given.
    densities
        One array for each arm, shape (..., panels, nodes), per step along the line of the panels.
    steps
        How much the quantity grows per step along that line.
    higher_is_better
        False when the smallest quantity is the best.
    """
    sides = [(panels.from_left(one), panels.from_right(one)) for one in densities]
    worse, better = zip(*(pair if higher_is_better else pair[::-1] for pair in sides), strict=True)
    chances, losses = [], []
    for arm, density in enumerate(densities):
        all_worse, any_better = np.ones_like(density), np.zeros_like(density)
        for other in range(len(densities)):
            if other != arm:
                all_worse = all_worse * worse[other]
                any_better = any_better + better[other] * (1 - any_better)
        chances.append(panels.integrate(density * all_worse))
        losses.append(panels.integrate(worse[arm] * any_better * steps))
    return Contest(np.clip(np.stack(chances, axis=-1), 0, 1), np.stack(losses, axis=-1))


def settle_in_pieces(
    contest: Callable[[Floats, Floats], Contest], first: npt.ArrayLike, second: npt.ArrayLike
) -> Contest:
    """Return any number of contests, settled `N_ROWS` at a time.

    Parameters
    ----------
    contest
        Settles contests whose two parameters have shape (rows, arms).
    first, second
        Parameters of each arm, shape (..., arms).
    """
    one, other = (np.asarray(part, dtype=np.float64) for part in np.broadcast_arrays(first, second))
    size = one.shape
    one, other = one.reshape(-1, size[-1]), other.reshape(-1, size[-1])
    chances, losses = np.empty_like(one), np.empty_like(one)
    for start in range(0, len(one), N_ROWS):
        piece = slice(start, start + N_ROWS)
        settled = contest(one[piece], other[piece])
        chances[piece], losses[piece] = settled.chance_best, settled.expected_loss
    return Contest(chances.reshape(size), losses.reshape(size))


def reach_of(levels: Floats) -> Floats:
    """Return within how many standard deviations of its mean a quantile of any distribution lies (Cantelli 1928)."""
    odds = levels / (1 - levels)
    return np.asarray(np.sqrt(np.maximum(odds, 1 / odds)))
