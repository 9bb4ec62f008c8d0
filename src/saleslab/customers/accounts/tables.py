"""The tables of the page of one account: contacts, timeline, contracts, deals, tasks, answers and changes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.customers.accounts.view import AccountView
from saleslab.customers.accounts.words import Names, name_code, name_person
from saleslab.wording import Money, Number, TableWords, Text, say

ACCOUNT_PARTS = ("timeline", "contacts", "contracts", "deals", "tasks", "feedback", "changes")
"""Tables in the order of the page."""

_ALWAYS = ("may_email", "may_phone")
"""Columns that are shown empty too: that nobody knows is worth knowing."""

Row = Mapping[str, Any]


def word_account_table(part: str) -> TableWords:
    """Return title and caption of a table."""
    return {
        "title": say(f"customer_account.table.{part}"),
        "caption": say(f"customer_account.table.{part}_caption"),
    }


def name_account_columns(frame: pd.DataFrame) -> Mapping[str, Text]:
    """Return the headings of a table."""
    return {name: say(f"customer_account.columns.{name}") for name in map(str, frame.columns)}


def say_account_gap(part: str) -> Text:
    """Return that a part has no rows."""
    return say(f"customer_account.gap.{part}")


def tabulate_account(part: str, view: AccountView, names: Names) -> pd.DataFrame:
    """Return the rows of a part as a page shows them; columns that no row fills are left out."""
    make = {
        "timeline": _timeline, "contacts": _contacts, "contracts": _contracts, "deals": _deals, "tasks": _tasks,
        "feedback": _feedback, "changes": _changes,
    }[part]  # fmt: skip
    known = {**names, **_name_people(view)}
    rows = [make(row, view, known) for row in getattr(view, part).to_dict("records")]
    frame = pd.DataFrame(rows, dtype=object)
    filled = [name for name in frame.columns if name in _ALWAYS or any(_is_filled(value) for value in frame[name])]
    return frame[filled]


def _name_people(view: AccountView) -> Names:
    """Return the names of the account's people, where they are shown: a call is better known by whom it was with."""
    if "name" not in view.contacts:
        return {}
    told = view.contacts.dropna(subset=["name"])
    return dict(zip(told["contact_id"], told["name"], strict=True))


def _is_filled(value: object) -> bool:
    return value is not None and not (isinstance(value, Text) and not value.en) and value != ""


def _timeline(row: Row, view: AccountView, names: Names) -> Row:
    return {
        "at": _day(row["at"]),
        "kind": name_code("kind", row["kind"]),
        "direction": name_code("direction", row["direction"]),
        "outcome": name_code("outcome", row["outcome"]),
        "amount": _amount(row["amount"], view.currency),
        "score": _number(row["score"]),
        "owner": _by(row["user_id"], names),
        "contact": _text(names.get(row["contact_id"], row["contact_id"])),
        "subject": _text(row.get("subject")),
        "text": _text(row.get("note")),
    }


def _contacts(row: Row, view: AccountView, names: Names) -> Row:  # noqa: ARG001
    told: dict[str, Any] = {
        name: _text(row.get(name)) for name in ("contact_id", "name", "title", "seniority", "email", "phone")
    }
    told |= {"seniority": name_code("seniority", row.get("seniority"))}
    return told | {"may_email": _consent(row["opt_out_email"]), "may_phone": _consent(row["opt_out_phone"])}


def _contracts(row: Row, view: AccountView, names: Names) -> Row:  # noqa: ARG001
    state = say("customer_account.word.runs" if row["is_running"] else "customer_account.word.ended")
    told = {"product": _text(row["product_name"]), "starts": _day(row["term_start"]), "ends": _day(row["term_end"])}
    return told | {"amount": _amount(row["amount"], view.currency), "state": state}


def _deals(row: Row, view: AccountView, names: Names) -> Row:
    currency = row["currency"] if isinstance(row["currency"], str) else view.currency
    told = {"object": _text(row.get("name") or row["opportunity_id"]), "amount": _amount(row["amount"], currency)}
    told |= {"due": _day(row["expected_close_date"]), "next_step": _text(row["next_step"])}
    return told | {"owner": _by(row["owner_id"], names)}


def _tasks(row: Row, view: AccountView, names: Names) -> Row:  # noqa: ARG001
    subject = _text(row.get("subject"))
    told = {"due": _day(row["due_at"]), "subject": subject, "task": None if subject else _text(row["task_id"])}
    priority = name_code("word", row["priority"])
    return told | {
        "priority": priority,
        "object": _text(row["opportunity_id"]),
        "owner": _by(row["assignee_id"], names),
    }


def _feedback(row: Row, view: AccountView, names: Names) -> Row:  # noqa: ARG001
    contact = names.get(row["contact_id"], row["contact_id"])
    told = {"at": _day(row["at"]), "kind": name_code("outcome", row["kind"]), "score": _number(row["score"])}
    return told | {"contact": _text(contact), "text": _text(row.get("text"))}


def _changes(row: Row, view: AccountView, names: Names) -> Row:  # noqa: ARG001
    told = {"at": _day(row["at"]), "field": name_code("word", row["field"]), "object": _text(row["object_id"])}
    old, new = (names.get(row[side], row[side]) for side in ("old", "new"))
    return told | {"old": _text(old), "new": _text(new), "owner": _by(row["by_user_id"], names)}


def _by(user_id: object, names: Names) -> Text | None:
    return name_person(user_id, names) if isinstance(user_id, str) else None


def _day(value: Any) -> Any:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _amount(value: Any, currency: str) -> Money | None:
    return None if pd.isna(value) else Money(Decimal(str(value)), currency)


def _number(value: Any) -> Number | None:
    return None if pd.isna(value) else Number(float(value), 0)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _consent(opt_out: Any) -> Text | None:
    return None if pd.isna(opt_out) else say(f"customer_account.word.{'may_not' if bool(opt_out) else 'may'}")
