"""Do stated chances come true as often as they say?

Losses that only honest chances make small, what a loss is made of, and a curve with the band that luck alone explains.
The band is exact: the number that happens among rows of different chances has a distribution that can be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass, estimate_rate
from saleslab.stats.rankings import check_outcomes

Floats = npt.NDArray[np.float64]

N_BINS = 10
"""Groups of a curve unless told otherwise; fewer where rows are few."""

_FEWEST_ROWS = 20


@dataclass(frozen=True, slots=True)
class BrierParts:
    """The Brier score and what it is made of: ``score = reliability - resolution + uncertainty + within``.

    Attributes
    ----------
    score
        Mean squared distance of chance and outcome, with its interval.
    reliability
        How far the chances of a group lie from what happened in it, squared; 0 is best. Corrected for the luck of small
        groups, so that it may fall below 0.
    resolution
        How far the groups' rates lie from the rate of all, squared; the more, the better the chances tell rows apart.
    uncertainty
        Variance of the outcome: the score of saying the overall rate to every row.
    within
        What the groups hide: variance of the chances within them less twice their covariance with the outcome.
    """

    score: Interval
    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def skill(self) -> float:
        """Share of the uncertainty that the chances take away; below 0 they are worse than the overall rate."""
        return 1 - self.score.estimate / self.uncertainty


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One group of rows with neighbouring chances.

    Attributes
    ----------
    n, n_happened
        Rows, and those in which it happened.
    chance
        Mean of the stated chances.
    rate
        Share in which it happened, with its Jeffreys interval.
    low, high
        The band: where the share would lie if the chances were true.
    """

    n: int
    n_happened: int
    chance: float
    rate: Interval
    low: float
    high: float

    @property
    def is_within(self) -> bool:
        """Whether luck alone explains the distance of chance and rate."""
        return self.low <= self.rate.estimate <= self.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether chances come true.

    Attributes
    ----------
    points
        Groups of about equally many rows, from the lowest chances to the highest.
    error
        Mean distance of chance and rate over the groups (expected calibration error).
    error_by_luck
        The mean of that error if every chance were true: it is above 0 for any finite number of rows, and only what
        exceeds it counts against the chances.
    mean_chance
        Mean of all stated chances.
    rate
        Share in which it happened, with its interval.
    mass
        Chance that the band holds the rates of all groups at once when the chances are true.
    """

    points: tuple[CalibrationPoint, ...]
    error: float
    error_by_luck: float
    mean_chance: float
    rate: Interval
    mass: float

    @property
    def n_outside(self) -> int:
        """Count the groups whose rate lies outside the band."""
        return sum(not point.is_within for point in self.points)


def measure_log_loss(happened: Any, chance: Any, *, mass: float = 0.9) -> Interval:
    """Return the mean log loss of stated chances, in nats a row.

    Parameters
    ----------
    happened
        True or 1 where it happened, one value a row.
    chance
        The stated chances, 0 to 1. A chance of exactly 0 or 1 counts as the nearest number above or below it: a
        certainty that fails costs 36 nats, not infinity.
    mass
        Chance that the interval holds the expected loss, by the normal approximation.

    Examples
    --------
    >>> round(measure_log_loss([1, 0, 1], [0.9, 0.1, 0.8]).estimate, 4)
    0.1446
    """
    yes, chances = _check_chances(happened, chance)
    return average_rows(log_losses(yes, chances), mass=mass)


def log_losses(yes: Floats, chances: Floats) -> Floats:
    """Return the log loss of each row."""
    edge = np.finfo(np.float64).eps
    said = np.clip(np.where(yes > 0, chances, 1 - chances), edge, 1 - edge)
    return np.asarray(-np.log(said))


def average_rows(values: Floats, *, mass: float = 0.9) -> Interval:
    """Return the mean of one value a row with its normal interval; with a single row the interval is refused."""
    from scipy.special import ndtri

    check_mass(mass)
    if len(values) < 2:
        raise NotEnoughData(f"{len(values)} rows do not say how much a mean varies.", "give at least two rows.")
    mean = float(values.mean())
    reach = float(ndtri((1 + mass) / 2) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - reach, mean + reach, mass)


def find_base_rates(begins: Any, ends: Any, happened: Any) -> Floats:
    """Return for each event the share that had happened of those over before it began: what its chance must beat.

    Parameters
    ----------
    begins, ends
        When each event begins and is over, shape (events,): numbers or moments.
    happened
        Whether it happened, 0 or 1.

    Returns
    -------
    numpy.ndarray
        Shape (events,); NaN for the first ones, before which none was over. Forecasters of the weather call it
        climatology (Wilks 2011, "Statistical Methods in the Atmospheric Sciences", chapter 8).

    Examples
    --------
    >>> find_base_rates([1, 1, 2, 3], [1, 1, 2, 3], [1, 0, 1, 0]).round(2).tolist()
    [nan, nan, 0.5, 0.67]
    """
    over, came = np.asarray(ends), np.asarray(happened, dtype=np.float64)
    order = np.argsort(over, kind="stable")
    n = np.searchsorted(over[order], np.asarray(begins), side="left")
    total = np.concatenate([[0.0], np.cumsum(came[order])])[n]
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def decompose_brier(happened: Any, chance: Any, *, n_bins: int = N_BINS, mass: float = 0.9) -> BrierParts:
    """Return the Brier score and its parts, over groups of about equally many rows.

    Parameters
    ----------
    happened, chance
        As in `measure_log_loss`.
    n_bins
        The most groups; equal chances are never parted.
    mass
        Chance that the interval of the score holds the expected one.

    Returns
    -------
    BrierParts
        The parts of Murphy (1973), each corrected for its bias as in Ferro and Fricker (2012, "A bias-corrected
        decomposition of the Brier score", Quarterly Journal of the Royal Meteorological Society 138), and what groups
        hide after Stephenson, Coelho and Jolliffe (2008, "Two extra components in the Brier score decomposition",
        Weather and Forecasting 23). They add up exactly.

    Examples
    --------
    >>> parts = decompose_brier([0, 1] * 50, [0.5] * 100)
    >>> round(parts.score.estimate, 3), round(parts.resolution, 3)
    (0.25, 0.0)
    """
    yes, chances = _check_chances(happened, chance)
    group, n = group_by_chance(chances, n_bins), len(yes)
    sizes = np.bincount(group)
    said, rate = (np.bincount(group, values) / sizes for values in (chances, yes))
    overall, share = yes.mean(), sizes / n
    luck = float((share * rate * (1 - rate) / np.maximum(sizes - 1, 1)).sum())
    luck_of_all = float(overall * (1 - overall) / (n - 1))
    apart = chances - said[group]
    within = float((apart**2).mean() - 2 * (apart * (yes - rate[group])).mean())
    return BrierParts(
        score=average_rows((chances - yes) ** 2, mass=mass),
        reliability=float((share * (said - rate) ** 2).sum()) - luck,
        resolution=float((share * (rate - overall) ** 2).sum()) - luck + luck_of_all,
        uncertainty=float(overall * (1 - overall)) + luck_of_all,
        within=within,
    )


def measure_calibration(happened: Any, chance: Any, *, n_bins: int = N_BINS, mass: float = 0.9) -> Calibration:
    """Return the curve of stated chances against what happened, with the band that luck alone explains.

    Parameters
    ----------
    happened, chance
        As in `measure_log_loss`.
    n_bins
        The most groups; fewer where a group would have less than 20 rows. Equal chances are never parted.
    mass
        Chance that the band holds all rates at once when the chances are true, and that one rate's interval holds its
        truth.

    Returns
    -------
    Calibration
        The band of a group holds the number that happens among rows of exactly these chances (Poisson binomial), each
        with the ``mass ** (1 / groups)`` that makes up the mass of all: groups share no row.

    Examples
    --------
    >>> curve = measure_calibration([0, 1] * 50, [0.5] * 100)
    >>> curve.n_outside, round(curve.error, 3), round(curve.error_by_luck, 3)
    (0, 0.0, 0.04)
    """
    check_mass(mass)
    yes, chances = _check_chances(happened, chance)
    group = group_by_chance(chances, n_bins)
    n_groups = int(group.max()) + 1
    points, luck = [], 0.0
    for at in range(n_groups):
        said, n_happened = chances[group == at], int(yes[group == at].sum())
        n, count = len(said), count_happening(said)
        tail = (1 - mass ** (1 / n_groups)) / 2
        low, high = np.searchsorted(np.cumsum(count), (tail, 1 - tail))
        luck += float((count * np.abs(np.arange(n + 1) / n - said.mean())).sum()) * n / len(yes)
        rate = estimate_rate(n_happened, n, mass=mass)
        points.append(CalibrationPoint(n, n_happened, float(said.mean()), rate, int(low) / n, min(int(high), n) / n))
    error = sum(point.n * abs(point.chance - point.rate.estimate) for point in points) / len(yes)
    overall = estimate_rate(int(yes.sum()), len(yes), mass=mass)
    return Calibration(tuple(points), error, luck, float(chances.mean()), overall, mass)


def count_happening(chances: Floats) -> Floats:
    """Return how likely it is that 0, 1, ... all of some independent things happen, each with its own chance.

    Two halves are convolved, and so on down to single rows, all pairs of a size at once.

    Examples
    --------
    >>> count_happening(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    from scipy.fft import irfft, next_fast_len, rfft

    n = len(chances)
    size = 1 << max(n - 1, 0).bit_length()
    said = np.r_[chances, np.zeros(size - n)]
    counts = np.column_stack([1 - said, said])
    while len(counts) > 1:
        length = 2 * counts.shape[1] - 1
        padded = next_fast_len(length, real=True)
        pairs = rfft(counts, padded, axis=1)
        counts = irfft(pairs[0::2] * pairs[1::2], padded, axis=1)[:, :length]
    whole = np.clip(counts[0, : n + 1], 0, None)
    return np.asarray(whole / whole.sum())


def _check_chances(happened: Any, chance: Any) -> tuple[Floats, Floats]:
    yes, chances = check_outcomes(happened, chance)
    strange = int(((chances < 0) | (chances > 1)).sum())
    if strange:
        raise BadArgument(f"{strange} of {len(chances)} chances lie outside 0 to 1.", "give chances, not scores.")
    if len(yes) < 2:
        raise NotEnoughData(f"{len(yes)} rows cannot say whether chances come true.", "wait for at least two outcomes.")
    return yes, chances


def group_by_chance(chances: Floats, n_bins: int) -> npt.NDArray[np.int64]:
    """Return the group of each row, 0 for the lowest chances; equal chances are in one group."""
    if n_bins < 1:
        raise BadArgument(f"{n_bins} groups hold no row.", "give at least one group.")
    n_bins = max(1, min(n_bins, len(chances) // _FEWEST_ROWS))
    values, which, sizes = np.unique(chances, return_inverse=True, return_counts=True)
    middle = np.cumsum(sizes) - sizes / 2
    slot = np.minimum((middle * n_bins / len(chances)).astype(np.int64), n_bins - 1)
    _, group_of = np.unique(slot, return_inverse=True)
    assert len(group_of) == len(values)
    return np.asarray(group_of[which], dtype=np.int64)
