"""`chance_of_rate`: how likely it is that the next period's rate reaches its target."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import weigh_varying_rates

FEWEST_MONTHS = 6
"""Complete periods below which no chance is stated."""


def chance_of_rate(
    successes: npt.ArrayLike,
    trials: npt.ArrayLike,
    *,
    target: float,
    next_trials: int,
    seed: int | None = None,  # noqa: ARG001 - asked for everywhere; here nothing is drawn
) -> float:
    """Return the chance that the next period's rate reaches a target.

    A rate of 30 % over a year does not make the next month one of 30 %: months differ by more than the luck of few
    trials. How much more is learned from the periods, and what a dozen of them leave open is part of the chance.

    Parameters
    ----------
    successes, trials
        One of each for every period that is over, in any order. Periods without trials count for nothing.
    target
        Share between 0 and 1 that the next period's successes must reach; reaching it exactly is enough.
    next_trials
        Trials of the next period.
    seed
        Changes nothing: the chance is an integral, computed and not drawn.

    Returns
    -------
    float
        Under ``successes[i] ~ Binomial(trials[i], rate[i])``, ``logit(rate[i]) ~ N(level, sd)``, level and sd unknown
        (`stats.weigh_varying_rates`).

    Raises
    ------
    NotEnoughData
        When fewer than 6 periods have trials.
    BadArgument
        When a count is negative or no whole number, a period has more successes than trials, the target is no share, or
        the next period has no trials.

    Examples
    --------
    >>> won, decided = [9, 14, 11, 8, 15, 12], [40, 42, 38, 41, 45, 40]
    >>> round(chance_of_rate(won, decided, target=0.25, next_trials=40), 2)
    0.68
    """
    if not 0 <= target <= 1:
        raise BadArgument(f"target is {target}, which no share reaches.", "give a share between 0 and 1: 0.3 for 30 %.")
    if next_trials < 1 or next_trials != int(next_trials):
        raise BadArgument(f"next_trials is {next_trials}.", "give the trials of the next period, 1 or more.")
    rates = weigh_varying_rates(successes, trials)
    n_periods = int((np.asarray(trials) > 0).sum())
    if n_periods < FEWEST_MONTHS:
        raise NotEnoughData(
            f"{n_periods} periods with trials cannot say how much periods differ; {FEWEST_MONTHS} are needed.",
            "wait for more periods, or count by shorter ones.",
        )
    return rates.chance_at_least(count_needed(target, int(next_trials)), int(next_trials))


def count_needed(target: float, trials: int) -> int:
    """Return the smallest count whose share of the trials reaches a target.

    It compares shares as they are written (``7 / 100 >= 0.07``), where ``0.07 * 100`` is a little more than 7.

    Examples
    --------
    >>> count_needed(0.07, 100), count_needed(5 / 9, 9), count_needed(0.0, 5)
    (7, 5, 0)
    """
    count = max(math.floor(target * trials) - 1, 0)
    while count / trials < target:
        count += 1
    return count


def count_allowed(target: float, trials: int) -> int:
    """Return the largest count whose share of the trials is at most a target.

    Examples
    --------
    >>> count_allowed(0.07, 100), count_allowed(0.069, 100), count_allowed(1.0, 5)
    (7, 6, 5)
    """
    count = min(math.ceil(target * trials) + 1, trials)
    while count > 0 and count / trials > target:
        count -= 1
    return count
