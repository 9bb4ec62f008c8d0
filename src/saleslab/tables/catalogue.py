"""The canonical tables by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from saleslab.errors import TableError
from saleslab.tables import customers, goals, people, pipeline, time, trade, work
from saleslab.tables.columns import Table

CANONICAL: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            time.CALENDAR,
            time.MODEL_RUNS,
            people.USERS,
            people.TEAMS,
            people.ROLE_ASSIGNMENTS,
            customers.ACCOUNTS,
            customers.CONTACTS,
            customers.LEADS,
            customers.FEEDBACK,
            pipeline.STAGES,
            pipeline.OPPORTUNITIES,
            pipeline.STAGE_EVENTS,
            pipeline.FIELD_EVENTS,
            pipeline.SNAPSHOTS,
            work.ACTIVITIES,
            work.TASKS,
            work.HANDOFFS,
            work.CAMPAIGNS,
            work.TOUCHES,
            trade.PRODUCTS,
            trade.PRICES,
            trade.OPPORTUNITY_LINES,
            trade.QUOTES,
            trade.QUOTE_LINES,
            trade.ORDERS,
            trade.ORDER_LINES,
            trade.FX_RATES,
            goals.TARGETS,
            goals.FORECAST_SUBMISSIONS,
            goals.KPI_VALUES,
            goals.KPI_REVIEWS,
            goals.ACTIONS,
            goals.INITIATIVES,
            goals.RISKS,
            goals.BENCHMARKS,
            goals.EXPERIMENTS,
            goals.ASSIGNMENTS,
        )
    }
)
"""Every canonical table, keyed by its name, in the order of the dictionary."""


def get_table(name: str) -> Table:
    """Return the declaration of one canonical table.

    Raises
    ------
    TableError
        When there is no such table.

    Examples
    --------
    >>> get_table("teams").key
    ('team_id',)
    """
    try:
        return CANONICAL[name]
    except KeyError:
        raise TableError(
            f"There is no canonical table '{name}'.", f"use one of: {', '.join(sorted(CANONICAL))}."
        ) from None
