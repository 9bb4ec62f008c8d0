"""What the page of one account says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.customers.accounts.view import AccountView
from saleslab.errors import BadArgument
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    Money,
    NoteWords,
    Text,
    Tone,
    say,
    write,
)

_SILENT, _ENDS_SOON = 60, 90
_SALES = ("campaign", "feedback", "order")
"""Entries that nobody had to be in touch for."""

Names = Mapping[str, str]


def name_of(view_or_id: AccountView | str, names: Names) -> Text:
    """Return the name of an account, or its id where names are not shown."""
    one = view_or_id.account_id if isinstance(view_or_id, AccountView) else view_or_id
    return Text.same(names.get(one, one))


def write_account_headline(view: AccountView, names: Names) -> HeadlineWords:
    """Return the headline: how the account stands, and what is on record."""
    tone, status = _judge(view)
    last = _last_entry(view)
    words: dict[str, Any] = {"n_entries": view.counts["timeline"], "n_orders": view.counts["purchases"]}
    words |= {"n_deals": view.counts["deals"], "n_tasks": view.counts["tasks"]}
    words |= {"amount": Money(view.ordered_amount, view.currency)}
    words |= {
        "last": say("customer_account.last.never") if last is None else say("customer_account.last.ago", day=last)
    }
    is_empty = view.counts["timeline"] + view.counts["deals"] == 0
    account, owner = name_of(view, names), name_person(view.profile["owner_id"], names)
    return {
        "question": say("customer_account.headline.question", account=account),
        "status": status,
        "tone": tone,
        "answer": say(f"customer_account.headline.{'nothing_yet' if is_empty else 'answer'}", **words),
        "subject": say("customer_account.headline.subject", account=account, owner=owner),
    }  # fmt: skip


def _judge(view: AccountView) -> tuple[Any, Text]:
    overdue, ends, silent = _overdue(view), _ending(view), _days_silent(view)
    if len(overdue):
        return "bad", say("customer_account.status.bad", n=len(overdue))
    if silent is None:
        return "warn", say("customer_account.status.silent_ever")
    if silent > _SILENT:
        return "warn", say("customer_account.status.silent", days=Days(silent))
    if len(ends):
        return "warn", say("customer_account.status.warn", day=ends["term_end"].iloc[-1].date())
    return "good", say("customer_account.status.good")


def name_person(user_id: object, names: Names) -> Text:
    """Return the name of a colleague, the id where names are not shown, or that there is nobody."""
    return Text.same(names.get(user_id, user_id)) if isinstance(user_id, str) else say("customer_account.word.nobody")


def _last_entry(view: AccountView) -> Any:
    return None if view.timeline.empty else view.timeline["at"].iloc[0].date()


def _days_silent(view: AccountView) -> int | None:
    """Return the days since somebody was in touch; None where nobody ever was."""
    talked = view.timeline.loc[~view.timeline["kind"].isin(_SALES), "at"]
    return None if talked.empty else (view.as_of - talked.iloc[0].date()).days


def _overdue(view: AccountView) -> pd.DataFrame:
    return view.tasks[pd.to_datetime(view.tasks["due_at"]) < pd.Timestamp(view.as_of)]


def _ending(view: AccountView) -> pd.DataFrame:
    """Return the running lines that end soon and whose product has no later line, the next to end last."""
    lines = view.contracts
    if lines.empty:
        return lines
    last = lines.groupby("product_id")["term_end"].transform("max")
    until = pd.Timestamp(view.as_of + timedelta(days=_ENDS_SOON))
    return lines[lines["is_running"] & (lines["term_end"] == last) & (lines["term_end"] <= until)]


def write_account_banners(view: AccountView) -> Iterator[BannerWords]:
    """Return what must be known first: merged records, and people who said no."""
    if view.merged_ids:
        text = say("customer_account.banner.merged", n=len(view.merged_ids))
        yield {"name": "merged", "text": text, "tone": "neutral", "details": [*map(Text.same, view.merged_ids)]}
    n_out = int((_flags(view, "opt_out_email") | _flags(view, "opt_out_phone")).sum())
    if n_out:
        text = say("customer_account.banner.opt_out", n=n_out)
        yield {"name": "opt_out", "text": text, "tone": "warn", "details": []}


def _flags(view: AccountView, column: str) -> pd.Series:
    return view.contacts[column].fillna(value=False).astype(bool)


def write_account_cards(view: AccountView) -> Iterator[CardWords]:
    """Return the numbers of the account."""
    n_overdue, silent = len(_overdue(view)), _days_silent(view)
    by_number = sorted(view.by_kind.items(), key=lambda one: (-one[1], one[0]))
    kinds = [(name_code("kind", kind), n) for kind, n in by_number]
    amounts = view.deals["amount"].dropna()
    base = view.deals.loc[amounts.index, "currency"].fillna(view.currency) == view.currency
    if silent is not None:
        tone: Tone = "warn" if silent > _SILENT else "neutral"
        label = say("customer_account.card.last_contact")
        yield {"name": "last_contact", "label": label, "value": Days(silent), "tone": tone}
    yield {
        "name": "touches", "label": say("customer_account.card.timeline"), "value": Count(view.counts["timeline"]),
        **({"note": _list_kinds(kinds)} if kinds else {}),
    }  # fmt: skip
    yield {
        "name": "amount", "label": say("customer_account.card.amount"),
        "value": Money(view.ordered_amount, view.currency),
        "note": say("customer_account.card.n_shown", n=view.counts["purchases"]),
    }  # fmt: skip
    yield {
        "name": "open_deals", "label": say("customer_account.card.deals"), "value": Count(view.counts["deals"]),
        **({} if amounts.empty else {"note": _money(sum(amounts[base], Decimal(0)), view)}),
    }  # fmt: skip
    yield {
        "name": "open_tasks", "label": say("customer_account.card.tasks"), "value": Count(view.counts["tasks"]),
        "tone": "bad" if n_overdue else "neutral",
        **({"note": say("customer_account.card.tasks_overdue", n=n_overdue)} if n_overdue else {}),
    }  # fmt: skip


def _money(amount: Decimal, view: AccountView) -> Text:
    value = Money(amount, view.currency)
    return Text(write(value, "en"), write(value, "ja"))


def _list_kinds(kinds: list[tuple[Text, int]]) -> Text:
    return Text(", ".join(f"{word.en} {n:,}" for word, n in kinds), "、".join(f"{word.ja}{n:,}件" for word, n in kinds))


def name_code(group: str, word: object) -> Text:
    """Return a code of the CRM in words; as it is where there is no word for it."""
    if not isinstance(word, str) or not word:
        return Text.same("")
    try:
        return say(f"customer_account.{group}.{word.lower()}")
    except BadArgument:
        return Text.same(word)


def write_account_findings(view: AccountView, names: Names) -> Iterator[FindingWords]:
    """Return what is to be done next."""
    owner = name_person(view.profile["owner_id"], names)
    overdue, silent = _overdue(view), _days_silent(view)
    if len(overdue):
        told = say("customer_account.find.overdue", n=len(overdue), day=overdue["due_at"].min().date())
        yield _finding("overdue", told, "tasks", owner, view)
    for number, line in enumerate(_ending(view)[::-1].to_dict("records")[:3]):
        words = {"product": Text.same(str(line["product_name"])), "day": line["term_end"].date()}
        amount = Money(Decimal(line["amount"]), view.currency)
        told = say("customer_account.find.contract", **words, amount=amount)
        yield _finding("contract", told, "contracts", owner, view, name=f"contract_{number + 1}")
    if silent is not None and silent > _SILENT:
        yield _finding("silent", say("customer_account.find.silent", days=Days(silent)), "last_contact", owner, view)


def _finding(key: str, text: Text, evidence: str, owner: Text, view: AccountView, *, name: str = "") -> FindingWords:
    return {
        "name": f"do_{name or key}", "text": text, "evidence": [evidence],
        "action": say(f"customer_account.find.{key}_do"), "owner": owner, "due": view.as_of + timedelta(days=7),
        "effect": None, "tone": "warn",
    }  # fmt: skip


def write_account_notes(view: AccountView) -> Iterator[NoteWords]:
    """Return what this page shows of people, and for whom it is."""
    is_open = "email" in view.contacts.columns
    key = "shown" if is_open else "hidden"
    yield {"name": "privacy", "text": say(f"customer_account.privacy.{key}"), "tone": "bad" if is_open else "neutral"}
