"""After the rows are in: do they point to rows that exist, and do the lines of a deal add up to its amount?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from saleslab.intake.findings import Ledger
from saleslab.tables import get_table

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_SIMILAR = 85.0
_SHOWN = 10


def check_references(lab: Warehouse, tables: Sequence[str], ledger: Ledger) -> None:
    """Note ids that lead nowhere; where the other table tells of no person, with the id that looks most like it."""
    for name in tables:
        for broken in lab.violations(name):
            if broken.rule != "refers_to":
                continue
            other = (get_table(name).column(broken.column).refers_to or "").split(".")[0]
            if get_table(other).personal_columns:
                ledger.add(
                    "unknown_reference", table=name, column=broken.column, n_rows=broken.n_rows, detail=other
                )
            else:
                _add_with_likeness(lab, name, broken.column, other, ledger)


def _add_with_likeness(lab: Warehouse, name: str, column: str, other: str, ledger: Ledger) -> None:
    from rapidfuzz import fuzz, process, utils

    key = get_table(other).key[0]
    known = [str(value) for value in lab.read(lab.table(other).select(key).distinct())[key]]
    rows = lab.table(name)
    counted = lab.read(rows.group_by(column).aggregate(n=rows.count()).order_by(column)).dropna()
    unknown = counted[~counted[column].isin(known)]
    for given, n_rows in list(zip(unknown[column], unknown["n"], strict=True))[:_SHOWN]:
        like = process.extractOne(str(given), sorted(known), scorer=fuzz.WRatio, processor=utils.default_process)
        if like is not None and like[1] >= _SIMILAR:
            detail = f"{given} -> {like[0]}"
            ledger.add("similar_reference", table=name, column=column, n_rows=int(n_rows), detail=detail)
        else:
            ledger.add("unknown_reference", table=name, column=column, n_rows=int(n_rows), detail=f"{other}: {given}")
    rest = unknown["n"][_SHOWN:].sum()
    ledger.add("unknown_reference", table=name, column=column, n_rows=int(rest), detail=other)


def check_line_sums(lab: Warehouse, tables: Sequence[str], ledger: Ledger) -> None:
    """Note deals whose lines do not add up to their amount; the amount counts, lines are never added to it."""
    if "opportunity_lines" not in tables or not lab.has("opportunities"):
        return
    lines = lab.table("opportunity_lines")
    sums = lines.group_by("opportunity_id").aggregate(n=lines.count(), n_priced=lines.total.count(), total=lines.total.sum())
    deals = lab.table("opportunities").select("opportunity_id", "amount")
    both = sums.inner_join(deals, "opportunity_id")
    differ = both.filter((both.n == both.n_priced) & (both.total != both.amount))
    n_differ = int(lab.read(differ.aggregate(n=differ.count()))["n"].iloc[0])
    ledger.add("sum_differs", table="opportunity_lines", column="total", n_rows=n_differ)
