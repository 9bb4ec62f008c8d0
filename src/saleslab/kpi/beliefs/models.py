"""Ways in which a measure's months vary: shares, numbers of things, money, and means or medians of pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from saleslab.stats import (
    KeptNumbers,
    LevelGrid,
    PieceSizes,
    VaryingCounts,
    VaryingMeans,
    VaryingRates,
    take_counts,
    take_successes,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SURE, _EDGE = 1e-6, 1e-12


class Model(Protocol):
    """What a belief rests on."""

    @property
    def points(self) -> tuple[LevelGrid, Floats]:
        """The grid, and the level at each of its points."""
        ...

    def draw(self, numbers: KeptNumbers, ahead: Ints, seasons: Ints, level: float | None) -> Floats:
        """Return expectations of months, shape (draws, months)."""
        ...

    def realise(self, expected: Floats, n: Floats, luck: Floats) -> Floats:
        """Return what luck makes of them."""
        ...

    def add_up(self, months: Floats, n: Floats) -> Floats:
        """Return what months come to together, shape (draws,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ShareModel:
    """So many of so many."""

    rates: VaryingRates

    @property
    def points(self) -> tuple[LevelGrid, Floats]:
        """The grid, and the level at each of its points."""
        return self.rates.grid, self.rates.means

    def draw(self, numbers: KeptNumbers, ahead: Ints, seasons: Ints, level: float | None) -> Floats:  # noqa: ARG002
        """Return rates of months."""
        from scipy.special import expit

        known = None if level is None else float(np.clip(level, _SURE, 1 - _SURE))
        logits = self.rates.draw_logits(numbers.by_spread, numbers.by_level, numbers.apart, level=known)
        return np.asarray(expit(logits))

    def realise(self, expected: Floats, n: Floats, luck: Floats) -> Floats:
        """Return the share that comes of so many trials."""
        trials = np.broadcast_to(n, expected.shape)
        return np.asarray(take_successes(trials, expected, _place_luck(luck)) / np.maximum(trials, 1.0))

    def add_up(self, months: Floats, n: Floats) -> Floats:
        """Return the share of all trials."""
        return np.asarray((months * n).sum(axis=1) / np.broadcast_to(n, months.shape).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class CountModel:
    """Things that are counted."""

    counts: VaryingCounts

    @property
    def points(self) -> tuple[LevelGrid, Floats]:
        """The grid, and the level at each of its points."""
        return self.counts.grid, self.counts.means

    def draw(self, numbers: KeptNumbers, ahead: Ints, seasons: Ints, level: float | None) -> Floats:
        """Return expectations of months."""
        known = None if level is None else max(level, _SURE)
        kept = (numbers.by_spread, numbers.by_level, numbers.by_slope)
        return self.counts.draw_means(kept, numbers.apart, ahead=ahead, seasons=seasons, level=known)

    def realise(self, expected: Floats, n: Floats, luck: Floats) -> Floats:  # noqa: ARG002
        """Return the count that comes of an expectation."""
        return take_counts(expected, _place_luck(luck))

    def add_up(self, months: Floats, n: Floats) -> Floats:  # noqa: ARG002
        """Return the sum."""
        return np.asarray(months.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class SumModel:
    """Money that is added up: so many pieces of unequal size.

    Attributes
    ----------
    counts
        Of the sums in units in which their luck is that of a Poisson count.
    unit
        That unit: squared pieces over pieces.
    piece
        What a piece brings on average.
    sizes
        How unequal they are.
    """

    counts: VaryingCounts
    unit: float
    piece: float
    sizes: PieceSizes

    @property
    def points(self) -> tuple[LevelGrid, Floats]:
        """The grid, and the level at each of its points."""
        return self.counts.grid, self.counts.means * self.unit

    def draw(self, numbers: KeptNumbers, ahead: Ints, seasons: Ints, level: float | None) -> Floats:
        """Return expectations of months."""
        known = None if level is None else max(level / self.unit, _SURE)
        kept = (numbers.by_spread, numbers.by_level, numbers.by_slope)
        return self.unit * self.counts.draw_means(kept, numbers.apart, ahead=ahead, seasons=seasons, level=known)

    def realise(self, expected: Floats, n: Floats, luck: Floats) -> Floats:  # noqa: ARG002
        """Return what pieces bring that come as luck has it; their sizes take the luck of another draw."""
        pieces = take_counts(expected / self.piece, _place_luck(luck))
        return pieces * self.piece * self.sizes.take_means(pieces, np.roll(luck, 1, axis=0))

    def add_up(self, months: Floats, n: Floats) -> Floats:  # noqa: ARG002
        """Return the sum."""
        return np.asarray(months.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class MeanModel:
    """The mean (or median) of so many pieces."""

    means: VaryingMeans
    sizes: PieceSizes
    told: float = 1.0

    @property
    def points(self) -> tuple[LevelGrid, Floats]:
        """The grid, and the level at each of its points."""
        return self.means.grid, self.means.means

    def draw(self, numbers: KeptNumbers, ahead: Ints, seasons: Ints, level: float | None) -> Floats:  # noqa: ARG002
        """Return means of months."""
        known = None if level is None else max(level, 1e-300)
        return self.means.draw_means(numbers.by_spread, numbers.by_level, numbers.apart, level=known)

    def realise(self, expected: Floats, n: Floats, luck: Floats) -> Floats:
        """Return the mean that comes of so many pieces."""
        return expected * self.sizes.take_means(np.broadcast_to(n, expected.shape) * self.told, luck)

    def add_up(self, months: Floats, n: Floats) -> Floats:
        """Return the mean of all pieces (for medians about their median)."""
        return np.asarray((months * n).sum(axis=1) / np.broadcast_to(n, months.shape).sum(axis=1))


def _place_luck(luck: Floats) -> Floats:
    """Return where normal numbers stand among all, never at either end: what quantiles of whole numbers ask for."""
    from scipy.special import ndtr

    return np.asarray(np.clip(ndtr(luck), _EDGE, 1 - _EDGE))
