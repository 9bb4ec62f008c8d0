"""What a forecast is about, in one word: the company, a team, a person, or any other series."""

from __future__ import annotations

from saleslab.tables.vocabulary import SCOPES

COMPANY = "company"
"""The node of the whole company."""


def name_node(scope_type: str, scope_id: str = "") -> str:
    """Return the node of a scope, as targets name scopes.

    Examples
    --------
    >>> name_node("company"), name_node("team", "crm:t-7")
    ('company', 'team:crm:t-7')
    """
    return f"{scope_type}:{scope_id}" if scope_id else scope_type


def split_node(node: str) -> tuple[str, str]:
    """Return scope type and id of a node; ``series`` for what is no scope.

    Examples
    --------
    >>> split_node("team:crm:t-7"), split_node("company"), split_node("crm:t-7")
    (('team', 'crm:t-7'), ('company', ''), ('series', 'crm:t-7'))
    """
    scope_type, _, scope_id = node.partition(":")
    return (scope_type, scope_id) if scope_type in SCOPES else ("series", node)
