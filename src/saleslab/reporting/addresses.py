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
        ``data/lab.duckdb``, ``duckdb:///data/lab.duckdb``, ``pyspark:///data/lake`` or the address of a server.
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
    >>> absolute_address("pyspark:///data/lake", base=Path("/company"))
    'pyspark:////company/data/lake'
    >>> absolute_address("postgresql://host/sales"), absolute_address("pyspark://")
    ('postgresql://host/sales', 'pyspark://')
    """
    scheme, separator, rest = database.partition("://")
    if scheme == "pyspark" and rest not in {"", "/"}:
        return f"{scheme}:///{_make_absolute(unquote(rest[1:]), base)}"
    if separator and scheme != "duckdb":
        return database
    if rest in {"/", "/:memory:"} or (separator and not rest) or database in {"", ":memory:"}:
        raise BadArgument(
            "A report cannot read a database in memory.", "give a file, such as --db data/lab.duckdb, or a server."
        )
    return _FILE + _make_absolute(unquote(rest[1:]) if separator else database, base)


def _make_absolute(file: str, base: Path | None) -> str:
    return quote(((base or Path()).absolute() / file).as_posix(), safe="/:")


def file_of(address: str) -> Path | None:
    """Return the file behind an absolute address, or None for a server."""
    return Path(unquote(address.removeprefix(_FILE))) if address.startswith(_FILE) else None
