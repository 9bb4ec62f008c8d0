"""Whose count falls far short of what their work would need, and how sure is that?

Everybody's count is compared with what the same work gives elsewhere. People differ, so a count below the expected one
says nothing by itself: what is far is judged against how much all of them differ. The share of those who really fall
short is learned together with the differences, so that with many people compared no more of them are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_FEWEST = 5
"""Units that must be comparable, and the smallest expected count that says anything about a unit."""
_ROUNDS = 400
_REACH = 5.0
"""Largest difference of logarithms that is thought of: a factor of about 150."""
_SPREADS = np.geomspace(0.05, 1.5, 24)
_CLUSTERS = np.geomspace(1.0, 60.0, 8)
_SHARES = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])


@dataclass(frozen=True, slots=True, eq=False)
class Shortfalls:
    """How each unit's count compares with what its work would need.

    Attributes
    ----------
    expected
        Shape (n,), the count that the same work gives elsewhere; 0 where there is no work.
    is_judged
        Shape (n,), whether enough is expected of the unit to say anything about it.
    chance
        Shape (n,), chance that the unit falls short for another reason than the usual differences; 0 where not judged.
    spread
        Usual differences between units: standard deviation of the logarithm of count over expected.
    """

    expected: Floats
    is_judged: Bools
    chance: Floats
    spread: float


def find_shortfalls(counts: npt.ArrayLike, work: npt.ArrayLike) -> Shortfalls:
    """Return how likely it is that each unit's count falls short of its work.

    Model: the logarithm of count over expected is normal around 0 with variance ``spread² + cluster / expected``, or,
    for a small share of units, anything within a factor of 150. Expected counts are linear in the work, with rates
    that hardly mind such units (weights of Cauchy's distribution on the logarithm). Spread, cluster and share are
    integrated out on a grid, so that the chance considers how many units there are (Efron 2010, "Large-Scale
    Inference", chapter 5: local false discovery rate).

    Parameters
    ----------
    counts
        Shape (n,).
    work
        Shape (n, kinds), how much of each kind of work the unit did; counted apart from ``counts``.

    Raises
    ------
    NotEnoughData
        When fewer than five units can be compared.

    Examples
    --------
    >>> work = [[100], [80], [120], [90], [100], [110]]
    >>> answer = find_shortfalls([410, 300, 520, 350, 60, 450], work)
    >>> (answer.chance > 0.9).tolist()
    [False, False, False, False, True, False]
    """
    seen, done = np.asarray(counts, dtype=np.float64), np.asarray(work, dtype=np.float64)
    if done.ndim != 2 or seen.shape != done.shape[:1] or np.any(done < 0) or np.any(seen < 0):
        raise BadArgument(
            f"Counts of shape {seen.shape} do not fit work of shape {done.shape}.",
            "give one row of work for each count, nothing below 0.",
        )
    done = done[:, done.sum(axis=0) > 0]
    works = done.sum(axis=1) > 0
    _refuse_few(int(works.sum()))
    expected = np.zeros(len(seen))
    expected[works] = done[works] @ _fit_rates(seen[works], done[works])
    judged = expected >= _FEWEST
    _refuse_few(int(judged.sum()))
    chance = np.zeros(len(seen))
    chance[judged], spread = _weigh(seen[judged], expected[judged], n_rates=done.shape[1])
    return Shortfalls(expected, judged, chance, spread)


def _refuse_few(n: int) -> None:
    if n < _FEWEST:
        raise NotEnoughData(
            f"{n} of them can be compared by their work; at least {_FEWEST} are needed.",
            "widen the period, or leave the comparison out.",
        )


def _logarithm(counts: Floats, expected: Floats) -> Floats:
    ratio: Floats = np.log((counts + 0.5) / (expected + 0.5))
    return ratio


def _fit_rates(counts: Floats, work: Floats) -> Floats:
    """Return the count that one of each kind of work gives, units that are far off hardly counting."""
    rates = np.full(work.shape[1], np.median(counts / work.sum(axis=1)) + 1e-6)
    for _ in range(_ROUNDS):
        expected = work @ rates + 1e-9
        off = _logarithm(counts, expected)
        scale = max(1.4826 * float(np.median(np.abs(off - np.median(off)))), 0.1)
        weight = 1 / (1 + (off / (2 * scale)) ** 2) / expected
        up = (weight * counts / expected) @ work
        rates = rates * up / np.maximum(weight @ work, 1e-12)
    return rates


def _weigh(counts: Floats, expected: Floats, *, n_rates: int) -> tuple[Floats, float]:
    """Return the chance of each unit to fall short, and the usual spread."""
    off = np.clip(_logarithm(counts, expected), -_REACH, _REACH)
    grids = np.meshgrid(_SPREADS, _CLUSTERS, _SHARES, indexing="ij")
    spread, cluster, share = (part.ravel()[:, None] for part in grids)
    sd = np.sqrt(spread**2 + cluster / (expected + 0.5))
    usual = (1 - share) * np.exp(-0.5 * (off / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    odd = share / (2 * _REACH)
    free = max(len(off) - n_rates, 1) / len(off)  # as many units as there are rates fit by construction
    log_weight = free * np.log(usual + odd).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    weight = weight / weight.sum()
    chance = weight @ (odd / (usual + odd))
    return np.where(off < 0, chance, 0.0), float(weight @ spread[:, 0])
