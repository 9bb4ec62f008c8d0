"""From an invented company into a warehouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from saleslab.simulation.company import Company
from saleslab.warehouse import Warehouse, Written

SOURCE = "simulated"
"""What the ``source_system`` column of every simulated row says."""


def load_company(
    company: Company,
    lab: Warehouse,
    *,
    loaded_at: datetime,
    on_table: Callable[[str], None] | None = None,
) -> list[Written]:
    """Write all tables of a company to a warehouse, all or nothing.

    Parameters
    ----------
    company
        What `simulate` returned.
    lab
        An open warehouse that may be written to.
    loaded_at
        Time of loading, UTC; the caller's choice, because only the command line reads the clock.
    on_table
        Called with the name of each table before it is written, for progress bars.

    Returns
    -------
    list of Written
        One entry per table, in the order of the data dictionary.

    Raises
    ------
    WarehouseError
        When the warehouse is read-only.

    Examples
    --------
    >>> from saleslab.simulation import Scenario, simulate
    >>> from saleslab.warehouse import connect
    >>> with connect("duckdb://") as lab:
    ...     written = load_company(simulate(Scenario(n_deals=40)), lab, loaded_at=datetime(2026, 10, 1))
    >>> [w.n_added for w in written if w.table == "users"]
    [7]
    """
    written = []
    with lab.transaction():
        for name, table in company.tables.items():
            if on_table is not None:
                on_table(name)
            written.append(lab.write(name, table, source_system=SOURCE, loaded_at=loaded_at))
    return written
