"""On which channels may each lead be reached? Who said no is on none, whatever record it was said under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_NEEDED = ("contact_id", "email", "phone", "opt_out_email", "opt_out_phone")
CHANNELS: tuple[Literal["phone", "email"], ...] = ("phone", "email")
"""Channels that an address is known for, and an opt-out."""


def read_allowed(lab: Warehouse, leads: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each lead and channel on which it may be reached: ``lead_id, channel``.

    A lead is on a channel when an address is known, and nobody with that address, and no record of that person, has
    opted out (`intake.keep_reachable`). What `rank_leads` and `suggest_contacts` call ``allowed``.

    Parameters
    ----------
    lab
        The warehouse; its ``contacts`` say who opted out.
    leads
        ``lead_id`` and, where known, ``contact_id``.

    Raises
    ------
    TableError
        When the contacts do not say who opted out: that nobody imported it is no permission.
    NotEnoughData
        When there are no contacts or leads.
    """
    from saleslab.intake import keep_reachable

    require_columns(leads, "lead_id", of="leads")
    contacts = _read_contacts(lab)
    known = lab.need("leads")
    addresses = lab.read(known.select("lead_id", "email", "phone"))
    rows = leads[[name for name in ("lead_id", "contact_id") if name in leads]].merge(addresses, on="lead_id")
    parts = []
    for channel in CHANNELS:
        ways = rows.drop(columns=[other for other in CHANNELS if other != channel])
        own = ways["contact_id"].map(contacts.set_index("contact_id")[channel]) if "contact_id" in ways else None
        ways = ways.assign(**{channel: ways[channel] if own is None else ways[channel].fillna(own)})
        reached = keep_reachable(ways[ways[channel].notna()], contacts, channel=channel)
        parts.append(reached[["lead_id"]].assign(channel=channel))
    return pd.concat(parts, ignore_index=True).sort_values(["lead_id", "channel"], kind="stable", ignore_index=True)


def _read_contacts(lab: Warehouse) -> pd.DataFrame:
    """Return all contacts, those that were deleted or merged too: an opt-out outlives its record."""
    if not lab.has("contacts"):
        raise NotEnoughData(
            "Nobody can say who opted out: there are no contacts.",
            "import contacts with their opt-outs, or give a file of those who said no.",
        )
    contacts = lab.table("contacts", all_rows=True)
    missing = [name for name in _NEEDED if name not in contacts.columns]
    if missing:
        raise TableError(f"contacts has no column {', '.join(missing)}.", "import the contacts again, with opt-outs.")
    return lab.read(contacts.select(*_NEEDED))
