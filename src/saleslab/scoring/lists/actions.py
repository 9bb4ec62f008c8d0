"""What to do with each lead of a list, on a channel that it has allowed, and when?"""

from __future__ import annotations

from datetime import date

import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.scoring.contacts.next_contacts import ContactCap, suggest_contacts
from saleslab.scoring.contacts.timing import ContactTimes
from saleslab.tables.presence import require_columns

ACTIONS = {"phone": "call", "email": "write", "chat": "write", "video": "meet", "visit": "visit", "event": "invite"}
"""What to do on each channel where nothing else is suggested."""

_CHANNEL_OF = {action: channel for channel, action in reversed(ACTIONS.items())} | {name: name for name in ACTIONS}
"""The channel of an action that is named after what one does, or after the channel."""

_WITHOUT = {"no_channel": "find_channel", "no_hour": "wait", "no_times": "contact"}
"""What to do where no channel is suggested."""


def add_actions(
    listed: pd.DataFrame,
    times: ContactTimes | None,
    *,
    allowed: pd.DataFrame | None,
    attempts: pd.DataFrame | None,
    cap: ContactCap | None,
    actions: pd.DataFrame | None,
    as_of: date,
) -> pd.DataFrame:
    """Return a list with ``action, channel, contact_at, hour`` and why then (``when_code, when_rate``).

    An action on a channel that the lead has not allowed gives way to one that it has.

    Parameters
    ----------
    listed
        ``lead_id, user_id``, in order.
    times, allowed, attempts, cap, actions, as_of
        As `rank_leads` takes them.

    Raises
    ------
    BadArgument
        When channels are to be suggested and nobody said which are allowed.
    """
    chosen = _read_actions(actions)
    if (times is not None or chosen["channel"].notna().any()) and allowed is None:
        raise BadArgument(
            "Channels are to be suggested, but nobody said which are allowed.",
            "pass allowed, one row for each lead and channel on which it may be reached (intake.keep_reachable).",
        )
    if allowed is not None:
        require_columns(allowed, "lead_id", "channel", of="allowed")
        may = pd.MultiIndex.from_frame(allowed[["lead_id", "channel"]])
        wanted = pd.MultiIndex.from_arrays([chosen.index, chosen["channel"]])
        chosen = chosen[wanted.isin(may) | chosen["channel"].isna()]
    channel = listed["lead_id"].map(chosen["channel"]).astype("str")
    if times is not None and allowed is not None:
        asked = allowed["lead_id"].map(chosen["channel"])
        ways = allowed[asked.isna() | (asked == allowed["channel"])]
        when = suggest_contacts(listed, times, allowed=ways, attempts=attempts, cap=cap, as_of=as_of)
        added = when.rename(columns={"code": "when_code", "rate": "when_rate"})
        listed = pd.concat([listed, added[["when_code", "channel", "contact_at", "hour", "when_rate"]]], axis=1)
    else:
        hour = pd.array([pd.NA] * len(listed), dtype="Int64")
        never = pd.Series(pd.NaT, listed.index, dtype="datetime64[us]")
        listed = listed.assign(when_code="no_times", channel=channel, contact_at=never, hour=hour)
    return listed.assign(action=_name_actions(listed, chosen["action"]))


def _name_actions(listed: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    """Return the chosen action of each lead that has a channel for it, and the usual one of its channel otherwise."""
    without = listed["when_code"].map(_WITHOUT).fillna("contact")
    usual = listed["channel"].map(ACTIONS).fillna(without)
    given = listed["lead_id"].map(chosen).where(~listed["when_code"].isin(["no_channel", "no_hour"]))
    return given.astype("str").fillna(usual).astype("str")


def _read_actions(actions: pd.DataFrame | None) -> pd.DataFrame:
    """Return the ``action`` and ``channel`` of each lead, by its id."""
    if actions is None:
        return pd.DataFrame({"action": [], "channel": []}, dtype="str")
    require_columns(actions, "lead_id", "action", of="actions")
    n_twice = int(actions["lead_id"].duplicated().sum())
    if n_twice:
        raise TableError(f"actions.lead_id is repeated in {n_twice} rows.", "keep the best action of each lead.")
    named = actions["action"].astype("str").map(_CHANNEL_OF)
    channel = named if "channel" not in actions.columns else actions["channel"].fillna(named)
    chosen = actions.assign(action=actions["action"].astype("str"), channel=channel.astype("str"))
    return chosen.set_index("lead_id")[["action", "channel"]]
