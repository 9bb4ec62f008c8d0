"""Which deals slip: past their close date and still open, or moved later again and again?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.operations.kept import History, Kept
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class SlippedDeal:
    """One open deal that slips.

    Attributes
    ----------
    days_late
        Days since the expected close date; 0 while that lies ahead.
    slip_count, days_pushed
        How often the close date was moved later, and from the first date on record to the present one; None where the
        CRM keeps no history.
    has_next_step
        Whether a next step is noted; None where the CRM keeps none.
    """

    opportunity_id: str
    owner_id: str | None
    stage_id: str | None
    amount: Decimal | None
    expected_close_date: date | None
    days_late: int
    slip_count: int | None
    days_pushed: int | None
    has_next_step: bool | None


@dataclass(frozen=True, slots=True)
class Slips:
    """The open deals that slip, those with the most money first.

    Attributes
    ----------
    deals
        Past their close date, or pushed at least ``often`` times.
    n_open, open_amount
        All open deals, for comparison.
    n_past_close, past_close_amount
        Those past their close date; None where the CRM keeps no expected close date.
    n_pushed_often, pushed_often_amount
        Those pushed ``often`` times or more; None where no history is kept.
    history
        The table that showed the pushes, or None.
    """

    deals: tuple[SlippedDeal, ...]
    n_open: int
    open_amount: Decimal
    n_past_close: int | None
    past_close_amount: Decimal | None
    n_pushed_often: int | None
    pushed_often_amount: Decimal | None
    often: int
    history: History | None

    @property
    def slipped_amount(self) -> Decimal:
        """Money of all deals that slip either way, each counted once."""
        return sum((deal.amount for deal in self.deals if deal.amount is not None), Decimal(0))


def find_slips(open_deals: pd.DataFrame, *, as_of: date, kept: Kept, often: int = 3) -> Slips:
    """Return the open deals past their close date or pushed again and again.

    Parameters
    ----------
    open_deals
        From `read_open_deals`.
    as_of
        A close date before this day has passed.
    kept
        From `read_kept`.
    often
        Pushes from which a deal is listed even before its date has passed.

    Raises
    ------
    NotEnoughData
        When the CRM keeps neither expected close dates nor their history, so that nothing can be said about slips.

    Examples
    --------
    >>> deals = pd.DataFrame({"opportunity_id": ["o:1", "o:2"], "owner_id": "u:1", "stage_id": "s:1",
    ...     "amount": [Decimal(5), Decimal(7)], "expected_close_date": pd.to_datetime(["2026-11-01", "2026-12-24"]),
    ...     "n_pushes": pd.array([0, 3], "Int64"), "has_next_step": [True, False],
    ...     "first_promised": pd.to_datetime([None, "2026-09-30"])})
    >>> slips = find_slips(deals, as_of=date(2026, 11, 24), kept=Kept("field_events", True, True, True, True, 0))
    >>> [(deal.days_late, deal.slip_count, deal.days_pushed) for deal in slips.deals]
    [(0, 3, 85), (23, 0, 0)]
    """
    require_columns(
        open_deals, "opportunity_id", "owner_id", "stage_id", "amount", "expected_close_date", "n_pushes",
        "has_next_step", "first_promised", of="open_deals",
    )  # fmt: skip
    if not kept.expected_close and kept.close_date_history is None:
        raise NotEnoughData(
            "Slipped deals need opportunities.expected_close_date, which is empty.",
            "map the expected close date of the deals; run `saleslab snapshot` on each export to record its changes.",
        )
    deals = [_deal(row, as_of, kept) for row in open_deals.to_dict("records")]
    past = [deal for deal in deals if deal.days_late]
    pushed = [deal for deal in deals if (deal.slip_count or 0) >= often]
    slipped = sorted(
        {deal.opportunity_id: deal for deal in [*past, *pushed]}.values(),
        key=lambda deal: (-(deal.amount or Decimal(0)), -deal.days_late, deal.opportunity_id),
    )
    no_history, no_date = kept.close_date_history is None, not kept.expected_close
    return Slips(
        tuple(slipped),
        len(deals),
        _money(deals),
        None if no_date else len(past),
        None if no_date else _money(past),
        None if no_history else len(pushed),
        None if no_history else _money(pushed),
        often,
        kept.close_date_history,
    )


def _deal(fields: Mapping[Hashable, Any], as_of: date, kept: Kept) -> SlippedDeal:
    due = fields["expected_close_date"]
    promised = None if pd.isna(due) else due.date()
    count = pushed = None
    if kept.close_date_history is not None:
        count = 0 if pd.isna(fields["n_pushes"]) else int(fields["n_pushes"])
        first = fields["first_promised"]
        moved = 0 if pd.isna(first) or promised is None else (promised - first.date()).days
        pushed = max(moved, 0) if count else 0
    return SlippedDeal(
        str(fields["opportunity_id"]),
        None if pd.isna(fields["owner_id"]) else str(fields["owner_id"]),
        None if pd.isna(fields["stage_id"]) else str(fields["stage_id"]),
        None if pd.isna(fields["amount"]) else fields["amount"],
        promised,
        0 if promised is None else max((as_of - promised).days, 0),
        count,
        pushed,
        bool(fields["has_next_step"]) if kept.next_step else None,
    )


def _money(deals: list[SlippedDeal]) -> Decimal:
    return sum((deal.amount for deal in deals if deal.amount is not None), Decimal(0))
