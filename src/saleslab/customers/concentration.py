"""How much hangs on the few largest customers?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.tables.presence import require_columns

TOPS = (1, 5, 10, 20)
"""The numbers of largest customers whose common share is told."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How unequally money is spread over customers.

    Attributes
    ----------
    n_customers, amount
        Customers who brought anything, and what they brought together.
    hhi
        Herfindahl-Hirschman index, sum of squared shares, 0-1; exact, then rounded to a float.
    equal_customers
        How many customers of equal size would be as concentrated: 1 / hhi.
    top_shares
        Share of the largest 1, 5, 10 and 20 customers, as far as there are so many.
    n_for_half, n_for_four_fifths
        How many of the largest customers bring 50 % and 80 % of the money; beyond the largest 100 to the precision of a
        group of neighbours, then counted in full.
    curve
        Points (share of customers, share of money), from the largest down, from (0, 0) to (1, 1).
    """

    n_customers: int
    amount: Decimal
    hhi: float
    equal_customers: float
    top_shares: Mapping[int, float]
    n_for_half: int
    n_for_four_fifths: int
    curve: tuple[tuple[float, float], ...]


def measure_concentration(ranked: pd.DataFrame) -> Concentration:
    """Return how much of the money the largest customers bring.

    Parameters
    ----------
    ranked
        From `read_ranked_customers`: ``n_customers, amount, squares``, the largest customers first.

    Raises
    ------
    NotEnoughData
        When no customer brought anything.

    Examples
    --------
    >>> ranked = pd.DataFrame({"n_customers": [1, 1, 1], "amount": [Decimal(60), Decimal(30), Decimal(10)],
    ...     "squares": [Decimal(3600), Decimal(900), Decimal(100)]})
    >>> answer = measure_concentration(ranked)
    >>> answer.hhi, dict(answer.top_shares), answer.n_for_four_fifths
    (0.46, {1: 0.6}, 2)
    """
    require_columns(ranked, "n_customers", "amount", "squares", of="ranked")
    counts = [int(n) for n in ranked["n_customers"]]
    amounts = [Fraction(amount) for amount in ranked["amount"]]
    total, n_all = sum(amounts, Fraction(0)), sum(counts)
    if not total:
        raise NotEnoughData("No customer brought any money in this period.", "choose a longer period.")
    hhi = sum((Fraction(square) for square in ranked["squares"]), Fraction(0)) / total**2
    curve, seen, money = [(0.0, 0.0)], 0, Fraction(0)
    shares: dict[int, float] = {}
    needed = {Fraction(1, 2): 0, Fraction(4, 5): 0}
    for n, amount in zip(counts, amounts, strict=True):
        seen, money = seen + n, money + amount
        curve.append((seen / n_all, float(money / total)))
        if seen in TOPS:
            shares[seen] = float(money / total)
        needed |= {share: seen for share, found in needed.items() if not found and money >= share * total}
    return Concentration(
        n_all,
        sum(ranked["amount"], Decimal(0)),
        float(hhi),
        float(1 / hhi),
        MappingProxyType(shares),
        needed[Fraction(1, 2)],
        needed[Fraction(4, 5)],
        tuple(curve),
    )
