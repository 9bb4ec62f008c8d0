"""What an import did: every file, every table, every column that was not mapped, everything that was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saleslab.intake.findings import ImportFinding
from saleslab.warehouse import Written


@dataclass(frozen=True, slots=True)
class FileAccount:
    """What one file gave to one table.

    Parameters
    ----------
    file, table
        Where the rows came from, and where they went.
    n_rows
        Rows of the file that count for the table.
    n_passed_over
        Rows that the map leaves out (closed tasks are activities, open ones are tasks).
    n_refused
        Rows that cannot be imported.
    kept_in_custom
        Columns that no rule names; they are kept in ``custom``.
    not_in_file
        Canonical columns that the map knows and the file does not have.
    left_out
        Columns that are neither read nor kept, because the map says so for every table of the file.
    """

    file: str
    table: str
    n_rows: int
    n_passed_over: int
    n_refused: int
    kept_in_custom: tuple[str, ...]
    not_in_file: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportAccount:
    """The complete account of one import.

    Parameters
    ----------
    source
        Name of the file or folder.
    map_name
        The map that was used.
    accepted
        Whether the rows were written; False where an error closed the gate, and the warehouse is as it was.
    files
        One entry for each file and table.
    written
        What changed in each table; empty where nothing was accepted.
    findings
        Everything that was found, errors first.
    unused_files
        Files that the map does not speak of.
    lookup_files
        Files in which ids were looked up (the company of each deal).
    set_aside
        File of the refused rows, where one was asked for and there were any.
    n_set_aside
        How many rows it holds.
    """

    source: str
    map_name: str
    accepted: bool
    files: tuple[FileAccount, ...]
    written: tuple[Written, ...]
    findings: tuple[ImportFinding, ...]
    unused_files: tuple[str, ...]
    lookup_files: tuple[str, ...] = ()
    set_aside: Path | None = None
    n_set_aside: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: ``done`` of ``total`` bytes of its files, each counted once for every reading."""

    file: str
    table: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]
