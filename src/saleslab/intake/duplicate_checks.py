"""How many companies and people stand in the tables more than once? Proposals only; nothing is merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from saleslab.errors import NotEnoughData
from saleslab.intake.identity import Duplicates, find_duplicate_companies, find_duplicate_people
from saleslab.intake.suspects import Suspects
from saleslab.warehouse.as_of import keep_first

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.warehouse import Warehouse

_FINDERS = {"accounts": find_duplicate_companies, "contacts": find_duplicate_people}
_IDS = {"accounts": "account_id", "contacts": "contact_id"}
_COMPARED = {
    "accounts": ("name", "postal_code", "region", "industry", "employees", "annual_revenue", "parent_account_id"),
    "contacts": ("name", "email", "phone", "account_id"),
}

_SURE = 0.9
"""Chance from which the data check counts a pair as entered twice; `propose_duplicates` shows doubtful ones too."""
MOST_RECORDS = 200_000
"""Records of a table up to which the data check looks for duplicates; `saleslab duplicates` has no limit."""
MATERIAL = 0.005
"""Share of surplus records from which counts of customers change in the digits that a report shows."""


def read_identities(lab: Warehouse, table: str) -> pd.DataFrame:
    """Return what tells companies (``accounts``) or people (``contacts``) apart. Personal data: it stays in memory.

    Raises
    ------
    NotEnoughData
        When the table is absent, empty, or holds no name.
    """
    rows = lab.need(table, "name").select(_IDS[table], *_COMPARED[table])
    return lab.read(keep_first(rows, _IDS[table], list(_COMPARED[table])).order_by(_IDS[table]))


def propose_duplicates(lab: Warehouse, table: str, *, least_chance: float = 0.5) -> Duplicates:
    """Return the records of ``accounts`` or ``contacts`` that were probably entered more than once."""
    return _FINDERS[table](read_identities(lab, table), id_column=_IDS[table], least_chance=least_chance)


def suspect_duplicates(lab: Warehouse, table: str) -> Iterator[Suspects]:
    """Yield the surplus records of a table, if any.

    Raises
    ------
    NotEnoughData
        When the table cannot be compared, or is too large to be compared on the side.
    """
    rows = lab.need(table, "name")
    n = int(lab.read(rows.count().name("n"))["n"].iloc[0])
    if n > MOST_RECORDS:
        raise NotEnoughData(f"{table} has {n} rows, too many to compare on the side.", "run `saleslab duplicates`.")
    surplus = propose_duplicates(lab, table, least_chance=_SURE).surplus_ids
    if surplus:
        code = "likely_duplicates" if len(surplus) >= MATERIAL * n else "few_duplicates"
        yield Suspects(code, table, "name", rows.filter(rows[_IDS[table]].isin(list(surplus))))
