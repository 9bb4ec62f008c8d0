"""`Warehouse`: one company's tables, wherever they live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from saleslab.errors import NotEnoughData, TableError, WarehouseError
from saleslab.tables import CANONICAL, get_table
from saleslab.warehouse.contracts import Violation, find_violations, select_broken
from saleslab.warehouse.exporting import SETTINGS_TABLE
from saleslab.warehouse.fingerprints import Fingerprint, fingerprint_of
from saleslab.warehouse.frames import to_frame
from saleslab.warehouse.schemas import Rows, arrow_schema, fit_rows
from saleslab.warehouse.settings import Settings
from saleslab.warehouse.writing import Written, learn_statistics, merge


class Warehouse:
    """One company's canonical tables. Open it with `saleslab.warehouse.connect`; it is a context manager.

    Attributes
    ----------
    url
        Its address, without a password.
    engine
        ``duckdb``, ``postgres`` or ``pyspark``.
    rows_read
        How many rows have reached Python so far; studies keep it small.
    """

    def __init__(self, backend: Any, *, url: str, read_only: bool, is_unshared: bool = False) -> None:
        self._backend = backend
        self._read_only = read_only
        self._is_unshared = is_unshared
        self._depth = 0
        self._used: set[str] = set()
        self._found: dict[str, Any] = {}
        self._filled: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
        self._counted: dict[str, int] = {}
        self._catalogue: frozenset[str] | None = None
        self._settings: Settings | None = None
        self.url = url
        self.engine = str(backend.name)
        self.rows_read = 0

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a file may then be opened by another program."""
        self._backend.disconnect()

    # -- reading

    def names(self) -> tuple[str, ...]:
        """Return the canonical tables that it holds, in the order of the dictionary."""
        present = self._present()
        return tuple(name for name in CANONICAL if name in present)

    def has(self, name: str) -> bool:
        """Say whether it holds a canonical table."""
        return self._stored(get_table(name).name) is not None

    def table(self, name: str, *, all_rows: bool = False) -> Any:
        """Return a table as an Ibis expression with every declared column.

        Rows that were deleted, or merged into another, are left out unless ``all_rows``.

        Raises
        ------
        TableError
            When the warehouse does not hold the table.
        """
        declared = get_table(name)
        stored = self._stored(name)
        if stored is None:
            raise TableError(
                f"The warehouse has no table '{name}'; it has {', '.join(self.names()) or 'none yet'}.",
                f"import it: add {name} to the import map, and run `saleslab import` again.",
            )
        self._used.add(name)
        if set(declared.column_names) - set(stored.columns):
            kinds = ibis.schema(arrow_schema(name))
            absent = {
                column: ibis.null(kinds[column]) for column in declared.column_names if column not in stored.columns
            }
            stored = stored.mutate(**absent).select(*declared.column_names)
        return stored if all_rows else stored.filter(~stored.is_deleted & stored.merged_into_id.isnull())  # noqa: PD003

    def need(self, name: str, *columns: str) -> Any:
        """Return a table of which the caller needs some columns filled.

        Raises
        ------
        NotEnoughData
            When the table is absent or empty, or one of the columns holds no value; the message names
            ``table.column``.
        """
        for column in columns:
            get_table(name).column(column)
        if not self.has(name):
            wanted = ", ".join(f"{name}.{column}" for column in columns) or name
            raise NotEnoughData(f"This needs {wanted}, and the warehouse has no {name}.", f"import {name} first.")
        rows = self.table(name)
        n_rows, *filled = self._count_filled(name, columns)
        if n_rows == 0:
            raise NotEnoughData(f"This needs {name}, which has no rows.", f"import {name} first.")
        empty = [f"{name}.{column}" for column, n in zip(columns, filled, strict=True) if n == 0]
        if empty:
            raise NotEnoughData(
                f"This needs {', '.join(empty)}, which is empty in all {n_rows} rows.",
                "add the column to the import map, and import again.",
            )
        return rows

    def _count_filled(self, name: str, columns: tuple[str, ...]) -> tuple[int, ...]:
        """Return how many rows a table has, and how many hold each column; counted once, until something is written."""
        if (name, columns) not in self._filled or not self._is_steady:
            rows = self.table(name)
            filled = {f"n_{i}": rows[column].count() for i, column in enumerate(columns)}
            self._filled[name, columns] = tuple(self._one_row(rows.aggregate(n=rows.count(), **filled)).values())
        return self._filled[name, columns]

    def count_once(self, what: str, rows: Any) -> int:
        """Return how many rows an expression has, known by a name of its own; counted once, until something is written.

        For looks that decide how a query is built: nothing of it is an answer, so no row counts as read.
        """
        if what not in self._counted or not self._is_steady:
            self._counted[what] = int(self._one_row(rows.aggregate(n=rows.count()))["n"])
        return self._counted[what]

    def read(self, expression: Any) -> pd.DataFrame:
        """Run an Ibis expression and return its rows as a frame (see `saleslab.warehouse.frames.to_frame`)."""
        answer = self._backend.to_pyarrow(expression)
        if isinstance(answer, pa.Scalar):
            answer = pa.table({expression.get_name(): pa.array([answer.as_py()], answer.type)})
        elif not isinstance(answer, pa.Table):
            answer = pa.table({expression.get_name(): answer})
        self.rows_read += answer.num_rows
        return to_frame(answer)

    def show_query(self, expression: Any) -> str:
        """Return the query of an Ibis expression, as the engine would be given it, for a reader to run."""
        return str(self._backend.compile(expression, pretty=True))

    def _stored(self, name: str) -> Any | None:
        """Return a table as it is stored, or None; the catalogue is asked once for each, until something is written."""
        if name not in self._found and name in self._present():
            self._found[name] = self._backend.table(name)
        return self._found.get(name)

    def _present(self) -> frozenset[str]:
        """Return the names of all stored tables."""
        if self._catalogue is None or not self._is_steady:
            self._catalogue = frozenset(self._backend.list_tables())
        return self._catalogue

    @property
    def _is_steady(self) -> bool:
        """Say whether what was read of the catalogue still holds, since nobody else can write."""
        return self._depth > 0 or self._is_unshared

    def _forget(self) -> None:
        """Forget what was kept of the catalogue and the settings, since a write may change them."""
        self._found.clear()
        self._filled.clear()
        self._counted.clear()
        self._catalogue = self._settings = None

    def _one_row(self, expression: Any) -> dict[str, Any]:
        return dict(self._backend.to_pyarrow(expression).to_pylist()[0])

    def save(self, name: str, file: Path) -> None:
        """Write all rows of a table, deleted and merged ones included, to a Parquet file."""
        self._backend.to_parquet(self.table(name, all_rows=True), file)

    def save_settings(self, file: Path) -> None:
        """Write the company's settings to a Parquet file, as a table of names and values."""
        import pyarrow.parquet as pq

        pq.write_table(pa.table(self.settings.to_rows()), file)

    # -- writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several writes one: all of them are kept, or none."""
        self._refuse_when_read_only()
        if self._depth == 0:
            self._backend.raw_sql("BEGIN")
            if not self._is_unshared:
                self._forget()
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1:
                self._backend.raw_sql("ROLLBACK")
            self._forget()
            raise
        else:
            if self._depth == 1:
                self._backend.raw_sql("COMMIT")
        finally:
            self._depth -= 1

    def write(self, name: str, rows: Rows, *, source_system: str, loaded_at: datetime) -> Written:
        """Merge rows into a canonical table by its key: new ones added, changed ones replaced, equal ones left alone.

        Parameters
        ----------
        name
            Canonical table.
        rows
            Arrow table or record-batch reader, or a frame, with declared columns; optional ones may be absent.
        source_system
            Where the rows come from, where they do not say it themselves.
        loaded_at
            When they were loaded, UTC.

        Raises
        ------
        TableError
            When columns or types do not fit, a key is missing, or one key stands on rows of different content.
            Nothing is written then.

        Examples
        --------
        >>> from saleslab.warehouse import connect
        >>> lab = connect("duckdb://")
        >>> teams = pd.DataFrame({"team_id": ["t:1"], "name": ["East"]})
        >>> lab.write("teams", teams, source_system="file", loaded_at=datetime(2026, 11, 24)).n_added
        1
        >>> lab.write("teams", teams, source_system="file", loaded_at=datetime(2026, 11, 25)).n_unchanged
        1
        """
        table = get_table(name)
        with self.transaction():
            parts = fit_rows(table, rows, source_system=source_system, loaded_at=loaded_at)
            written = merge(self._backend, table, parts, is_new=name not in self._present())
            learn_statistics(self._backend, name)
            self._note_written(name)
        return written

    def _note_written(self, name: str) -> None:
        """Know of a table that was written just now; what the catalogue says of the others still holds."""
        self._found.pop(name, None)
        self._filled.clear()
        self._counted.clear()
        self._catalogue = self._present() | {name}

    def _refuse_when_read_only(self) -> None:
        if self.engine == "pyspark":
            raise WarehouseError(
                "Spark has no transactions: a load that stops half-way would leave half of it behind.",
                "import into DuckDB or PostgreSQL, and give Spark the tables (docs/databases.md).",
            )
        if self._read_only:
            raise WarehouseError(
                "This warehouse was opened for reading only.", "open it with read_only=False to write."
            )

    # -- proof

    def violations(self, name: str) -> list[Violation]:
        """Return the rows of a table that break its declaration, counted where they are stored."""
        return find_violations(self._backend, get_table(name), self.table(name), find=self._stored)

    def broken_rows(self, violation: Violation) -> Any:
        """Return the rows behind a violation as an Ibis expression."""
        return select_broken(violation, get_table(violation.table), self.table(violation.table), find=self._stored)

    def fingerprint(self, name: str) -> Fingerprint:
        """Return what a table holds, deleted rows included, as a digest that does not depend on the order of rows."""
        rows = self.table(name, all_rows=True)
        counted = self._one_row(rows.aggregate(n=rows.count(), total=rows.row_hash.cast("decimal(38, 0)").sum()))
        return fingerprint_of(name, counted["n"], int(counted["total"] or 0))

    def tables_used(self) -> tuple[str, ...]:
        """Return the tables that were asked for since it was opened, sorted."""
        return tuple(sorted(self._used))

    # -- settings

    @property
    def settings(self) -> Settings:
        """The company's settings; the defaults where none were stored."""
        if self._settings is None or not self._is_steady:
            self._settings = self._read_settings()
        return self._settings

    def _read_settings(self) -> Settings:
        if SETTINGS_TABLE not in self._present():
            return Settings()
        stored = self._backend.to_pyarrow(self._backend.table(SETTINGS_TABLE)).to_pylist()
        return Settings.from_rows({row["name"]: row["value"] for row in stored})

    def change_settings(self, **changes: str | int | tuple[str, ...]) -> Settings:
        """Store changed settings and return them all.

        Raises
        ------
        BadArgument
            When a value is not what the setting accepts.
        """
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        with self.transaction():
            if SETTINGS_TABLE not in self._present():
                self._backend.create_table(SETTINGS_TABLE, schema=ibis.schema({"name": "string", "value": "string"}))
            self._backend.truncate_table(SETTINGS_TABLE)
            self._backend.insert(SETTINGS_TABLE, pa.table(settings.to_rows()))
            self._note_written(SETTINGS_TABLE)
            self._settings = None
        return settings
