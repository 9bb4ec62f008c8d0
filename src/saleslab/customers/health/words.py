"""What the page of customer health says: the headline, the cards, what to do, how far it can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.customers.contracts.retention_rows import SILENT
from saleslab.customers.health.rating import KindHealth
from saleslab.customers.health.review import HealthReview
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    Money,
    NoteWords,
    Share,
    TaskWords,
    Text,
    join_texts,
    say,
)

_TOP, _LISTED, _TOLD = 10, 12, 3


def write_health_headline(review: HealthReview) -> HeadlineWords:
    """Return the headline: what may be lost, and what was kept."""
    n_silent = int(_silent(review)["amount"].count())
    retained = None
    if review.retention is not None:
        words = {"gross": Share(review.retention.gross, 0), "net": Share(review.retention.net, 0)}
        retained = say("customer_health.headline.retained", **words)
    days = Days(review.horizon)
    return {
        "question": say("customer_health.headline.question"),
        "status": _tell_status(review, n_silent),
        "tone": "bad" if n_silent else "warn" if review.health else "neutral",
        "answer": join_texts(_tell_stake(review), retained),
        "subject": say("customer_health.headline.subject", days=days),
    }


def _tell_status(review: HealthReview, n_silent: int) -> Text:
    if n_silent:
        return say("customer_health.status.silent", n=n_silent)
    if review.health is None:
        return say("customer_health.status.unknown")
    return say("customer_health.status.calm", amount=money(review.health.at_stake, review))


def _tell_stake(review: HealthReview) -> Text:
    if review.health is None:
        return say("customer_health.headline.unrated")
    frame, total = review.health.frame, review.health.at_stake
    n_top = min(_TOP, len(frame))
    share = float(frame["at_stake"].head(n_top).sum()) / total if total > 0 else 0.0
    words = {"amount": money(total, review), "days": Days(review.horizon), "n": len(frame)}
    return say("customer_health.headline.at_stake", **words, n_top=n_top, share=Share(share, 0))


def money(amount: Any, review: HealthReview) -> Money:
    """Return an amount in the base currency, to the whole unit."""
    return Money(Decimal(round(float(amount))), review.currency)


def _silent(review: HealthReview) -> pd.DataFrame:
    """Return the contracts that are due and of whose customer nobody heard, the largest first."""
    silent = review.due[review.due["is_silent"].astype(bool)]
    return silent.sort_values(["amount", "account_id"], ascending=[False, True])


def write_health_banners(review: HealthReview) -> Iterator[BannerWords]:
    """Return, for each kind of customers, how far its chances can be relied on, or why none are told."""
    for kind, judged in (review.health.kinds if review.health else {}).items():
        text = tell_judgement(judged)
        yield {"name": f"judged_{kind}", "text": text, "tone": "warn" if judged.withheld else "good", "details": []}


def tell_judgement(judged: KindHealth) -> Text:
    """Return in a sentence whether customers of a kind can be told apart."""
    if judged.withheld is not None or judged.test is None:
        reason = judged.withheld or "too_few"
        return say(f"customer_health.withheld.{judged.kind}.{reason}", rate=Share(judged.rate.estimate, 0))
    test = judged.test
    words = {"auc": Share(test.auc.estimate, 0), "recency": Share(test.recency_auc.estimate, 0)}
    return say(f"customer_health.judged.{judged.kind}", **words, n=test.n, n_lost=Count(test.n_lost))


def write_health_cards(review: HealthReview) -> Iterator[CardWords]:
    """Return the numbers of the page."""
    if review.health is not None:
        words = {"days": Days(review.horizon), "n": len(review.health.frame)}
        yield {
            "name": "at_stake", "label": say("customer_health.card.at_stake"),
            "value": money(review.health.at_stake, review), "note": say("customer_health.card.at_stake_note", **words),
        }  # fmt: skip
    if review.retention is not None:
        kept = review.retention
        for name, value, interval in (("gross", kept.gross, kept.gross_interval), ("net", kept.net, kept.net_interval)):
            note = say(f"customer_health.card.{name}_note", **({"day": kept.since} if name == "gross" else {}))
            ends = None if interval is None else (Share(interval.low), Share(interval.high))
            label = say(f"customer_health.card.{name}")
            yield {"name": name, "label": label, "value": Share(value), "interval": ends, "note": note}
    if len(review.due):
        n_silent = int(review.due["is_silent"].sum())
        words = {"amount": money(review.due["amount"].astype(float).sum(), review), "n_silent": n_silent}
        note = say("customer_health.card.due_note", **words, days=Days(SILENT))
        label = say("customer_health.card.due")
        yield {
            "name": "due_soon",
            "label": label,
            "value": Count(len(review.due)),
            "note": note,
            "tone": "bad" if n_silent else "neutral",
        }
    if review.follow_ups is not None:
        note = say("customer_health.card.follow_ups_note", n=review.follow_ups.n_deals)
        label, n = say("customer_health.card.follow_ups"), len(review.follow_ups.tasks)
        yield {"name": "follow_ups", "label": label, "value": Count(n), "note": note}


def write_health_findings(review: HealthReview) -> Iterator[FindingWords]:
    """Return what to do first: silent contracts, the largest at stake, follow-ups that nobody planned."""
    for number, row in enumerate(_silent(review).head(_TOLD).to_dict("records"), start=1):
        day = row["due_on"].date()
        key = "silent_ended" if day <= review.as_of else "silent"
        words = {"account": call(row["account_id"], review), "amount": money(row["amount"], review), "day": day}
        text = say(f"customer_health.find.{key}", **words, **({} if key == "silent_ended" else {"days": Days(SILENT)}))
        yield _find(f"silent_{number}", text, key, ("due", _owner(row, review)), review, tone="bad")
    for row in review.health.frame.head(1).to_dict("records") if review.health else ():
        words = {name: money(row[name], review) for name in ("at_stake", "amount")}
        chance = Share(float(row["chance_lost"]), 0)
        text = say("customer_health.find.top", account=call(row["account_id"], review), chance=chance, **words)
        yield _find("top", text, "top", ("risk", _owner(row, review)), review)
    if review.follow_ups is not None and len(review.follow_ups.tasks):
        text = say("customer_health.find.follow_up", n=len(review.follow_ups.tasks))
        owners = say("customer_health.find.all_owners")
        yield _find("follow_up", text, "follow_up", ("follow_ups", owners), review)


def _find(
    name: str, text: Text, key: str, shown_and_owner: tuple[str, Text], review: HealthReview, *, tone: Any = "warn"
) -> FindingWords:
    shown, owner = shown_and_owner
    return {
        "name": f"do_{name}", "text": text, "evidence": [shown], "action": say(f"customer_health.find.{key}_do"),
        "owner": owner, "due": review.as_of + timedelta(days=7), "effect": None, "tone": tone,
    }  # fmt: skip


def call(one: object, review: HealthReview) -> Text:
    """Return the name of a customer or colleague; the id where names are not shown."""
    return Text.same(review.names.get(str(one), str(one)))


def _owner(row: Mapping[Any, Any], review: HealthReview) -> Text:
    if isinstance(row["owner_id"], str):
        return call(row["owner_id"], review)
    return say("customer_account.word.nobody")


def write_health_worklist(review: HealthReview) -> dict[str, Any]:
    """Return the list of whom to see: what is at stake, when, what speaks for and against it."""
    rows = review.health.frame.head(_LISTED).to_dict("records") if review.health else []
    return {
        "title": say("customer_health.work.title"),
        "caption": say("customer_health.work.caption"),
        "tasks": [_task(row, review) for row in rows],
    }


def _task(row: Mapping[Any, Any], review: HealthReview) -> TaskWords:
    kind, last = row["kind"], row["last_contact_on"]
    chances = {name: Share(float(row[name]), 0) for name in ("chance_lost", "low", "high")}
    seen = say("customer_health.work.never") if pd.isna(last) else last.date()
    facts: list[tuple[Text, Any]] = [
        (say("customer_health.work.at_stake"), money(row["at_stake"], review)),
        (
            say("customer_health.work.chance"),
            say(
                "customer_health.work.chance_range",
                chance=chances["chance_lost"],
                low=chances["low"],
                high=chances["high"],
            ),
        ),
        (say(f"customer_health.work.amount_{kind}"), money(row["amount"], review)),
        (say("customer_health.work.last_contact"), seen),
        (say("customer_health.work.owner"), _owner(row, review)),
    ]
    day = row["due_on"].date() if kind == "contract" else review.as_of + timedelta(days=7)
    return {
        "whom": call(row["account_id"], review),
        "action": say(f"customer_health.work.{kind}"),
        "when": say("customer_health.work.when", day=day),
        "grade": "",
        "facts": facts,
        "pros": [_reason(one, "worse") for one in row["worse"]],
        "cons": [_reason(one, "better") for one in row["better"]],
        "mark": None,
    }


def _reason(told: tuple[str, int, float], side: str) -> Text:
    factor, level, _ = told
    return say(f"customer_health.{'unknown' if level < 0 else side}.{factor}")


def write_health_notes(review: HealthReview) -> Iterator[NoteWords]:
    """Return how to read the page, and what it cannot say."""
    yield {
        "name": "reading", "text": say("customer_health.note.reading"), "tone": "neutral"
    }  # fmt: skip
    yield {"name": "causes", "text": say("customer_health.note.causes"), "tone": "neutral"}
    if review.left_out:
        known = [review.names.get(one, one) for one in review.left_out]
        products = Text(", ".join(known), "、".join(known))
        yield {"name": "left_out", "text": say("customer_health.note.left_out", products=products), "tone": "neutral"}
