"""After the rows are in: do they point to rows that exist, and do the lines of a deal add up to its amount?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saleslab.intake.findings import Ledger
from saleslab.tables import get_table

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_SIMILAR = 85.0
_SHOWN = 10


Locate = Callable[[str, str, str, pa.Array], "list[tuple[str, str, NDArray[np.int64]]]"]
"""Takes a table, one of its columns, the column by which rows are known (the same one, or the key) and values of it;
returns file, column of the file and row numbers."""


def check_references(lab: Warehouse, tables: Sequence[str], ledger: Ledger, locate: Locate) -> None:
    """Note ids that lead nowhere; where the other table tells of no person, with the id that looks most like it."""
    for name in tables:
        for broken in lab.violations(name):
            if broken.rule != "refers_to":
                continue
            other = (get_table(name).column(broken.column).refers_to or "").split(".")[0]
            if get_table(other).personal_columns:
                key = get_table(name).key[0]
                places = locate(name, broken.column, key, pa.array(broken.keys, pa.string()))
                _add(ledger, "unknown_reference", (name, broken.column), broken.n_rows, other, places=places)
            else:
                _add_with_likeness(lab, (name, broken.column), other, ledger, locate)


def _add(
    ledger: Ledger,
    rule: str,
    column: tuple[str, str],
    n_rows: int,
    detail: str,
    *,
    places: list[tuple[str, str, NDArray[np.int64]]],
) -> None:
    """Note rows with their places in a file, where all of them come from one file of this import."""
    table, name = column
    if len(places) == 1:
        file, named, numbers = places[0]
        ledger.add(rule, file=file, table=table, column=named, rows=numbers, n_rows=n_rows, detail=detail)
    else:
        ledger.add(rule, table=table, column=name, n_rows=n_rows, detail=detail)


def find_like(given: str, known: Sequence[str]) -> str | None:
    """Return the id that looks most like one that is not there; None where none looks like it.

    Examples
    --------
    >>> find_like("GTXPro", ["GTX Basic", "GTX Pro"]), find_like("GTXPro", ["MG Special"])
    ('GTX Pro', None)
    """
    from rapidfuzz import fuzz, process, utils

    like = process.extractOne(given, known, scorer=fuzz.WRatio, processor=utils.default_process)
    return None if like is None or like[1] < _SIMILAR else str(like[0])


def _add_with_likeness(lab: Warehouse, place: tuple[str, str], other: str, ledger: Ledger, locate: Locate) -> None:
    name, column = place
    key = get_table(other).key[0]
    known = sorted(str(value) for value in lab.read(lab.table(other).select(key).distinct())[key])
    rows = lab.table(name)
    counted = lab.read(rows.group_by(column).aggregate(n=rows.count()).order_by(column)).dropna()
    unknown = counted[~counted[column].isin(known)]
    for given, n_rows in list(zip(unknown[column], unknown["n"], strict=True))[:_SHOWN]:
        places = locate(name, column, column, pa.array([given], pa.string()))
        like = find_like(str(given), known)
        if like is not None:
            _add(ledger, "similar_reference", (name, column), int(n_rows), f"{given} -> {like}", places=places)
        else:
            _add(ledger, "unknown_reference", (name, column), int(n_rows), f"{other}: {given}", places=places)
    rest = unknown["n"][_SHOWN:].sum()
    ledger.add("unknown_reference", table=name, column=column, n_rows=int(rest), detail=other)


def check_line_sums(lab: Warehouse, tables: Sequence[str], ledger: Ledger) -> None:
    """Note deals whose lines do not add up to their amount; the amount counts, lines are never added to it."""
    if "opportunity_lines" not in tables or not lab.has("opportunities"):
        return
    lines = lab.table("opportunity_lines")
    sums = lines.group_by("opportunity_id").aggregate(
        n=lines.count(), n_priced=lines.total.count(), total=lines.total.sum()
    )
    deals = lab.table("opportunities").select("opportunity_id", "amount")
    both = sums.inner_join(deals, "opportunity_id")
    differ = both.filter((both.n == both.n_priced) & (both.total != both.amount))
    n_differ = int(lab.read(differ.aggregate(n=differ.count()))["n"].iloc[0])
    ledger.add("sum_differs", table="opportunity_lines", column="total", n_rows=n_differ)
