"""What is different between two trees, or two versions of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.writing import lay_out

DEFINING = frozenset(
    {"kind", "metric", "type", "numerator", "denominator", "cohort", "unit", "direction", "formula", "family"}
)
"""What a node's number depends on: when one of these changes, old and new values are not the same measure."""

HEAD = "(tree)"
"""Stands for the node where the tree's own head differs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of one node that differs.

    Attributes
    ----------
    node
        Its id, or ``(tree)`` for the head.
    key
        Such as ``formula``; empty where the whole node was added or removed.
    before, after
        What stood there, in plain values; None where nothing did.
    kind
        ``added``, ``removed`` or ``changed``.
    """

    node: str
    key: str
    before: Any
    after: Any
    kind: Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class TreeDifferences:
    """All that differs.

    Attributes
    ----------
    differences
        In the order of the nodes.
    nodes
        Ids of the nodes that differ, each once, the head left out.
    redefined
        Ids of the nodes in both trees whose number means something else now.
    """

    differences: tuple[Difference, ...]
    nodes: tuple[str, ...]
    redefined: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.differences)


def compare_trees(before: KpiTree, after: KpiTree) -> TreeDifferences:
    """Return what differs between two trees: nodes added, removed and changed, key by key.

    Parameters
    ----------
    before, after
        Two versions of a tree, or a template and what was made of it.

    Examples
    --------
    >>> from saleslab.kpi import override_tree, read_template
    >>> template = read_template("inside_sales")
    >>> ours = override_tree(template, {"win_rate": {"bounds": [0, 0.5]}, "deal_size": {"owner": "u7"}})
    >>> compare_trees(template, ours).nodes
    ('deal_size', 'win_rate')
    """
    old, new = lay_out(before), lay_out(after)
    nodes_before, nodes_after = old.pop("nodes"), new.pop("nodes")
    found = list(_compare_keys(HEAD, old, new))
    for name in dict.fromkeys([*nodes_before, *nodes_after]):
        if name not in nodes_after:
            found.append(Difference(name, "", nodes_before[name], None, "removed"))
        elif name not in nodes_before:
            found.append(Difference(name, "", None, nodes_after[name], "added"))
        else:
            found += _compare_keys(name, nodes_before[name], nodes_after[name])
    nodes = tuple(dict.fromkeys(one.node for one in found if one.node != HEAD))
    redefined = tuple(dict.fromkeys(one.node for one in found if one.node != HEAD and one.key in DEFINING))
    return TreeDifferences(tuple(found), nodes, redefined)


def tabulate_differences(found: TreeDifferences) -> pd.DataFrame:
    """Return one row a difference: ``node, key, kind, before, after``."""
    rows = [(one.node, one.key, one.kind, one.before, one.after) for one in found.differences]
    return pd.DataFrame(rows, columns=["node", "key", "kind", "before", "after"]).astype(object)


def _compare_keys(node: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    keys = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return [Difference(node, key, before.get(key), after.get(key), "changed") for key in keys]
