"""What a readout says of a company that has no experiment on record: what is missing, and how to begin."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from saleslab.experiments.findings import WITHIN
from saleslab.wording import FindingWords, HeadlineWords, NoteWords, say

if TYPE_CHECKING:
    from saleslab.periods import FiscalCalendar


def write_absence() -> HeadlineWords:
    """Return the headline of a page that has nothing to read out.

    Examples
    --------
    >>> write_absence()["status"].en
    'No experiment on record'
    """
    return {
        "question": say("experiments.absent.question"),
        "status": say("experiments.absent.status"),
        "tone": "neutral",
        "answer": say("experiments.absent.answer"),
        "subject": say("experiments.absent.subject"),
    }


def list_missing() -> list[NoteWords]:
    """Return what the company would have to import, and what can be read without."""
    return [
        {"name": name, "text": say(f"experiments.absent.{name}"), "tone": "neutral"}
        for name in ("missing", "other_system")
    ]


def advise_first_test(*, as_of: date, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return the first step towards a test, as an action; it rests on the note ``missing``."""
    finding: FindingWords = {
        "name": "do_plan",
        "text": say("experiments.absent.finding"),
        "evidence": ["missing"],
        "action": say("experiments.absent.action"),
        "owner": say("experiments.owner.manager"),
        "due": calendar.after_business_days(as_of, WITHIN),
        "effect": None,
        "tone": "neutral",
    }
    return [finding]
