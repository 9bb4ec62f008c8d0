"""Accounts and products as known at a moment of the past, beside what was bought in the days after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.offers.item_models import to_matrix
from saleslab.customers.offers.reorders import ItemPaces
from saleslab.errors import NotEnoughData, TableError
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_KNOWN = 3
"""Moments whose last purchases are known: the day itself and two horizons before it."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemTable:
    """Rows of accounts and products, as numbers.

    Attributes
    ----------
    accounts, items
        Ids, sorted; rows name them by their place.
    account, item
        Of each row.
    days
        Purchase days until each moment, shape (rows, 4).
    last, log_gaps
        Day number of the last purchase (-1 where there was none) and sum of logarithms of days between, shape
        (rows, 3).
    first
        Day number of the first purchase.
    edges
        Day number of each moment.
    """

    accounts: npt.NDArray[Any]
    items: npt.NDArray[Any]
    account: Ints
    item: Ints
    days: Ints
    last: Ints
    log_gaps: Floats
    first: Ints
    edges: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of accounts and of products."""
        return len(self.accounts), len(self.items)

    def at(self, moment: int) -> ItemMoment:
        """Return what was known at a moment: 0 is the day asked for, 2 two horizons before it."""
        return ItemMoment(self, moment)


@dataclass(frozen=True, slots=True, eq=False)
class ItemMoment:
    """What was known at one moment."""

    table: ItemTable
    moment: int

    @property
    def rows(self) -> Ints:
        """Rows with a purchase until then."""
        return np.flatnonzero(self.table.days[:, self.moment] > 0)

    def fill(self, values: Any, rows: Ints) -> Any:
        """Return a sparse matrix of accounts x products with values in some rows."""
        return to_matrix(self.table.account[rows], self.table.item[rows], self.table.shape, values)

    def owned(self) -> Any:
        """Return a sparse matrix of accounts x products: 1 where there was a purchase."""
        rows = self.rows
        return to_matrix(self.table.account[rows], self.table.item[rows], self.table.shape)

    def sold(self) -> npt.NDArray[np.bool_]:
        """Return which products anybody bought within the horizon before: others are no longer sold."""
        lately = self.table.item[self.bought_before() > 0]
        return np.isin(np.arange(self.table.shape[1]), lately)

    def bought_before(self) -> Ints:
        """Return, for each row, the purchase days within the horizon before the moment."""
        return np.asarray(self.table.days[:, self.moment] - self.table.days[:, self.moment + 1])

    def bought_after(self) -> Ints:
        """Return, for each row, the purchase days within the horizon after the moment."""
        return np.asarray(self.table.days[:, self.moment - 1] - self.table.days[:, self.moment])

    def paces(self) -> ItemPaces:
        """Return the times between purchases of the rows with a purchase."""
        rows, table = self.rows, self.table
        last = table.last[rows, self.moment]
        return ItemPaces(
            table.item[rows],
            table.days[rows, self.moment] - 1.0,
            (last - table.first[rows]) * 1.0,
            table.log_gaps[rows, self.moment],
            (table.edges[self.moment] - last) * 1.0,
        )


def read_histories(histories: pd.DataFrame, *, as_of: date, horizon: int, item: str) -> ItemTable:
    """Return the table of `read_item_histories` as numbers, whatever the order of its rows.

    Raises
    ------
    TableError
        When a column is missing, an account has a product twice, or counts are impossible.
    NotEnoughData
        When it has no row.
    """
    moments = range(N_KNOWN)
    known = [f"{name}_{moment}" for name in ("n", "last", "log_gaps") for moment in moments]
    require_columns(histories, "account_id", item, "first_on", *known, f"n_{N_KNOWN}", of="histories")
    if histories.empty:
        raise NotEnoughData("No account bought any product.", "import order_lines, or choose a later day.")
    kept = histories.sort_values(["account_id", item], kind="stable")
    _refuse_faults(kept, item)
    edges = tuple(_number(as_of - timedelta(days=horizon * moment)) for moment in moments)
    accounts, account = np.unique(kept["account_id"].to_numpy(dtype=object), return_inverse=True)
    items, place = np.unique(kept[item].to_numpy(dtype=object), return_inverse=True)
    return ItemTable(
        accounts,
        items,
        account.astype(np.int64),
        place.astype(np.int64),
        kept[[f"n_{moment}" for moment in range(N_KNOWN + 1)]].to_numpy(dtype=np.int64),
        np.stack([_days(kept[f"last_{moment}"]) for moment in moments], axis=1),
        kept[[f"log_gaps_{moment}" for moment in moments]].to_numpy(dtype=np.float64),
        _days(kept["first_on"]),
        edges,
    )


def _refuse_faults(kept: pd.DataFrame, item: str) -> None:
    doubles = int(kept.duplicated(["account_id", item]).sum())
    counts = kept[[f"n_{moment}" for moment in range(N_KNOWN + 1)]].to_numpy(dtype=np.float64)
    impossible = int(((np.diff(counts, axis=1) > 0).any(axis=1) | ~(counts >= 0).all(axis=1)).sum())
    if doubles or impossible:
        raise TableError(
            f"{doubles} rows of histories name an account and product again; {impossible} count impossible purchases.",
            "read them by `read_item_histories`, with one row an account and product.",
        )


def _days(days: pd.Series) -> Ints:
    return pd.to_datetime(days).to_numpy(dtype="datetime64[D]").astype(np.int64).clip(min=-1)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
