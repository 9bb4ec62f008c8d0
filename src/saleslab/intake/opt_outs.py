"""Who may be reached? An opt-out holds for the person and the address, whatever record it was given under."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from saleslab.intake.contact_points import is_shared_box, normal_email, normal_phone
from saleslab.tables.presence import require_columns


def keep_reachable(rows: pd.DataFrame, contacts: pd.DataFrame, *, channel: Literal["email", "phone"]) -> pd.DataFrame:
    """Return the rows of a list whose people may be reached on a channel.

    An opt-out binds the company, not the row of its table: who opted out under one record is left out under every
    record with the same address or number, and so are leads who give that address themselves. Rows of a contact that
    is not in ``contacts`` are left out, since nobody knows what that person said.

    Parameters
    ----------
    rows
        Anything with ``contact_id``, such as a call list, or with the address itself (a column named as the channel),
        such as leads. Rows with neither stay: they name nobody.
    contacts
        Canonical contacts, deleted and merged ones too: ``contact_id, email, phone`` and ``opt_out_email`` or
        ``opt_out_phone``.
    channel
        ``email`` or ``phone``.

    Raises
    ------
    TableError
        When a column is missing; an opt-out that was never imported is no permission.

    Examples
    --------
    >>> contacts = pd.DataFrame({
    ...     "contact_id": ["1", "2", "3"], "email": [None] * 3, "phone": ["090-1111-2222", "09011112222", "0312345678"],
    ...     "opt_out_email": [False] * 3, "opt_out_phone": [True, False, False],
    ... })
    >>> keep_reachable(contacts[["contact_id"]], contacts, channel="phone")["contact_id"].tolist()
    ['3']
    """
    ways = [name for name in ("contact_id", channel) if name in rows.columns]
    if not ways:
        require_columns(rows, "contact_id", of="rows")
    require_columns(contacts, "contact_id", "email", channel, f"opt_out_{channel}", of="contacts")
    refused = contacts[f"opt_out_{channel}"].astype("boolean").fillna(value=False).astype(bool)
    if channel == "phone":  # a person's second record with another number is still that person
        mails = _normal(contacts["email"], "email")
        own = mails.mask(mails.map(is_shared_box).astype(bool))
        refused |= own.isin(set(own[refused].dropna()))
    addresses = _normal(contacts[channel], channel)
    closed = set(addresses[refused].dropna())
    refused |= addresses.isin(closed)
    gone = pd.Series(data=False, index=rows.index)
    if "contact_id" in ways:
        gone |= rows["contact_id"].notna() & ~rows["contact_id"].isin(set(contacts.loc[~refused, "contact_id"]))
    if channel in ways:
        gone |= _normal(rows[channel], channel).isin(closed)
    return rows[~gone]


def _normal(values: pd.Series, channel: str) -> pd.Series:
    """Return addresses or numbers in one form, None where there is none."""
    normal = normal_email if channel == "email" else normal_phone
    return pd.Series([normal(text) if isinstance(text, str) else None for text in values], values.index, dtype=object)
