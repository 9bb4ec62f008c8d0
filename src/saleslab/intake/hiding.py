"""Which cells of published tables must be hidden, so that nothing that is left can be traced to a few people?

Cells that hold too few people go first, then what would give them away: the other cell of a row or column with one
hidden cell, and whichever cell a combination that rests on few people is made of. At last what need not be hidden is
shown again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.errors import BadArgument
from saleslab.intake.smallest_groups import Bools, Floats, Patience, find_smallest_group

_CLOSE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    table, where
        Its table, and what it is grouped by.
    members
        One row a number that it shows, one column a group of records: whether it is counted.
    n
        How many people it holds.
    has_lines
        Whether the groups of its table add up, so that one hidden cell is had from the others.
    rank
        How early its table is given up: the higher, the earlier.
    """

    table: str
    where: tuple[tuple[str, Any], ...]
    members: Bools
    n: int
    has_lines: bool = True
    rank: int = 0

    @property
    def key(self) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """What tells it from all other cells."""
        return self.table, self.where


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """The people behind groups of records.

    Attributes
    ----------
    sizes
        How many there are of each kind.
    holders
        In which groups each kind is; None where kind and group are one.
    floor
        Fewer are not shown.
    """

    sizes: Floats
    holders: Bools | None
    floor: int


def choose_hidden(
    cells: Sequence[Cell],
    risky: Collection[Any],
    *,
    before: Sequence[Cell] = (),
    crowd: Crowd,
    patience: Patience | None = None,
) -> set[Any]:
    """Return the keys of the cells that must be hidden.

    Parameters
    ----------
    cells
        What is to be published.
    risky
        Keys of those that must not be seen.
    before
        What was published before and cannot be taken back.
    crowd
        Who is behind the groups.
    patience
        What the searches may cost; None: as much as for every page. With less, more is hidden.

    Raises
    ------
    BadArgument
        When what was published before already shows a small group.
    """
    hidden, patience = set(risky), patience or Patience()
    hidden.update(_accompany(cells, hidden))
    while (parts := _find_leak(cells, hidden, risky, before, crowd, patience=patience)) is not None:
        if not parts:
            raise BadArgument(
                f"What was published before already shows a group of fewer than {crowd.floor} people.",
                "check all breakdowns of a run in one call, or take the earlier table back.",
            )
        hidden.add(min(parts, key=lambda cell: (-cell.rank, not cell.where, cell.n, str(cell.key))).key)
        hidden.update(_accompany(cells, hidden))
    for cell in sorted(cells, key=lambda cell: (cell.rank, -cell.n, str(cell.key))):
        if cell.key in hidden and cell.key not in risky:
            fewer = _free_lone(cells, hidden - {cell.key}, risky)
            if (
                not _accompany(cells, fewer)
                and _find_leak(cells, fewer, risky, before, crowd, patience=patience) is None
            ):
                hidden = fewer
    return hidden


def _free_lone(cells: Sequence[Cell], hidden: Collection[Any], risky: Collection[Any]) -> set[Any]:
    """Return what stays hidden when cells that are hidden alone in their row or column are shown, too."""
    kept = set(hidden)
    while True:
        lines = (([cell.key for cell in line if cell.key in kept], line) for line in _lay_lines(cells))
        lone = {gone[0] for gone, line in lines if len(gone) == 1 < len(line)} - set(risky)
        if not lone:
            return kept
        kept -= lone


def _find_leak(
    cells: Sequence[Cell],
    hidden: Collection[Any],
    risky: Collection[Any],
    before: Sequence[Cell],
    crowd: Crowd,
    *,
    patience: Patience,
) -> list[Cell] | None:
    """Return the cells, not yet published, by which a small group or a risky cell follows; None where none can."""
    shown = [*before, *(cell for cell in cells if cell.key not in hidden)]
    if not shown:
        return None
    members = np.concatenate([cell.members for cell in shown])
    told: dict[str, Any] = {"below": crowd.floor, "holders": crowd.holders, "patience": patience}
    parts = find_smallest_group(members, crowd.sizes, **told)
    if parts is None:
        parts = _find_secret(members.astype(np.float64), [cell for cell in cells if cell.key in risky])
    if parts is None:
        return None
    owners = np.repeat(np.arange(len(shown)), [len(cell.members) for cell in shown])
    used = set(owners[np.abs(parts) > _CLOSE]) - set(range(len(before)))
    return [shown[at] for at in sorted(used)]


def _find_secret(rows: Floats, risky: Sequence[Cell]) -> Floats | None:
    """Return how a risky cell, of however many people, can be put together from shown ones; None where none can."""
    for cell in risky:
        for secret in cell.members.astype(np.float64):
            parts = np.linalg.lstsq(rows.T, secret, rcond=None)[0]
            if secret.any() and np.abs(rows.T @ parts - secret).max() < _CLOSE:
                return np.asarray(parts)
    return None


def _accompany(cells: Sequence[Cell], hidden: Collection[Any]) -> list[Any]:
    """Return for each row or column with exactly one hidden cell the smallest of its others, until there is none."""
    gone, added, lines = set(hidden), list[Any](), _lay_lines(cells)
    while True:
        more = None
        for line in lines:
            open_ones = [cell for cell in line if cell.key not in gone]
            if len(line) - len(open_ones) == 1 and open_ones:
                more = min(open_ones, key=lambda cell: (cell.n, str(cell.where))).key
                break
        if more is None:
            return added
        gone.add(more)
        added.append(more)


def _lay_lines(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Return the rows and columns of tables that add up."""
    lines: dict[Any, list[Cell]] = {}
    for cell in cells:
        for index in range(len(cell.where) if cell.has_lines else 0):
            rest = cell.where[:index] + cell.where[index + 1 :]
            lines.setdefault((cell.table, cell.where[index][0], rest), []).append(cell)
    return list(lines.values())
