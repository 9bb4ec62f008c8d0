"""When prospects are called and when somebody answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.simulation.clock import HOURS
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, run_numbers, running_sum

_GAPS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0])
_GAP_MIX = (0.14, 0.24, 0.20, 0.13, 0.13, 0.10, 0.06)


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Calls to leads, laid end to end in the order of the leads."""

    lead: Ints
    at: Floats
    connected: Bools
    won_over: Bools
    """The call that made the appointment."""

    def last_of(self, n_leads: int) -> Floats:
        """Return the work time of the last call of each lead (0 without a call)."""
        last = np.zeros(n_leads)
        last[self.lead] = self.at  # in order: the last assignment of a lead stays
        return last


def first_call_share(rng: np.random.Generator, scenario: Scenario, n: int) -> Floats:
    """Draw times of the day (shares of the business hours) as people call."""
    return np.asarray((draw(rng, scenario.calling.hours, n) + rng.random(n)) / HOURS, dtype=np.float64)


def place_calls(setting: Setting, touched: Floats, *, qualifies: Bools, cold: Bools) -> Calls:
    """Return all calls to leads: the first at the first touch, the others on later business days."""
    rng, calling = setting.streams("leads.calls"), setting.scenario.calling
    called = np.flatnonzero(np.isfinite(touched))
    won, persistence = qualifies[called], np.where(cold[called], 1.1, 0.8)
    tries = np.minimum(rng.geometric(0.35, len(called)), 10)
    unlucky = 1 + rng.poisson(rng.gamma(1.6, (calling.attempts - 1) / 1.6, len(called)) * persistence)
    n_calls = np.where(won, tries, unlucky).astype(np.int64)
    place = run_numbers(n_calls)
    lead = np.repeat(called, n_calls)
    final = place == np.repeat(n_calls, n_calls) - 1
    wins = final & qualifies[lead]
    gaps = np.where(place == 0, 0.0, _GAPS[draw(rng, _GAP_MIX, len(lead))])
    when = np.asarray(calling.hours) * np.asarray(calling.connected)
    hour = np.where(wins, draw(rng, when, len(lead)), draw(rng, calling.hours, len(lead)))
    later = np.floor(touched[lead]) + running_sum(gaps, n_calls) + (hour + rng.random(len(lead))) / HOURS
    at = np.where(place == 0, touched[lead], later)
    reached = rng.random(len(lead)) < np.asarray(calling.connected)[hour_of(at)]
    return Calls(lead, at, reached | wins, wins)


def hour_of(work: Floats) -> Ints:
    """Return which business hour (0 is 9:00) each work time lies in."""
    return ((work - np.floor(work)) * HOURS).astype(np.int64)
