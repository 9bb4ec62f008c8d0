"""What are leads and people called on a list? The account of a lead, never the person who is to be contacted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse


def read_companies(lab: Warehouse, lead_ids: Iterable[str]) -> dict[str, str]:
    """Return the company that each lead named, by its id; those that named none are left out."""
    wanted = sorted(set(lead_ids))
    if not wanted:
        return {}
    leads = lab.table("leads")
    found = lab.read(leads.filter(leads.lead_id.isin(wanted) & leads.company.notnull()).select("lead_id", "company"))
    return dict(zip(found["lead_id"], found["company"], strict=True))


def read_people(lab: Warehouse) -> dict[str, tuple[str, bool]]:
    """Return the name of each user, or the id, and whether that person still works here, by the id."""
    if not lab.has("users"):
        return {}
    users = lab.table("users")
    found = lab.read(users.select("user_id", "name", "is_active").order_by("user_id"))
    names = found["name"].fillna(found["user_id"])
    is_here = found["is_active"].astype("boolean").fillna(value=True)
    pairs = zip(names.astype(str), is_here.astype(bool), strict=True)
    return dict(zip(found["user_id"].astype(str), pairs, strict=True))
