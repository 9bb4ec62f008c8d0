"""Which cells of all the tables of a run may be shown, so that no small group can be worked out from them?

A cell of nine people can be hidden in one table and still be had by subtracting another table from a total. So all
breakdowns of a run are looked at together. Each published count is a sum over the finest groups; whatever a reader can
work out by adding and subtracting is a combination of such sums. The smallest group among those combinations is
searched exactly (a mixed-integer program), and cells are hidden until it is no smaller than the floor.

For one table of one run `saleslab.intake.suppress_small_groups` is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.intake.smallest_groups import find_smallest_group
from saleslab.tables.presence import require_columns

FLOOR = 10
"""Groups of fewer people are not published."""

LEAST_FLOOR = 3
"""No floor may be lower."""

LARGEST_SHARE, TWO_LARGEST_SHARE = 0.5, 0.75
"""An amount is not published where one contributor makes up half of it, or two make up three quarters."""

MOST_GROUPS = 600

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """A count that readers have seen: of which table, of whom, and how many people it holds."""

    table: str
    where: tuple[tuple[str, Any], ...]
    n: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Tables as they may be shown, and the log that the next ones of the run must be checked against.

    Attributes
    ----------
    tables
        By name: the columns they are grouped by, the count, the values, ``is_suppressed``. What is hidden is missing.
    log
        Every cell published so far in the run.
    n_hidden
        Cells that were hidden, by table.
    """

    tables: Mapping[str, pd.DataFrame]
    log: tuple[PublishedCell, ...]
    n_hidden: Mapping[str, int]


def disclose_tables(
    groups: pd.DataFrame,
    *,
    tables: Mapping[str, Sequence[str]],
    count: str,
    values: Collection[str] = (),
    amount: str = "",
    floor: int = FLOOR,
    published: Sequence[PublishedCell] = (),
) -> Disclosure:
    """Return breakdowns of the same people of which no combination shows fewer than ``floor`` of them.

    Parameters
    ----------
    groups
        The finest groups: one row a combination of all columns that any table is grouped by.
    tables
        By name, the columns that each is grouped by; none for the total.
    count
        Column with the number of people.
    values
        Columns that add up, such as promoters or answers; hidden with the count.
    amount
        Column of a sum of money or hours of which ``<amount>_largest`` and ``<amount>_second`` are known in each group:
        then cells are hidden that one or two contributors dominate.
    floor
        Smallest group that is shown; never below `LEAST_FLOOR`.
    published
        ``log`` of what the run has published before, of the same people. It cannot be taken back; new cells give way.

    Raises
    ------
    BadArgument
        With a floor below `LEAST_FLOOR`, too many groups, or cells published before that already show a small group.
    TableError
        When a column is missing, or counts are not whole numbers from 0.

    Examples
    --------
    >>> groups = pd.DataFrame({"team": ["a", "b", "c", "d"], "site": ["x", "x", "y", "y"], "n": [40, 4, 30, 26]})
    >>> found = disclose_tables(groups, tables={"team": ["team"], "site": ["site"], "all": []}, count="n")
    >>> found.tables["team"]["is_suppressed"].tolist(), found.tables["site"]["n"].tolist()
    ([True, True, False, False], [44, 56])
    """
    if floor < LEAST_FLOOR:
        raise BadArgument(f"A floor of {floor} hides nobody.", f"give {LEAST_FLOOR} at least; {FLOOR} is the default.")
    columns = sorted(
        {name for by in tables.values() for name in by} | {name for cell in published for name, _ in cell.where}
    )
    parts = [f"{amount}_largest", f"{amount}_second"] if amount else []
    require_columns(groups, *columns, count, *values, *([amount] if amount else []), *parts, of="groups")
    held = _hold_people(groups, count)
    cells = [cell for name, by in tables.items() for cell in _lay_cells(held, name, tuple(by), count)]
    risky = {cell.key for cell in cells if cell.n < floor or (amount and _is_dominated(held, cell, amount))}
    sizes = held[count].to_numpy(dtype=np.float64)
    before = [_lay_published(held, cell, count) for cell in published]
    hidden = _hide(cells, risky, before, sizes, floor)
    told = [*values, *([amount] if amount else [])]
    shown = {
        name: _show(held, [cell for cell in cells if cell.table == name], hidden, by=by, count=count, values=told)
        for name, by in tables.items()
    }
    log = (*published, *(PublishedCell(c.table, c.where, c.n) for c in cells if c.key not in hidden))
    n_hidden = {name: sum(c.table == name and c.key in hidden for c in cells) for name in tables}
    return Disclosure(MappingProxyType(shown), log, MappingProxyType(n_hidden))


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """One cell: its table, what it is grouped by, which finest groups it holds, and how many people."""

    table: str
    where: tuple[tuple[str, Any], ...]
    members: npt.NDArray[np.bool_]
    n: int

    @property
    def key(self) -> tuple[str, tuple[tuple[str, Any], ...]]:
        return self.table, self.where


def _hold_people(groups: pd.DataFrame, count: str) -> pd.DataFrame:
    n = pd.to_numeric(groups[count], errors="coerce").astype("float64")
    wrong = int((n.isna() | (n < 0) | (n % 1 != 0)).sum())
    if wrong:
        raise TableError(f"groups.{count} is no count in {wrong} rows.", "give whole numbers from 0.")
    held = groups[n > 0].reset_index(drop=True)
    if len(held) > MOST_GROUPS:
        raise BadArgument(
            f"{len(held)} groups are too many to check what can be worked out from their tables.",
            f"join small groups before, to {MOST_GROUPS} at the most, or publish fewer breakdowns.",
        )
    return held


def _lay_cells(held: pd.DataFrame, name: str, by: tuple[str, ...], count: str) -> list[_Cell]:
    if not by:
        return [_Cell(name, (), np.ones(len(held), dtype=bool), int(held[count].sum()))]
    found = []
    for key, rows in held.groupby(list(by), sort=True, dropna=False):
        members = np.zeros(len(held), dtype=bool)
        members[rows.index] = True
        where = tuple(zip(by, key if isinstance(key, tuple) else (key,), strict=True))
        found.append(_Cell(name, where, members, int(rows[count].sum())))
    return found


def _lay_published(held: pd.DataFrame, cell: PublishedCell, count: str) -> _Cell:
    members = np.ones(len(held), dtype=bool)
    for name, value in cell.where:
        members &= (held[name].isna() if pd.isna(value) else held[name] == value).to_numpy()
    return _Cell(cell.table, cell.where, members, int(held.loc[members, count].sum()))


def _is_dominated(held: pd.DataFrame, cell: _Cell, amount: str) -> bool:
    rows = held[cell.members]
    tops = np.sort(rows[[f"{amount}_largest", f"{amount}_second"]].to_numpy(dtype=np.float64).ravel())[::-1]
    total = float(rows[amount].astype("float64").sum())
    return total > 0 and bool(tops[0] >= LARGEST_SHARE * total or tops[:2].sum() >= TWO_LARGEST_SHARE * total)


def _hide(
    cells: Sequence[_Cell], risky: Collection[Any], before: Sequence[_Cell], sizes: Floats, floor: int
) -> set[Any]:
    """Return the cells that must go: risky ones, and until nothing small follows; then show again what need not."""
    hidden = set(risky)
    hidden.update(_accompany(cells, hidden))
    while (parts := _find_leak(cells, hidden, risky, before, sizes, floor)) is not None:
        if not parts:
            raise BadArgument(
                f"What was published before already shows a group of fewer than {floor} people.",
                "check all breakdowns of a run in one call, or take the earlier table back.",
            )
        hidden.add(min(parts, key=lambda cell: (not cell.where, cell.n, str(cell.key))).key)
        hidden.update(_accompany(cells, hidden))
    for cell in sorted(cells, key=lambda cell: (-cell.n, str(cell.key))):
        if cell.key in hidden and cell.key not in risky:
            fewer = hidden - {cell.key}
            if not _accompany(cells, fewer) and _find_leak(cells, fewer, risky, before, sizes, floor) is None:
                hidden = fewer
    return hidden


def _find_leak(  # noqa: PLR0917 - what is shown, what must not be seen, and of whom
    cells: Sequence[_Cell],
    hidden: Collection[Any],
    risky: Collection[Any],
    before: Sequence[_Cell],
    sizes: Floats,
    floor: int,
) -> list[_Cell] | None:
    """Return the cells, not yet published, by which a small group or a risky cell follows; None where none can."""
    shown = [*before, *(cell for cell in cells if cell.key not in hidden)]
    if not shown:
        return None
    members = np.stack([cell.members for cell in shown])
    parts = find_smallest_group(members, sizes, below=floor)
    if parts is None:
        parts = _find_secret(members.astype(np.float64), [cell for cell in cells if cell.key in risky])
    if parts is None:
        return None
    return [cell for cell, part in zip(shown[len(before) :], parts[len(before) :], strict=True) if abs(part) > 1e-7]


def _find_secret(rows: Floats, risky: Sequence[_Cell]) -> Floats | None:
    """Return how a risky cell, of however many people, can be put together from shown ones; None where none can."""
    for cell in risky:
        parts = np.linalg.lstsq(rows.T, cell.members.astype(np.float64), rcond=None)[0]
        if np.abs(rows.T @ parts - cell.members).max() < 1e-7:
            return np.asarray(parts)
    return None


def _accompany(cells: Sequence[_Cell], hidden: Collection[Any]) -> list[Any]:
    """Return for each row or column with exactly one hidden cell the smallest of its others, until there is none."""
    gone, added = set(hidden), list[Any]()
    lines: dict[Any, list[_Cell]] = {}
    for cell in cells:
        for index in range(len(cell.where)):
            rest = cell.where[:index] + cell.where[index + 1 :]
            lines.setdefault((cell.table, cell.where[index][0], rest), []).append(cell)
    while True:
        more = None
        for line in lines.values():
            open_ones = [cell for cell in line if cell.key not in gone]
            if len(line) - len(open_ones) == 1 and open_ones:
                more = min(open_ones, key=lambda cell: (cell.n, str(cell.where))).key
                break
        if more is None:
            return added
        gone.add(more)
        added.append(more)


def _show(
    held: pd.DataFrame,
    cells: Sequence[_Cell],
    hidden: Collection[Any],
    *,
    by: Sequence[str],
    count: str,
    values: Sequence[str],
) -> pd.DataFrame:
    rows = []
    for cell in cells:
        is_hidden = cell.key in hidden
        told = {name: None if is_hidden else held.loc[cell.members, name].sum() for name in values}
        rows.append({**dict(cell.where), count: None if is_hidden else cell.n, **told, "is_suppressed": is_hidden})
    frame = pd.DataFrame(rows, columns=[*by, count, *values, "is_suppressed"])
    return frame.astype({count: "Int64", "is_suppressed": "bool"})
