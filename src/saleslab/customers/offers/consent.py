"""Whom may an offer reach? Nobody who said no, and nobody of whom that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True, eq=False)
class AddressedOffers:
    """Offers that go to persons.

    Attributes
    ----------
    rows
        The offers, one row for each person of the account who may be reached: ``contact_id`` beside what the offers
        hold.
    channel
        ``email`` or ``phone``.
    n_opted_out
        People of accounts with an offer who may not be reached, or have no address.
    n_accounts_without
        Accounts with an offer of which nobody may be reached.
    """

    rows: pd.DataFrame
    channel: str
    n_opted_out: int
    n_accounts_without: int


def address_offers(
    offers: pd.DataFrame, contacts: pd.DataFrame, *, channel: Literal["email", "phone"]
) -> AddressedOffers:
    """Return offers as they may go to persons: one row an offer and contact who may be reached on a channel.

    An opt-out binds the company: who opted out under one record is left out under every record with the same address
    (`intake.keep_reachable`).

    Parameters
    ----------
    offers
        ``ProductOffers.offers``, or any rows with ``account_id``.
    contacts
        From `read_offer_contacts`.
    channel
        On which the offer is to be made.

    Raises
    ------
    TableError
        When the contacts do not say who opted out: that nobody imported it is no permission.
    """
    from saleslab.intake import keep_reachable

    if channel not in ("email", "phone"):
        raise BadArgument(f"Nobody is known to be reached by '{channel}'.", "give channel='email' or channel='phone'.")
    require_columns(offers, "account_id", of="offers")
    require_columns(contacts, "contact_id", "account_id", channel, f"opt_out_{channel}", of="contacts")
    present = contacts[contacts["account_id"].isin(set(offers["account_id"]))]
    for mark in ("is_deleted", "merged_into_id"):
        if mark in present:
            gone = present[mark].notna() if mark == "merged_into_id" else present[mark].fillna(value=False).astype(bool)
            present = present[~gone]
    reached = keep_reachable(present[present[channel].notna()], contacts, channel=channel)
    people = reached[["account_id", "contact_id"]].sort_values(["account_id", "contact_id"], kind="stable")
    rows = offers.merge(people, on="account_id", how="inner")
    front = ["account_id", "contact_id"]
    order = [*front, *(name for name in rows.columns if name not in front)]
    without = len(set(offers["account_id"]) - set(people["account_id"]))
    return AddressedOffers(rows[order], channel, len(present) - len(people), without)
