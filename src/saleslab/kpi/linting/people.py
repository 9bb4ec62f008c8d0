"""Does somebody answer for every measure, is that person still there, and does the sponsor still stand behind it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from saleslab.kpi.linting.findings import WHOLE_TREE, Finding
from saleslab.kpi.trees.nodes import KpiTree, Node


def check_duties(tree: KpiTree, *, as_of: date) -> Iterator[Finding]:
    """Yield nodes that nobody answers for, and a tree whose sponsor has not signed it for too long."""
    for name, node in tree.nodes.items():
        if node.owner is None:
            yield Finding(name, "no_owner")
        if node.deputy is None:
            yield Finding(name, "no_deputy")
        elif node.deputy == node.owner:
            yield Finding(name, "deputy_is_owner")
    yield from _check_sponsor(tree, as_of)


def check_people(tree: KpiTree, users: pd.DataFrame) -> Iterator[Finding]:
    """Yield owners and deputies who are not in ``users``, or not active there (columns ``user_id, is_active``)."""
    active: Mapping[str, bool] = dict(zip(users["user_id"].astype(str), users["is_active"].astype(bool), strict=True))
    for name, node in tree.nodes.items():
        yield from _check_person(name, node, active)


def check_reviews(tree: KpiTree, reviewed: Mapping[str, date]) -> Iterator[Finding]:
    """Yield measures with a target that no review has looked at; ``reviewed`` gives the last review of each node."""
    for name, node in tree.nodes.items():
        if node.target is not None and name not in reviewed:
            yield Finding(name, "never_reviewed")


def _check_sponsor(tree: KpiTree, as_of: date) -> Iterator[Finding]:
    if tree.sponsor is None:
        yield Finding(WHOLE_TREE, "no_sponsor")
        return
    signed = tree.sponsor.signed_off_on or tree.effective_from
    age = (as_of - signed).days
    if age > tree.sponsor.signoff_every_days:
        yield Finding(WHOLE_TREE, "signoff_overdue", {"days": age, "every": tree.sponsor.signoff_every_days})


def _check_person(name: str, node: Node, active: Mapping[str, bool]) -> Iterator[Finding]:
    if node.owner is not None and node.owner not in active:
        yield Finding(name, "owner_unknown", {"owner": node.owner})
    elif node.owner is not None and not active[node.owner]:
        yield Finding(name, "owner_inactive", {"owner": node.owner})
    if node.deputy is not None and not active.get(node.deputy, False):
        yield Finding(name, "deputy_inactive", {"deputy": node.deputy})
