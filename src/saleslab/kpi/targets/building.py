"""From a tree and the past of its measures to a model that can be drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, SaleslabError
from saleslab.kpi.beliefs.belief import Belief
from saleslab.kpi.beliefs.believing import believe
from saleslab.kpi.metrics.declaring import Metric, Unit
from saleslab.kpi.targets.flows import find_flows
from saleslab.kpi.targets.model import TreeModel
from saleslab.kpi.targets.spans import Span, sum_months
from saleslab.kpi.trees.formulas import Formula
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.kpi.trees.structure import order_nodes


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """What is believed of the measures of a tree.

    Attributes
    ----------
    known
        Of the nodes that could be believed something of.
    silent
        Of the others: why not.
    """

    known: Mapping[str, Belief]
    silent: Mapping[str, SaleslabError]


def believe_nodes(
    tree: KpiTree,
    facts: Mapping[str, NodeFacts],
    history: pd.DataFrame,
    *,
    as_of: date,
    amounts: pd.DataFrame | None,
    timezone: str = "UTC",
) -> Beliefs:
    """Return the beliefs of all nodes that are counted, with the reason where there is none."""
    known: dict[str, Belief] = {}
    silent: dict[str, SaleslabError] = {}
    for name, node in tree.nodes.items():
        fact = facts[name]
        if node.kind == "csf" or node.formula is not None or fact.family is None:
            continue
        try:
            known[name] = believe(
                history,
                metric_id=fact.metric_id,
                family=fact.family,
                as_of=as_of,
                amounts=_pick(amounts, fact),
                quantile=_quantile_of(fact.metric),
                timezone=timezone,
            )
        except (NotEnoughData, BadArgument) as reason:  # too few months, or zeros where there are only logarithms
            silent[name] = reason
    return Beliefs(known, silent)


def build_model(
    tree: KpiTree,
    facts: Mapping[str, NodeFacts],
    history: pd.DataFrame,
    beliefs: Beliefs,
    span: Span,
    *,
    root: str,
    n_draws: int,
    seed: int,
) -> TreeModel:
    """Return the part of a tree that decides a node, ready to be drawn from.

    Raises
    ------
    NotEnoughData
        If nothing can be believed of a measure that the node's formula needs.
    BadArgument
        If a node has no unit.
    """
    order = _order_below(tree, root)
    formulas = {name: node.formula for name in order if (node := tree.nodes[name]).formula is not None}
    kept = cast("Mapping[str, Formula]", formulas)
    _require(order, kept, facts, beliefs)
    families = {name: facts[name].family for name in order}
    flows = find_flows({name: kept[name] for name in order if name in kept}, families)
    return TreeModel(
        order=order,
        formulas=kept,
        units={name: cast("Unit", facts[name].unit) for name in order},
        flows=flows,
        outlooks={name: beliefs.known[name] for name in order if name not in kept},
        months=span.ahead,
        shares=span.shares,
        come={name: total for name, total in _add_up_known(order, kept, facts, history, span).items() if flows[name]},
        couplings={name: dict(tree.nodes[name].coupling) for name in order if tree.nodes[name].coupling},
        n_draws=n_draws,
        seed=seed,
    )


def _order_below(tree: KpiTree, root: str) -> tuple[str, ...]:
    below, waiting = {root}, [root]
    while waiting:
        formula = tree.nodes[waiting.pop()].formula
        for name in formula.names if formula else ():
            if name not in below:
                below.add(name)
                waiting.append(name)
    return tuple(name for name in order_nodes(tree) if name in below)


def _require(
    order: tuple[str, ...], formulas: Mapping[str, Formula], facts: Mapping[str, NodeFacts], beliefs: Beliefs
) -> None:
    if bare := [name for name in order if facts[name].unit is None]:
        raise BadArgument(f"Nobody can tell the unit of {', '.join(bare)}.", "give each 'unit' in the tree's file.")
    missing = [name for name in order if name not in formulas and name not in beliefs.known]
    if missing:
        reasons = " ".join(beliefs.silent[name].what for name in missing if name in beliefs.silent)
        raise NotEnoughData(
            f"Nothing can be said of {', '.join(missing)}, which the goal is made of. {reasons}".strip(),
            "measure them for at least 6 months, or take them out of the formula.",
        )


def _add_up_known(
    order: tuple[str, ...],
    formulas: Mapping[str, Formula],
    facts: Mapping[str, NodeFacts],
    history: pd.DataFrame,
    span: Span,
) -> dict[str, float]:
    """What has come of each node: as measured itself, or else by its formula, month by month, and added up."""
    measured = set(history["metric_id"])
    by_month: dict[str, dict[date, float]] = {}
    for name in order:
        formula = formulas.get(name)
        if formula is None or facts[name].metric_id in measured:
            values = {month: sum_months(history, facts[name].metric_id, (month,))["value"] for month in span.known}
        else:
            values = {
                month: float(formula.evaluate({one: by_month[one][month] for one in formula.names}))
                for month in span.known
            }
        by_month[name] = values
    return {name: sum(values.values()) for name, values in by_month.items()}


def _pick(amounts: pd.DataFrame | None, fact: NodeFacts) -> pd.DataFrame | None:
    if amounts is None or fact.family not in ("value", "sum"):
        return None
    mine = amounts.loc[amounts["metric_id"] == fact.metric_id]
    return mine if len(mine) else None


def _quantile_of(metric: Metric | None) -> float:
    return 0.9 if metric is not None and metric.numerator.agg == "p90" else 0.5
