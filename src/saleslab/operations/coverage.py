"""Does what is open cover what is still missing from the target?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.operations.revenue import PeriodSales
from saleslab.periods import Period
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class Coverage:
    """The target of a period, and how far wins and open deals reach.

    Attributes
    ----------
    target, won_amount
        What was to be won in the period, and what has been.
    missing
        What is left to win; 0 when the target is reached.
    n_due, due_amount
        Open deals whose close date lies within the rest of the period, and their money.
    ratio
        ``due_amount / missing``: how many times the open deals cover the gap. None when nothing is missing or the
        period is over.
    attained
        ``won_amount / target``.
    """

    target: Decimal
    won_amount: Decimal
    missing: Decimal
    n_due: int
    due_amount: Decimal
    ratio: float | None
    attained: float


def measure_coverage(
    open_deals: pd.DataFrame, *, won: PeriodSales, target: Decimal | None, period: Period, as_of: date
) -> Coverage:
    """Return how far open deals cover the gap between what was won and the target.

    A ratio of 1 does not mean that the target is safe: most open deals are lost or slip. Compare it with the win rate,
    or use `forecasting` for the chance.

    Parameters
    ----------
    open_deals
        From `read_open_deals`.
    won
        What was won in the period until ``as_of``.
    target
        From `read_target`.
    period
        The whole period.

    Raises
    ------
    NotEnoughData
        When there is no target for exactly this period.
    BadArgument
        When the target is not above 0.

    Examples
    --------
    >>> quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
    >>> won = PeriodSales(quarter, 3, 5, Decimal(60), 1e3, 0)
    >>> deals = pd.DataFrame({"amount": [Decimal(50), Decimal(30), Decimal(9)],
    ...     "expected_close_date": pd.to_datetime(["2026-12-10", "2026-12-24", "2027-01-10"])})
    >>> measure_coverage(deals, won=won, target=Decimal(100), period=quarter, as_of=date(2026, 11, 24)).ratio
    2.0
    """
    require_columns(open_deals, "amount", "expected_close_date", of="open_deals")
    if target is None:
        raise NotEnoughData(
            f"There is no company target of won_amount from {period.start} to {period.end}.",
            "import targets with these dates, metric won_amount and scope company.",
        )
    if target <= 0:
        raise BadArgument(f"A target of {target} cannot be covered.", "correct targets.target of this period.")
    due = open_deals["expected_close_date"].between(pd.Timestamp(as_of), pd.Timestamp(period.end))
    due_amount = sum(open_deals["amount"][due].dropna(), Decimal(0))
    missing = max(target - won.won_amount, Decimal(0))
    is_running = as_of < period.end
    return Coverage(
        target,
        won.won_amount,
        missing,
        int(due.sum()),
        due_amount,
        float(due_amount / missing) if missing and is_running else None,
        float(won.won_amount / target),
    )
