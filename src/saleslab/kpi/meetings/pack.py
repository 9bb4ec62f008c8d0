"""`prepare_meeting`: alerts, pace, explained change, minutes, stuck deals and wins of one week, put together once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.changes.explaining import ChangeExplanation, explain_change
from saleslab.kpi.changes.following import ActionEffect, follow_actions
from saleslab.kpi.changes.pooling import judge_moves, pool_period
from saleslab.kpi.knowledge.cards import Card
from saleslab.kpi.knowledge.playbook import find_plays
from saleslab.kpi.meetings.inputs import Team, Wins, read_people, read_team, read_wins
from saleslab.kpi.meetings.minutes import NO_MINUTES, Minutes, gather_minutes
from saleslab.kpi.meetings.watching import WeekWatch, find_monday, scope_of, watch_week
from saleslab.kpi.metrics.teams import name_posts
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.targets.landings import FORECAST_MONEY
from saleslab.kpi.targets.pace import PaceTrack, track_pace
from saleslab.kpi.targets.review import choose_template
from saleslab.kpi.trees.nodes import KpiTree, Quantile
from saleslab.kpi.trees.structure import find_goal, list_cadences, list_leaves
from saleslab.kpi.trees.templates import read_template
from saleslab.periods import FiscalCalendar, Period
from saleslab.tables.presence import require_columns
from saleslab.warehouse import Warehouse
from saleslab.wording import Text, say

COMPARED = 13
"""Weeks that are compared with the same ones a year before."""

_SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True, slots=True, eq=False)
class MeetingPack:
    """What a meeting is told.

    Attributes
    ----------
    as_of, since
        The last day that is known, and the day after the week before it: what happened in between is last week's.
    team
        Whose meeting it is; None: the whole company's.
    tree, is_template
        By which measures are watched; a template where nobody gave one of the company's own.
    currency, calendar, names
        Of money; of the company; what measures are called where the library does not know them.
    week
        The watch.
    change, compared
        The goal of the last 13 weeks against the same weeks a year before; None where that cannot be told.
    period, pace
        The running period; how the chance of the goal went in it, None without a landing, a target, or a goal that is
        this money.
    minutes
        What the review log says.
    effects
        What came of the actions on record.
    stuck, n_open
        ``opportunity_id, owner_id, amount, n_days_in_stage, chance_won``: open deals that stand still, those with the
        most money first, and how many deals are open.
    wins
        Of the last seven days.
    people
        Names of colleagues, to be blacked out of what somebody wrote.
    owners
        Names of colleagues by id; empty where these are not to be shown.
    posts
        Role and team by id, told in place of names; empty in a team's own meeting, where all would be called the same.
    """

    as_of: date
    team: Team | None
    tree: KpiTree
    is_template: bool
    currency: str
    calendar: FiscalCalendar
    names: Mapping[str, Text]
    week: WeekWatch
    change: ChangeExplanation | None
    compared: tuple[Period, Period]
    period: Period | None
    pace: PaceTrack | None
    minutes: Minutes
    effects: tuple[ActionEffect, ...]
    stuck: pd.DataFrame
    n_open: int
    wins: Wins
    people: frozenset[str] = field(repr=False)
    owners: Mapping[str, str] = field(repr=False)
    posts: Mapping[str, Text] = field(default_factory=dict, repr=False)

    @property
    def since(self) -> date:
        """The first day of the week that the meeting looks back on."""
        return self.as_of - _SIX_DAYS

    def name_owner(self, owner: object) -> Text:
        """Return who answers for something: by name where names are shown, else by role and team, else by id."""
        if not isinstance(owner, str) or not owner:
            return say("kpi_weekly.page.no_owner")
        if owner in self.owners or owner not in self.posts:
            return Text.same(self.owners.get(owner, owner))
        return self.posts[owner]

    @property
    def scopes(self) -> Mapping[str, str]:
        """What the team is called, by its id."""
        return {} if self.team is None else {self.team.team_id: self.team.name}

    @property
    def goal(self) -> str:
        """The metric of the goal."""
        name = find_goal(self.tree)
        return self.tree.nodes[name].metric or name


def prepare_meeting(
    lab: Warehouse,
    *,
    as_of: date,
    log: ReviewLog | None = None,
    tree: KpiTree | None = None,
    team: str | None = None,
    draws: pd.DataFrame | None = None,
    period: Period | None = None,
    target: float | None = None,
    recorded: float | None = None,
    money: str | None = None,
    deals: pd.DataFrame | None = None,
    cards: Sequence[Card] = (),
    show_names: bool = False,
) -> MeetingPack:
    """Return what a weekly meeting is told: what to decide, what is late, what really changed, and the wins.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    log
        The review log; that there is none is told.
    tree
        The company's tree; without one a template, of inside sales or, where there are no deals, of an agency.
    team
        Id or name of a team, for its own meeting; None for the whole company's.
    draws, period, money
        Landings of the goal as they were drawn on several days, of which period, and of which money they are
        (``won_amount`` or ``ordered_amount``); from ``forecasting.follow_landing``.
    target, recorded
        What the period is to bring: ``target`` in place of what the tree says, ``recorded`` where the tree is silent.
    deals
        Open deals: ``opportunity_id, owner_id, amount, n_days_in_stage, chance_won, is_stale``.
    cards
        Of the playbook: those with evidence on a measure are named beside its alerts.
    show_names
        Colleagues by name: for readers who lead them.

    Raises
    ------
    BadArgument
        When there is no such team.
    """
    chosen = read_template(choose_template(lab)) if tree is None else tree
    group = None if team is None else read_team(lab, team)
    minutes = NO_MINUTES
    if log is not None:
        minutes = gather_minutes(
            log, as_of=as_of, team_id=None if group is None else group.team_id,
            cadences=None if tree is None else list_cadences(tree), since=chosen.effective_from,
        )  # fmt: skip
    week = watch_week(
        lab, as_of=as_of, tree=chosen, team=group, acknowledged=minutes.acknowledged, plays=_find_plays(cards, as_of)
    )
    ends, settings = _choose_compared(as_of), lab.settings
    level = target or _find_level(chosen, period, settings.fiscal_calendar) or recorded
    stuck, n_open = _find_stuck(deals, group)
    names = read_people(lab) if show_names or minutes.has_log else {}
    return MeetingPack(
        as_of, group, chosen, tree is None, settings.currency, settings.fiscal_calendar, _name_nodes(chosen), week,
        _explain(chosen, week.values, ends, group), ends, period, _track(chosen, draws, period, level, money), minutes,
        _follow(minutes, week, as_of, group, "UTC" if log is None else log.timezone),
        stuck, n_open,
        read_wins(lab, period=Period(as_of - _SIX_DAYS, as_of), members=None if group is None else group.members),
        frozenset(names.values()), names if show_names else {}, {} if group else name_posts(lab),
    )  # fmt: skip


def _explain(
    tree: KpiTree, values: pd.DataFrame, ends: tuple[Period, Period], team: Team | None
) -> ChangeExplanation | None:
    goal = find_goal(tree)
    if values.empty or tree.nodes[goal].formula is None:
        return None
    scope, (before, after) = scope_of(team), ends
    names = {name: tree.nodes[name].metric or name for name in list_leaves(tree, goal)}
    try:
        sides = [pool_period(values, one, scope=scope) for one in (before, after)]
        moves = judge_moves(values, before=before, after=after, scope=scope)
        told = [{name: side[metric] for name, metric in names.items()} for side in sides]
        return explain_change(
            tree, *told, moves={name: moves[metric] for name, metric in names.items() if metric in moves}
        )
    except (NotEnoughData, KeyError):  # a leaf without a value on either side: nothing adds up then
        return None


def _track(
    tree: KpiTree, draws: pd.DataFrame | None, period: Period | None, level: float | None, money: str | None
) -> PaceTrack | None:
    """Return how the chance of the goal went; None where draws and goal are not the same money."""
    goal = find_goal(tree)
    wanted = FORECAST_MONEY.get(tree.nodes[goal].metric or goal)
    if draws is None or draws.empty or period is None or level is None or wanted is None or wanted != money:
        return None
    return track_pace(draws, target=level, period=_with_eve(period))


def _find_level(tree: KpiTree, period: Period | None, calendar: FiscalCalendar) -> float | None:
    """Return what the tree asks of this very period."""
    stated = tree.nodes[find_goal(tree)].target
    if stated is None or stated.target is None or isinstance(stated.target, Quantile) or period is None:
        return None
    of = calendar.parse(stated.period)
    return float(stated.target) if (of.start, of.end) == (period.start, period.end) else None


def _follow(
    minutes: Minutes, week: WeekWatch, as_of: date, team: Team | None, timezone: str
) -> tuple[ActionEffect, ...]:
    if minutes.todo.empty or not len(week.values):
        return ()
    return follow_actions(minutes.todo, week.values, as_of=as_of, scope=scope_of(team), timezone=timezone)


def _with_eve(period: Period) -> Period:
    """Return the period with the day before it, on which one already asks."""
    return Period(period.start - timedelta(days=1), period.end, period.grain, period.fiscal_year, period.number)


def _choose_compared(as_of: date) -> tuple[Period, Period]:
    """Return the same 13 weeks of the year before, and the last 13 that are over."""
    monday = find_monday(as_of)
    after = Period(monday - timedelta(weeks=COMPARED), monday - timedelta(days=1))
    return Period(after.start - timedelta(weeks=52), after.end - timedelta(weeks=52)), after


def _find_stuck(deals: pd.DataFrame | None, team: Team | None) -> tuple[pd.DataFrame, int]:
    columns = ["opportunity_id", "owner_id", "amount", "n_days_in_stage", "chance_won"]
    if deals is None or deals.empty:
        return pd.DataFrame(columns=columns), 0
    require_columns(deals, *columns, "is_stale", of="deals (forecasting.follow_landing)")
    mine = deals if team is None else deals[deals["owner_id"].isin(team.members)]
    stale = mine[mine["is_stale"].astype(bool)]
    return stale.sort_values(["amount", "opportunity_id"], ascending=[False, True])[columns].reset_index(
        drop=True
    ), len(mine)


def _find_plays(cards: Sequence[Card], as_of: date) -> Mapping[str, list[str]]:
    plays: dict[str, list[str]] = {}
    for card in find_plays(cards, as_of=as_of):
        for metric_id in dict.fromkeys(one.metric_id for one in card.evidence):
            plays.setdefault(metric_id, []).append(card.card)
    return plays


def _name_nodes(tree: KpiTree) -> Mapping[str, Text]:
    named = {node.metric or name: node.label for name, node in tree.nodes.items() if node.label}
    return {name: Text(label.read("en"), label.read("ja")) for name, label in named.items()}
