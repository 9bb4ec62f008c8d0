"""A target study from the warehouse: the tree, the past of its measures, the study, and how such studies did before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.knowledge.ratings import FactorRating, summarise_ratings
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.measuring import measure
from saleslab.kpi.metrics.records.inputs import read_targets
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.metrics.teams import name_posts
from saleslab.kpi.targets.landings import take_forecast
from saleslab.kpi.targets.model import Floats
from saleslab.kpi.targets.required import Aim
from saleslab.kpi.targets.risks import RiskStanding, review_risks
from saleslab.kpi.targets.study import TargetStudy, land_goal, study_target
from saleslab.kpi.trees.nodes import KpiTree, Quantile
from saleslab.kpi.trees.resolving import collect_metrics
from saleslab.kpi.trees.structure import find_goal
from saleslab.kpi.trees.templates import override_tree, read_template
from saleslab.kpi.trees.writing import lay_out
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Settings, Warehouse
from saleslab.wording import Text, say

MONTHS = 36
"""Months of the past that are measured."""

_PAST_DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class PastStudy:
    """What a study would have said on the eve of a past period, and what came.

    Attributes
    ----------
    period
        The period.
    low, middle, high
        Where it was to land: 10, 50 and 90 %.
    actual
        What came.
    target, chance
        What was to be reached, and the chance that was given; None without a target on record.
    """

    period: Period
    low: float
    middle: float
    high: float
    actual: float
    target: float | None
    chance: float | None

    @property
    def held(self) -> bool:
        """Whether what came lies within the range."""
        return self.low <= self.actual <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class TargetReview:
    """A study with what stands around it.

    Attributes
    ----------
    study
        The study.
    metrics
        By which its tree is counted.
    history
        What was measured.
    past
        Studies of past periods, the oldest first.
    currency
        Of money.
    is_template
        Whether the tree is a template, because nobody gave one of the company's own.
    is_suggested
        Whether the target is one that is reached every second time, because nobody set one.
    ratings
        What people think of the success factors.
    risks
        The risk register of the factors, those that came true first.
    posts
        Role and team of people by id, told in place of their names.
    """

    study: TargetStudy
    metrics: Mapping[str, Metric]
    history: pd.DataFrame
    past: tuple[PastStudy, ...]
    currency: str
    is_template: bool
    is_suggested: bool = False
    ratings: tuple[FactorRating, ...] = ()
    risks: tuple[RiskStanding, ...] = ()
    posts: Mapping[str, Text] = field(default_factory=dict, repr=False)

    def name_owner(self, owner: str | None) -> Text:
        """Return who answers for something: by role and team, else by id, or that somebody is to be named."""
        return self.posts.get(owner, Text.same(owner)) if owner else say("kpi_targets.page.no_owner")


def review_target(
    lab: Warehouse,
    *,
    as_of: date,
    tree: KpiTree | None = None,
    period: Period | None = None,
    target: float | None = None,
    ratings: pd.DataFrame | None = None,
    n_past: int = 4,
    seed: int = 1,
    draws: pd.DataFrame | None = None,
    drawn_for: Period | None = None,
    money: str | None = None,
) -> TargetReview:
    """Return the target study of a company.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    tree
        The company's tree; without one a template, of inside sales or, where there are no deals, of an agency.
    period
        In place of the period of the tree's target; without a tree the fiscal quarter of the following day.
    target
        In place of the tree's, or the one on record; where there is none, one that is reached every second time.
    ratings
        What people think of the tree's success factors, from `read_ratings`.
    n_past
        Past periods that are studied again, each from its eve.
    seed
        Of the draws.
    draws, drawn_for, money
        Landings of the goal as a forecast of open deals draws them, of which period, and of which money they are
        (``forecasting.follow_landing``). Where they are of this goal, this period and this day, its chance is theirs.

    Raises
    ------
    NotEnoughData
        If a measure that the goal is made of has no past.
    """
    calendar = lab.settings.fiscal_calendar
    chosen = read_template(choose_template(lab)) if tree is None else tree
    asked = _choose_period(tree, period, calendar, as_of)
    ours = _place_tree(chosen, asked, lab.settings)
    metrics = collect_metrics(ours, library())
    history = measure(lab, metrics.values(), as_of=as_of, months=MONTHS)
    goal = ours.nodes[find_goal(ours)].metric or find_goal(ours)
    forecast = take_forecast(draws, goal=goal, period=asked, as_of=as_of, drawn_for=drawn_for, money=money)
    known: dict[str, Any] = {"metrics": dict(library()) | dict(metrics), "as_of": as_of, "seed": seed}
    recorded = _read_recorded(lab)
    level = _find_target(ours, recorded, calendar, target)
    is_suggested = level is None
    if level is None:
        study = _study_even(ours, history, known, forecast)
    else:
        study = study_target(_aim_at(ours, level), history, **known, forecast=forecast)
    past = _look_back(study, history, calendar, recorded, n_past)
    zone = lab.settings.timezone
    return TargetReview(
        study=study,
        metrics=metrics,
        history=history,
        past=past,
        currency=lab.settings.currency,
        is_template=tree is None,
        is_suggested=is_suggested,
        posts=name_posts(lab),
        ratings=() if ratings is None else summarise_ratings(ratings, ours, as_of=as_of, timezone=zone),
        risks=review_risks(ours, history, as_of=as_of),
    )


def try_target(lab: Warehouse, *, as_of: date, **how: Any) -> tuple[TargetReview | None, NotEnoughData | None]:
    """Return a target study, or why there is none."""
    try:
        return review_target(lab, as_of=as_of, **how), None
    except NotEnoughData as gap:
        return None, gap


def _study_even(tree: KpiTree, history: pd.DataFrame, known: dict[str, Any], forecast: Floats | None) -> TargetStudy:
    """Return the study of a target that is reached every second time, in round numbers."""
    own = forecast if forecast is not None else land_goal(tree, history, **known, n_draws=_PAST_DRAWS)
    study = study_target(_aim_at(tree, round_target(float(np.median(own)))), history, **known, forecast=forecast)
    if study.forecast is None or study.is_forecast:
        return study
    level = round_target(study.forecast.middle_own)
    return study_target(_aim_at(tree, level), history, **known, forecast=forecast)


def _choose_period(tree: KpiTree | None, period: Period | None, calendar: FiscalCalendar, as_of: date) -> Period:
    if period is not None:
        return period
    if tree is not None:
        stated = tree.nodes[find_goal(tree)].target
        if stated is None:
            raise BadArgument("The tree's goal has no target.", "give it a 'target' with 'period', or pass period=.")
        return calendar.parse(stated.period)
    return calendar.quarter_of(as_of + timedelta(days=1))


def _read_recorded(lab: Warehouse) -> pd.DataFrame:
    try:
        targets = read_targets(lab)
    except NotEnoughData:
        return pd.DataFrame(columns=["metric_id", "period_start", "period_end", "target"])
    return targets.loc[targets["scope_type"] == "company"].sort_values("version").reset_index(drop=True)


def _find_recorded(recorded: pd.DataFrame, metric_id: str, period: Period) -> float | None:
    starts, ends = (pd.to_datetime(recorded[name]) for name in ("period_start", "period_end"))
    is_this = (starts == pd.Timestamp(period.start)) & (ends == pd.Timestamp(period.end))
    rows = recorded.loc[(recorded["metric_id"] == metric_id) & is_this]
    return float(rows["target"].iloc[-1]) if len(rows) else None


def choose_template(lab: Warehouse) -> str:
    """Return the template that a company's tables can fill: its goal is of deals, or of orders where there are none."""
    return "inside_sales" if lab.has("opportunities") else "agency"


def _place_tree(ours: KpiTree, period: Period, settings: Settings) -> KpiTree:
    """A tree in the company's currency and year, with the period that is asked for."""
    goal = find_goal(ours)
    head = {"currency": settings.currency, "fiscal": {"year_start_month": settings.fiscal_calendar.start_month}}
    stated = lay_out(ours)["nodes"][goal].get("target", {})
    return override_tree(ours, {**head, goal: {"target": {**stated, "period": write_period_code(period)}}})


def _aim_at(tree: KpiTree, level: float) -> KpiTree:
    goal = find_goal(tree)
    stated = lay_out(tree)["nodes"][goal]["target"]
    return override_tree(tree, {goal: {"target": {**stated, "target": level}}})


def _find_target(tree: KpiTree, recorded: pd.DataFrame, calendar: FiscalCalendar, target: float | None) -> float | None:
    """What is passed, else what the tree says, else what is on record."""
    goal = find_goal(tree)
    node = tree.nodes[goal]
    if target is not None or node.target is None:
        return target
    if node.target.target is not None and not isinstance(node.target.target, Quantile):
        return float(node.target.target)
    return _find_recorded(recorded, node.metric or goal, calendar.parse(node.target.period))


def round_target(level: float) -> float:
    """Return a level as one would set it: two leading digits.

    Examples
    --------
    >>> round_target(187_345_211.0), round_target(0.4712)
    (190000000.0, 0.47)
    """
    return float(f"{level:.1e}")


def write_period_code(period: Period) -> str:
    """Return a period as `FiscalCalendar.parse` reads it: ``FY2026``, ``2026Q3``, ``2026H1`` or ``2026-11``."""
    match period.grain:
        case "year":
            return f"FY{period.fiscal_year}"
        case "half":
            return f"{period.fiscal_year}H{period.number}"
        case "quarter":
            return f"{period.fiscal_year}Q{period.number}"
        case "month":
            return f"{period.start:%Y-%m}"
    raise BadArgument(
        f"{period.start} to {period.end} is no month, quarter, half or year.", "give a period of the company's year."
    )


def _look_back(
    study: TargetStudy, history: pd.DataFrame, calendar: FiscalCalendar, recorded: pd.DataFrame, n_past: int
) -> tuple[PastStudy, ...]:
    goal = study.facts[study.goal].metric_id
    rows = history.loc[history["metric_id"] == goal]
    starts = pd.to_datetime(rows["period_start"])
    found: list[PastStudy] = []
    period = study.period
    while len(found) < n_past:
        period = calendar.previous(period)
        inside = rows.loc[starts.between(pd.Timestamp(period.start), pd.Timestamp(period.end))]
        if period.end > study.as_of:  # it still runs: nobody knows yet what comes of it
            continue
        if len(inside) < len(calendar.months_of(period)):
            break
        past = _study_eve(study, history, period, _find_recorded(recorded, goal, period), float(inside["value"].sum()))
        if past is None:
            break
        found.append(past)
    return tuple(reversed(found))


def _study_eve(
    study: TargetStudy, history: pd.DataFrame, period: Period, target: float | None, actual: float
) -> PastStudy | None:
    eve = period.start - timedelta(days=1)
    is_before = pd.to_datetime(history["period_end"]) <= pd.Timestamp(eve)
    before = history.loc[is_before].drop(columns="measured_at")
    level = actual if target is None else target
    tree = override_tree(study.tree, {study.goal: {"target": {"period": write_period_code(period), "target": level}}})
    metrics = {fact.metric_id: fact.metric for fact in study.facts.values() if fact.metric is not None}
    try:
        draws = land_goal(tree, before, as_of=eve, seed=study.seed, metrics=metrics, n_draws=_PAST_DRAWS)
    except NotEnoughData:
        return None
    low, middle, high = (float(one) for one in np.quantile(draws, [0.1, 0.5, 0.9]))
    chance = None if target is None else Aim(target, study.aim.direction).chance(draws)
    return PastStudy(period, low, middle, high, actual, target, chance)
