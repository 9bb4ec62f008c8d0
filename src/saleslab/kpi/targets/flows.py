"""What adds up over months, and what does not: won deals do, a win rate does not, and money over deals does not."""

from __future__ import annotations

from collections.abc import Mapping

from saleslab.kpi.trees.formulas import Formula, Name, Number, Operation, Term
from saleslab.kpi.trees.nodes import Family

FLOWING: tuple[Family, ...] = ("count", "sum")
"""Families whose months add up."""


def find_flows(formulas: Mapping[str, Formula], families: Mapping[str, Family | None]) -> Mapping[str, bool]:
    """Return for each node whether its months add up.

    Parameters
    ----------
    formulas
        Of the nodes that have one, in an order in which each stands after those it uses.
    families
        Of all nodes; those of nodes with a formula do not count.
    """
    flows = {name: family in FLOWING for name, family in families.items() if name not in formulas}
    for name, formula in formulas.items():
        flows[name] = _flows(formula.term, flows)
    return flows


def _flows(term: Term, flows: Mapping[str, bool]) -> bool:
    match term:
        case Name(id=name):
            return flows[name]
        case Number():
            return False
        case Operation(sign="/", left=left, right=right):
            return _flows(left, flows) and not _flows(right, flows)
        case Operation(left=left, right=right):
            return _flows(left, flows) or _flows(right, flows)
