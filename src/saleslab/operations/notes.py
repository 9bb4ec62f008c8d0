"""How to read a review: what is compared with what, what cannot be judged yet, and what the CRM does not keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from saleslab.intake import find_contradictions
from saleslab.operations.review import SalesReview
from saleslab.operations.tour import name_place
from saleslab.periods import Month
from saleslab.warehouse import Violation, Warehouse
from saleslab.wording import BannerWords, Money, NoteWords, Text, join_texts, say

_REVIEWED = ("opportunities", "stages", "users", "field_events", "stage_events", "orders")


def write_notes(review: SalesReview) -> list[NoteWords]:
    """Return the remarks without which the numbers of a review would mislead, the ground they stand on first."""
    notes: list[tuple[str, Text | None]] = [
        ("scope", _scope(review)),
        ("like_for_like", _like_for_like(review)),
        ("immature", _immature(review)),
        ("unconverted", _unconverted(review)),
        ("wins_without_amount", _without_amount(review)),
        ("gaps", _tell_gaps(review)),
    ]
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes if text is not None]


def describe_gaps(review: SalesReview) -> Text | None:
    """Return what the CRM does not keep, as a finding for whoever can change that; None when nothing is missing."""
    lacking = _lacking(review)
    if not lacking:
        return None
    fields = [say(f"operations.lacking.{name}") for name in lacking]
    listed = Text(" and no ".join(field.en for field in fields), "・".join(field.ja for field in fields))
    return say("operations.finding.gaps", fields=listed)


def _tell_gaps(review: SalesReview) -> Text | None:
    """Return what has therefore no answer; slipped deals have a place of their own where this is said."""
    told = [name for name in _lacking(review) if name != "expected_close"]
    told += ["coverage"] if "coverage" in review.gaps else []
    return join_texts(*(say(f"operations.gap.{name}") for name in told)) if told else None


def _lacking(review: SalesReview) -> list[str]:
    """Return which fields the CRM does not keep, by their names in the wording."""
    kept, lacking = review.kept, []
    if not kept.expected_close:
        lacking.append("expected_close")
    elif kept.close_date_history is None:
        lacking.append("history")
    if not kept.next_step:
        lacking.append("next_step")
    if review.pipeline is not None and review.pipeline.total.n_without_amount == review.pipeline.total.n_deals:
        lacking.append("amount")
    return lacking


def check_reviewed(lab: Warehouse, *, as_of: date) -> BannerWords:
    """Return whether the rows behind a review keep their contracts and its deals agree with themselves, as a banner."""
    violations = [found for name in _REVIEWED if lab.has(name) for found in lab.violations(name)]
    errors = find_contradictions(lab, as_of=as_of)
    if not violations and not errors:
        return {"name": "contracts", "text": say("operations.contracts.kept"), "tone": "good", "details": []}
    n_rows = sum(found.n_rows for found in violations) + sum(error.n_rows for error in errors)
    text = say("operations.contracts.broken", n=n_rows, n_rules=len(violations) + len(errors))
    details = [*_details(violations), *(error.text for error in errors)]
    return {"name": "contracts", "text": text, "tone": "warn", "details": details}


def _details(violations: Sequence[Violation]) -> list[Text]:
    return [
        say(
            "operations.contracts.detail",
            place=name_place(found.table, found.column),
            rule=say(f"operations.contracts.rule.{found.rule}"),
            n=found.n_rows,
        )
        for found in violations
    ]


def _scope(review: SalesReview) -> Text:
    kept = review.scope
    words = {"n": kept.n_deals, "n_won": kept.n_won, "n_lost": kept.n_lost, "n_open": kept.n_open}
    amount = Money(kept.won_amount, review.currency, exact=True)
    text = say("operations.scope.note", **words, amount=amount, day=review.as_of)
    n = kept.n_without_account
    return join_texts(text, say("operations.scope.no_account", n=n) if n else None)


def _like_for_like(review: SalesReview) -> Text | None:
    is_running = review.revenue is not None and not review.revenue.is_over and review.revenue.previous is not None
    return say("operations.note.like_for_like") if is_running else None


def _immature(review: SalesReview) -> Text | None:
    if not review.immature:
        return None
    n_opened = sum(cohort.n_opened for cohort in review.immature)
    n_open = sum(cohort.n_open for cohort in review.immature)
    month = Month(review.immature[0].month.start)
    return say("operations.immature.note", month=month, n_open=n_open, n_opened=n_opened)


def _without_amount(review: SalesReview) -> Text | None:
    n = 0 if review.revenue is None else review.revenue.current.n_without_amount
    return say("operations.note.wins_without_amount", n=n) if n else None


def _unconverted(review: SalesReview) -> Text | None:
    n = review.kept.n_unconverted
    return say("operations.note.unconverted", n=n, currency=review.currency) if n else None
