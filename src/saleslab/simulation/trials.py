"""Which experiments the company ran: when, on what, and who was in which arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.simulation.clock import WorkClock
from saleslab.simulation.people import CLOSER, INSIDE, OUTSIDE, Staff
from saleslab.simulation.streams import Bools, Floats, Ints, Streams

SCRIPT, OFFER, TEMPLATE = range(3)
_WINDOWS = ((0.45, 0.62), (0.55, 0.82), (0.30, 0.50))


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when units entered a trial, in business days of the clock."""

    opens: float
    closes: float

    def holds(self, work: Floats) -> Bools:
        """Say which work times lie within the window."""
        return (work >= self.opens) & (work < self.closes)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Units of one experiment: positions in their table, arm (1 treated) and time of assignment."""

    units: Ints
    treated: Bools
    assigned: Floats


def window(trial: int, clock: WorkClock) -> Window:
    """Return when a trial took place."""
    span = clock.end - clock.start
    opens, closes = _WINDOWS[trial]
    return Window(clock.start + float(np.floor(opens * span)), clock.start + float(np.floor(closes * span)))


def assign_reps(staff: Staff, clock: WorkClock, streams: Streams) -> Trial:
    """Randomise those who close to the old or the new proposal template, half each."""
    reps = np.flatnonzero(np.isin(staff.role, (INSIDE, CLOSER, OUTSIDE)))
    order = streams("trials.template").permutation(len(reps))
    opens = window(TEMPLATE, clock).opens
    return Trial(reps, order % 2 == 1, np.full(len(reps), opens))
