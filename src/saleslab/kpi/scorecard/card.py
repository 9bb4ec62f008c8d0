"""`make_scorecard`: the one status page: every measure that its readers may see, what changed, and whom to trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.changes.freshness import Freshness, check_freshness
from saleslab.kpi.changes.inputs import read_last_loads
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.gaps import find_gaps
from saleslab.kpi.metrics.measuring import measure
from saleslab.kpi.metrics.records.inputs import read_targets
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.reviews.calendar import list_reviews, list_sign_offs
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.scorecard.audience import Readers
from saleslab.kpi.scorecard.changing import list_revised, list_target_changes, list_versions
from saleslab.kpi.scorecard.inputs import read_told_values
from saleslab.kpi.scorecard.lines import Outlook, ScoreLine, judge_move, judge_scope, take_course, take_outlook
from saleslab.kpi.targets.conditioning import ForecastFit
from saleslab.kpi.targets.review import MONTHS, TargetReview, choose_template, try_target
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.outline import outline_tree
from saleslab.kpi.trees.resolving import NodeFacts, collect_metrics, resolve_nodes
from saleslab.kpi.trees.structure import find_goal, list_cadences
from saleslab.kpi.trees.templates import read_template
from saleslab.kpi.trees.versions import pick_version
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day

_TARGET_COLUMNS = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "target", "version")
_ORDER = {"red": 0, "amber": 1, "withheld": 2, "green": 3, "none": 4}


@dataclass(frozen=True, slots=True)
class SignOff:
    """When the sponsor signed the tree last, until when that holds, and by how many days that has passed."""

    last_on: date | None
    next_on: date | None
    days_late: int


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """The status of a tree, for some readers.

    Attributes
    ----------
    readers
        For whom, and so of whom.
    as_of, made_at
        The last day that is known; when the page is made, naive UTC, where that was said.
    tree, is_template, is_suggested
        The tree that holds on the day; a template where the company gave none; whether nobody set the goal's target.
    currency
        Of money.
    lines
        The company's first, then the team's, then the person's; each in the order of the tree. Factors (``csf``) are
        there with their words alone.
    n_hidden, n_unmeasured
        Nodes of the tree that these readers may not see; measures of a template that the company's tables cannot fill.
    period, gap
        Of the goal; why there is no chance of the goal, in English, None where there is one.
    freshness
        How old each table is that the measures are counted from.
    sign_off
        Of the sponsor; None where the tree has none.
    forecast
        How the goal's draws go with a forecast of it; None where none was given, see `TargetStudy.forecast`.
    versions, retargeted, revised
        `list_versions`, `list_target_changes`, `list_revised`, of what the readers may see.
    """

    readers: Readers
    as_of: date
    made_at: datetime | None
    tree: KpiTree
    is_template: bool
    is_suggested: bool
    currency: str
    lines: tuple[ScoreLine, ...]
    n_hidden: int
    n_unmeasured: int
    period: Period | None
    gap: str | None
    freshness: tuple[Freshness, ...]
    sign_off: SignOff | None
    versions: pd.DataFrame
    retargeted: pd.DataFrame
    revised: pd.DataFrame
    forecast: ForecastFit | None = None

    @property
    def measures(self) -> tuple[ScoreLine, ...]:
        """The lines that are measured: goals and measures, no factors."""
        return tuple(line for line in self.lines if line.kind != "csf")

    @property
    def goal(self) -> ScoreLine | None:
        """The company's goal; None where the readers may not see it."""
        return next((one for one in self.measures if one.kind == "kgi" and one.scope_type == "company"), None)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many measures have each standing: ``green, amber, red, withheld, none``."""
        return {name: sum(one.standing == name for one in self.measures) for name in _ORDER}

    def pick_first(self, n: int = 3) -> tuple[ScoreLine, ...]:
        """Return the measures that matter first: least likely to reach their target; then those that really moved."""
        told = [one for one in self.measures if one.kind != "kgi" or one.scope_type != "company"]
        weak = [one for one in told if one.standing in ("red", "amber")]
        weak.sort(key=lambda one: (_ORDER[one.standing], one.chance or 0.0))
        moved = [one for one in told if one not in weak and one.move and one.move.verdict == "real"]
        moved.sort(key=lambda one: -(one.move.chance if one.move else 0.0))
        return tuple([*weak, *moved][:n])


def make_scorecard(
    lab: Warehouse,
    *,
    as_of: date,
    readers: Readers,
    tree: KpiTree | None = None,
    versions: Sequence[KpiTree] = (),
    log: ReviewLog | None = None,
    target: float | None = None,
    made_at: datetime | None = None,
    seed: int = 1,
    draws: pd.DataFrame | None = None,
    drawn_for: Period | None = None,
    money: str | None = None,
) -> Scorecard:
    """Return how every measure stands that some readers may see.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    readers
        From `find_readers`: what they may not see is never measured into a line.
    tree
        The company's tree; else that of ``versions`` which holds on the day, else a template.
    versions
        All versions of the tree, for its history.
    log
        Reviews and sign-offs; None: the tree's own dates alone.
    target
        What the goal is to reach, in place of the tree's or the one on record.
    made_at
        When the page is made, naive UTC; the end of ``as_of`` if None. Tables not loaded for a day before it are stale.
    seed
        Of the draws.
    draws, drawn_for, money
        Landings of the goal as a forecast draws them, as `review_target` takes them: then the goal's chance is theirs.
    """
    held = versions or (() if tree is None else (tree,))
    ours = tree if tree is not None or not versions else pick_version(versions, on=as_of)
    period = None if ours is None else _replace_period(ours, lab.settings.fiscal_calendar, as_of)
    review, gap = try_target(
        lab, as_of=as_of, tree=ours, period=period, target=target, n_past=0, seed=seed, draws=draws,
        drawn_for=drawn_for, money=money,
    )  # fmt: skip
    chosen = ours or read_template(choose_template(lab))
    facts = resolve_nodes(chosen, library())
    metrics = collect_metrics(chosen, library())
    history = _measure(lab, metrics, readers, as_of)
    targets = _read_targets(lab)
    made = made_at or end_of_day(as_of, lab.settings.timezone)
    tables = {one.table for metric in metrics.values() for one in metric.counts} & set(lab.names())
    desk = _Desk(lab, as_of, readers, chosen, facts, history, targets, review, _find_reviews(log, ours, as_of), seed)
    seen = [name for name in chosen.nodes if readers.may_see_node(chosen, name)]
    lines = tuple(line for scope in readers.scopes for line in desk.lay_lines(scope))
    shown = lines if ours is not None else _drop_unmeasured(lines, chosen)
    metric_ids = {facts[name].metric_id for name in seen}
    told = read_told_values(lab, sorted(metric_ids), scopes=readers.scopes)
    changes = list_versions(held, as_of=max([as_of, *(one.effective_from for one in (tree,) if one)]))
    return Scorecard(
        readers=readers,
        as_of=as_of,
        made_at=made_at,
        tree=chosen,
        is_template=ours is None,
        is_suggested=review is not None and review.is_suggested,
        currency=lab.settings.currency,
        lines=shown,
        n_hidden=len(chosen.nodes) - len(seen),
        n_unmeasured=sum(line.kind != "csf" for line in lines) - sum(line.kind != "csf" for line in shown),
        period=None if review is None else review.study.period,
        gap=None if gap is None else gap.what,
        freshness=check_freshness(read_last_loads(lab, sorted(tables)), as_of=made),
        sign_off=_find_sign_off(log, ours, as_of),
        versions=_keep_seen(changes, readers, held),
        retargeted=list_target_changes(targets, scopes=readers.scopes, metric_ids=metric_ids),
        revised=list_revised(told, history, scopes=readers.scopes, as_of=as_of),
        forecast=None if review is None else review.study.forecast,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Desk:
    """What every line needs."""

    lab: Warehouse
    as_of: date
    readers: Readers
    tree: KpiTree
    facts: Mapping[str, NodeFacts]
    history: pd.DataFrame
    targets: pd.DataFrame
    review: TargetReview | None
    reviews: pd.DataFrame
    seed: int

    def lay_lines(self, scope: tuple[str, str]) -> list[ScoreLine]:
        """Return the lines of one scope; of a team or a person only measures that it has."""
        calendar = self.lab.settings.fiscal_calendar
        visible = [row for row in outline_tree(self.tree) if self.readers.may_see_node(self.tree, row.name)]
        is_company = scope[0] == "company"
        ids = [self.facts[row.name].metric_id for row in visible if self.tree.nodes[row.name].kind != "csf"]
        moves = judge_move(self.history, ids, scope=scope, calendar=calendar, as_of=self.as_of)
        lines = []
        for row in visible:
            fact, node = self.facts[row.name], self.tree.nodes[row.name]
            course = take_course(self.history, fact.metric_id, scope, as_of=self.as_of)
            if not is_company and (node.kind == "csf" or course.empty):
                continue
            complete = course[course["is_complete"]]
            outlook, period = self._look_out(row.name, scope)
            due = self._find_due(fact.metric_id) if is_company else (None, None)
            lines.append(
                ScoreLine(
                    row.name, *scope, fact, node.kind, row.depth, course,
                    float(complete["value"].iloc[-1]) if len(complete) else None,
                    complete["at"].iloc[-1].date() if len(complete) else None,
                    period, outlook.low, outlook.middle, outlook.high, outlook.target, outlook.chance,
                    outlook.standing, outlook.reason, moves.get(fact.metric_id),
                    node.owner if is_company else None, node.role, *due,
                )
            )  # fmt: skip
        return lines

    def _look_out(self, name: str, scope: tuple[str, str]) -> tuple[Outlook, Period | None]:
        """Return the outlook from the target study for the company, from the scope's own months for the others."""
        node, study = self.tree.nodes[name], None if self.review is None else self.review.study
        if node.kind == "csf":
            return Outlook(), None
        if scope[0] == "company":
            if study is None or self.review is None:
                stated = node.target is not None
                return (Outlook(standing="withheld", reason="short") if stated else Outlook()), None
            judged = {row["node"]: row for row in study.nodes.to_dict("records")}
            is_goal = name == find_goal(self.tree)
            period = self._period_of(name, study.period)
            return take_outlook(judged.get(name), is_set=not (is_goal and self.review.is_suggested)), period
        fact = self.facts[name]
        target, period = self._find_target(fact.metric_id, scope)
        outlook = judge_scope(
            self.history, fact, scope=scope, target=target, period=period,
            calendar=self.lab.settings.fiscal_calendar, as_of=self.as_of, seed=self.seed,
        )  # fmt: skip
        return outlook, period

    def _period_of(self, name: str, usual: Period) -> Period:
        target = self.tree.nodes[name].target
        if target is None or name == find_goal(self.tree):
            return usual
        return self.lab.settings.fiscal_calendar.parse(target.period)

    def _find_target(self, metric_id: str, scope: tuple[str, str]) -> tuple[float | None, Period]:
        """Return the target on record of the shortest period that runs on the day, in its last version."""
        rows = self.targets[(self.targets["metric_id"] == metric_id) & (self.targets["scope_type"] == scope[0])]
        rows = rows[rows["scope_id"] == scope[1]]
        starts, ends = (pd.to_datetime(rows[name]) for name in ("period_start", "period_end"))
        day = pd.Timestamp(self.as_of)
        rows = rows.assign(length=ends - starts)[(starts <= day) & (ends >= day)]
        if rows.empty:
            return None, self.lab.settings.fiscal_calendar.quarter_of(self.as_of)
        rows = rows[rows["length"] == rows["length"].min()]
        last = rows.sort_values("version", kind="stable", na_position="first").iloc[-1]
        start, end = (pd.Timestamp(last[name]).date() for name in ("period_start", "period_end"))
        return float(last["target"]), Period(start, end)

    def _find_due(self, metric_id: str) -> tuple[date | None, int | None]:
        rows = self.reviews[self.reviews["metric_id"] == metric_id]
        if rows.empty:
            return None, None
        row = rows.iloc[0]
        return pd.Timestamp(row["next_on"]).date(), int(row["days_late"])


def _replace_period(tree: KpiTree, calendar: FiscalCalendar, as_of: date) -> Period | None:
    """Return the quarter of the following day where nobody set a period for the goal; the page says that of it."""
    is_stated = tree.nodes[find_goal(tree)].target is not None
    return None if is_stated else calendar.quarter_of(as_of + timedelta(days=1))


def _measure(lab: Warehouse, metrics: Mapping[str, Metric], readers: Readers, as_of: date) -> pd.DataFrame:
    """Return the months of all measures, of the readers' scopes and of nobody else."""
    missing = {gap.metric_id for gap in find_gaps(lab, metrics.values())}
    wanted = [one for name, one in metrics.items() if name not in missing]
    kinds = tuple(dict.fromkeys(kind for kind, _ in readers.scopes))
    values = measure(lab, wanted, as_of=as_of, months=MONTHS, scopes=kinds)
    pairs = pd.MultiIndex.from_frame(values[["scope_type", "scope_id"]])
    return values[pairs.isin(list(readers.scopes))].reset_index(drop=True)


def _drop_unmeasured(lines: tuple[ScoreLine, ...], tree: KpiTree) -> tuple[ScoreLine, ...]:
    """Leave out measures of a template that nothing was ever measured of, and factors that are left without any."""
    kept = [line for line in lines if line.kind == "csf" or len(line.course) or line.target is not None]
    names = {line.name for line in kept}
    return tuple(line for line in kept if line.kind != "csf" or names & set(tree.nodes[line.name].drives))


def _read_targets(lab: Warehouse) -> pd.DataFrame:
    try:
        return read_targets(lab)
    except NotEnoughData:
        return pd.DataFrame(columns=list(_TARGET_COLUMNS))


def _find_reviews(log: ReviewLog | None, tree: KpiTree | None, as_of: date) -> pd.DataFrame:
    """Return when each measure is due for a review; a template asks nobody for anything."""
    cadences = {} if tree is None else list_cadences(tree)
    since = None if tree is None else tree.effective_from
    if log is not None:
        return list_reviews(log, as_of=as_of, cadences=cadences, since=since)
    rows = [] if since is None else [(name, since + timedelta(days=every)) for name, every in cadences.items()]
    late = [(name, next_on, (as_of - next_on).days) for name, next_on in rows]
    return pd.DataFrame(late, columns=["metric_id", "next_on", "days_late"])


def _find_sign_off(log: ReviewLog | None, tree: KpiTree | None, as_of: date) -> SignOff | None:
    """Return the later of what the tree and the log say of the sponsor's signature."""
    if tree is None or tree.sponsor is None:
        return None
    sponsor = tree.sponsor
    told = [(sponsor.signed_off_on, sponsor.signoff_every_days)] if sponsor.signed_off_on else []
    if log is not None:
        rows = list_sign_offs(log, as_of=as_of)
        mine = rows[rows["tree"] == tree.tree]
        told += [(pd.Timestamp(row["last_on"]).date(), int(row["every_days"])) for row in mine.to_dict("records")]
    known = [one for one in told if one[0] <= as_of]
    if not known:
        return SignOff(None, None, 0)
    last, every = max(known)
    next_on = last + timedelta(days=every)
    return SignOff(last, next_on, (as_of - next_on).days)


def _keep_seen(changes: pd.DataFrame, readers: Readers, versions: Sequence[KpiTree]) -> pd.DataFrame:
    """Leave out of a tree's history the nodes that its readers may not see."""
    hidden = {name for tree in versions for name in tree.nodes if not readers.may_see_node(tree, name)}
    kept = changes.copy()
    for column in ("added", "removed", "changed", "redefined"):
        kept[column] = [tuple(name for name in names if name not in hidden) for names in changes[column]]
    return kept
