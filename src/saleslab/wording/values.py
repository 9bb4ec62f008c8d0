"""Values that are written differently in each language: amounts, shares, counts, durations.

A value knows its number and its unit, and nothing of any language; `saleslab.wording.text.write` puts it into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency (ISO 4217); shortened to K/M/B or 万/億 unless ``exact``."""

    amount: Decimal
    currency: str = "JPY"
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A rate from 0 to 1, written in per cent with ``digits`` decimals."""

    value: float
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Points:
    """A difference of two rates, written in signed percentage points."""

    value: float
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A relative change, written as a signed percentage: 0.09 is +9 %."""

    value: float
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number with thousands separators; Japanese writes the counter of the ``thing`` behind it: 147件."""

    n: int
    thing: Literal["", "deal", "customer", "person"] = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number with a fixed count of decimals."""

    value: float
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Days:
    """A duration in days, with its unit."""

    value: float
    digits: int = 0


Value = Money | Share | Points | Change | Count | Number | Days
