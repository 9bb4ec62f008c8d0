"""On which day is it best to act, when some end before anybody acts and many have not ended yet?

Comparing those acted on early with those acted on late flatters the late: they had to last until then. Here each day
stands for a plan, "act on day d, unless it has ended": what ends before counts as it ended, and what lasts until then
counts as those who were acted on that day turned out (the emulated trial of Hernan & Robins 2016, for one action
without confounders). It is an effect only where the day of acting was left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.censoring import weigh_known
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

FEWEST_ACTS = 10
"""How many must have been acted on upon a day before it may be called the best."""

_BANDWIDTHS = (0.3, 0.5, 0.8, 1.3, 100.0)
"""Widths of the smoother on the scale of log(1 + day); the last one is one parabola through all days."""

_N_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class ActingDays:
    """What becomes of those who are acted on upon each day.

    Attributes
    ----------
    days
        Shape (d,): 0, 1, 2, ...
    n_acted
        How many were acted on upon each day.
    share, low, high
        Share of successes within the window under the plan of each day.
    chance_best
        Chance that each day is the best of those with at least 10 acts.
    best
        The best day, and the days between which it lies.
    window
        Days from the start within which a success counts.
    bandwidth
        Of the smoother; 100 is one parabola on the scale of ``log(1 + day)``.
    """

    days: npt.NDArray[np.int64]
    n_acted: npt.NDArray[np.int64]
    share: Floats
    low: Floats
    high: Floats
    chance_best: Floats
    best: Interval
    window: float
    bandwidth: float


def weigh_acting_days(
    acted: npt.ArrayLike,
    watched: npt.ArrayLike,
    ended: npt.ArrayLike,
    succeeded: npt.ArrayLike,
    *,
    window: float = 90,
    n_days: int = 15,
    mass: float = 0.9,
    seed: int = 0,
) -> ActingDays:
    """Return the share of successes by the day of acting, the unfinished counted for as long as they were watched.

    Parameters
    ----------
    acted
        Whole days from the start to the first act, infinite where nobody acted.
    watched
        Days from the start to today.
    ended
        Days from the start to the end, infinite where it has not ended.
    succeeded
        Whether it ended well.
    window
        Days from the start within which a success counts.
    n_days
        How many days are compared: 0 to ``n_days - 1``.
    mass
        Chance that an interval holds the truth.
    seed
        Of the draws behind the intervals.

    Raises
    ------
    NotEnoughData
        When fewer than three days have ten acts each.
    BadArgument
        When the durations do not fit together.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> act = rng.integers(0, 10, 20_000)
    >>> gains = rng.random(20_000) < 0.5 - 0.3 * np.log((act + 1) / 4) ** 2
    >>> weigh_acting_days(act, np.full(20_000, 200), np.full(20_000, 40), gains).best.estimate
    3.0
    """
    check_mass(mass)
    act, until, over, good = _check(acted, watched, ended, succeeded)
    act = np.where((act > until) | (act > over), np.inf, act)
    weight = weigh_known(until, over, window=window)
    is_good = good & (over <= window)
    days = np.arange(n_days)
    n_acted = np.array([int((act == day).sum()) for day in days])
    able = n_acted >= FEWEST_ACTS
    if able.sum() < 3:
        raise NotEnoughData(
            f"Only {int(able.sum())} of {n_days} days have {FEWEST_ACTS} acts each, of {int(np.isfinite(act).sum())}.",
            "widen the period, or gather more days.",
        )
    size, raw = _weigh_days(act, weight, is_good, n_days)
    smoother, bandwidth = _choose_smoother(np.log1p(days), size, raw)
    rng = np.random.default_rng(seed)
    fitted = np.clip(smoother @ raw, 0.001, 0.999)
    noise = np.sqrt(fitted * (1 - fitted) / np.maximum(size, 1e-12)) * (size > 0)
    drawn = np.clip((raw + noise * rng.standard_normal((_N_DRAWS, n_days))) @ smoother.T, 0.0, 1.0)
    before, lasting = _follow_unacted(act, until, over, is_good, n_days=n_days, rng=rng)
    draws = before[1:] + lasting[1:] * drawn
    share = before[0] + lasting[0] * fitted
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2], axis=0)
    top = np.argmax(np.where(able, draws, -1.0), axis=1)
    best = float(np.argmax(np.where(able, share, -1.0)))
    first, last = np.quantile(top, [(1 - mass) / 2, (1 + mass) / 2], method="inverted_cdf")
    return ActingDays(
        days,
        n_acted,
        share,
        np.minimum(low, share),
        np.maximum(high, share),
        np.bincount(top, minlength=n_days) / _N_DRAWS,
        Interval(best, min(float(first), best), max(float(last), best), mass),
        window,
        bandwidth,
    )


def _check(*parts: npt.ArrayLike) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    act, until, over = (np.asarray(part, dtype=np.float64) for part in parts[:3])
    good = np.asarray(parts[3], dtype=bool)
    if not act.shape == until.shape == over.shape == good.shape or act.ndim != 1:
        raise BadArgument("The durations differ in length.", "give one of each for every row.")
    n_wrong = int((np.isnan(act) | np.isnan(over) | ~np.isfinite(until) | (act < 0) | (over < 0)).sum())
    if n_wrong:
        raise BadArgument(
            f"{n_wrong} of {len(act)} rows have a missing or negative duration.",
            "give days from the start, infinite where nothing has happened.",
        )
    return np.floor(act), until, np.where(over <= until, over, np.inf), good


def _weigh_days(act: Floats, weight: Floats, is_good: npt.NDArray[np.bool_], n_days: int) -> tuple[Floats, Floats]:
    """Return for each day of acting as how many equally weighted rows its rows count, and their share of successes."""
    counted = act < n_days
    day, heavy = act[counted].astype(np.int64), weight[counted]
    total, squares, gains = (
        np.bincount(day, part, minlength=n_days) for part in (heavy, heavy**2, heavy * is_good[counted])
    )
    return total**2 / np.maximum(squares, 1e-12), gains / np.maximum(total, 1e-12)


def _choose_smoother(x: Floats, size: Floats, raw: Floats) -> tuple[Floats, float]:
    """Return the local parabola whose leave-one-out error is least, as a matrix, and its bandwidth."""
    errors, smoothers = [], []
    for width in _BANDWIDTHS:
        smoother = _smooth(x, size, width)
        fitted = smoother @ raw
        leverage = np.clip(np.diag(smoother) / np.maximum(size, 1.0), 0.0, 0.99)
        within = raw * (1 - raw) + (raw - fitted) ** 2
        errors.append(float((size * within / (1 - leverage) ** 2).sum()))
        smoothers.append(smoother)
    best = int(np.argmin(errors))
    return smoothers[best], _BANDWIDTHS[best]


def _smooth(x: Floats, size: Floats, width: float) -> Floats:
    """Return the matrix of a local parabola, each point weighted by its size."""
    rows = []
    for at in x:
        away = x - at
        basis = np.stack([np.ones_like(away), away, away**2], axis=1)
        weighted = basis.T * (size * np.exp(-0.5 * (away / width) ** 2))
        curb = np.diag([1e-9, 1e-6, 1e-6]) * max(float(size.sum()), 1.0)
        rows.append(np.linalg.solve(weighted @ basis + curb, weighted)[0])
    return np.array(rows)


def _follow_unacted(
    act: Floats, until: Floats, over: Floats, is_good: npt.NDArray[np.bool_], *, n_days: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the share that succeeded before each day without an act, and the share that lasts until it.

    The first row is the estimate, the others are draws.
    """
    gains, losses = np.zeros((_N_DRAWS + 1, n_days)), np.zeros((_N_DRAWS + 1, n_days))
    day_of_end = np.floor(over)
    for day in range(n_days):
        at_risk = (act > day) & (day_of_end >= day) & (until >= day)
        n, ends = int(at_risk.sum()), at_risk & (day_of_end == day)
        n_good, n_lost = int((ends & is_good).sum()), int((ends & ~is_good).sum())
        gains[0, day], losses[0, day] = n_good / max(n, 1), n_lost / max(n, 1)
        if n_good + n_lost:
            drawn = rng.dirichlet([n_good + 1e-3, n_lost + 1e-3, n - n_good - n_lost + 0.5], _N_DRAWS)
            gains[1:, day], losses[1:, day] = drawn[:, 0], drawn[:, 1]
    lasting, reached = np.ones_like(gains), np.zeros_like(gains)
    lasting[:, 1:] = np.cumprod(1 - gains - losses, axis=1)[:, :-1]
    reached[:, 1:] = np.cumsum(lasting * gains, axis=1)[:, :-1]
    return reached, lasting
