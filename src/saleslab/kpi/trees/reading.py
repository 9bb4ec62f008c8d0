"""From a file that people edit to a tree that can be computed, with every mistake named at its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from saleslab.errors import BadArgument
from saleslab.kpi.declared_files import read_declared, refuse_file
from saleslab.kpi.trees.nodes import KpiTree, Node
from saleslab.kpi.trees.structure import order_nodes
from saleslab.kpi.yaml_files import YamlFile


def read_tree(path: Path | str) -> KpiTree:
    """Return the tree that a YAML file declares.

    What would make the tree impossible to compute is refused here, all of it at once: keys that do not exist, formulas
    that are not arithmetic, names of nodes that are not there, circles. What makes it a bad tree is told by
    `lint_tree`.

    Raises
    ------
    FileProblem
        With file, line and node of every mistake.

    Examples
    --------
    >>> from saleslab.kpi import list_templates
    >>> tree = read_tree(list_templates()["inside_sales"])
    >>> tree.nodes["won_amount"].kind
    'kgi'
    """
    tree, file = read_declared(path, KpiTree)
    if mistakes := list(_find_mistakes(tree, file)):
        raise refuse_file(file, mistakes)
    return tree


def _find_mistakes(tree: KpiTree, file: YamlFile) -> Iterator[str]:
    names_are_known = True
    for name, node in tree.nodes.items():
        for key, other in _references(node):
            if other not in tree.nodes:
                names_are_known = False
                yield f"{file.locate(('nodes', name, key))}: nodes.{name}.{key} names {other!r}, which is no node"
    if names_are_known:
        try:
            order_nodes(tree)
        except BadArgument as error:
            yield f"{file.locate(('nodes',))}: {error.what}"


def _references(node: Node) -> Iterator[tuple[str, str]]:
    for name in node.formula.names if node.formula else ():
        yield "formula", name
    for name in node.drives:
        yield "drives", name
    for edge in node.influences:
        yield "influences", edge.on
    for name in node.coupling:
        yield "coupling", name
    if node.guardrail:
        yield "guardrail", node.guardrail
    if node.risk:
        yield "risk", node.risk.trigger.node
