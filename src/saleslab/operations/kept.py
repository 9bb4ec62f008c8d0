"""What this company's CRM keeps about its deals, and how many of them a review rests on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

History = Literal["field_events", "stage_events", "snapshots"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What this company's CRM keeps about its deals; a question that needs more is answered by saying so.

    Attributes
    ----------
    close_date_history
        Table that holds the changes of expected close dates, or None; ``snapshots`` where several were kept and no
        date has changed between them.
    next_step, expected_close, created, probability
        Whether the column is filled for any deal.
    n_unconverted
        Deals with an amount in a foreign currency that has no value in the base currency; their amount is unknown here.
    """

    close_date_history: History | None
    next_step: bool
    expected_close: bool
    created: bool
    probability: bool
    n_unconverted: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Every deal known on a day: how many, what became of them, the won money, and how many name no account."""

    n_deals: int
    n_won: int
    n_lost: int
    n_open: int
    won_amount: Decimal
    n_without_account: int
