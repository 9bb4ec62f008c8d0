"""Do the rows keep what their declarations promise? Every broken contract, and every id that leads nowhere.

An id that is not there but looks like one that is (a product spelt another way) is told apart from one that points to
a missing record, because what is to be done differs. Only ids of tables that tell of no person are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from saleslab.intake.references import find_like
from saleslab.intake.suspects import Suspects
from saleslab.tables import get_table
from saleslab.wording import Text

if TYPE_CHECKING:
    from saleslab.warehouse import Violation, Warehouse

_CODES = {"required": "missing_value", "unique": "duplicated_key", "range": "out_of_range", "choices": "not_a_choice"}
_COMPARED = 50
"""Unknown ids, the most frequent ones, that are compared with the known ones."""
_SHOWN_PAIRS = 3


def suspect_contracts(lab: Warehouse) -> Iterator[Suspects]:
    """Yield the records that break a declaration, table by table in the order of the dictionary."""
    for name in lab.names():
        for violation in lab.violations(name):
            rows = lab.broken_rows(violation)
            if violation.rule == "refers_to":
                yield from _suspect_references(lab, violation, rows)
            else:
                yield Suspects(_CODES[violation.rule], name, violation.column, rows)


def _suspect_references(lab: Warehouse, violation: Violation, rows: Any) -> Iterator[Suspects]:
    table, column = get_table(violation.table), violation.column
    other = (table.column(column).refers_to or "").split(".")[0]
    words = {"other": Text(get_table(other).label.en, get_table(other).label.ja)}
    pairs = {} if get_table(other).personal_columns else _find_pairs(lab, rows, column, other)
    if not pairs:
        yield Suspects("unknown_reference", table.name, column, rows, words)
        return
    is_like = rows[column].isin(list(pairs))
    shown = Text.same(", ".join(f"{given} -> {like}" for given, like in list(pairs.items())[:_SHOWN_PAIRS]))
    yield Suspects("similar_reference", table.name, column, rows.filter(is_like), {"pairs": shown})
    yield Suspects("unknown_reference", table.name, column, rows.filter(~is_like), words)


def _find_pairs(lab: Warehouse, rows: Any, column: str, other: str) -> dict[str, str]:
    """Return unknown ids with the known id that each looks like."""
    key = get_table(other).key[0]
    known = sorted(str(value) for value in lab.read(lab.table(other).select(key).distinct())[key])
    counted = rows.group_by(column).aggregate(n=rows.count())
    frequent = counted.order_by(counted.n.desc(), column).limit(_COMPARED)
    likes = {str(given): find_like(str(given), known) for given in lab.read(frequent)[column]}
    return {given: like for given, like in likes.items() if like is not None}
