"""All that a tree's design can be blamed for, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.linting.findings import Finding, tabulate_findings
from saleslab.kpi.linting.links import check_links
from saleslab.kpi.linting.people import check_duties, check_people, check_reviews
from saleslab.kpi.linting.shape import check_shape
from saleslab.kpi.linting.smart import check_chances, check_measured, check_smart
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.resolving import resolve_nodes
from saleslab.kpi.trees.structure import find_goal


def lint_tree(
    tree: KpiTree,
    *,
    as_of: date,
    metrics: Mapping[str, Metric] | None = None,
    users: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    chances: Mapping[str, float] | None = None,
    reviewed: Mapping[str, date] | None = None,
) -> pd.DataFrame:
    """Return what is wrong with a tree, and what to do about each.

    Without more than the tree, its design is checked: one goal, a way to it from every node, units, guardrails, sides
    of the business, owners, dates. Each further argument adds the checks that need it.

    Parameters
    ----------
    tree
        As `read_tree` gives it.
    as_of
        Day of the check: targets that ended before it are past.
    metrics
        The metrics that nodes may name, by id; the shipped library where it is left out.
    users
        ``user_id, is_active``: owners must be among them, and active.
    history
        Rows of ``kpi_values``: measures must have a value in the last month, say something of their own and, outside
        the goal's formula, move together with the goal.
    chances
        Chance that each node reaches its target (`study_target` gives them): hopeless and trivial targets are named.
    reviewed
        Day of the last review of each node (`ReviewLog` gives it).

    Returns
    -------
    pandas.DataFrame
        A row a finding, errors first: ``node, code, severity, message_en, message_ja, next_en, next_ja``; no row where
        all is well. Codes never change their meaning.

    Examples
    --------
    >>> from saleslab.kpi import read_template
    >>> template = read_template("inside_sales")
    >>> sorted(set(lint_tree(template, as_of=date(2026, 11, 1))["code"]))
    ['no_date', 'no_deputy', 'no_owner', 'no_sponsor', 'no_target']
    """
    findings = _find(
        tree,
        as_of=as_of,
        metrics=library() if metrics is None else metrics,
        users=users,
        history=history,
        chances=chances,
        reviewed=reviewed,
    )
    return tabulate_findings(findings)


def _find(
    tree: KpiTree,
    *,
    as_of: date,
    metrics: Mapping[str, Metric],
    users: pd.DataFrame | None,
    history: pd.DataFrame | None,
    chances: Mapping[str, float] | None,
    reviewed: Mapping[str, date] | None,
) -> Iterator[Finding]:
    facts = resolve_nodes(tree, metrics)
    yield from check_shape(tree, facts)
    yield from check_smart(tree, facts, as_of=as_of)
    yield from check_duties(tree, as_of=as_of)
    if users is not None:
        yield from check_people(tree, users)
    if history is not None:
        yield from check_measured(facts, tree, history, as_of=as_of)
        if _has_one_goal(tree):
            yield from check_links(tree, facts, history)
    if chances is not None:
        yield from check_chances(chances)
    if reviewed is not None:
        yield from check_reviews(tree, reviewed)


def _has_one_goal(tree: KpiTree) -> bool:
    try:
        find_goal(tree)
    except BadArgument:
        return False
    return True
