"""How long does a deal take, and how many of those opened are won in the end?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.stats import Interval, follow_endings, pick_quantile
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class DealCycle:
    """Time from a deal's creation to its decision.

    Attributes
    ----------
    median_days, p90_days
        Days within which half, and nine in ten, of the deals opened are decided; open deals count for as long as they
        have been open. None while fewer than that are decided.
    won_median_days, won_p90_days
        The same among won deals alone, from creation to win; None with too few of them.
    chance_won
        Share of opened deals that is won in the end, as far as the data reach; open deals are not counted as lost.
    naive_chance_won
        Won over opened, with open deals counted as not won: too low as long as many are open.
    n_opened, n_open
        Deals that were followed, and how many of them are still open.
    """

    median_days: float | None
    p90_days: float | None
    won_median_days: Interval | None
    won_p90_days: float | None
    chance_won: Interval
    naive_chance_won: float
    n_opened: int
    n_open: int


_ENOUGH_WON = 20


def measure_cycle(durations: pd.DataFrame, *, mass: float = 0.9) -> DealCycle:
    """Return how long deals take, with the open ones neither left out nor counted as lost.

    Use it before comparing win rates of recent months: what closes fast is seen first, and the naive rate of deals just
    opened is far too low. For the rate among deals decided in a period use `measure_win_rate`.

    Parameters
    ----------
    durations
        From `read_durations`: ``days, n_won, n_lost, n_running``.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When no deal with known times has been decided.

    Examples
    --------
    >>> durations = pd.DataFrame({"days": [10, 30, 60], "n_won": [5, 20, 5], "n_lost": [30, 20, 10],
    ...     "n_running": [0, 0, 10]})
    >>> cycle = measure_cycle(durations)
    >>> cycle.median_days, cycle.won_p90_days, round(cycle.chance_won.estimate, 3)
    (30.0, 60.0, 0.3)
    """
    require_columns(durations, "days", "n_won", "n_lost", "n_running", of="durations")
    counts = {name: durations[name].astype(int).tolist() for name in ("n_won", "n_lost", "n_running")}
    n_opened = sum(sum(column) for column in counts.values())
    if n_opened == sum(counts["n_running"]):
        raise NotEnoughData(
            f"None of {n_opened} deals with a known creation date has been decided.",
            "map the creation and closing dates of the deals, or wait.",
        )
    days = durations["days"].astype(float).tolist()
    seen = follow_endings(days, n_ended=[counts["n_won"], counts["n_lost"]], n_running=counts["n_running"], mass=mass)
    n_won = sum(counts["n_won"])
    won_days, won_counts = (
        zip(*((d, n) for d, n in zip(days, counts["n_won"], strict=True) if n), strict=True) if n_won else ((), ())
    )
    enough = n_won >= _ENOUGH_WON
    return DealCycle(
        seen.quantile(0.5),
        seen.quantile(0.9),
        pick_quantile(won_days, won_counts, mass=mass) if enough else None,
        _share_of_counts(won_days, won_counts, 0.9) if enough else None,
        seen.final[0],
        n_won / n_opened,
        n_opened,
        sum(counts["n_running"]),
    )


def _share_of_counts(values: tuple[float, ...], counts: tuple[int, ...], share: float) -> float:
    """Return the smallest value that at least a share of the counted things do not exceed."""
    reached, needed = 0, share * sum(counts)
    for value, count in zip(values, counts, strict=True):
        reached += count
        if reached >= needed:
            return value
    return values[-1]
