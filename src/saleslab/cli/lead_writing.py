"""Into which file does a verb about leads write: CSV, Excel or Parquet, and from which does it read who said no?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from saleslab.errors import BadArgument, FileProblem

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.intake.workbook_files import CellForm

SUFFIXES = (".csv", ".xlsx", ".parquet")


def check_suffix(file: Path) -> None:
    """Raise before anything is computed where the file's kind is not written.

    Raises
    ------
    BadArgument
        When the name does not end with one of `SUFFIXES`.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise BadArgument(f"'{file.name}' is no file that is written.", f"end its name with {', '.join(SUFFIXES)}.")


def write_table(table: pd.DataFrame, file: Path, *, title: str, forms: Mapping[str, CellForm] | None = None) -> None:
    """Write a table as the file's name says; it appears when it is whole.

    Raises
    ------
    FileProblem
        When the file cannot be written.
    """
    from saleslab.intake.safe_files import write_safe_csv, written_whole
    from saleslab.intake.workbook_files import write_workbook

    match file.suffix.lower():
        case ".csv":
            write_safe_csv(table, file)
        case ".xlsx":
            write_workbook(table, file, title=title, forms=forms)
        case _:
            with written_whole(file) as half:
                table.to_parquet(half, index=False)


def read_opted_out(file: Path | None) -> frozenset[str]:
    """Return the leads whose people said no, by the column ``lead_id`` of a file.

    Raises
    ------
    FileProblem
        When there is no such file, or it has no such column: nobody is called on a misunderstanding.
    """
    if file is None:
        return frozenset()
    from saleslab.intake.files import list_files

    if not file.is_file():
        raise FileProblem(f"There is no file '{file}'.", "correct the path of those who said no.")
    found: set[str] = set()
    for batch in list_files(file)[0].batches():
        if "lead_id" not in batch.cells.column_names:
            raise FileProblem(
                f"'{file.name}' has no column 'lead_id'; it has {', '.join(batch.cells.column_names)}.",
                "name the column of the leads lead_id.",
            )
        ids = batch.cells.column("lead_id").cast("string").drop_null().to_pylist()
        found |= {text.strip() for text in ids}
    return frozenset(found)
