"""Who won what, and which differences between people are more than luck?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.stats import Interval, band_overlaps, pool_rates
from saleslab.tables.presence import require_columns

Stand = Literal["above", "level", "below"]


@dataclass(frozen=True, slots=True)
class RepScore:
    """One person's result in a period.

    Attributes
    ----------
    owner_id
        Whose deals they are; None for deals without owner, so that the rows add up to the total.
    n_won, n_lost, won_amount
        Facts, exact.
    ordered_amount
        Money of the orders placed in the period, where orders are on record.
    share
        Part of all won money, 0-1.
    win_rate
        Partially pooled: few deals pull it towards the team's mean, and leave it wide.
    band
        1 for the highest win rates; people whose intervals overlap share a band, because the data support no ranking
        between them. None for a person with too few decided deals to be placed at all.
    stands
        Whether the whole interval lies above or below the team's rate, or holds it (``level``); None without a band.
    """

    owner_id: str | None
    n_won: int
    n_lost: int
    won_amount: Decimal
    ordered_amount: Decimal | None
    share: float
    win_rate: Interval
    band: int | None
    stands: Stand | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All people's results, by won money, and what they add up to.

    ``spread`` is how far true win rates differ between people (standard deviation, 0-1): near 0, there is nothing to
    rank. ``team_rate`` is the rate around which they vary.
    """

    reps: tuple[RepScore, ...]
    n_won: int
    n_lost: int
    won_amount: Decimal
    ordered_amount: Decimal | None
    team_rate: Interval
    spread: Interval

    def standing(self, stand: Stand) -> tuple[RepScore, ...]:
        """Return the people whose win rate stands so to the team's, the clearest first."""
        chosen = [rep for rep in self.reps if rep.stands == stand]
        centre = self.team_rate.estimate
        return tuple(sorted(chosen, key=lambda rep: (-abs(rep.win_rate.estimate - centre), rep.owner_id or "~")))

    @property
    def n_bands(self) -> int:
        """How many groups of people can be told apart; 0 when nobody could be placed."""
        return max((rep.band for rep in self.reps if rep.band is not None), default=0)


def score_reps(
    reps: pd.DataFrame, *, ordered: pd.DataFrame | None = None, least: int = 10, mass: float = 0.8
) -> Scorecard:
    """Return each person's result, the win rates partially pooled and banded instead of ranked.

    Use it for a talk about closing, never as a league table: money follows territory and lead supply as well. For the
    part of each role in a shared deal use the studies of hand-offs.

    Parameters
    ----------
    reps
        From `read_reps`: ``owner_id, n_won, n_lost, won_amount``.
    ordered
        From `read_ordered`: ``owner_id, ordered_amount``; people with orders and no decided deal get a row.
    least
        Decided deals that a person needs to be placed in a band.
    mass
        Of the intervals that decide on bands.

    Raises
    ------
    NotEnoughData
        When nobody decided a deal, or no lost deal is on record in the period.

    Examples
    --------
    >>> reps = pd.DataFrame({"owner_id": ["u:1", "u:2", "u:3"], "n_won": [90, 30, 2], "n_lost": [210, 270, 1],
    ...     "won_amount": [Decimal(900), Decimal(300), Decimal(20)]})
    >>> card = score_reps(reps)
    >>> [rep.band for rep in card.reps], card.won_amount
    ([1, 2, None], Decimal('1220'))
    """
    require_columns(reps, "owner_id", "n_won", "n_lost", "won_amount", of="reps")
    table = _add_orders(reps, ordered)
    if not len(table) or not (table["n_won"] + table["n_lost"]).sum():
        raise NotEnoughData("Nobody decided a deal in this period.", "choose an earlier or longer period.")
    if not table["n_lost"].sum():
        raise NotEnoughData(
            "No lost deal is on record in this period, so win rates cannot be compared.",
            "import lost deals too, or choose an earlier period.",
        )
    n_won, n_lost = table["n_won"].astype(int).tolist(), table["n_lost"].astype(int).tolist()
    pooled = pool_rates(n_won, [won + lost for won, lost in zip(n_won, n_lost, strict=True)], mass=mass)
    total = sum(table["won_amount"], Decimal(0))
    placed = [won + lost >= least for won, lost in zip(n_won, n_lost, strict=True)]
    bands = iter(band_overlaps([rate for rate, fits in zip(pooled.groups, placed, strict=True) if fits]))
    rows = zip(table.to_dict("records"), pooled.groups, placed, strict=True)
    scores = [
        RepScore(
            row["owner_id"],
            int(row["n_won"]),
            int(row["n_lost"]),
            row["won_amount"],
            None if ordered is None else row["ordered_amount"],
            float(row["won_amount"] / total) if total else 0.0,
            rate,
            next(bands) if fits else None,
            _stand(rate, pooled.centre.estimate) if fits else None,
        )
        for row, rate, fits in rows
    ]
    scores.sort(key=lambda score: (-score.won_amount, -score.n_won, score.owner_id or "~"))
    in_orders = None if ordered is None else sum(table["ordered_amount"], Decimal(0))
    return Scorecard(tuple(scores), sum(n_won), sum(n_lost), total, in_orders, pooled.centre, pooled.spread)


def _stand(rate: Interval, team: float) -> Stand:
    return "level" if team in rate else "above" if rate.low > team else "below"


def _add_orders(reps: pd.DataFrame, ordered: pd.DataFrame | None) -> pd.DataFrame:
    """Put both facts about a person into one row; the missing owner is a person of its own here."""
    table = reps.assign(owner_id=reps["owner_id"].astype(object).where(reps["owner_id"].notna(), None))
    if ordered is None:
        return table
    require_columns(ordered, "owner_id", "ordered_amount", of="ordered")
    orders = ordered.assign(owner_id=ordered["owner_id"].astype(object).where(ordered["owner_id"].notna(), None))
    both = table.merge(orders[["owner_id", "ordered_amount"]], on="owner_id", how="outer")
    for column in ("won_amount", "ordered_amount"):
        filled = [Decimal(0) if pd.isna(value) else value for value in both[column]]
        both[column] = pd.Series(filled, index=both.index, dtype="object")
    return both.assign(n_won=both["n_won"].fillna(0), n_lost=both["n_lost"].fillna(0))
