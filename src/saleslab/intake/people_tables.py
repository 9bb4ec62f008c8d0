"""Which groups of people may a report tell of? The one door for every breakdown of people outside the company.

Who answers twice stands behind two answers and is one person, so records are handed in with who is behind each. Every
table of a run is a set of groups of such records; all of them are judged together. Nothing that readers can put
together from what is shown may rest on fewer people than the floor: no cell, no difference, no combination of cells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.intake.disclosure import FLOOR, Disclosure, PublishedCell, check_floor, is_dominated
from saleslab.intake.hiding import Cell, Crowd, choose_hidden
from saleslab.intake.smallest_groups import Bools

GROUP, PEOPLE = "group", "n_people"


def disclose_people(
    person: pd.Series, *, tables: Mapping[str, pd.DataFrame], counted: Collection[str] = (), floor: int = FLOOR
) -> Disclosure:
    """Return which groups of a run's tables may be shown, and how many people each of them holds.

    Hidden are groups of fewer than ``floor`` people; those in which one person stands behind half of the records, or
    two behind three quarters; the next smallest where one alone would be hidden in a table that adds up; and whatever
    else must go until every combination of what is shown rests on at least ``floor`` people, or on nobody.

    Parameters
    ----------
    person
        Who is behind each record; a missing one counts as somebody of their own.
    tables
        By the name of the table: whether each record (the same rows) is in each group (a column a group). Groups may
        overlap, as themes do, and need not hold all records. Tables that matter most come first: where two of them
        cannot both be shown, the later one gives way.
    counted
        Tables that show numbers of people; the others show numbers of records, or what is computed from them.
    floor
        Fewer people are not shown; never below 3.

    Returns
    -------
    Disclosure
        Its tables have a row a group: ``group, n_people, is_suppressed``. Groups without a record are not hidden.

    Raises
    ------
    BadArgument
        With a floor below 3, or a table whose rows are not those of ``person``.
    TableError
        When a cell of a table is neither True nor False.

    Examples
    --------
    >>> person = pd.Series([*range(9), *range(9), *range(9, 60)])
    >>> spoke_of = pd.DataFrame({"price": [True] * 18 + [False] * 51, "ease": [False] * 18 + [True] * 51})
    >>> disclose_people(person, tables={"themes": spoke_of}).tables["themes"]["is_suppressed"].tolist()
    [True, True]
    """
    check_floor(floor)
    flags = {name: _read_flags(name, table, person) for name, table in tables.items()}
    code = _number_people(person)
    counts = {name: _people_in(code, flag) for name, flag in flags.items()}
    groups, members = _lay_groups(flags, code, counted)
    cells = [
        Cell(name, ((GROUP, group),), rows, int(counts[name][at]), has_lines=_adds_up(flags[name]), rank=rank)
        for rank, (name, table) in enumerate(tables.items())
        for at, group in enumerate(table.columns)
        for rows in [members[name][at]]
        if counts[name][at]
    ]
    risky = {
        cell.key
        for cell in cells
        if cell.n < floor
        or _is_swayed(code[flags[cell.table][:, tables[cell.table].columns.get_loc(cell.where[0][1])]])
    }
    kinds, sizes = np.unique(groups, axis=0, return_counts=True)
    hidden = choose_hidden(cells, risky, crowd=Crowd(sizes.astype(np.float64), kinds, floor)) if cells else set()
    shown = {name: _show(name, list(table.columns), counts[name], hidden) for name, table in tables.items()}
    log = tuple(PublishedCell(cell.table, cell.where, cell.n) for cell in cells if cell.key not in hidden)
    n_hidden = {name: int(table["is_suppressed"].sum()) for name, table in shown.items()}
    return Disclosure(MappingProxyType(shown), log, MappingProxyType(n_hidden), floor)


def list_shown(disclosure: Disclosure, table: str) -> tuple[str, ...]:
    """Return the groups of a table that may be shown; none of a table that was not asked about.

    Examples
    --------
    >>> found = disclose_people(pd.Series(range(12)), tables={"all": pd.DataFrame({"all": [True] * 12})})
    >>> list_shown(found, "all"), list_shown(found, "themes")
    (('all',), ())
    """
    rows = disclosure.tables.get(table)
    return () if rows is None else tuple(rows.loc[~rows["is_suppressed"], GROUP])


def _read_flags(name: str, table: pd.DataFrame, person: pd.Series) -> Bools:
    if len(table) != len(person):
        raise BadArgument(
            f"Table '{name}' speaks of {len(table)} records, person of {len(person)}.", "give a row for each record."
        )
    wrong = [str(column) for column in table.columns if table[column].isna().any() or table[column].dtype.kind != "b"]
    if wrong:
        raise TableError(f"{name} is neither True nor False in {', '.join(wrong)}.", "say of each record if it counts.")
    return table.to_numpy(dtype=bool).reshape(len(table), -1)


def _number_people(person: pd.Series) -> np.ndarray:
    """Return a number for everybody; records of nobody known each get one of their own."""
    code, known = pd.factorize(person)
    lone = code < 0
    code[lone] = len(known) + np.arange(int(lone.sum()))
    return np.asarray(code)


def _people_in(code: np.ndarray, flags: Bools) -> np.ndarray:
    return np.array([len(np.unique(code[flag])) for flag in flags.T], dtype=np.int64)


def _adds_up(flags: Bools) -> bool:
    return bool((flags.sum(axis=1) <= 1).all())


def _is_swayed(code: np.ndarray) -> bool:
    """Say whether one or two people stand behind most of the records of a group."""
    often = np.sort(np.bincount(code))[::-1].astype(np.float64)
    return is_dominated(often, float(len(code)))


def _lay_groups(
    flags: Mapping[str, Bools], code: np.ndarray, counted: Collection[str]
) -> tuple[Bools, dict[str, list[Bools]]]:
    """Return who (row) is behind which group of records or people (column), and what each cell is a sum of.

    Records are joined that no table tells apart. A table that shows numbers of people is a sum over people too: who
    spoke of a theme twice is counted once.
    """
    _, record_group = np.unique(_stack(flags, len(code)), axis=0, return_inverse=True)
    n_people, record_group = int(code.max(initial=-1)) + 1, record_group.ravel()
    of_people = {name: _any_by(code, flags[name], n_people) for name in flags if name in counted}
    _, person_group = np.unique(_stack(of_people, n_people), axis=0, return_inverse=True)
    person_group = person_group.ravel()
    n_records, n_groups = int(record_group.max(initial=-1)) + 1, int(person_group.max(initial=-1)) + 1
    holders = np.zeros((n_people, n_records + n_groups), dtype=bool)
    holders[code, record_group] = True
    holders[np.arange(n_people), n_records + person_group] = True
    members = {
        name: [
            np.stack(
                [_mark(record_group[flag], 0, holders.shape[1])]
                + (
                    [_mark(person_group[of_people[name][:, at]], n_records, holders.shape[1])]
                    if name in counted
                    else []
                )
            )
            for at, flag in enumerate(flag_table.T)
        ]
        for name, flag_table in flags.items()
    }
    return holders, members


def _stack(flags: Mapping[str, Bools], n: int) -> Bools:
    return np.hstack([np.zeros((n, 1), dtype=bool), *flags.values()])


def _any_by(code: np.ndarray, flags: Bools, n_people: int) -> Bools:
    found = np.zeros((n_people, flags.shape[1]), dtype=bool)
    np.logical_or.at(found, code, flags)
    return found


def _mark(groups: np.ndarray, start: int, wide: int) -> Bools:
    marked = np.zeros(wide, dtype=bool)
    marked[start + np.unique(groups)] = True
    return marked


def _show(name: str, groups: list[object], counts: np.ndarray, hidden: Collection[object]) -> pd.DataFrame:
    is_hidden = [(name, ((GROUP, group),)) in hidden for group in groups]
    shown = pd.DataFrame({GROUP: pd.Series(groups, dtype="object"), PEOPLE: pd.Series(counts, dtype="Int64")})
    shown[PEOPLE] = shown[PEOPLE].mask(pd.Series(is_hidden, dtype="bool"))
    return shown.assign(is_suppressed=pd.Series(is_hidden, dtype="bool"))
