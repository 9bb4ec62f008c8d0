"""The stage on which everything happens: declaration, clock, people, words and chance."""

from __future__ import annotations

from dataclasses import dataclass

from saleslab.simulation.clock import WorkClock, make_clock
from saleslab.simulation.people import Staff, hire_staff
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.streams import Streams
from saleslab.simulation.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What every step of the simulation needs."""

    scenario: Scenario
    clock: WorkClock
    staff: Staff
    words: Words
    streams: Streams


def set_up(scenario: Scenario) -> Setting:
    """Return the setting of a scenario."""
    streams = Streams(scenario.seed)
    clock = make_clock(scenario, streams)
    return Setting(scenario, clock, hire_staff(scenario, clock, streams), Words(scenario.language), streams)
