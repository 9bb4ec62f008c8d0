"""How long until something ends, and which way, when many have not ended yet.

Leaving out what still runs makes every duration too short and every outcome that comes late too rare. Kaplan-Meier
and Aalen-Johansen let the unfinished count for as long as they were watched. Input is a histogram by whole days, so a
warehouse can count millions of rows and send a few hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass, estimate_rate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Endings:
    """What became of a set of things, over the days since their start.

    Attributes
    ----------
    days
        Shape (d,), the distinct days on which at least one ended, rising.
    still_running
        Shape (d,), share that runs on after each day (Kaplan-Meier).
    incidence
        Shape (causes, d), share that has ended by each cause up to each day (Aalen-Johansen).
    final
        For each cause, the share at the last day on which one ended, with its interval.
    n_watched, n_ended
        How many there were, and how many have ended.
    """

    days: Floats
    still_running: Floats
    incidence: Floats
    final: tuple[Interval, ...]
    n_watched: int
    n_ended: int

    def quantile(self, share: float) -> float | None:
        """Return the day by which that share has ended by any cause, or None when it has not happened yet."""
        ended = np.nonzero(self.still_running <= 1 - share + 1e-12)[0]
        return float(self.days[ended[0]]) if len(ended) else None


def follow_endings(
    days: Sequence[float],
    *,
    n_ended: Sequence[Sequence[int]],
    n_running: Sequence[int],
    mass: float = 0.9,
) -> Endings:
    """Return how long things run and how they end, the unfinished counted for as long as they were watched.

    Parameters
    ----------
    days
        Distinct durations, rising, in days.
    n_ended
        For each cause, how many ended after each of these durations.
    n_running
        How many were still running when last seen, for each of these durations.
    mass
        Chance that the intervals of ``final`` hold the truth.

    Returns
    -------
    Endings
        Kaplan & Meier 1958 and Aalen & Johansen 1978; variance of the incidence by Aalen's formula as in Marubini &
        Valsecchi 1995, "Analysing Survival Data from Clinical Trials", section 10.3, on the log-minus-log scale.

    Raises
    ------
    NotEnoughData
        When nothing has ended yet.

    Examples
    --------
    >>> seen = follow_endings([10, 20, 30], n_ended=[[2, 0, 0], [0, 1, 0]], n_running=[0, 0, 1])
    >>> seen.still_running.round(2).tolist(), [round(end.estimate, 2) for end in seen.final]
    ([0.5, 0.25], [0.5, 0.25])
    """
    check_mass(mass)
    at, ended, running = (np.asarray(part, dtype=np.float64) for part in (days, n_ended, n_running))
    if ended.ndim != 2 or ended.shape[1:] != at.shape or running.shape != at.shape or np.any(np.diff(at) <= 0):
        raise BadArgument(
            "Durations and their counts do not fit together.", "give rising days, and one count a day for each cause."
        )
    leaving = ended.sum(axis=0) + running
    at_risk = leaving[::-1].cumsum()[::-1]
    kept = ended.sum(axis=0) > 0
    if not kept.any():
        raise NotEnoughData(f"None of {int(leaving.sum())} has ended yet.", "wait, or look at an earlier period.")
    at_risk, by_cause = at_risk[kept], ended[:, kept]
    total = by_cause.sum(axis=0)
    running_on = np.cumprod(1 - total / at_risk)
    before = np.concatenate([[1.0], running_on[:-1]])
    incidence = np.cumsum(before * by_cause / at_risk, axis=1)
    final = tuple(
        _bound(float(path[-1]), _variance(path, cause, total, at_risk, before), int(at_risk[0]), mass)
        for path, cause in zip(incidence, by_cause, strict=True)
    )
    return Endings(at[kept], running_on, incidence, final, int(leaving.sum()), int(total.sum()))


def _variance(path: Floats, cause: Floats, total: Floats, at_risk: Floats, before: Floats) -> float:
    """Return the variance of the last point of an incidence path."""
    to_come = path[-1] - path
    survivors = np.maximum(at_risk - total, 1)
    first = to_come**2 * total / (at_risk * survivors)
    second = before**2 * cause * (at_risk - cause) / at_risk**3
    third = to_come * before * cause / at_risk**2
    return float((first + second - 2 * third).sum())


def _bound(share: float, variance: float, n_watched: int, mass: float) -> Interval:
    """Return the interval of a share on the log-minus-log scale; of the plain count where none or all ended so."""
    from scipy.special import ndtri

    if not 1e-12 < share < 1 - 1e-12 or variance <= 0:
        return estimate_rate(round(share * n_watched), n_watched, mass=mass)
    reach = float(ndtri((1 + mass) / 2)) * np.sqrt(variance) / (share * np.log(share))
    low, high = sorted((float(share ** np.exp(reach)), float(share ** np.exp(-reach))))
    return Interval(share, min(low, share), max(high, share), mass)
