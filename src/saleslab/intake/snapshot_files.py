"""Where the data of snapshots lie: one Parquet file each, in folders that every engine reads as partitions.

The table ``snapshots`` says which snapshots there are; a file of which it does not speak is not one. A new file waits
aside until the database has taken the snapshot in, and is moved to its place afterwards; whoever comes next finishes
what a killed run left. Columns that tell about a person, and columns that no map knows, are not kept a second time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from saleslab.errors import FileProblem
from saleslab.warehouse.locks import hold_lock

_UNTIL, _ZONE = b"saleslab.until", b"saleslab.zone"
_ASIDE = ".unfinished"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of record in one snapshot that is kept.

    Parameters
    ----------
    object_type
        ``opportunity`` or ``lead``.
    at
        When the export was taken, UTC; the first instant at which it may have been, where only the day is known.
    file_hash
        Digest of its content, whatever the order of its rows.
    n_rows
        How many records it holds.
    folder
        Where all snapshots lie.
    """

    object_type: str
    at: datetime
    file_hash: str
    n_rows: int
    folder: Path

    @property
    def path(self) -> Path:
        """Its file."""
        place = self.folder / f"object_type={self.object_type}" / f"snapshot_at={self._stamp}"
        return place / f"{self.file_hash[:16]}.parquet"

    @property
    def path_aside(self) -> Path:
        """Where its file waits until the database has taken it in."""
        return self.folder / _ASIDE / f"{self.object_type}-{self._stamp}-{self.file_hash[:16]}.parquet"

    @property
    def _stamp(self) -> str:
        return f"{self.at:%Y-%m-%dT%H%M%SZ}"

    def facts(self) -> tuple[tuple[str, ...], datetime, str]:
        """Return its columns, the last instant at which it may have been taken, and the company's zone then."""
        schema = self._open().schema_arrow
        noted = schema.metadata or {}
        return tuple(schema.names), datetime.fromisoformat(noted[_UNTIL].decode()), noted[_ZONE].decode()

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its records, all columns by default."""
        return self._open().read(columns=None if columns is None else list(columns))

    @property
    def is_whole(self) -> bool:
        """Whether its file is there and can be read."""
        try:
            return bool(self._open().metadata.num_rows == self.n_rows)
        except FileProblem:
            return False

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except FileNotFoundError:
            raise FileProblem(
                f"The file of the snapshot of {self.at:%Y-%m-%d %H:%M} UTC is not there: '{self.path}'.",
                "put the folder of snapshots back, name it with --folder, or keep that export again for the same time.",
            ) from None
        except pa.ArrowInvalid:
            raise FileProblem(
                f"'{self.path}' is damaged.", "restore it from a copy, or keep that export again for the same time."
            ) from None

    def put_aside(self, rows: pa.Table, *, until: datetime, zone: str) -> None:
        """Write its file aside, whole and on disk."""
        self.path_aside.parent.mkdir(parents=True, exist_ok=True)
        noted = {_UNTIL: until.isoformat().encode(), _ZONE: zone.encode()}
        with self.path_aside.open("wb") as stream:
            pq.write_table(rows.replace_schema_metadata(noted), stream, compression="zstd")
            stream.flush()
            os.fsync(stream.fileno())

    def publish(self) -> None:
        """Move its file to its place, and remove what it replaces."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path_aside.exists():
            self.path_aside.replace(self.path)
        for other in self.path.parent.glob("*.parquet"):
            if other != self.path:
                other.unlink()


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep other programs from changing a folder of snapshots."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file, hold_lock(file):
        yield


def finish(folder: Path, known: Sequence[Kept]) -> None:
    """Finish what a killed run left: move into place what the database took in, and drop what it did not."""
    for kept in known:
        if kept.path_aside.exists():
            kept.publish()
    drop_aside(folder)


def drop_aside(folder: Path) -> None:
    """Remove the files that wait for a database that will not take them in."""
    for left in (folder / _ASIDE).glob("*.parquet"):
        left.unlink()
