"""Rates in a table of two crossed factors, such as hours by days, most of whose cells are nearly empty.

A cell of three trials says little about itself, but its row and its column say something about it. Each rate is a sum
on the logit scale: the whole table, the row, the column and what is peculiar to the cell. How much rows, columns and
cells differ is learned from the table, and its uncertainty is summed over a grid rather than plugged in.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import check_mass
from saleslab.stats.threads import on_one_thread

Floats = npt.NDArray[np.float64]

_SPREADS = (0.0, 0.08, 0.16, 0.3, 0.55, 1.0)
"""Standard deviations on the logit scale that rows, columns and cells may have."""

_USUAL = 0.5
"""Half-normal prior of these standard deviations."""

_WIDE = 3.0
"""Standard deviation of the prior of the whole table's logit."""

_STEPS = 60
_NEGLIGIBLE = 1e-4


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates with the ends of their intervals; three arrays of one shape."""

    estimate: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class CrossedRates:
    """Partially pooled rates of a table of two crossed factors.

    Attributes
    ----------
    cells
        Shape (rows, columns), the empty cells too.
    rows, columns
        Rate of each row over the columns that were asked for, at the mean logit, and of each column over the rows.
    spreads
        Posterior mean of the standard deviations between rows, between columns and between cells of the same row and
        column, on the logit scale.
    mass
        Of the intervals.
    """

    cells: RateTable
    rows: RateTable
    columns: RateTable
    spreads: tuple[float, float, float]
    mass: float


@dataclass(frozen=True, slots=True)
class _Peak:
    """Where the logits are most likely: the likelihood's gradient and curvature there, and the log evidence."""

    logit: Floats
    gradient: Floats
    curvature: Floats
    log_evidence: float


@dataclass(frozen=True, slots=True)
class _Mixture:
    """A normal distribution of every cell's logit for each grid point, with the weight of each point."""

    mean: Floats
    covariance: Floats
    weight: Floats
    spreads: Floats


def pool_crossed_rates(
    successes: Any, trials: Any, *, rows: Any = None, columns: Any = None, mass: float = 0.9
) -> CrossedRates:
    """Return the rates of a two-way table, partially pooled over rows, columns and cells.

    Model: ``successes ~ Binomial(trials, expit(m + r[i] + c[j] + e[i, j]))`` with normal effects. For each set of
    standard deviations the logits' posterior is Laplace's approximation (Rasmussen & Williams 2006, "Gaussian Processes
    for Machine Learning", algorithms 3.1 and 5.1); the sets are weighted by their evidence.

    Use `pool_rates` where the groups have no structure.

    Parameters
    ----------
    successes, trials
        Two tables of counts of the same shape.
    rows, columns
        Masks of the rows and columns over which the margins are taken; all of them by default.
    mass
        Chance that an interval holds the truth.

    Raises
    ------
    NotEnoughData
        When no cell has any trial.
    BadArgument
        When the tables do not fit.

    Examples
    --------
    >>> pooled = pool_crossed_rates([[2, 18], [0, 60]], [[10, 100], [1, 150]])
    >>> pooled.rows.estimate.round(2).tolist(), bool(pooled.cells.high[1, 0] > 0.4)
    ([0.21, 0.35], True)
    """
    check_mass(mass)
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if k.shape != n.shape or k.ndim != 2 or ((k < 0) | (k > n)).any():
        raise BadArgument(
            f"A table of successes of shape {k.shape} does not fit one of trials of shape {n.shape}.",
            "give two tables of the same shape, with 0 <= successes <= trials in each cell.",
        )
    if not n.sum():
        raise NotEnoughData("No cell of the table has any trial.", "widen the period.")
    with on_one_thread():
        mixture = _fit(k, n)
    every = np.eye(k.size)
    over_columns, over_rows = _average(k.shape, columns, axis=1), _average(k.shape, rows, axis=0)
    return CrossedRates(
        _describe(mixture, every, mass, k.shape),
        _describe(mixture, over_columns, mass, (k.shape[0],)),
        _describe(mixture, over_rows, mass, (k.shape[1],)),
        tuple(float(spread) for spread in mixture.weight @ mixture.spreads),  # type: ignore[arg-type]
        mass,
    )


def _average(shape: tuple[int, ...], kept: Any, *, axis: int) -> Floats:
    """Return the matrix that averages a flattened table along one axis over the entries kept."""
    mask = np.ones(shape[axis], dtype=bool) if kept is None else np.asarray(kept, dtype=bool)
    if mask.shape != (shape[axis],) or not mask.any():
        raise BadArgument(f"A mask of {mask.sum()} of {mask.size} does not fit {shape}.", "keep at least one entry.")
    share = mask / mask.sum()
    return np.kron(np.eye(shape[0]), share) if axis == 1 else np.kron(share, np.eye(shape[1]))


def _fit(k: Floats, n: Floats) -> _Mixture:
    """Return the posterior of all logits for every set of standard deviations, weighted by its evidence."""
    seen = n.ravel() > 0
    row, column = (index.ravel() for index in np.indices(k.shape))
    same_row, same_column = row[:, None] == row, column[:, None] == column
    y, m = k.ravel()[seen], n.ravel()[seen]
    parts = []
    for s_row, s_column, s_cell in product(_SPREADS, repeat=3):
        wide = _WIDE**2 + s_row**2 * same_row + s_column**2 * same_column + s_cell**2 * np.eye(k.size)
        usual = -(s_row**2 + s_column**2 + s_cell**2) / (2 * _USUAL**2)
        parts.append((usual, (s_row, s_column, s_cell), wide))
    peaks, start = [], np.zeros(len(y))
    for _, _, wide in parts:
        peaks.append(_find_peak(y, m, wide[np.ix_(seen, seen)], start))
        start = peaks[-1].logit
    widths = [np.prod(step) for step in product(np.gradient(np.array(_SPREADS)), repeat=3)]
    logs = np.array([part[0] + peak.log_evidence for part, peak in zip(parts, peaks, strict=True)]) + np.log(widths)
    weight = np.exp(logs - logs.max())
    kept = np.flatnonzero(weight > _NEGLIGIBLE)
    posteriors = [_spread_out(parts[i][2], seen, peaks[i]) for i in kept]
    return _Mixture(
        np.array([mean for mean, _ in posteriors]),
        np.array([covariance for _, covariance in posteriors]),
        weight[kept] / weight[kept].sum(),
        np.array([parts[i][1] for i in kept]),
    )


def _find_peak(y: Floats, m: Floats, prior: Floats, start: Floats) -> _Peak:
    """Climb to the most likely logits of the cells with trials."""
    from scipy.special import expit

    logit = start
    for _ in range(_STEPS):
        rate = expit(logit)
        curvature = np.maximum(m * rate * (1 - rate), 1e-10)
        root = np.sqrt(curvature)
        inner = np.eye(len(y)) + root[:, None] * prior * root
        target = curvature * logit + y - m * rate
        pull = target - root * np.linalg.solve(inner, root * (prior @ target))
        following = prior @ pull
        step = np.clip(following - logit, -2.0, 2.0)
        logit = logit + step
        if np.abs(step).max() < 1e-6:
            break
    fit = float((y * logit - m * np.logaddexp(0, logit)).sum())
    _, log_det = np.linalg.slogdet(inner)
    return _Peak(logit, y - m * expit(logit), curvature, fit - 0.5 * float(pull @ logit) - 0.5 * float(log_det))


def _spread_out(prior: Floats, seen: npt.NDArray[np.bool_], peak: _Peak) -> tuple[Floats, Floats]:
    """Return mean and covariance of the logits of all cells, the empty ones too."""
    root, known = np.sqrt(peak.curvature), prior[:, seen]
    inner = np.eye(len(root)) + root[:, None] * prior[np.ix_(seen, seen)] * root
    half = np.linalg.solve(np.linalg.cholesky(inner), root[:, None] * known.T)
    return known @ peak.gradient, prior - half.T @ half


def _describe(mixture: _Mixture, combine: Floats, mass: float, shape: tuple[int, ...]) -> RateTable:
    """Return mean and quantiles of the rates of some combinations of the cells' logits."""
    from scipy.special import expit, ndtr

    mean = mixture.mean @ combine.T
    variance = np.einsum("qi,pij,qj->pq", combine, mixture.covariance, combine, optimize=True)
    sd = np.sqrt(np.maximum(variance, 1e-12))
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    weights = weights / weights.sum()
    estimate = np.einsum("p,pqh,h->q", mixture.weight, expit(mean[..., None] + sd[..., None] * nodes), weights)

    def quantile(chance: float) -> Floats:
        low, high = (mean - 8 * sd).min(axis=0), (mean + 8 * sd).max(axis=0)
        for _ in range(50):
            middle = (low + high) / 2
            below = mixture.weight @ ndtr((middle - mean) / sd) < chance
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(expit((low + high) / 2), dtype=np.float64)

    low, high = quantile((1 - mass) / 2), quantile((1 + mass) / 2)
    return RateTable(
        estimate.reshape(shape), np.minimum(low, estimate).reshape(shape), np.maximum(high, estimate).reshape(shape)
    )
