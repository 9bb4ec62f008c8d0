"""Randomness by name: every table draws from its own stream, so a new table changes no other."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Streams:
    """Independent random generators, one per name.

    Asking twice for one name starts the same stream again.

    Parameters
    ----------
    seed
        Seed of the whole company.

    Examples
    --------
    >>> streams = Streams(7)
    >>> bool(streams("people").random() == Streams(7)("people").random())
    True
    >>> bool(streams("people").random() == streams("leads").random())
    False
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, name: str) -> np.random.Generator:
        """Return a fresh generator at the start of the stream of that name."""
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(crc32(name.encode()),)))


def draw(rng: np.random.Generator, weights: npt.ArrayLike, n: int) -> Ints:
    """Draw ``n`` positions of a list of weights (faster than ``Generator.choice``)."""
    cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.minimum(np.searchsorted(cumulated / cumulated[-1], rng.random(n), side="right"), len(cumulated) - 1)


def draw_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one position for each row of a matrix of weights."""
    cumulated = np.cumsum(weights, axis=1)
    return np.asarray((rng.random((len(weights), 1)) * cumulated[:, -1:] >= cumulated).sum(axis=1), dtype=np.int64)


def sigmoid(log_odds: npt.ArrayLike) -> Floats:
    """Return the chance that belongs to log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(log_odds, dtype=np.float64))), dtype=np.float64)


def log_odds(chance: npt.ArrayLike) -> Floats:
    """Return the log-odds that belong to a chance."""
    p = np.asarray(chance, dtype=np.float64)
    return np.asarray(np.log(p / (1.0 - p)), dtype=np.float64)


def run_numbers(lengths: Ints) -> Ints:
    """Return 0, 1, 2... within each run, for runs of the given lengths laid end to end.

    Examples
    --------
    >>> run_numbers(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(starts, lengths)


def running_sum(values: Floats, lengths: Ints) -> Floats:
    """Return the running sum within each run."""
    total = np.cumsum(values)
    starts = np.cumsum(lengths) - lengths
    before = np.concatenate([[0.0], total])[starts]
    return np.asarray(total - np.repeat(before, lengths), dtype=np.float64)
