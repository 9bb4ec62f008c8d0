"""When deals are said to close: hopeful dates at month-ends, pushed on when they come near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.simulation.clock import WorkClock
from saleslab.simulation.deals import NEW, Deals
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Floats, Ints

MOST_PUSHES = 6


@dataclass(frozen=True, slots=True, eq=False)
class CloseDates:
    """Expected close dates over time."""

    pushed: Floats
    """Deals x 6: work time of each push; infinite where none."""
    days: Ints
    """Deals x 7: expected day number before the first push, after the first, ..."""

    def at(self, deal: Ints, work: Floats) -> Ints:
        """Return the expected close of deals as it stood at work times."""
        n_pushes = (self.pushed[deal] <= work[:, None]).sum(axis=1)
        return np.asarray(self.days[deal, n_pushes], dtype=np.int64)


def expect_closes(setting: Setting, deals: Deals) -> CloseDates:
    """Return what was written into the close date of each deal, and when it was changed."""
    rng, n = setting.streams("pipeline.close_dates"), len(deals)
    planned = np.where(deals.kind == NEW, 62.0, 38.0) * np.exp(rng.normal(0.0, 0.35, n))
    days = np.empty((n, MOST_PUSHES + 1), dtype=np.int64)
    pushed = np.full((n, MOST_PUSHES), np.inf)
    days[:, 0] = _month_end(rng, setting.clock, setting.clock.day_of(deals.created) + 7 + planned.astype(np.int64))
    earliest, attentive = deals.created, np.ones(n, dtype=bool)
    until = np.minimum(deals.closed, setting.clock.end)
    for push in range(MOST_PUSHES):
        notice = days[:, push] + rng.integers(-8, 4, n)
        when = np.maximum(setting.clock.from_days(notice, rng.uniform(0.05, 0.95, n)), np.floor(earliest) + 1.1)
        attentive &= rng.random(n) < 0.58
        moves = attentive & (when < until)
        pushed[moves, push] = when[moves]
        later = _month_end(
            rng, setting.clock, np.maximum(days[:, push], setting.clock.day_of(when)) + rng.integers(5, 40, n)
        )
        days[:, push + 1] = np.where(moves, later, days[:, push])
        earliest = np.where(moves, when, earliest)
        attentive = moves
    return CloseDates(pushed, days)


def _month_end(rng: np.random.Generator, clock: WorkClock, days: Ints) -> Ints:
    """Move most dates to the end of their month, as people do."""
    month = np.minimum(clock.months.position(days) + 1, len(clock.months.starts) - 1)
    return np.where(rng.random(len(days)) < 0.75, clock.months.starts[month] - 1, days)
