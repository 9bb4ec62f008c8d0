"""How much of last year's recurring money is still there, and which contracts end next?

Recurring money is what running contracts bring a year (a line of 12 months counts its total). Net retention (NRR) is
what the customers of a year ago bring now over what they brought then; gross retention (GRR) counts no growth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.stats import Interval
from saleslab.tables.presence import require_columns

FEWEST_CUSTOMERS = 100
"""Customers below which an interval of a share of money is not told: its normal approximation is too bold."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What became of the recurring money of the customers of an earlier day.

    Attributes
    ----------
    since, as_of
        The two days.
    n_customers, n_lost
        Customers with a running contract on the first, and those of them without one on the second.
    start_amount
        What they brought a year on the first day.
    lost_amount, shrunk_amount, grown_amount
        What left with customers, what those who stayed cut, and what they added.
    new_amount
        What customers without a contract on the first day bring on the second.
    net, gross
        NRR and GRR, exact.
    net_interval, gross_interval
        How far luck among customers could move them, as if each had been drawn alone; None with fewer than 100
        customers.
    """

    since: date
    as_of: date
    n_customers: int
    n_lost: int
    start_amount: Decimal
    lost_amount: Decimal
    shrunk_amount: Decimal
    grown_amount: Decimal
    new_amount: Decimal
    net: float
    gross: float
    net_interval: Interval | None
    gross_interval: Interval | None

    @property
    def end_amount(self) -> Decimal:
        """What all customers bring on the second day."""
        return self.start_amount - self.lost_amount - self.shrunk_amount + self.grown_amount + self.new_amount


def measure_retention(totals: pd.DataFrame, *, since: date, as_of: date, mass: float = 0.9) -> Retention:
    """Return NRR, GRR and the bridge between two days.

    Parameters
    ----------
    totals
        One row from `read_retention`: counts, sums and sums of squares over customers.
    since, as_of
        The two days, as they were read.
    mass
        Of the intervals: by linearisation of the ratio, customers as units.

    Raises
    ------
    NotEnoughData
        When no contract ran on the first day.

    Examples
    --------
    >>> one = pd.DataFrame([count_retained([(100, 120), (100, 50), (50, 0), (0, 30)])])
    >>> answer = measure_retention(one, since=date(2025, 9, 30), as_of=date(2026, 9, 30))
    >>> answer.net, answer.gross, answer.end_amount
    (0.68, 0.6, Decimal('200'))
    """
    require_columns(totals, "n", "n_lost", "start", "kept", "end", of="totals (customers.read_retention)")
    row = totals.iloc[0]
    n, start = int(row["n"]), _exact(row["start"])
    if n == 0 or start <= 0:
        raise NotEnoughData(
            f"No contract ran on {since}, so nothing says what was kept.",
            "import order_lines with term_start and term_end, or choose a later day.",
        )
    kept, end, lost = (_exact(row[name]) for name in ("kept", "end", "lost"))
    return Retention(
        since=since,
        as_of=as_of,
        n_customers=n,
        n_lost=int(row["n_lost"]),
        start_amount=start,
        lost_amount=lost,
        shrunk_amount=start - kept - lost,
        grown_amount=end - kept,
        new_amount=_exact(row["new"]),
        net=float(end / start),
        gross=float(kept / start),
        net_interval=_reach(row, "end", mass),
        gross_interval=_reach(row, "kept", mass),
    )


def count_retained(pairs: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return the row of `read_retention` for customers given as (money a year then, money a year now)."""
    old = [(then, now, min(then, now)) for then, now in pairs if then > 0]
    sums: dict[str, float] = {"n": len(old), "n_lost": sum(now <= 0 for _, now, _ in old)}
    sums |= {"start": sum(then for then, _, _ in old), "lost": sum(then for then, now, _ in old if now <= 0)}
    sums |= {"kept": sum(both for _, _, both in old), "end": sum(now for _, now, _ in old)}
    sums |= {"new": sum(now for then, now in pairs if then <= 0)}
    sums |= {"start_start": sum(then * then for then, _, _ in old)}
    sums |= {"end_end": sum(now * now for _, now, _ in old), "end_start": sum(now * then for then, now, _ in old)}
    return sums | {"kept_kept": sum(b * b for *_, b in old), "kept_start": sum(b * then for then, _, b in old)}


def _exact(value: Any) -> Decimal:
    return Decimal(0) if pd.isna(value) else Decimal(str(value))


def _reach(row: pd.Series, part: str, mass: float) -> Interval | None:
    from scipy.special import ndtri

    n, start = int(row["n"]), float(row["start"])
    if n < FEWEST_CUSTOMERS:
        return None
    ratio = float(row[part]) / start
    squares = float(row[f"{part}_{part}"]) - 2 * ratio * float(row[f"{part}_start"])
    squares += ratio**2 * float(row["start_start"])
    reach = float(ndtri((1 + mass) / 2)) * np.sqrt(max(squares, 0.0) * n / (n - 1)) / start
    high = ratio + reach if part == "end" else min(1.0, ratio + reach)
    return Interval(ratio, max(0.0, ratio - reach), float(high), mass)
