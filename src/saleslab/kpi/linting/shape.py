"""Does the tree hang together: one goal, a way to it from everywhere, units that add up, nothing pushed unguarded?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from saleslab.kpi.linting.findings import WHOLE_TREE, Finding
from saleslab.kpi.metrics.declaring import Unit
from saleslab.kpi.trees.nodes import RATINGS, KpiTree
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.kpi.trees.structure import list_edges, list_unlinked
from saleslab.kpi.trees.units import check_units
from saleslab.wording import Text, say

MOST_KPIS = 25
MOST_CHILDREN = 4
MOST_PER_OWNER = 7
BALANCED = ("finance", "customer", "process", "people")
"""Sides of the business that a tree looks at; risk and sustainability come on top."""


def check_shape(tree: KpiTree, facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Yield what is wrong with how a tree is built."""
    yield from _check_goal(tree)
    yield from _check_units(tree, facts)
    yield from _check_factors(tree)
    yield from _check_guardrails(tree, facts)
    yield from _check_balance(facts)
    yield from _check_size(tree)


def _check_goal(tree: KpiTree) -> Iterator[Finding]:
    goals = [name for name, node in tree.nodes.items() if node.kind == "kgi"]
    if not goals:
        yield Finding(WHOLE_TREE, "no_goal")
    if len(goals) > 1:
        yield Finding(WHOLE_TREE, "two_goals", {"n": len(goals), "nodes": ", ".join(goals)})
    if tree.strategy is None:
        yield Finding(WHOLE_TREE, "no_strategy")
    if len(goals) == 1:
        for name in list_unlinked(tree, goals[0]):
            yield Finding(name, "orphan_node", {"goal": goals[0]})


def _check_units(tree: KpiTree, facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    units: dict[str, Unit] = {name: fact.unit for name, fact in facts.items() if fact.unit is not None}
    for name, node in tree.nodes.items():
        if node.currency is not None and node.currency != tree.currency:
            yield Finding(name, "unit_mismatch", {"left": node.currency, "right": tree.currency})
        if node.formula is None or name not in units or not set(node.formula.names) <= set(units):
            continue
        clash = check_units(node.formula, units, units[name])
        if clash is not None:
            yield Finding(name, "unit_mismatch", {"left": clash.left, "right": clash.right})


def _check_factors(tree: KpiTree) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        if node.kind != "csf":
            continue
        if not any(tree.nodes[child].kind == "kpi" for child in node.drives):
            yield Finding(name, "csf_unlinked")
        if node.statement is None and node.label is None:
            yield Finding(name, "csf_no_statement")
        if node.formula is None and node.metric is None and node.numerator is None and len(node.rubric) < len(RATINGS):
            yield Finding(name, "rubric_missing", {"n": len(node.rubric)})
        if node.risk is not None and node.risk.mitigation_owner is None:
            yield Finding(name, "risk_no_owner", {"trigger": str(node.risk.trigger)})


def _check_guardrails(tree: KpiTree, facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Whoever is asked for more of something needs a measure beside it that says whether it is still worth having."""
    for name, node in tree.nodes.items():
        fact = facts[name]
        if node.kind != "kpi" or node.formula is not None or fact.family != "count" or fact.direction != "up":
            continue
        if node.guardrail is None:
            yield Finding(name, "no_guardrail")
        elif node.role == "appointer" and tree.nodes[node.guardrail].role == "appointer":
            yield Finding(name, "no_downstream_guardrail", {"guardrail": node.guardrail})


def _check_balance(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    seen = {fact.perspective for fact in facts.values()}
    missing = [side for side in BALANCED if side not in seen]
    if missing:
        yield Finding(WHOLE_TREE, "perspective_missing", {"missing": _name_sides(missing)})
    if not any(fact.horizon == "long" for fact in facts.values()):
        yield Finding(WHOLE_TREE, "no_long_horizon")


def _check_size(tree: KpiTree) -> Iterator[Finding]:
    kpis = {name: node for name, node in tree.nodes.items() if node.kind == "kpi"}
    if len(kpis) > MOST_KPIS:
        yield Finding(WHOLE_TREE, "too_many_kpis", {"n": len(kpis), "most": MOST_KPIS})
    children = Counter(edge.parent for edge in list_edges(tree) if edge.kind in ("formula", "drives"))
    for name, n in children.items():
        if n > MOST_CHILDREN:
            yield Finding(name, "too_many_children", {"n": n, "most": MOST_CHILDREN})
    per_owner = Counter(node.owner for node in kpis.values() if node.owner is not None)
    for owner, n in sorted(per_owner.items()):
        if n > MOST_PER_OWNER:
            yield Finding(WHOLE_TREE, "too_many_per_owner", {"n": n, "most": MOST_PER_OWNER, "owner": owner})


def _name_sides(sides: list[str]) -> Text:
    names = [say(f"kpi_linting.side.{side}") for side in sides]
    return Text(", ".join(name.en for name in names), "・".join(name.ja for name in names))
