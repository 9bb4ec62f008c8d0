"""How likely are the series at given scales, once levels, seasons and effects are summed over, and which way is up?

Given its scales a series is normal, with the covariance of its parts; what series share (a season, effects) is normal
too, and ties them through few coefficients. So the likelihood is exact, and so are its slopes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.reading import Observed
from saleslab.forecasting.structure.scales import LEAST_NOISE, Scales, read_scales, spread_slopes
from saleslab.forecasting.structure.shapes import lay_slope, lay_steps, lay_walk, steepen_slope

FIRST_LEVEL = 5.0
"""Standard deviation of a level before anything is seen, in logarithms or mean sizes: as good as unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """How many times as wide as usual noise and steps of the level are held to be in each period, as variances.

    Attributes
    ----------
    noise
        Shape (series, periods).
    level
        Of the step from each period to the next, shape (series, periods - 1).
    """

    noise: Floats
    level: Floats

    @classmethod
    def none(cls, n_series: int, n_periods: int) -> Shocks:
        """Return that nothing is out of line."""
        return cls(np.ones((n_series, n_periods)), np.ones((n_series, n_periods - 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What of the evidence does not change with the scales.

    Attributes
    ----------
    levels
        Shape (series, periods); 0 where unknown.
    seen
        Shape (series, periods); 1 where known, else 0.
    shared
        Waves of the season, then drivers: shape (series, periods, coefficients); 0 where unknown.
    n_waves
        How many of the coefficients are waves.
    fixed, pairs
        The covariance that never changes, and 1 where both periods are known: shape (series, periods * periods).
    parts
        Covariance of each of `PARTS` at a scale of 1, shape (series, parts, periods * periods).
    shocks
        Where noise and steps are wider than usual.
    n_known
        How many values are known.
    """

    levels: Floats
    seen: Floats
    shared: Floats
    n_waves: int
    fixed: Floats
    pairs: Floats
    parts: Floats
    shocks: Shocks
    n_known: int


PARTS = ("noise", "level", "season_change", "season_own", "effect_own")
"""Scales whose squares stretch a part of the covariance that is otherwise known; of the slope it is not."""


def lay_parts(observed: Observed, shocks: Shocks | None = None) -> Layout:
    """Return what of the evidence does not change with the scales."""
    seen = observed.known.astype(np.float64)
    count, n = seen.shape
    shocks = Shocks.none(count, n) if shocks is None else shocks
    waves, drivers = (part * seen[..., None] for part in (observed.lay_waves(), observed.measure_drivers()))
    pairs, noise = seen[:, :, None] * seen[:, None, :], seen[:, :, None] * np.eye(n)
    season = waves @ waves.transpose(0, 2, 1)
    parts = (
        noise * shocks.noise[:, :, None],
        pairs * lay_steps(shocks.level),
        season * lay_walk(n) / observed.laid.season_length,
        season,
        drivers @ drivers.transpose(0, 2, 1),
    )
    fixed = FIRST_LEVEL**2 * pairs + LEAST_NOISE**2 * noise + np.eye(n) - noise
    return Layout(
        levels=observed.levels,
        seen=seen,
        shared=np.concatenate([waves, drivers], axis=2),
        n_waves=waves.shape[2],
        fixed=fixed.reshape(count, -1),
        pairs=pairs.reshape(count, -1),
        parts=np.stack([part.reshape(count, -1) for part in parts], axis=1),
        shocks=shocks,
        n_known=int(seen.sum()),
    )


def add_up_covariance(layout: Layout, scales: Scales) -> Floats:
    """Return the covariance of each series beside what is shared; 1 on the diagonal where a value is unknown."""
    n = layout.levels.shape[1]
    slope = np.square(scales.slope)[:, None] * lay_slope(scales.persistence, n).ravel()
    apart = (_square(layout, scales)[:, None, :] @ layout.parts)[:, 0]
    return np.asarray((layout.fixed + apart + slope * layout.pairs).reshape(-1, n, n))


def _square(layout: Layout, scales: Scales) -> Floats:
    """Return the squares of the scales of `PARTS`, shape (series, parts)."""
    each = [np.broadcast_to(getattr(scales, name), len(layout.levels)) for name in PARTS]
    return np.asarray(np.square(np.stack(each, axis=1)))


def find_shared_precision(layout: Layout, scales: Scales) -> Floats:
    """Return the precision that is believed of the shared coefficients beforehand."""
    n_drivers = layout.shared.shape[2] - layout.n_waves
    sizes = np.r_[np.full(layout.n_waves, scales.season_shared), np.full(n_drivers, scales.effect_shared)]
    return np.asarray(sizes**-2.0)


def measure_evidence(layout: Layout, values: Mapping[str, Floats]) -> tuple[float, dict[str, Floats]]:
    """Return the logarithm of the evidence at sampled quantities, and its slopes.

    Where numbers fail, far away from any sensible scale, the evidence is minus infinity.
    """
    scales = read_scales(values)
    try:
        summed = _sum_out(layout, scales)
    except np.linalg.LinAlgError:
        return -np.inf, {name: np.zeros(np.shape(value)) for name, value in values.items()}
    slopes = _climb(layout, scales, summed)
    return summed.log, {name: slopes[name] for name in values}


@dataclass(frozen=True, slots=True, eq=False)
class _Summed:
    """What is known once levels, seasons and effects are summed over."""

    log: float
    upward: Floats
    precision: Floats
    size: Floats


def _sum_out(layout: Layout, scales: Scales) -> _Summed:
    inverse, log_size = invert_all(add_up_covariance(layout, scales))
    told = inverse @ layout.shared
    precision = find_shared_precision(layout, scales)
    n_shared = layout.shared.shape[2]
    flat = told.reshape(layout.levels.size, n_shared).T
    bend = np.diag(precision) + flat @ layout.shared.reshape(layout.levels.size, n_shared)
    (spread,), log_bend = invert_all(bend[None])
    pull = flat @ layout.levels.ravel()
    best = spread @ pull
    direct = (inverse @ layout.levels[:, :, None])[:, :, 0]
    off = direct - told @ best
    log = -0.5 * (float((layout.levels * direct).sum() - pull @ best) + layout.n_known * np.log(2 * np.pi))
    log -= 0.5 * (log_size + log_bend - float(np.log(precision).sum()))
    # slope with any entry of the covariances, twice
    upward = off[:, :, None] * off[:, None, :] - inverse + (told @ spread) @ told.transpose(0, 2, 1)
    at = np.arange(layout.levels.shape[1])
    upward[:, at, at] += 1 - layout.seen  # where nothing is known, the inverse is 1
    return _Summed(log, upward, precision, best**2 + np.diagonal(spread))


def expect_squares(layout: Layout, scales: Scales) -> tuple[Floats, Floats]:
    """Return the expected squares of noise and of steps of the level, as multiples of what is usual.

    Shape (series, periods) and (series, periods - 1); the usual is the square of the scale.
    """
    upward, shocks = _sum_out(layout, scales).upward, layout.shocks
    at = np.arange(upward.shape[1])
    noise = shocks.noise * (1 + (scales.noise**2)[:, None] * shocks.noise * upward[:, at, at])
    summed = np.cumsum(np.cumsum(upward, axis=1), axis=2)[:, at[:-1], at[:-1]]  # a step moves all periods before it
    return noise, shocks.level * (1 + (scales.level**2)[:, None] * shocks.level * summed)


def invert_all(matrices: Floats) -> tuple[Floats, float]:
    """Return the inverses of symmetric matrices above 0, and the sum of the logarithms of their determinants.

    Raises
    ------
    LinAlgError
        When one is not above 0.

    Examples
    --------
    >>> inverse, log_size = invert_all(np.array([[[2.0, 1.0], [1.0, 1.0]]]))
    >>> inverse[0].round(9).tolist(), round(log_size, 9) + 0.0
    ([[1.0, -1.0], [-1.0, 2.0]], 0.0)
    """
    inverses, log_size = np.empty_like(matrices), 0.0
    if not matrices.size:
        return inverses, log_size
    for at, matrix in enumerate(matrices):
        root, failed = dpotrf(matrix.T, lower=1)
        if failed:
            raise np.linalg.LinAlgError("a covariance is not above 0")
        log_size += 2 * float(np.log(root.diagonal()).sum())
        inverses[at], _ = dpotri(root, lower=1, overwrite_c=1)
    inverses += np.tril(inverses, -1).transpose(0, 2, 1)
    return inverses, log_size


def _climb(layout: Layout, scales: Scales, summed: _Summed) -> dict[str, Floats]:
    """Return slopes with the sampled quantities from those with the entries of the covariances."""
    n = layout.levels.shape[1]
    flat = summed.upward.reshape(len(layout.levels), -1)
    slope, steeper = lay_slope(scales.persistence, n), steepen_slope(scales.persistence, n)
    of_parts = _square(layout, scales) * (layout.parts @ flat[:, :, None])[:, :, 0]
    of_slope, of_keeping = scales.slope**2 * (np.stack([slope.ravel(), steeper.ravel()]) @ flat.T)
    of_shared = summed.size * summed.precision - 1
    by_scale = dict(zip(PARTS, of_parts.T, strict=True)) | {"slope": of_slope, "persistence": 0.5 * of_keeping}
    for name, mine in (("season", of_shared[: layout.n_waves]), ("effect", of_shared[layout.n_waves :])):
        own = by_scale.pop(f"{name}_own")
        if len(mine):
            by_scale |= {f"{name}_own": own.sum(), f"{name}_shared": mine.sum()}
    return spread_slopes(by_scale, scales)
