"""What could be done for each segment, until somebody decides: a proposal from what such customers did before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.segmentation.plays import Play
from saleslab.tables.presence import require_columns

PLAYS: Mapping[str, tuple[str, str]] = {
    "keep": ("account_manager", "visit"),
    "develop": ("inside_sales", "call"),
    "win_back": ("inside_sales", "call"),
}
"""Plays, with who answers for each and what is paid for each customer."""


@dataclass(frozen=True, slots=True)
class PlayTerms:
    """What a play costs for each customer, and what a sale leaves.

    Attributes
    ----------
    visit_cost, call_cost
        For each customer who is visited or called.
    margin_rate
        Share of an order that is left after costs of delivery.
    held_out
        Share of customers left alone by lot, so that the effect can be seen.
    """

    visit_cost: float
    call_cost: float
    margin_rate: float
    held_out: float = 0.5

    def __post_init__(self) -> None:
        if min(self.visit_cost, self.call_cost) < 0 or not 0 < self.margin_rate <= 1 or not 0 < self.held_out < 1:
            raise BadArgument(
                f"A visit costs {self.visit_cost}, a call {self.call_cost}, the margin rate is {self.margin_rate} and "
                f"{self.held_out} are left alone.",
                "give costs from 0, a margin rate up to 1, and a share to leave alone between 0 and 1.",
            )

    def price(self, code: str) -> float:
        """Return what a play costs for one customer."""
        return self.visit_cost if PLAYS[code][1] == "visit" else self.call_cost


def propose_plays(
    past: pd.DataFrame, sizes: Mapping[int, int], *, terms: PlayTerms, segment: str = "segment"
) -> dict[int, Play]:
    """Return a play for each segment that is worth one; the others are left alone.

    ``keep`` who come back more often than the average and bring more than it; ``develop`` who come back and bring
    less; ``win_back`` who once spent more than the average and come back less often. Nobody knows yet what a play
    changes: the answer gives the chance without it, so that a test can tell.

    Parameters
    ----------
    past
        One row a customer of an earlier day: segment, ``spend`` until then, and ``n_next`` and ``value_next``,
        purchases and spend afterwards.
    sizes
        Customers of each segment today.
    terms
        Costs and margin.
    segment
        Name of the column.

    Examples
    --------
    >>> past = pd.DataFrame({"segment": [1] * 20 + [2] * 20, "spend": [90.0] * 20 + [10.0] * 20,
    ...     "n_next": [1] * 15 + [0] * 23 + [1] * 2, "value_next": [50.0] * 15 + [0.0] * 23 + [5.0] * 2})
    >>> plays = propose_plays(past, {1: 20, 2: 20}, terms=PlayTerms(2.0, 1.0, 0.5))
    >>> plays[1].name, plays[1].margin, 2 in plays
    ('keep', 25.0, False)
    """
    require_columns(past, segment, "spend", "n_next", "value_next", of="customers of the earlier day")
    usual = {"chance": float((past["n_next"] > 0).mean()), "value": float(past["value_next"].mean())}
    spent, plays = float(past["spend"].mean()), {}
    for number, n in sizes.items():
        own = past[past[segment] == number]
        bought = own[own["n_next"] > 0]
        margin = float(bought["value_next"].mean()) * terms.margin_rate if len(bought) else 0.0
        if own.empty or margin <= 0:
            continue
        chance = (len(bought) + 0.5) / (len(own) + 1)
        if chance >= usual["chance"]:
            code = "keep" if float(own["value_next"].mean()) >= usual["value"] else "develop"
        elif float(own["spend"].mean()) >= spent:
            code = "win_back"
        else:
            continue
        plays[number] = Play(code, PLAYS[code][0], n * terms.price(code), margin, chance, terms.held_out)
    return plays
