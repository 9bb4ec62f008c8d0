"""How often a trial of a given size would be conclusive: trials that have not been run, many at once.

Outcomes are drawn as sums, not unit by unit, so that a thousand trials of a thousand units cost milliseconds. Each
function returns, for every run, the chance that the new group is better and the chance that it is better by more than
a margin, as the analysis of real data would put them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MANY_GROUPS = 300


@dataclass(frozen=True, slots=True)
class Groups:
    """Units that are drawn as a whole: how many groups each of two arms has, how unequal they are, how alike inside.

    Attributes
    ----------
    n_old, n_new
        Groups of each arm.
    size
        Mean number of units in a group.
    size_cv
        Standard deviation of the sizes over their mean.
    icc
        Share of the variance of the outcome that lies between groups.
    """

    n_old: int
    n_new: int
    size: float
    size_cv: float
    icc: float


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """For each run the chance of being better, and of being better by more than the margin."""

    better: Floats
    above: Floats


def foresee_rates(
    rng: np.random.Generator, old: Floats, new: Floats, *, n_old: int, n_new: int, margin: float
) -> Outlook:
    """Return the outlook of trials that count successes; exact Jeffreys posteriors, one true rate a run.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> seen = foresee_rates(rng, np.full(500, 0.1), np.full(500, 0.3), n_old=60, n_new=60, margin=0.0)
    >>> 0.7 < float((seen.better > 0.975).mean()) < 0.9
    True
    """
    from saleslab.stats.beta_contests import beta_difference_below

    counts = np.stack([rng.binomial(n_new, new), rng.binomial(n_old, old)], axis=1)
    pairs, places = np.unique(counts, axis=0, return_inverse=True)
    y, x = pairs[:, 0] + 0.5, pairs[:, 1] + 0.5
    new_pair, old_pair = (y, n_new + 1 - y), (x, n_old + 1 - x)
    better = 1 - beta_difference_below(new_pair, old_pair, 0.0)
    above = better if margin == 0 else 1 - beta_difference_below(new_pair, old_pair, margin)
    return Outlook(better[places.ravel()], above[places.ravel()])


def foresee_counts(
    rng: np.random.Generator,
    old: Floats,
    new: Floats,
    *,
    n_old: int,
    n_new: int,
    margin: float,
    dispersion: float = 0.0,
) -> Outlook:
    """Return the outlook of trials that count events; a unit's variance is ``mean + dispersion * mean ** 2``."""
    logs = []
    for mean, n in ((new, n_new), (old, n_old)):
        size = n / dispersion if dispersion > 0 else np.inf
        rate = n * mean if dispersion == 0 else rng.gamma(size, n * mean / size)
        total = rng.poisson(rate) + 0.5
        logs.append((np.log(total / n), 1 / total + dispersion / n))
    return _read_logs(logs, old, margin, np.full(len(old), np.inf))


def foresee_amounts(
    rng: np.random.Generator,
    old: tuple[Floats, Floats],
    new: tuple[Floats, Floats],
    *,
    n_old: int,
    n_new: int,
    log_sd: float,
    margin: float,
) -> Outlook:
    """Return the outlook of trials whose outcome is mostly 0 and otherwise log-normal with one spread.

    Parameters
    ----------
    old, new
        For each run the share of units above 0 and their mean.
    log_sd
        Standard deviation of the logarithm of those above 0.
    margin
        In the unit of the outcome. Runs with fewer than five units above 0 in a group are inconclusive.
    """
    logs, enough = [], np.ones(len(old[0]), dtype=bool)
    squares, freedom = np.zeros(len(old[0])), np.zeros(len(old[0]))
    for (share, mean), n in ((new, n_new), (old, n_old)):
        k = rng.binomial(n, share)
        enough &= k >= 5
        k = np.maximum(k, 2)
        middle = rng.normal(np.log(mean) - log_sd**2 / 2, log_sd / np.sqrt(k))
        squares += log_sd**2 * rng.chisquare(k - 1)
        freedom += k - 1
        seen = (k + 0.5) / (n + 1)
        logs.append((np.log(seen) + middle, (1 - seen) / (k + 0.5), k))
    variance = squares / freedom
    full = [(centre, spread + variance / k) for centre, spread, k in logs]
    outlook = _read_logs(full, old[0] * old[1], margin, freedom)
    return Outlook(np.where(enough, outlook.better, 0.5), np.where(enough, outlook.above, 0.5))


def foresee_durations(
    rng: np.random.Generator, old: Floats, new: Floats, *, n_old: int, n_new: int, longest: float, margin: float
) -> Outlook:
    """Return the outlook of trials that wait for an end, exponential with some mean, for ``longest`` at the most.

    Better means longer here; the caller turns the chances round where shorter is better.
    """
    logs = []
    for mean, n in ((new, n_new), (old, n_old)):
        share = -np.expm1(-longest / mean)
        k = rng.binomial(n, share)
        inside = mean - longest * (1 - share) / share
        variance = mean**2 - longest**2 * (1 - share) / share**2
        ended = rng.normal(k * inside, np.sqrt(np.maximum(k * variance, 0.0)))
        logs.append((np.log((np.maximum(ended, 0.0) + (n - k) * longest) / (k + 0.5)), 1 / (k + 0.5)))
    return _read_logs(logs, old, margin, np.full(len(old), np.inf))


def foresee_groups(
    rng: np.random.Generator,
    old: Floats,
    new: Floats,
    *,
    groups: Groups,
    variance: Floats,
    margin: float,
    is_rate: bool,
) -> Outlook:
    """Return the outlook of trials that draw whole groups: the ratio estimator with a group-robust error.

    Student's t with as many degrees of freedom as groups, less two (Cameron & Miller 2015, "A practitioner's guide to
    cluster-robust inference", Journal of Human Resources 50, section VI).

    Parameters
    ----------
    variance
        Of a single unit's outcome, one for each run.
    is_rate
        Whether outcomes are yes or no: counts are then beta-binomial; else group means are normal.
    """
    sides = []
    for mean, n in ((new, groups.n_new), (old, groups.n_old)):
        if n > _MANY_GROUPS:
            sides.append(_draw_many_groups(rng, mean, variance, n, groups))
            continue
        size = _draw_sizes(rng, (len(mean), n), groups)
        if is_rate and groups.icc > 0:
            weight = 1 / groups.icc - 1
            share = rng.beta(mean[:, None] * weight, (1 - mean[:, None]) * weight, size.shape)
            total = rng.binomial(size, share).astype(np.float64)
        elif is_rate:
            total = rng.binomial(size, mean[:, None]).astype(np.float64)
        else:
            spread = np.sqrt(variance[:, None] * (groups.icc + (1 - groups.icc) / size))
            total = size * rng.normal(mean[:, None], spread)
        all_units = size.sum(axis=1)
        centre = total.sum(axis=1) / all_units
        rest = total - centre[:, None] * size
        sides.append((centre, (rest**2).sum(axis=1) / all_units**2 * n / (n - 1)))
    return _read_difference(sides, margin, np.full(len(old), float(groups.n_old + groups.n_new - 2)))


def _draw_many_groups(
    rng: np.random.Generator, mean: Floats, variance: Floats, n: int, groups: Groups
) -> tuple[Floats, Floats]:
    """Return mean and error of so many groups that their mean is normal, without drawing each of them."""
    between, within = groups.icc * (1 + groups.size_cv**2), (1 - groups.icc) / groups.size
    error = variance * (between + within) / n
    return rng.normal(mean, np.sqrt(error)), error * rng.chisquare(n - 1, len(mean)) / (n - 1)


def _draw_sizes(rng: np.random.Generator, shape: tuple[int, int], groups: Groups) -> npt.NDArray[np.int64]:
    if groups.size_cv == 0:
        return np.full(shape, max(1, round(groups.size)))
    form = 1 / groups.size_cv**2
    return np.maximum(1, np.round(rng.gamma(form, groups.size / form, shape))).astype(np.int64)


def _read_logs(sides: list[tuple[Floats, Floats]], old_mean: Floats, margin: float, freedom: Floats) -> Outlook:
    """Return the outlook from logarithms of two means; the margin counts from the old mean."""
    (new, new_variance), (old, old_variance) = sides
    sd, lift = np.sqrt(new_variance + old_variance), new - old
    return Outlook(_chance(lift / sd, freedom), _chance((lift - np.log1p(margin / old_mean)) / sd, freedom))


def _read_difference(sides: list[tuple[Floats, Floats]], margin: float, freedom: Floats) -> Outlook:
    (new, new_variance), (old, old_variance) = sides
    sd = np.sqrt(np.maximum(new_variance + old_variance, 1e-300))
    return Outlook(_chance((new - old) / sd, freedom), _chance((new - old - margin) / sd, freedom))


def _chance(t: Floats, freedom: Floats) -> Floats:
    from scipy.special import ndtr, stdtr

    return np.asarray(np.where(np.isinf(freedom), ndtr(t), stdtr(np.where(np.isinf(freedom), 1.0, freedom), t)))
