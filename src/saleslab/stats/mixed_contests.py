"""Contests of quantities that share something unknown: independent of each other once it is known.

Several arms may share an unknown spread, or an unknown likeness within groups. Given its value they are independent, so
every question about them is an integral over one line for each value of what is shared, and then a weighted mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.stats.contests import Contest, settle
from saleslab.stats.panels import N_NODES, Panels, solve_rising

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MixedArms:
    """What is believed of several arms.

    Attributes
    ----------
    panels
        A line for each value of what is shared: nodes of shape (shared, panels, nodes).
    densities
        One for each arm, per step along the line, in the shape of the nodes; each integrates to 1.
    values
        The quantity at each node, rising along each line.
    steps
        How much the quantity grows per step along the line.
    weights
        Chance of each value of what is shared; they add up to 1.
    """

    panels: Panels
    densities: tuple[Floats, ...]
    values: Floats
    steps: Floats
    weights: Floats

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""
        return float(self.weights @ self.panels.integrate(self.densities[arm] * self.values))

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""
        chosen = [self.densities[arm] for arm in arms or range(len(self.densities))]
        answer = settle(self.panels, chosen, self.steps, higher_is_better=higher_is_better)
        return Contest(self.weights @ answer.chance_best, self.weights @ answer.expected_loss)

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""
        wanted, curves = np.asarray(levels, dtype=np.float64), self._curves(arm)

        def below(at: Floats) -> Floats:
            return np.asarray(self.weights @ np.stack([one.read(at) for one in curves]))

        return _invert(below, *self._reach(arm, float(wanted.min()), float(wanted.max())), wanted)

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""
        return self._pair_below(new, old, np.asarray(at, dtype=np.float64), np.add)

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""
        (new_low, new_high), (old_low, old_high) = self._reaches(new, old, levels)
        return _invert(lambda at: self.difference_below(new, old, at), new_low - old_high, new_high - old_low, levels)

    def ratio_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm over another lies below ``at`` > 0; for quantities above 0."""
        return self._pair_below(new, old, np.asarray(at, dtype=np.float64), np.multiply)

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm over another; for quantities above 0."""
        (new_low, new_high), (old_low, old_high) = np.log(self._reaches(new, old, levels))
        logs = _invert(
            lambda at: self.ratio_below(new, old, np.exp(at)), new_low - old_high, new_high - old_low, levels
        )
        return np.exp(logs)

    def _reaches(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return ends of both arms so far out that what lies beyond them cannot hold the rarest of the levels."""
        wanted = np.asarray(levels, dtype=np.float64)
        tail = min(float(wanted.min()), 1 - float(wanted.max())) / 4
        return np.array([self._reach(arm, tail, 1 - tail) for arm in (new, old)])

    def _reach(self, arm: int, low: float, high: float) -> tuple[float, float]:
        """Return nodes that enclose two quantiles of one arm, whatever is shared."""
        n, below = len(self.weights), self.panels.from_left(self.densities[arm])
        values, below = self.values.reshape(n, -1), below.reshape(n, -1)
        counted = self.weights > 1e-12
        first = np.maximum((below < low).sum(axis=1) - 1, 0)[counted]
        last = np.minimum((below <= high).sum(axis=1), below.shape[1] - 1)[counted]
        rows = np.nonzero(counted)[0]
        return float(values[rows, first].min()), float(values[rows, last].max())

    def _pair_below(self, new: int, old: int, at: Floats, move: Callable[[Floats, Floats], Floats]) -> Floats:
        """Integrate over the old arm the chance that the new one lies below a point that moves with it."""
        _, node_weights = np.polynomial.legendre.leggauss(N_NODES)
        masses = self.densities[old] * self.panels.half * node_weights
        total = np.zeros(at.size)
        for row, curve in enumerate(self._curves(new)):
            mass, value = masses[row].ravel(), self.values[row].ravel()
            kept = mass > 1e-13
            total += self.weights[row] * (mass[kept] @ curve.read(move(value[kept][:, None], at.reshape(1, -1))))
        return np.clip(total, 0, 1).reshape(at.shape)

    def _curves(self, arm: int) -> list[_Curve]:
        """Return the distribution function of one arm for each value of what is shared."""
        below = self.panels.from_left(self.densities[arm])
        slope = self.densities[arm] / self.steps
        rows = (part.reshape(len(self.weights), -1) for part in (self.values, below, slope))
        return [_Curve(*row) for row in zip(*rows, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """A distribution function, known with its slope at some points."""

    points: Floats
    below: Floats
    slope: Floats

    def read(self, at: Floats) -> Floats:
        """Return the chance to lie below each point: the cubic through both neighbours and their slopes."""
        right = np.clip(np.searchsorted(self.points, at), 1, len(self.points) - 1)
        left = right - 1
        width = np.maximum(self.points[right] - self.points[left], 1e-300)
        share = np.clip((at - self.points[left]) / width, 0, 1)
        rest = 1 - share
        ends = (1 + 2 * share) * rest**2 * self.below[left] + (1 + 2 * rest) * share**2 * self.below[right]
        bends = width * share * rest * (rest * self.slope[left] - share * self.slope[right])
        return np.asarray(np.where(at >= self.points[-1], 1.0, np.where(at <= self.points[0], 0.0, ends + bends)))


def _invert(below: Callable[[Floats], Floats], low: float, high: float, levels: npt.ArrayLike) -> Floats:
    wanted = np.asarray(levels, dtype=np.float64)
    ends = (np.full(wanted.shape, low), np.full(wanted.shape, high))
    return solve_rising(below, *ends, parameters=(), targets=wanted)
