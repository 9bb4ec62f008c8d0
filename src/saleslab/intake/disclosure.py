"""Which cells of all the tables of a run may be shown, so that no small group can be worked out from them?

A cell of nine people can be hidden in one table and still be had by subtracting another table from a total. So all
breakdowns of a run are looked at together. Each published count is a sum over the finest groups; whatever a reader can
work out by adding and subtracting is a combination of such sums. On how few people any of them rests is searched
exactly (`saleslab.intake.smallest_groups`), and cells are hidden until they are no fewer than the floor.

Here people are known as counts, each in one of the finest groups. Where they are known one by one, and may stand behind
several records, take `saleslab.intake.disclose_people`; for one table of one run `suppress_small_groups` is enough.
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
from saleslab.intake.hiding import Cell, Crowd, choose_hidden
from saleslab.tables.presence import require_columns

FLOOR = 10
"""Groups of fewer people are not published."""

LEAST_FLOOR = 3
"""No floor may be lower."""

LARGEST_SHARE, TWO_LARGEST_SHARE = 0.5, 0.75
"""An amount is not published where one contributor makes up half of it, or two make up three quarters."""

MOST_GROUPS = 600


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
    floor
        Fewer people are not shown.
    """

    tables: Mapping[str, pd.DataFrame]
    log: tuple[PublishedCell, ...]
    n_hidden: Mapping[str, int]
    floor: int


def check_floor(floor: int) -> None:
    """Refuse a floor that hides nobody.

    Raises
    ------
    BadArgument
        With a floor below `LEAST_FLOOR`.
    """
    if floor < LEAST_FLOOR:
        raise BadArgument(f"A floor of {floor} hides nobody.", f"give {LEAST_FLOOR} at least; {FLOOR} is the default.")


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
    check_floor(floor)
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
    hidden = choose_hidden(cells, risky, before=before, crowd=Crowd(sizes, None, floor))
    told = [*values, *([amount] if amount else [])]
    shown = {
        name: _show(held, [cell for cell in cells if cell.table == name], hidden, by=by, count=count, values=told)
        for name, by in tables.items()
    }
    log = (*published, *(PublishedCell(c.table, c.where, c.n) for c in cells if c.key not in hidden))
    n_hidden = {name: sum(c.table == name and c.key in hidden for c in cells) for name in tables}
    return Disclosure(MappingProxyType(shown), log, MappingProxyType(n_hidden), floor)


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


def _lay_cells(held: pd.DataFrame, name: str, by: tuple[str, ...], count: str) -> list[Cell]:
    if not by:
        return [Cell(name, (), np.ones((1, len(held)), dtype=bool), int(held[count].sum()))]
    found = []
    for key, rows in held.groupby(list(by), sort=True, dropna=False):
        members = np.zeros(len(held), dtype=bool)
        members[rows.index] = True
        where = tuple(zip(by, key if isinstance(key, tuple) else (key,), strict=True))
        found.append(Cell(name, where, members[None], int(rows[count].sum())))
    return found


def _lay_published(held: pd.DataFrame, cell: PublishedCell, count: str) -> Cell:
    members = np.ones(len(held), dtype=bool)
    for name, value in cell.where:
        members &= (held[name].isna() if pd.isna(value) else held[name] == value).to_numpy()
    return Cell(cell.table, cell.where, members[None], int(held.loc[members, count].sum()))


def _is_dominated(held: pd.DataFrame, cell: Cell, amount: str) -> bool:
    rows = held[cell.members[0]]
    tops = np.sort(rows[[f"{amount}_largest", f"{amount}_second"]].to_numpy(dtype=np.float64).ravel())[::-1]
    return is_dominated(tops, float(rows[amount].astype("float64").sum()))


def is_dominated(tops: npt.NDArray[np.float64], total: float) -> bool:
    """Say whether one contributor makes up too much of a sum, or two do.

    Examples
    --------
    >>> is_dominated(np.array([60.0, 20.0, 20.0]), 100.0), is_dominated(np.array([40.0, 30.0]), 100.0)
    (True, False)
    """
    return total > 0 and bool(tops[0] >= LARGEST_SHARE * total or tops[:2].sum() >= TWO_LARGEST_SHARE * total)


def _show(
    held: pd.DataFrame,
    cells: Sequence[Cell],
    hidden: Collection[Any],
    *,
    by: Sequence[str],
    count: str,
    values: Sequence[str],
) -> pd.DataFrame:
    rows = []
    for cell in cells:
        is_hidden = cell.key in hidden
        told = {name: None if is_hidden else held.loc[cell.members[0], name].sum() for name in values}
        rows.append({**dict(cell.where), count: None if is_hidden else cell.n, **told, "is_suppressed": is_hidden})
    frame = pd.DataFrame(rows, columns=[*by, count, *values, "is_suppressed"])
    return frame.astype({count: "Int64", "is_suppressed": "bool"})
