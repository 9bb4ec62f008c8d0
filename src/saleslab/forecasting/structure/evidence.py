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
from saleslab.forecasting.structure.shapes import lay_slope, lay_walk, steepen_slope

FIRST_LEVEL = 5.0
"""Standard deviation of a level before anything is seen, in logarithms or mean sizes: as good as unknown."""


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
    fixed, noise, season, change, effect
        Parts of the covariance, shape (series, periods, periods).
    walk
        Of the level, shape (periods, periods).
    n_known
        How many values are known.
    """

    levels: Floats
    seen: Floats
    shared: Floats
    n_waves: int
    fixed: Floats
    noise: Floats
    season: Floats
    change: Floats
    effect: Floats
    walk: Floats
    n_known: int


def lay_parts(observed: Observed) -> Layout:
    """Return what of the evidence does not change with the scales."""
    seen = observed.known.astype(np.float64)
    n = seen.shape[1]
    waves, drivers = (part * seen[..., None] for part in (observed.lay_waves(), observed.measure_drivers()))
    pairs, walk, alone = seen[:, :, None] * seen[:, None, :], lay_walk(n), np.eye(n)
    season = waves @ waves.transpose(0, 2, 1)
    noise = pairs * alone
    return Layout(
        levels=observed.levels,
        seen=seen,
        shared=np.concatenate([waves, drivers], axis=2),
        n_waves=waves.shape[2],
        fixed=FIRST_LEVEL**2 * pairs + LEAST_NOISE**2 * noise + alone - noise,
        noise=noise,
        season=season,
        change=season * walk / observed.laid.season_length,
        effect=drivers @ drivers.transpose(0, 2, 1),
        walk=walk,
        n_known=int(seen.sum()),
    )


def add_up_covariance(layout: Layout, scales: Scales) -> Floats:
    """Return the covariance of each series beside what is shared; 1 on the diagonal where a value is unknown."""
    slope = lay_slope(scales.persistence, layout.levels.shape[1])
    wander = scales.level[:, None, None] ** 2 * layout.walk + scales.slope[:, None, None] ** 2 * slope
    return np.asarray(
        layout.fixed
        + scales.noise[:, None, None] ** 2 * layout.noise
        + wander * layout.seen[:, :, None] * layout.seen[:, None, :]
        + scales.season_own**2 * layout.season
        + scales.season_change[:, None, None] ** 2 * layout.change
        + scales.effect_own**2 * layout.effect
    )


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
        return _measure(layout, scales)
    except np.linalg.LinAlgError:
        return -np.inf, {name: np.zeros(np.shape(value)) for name, value in values.items()}


def _measure(layout: Layout, scales: Scales) -> tuple[float, dict[str, Floats]]:
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
    upward = off[:, :, None] * off[:, None, :] - inverse + told @ spread @ told.transpose(0, 2, 1)
    return log, _climb(layout, scales, upward, precision, best**2 + np.diagonal(spread))


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
        root, failed = dpotrf(matrix, lower=1)
        if failed:
            raise np.linalg.LinAlgError("a covariance is not above 0")
        log_size += 2 * float(np.log(root.diagonal()).sum())
        inverses[at], _ = dpotri(root, lower=1)
    inverses += np.tril(inverses, -1).transpose(0, 2, 1)
    return inverses, log_size


def _climb(layout: Layout, scales: Scales, upward: Floats, precision: Floats, size: Floats) -> dict[str, Floats]:
    """Return slopes with the sampled quantities from those with the entries of the covariances."""
    n = layout.levels.shape[1]
    at = np.arange(n)
    inner = upward.copy()
    inner[:, at, at] += 1 - layout.seen  # where nothing is known, the inverse is 1
    flat = inner.reshape(len(inner), -1)
    slope, steeper = lay_slope(scales.persistence, n), steepen_slope(scales.persistence, n)
    of_shared = size * precision - 1
    by_scale = {
        "noise": scales.noise**2 * inner[:, at, at].sum(axis=1),
        "level": scales.level**2 * (flat @ layout.walk.ravel()),
        "slope": scales.slope**2 * (flat @ slope.ravel()),
        "persistence": 0.5 * scales.slope**2 * (flat @ steeper.ravel()),
        "season_change": scales.season_change**2 * np.einsum("nts,nts->n", upward, layout.change),
    }
    if layout.n_waves:
        by_scale["season_own"] = scales.season_own**2 * np.vdot(upward, layout.season)
        by_scale["season_shared"] = of_shared[: layout.n_waves].sum()
    if layout.shared.shape[2] > layout.n_waves:
        by_scale["effect_own"] = scales.effect_own**2 * np.vdot(upward, layout.effect)
        by_scale["effect_shared"] = of_shared[layout.n_waves :].sum()
    return spread_slopes(by_scale, scales)
