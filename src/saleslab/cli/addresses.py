"""How a database is named on the command line: a file or an address."""

from __future__ import annotations

from pathlib import Path

DEFAULT_DATABASE = "data/lab.duckdb"
DEMO_DATABASE = "data/demo.duckdb"
"""The invented company has a file of its own: it never mixes with a real one."""


def to_url(database: str) -> str:
    """Return the address of a database that was given as a file or as an address.

    Examples
    --------
    >>> to_url("data/lab.duckdb"), to_url("postgresql://host/sales")
    ('duckdb:///data/lab.duckdb', 'postgresql://host/sales')
    """
    return database if "://" in database else f"duckdb:///{Path(database).as_posix()}"
