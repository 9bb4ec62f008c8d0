"""How the nodes of a tree hang together: edges, the goal, the order to compute in, the way to the root."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from saleslab.errors import BadArgument
from saleslab.kpi.trees.nodes import KpiTree, Node

EdgeKind = Literal["formula", "decides", "drives", "influence", "guardrail"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One node above another, and why.

    Attributes
    ----------
    parent, child
        Ids; the parent is nearer to the goal.
    kind
        ``formula`` is exact; a factor ``decides`` the goal; ``drives`` joins a factor and its measure; an ``influence``
        is a hypothesis; a ``guardrail`` is watched so that its parent is not reached at its cost.
    """

    parent: str
    child: str
    kind: EdgeKind


def list_edges(tree: KpiTree) -> tuple[Edge, ...]:
    """Return all edges, in the order of the nodes that state them."""
    goals = [name for name, node in tree.nodes.items() if node.kind == "kgi"]
    edges = []
    for name, node in tree.nodes.items():
        edges += [Edge(name, child, "formula") for child in _formula_names(node)]
        edges += [Edge(name, child, "drives") for child in node.drives]
        edges += [Edge(edge.on, name, "influence") for edge in node.influences]
        if node.guardrail:
            edges.append(Edge(name, node.guardrail, "guardrail"))
        if node.kind == "csf":
            edges += [Edge(goal, name, "decides") for goal in goals]
    return tuple(edges)


def list_cadences(tree: KpiTree) -> dict[str, int]:
    """Return how many days lie between reviews of each metric, as far as its tree says it."""
    return {node.metric or name: node.review.every_days for name, node in tree.nodes.items() if node.review}


def find_goal(tree: KpiTree) -> str:
    """Return the id of the tree's only goal.

    Raises
    ------
    BadArgument
        If there is none, or more than one.
    """
    goals = [name for name, node in tree.nodes.items() if node.kind == "kgi"]
    if len(goals) != 1:
        found = f"has {len(goals)} goals ({', '.join(goals)})" if goals else "has no goal"
        raise BadArgument(f"The tree {tree.tree} {found}.", "give exactly one node the kind 'kgi'.")
    return goals[0]


def order_nodes(tree: KpiTree) -> tuple[str, ...]:
    """Return all nodes so that each stands after those its formula uses; always in the same order.

    Raises
    ------
    BadArgument
        If formulas refer to each other in a circle.
    """
    uses = {name: tuple(dict.fromkeys(_formula_names(node))) for name, node in tree.nodes.items()}  # a set has no order
    try:
        return tuple(TopologicalSorter(uses).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise BadArgument(
            f"Formulas of the tree {tree.tree} go in a circle: {circle}.", "take one of them out of another's formula."
        ) from error


def list_leaves(tree: KpiTree, root: str) -> tuple[str, ...]:
    """Return the nodes that a node's value comes from in the end: those without a formula, in order of first use."""
    leaves: dict[str, None] = {}
    waiting = deque([root])
    seen = set()
    while waiting:
        name = waiting.popleft()
        if name in seen:
            continue
        seen.add(name)
        below = _formula_names(tree.nodes[name])
        waiting.extend(below)
        if not below:
            leaves[name] = None
    return tuple(leaves)


def list_unlinked(tree: KpiTree, root: str) -> tuple[str, ...]:
    """Return the nodes from which no way leads to a node, by any kind of edge."""
    neighbours: dict[str, set[str]] = {name: set() for name in tree.nodes}
    for edge in list_edges(tree):
        neighbours[edge.parent].add(edge.child)
        neighbours[edge.child].add(edge.parent)
    reached, waiting = {root}, [root]
    while waiting:
        for name in neighbours[waiting.pop()] - reached:
            reached.add(name)
            waiting.append(name)
    return tuple(name for name in tree.nodes if name not in reached)


def list_paths(tree: KpiTree, root: str) -> tuple[tuple[str, ...], ...]:
    """Return one shortest way from the goal to each other linked node, the goal first."""
    above: dict[str, str] = {}
    edges: dict[str, list[str]] = {name: [] for name in tree.nodes}
    for edge in list_edges(tree):
        edges[edge.parent].append(edge.child)
        edges[edge.child].append(edge.parent)
    waiting = deque([root])
    while waiting:
        name = waiting.popleft()
        for other in edges[name]:
            if other != root and other not in above:
                above[other] = name
                waiting.append(other)
    return tuple(_climb(name, above) for name in tree.nodes if name in above)


def _climb(name: str, above: dict[str, str]) -> tuple[str, ...]:
    way = [name]
    while way[-1] in above:
        way.append(above[way[-1]])
    return tuple(reversed(way))


def _formula_names(node: Node) -> tuple[str, ...]:
    return node.formula.names if node.formula else ()
