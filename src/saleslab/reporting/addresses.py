"""Which database does a report read? A file or an address, made independent of the folder one stands in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from saleslab.errors import BadArgument

_FILE = "duckdb:///"


def absolute_address(database: str, *, base: Path | None = None) -> str:
    """Return the address of a database that was given as a file or as an address, a relative file made absolute.

    Parameters
    ----------
    database
        ``data/lab.duckdb``, ``duckdb:///data/lab.duckdb`` or the address of a server.
    base
        Folder that a relative file starts from; the current one when None.

    Raises
    ------
    BadArgument
        For a database in memory, which a report's own process could not see.

    Examples
    --------
    >>> absolute_address("duckdb:///data/lab.duckdb", base=Path("/company"))
    'duckdb:////company/data/lab.duckdb'
    >>> absolute_address("postgresql://host/sales")
    'postgresql://host/sales'
    """
    scheme, separator, rest = database.partition("://")
    if separator and scheme != "duckdb":
        return database
    if rest in {"/", "/:memory:"} or (separator and not rest) or database in {"", ":memory:"}:
        raise BadArgument(
            "A report cannot read a database in memory.", "give a file, such as --db data/lab.duckdb, or a server."
        )
    file = Path(unquote(rest[1:])) if separator else Path(database)
    return _FILE + quote(((base or Path()).absolute() / file).as_posix(), safe="/:")


def file_of(address: str) -> Path | None:
    """Return the file behind an absolute address, or None for a server."""
    return Path(unquote(address.removeprefix(_FILE))) if address.startswith(_FILE) else None
