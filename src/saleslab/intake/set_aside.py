"""The rows that were refused, with the reasons, in a file of their own that can be corrected and imported."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saleslab.intake.safe_files import disarm, written_whole
from saleslab.intake.values import as_text


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Collects refused rows: one entry a row of a file, however many reasons it has."""

    _reasons: dict[tuple[str, int], dict[str, None]] = field(default_factory=dict)
    _cells: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)

    def add(self, file: str, row: int, rule: str, column: str, cells: Mapping[str, Any]) -> None:
        """Note one reason why a row is refused, and the row as it stands in the file."""
        reason = f"{rule} [{column}]" if column else rule
        self._reasons.setdefault((file, row), {})[reason] = None
        self._cells.setdefault((file, row), cells)

    def __len__(self) -> int:
        return len(self._reasons)

    def write(self, path: Path) -> None:
        """Write the rows to a CSV file in UTF-8 with mark, which Excel opens; formulas in cells are disarmed.

        Raises
        ------
        FileProblem
            When the file cannot be written.
        """
        columns = list(dict.fromkeys(name for cells in self._cells.values() for name in cells))
        with written_whole(path) as half, half.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["refused in file", "refused in row", "refused because", *columns])
            for (file, row), reasons in sorted(self._reasons.items()):
                cells = self._cells[file, row]
                texts = [disarm(_to_text(cells.get(name))) for name in columns]
                writer.writerow([disarm(file), row, "; ".join(reasons), *texts])


def _to_text(cell: object) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    import pyarrow as pa

    return str(as_text(pa.array([cell]))[0].as_py())
