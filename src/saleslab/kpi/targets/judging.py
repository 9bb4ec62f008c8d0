"""Every node against its own target: where it stands, what its period comes to, how likely its target is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.beliefs.belief import Belief
from saleslab.kpi.beliefs.statuses import Reason, Status, judge_status
from saleslab.kpi.linting.smart import read_period
from saleslab.kpi.targets.building import build_model
from saleslab.kpi.targets.cases import Case
from saleslab.kpi.targets.flows import FLOWING
from saleslab.kpi.targets.model import Drawn, Floats, TreeModel
from saleslab.kpi.targets.required import Aim
from saleslab.kpi.targets.spans import Span, look_at, sum_months
from saleslab.kpi.trees.nodes import Quantile

_WORST_DATA = 0.5
_COLUMNS = ("node", "level", "low", "high", "p10", "p50", "p90", "target", "chance", "status", "reason")


@dataclass(frozen=True, slots=True, eq=False)
class NodeJudgement:
    """One node and its target.

    Attributes
    ----------
    name
        The node.
    level, low, high
        Where its level stands, and the range that holds it with a chance of 90 %; None for nodes with a formula.
    draws
        What its target's period may come to (the goal's, where it has no target), shape (draws,); None where nothing is
        believed of it.
    target
        What it must reach; None without.
    status
        From the chance, or why there is none; None without target.
    """

    name: str
    level: float | None
    low: float | None
    high: float | None
    draws: Floats | None
    target: float | None
    status: Status | None


def judge_nodes(case: Case, model: TreeModel, drawn: Drawn) -> Mapping[str, NodeJudgement]:
    """Return every goal and measure against its own target; what the goal is made of, in the goal's own draws."""
    names = [name for name, node in case.tree.nodes.items() if node.kind != "csf"]
    return {name: _judge(case, name, model, drawn) for name in names}


def tabulate_nodes(judgements: Mapping[str, NodeJudgement]) -> pd.DataFrame:
    """Return one row a node: ``node, level, low, high, p10, p50, p90, target, chance, status, reason``."""
    rows = []
    for one in judgements.values():
        p10, p50, p90 = (None,) * 3 if one.draws is None else np.quantile(one.draws, [0.1, 0.5, 0.9])
        stands = (one.level, one.low, one.high)
        judged = (None,) * 3 if one.status is None else (one.status.chance, one.status.colour, one.status.reason)
        rows.append((one.name, *stands, p10, p50, p90, one.target, *judged))
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)


def cover_target(case: Case) -> float | None:
    """Return what the goal comes to if every child of its formula reaches its target, over the goal's own target."""
    goal = case.tree.nodes[case.goal]
    own = _number(goal.target.target) if goal.target else None
    if goal.formula is None or not own:
        return None
    targets = {}
    for name in goal.formula.names:
        node = case.tree.nodes[name]
        level = _number(node.target.target) if node.target else None
        if level is None or goal.target is None or node.target is None or node.target.period != goal.target.period:
            return None
        targets[name] = level
    return float(goal.formula.evaluate(targets)) / own


def _judge(case: Case, name: str, model: TreeModel, drawn: Drawn) -> NodeJudgement:
    belief = case.beliefs.known.get(name)
    span = _span_of(case, name)
    draws = _draw(case, name, span, model, drawn)
    level, low, high = None, None, None
    if belief is not None:
        interval = belief.interval(0.9)
        level, low, high = interval.estimate, interval.low, interval.high
    node = case.tree.nodes[name]
    target = _number(node.target.target) if node.target else None
    reason = _find_reason(case, name, span, is_silent=draws is None)
    if target is None:
        return NodeJudgement(name, level, low, high, draws, None, None)
    chance = None if draws is None else Aim(target, case.direction_of(name)).chance(draws)
    return NodeJudgement(name, level, low, high, draws, target, judge_status(chance, reason=reason))


def _span_of(case: Case, name: str) -> Span:
    target = case.tree.nodes[name].target
    period = read_period(target, case.calendar) if target is not None else None
    if period is None or period == case.span.period:
        return case.span
    return look_at(period, case.history, case.calendar, as_of=case.as_of)


def _draw(case: Case, name: str, span: Span, model: TreeModel, drawn: Drawn) -> Floats | None:
    belief, is_same = case.beliefs.known.get(name), span == case.span
    if belief is not None:
        if name in model.outlooks and is_same:
            return model.pick(foresee_leaf(case, name, belief, span, seed=model.seed_of(name)))
        return foresee_leaf(case, name, belief, span, seed=case.seed)
    if case.tree.nodes[name].formula is None:
        return None
    if name in drawn.totals and is_same:
        return drawn.totals[name]
    try:
        own = build_model(
            case.tree, case.facts, case.history, case.beliefs, span,
            root=name, n_draws=case.n_draws, seed=case.seed,
        )  # fmt: skip
    except NotEnoughData:
        return None
    totals = own.draw().totals[name]
    return model.pick(totals) if is_same and set(own.outlooks) & set(model.outlooks) else totals


def foresee_leaf(case: Case, name: str, belief: Belief, span: Span, *, seed: int) -> Floats:
    """Return what a measure's period may come to, luck included: what is known of it and what lies ahead."""
    family = case.facts[name].family
    known = sum_months(case.history, case.facts[name].metric_id, span.known)
    if family in FLOWING:
        if not span.ahead:
            return np.full(case.n_draws, known["value"])
        expected = belief.draw(case.n_draws, months=span.ahead, seed=seed) * np.asarray(span.shares)
        return np.asarray(known["value"] + belief.realise(expected, seed=seed).sum(axis=1))
    top, whole = _weigh_known(case, name, span)
    if span.ahead:
        n = np.maximum(np.rint(belief.pieces * np.asarray(span.shares)), 1.0)
        expected = belief.draw(case.n_draws, months=span.ahead, seed=seed)
        come = belief.realise(expected, seed=seed, n=n)
        return np.asarray((top + (come * n).sum(axis=1)) / (whole + n.sum()))
    return np.full(case.n_draws, top / whole if whole else np.nan)


def _weigh_known(case: Case, name: str, span: Span) -> tuple[float, float]:
    """What is known of a mean or share: its pieces added up, and their number."""
    starts = pd.to_datetime(case.history["period_start"]).dt.date
    rows = case.history.loc[(case.history["metric_id"] == case.facts[name].metric_id) & starts.isin(span.known)]
    sizes = rows["denominator"] if case.facts[name].family == "rate" else rows["n"]
    weights = pd.to_numeric(sizes, errors="coerce").fillna(0.0).to_numpy(dtype=float)
    values = pd.to_numeric(rows["value"], errors="coerce").fillna(0.0).to_numpy(dtype=float)
    return float(values @ weights), float(weights.sum())


def _find_reason(case: Case, name: str, span: Span, *, is_silent: bool) -> Reason | None:
    """Why no chance may be stated: too little past, cohorts that have not shown enough, data that cannot be trusted."""
    rows = case.history.loc[case.history["metric_id"] == case.facts[name].metric_id]
    if is_silent:
        is_unfit = isinstance(case.beliefs.silent.get(name), BadArgument)
        return "unfit" if is_unfit else "short" if len(rows) else "no_data"
    rows = rows.loc[pd.to_datetime(rows["period_start"]).dt.date.isin(span.known)]
    if "is_complete" in rows:
        over = pd.to_datetime(rows["period_end"]) <= pd.Timestamp(case.as_of)
        if (over & ~rows["is_complete"].astype(bool)).any():
            return "immature"
    if "dq_score" in rows and (pd.to_numeric(rows["dq_score"], errors="coerce") < _WORST_DATA).any():
        return "quality"
    return None


def _number(level: float | Quantile | None) -> float | None:
    return None if level is None or isinstance(level, Quantile) else float(level)
