"""What does an account not buy although accounts like it do?

Alike are accounts that buy the same other families and share industry and region. The chance that one of them buys a
family is pulled to that of all accounts where few are alike; what they spend on it makes the chance an amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.offers.item_moments import ItemTable, read_histories
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass, estimate_rate
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TRAITS = ("industry", "region")
"""What accounts may share besides the families that they buy."""

LEAST_ALIKE = 30
"""Accounts that are looked for as alike; the nearest profiles are added until there are so many."""

_MOST_PROFILES, _MOST_NEAR, _BLOCK = 2_000, 200, 1_000
_WORTH = 5.0
_TRAIT = 0.15
"""What a shared trait adds to the likeness of two accounts, where sharing all families makes 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitespace:
    """Families that accounts lack, and what filling them is worth.

    Attributes
    ----------
    cells
        One row an account and family: ``account_id``, ``family``, ``is_bought``, ``n_alike`` accounts and
        ``n_alike_buying`` of them, ``share`` of such accounts that buy the family (pulled to that of all) with
        ``low`` and ``high``, ``spend`` (mean of the last 365 days over all that ever bought it), ``worth`` (share x
        spend; what an account alike brings a year, not what an offer brings) with ``worth_low`` and
        ``worth_high``, and ``is_gap``: not bought, and the low end of the share above what all accounts have.
    gaps
        The cells that are gaps, the most valuable first.
    families
        Sorted as the columns of the matrix: by accounts that buy them.
    buying
        Share of all accounts that buy each family.
    came_true, usual
        Of the gaps of one horizon ago, the share that was bought since, and that of all cells that were empty then;
        missing where fewer than 20 gaps were known.
    n_accounts, n_hidden
        Accounts; empty cells whose family fewer accounts buy than the support asks for.
    """

    cells: pd.DataFrame
    gaps: pd.DataFrame
    families: tuple[str, ...]
    buying: tuple[float, ...]
    came_true: Interval | None
    usual: Interval | None
    n_accounts: int
    n_hidden: int
    as_of: date
    horizon: int


def find_whitespace(
    histories: pd.DataFrame,
    *,
    as_of: date,
    horizon: int = 180,
    item: str = "family",
    traits: Sequence[str] = TRAITS,
    least: int = 10,
    mass: float = 0.9,
) -> Whitespace:
    """Return the matrix of accounts and product families, with the gaps that accounts alike have filled.

    Use it to plan accounts over a year. Which single product to offer tomorrow says `recommend_products`.

    Parameters
    ----------
    histories
        From `read_family_matrix` with the same ``as_of`` and ``horizon``: one row an account and family, with the
        traits of the account.
    traits
        Columns that make accounts alike besides what they buy; those that are missing or empty count nothing.
    least
        Accounts that must buy a family before its gaps are told.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When fewer than 30 accounts or 3 families are known, or no family has enough buyers.
    """
    check_mass(mass)
    if least < 2:
        raise BadArgument(f"A family bought by {least} accounts says nothing of others.", "give least=2 or more.")
    table = read_histories(histories, as_of=as_of, horizon=horizon, item=item)
    require_columns(histories, "amount", of="histories")
    n_accounts, n_items = table.shape
    if n_accounts < LEAST_ALIKE or n_items < 3:
        raise NotEnoughData(
            f"{n_accounts} accounts buy {n_items} families; {LEAST_ALIKE} accounts and 3 families are needed.",
            "import older orders, or fill products.family.",
        )
    shared = _read_traits(histories, table, traits)
    owned = table.at(0).owned().toarray() > 0
    enough = owned.sum(axis=0) >= least
    if not enough.any():
        raise NotEnoughData(
            f"No family is bought by {least} accounts.", "ask for a smaller least, or use coarser families."
        )
    counted = _count_alike(owned, shared)
    cells = _tell_cells(table, owned, counted, _measure_spend(histories, table, item), mass)
    usual = owned.mean(axis=0)
    is_gap = ~owned & enough & (cells["low"].to_numpy().reshape(owned.shape) > usual)
    cells["is_gap"] = is_gap.ravel()
    cells = cells[(enough | owned).ravel()].reset_index(drop=True)
    cells = cells.rename(columns={"item": item})
    gaps = cells[cells["is_gap"]].sort_values(
        ["worth", "account_id", item], ascending=[False, True, True], kind="stable", ignore_index=True
    )
    came_true, common = _look_back(table, shared, least, mass)
    order = np.lexsort([np.arange(n_items), -usual])
    return Whitespace(
        cells,
        gaps,
        tuple(str(name) for name in table.items[order]),
        tuple(float(share) for share in usual[order]),
        came_true,
        common,
        n_accounts,
        int((~owned & ~enough).sum()),
        as_of,
        horizon,
    )


def _read_traits(histories: pd.DataFrame, table: ItemTable, traits: Sequence[str]) -> Ints:
    """Return accounts x traits as numbers, -1 where not known."""
    firsts = histories.drop_duplicates("account_id").set_index("account_id").reindex(table.accounts)
    known = [pd.factorize(firsts[name], sort=True)[0] for name in traits if name in firsts]
    return np.stack(known, axis=1).astype(np.int64) if known else np.zeros((len(table.accounts), 0), dtype=np.int64)


def _count_alike(owned: npt.NDArray[np.bool_], shared: Ints) -> tuple[Ints, Ints]:
    """Return, for each account and family, how many others are alike, and how many of these buy the family.

    Accounts with the same families and traits are one profile; a family does not count in its own likeness.
    """
    whole = np.concatenate([owned.astype(np.int64), shared], axis=1)
    profiles, place, n = np.unique(whole, axis=0, return_inverse=True, return_counts=True)
    place, n_items = place.ravel(), owned.shape[1]
    known = np.lexsort([np.arange(len(n)), -n])[:_MOST_PROFILES]
    has, traits, weight = profiles[:, :n_items] * 1.0, profiles[:, n_items:], n[known] * 1.0
    alike, buying = np.zeros(has.shape, dtype=np.int64), np.zeros(has.shape, dtype=np.int64)
    for start in range(0, len(n), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(n)))
        both, either = _overlap(has[rows], has[known])
        same = np.zeros(both.shape)
        for at in range(traits.shape[1]):
            same += _TRAIT * ((traits[rows, at, None] == traits[known, at]) & (traits[rows, at, None] >= 0))
        near = _pick_near(np.round(both / np.maximum(either, 1) + same, 9))
        both, either, same = (np.take_along_axis(part, near, axis=1) for part in (both, either, same))
        others = weight[near] - (rows[:, None] == known[near])
        for item in range(n_items):
            mine, theirs = has[rows, item, None], has[known, item][near]
            left = either - np.maximum(mine, theirs)
            likeness = np.where(left == 0, _TRAIT, (both - mine * theirs) / np.maximum(left, 1)) + same
            taken = _take_enough(np.round(likeness, 9), others)
            alike[rows, item] = (others * taken).sum(axis=1)
            buying[rows, item] = (others * taken * theirs).sum(axis=1)
    return alike[place], buying[place]


def _pick_near(likeness: Floats) -> Ints:
    """Return the places of the likest profiles: enough to find those that are alike when one family is left out."""
    if likeness.shape[1] <= _MOST_NEAR:
        return np.broadcast_to(np.arange(likeness.shape[1]), likeness.shape)
    return np.sort(np.argpartition(-likeness, _MOST_NEAR, axis=1)[:, :_MOST_NEAR], axis=1)


def _take_enough(likeness: Floats, others: Floats) -> npt.NDArray[np.bool_]:
    """Return which profiles are alike: the likest until there are enough accounts, and all that are as like."""
    nearest = np.argsort(-likeness, axis=1, kind="stable")
    counted = np.cumsum(np.take_along_axis(others, nearest, axis=1), axis=1)
    last = np.minimum((counted < LEAST_ALIKE).sum(axis=1), likeness.shape[1] - 1)
    edge = np.take_along_axis(nearest, last[:, None], axis=1)
    return likeness >= np.take_along_axis(likeness, edge, axis=1)


def _overlap(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    both = one @ other.T
    return both, one.sum(axis=1)[:, None] + other.sum(axis=1)[None, :] - both


def _measure_spend(histories: pd.DataFrame, table: ItemTable, item: str) -> tuple[Floats, Floats]:
    """Return what an account that buys a family spends on it a year, and the variance of that mean, by family."""
    amounts = histories[[item, "amount"]].assign(amount=histories["amount"].astype(float))
    amounts["amount"] = amounts["amount"].clip(lower=0)
    told = amounts.groupby(item)["amount"].agg(["mean", "var", "count"]).reindex(table.items)
    mean = told["mean"].fillna(0.0).to_numpy()
    error = (told["var"] / told["count"]).fillna(told["mean"] ** 2).fillna(0.0)
    return mean, error.to_numpy()


def _tell_cells(
    table: ItemTable, owned: Any, counted: tuple[Ints, Ints], spending: tuple[Floats, Floats], mass: float
) -> pd.DataFrame:
    from scipy.special import betaincinv, gammaincinv

    n_accounts, n_items = owned.shape
    (alike, buying), usual = counted, owned.mean(axis=0)
    a = buying + _WORTH * usual
    b = alike - buying + _WORTH * (1 - usual)
    a, b = np.maximum(a, 1e-3), np.maximum(b, 1e-3)
    chance, tail = a / (a + b), (1 - mass) / 2
    spend, error = (np.broadcast_to(part, owned.shape) for part in spending)
    worth = chance * spend
    doubt = a * b / (a + b) ** 2 / (a + b + 1)
    variance = doubt * spend**2 + chance**2 * error + doubt * error
    shape = np.divide(worth**2, variance, out=np.ones_like(worth), where=variance > 0)
    scale = np.divide(variance, worth, out=np.zeros_like(worth), where=worth > 0)
    return pd.DataFrame(
        {
            "account_id": np.repeat(table.accounts, n_items),
            "item": np.tile(table.items, n_accounts),
            "is_bought": owned.ravel(),
            "n_alike": alike.ravel(),
            "n_alike_buying": buying.ravel(),
            "share": chance.ravel(),
            "low": betaincinv(a, b, tail).ravel(),
            "high": betaincinv(a, b, 1 - tail).ravel(),
            "spend": spend.ravel(),
            "worth": worth.ravel(),
            "worth_low": (gammaincinv(shape, tail) * scale).ravel(),
            "worth_high": (gammaincinv(shape, 1 - tail) * scale).ravel(),
        }
    )


def _look_back(table: ItemTable, shared: Ints, least: int, mass: float) -> tuple[Interval | None, Interval | None]:
    """Return how many gaps of a horizon ago were filled since, beside all cells that were empty then."""
    from scipy.special import betaincinv

    then = table.at(1).owned().toarray() > 0
    there = then.any(axis=1)
    came = table.at(0).owned().toarray() > 0
    if there.sum() < LEAST_ALIKE:
        return None, None
    then, came, shared = then[there], came[there], shared[there]
    alike, buying = _count_alike(then, shared)
    usual = then.mean(axis=0)
    low = betaincinv(
        np.maximum(buying + _WORTH * usual, 1e-3),
        np.maximum(alike - buying + _WORTH * (1 - usual), 1e-3),
        (1 - mass) / 2,
    )
    empty = ~then & (then.sum(axis=0) >= least)
    gaps = empty & (low > usual)
    if gaps.sum() < 20:
        return None, None
    filled = came & ~then
    of_gaps, of_all = (estimate_rate(int((filled & part).sum()), int(part.sum()), mass=mass) for part in (gaps, empty))
    return of_gaps, of_all
