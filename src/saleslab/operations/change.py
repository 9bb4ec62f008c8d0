"""What changed since the period before: more deals decided, more of them won, or larger ones?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Literal

from saleslab.errors import NotEnoughData
from saleslab.operations.revenue import PeriodSales
from saleslab.stats import Interval, compare_totals

Factor = Literal["n_closed", "win_rate", "average"]

_FACTORS: tuple[Factor, ...] = ("n_closed", "win_rate", "average")


@dataclass(frozen=True, slots=True)
class RevenueChange:
    """The change of won money between two stretches, taken apart.

    Attributes
    ----------
    new, old
        What is compared.
    amount
        The difference in won money, exact.
    parts
        How much of it comes from the number of deals decided (``n_closed``), from the share of them that was won
        (``win_rate``) and from the money for each win (``average``); they add up to ``amount`` exactly.
    factor
        New over old, with the range that luck leaves open; None where either is nothing.
    """

    new: PeriodSales
    old: PeriodSales
    amount: Decimal
    parts: dict[Factor, Decimal]
    factor: Interval | None

    @property
    def is_clear(self) -> bool:
        """Say whether luck alone is an unlikely explanation of the difference."""
        return self.factor is not None and 1 not in self.factor

    @property
    def largest(self) -> Factor:
        """The factor that moved won money most, up or down."""
        return max(_FACTORS, key=lambda name: (abs(self.parts[name]), -_FACTORS.index(name)))


def explain_change(new: PeriodSales, old: PeriodSales, *, mass: float = 0.9) -> RevenueChange:
    """Return where the change in won money comes from.

    Won money is deals decided x share won x money for each win. Each factor gets its Shapley value: its effect averaged
    over all sequences in which the three could have changed (Shapley 1953), in exact fractions.

    Parameters
    ----------
    new, old
        Stretches of equal length, from `measure_revenue`.
    mass
        Of the range of ``factor``.

    Raises
    ------
    NotEnoughData
        When no deal was decided in either stretch.

    Examples
    --------
    >>> from datetime import date
    >>> from saleslab.periods import Period
    >>> old = PeriodSales(Period(date(2026, 1, 1), date(2026, 3, 31)), 10, 30, Decimal(1000), 1e5, 0)
    >>> new = PeriodSales(Period(date(2026, 4, 1), date(2026, 6, 30)), 20, 60, Decimal(2000), 2e5, 0)
    >>> explain_change(new, old).parts
    {'n_closed': Decimal('1000.00'), 'win_rate': Decimal('0.00'), 'average': Decimal('0.00')}
    """
    if not new.n_closed and not old.n_closed:
        raise NotEnoughData("No deal was decided in either period.", "choose longer periods.")
    before, after = _factors(old, new), _factors(new, old)
    shares = {name: Fraction(0) for name in _FACTORS}
    sequences = list(permutations(_FACTORS))
    for sequence in sequences:
        state = dict(before)
        for name in sequence:
            start = _product(state)
            state[name] = after[name]
            shares[name] += (_product(state) - start) / len(sequences)
    amount = new.won_amount - old.won_amount
    factor = None
    if new.won_amount > 0 and old.won_amount > 0:
        factor = compare_totals(
            (float(new.won_amount), new.won_squares), (float(old.won_amount), old.won_squares), mass=mass
        )
    return RevenueChange(new, old, amount, _round_to_sum(shares, amount), factor)


def _factors(sales: PeriodSales, other: PeriodSales) -> dict[Factor, Fraction]:
    """Return the three factors; one that is undefined here is as in the other stretch, and so explains nothing."""
    measures: dict[Factor, Callable[[PeriodSales], Fraction | None]] = {
        "n_closed": lambda one: Fraction(one.n_closed),
        "win_rate": lambda one: Fraction(one.n_won, one.n_closed) if one.n_closed else None,
        "average": lambda one: Fraction(one.won_amount) / one.n_won if one.n_won else None,
    }
    found = {name: (measure(sales), measure(other)) for name, measure in measures.items()}
    return {name: own if own is not None else theirs or Fraction(0) for name, (own, theirs) in found.items()}


def _product(state: dict[Factor, Fraction]) -> Fraction:
    return state["n_closed"] * state["win_rate"] * state["average"]


def _round_to_sum(shares: dict[Factor, Fraction], total: Decimal) -> dict[Factor, Decimal]:
    """Round to cents; what rounding leaves over goes to the largest part, so the parts add up."""
    cents = {name: Decimal(round(share * 100)) / 100 for name, share in shares.items()}
    largest = max(_FACTORS, key=lambda name: abs(shares[name]))
    cents[largest] += total - sum(cents.values(), Decimal(0))
    return {name: value.quantize(Decimal("0.01")) for name, value in cents.items()}
