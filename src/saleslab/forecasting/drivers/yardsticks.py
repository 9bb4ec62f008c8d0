"""How far is a driver from what the past held of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.drivers.known_ahead import Drivers
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.members import Flags

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """What the drivers of each series were in the past.

    Attributes
    ----------
    mean
        Of each series and driver; shape (series, drivers).
    steps
        Usual distance of each driver from its mean, over the series in which it moved.
    low, high
        Range of the past, as distances from the mean; that of all series where a driver never moved in one.
    """

    mean: Floats
    steps: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, drivers: Drivers, known: Flags) -> Yardstick:
        """Return the yardstick of the periods that are known, shape (series, first periods)."""
        past = np.where(known[..., None], drivers.numbers[:, : known.shape[1]], 0.0)
        count = np.maximum(known.sum(axis=1), 1)[:, None]
        mean = past.sum(axis=1) / count
        within = np.where(known[..., None], _apart(past, mean), 0.0)
        moved = within.any(axis=1)
        steps = np.sqrt(((within**2).sum(axis=1) / count).sum(axis=0) / np.maximum(moved.sum(axis=0), 1))
        low, high = (np.where(moved, of_each, of_all) for of_each, of_all in _find_ends(within))
        return cls(mean, np.where(steps > 0, steps, 1.0), low, high)

    def measure(self, drivers: Drivers) -> Floats:
        """Return drivers in usual steps from their means, followed for one range beyond the past's and no further."""
        room = self.high - self.low
        apart = _apart(np.nan_to_num(drivers.numbers, nan=0.0), self.mean)
        apart = np.where(np.isnan(drivers.numbers), 0.0, apart)
        return np.clip(apart, (self.low - room)[:, None, :], (self.high + room)[:, None, :]) / self.steps

    def is_beyond(self, values: Floats) -> Flags:
        """Say which values lie outside the range of the past, shape (series, periods, drivers)."""
        apart = _apart(values, self.mean)
        slack = _NOTHING * self.steps
        return np.asarray((apart < (self.low - slack)[:, None, :]) | (apart > (self.high + slack)[:, None, :]))


def _apart(values: Floats, mean: Floats) -> Floats:
    """Return distances from the mean; what rounding leaves of a driver that never moves is none."""
    apart = values - mean[:, None, :]
    return np.where(np.abs(apart) > _NOTHING * np.abs(mean)[:, None, :], apart, 0.0)


def _find_ends(within: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield the lowest and highest values of each series, and of all."""
    of_each = within.min(axis=1)
    yield of_each, of_each.min(axis=0)
    of_each = within.max(axis=1)
    yield of_each, of_each.max(axis=0)
