"""What the past says of the tree: measures that say the same twice, and measures that move without the goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.linting.findings import Finding
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.kpi.trees.structure import find_goal, list_edges
from saleslab.stats import LaggedLink, measure_lagged_link
from saleslab.wording import Number

ALIKE = 0.95
"""Correlation, of values and of their monthly changes, from which two measures tell the same story."""

_FEWEST_MONTHS = 12
_COMPANY = "company"


def lay_series(history: pd.DataFrame) -> pd.DataFrame:
    """Return one column a metric and one row a month, values of the whole company, in time order.

    Months that are not over, and cohorts that have not shown enough, are left out.
    """
    whole = history.loc[history["scope_type"] == _COMPANY] if "scope_type" in history else history
    whole = whole.loc[whole["is_complete"].astype(bool)] if "is_complete" in whole else whole
    table = whole.pivot_table(index="period_start", columns="metric_id", values="value", aggfunc="last")
    return table.sort_index().astype(float)


def check_links(tree: KpiTree, facts: Mapping[str, NodeFacts], history: pd.DataFrame) -> Iterator[Finding]:
    """Yield pairs of measures that are one, and measures whose link to the goal nobody can see in the past."""
    series = lay_series(history)
    yield from _find_redundant(tree, facts, series)
    yield from _find_unlinked(tree, facts, series)


def _find_redundant(tree: KpiTree, facts: Mapping[str, NodeFacts], series: pd.DataFrame) -> Iterator[Finding]:
    names = [name for name, node in tree.nodes.items() if node.kind == "kpi" and facts[name].metric_id in series]
    for one, other in combinations(names, 2):
        if facts[one].metric_id == facts[other].metric_id:
            continue
        pair = series[[facts[one].metric_id, facts[other].metric_id]].dropna().to_numpy()
        if len(pair) >= _FEWEST_MONTHS and min(_correlate(pair), _correlate(np.diff(pair, axis=0))) > ALIKE:
            yield Finding(other, "redundant_pair", {"other": one, "correlation": Number(_correlate(pair), 2)})


def _correlate(pair: np.ndarray) -> float:
    spread = pair.std(axis=0)
    return float(np.corrcoef(pair.T)[0, 1]) if (spread > 0).all() else 0.0


def _find_unlinked(tree: KpiTree, facts: Mapping[str, NodeFacts], series: pd.DataFrame) -> Iterator[Finding]:
    """The goal's formula is linked by arithmetic, and a guardrail is to stand still; all others must show it."""
    goal = find_goal(tree)
    exempt = _reached_by_formula(tree, goal) | {node.guardrail for node in tree.nodes.values() if node.guardrail}
    for name, node in tree.nodes.items():
        if node.kind != "kpi" or name in exempt:
            continue
        parents = [edge.on for edge in node.influences] or [goal]
        links = {parent: _measure_link(facts[name].metric_id, facts[parent].metric_id, series) for parent in parents}
        found = {parent: link for parent, link in links.items() if link is not None}
        if found and not any(link.is_seen for link in found.values()):
            parent, link = next(iter(found.items()))
            ends = {"low": Number(link.low, 2), "high": Number(link.high, 2)}
            yield Finding(name, "no_measured_link", {"parent": parent, "n": link.n, **ends})


def _measure_link(one: str, other: str, series: pd.DataFrame) -> LaggedLink | None:
    """How a measure and what it is to move go together; None where the past does not say."""
    if one not in series or other not in series:
        return None
    try:
        return measure_lagged_link(series[one], series[other])
    except NotEnoughData:
        return None


def _reached_by_formula(tree: KpiTree, goal: str) -> set[str]:
    reached, waiting = {goal}, [goal]
    below: dict[str, list[str]] = {}
    for edge in list_edges(tree):
        if edge.kind == "formula":
            below.setdefault(edge.parent, []).append(edge.child)
    while waiting:
        for name in below.get(waiting.pop(), []):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached
