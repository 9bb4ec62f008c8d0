"""The offers themselves: the best products of each account with their chance and what each rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.offers.chances import ChanceCurve, find_scale
from saleslab.customers.offers.checks import Scorer, blocks_of, pick_top
from saleslab.customers.offers.item_moments import ItemMoment
from saleslab.customers.offers.reorders import ReorderModel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_WITH_BOTH = 5
"""Accounts that have two products below which one is not given as the reason for the other."""

SOON, LATE = 0.75, 1.5
"""Share of the usual time between purchases from which a product is due, and after which it is overdue."""

_WORTH = 5.0


def list_new(now: ItemMoment, score: Scorer, curve: ChanceCurve, *, is_sold: Bools, top: int) -> pd.DataFrame:
    """Return the best products that each account does not have."""
    owned = now.owned()
    scale = find_scale(now, score, kind="new")
    common, n_with = owned.T @ owned, np.asarray(owned.sum(axis=0)).ravel()
    accounts = np.unique(now.table.account[now.rows])
    parts = []
    for block in blocks_of(accounts, now.table.shape[1]):
        rows = owned[block]
        has, scores = rows.toarray() > 0, score(rows, block)
        best, is_real = pick_top(scores, ~has & is_sold, top)
        for place in range(best.shape[1]):
            kept = is_real[:, place]
            chosen = best[kept, place]
            told = _explain_new(has[kept], chosen, common, n_with, len(accounts))
            told |= {"account": block[kept], "item": chosen, "place": place + 1}
            told["score"] = scale(np.take_along_axis(scores, best[:, [place]], axis=1)[kept, 0])
            parts.append(pd.DataFrame(told))
    return _add_chances(pd.concat(parts, ignore_index=True).assign(kind="new"), curve)


def _explain_new(has: Bools, chosen: Ints, common: Any, n_with: Floats, n_accounts: int) -> dict[str, Any]:
    """Return the product of each account whose owners have the chosen one most often; or that it is popular."""
    both = common[:, chosen].T.toarray()
    usual = n_with[chosen] / n_accounts
    share = (both + _WORTH * usual[:, None]) / (n_with + _WORTH)
    share = np.where(has & (both >= LEAST_WITH_BOTH), np.round(share, 9), -1.0)
    anchor = share.argmax(axis=1)
    rows = np.arange(len(chosen))
    is_told = share[rows, anchor] > usual
    return {
        "because": np.where(is_told, "goes_with", "popular"),
        "anchor": np.where(is_told, anchor, -1),
        "n_with_both": np.where(is_told, both[rows, anchor], n_with[chosen]).astype(np.int64),
        "n_with_anchor": np.where(is_told, n_with[anchor], n_accounts).astype(np.int64),
    }


def list_again(
    now: ItemMoment, model: ReorderModel, curve: ChanceCurve, *, horizon: int, is_sold: Bools, top: int
) -> pd.DataFrame:
    """Return the products of each account that are most likely to be bought again."""
    paces, rows = now.paces(), now.rows
    frame = pd.DataFrame(
        {
            "account": now.table.account[rows],
            "item": paces.item,
            "score": np.round(model.foresee(paces, horizon), 9),
            "days_usual": np.round(model.expect_days(paces)).astype(np.int64),
            "days_since": paces.away.astype(np.int64),
        }
    )
    frame = frame[is_sold[frame["item"].to_numpy()]]
    frame = frame.sort_values(["account", "score", "item"], ascending=[True, False, True], kind="stable")
    frame["place"] = frame.groupby("account").cumcount() + 1
    frame = frame[frame["place"] <= top]
    waited = frame["days_since"] / frame["days_usual"].clip(lower=1)
    comes_due = frame["days_usual"] - frame["days_since"] <= horizon
    because = np.select([waited > LATE, waited >= SOON, comes_due], ["overdue", "due", "soon"], "early")
    return _add_chances(frame.assign(kind="again", because=because, anchor=-1), curve)


def _add_chances(frame: pd.DataFrame, curve: ChanceCurve) -> pd.DataFrame:
    scores = frame["score"].to_numpy(dtype=np.float64)
    low, high = curve.bounds(scores, 0.9)
    chance = curve.read(scores)
    return frame.assign(chance=chance, low=np.minimum(low, chance), high=np.maximum(high, chance))
