"""What is to be reached, and what people promise: quotas by quarter and weekly forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation.clock import day_number
from saleslab.simulation.closing_dates import CloseDates
from saleslab.simulation.columns import dates, make_ids, make_table, pick, yen
from saleslab.simulation.deals import N_STAGES, NEW, Deals
from saleslab.simulation.leads import Leads
from saleslab.simulation.people import APPOINTER, CLOSER, INSIDE, OUTSIDE, Staff
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, run_numbers
from saleslab.simulation.trade import Amounts, Orders

_SETTLED_DAYS = 150
"""Quotas begin with the first quarter that starts so long after the CRM: before that the pipeline fills up."""
_FEWEST_DAYS = 13
_AMBITION = 1.06
"""What managers ask for over what the level, season and growth promise."""
_OWN_SHARE = 0.6
"""How much of a quota is the person's own level (customers inherited, territory) rather than the role's."""
_TEAM_DISCOUNT = 0.95
"""Teams and company carry a little less than the sum of the quotas below them."""
_LIKELY = 0.70
"""Share of the last stage that is won, roughly: what a person without optimism commits to."""


@dataclass(frozen=True, slots=True, eq=False)
class Quarters:
    """Fiscal quarters of the window that carry quotas."""

    periods: list[Period]
    starts: Ints
    ends: Ints

    def position(self, days: Ints) -> Ints:
        """Return which quarter a day belongs to; -1 before the first and after the last."""
        place = np.searchsorted(self.starts, days, side="right") - 1
        return np.where(days <= self.ends[-1], place, -1)


def plan_quarters(scenario: Scenario) -> Quarters:
    """Return the quarters with quotas: those with two weeks or more within the window, once the pipeline has filled."""
    calendar = FiscalCalendar(scenario.fiscal_start_month)
    periods, day = [], scenario.start
    while day <= scenario.end:
        quarter = calendar.quarter_of(day)
        periods.append(quarter)
        day = date.fromordinal(quarter.end.toordinal() + 1)
    lived = [q for q in periods if (scenario.end - q.start).days >= _FEWEST_DAYS]
    settled = [q for q in lived if (q.start - scenario.start).days >= _SETTLED_DAYS] or lived[-1:]
    starts = np.array([day_number(q.start) for q in settled])
    return Quarters(settled, starts, np.array([day_number(q.end) for q in settled]))


def target_table(
    setting: Setting,
    quarters: Quarters,
    *,
    orders: Orders,
    leads: Leads,
) -> pa.Table:
    """Return ``targets``: order quotas by person, team and company; appointments by appointer."""
    season = _season_of_quarters(setting.scenario, quarters)
    employed = _employed(setting, quarters)
    sold = _quotas(
        setting,
        quarters,
        who=orders.owner,
        amount=orders.total,
        days=setting.clock.day_of(orders.at),
        roles=(INSIDE, CLOSER, OUTSIDE),
        season=season,
        employed=employed,
    )
    hand = leads.handoffs
    made = hand.requested < setting.clock.end
    ones = np.ones(int(made.sum()), dtype=np.int64)
    days = setting.clock.day_of(hand.requested[made])
    met = _quotas(
        setting,
        quarters,
        who=hand.giver[made],
        amount=ones,
        days=days,
        roles=(APPOINTER,),
        season=np.ones(len(season)),
        employed=employed,
    )
    parts = [
        _personal(
            setting, quarters, goal=np.round(sold / 1e6) * 1e6, employed=employed, metric="won_amount", unit="JPY"
        ),
        _personal(setting, quarters, goal=np.round(met), employed=employed, metric="appointments", unit="count"),
        _of_teams(setting.staff, quarters, np.round(sold / 1e6) * 1e6 * employed),
    ]
    columns = {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}
    n = len(columns["metric_id"])
    columns |= {"target_id": make_ids("target", n)}
    goal = columns["target"].to_numpy()
    columns |= {"threshold": pa.array(np.round(0.8 * goal)), "stretch": pa.array(np.round(1.2 * goal))}
    return make_table("targets", {**columns, "origin": "crm", "version": 1}, n)


def _season_of_quarters(scenario: Scenario, quarters: Quarters) -> Floats:
    """Planners know the season: how much of the year each quarter brings, mean 1."""
    closing = scenario.season.closing
    raw = [np.mean([closing[(q.start.month - 1 + i) % 12] for i in range(3)]) for q in quarters.periods]
    return 1.0 + 0.6 * (np.array(raw) - 1.0)


def _employed(setting: Setting, quarters: Quarters) -> Bools:
    """People x quarters: ramped up at the start of the quarter and there at its end."""
    begin = setting.clock.from_days(quarters.starts, np.zeros(len(quarters.starts)))
    end = setting.clock.from_days(quarters.ends, np.zeros(len(quarters.ends)))
    return (setting.staff.ramped[:, None] <= begin) & (setting.staff.left[:, None] > end)


def _quotas(
    setting: Setting,
    quarters: Quarters,
    *,
    who: Ints,
    amount: Ints,
    days: Ints,
    roles: tuple[int, ...],
    season: Floats,
    employed: Bools,
) -> Floats:
    """People x quarters: between the level of the role and the person's own, season, growth, the manager's stretch."""
    place, n_quarters = quarters.position(days), len(quarters.starts)
    done = np.zeros((len(setting.staff.role), n_quarters))
    np.add.at(done, (who[place >= 0], place[place >= 0]), amount[place >= 0].astype(np.float64))
    done *= employed & np.isin(setting.staff.role, roles)[:, None]
    level = np.zeros(6)
    for role in roles:
        cells = employed[setting.staff.role == role]
        level[role] = done[setting.staff.role == role].sum() / max(int(cells.sum()), 1)
    own = done.sum(axis=1) / np.maximum(employed.sum(axis=1), 1)
    base = (1.0 - _OWN_SHARE) * level[setting.staff.role] + _OWN_SHARE * own
    growth = 1.0 + 0.025 * (np.arange(len(season)) - (len(season) - 1) / 2)
    rng = setting.streams(f"goals.quotas.{roles[0]}")
    personal = np.exp(rng.normal(0.0, 0.12, len(setting.staff.role)))[:, None]
    return np.asarray(base[:, None] * season * growth * personal * _AMBITION, dtype=np.float64)


def _personal(
    setting: Setting, quarters: Quarters, *, goal: Floats, employed: Bools, metric: str, unit: str
) -> dict[str, pa.Array]:
    user, quarter = np.nonzero(employed & (goal > 0))
    return _rows(
        metric,
        unit,
        scope_type="user",
        scope=pick(setting.staff.ids, user),
        quarters=quarters,
        quarter=quarter,
        goal=goal[user, quarter],
    )


def _of_teams(staff: Staff, quarters: Quarters, goal: Floats) -> dict[str, pa.Array]:
    n_teams, n = len(staff.team_ids), len(quarters.starts)
    by_team = np.zeros((n_teams, n))
    np.add.at(by_team, staff.team, goal)
    by_team = np.round(by_team * _TEAM_DISCOUNT / 1e6) * 1e6
    team, quarter = np.nonzero(by_team > 0)
    teams = _rows(
        "won_amount",
        "JPY",
        scope_type="team",
        scope=pick(staff.team_ids, team),
        quarters=quarters,
        quarter=quarter,
        goal=by_team[team, quarter],
    )
    everyone = np.arange(n)
    names = pa.repeat("company", n)
    company = _rows(
        "won_amount",
        "JPY",
        scope_type="company",
        scope=names,
        quarters=quarters,
        quarter=everyone,
        goal=by_team.sum(axis=0),
    )
    return {name: pa.concat_arrays([teams[name], company[name]]) for name in teams}


def _rows(
    metric: str, unit: str, *, scope_type: str, scope: pa.Array, quarters: Quarters, quarter: Ints, goal: Floats
) -> dict[str, pa.Array]:
    n = len(quarter)
    return {
        "metric_id": pa.repeat(metric, n),
        "scope_type": pa.repeat(scope_type, n),
        "scope_id": scope,
        "period_start": dates(quarters.starts[quarter]),
        "period_end": dates(quarters.ends[quarter]),
        "target": pa.array(goal),
        "unit": pa.repeat(unit, n),
    }


def forecast_table(
    setting: Setting,
    deals: Deals,
    *,
    amounts: Amounts,
    close_dates: CloseDates,
    orders: Orders,
    quarters: Quarters,
) -> pa.Table:
    """Return ``forecast_submissions``: each Monday, what each person has closed, commits to, hopes for and works on.

    Categories are cumulative, as CRM systems report them: commit and best case contain what is closed.
    """
    last_day = setting.clock.workdays[int(setting.clock.end) - 1]
    first, last = int(quarters.starts[0]), int(min(last_day, quarters.ends[-1]))
    mondays = np.arange(first + (4 - first) % 7, last + 1, 7)  # 1970-01-01 was a Thursday: Mondays are 4 modulo 7
    n_people, n_weeks = len(setting.staff.role), len(mondays)
    week_at = setting.clock.from_days(mondays, np.zeros(n_weeks))
    closed = _closed_so_far(
        setting, orders, quarters=quarters, mondays=mondays, week_at=week_at, shape=(n_people, n_weeks)
    )
    late, hopeful, whole = _open_by_week(
        setting, deals, amounts=amounts, close_dates=close_dates, quarters=quarters, mondays=mondays, week_at=week_at
    )
    rng = setting.streams("goals.forecasts")
    mood = np.exp(rng.normal(0.0, 0.15, (n_people, n_weeks))) * setting.staff.optimism[:, None]
    commit = closed + np.round(_LIKELY * mood * late, -5).astype(np.int64)
    best = commit + np.round(0.5 * mood * hopeful, -5).astype(np.int64)
    sells = np.isin(setting.staff.role, (INSIDE, CLOSER, OUTSIDE))[:, None]
    here = sells & (setting.staff.hired[:, None] <= week_at) & (setting.staff.left[:, None] > week_at)
    user, week = np.nonzero(here)
    n = len(user)
    categories = [closed, commit, best, whole]
    columns = {
        "user_id": pick(setting.staff.ids, np.tile(user, 4)),
        "scope_id": pick(setting.staff.ids, np.tile(user, 4)),
        "period_start": dates(np.tile(quarters.starts[quarters.position(mondays)][week], 4)),
        "as_of": dates(np.tile(mondays[week], 4)),
        "category": pick(["closed", "commit", "best_case", "pipeline"], np.repeat(np.arange(4), n)),
        "amount": yen(np.concatenate([category[user, week] for category in categories])),
        "note": pick([setting.words.text("forecast_note")], np.where(rng.random(4 * n) < 0.03, 0, -1)),
    }
    return make_table("forecast_submissions", columns, 4 * n)


def _closed_so_far(
    setting: Setting, orders: Orders, *, quarters: Quarters, mondays: Ints, week_at: Floats, shape: tuple[int, int]
) -> Ints:
    """People x weeks: orders of the quarter before that Monday."""
    total = np.zeros(shape, dtype=np.int64)
    begin = np.searchsorted(week_at, orders.at, side="right")
    quarter_of_week = quarters.position(mondays)
    day = np.clip(begin, 0, len(mondays) - 1)
    last = np.searchsorted(quarter_of_week, quarter_of_week[day], side="right")
    opening = setting.clock.from_days(quarters.starts, np.zeros(len(quarters.starts)))
    same = orders.at >= opening[quarter_of_week[day]]
    weeks = np.where(same & (begin < len(mondays)), last - begin, 0)
    order = np.repeat(np.arange(len(weeks)), weeks)
    np.add.at(total, (orders.owner[order], begin[order] + run_numbers(weeks)), orders.total[order])
    return total


def _open_by_week(
    setting: Setting,
    deals: Deals,
    *,
    amounts: Amounts,
    close_dates: CloseDates,
    quarters: Quarters,
    mondays: Ints,
    week_at: Floats,
) -> tuple[Ints, Ints, Ints]:
    """People x weeks: open deals said to close within the quarter, in the last stage, in the two before, in all."""
    begin, until = np.searchsorted(week_at, deals.created), np.searchsorted(week_at, deals.closed)
    weeks = np.maximum(until - begin, 0)
    deal = np.repeat(np.arange(len(deals)), weeks)
    week = np.repeat(begin, weeks) + run_numbers(weeks)
    at = week_at[week]
    due = close_dates.at(deal, at) <= quarters.ends[quarters.position(mondays)][week]
    deal, week, at = deal[due], week[due], at[due]
    stage = (deals.entries[deal] <= at[:, None]).sum(axis=1)
    to_go = np.where(deals.kind[deal] == NEW, N_STAGES, 3) - stage
    worth = np.where(at >= deals.priced[deal], amounts.amount[deal], amounts.estimate[deal])
    owner = setting.staff.in_charge(deals.owner[deal], at)
    sums = np.zeros((3, len(setting.staff.role), len(mondays)), dtype=np.int64)
    np.add.at(sums[0], (owner[to_go == 0], week[to_go == 0]), worth[to_go == 0])
    middle = (to_go > 0) & (to_go <= 2)
    np.add.at(sums[1], (owner[middle], week[middle]), worth[middle])
    np.add.at(sums[2], (owner, week), worth)
    return sums[0], sums[1], sums[2]
