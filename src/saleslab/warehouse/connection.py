"""From an address to an open warehouse."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import ibis

from saleslab.errors import SaleslabError, WarehouseError
from saleslab.warehouse.store import Warehouse

_DRIVERS = {"postgres": "PostgreSQL", "postgresql": "PostgreSQL"}
_IN_MEMORY = {"", "/", "/:memory:"}


def connect(url: str = "duckdb:///data/lab.duckdb", *, read_only: bool = False) -> Warehouse:
    """Open a warehouse.

    Parameters
    ----------
    url
        ``duckdb:///data/lab.duckdb`` (three slashes: relative to the current folder; four: from the root),
        ``duckdb://`` in memory, ``postgresql://host/name``, or ``pyspark://`` for the tables that Spark's own catalogue
        knows; ``pyspark:///data/lake`` for a folder of Parquet files that `export_tables` wrote. Spark is read only.
    read_only
        Refuse every write; several programs may then read one file at once. The file must exist.

    Raises
    ------
    WarehouseError
        When the address is malformed, the file is no database, or another program is writing to it.

    Examples
    --------
    >>> with connect("duckdb://") as lab:
    ...     lab.names()
    ()
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise WarehouseError(
            f"'{url}' is not an address of a warehouse.",
            "write duckdb:///FILE for a file, such as duckdb:///data/lab.duckdb.",
        )
    if scheme == "duckdb":
        is_unshared = read_only or rest in _IN_MEMORY  # DuckDB lets nobody write into a file that others read
        backend = _open_duckdb(rest, read_only=read_only)
        return Warehouse(backend, url=url, read_only=read_only, is_unshared=is_unshared)
    if scheme == "pyspark":
        return Warehouse(_open_spark(rest), url=url, read_only=True)
    if scheme not in _DRIVERS:
        raise WarehouseError(f"'{scheme}' is not an engine that saleslab knows.", "use duckdb, postgresql or pyspark.")
    return Warehouse(_open_server(url, _DRIVERS[scheme]), url=without_password(url), read_only=read_only)


def without_password(url: str) -> str:
    """Return an address that may be shown.

    Examples
    --------
    >>> without_password("postgresql://lab:secret@db.example/sales")
    'postgresql://lab@db.example/sales'
    """
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{parts.username or ''}@{host}{port}", query="").geturl()


def _open_duckdb(rest: str, *, read_only: bool) -> Any:
    import duckdb

    if rest in _IN_MEMORY:
        return _silent(ibis.duckdb.connect())
    if not rest.startswith("/"):
        raise WarehouseError(
            f"'duckdb://{rest}' names a host, and DuckDB has none.", f"write three slashes: duckdb:///{rest}."
        )
    file = Path(unquote(rest[1:]))
    if read_only and not file.is_file():
        raise WarehouseError(
            f"There is no database '{file}'.",
            "make one with `saleslab import` or `saleslab demo`, or correct the path.",
        )
    if file.is_dir():
        raise WarehouseError(f"'{file}' is a folder, not a database.", "name a file in it, such as lab.duckdb.")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _silent(ibis.duckdb.connect(file, read_only=read_only))
    except duckdb.IOException as refused:
        locked = "lock" in str(refused).lower()
        raise WarehouseError(
            f"'{file}' is open in another program." if locked else f"'{file}' cannot be opened as a DuckDB database.",
            "close the notebook or command that writes to it, then try again."
            if locked
            else "check that it is a DuckDB file and that you may read it; `saleslab import` makes a new one.",
        ) from None
    except duckdb.Error:
        raise WarehouseError(
            f"'{file}' cannot be opened by this version of DuckDB.",
            "import the company's export into a new file, or use the version that wrote it.",
        ) from None


def _silent(backend: Any) -> Any:
    """Return DuckDB told to draw no progress bar: after two seconds of work it would write into our standard output."""
    backend.raw_sql("SET enable_progress_bar_print = false")
    return backend


def _open_spark(rest: str) -> Any:
    folder = Path(unquote(rest[1:]))
    files = sorted(folder.glob("*.parquet")) if rest not in {"", "/"} else []
    if rest not in {"", "/"} and not files:
        raise WarehouseError(
            f"'{folder}' holds no Parquet files.", "write them with `saleslab export`, or correct the path."
        )
    # at every query Spark says that it has not tried pandas 3 yet, and calls it as pandas 4 will not be called
    warnings.filterwarnings("ignore", module=r"pyspark\.")
    backend = _open_server("pyspark://", "Spark")
    for file in files:
        backend.read_parquet(file.absolute(), table_name=file.stem)
    return backend


def _open_server(url: str, engine: str) -> Any:
    try:
        return ibis.connect(url)
    except SaleslabError:
        raise
    except ImportError as missing:
        library = f"the library '{missing.name}'" if missing.name else "a library that is not installed"
        raise WarehouseError(
            f"A {engine} warehouse needs {library}.",
            f"pip install 'saleslab[{engine.lower()}]'.",
        ) from None
