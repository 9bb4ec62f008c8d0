"""What we do for a segment, and from which effect on it pays."""

from __future__ import annotations

from dataclasses import dataclass

from saleslab.errors import BadArgument

_N_STEPS = 30


@dataclass(frozen=True, slots=True)
class Play:
    """One thing to do for every customer of a segment.

    Attributes
    ----------
    name
        What is done.
    owner
        Id of who answers for it.
    cost
        Of all of it, in the currency of values.
    margin
        What one more customer who does what the play aims at brings, after costs of delivery.
    chance
        That a customer does it without the play.
    held_out
        Share of customers who are left alone by lot, so that the effect can be seen.

    Examples
    --------
    >>> Play("win back", "rep-7", cost=500.0, margin=100.0, chance=0.1).break_even(100)
    0.05
    """

    name: str
    owner: str
    cost: float
    margin: float
    chance: float
    held_out: float = 0.5

    def __post_init__(self) -> None:
        if not (self.cost >= 0 and self.margin > 0 and 0 < self.chance < 1 and 0 < self.held_out < 1):
            raise BadArgument(
                f"The play has cost {self.cost}, margin {self.margin}, chance {self.chance}, held_out {self.held_out}.",
                "give cost >= 0, margin > 0, and the two shares strictly between 0 and 1.",
            )

    def break_even(self, n_customers: int) -> float:
        """Return by how much the chance must rise for the play to pay, as a difference of shares."""
        return self.cost / (n_customers * self.margin)

    def find_detectable(self, n_customers: int, *, mass: float = 0.9, power: float = 0.8) -> float | None:
        """Return the smallest rise that a test on so many customers would see; None where none could be seen.

        Two-sided, by the normal approximation with the spread that each arm would then have (Fleiss, Levin & Paik 2003,
        chapter 4); found by repeated substitution.
        """
        from scipy.special import ndtri

        aside = int(n_customers * self.held_out)
        if aside < 1 or aside == n_customers:
            return None
        treated, rise = n_customers - aside, 0.0
        for _ in range(_N_STEPS):
            lifted = self.chance + rise
            if lifted >= 1:
                return None
            spread = (self.chance * (1 - self.chance) / aside + lifted * (1 - lifted) / treated) ** 0.5
            rise = float(ndtri((1 + mass) / 2) + ndtri(power)) * spread
        return rise if self.chance + rise < 1 else None
