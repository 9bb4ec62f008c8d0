"""Who sells in the invented company: people, teams, roles, and how good each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from saleslab.simulation.clock import WorkClock, day_number
from saleslab.simulation.columns import dates, make_ids, make_table, pick, yen
from saleslab.simulation.names import name_people
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.streams import Bools, Floats, Ints, Streams, draw
from saleslab.simulation.words import Words

ROLES = ("appointer", "inside", "closer", "outside", "cs", "manager")
_SHARES = (8, 5, 9, 6, 3, 4)
_DEALS_AT_FULL_SIZE, _PEOPLE_AT_FULL_SIZE, _FEWEST = 3_200, 35, 7
_HOURLY_COST = (3_200, 3_600, 4_600, 4_300, 3_500, 6_500)
APPOINTER, INSIDE, CLOSER, OUTSIDE, SUCCESS, MANAGER = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class Staff:
    """Everybody who sells; arrays over people, times in business days of the clock."""

    ids: pa.Array
    role: Ints
    team: Ints
    manager: Ints
    hired: Floats
    ramped: Floats
    left: Floats
    successor: Ints
    """Who takes over when the person leaves (the person itself when nobody leaves)."""
    calling: Floats
    quality: Floats
    closing: Floats
    diligence: Floats
    optimism: Floats
    specialist: Bools
    """Planted specialists, one in nine closers."""
    specialty: int
    """Industry in which specialists shine."""
    team_ids: pa.Array

    def choose(self, rng: np.random.Generator, roles: tuple[int, ...], at: Floats) -> Ints:
        """Draw somebody of some roles, employed at each work time."""
        pool = np.flatnonzero(np.isin(self.role, roles))
        steady = pool[(self.hired[pool] <= 0) & ~np.isfinite(self.left[pool])]
        chosen = pool[draw(rng, self.diligence[pool], len(at))]
        absent = (at < self.hired[chosen]) | (at >= self.left[chosen])
        chosen[absent] = steady[draw(rng, self.diligence[steady], int(absent.sum()))]
        return chosen

    def in_charge(self, user: Ints, at: Floats) -> Ints:
        """Return the person, or the successor where the person has left by that work time."""
        return np.where(at >= self.left[user], self.successor[user], user)

    def ramping(self, user: Ints, at: Floats) -> Bools:
        """Say whether the person is still being ramped up at that work time."""
        return at < self.ramped[user]


def hire_staff(scenario: Scenario, clock: WorkClock, streams: Streams) -> Staff:
    """Return the people of a company of the scenario's size."""
    rng = streams("people")
    n = max(_FEWEST, round(_PEOPLE_AT_FULL_SIZE * scenario.n_deals / _DEALS_AT_FULL_SIZE))
    role = np.repeat(np.arange(6), _split(n))
    hired, ramped, left = _careers(rng, role, clock)
    team, n_teams = _teams(role)
    effects, closes = scenario.reps, np.isin(role, (INSIDE, CLOSER, OUTSIDE))
    calls = np.isin(role, (APPOINTER, INSIDE, OUTSIDE))
    return Staff(
        ids=make_ids("user", n),
        role=role,
        team=team,
        manager=_managers(role, team),
        hired=hired,
        ramped=ramped,
        left=left,
        successor=_successors(role, hired, left),
        calling=_spread(streams("people.calling"), effects.calling_sd, calls),
        quality=_spread(streams("people.quality"), effects.quality_sd, role == APPOINTER),
        closing=_spread(streams("people.closing"), effects.closing_sd, closes),
        diligence=np.exp(streams("people.diligence").normal(0.0, 0.18, n)),
        optimism=np.exp(streams("people.optimism").normal(0.10, effects.optimism_sd, n)),
        specialist=(role == CLOSER) & ((np.cumsum(role == CLOSER) - 1) % 9 == 0),
        specialty=2,
        team_ids=make_ids("team", n_teams),
    )


def _split(n: int) -> Ints:
    exact = np.array(_SHARES) * n / sum(_SHARES)
    counts: Ints = np.maximum(np.floor(exact).astype(np.int64), np.array([1, 1, 2, 1, 1, 1]))
    while counts.sum() < n:
        counts[np.argmax(exact - counts)] += 1
    return counts


def _spread(rng: np.random.Generator, sd: float, concerned: Bools) -> Floats:
    """Normal effects, centred over the people concerned so that rates of the scenario are those of the average."""
    effect = rng.normal(0.0, sd, len(concerned))
    return np.where(concerned, effect - effect[concerned].mean(), 0.0)


def _careers(rng: np.random.Generator, role: Ints, clock: WorkClock) -> tuple[Floats, Floats, Floats]:
    """About a quarter joined within the window, a sixth left; in each role the first person stays throughout."""
    n, span = len(role), clock.end - clock.start
    steady = np.zeros(n, dtype=bool)
    steady[np.unique(role, return_index=True)[1]] = True
    steady |= role == MANAGER
    joins = (rng.random(n) < 0.28) & ~steady
    hired = np.where(joins, clock.start + rng.uniform(0.05, 0.8, n) * span, 0.0)
    ramped = np.where(joins, hired + rng.uniform(60, 120, n), 0.0)
    leaves = (rng.random(n) < 0.22) & ~steady & ~joins
    left = np.where(leaves, clock.start + np.floor(rng.uniform(0.3, 0.95, n) * span), np.inf)
    return np.floor(hired), np.floor(ramped), left


def _successors(role: Ints, hired: Floats, left: Floats) -> Ints:
    successor = np.arange(len(role))
    for person in np.flatnonzero(np.isfinite(left)):
        colleagues = np.flatnonzero((role == role[person]) & (hired <= 0) & ~np.isfinite(left))
        successor[person] = colleagues[person % len(colleagues)]
    return successor


def _teams(role: Ints) -> tuple[Ints, int]:
    """Teams: 0 head office, 1 inside sales, 2 customer success, then field teams of about eight."""
    field = np.flatnonzero(np.isin(role, (CLOSER, OUTSIDE)))
    n_field = max(1, round(len(field) / 8))
    team = np.select([np.isin(role, (APPOINTER, INSIDE)), role == SUCCESS], [1, 2], default=0)
    team[field] = 3 + np.arange(len(field)) % n_field
    heads = np.flatnonzero(role == MANAGER)[1:]  # the first manager heads the division
    wanted = np.concatenate([[1], 3 + np.arange(n_field), [2]])
    team[heads] = wanted[np.arange(len(heads)) % len(wanted)]
    return team.astype(np.int64), 3 + n_field


def _managers(role: Ints, team: Ints) -> Ints:
    heads = np.flatnonzero(role == MANAGER)
    manager = np.full(len(role), heads[0])
    for head in heads[1:][::-1]:  # the first head of a team leads it
        manager[(team == team[head]) & (role != MANAGER)] = head
    manager[heads[0]] = -1
    return manager


def staff_tables(
    scenario: Scenario, staff: Staff, clock: WorkClock, words: Words, streams: Streams
) -> dict[str, pa.Table]:
    """Return ``users``, ``teams`` and ``role_assignments``."""
    rng, n = streams("people.names"), len(staff.role)
    people = name_people(rng, words, pa.repeat(words.text("email_domain"), n), np.zeros(n, dtype=np.int64), own=True)
    before = day_number(scenario.start) - rng.integers(200, 4_000, n)
    joined = staff.hired > 0
    hired_on = np.where(joined, clock.day_of(staff.hired), before)
    ramped_on = np.where(joined, clock.day_of(staff.ramped), before + 120)
    gone = np.isfinite(staff.left)
    left_on = clock.day_of(np.where(gone, staff.left, 0.0))
    cost = np.array(_HOURLY_COST)[staff.role] + rng.integers(-5, 8, n) * 100
    users = {
        "user_id": staff.ids,
        "name": people.names,
        "email": people.emails,
        "team_id": pick(staff.team_ids, staff.team),
        "manager_id": pick(staff.ids, staff.manager),
        "role": pick(ROLES, staff.role),
        "is_active": ~gone,
        "hired_on": dates(hired_on),
        "ramped_on": dates(ramped_on),
        "left_on": dates(left_on, gone),
        "hours_per_week": 40.0,
        "cost_per_hour": yen(cost),
    }
    roles = {
        "user_id": staff.ids,
        "role": pick(ROLES, staff.role),
        "valid_from": dates(hired_on),
        "valid_to": dates(left_on, gone),
        "fte": 1.0,
    }
    return {
        "users": make_table("users", users, n),
        "teams": _team_table(staff, words),
        "role_assignments": make_table("role_assignments", roles, n),
    }


def _team_table(staff: Staff, words: Words) -> pa.Table:
    n, listed = len(staff.team_ids), words.several("field_teams")
    names = [words.text("head_office"), words.text("inside_team"), words.text("success_team")]
    names += [listed[i % len(listed)] + ("" if i < len(listed) else f" {i // len(listed) + 1}") for i in range(n - 3)]
    parent = np.where(np.arange(n) == 0, -1, 0)
    columns = {"team_id": staff.team_ids, "name": names, "parent_team_id": pick(staff.team_ids, parent)}
    return make_table("teams", columns, n)
