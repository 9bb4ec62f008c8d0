"""A tree as an outline: every node once, below what it belongs to, in the order in which one reads it.

The goal comes first, below it what its formula is made of; then the factors, each with the measures that stand nowhere
else. So a page of any width can show it, and each way from the goal over a factor to a measure is there to see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.structure import EdgeKind, find_goal


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One node in its place.

    Attributes
    ----------
    name
        Id of the node.
    depth
        0 for the goal.
    parent
        Id of the node that it stands below; None for the goal and for what no edge reaches.
    edge
        Why it stands there; None like ``parent``.
    """

    name: str
    depth: int
    parent: str | None
    edge: EdgeKind | None


def outline_tree(tree: KpiTree) -> tuple[OutlineRow, ...]:
    """Return every node of a tree once, from the goal downwards; nodes that hang nowhere come last."""
    outline = _Outline(tree)
    rows = list(outline.place(find_goal(tree), None, None, 0))
    for name in tree.nodes:
        rows += outline.place(name, None, None, 0)
    return tuple(rows)


class _Outline:
    """Walks a tree; where several nodes claim one, the goal's formula has it first, then a factor, then the others."""

    def __init__(self, tree: KpiTree) -> None:
        self.tree = tree
        self.placed: set[str] = set()
        self.in_formula = _names_in_formula(tree, find_goal(tree))
        self.driven = {name for node in tree.nodes.values() for name in node.drives}

    def place(self, name: str, parent: str | None, edge: EdgeKind | None, depth: int) -> Iterator[OutlineRow]:
        if name in self.placed:
            return
        self.placed.add(name)
        yield OutlineRow(name, depth, parent, edge)
        for child, kind in _children(self.tree, name, is_goal=parent is None and depth == 0):
            if not self._belongs_elsewhere(child, kind):
                yield from self.place(child, name, kind, depth + 1)

    def _belongs_elsewhere(self, child: str, kind: EdgeKind) -> bool:
        if kind == "formula":
            return False
        return child in self.in_formula or (kind in ("guardrail", "influence") and child in self.driven)


def _children(tree: KpiTree, name: str, *, is_goal: bool) -> Iterator[tuple[str, EdgeKind]]:
    node = tree.nodes[name]
    for child in node.formula.names if node.formula else ():
        yield child, "formula"
    for child in node.drives:
        yield child, "drives"
    if node.guardrail:
        yield node.guardrail, "guardrail"
    for other, candidate in tree.nodes.items():
        if any(edge.on == name for edge in candidate.influences):
            yield other, "influence"
    if is_goal and node.kind == "kgi":
        for other, candidate in tree.nodes.items():
            if candidate.kind == "csf":
                yield other, "decides"


def _names_in_formula(tree: KpiTree, goal: str) -> set[str]:
    """Nodes that the goal's formula reaches: they stand there, whoever else names them."""
    found, waiting = set(), [goal]
    while waiting:
        node = tree.nodes[waiting.pop()]
        for name in node.formula.names if node.formula else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
