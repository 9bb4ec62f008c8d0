"""A count that differs from period to period, with seasons and perhaps a trend: what the next periods' may be.

Each period has an expectation of its own, which is Gamma around level, season and trend, and its count is Poisson given
that, so that counts are negative binomial. Level and spread are summed over a grid (`level_grids`). Seasons and trend
are learned beforehand and keep their doubt; a trend, and forgetting, must have foretold the past better than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.stats.courses import Course, find_course
from saleslab.stats.level_grids import LevelGrid, lay_levels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPREAD = 0.5
"""Scale of the half-normal prior of the standard deviation of a period's expectation, as a share of it."""

_WIDEST = 2.0
_DAMPING = 0.9


@dataclass(frozen=True, slots=True)
class VaryingCounts:
    """Posterior of a count's level and of the spread of periods around it.

    Attributes
    ----------
    grid
        Logarithms of what is expected in the middle of the past, season aside, and coefficients of variation.
    course
        Seasons, trend and memory.
    """

    grid: LevelGrid
    course: Course

    @property
    def mean(self) -> float:
        """Posterior mean of the next period's expectation, season aside."""
        return self.grid.average(self.means)

    @property
    def means(self) -> Floats:
        """Next period's expectation, season aside, at each point of the grid."""
        return np.asarray(np.exp(self.grid.levels + self.course.slope * self._ahead(np.array([1]))[0]))

    def draw_means(
        self,
        numbers: tuple[Floats, Floats, Floats],
        apart: Floats,
        *,
        ahead: Ints,
        seasons: Ints,
        level: float | None = None,
    ) -> Floats:
        """Return expectations of periods, shape of ``apart``.

        Parameters
        ----------
        numbers
            Three of shape (draws,): uniform for the spread and the level, standard normal for the trend.
        apart
            Shape (draws, periods), standard normal.
        ahead
            Shape (periods,): 1 for the period after the last.
        seasons
            Shape (periods,): the season of each, from 0.
        level
            Next period's expectation, season aside, where it is to be taken as known.
        """
        by_spread, by_level, by_slope = numbers
        at, drawn = self.grid.draw(by_spread, by_level)
        far = self._ahead(ahead)
        if level is None:
            base = drawn[:, None] + (self.course.slope + self.course.slope_sd * by_slope)[:, None] * far
        else:
            first = self._ahead(np.array([1]))
            base = np.log(level) + (self.course.slope + self.course.slope_sd * by_slope)[:, None] * (far - first)
        doubt = self.course.season_sd[seasons]
        own = take_gammas(np.sqrt(self.grid.spreads[at][:, None] ** 2 + doubt**2), apart)
        return np.asarray(np.exp(base) * self.course.season[seasons] * own)

    def _ahead(self, ahead: Ints) -> Floats:
        """Return how far periods lie from the middle of the past; a trend fades."""
        faded = (1 - _DAMPING ** ahead.astype(np.float64)) / (1 - _DAMPING)
        return np.asarray(self.course.to_end + faded)


def weigh_varying_counts(
    counts: npt.ArrayLike, *, seasons: npt.ArrayLike | None = None, n_seasons: int = 12, spread: float = SPREAD
) -> VaryingCounts:
    """Return the posterior of a count that differs from period to period.

    Parameters
    ----------
    counts
        One of each period, in order of time, without gaps; they need not be whole, so that sums of amounts may be given
        in units of a piece.
    seasons
        Season of each period, 0 to ``n_seasons`` - 1; None for none.
    n_seasons
        How many there are.
    spread
        Scale of the prior of the coefficient of variation.

    Raises
    ------
    BadArgument
        When a count is negative or missing, or the two differ in length.

    Examples
    --------
    >>> steady = weigh_varying_counts([40, 38, 45, 41, 37, 39, 44, 40])
    >>> round(steady.mean, 1), steady.course.slope
    (40.6, 0.0)
    """
    y = np.asarray(counts, dtype=np.float64)
    places = np.zeros(len(y), dtype=np.int64) if seasons is None else np.asarray(seasons, dtype=np.int64)
    strange = int((~(y >= 0) | ~np.isfinite(y)).sum())
    if strange or places.shape != y.shape or not len(y):
        raise BadArgument(
            f"{strange} of {len(y)} counts are negative or missing, beside {len(places)} seasons.",
            "give one count of 0 or more, and one season, for every period.",
        )
    course = find_course(y, places, n_seasons if seasons is not None else 1)
    offset = course.lay(np.arange(len(y)), places)
    middle = np.log(y.mean() + 0.5) - float(np.average(offset, weights=course.weights))
    reach = np.ptp(offset) + 3 + 3 / np.sqrt(y.sum() + 0.5)
    grid = lay_levels(
        partial(_log_likelihood, y, course.weights, offset),
        (middle - reach - 14 * (y.sum() < 3), middle + reach),
        log_prior=_log_prior,
        spread_prior=spread,
        widest=_WIDEST,
    )
    return VaryingCounts(grid, course)


def take_gammas(spreads: Floats, normals: Floats) -> Floats:
    """Return Gamma variables of mean 1 for standard normal numbers (Wilson & Hilferty 1931).

    Quantiles are off by less than 1 % of the mean up to a coefficient of variation of one half.

    Examples
    --------
    >>> take_gammas(np.array([0.25]), np.array([-1.0, 0.0, 1.0])).round(2).tolist()
    [0.75, 0.98, 1.25]
    """
    small = spreads**2 / 9
    return np.asarray(np.maximum(1 - small + normals * np.sqrt(small), 1e-9) ** 3)


def _log_likelihood(y: Floats, weights: Floats, offset: Floats, levels: Floats, spreads: Floats) -> Floats:
    """Return the weighted log likelihood of negative binomial counts."""
    from scipy.special import gammaln

    shape = 1 / spreads[..., None] ** 2
    mean = np.exp(levels[..., None] + offset)
    mass = gammaln(y + shape) - gammaln(shape) - (y + shape) * np.log1p(mean / shape) + y * np.log(mean / shape)
    return np.asarray((mass * weights).sum(axis=-1))


def _log_prior(levels: Floats) -> Floats:
    """Return Jeffreys' log prior density of a Poisson mean, on the logarithmic scale."""
    return levels / 2
