"""What a node is, once the library has filled in what its file leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from saleslab.kpi.metrics.declaring import Direction, Horizon, Metric, Perspective, Unit
from saleslab.kpi.trees.formulas import Name, split_product
from saleslab.kpi.trees.nodes import Family, KpiTree, Node, Words
from saleslab.wording import Text


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node with the library's answers where its file has none.

    Attributes
    ----------
    name, kind
        Id and kind of the node.
    label, meaning
        In both languages; the id where nobody gave a label.
    metric_id
        By which its values are found in ``kpi_values``.
    unit, direction, horizon, perspective, family
        As in the node, or in the library; None where neither says.
    metric
        The library's metric, or None.
    """

    name: str
    kind: str
    label: Words
    meaning: Words | None
    metric_id: str
    unit: Unit | None
    direction: Direction | None
    horizon: Horizon | None
    perspective: Perspective | None
    family: Family | None
    metric: Metric | None


def resolve_nodes(tree: KpiTree, metrics: Mapping[str, Metric]) -> Mapping[str, NodeFacts]:
    """Return the facts of every node of a tree.

    Parameters
    ----------
    tree
        What a file declares.
    metrics
        The library, by id.
    """
    facts = {name: _resolve(name, node, metrics) for name, node in tree.nodes.items()}
    for name in _find_sizes(tree, facts):
        facts[name] = replace(facts[name], family="value")
    return facts


def _find_sizes(tree: KpiTree, facts: Mapping[str, NodeFacts]) -> Iterator[str]:
    """Yield money that multiplies a number of things and of which nobody says how it is counted: the size of one."""
    for node in tree.nodes.values():
        over = split_product(node.formula.term)[0] if node.formula is not None else []
        names = [one.id for one in over if isinstance(one, Name)]
        if any(facts[name].unit == "count" for name in names):
            yield from (name for name in names if _is_untold_money(tree.nodes[name], facts[name]))


def _is_untold_money(node: Node, fact: NodeFacts) -> bool:
    is_told = node.family is not None or node.type is not None or node.formula is not None or fact.metric is not None
    return fact.unit == "money" and not is_told


def _resolve(name: str, node: Node, metrics: Mapping[str, Metric]) -> NodeFacts:
    metric_id = node.metric or name
    metric = metrics.get(metric_id)
    unit = node.unit or (metric.unit if metric else None)
    return NodeFacts(
        name=name,
        kind=node.kind,
        label=node.label or (Words(en=metric.label.en, ja=metric.label.ja) if metric else Words(en=name, ja=name)),
        meaning=node.statement or (Words(en=metric.meaning.en, ja=metric.meaning.ja) if metric else None),
        metric_id=metric_id,
        unit=unit,
        direction=node.direction or (metric.direction if metric else None),
        horizon=node.horizon or (metric.horizon if metric else None),
        perspective=node.perspective or (metric.perspective if metric else None),
        family=node.family or _family_of(unit, node.type or (metric.kind if metric else None), metric),
        metric=metric,
    )


def _family_of(unit: Unit | None, kind: str | None, metric: Metric | None) -> Family | None:
    """How a node's values vary: what follows from how it is counted, or else from its unit."""
    if kind == "duration" or (kind is None and unit in ("days", "hours", "minutes")):
        return "duration"
    if kind == "rating" or unit == "points":
        return "rating"
    if unit == "rate" and (metric is None or metric.is_share):
        return "rate"
    if kind in ("mean", "ratio", "stock", "index"):
        return "value"
    if unit == "count":
        return "count"
    return None if unit is None else "sum"


def collect_metrics(tree: KpiTree, known: Mapping[str, Metric]) -> Mapping[str, Metric]:
    """Return the metrics that a tree is counted by: those of the library, and those that its nodes declare themselves.

    Nodes with a formula are left out unless the library knows them; a node that nobody can count is not there.
    """
    found: dict[str, Metric] = {}
    for name, node in tree.nodes.items():
        metric_id = node.metric or name
        if node.numerator is not None and node.type is not None and node.unit is not None:
            found[metric_id] = _declare(metric_id, name, node)
        elif metric_id in known:
            found[metric_id] = known[metric_id]
    return found


def _declare(metric_id: str, name: str, node: Node) -> Metric:
    label, meaning = node.label or Words(en=name, ja=name), node.statement or node.label or Words(en=name, ja=name)
    given: dict[str, Any] = {
        "cohort": node.cohort,
        "denominator": node.denominator,
        "direction": node.direction,
        "horizon": node.horizon,
        "perspective": node.perspective,
    }
    given |= {
        "metric_id": metric_id,
        "label": Text(label.read("en"), label.read("ja")),
        "meaning": Text(meaning.read("en"), meaning.read("ja")),
        "kind": node.type,
        "unit": node.unit,
        "numerator": node.numerator,
    }
    return Metric.model_validate({key: value for key, value in given.items() if value is not None})
