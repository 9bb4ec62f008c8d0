"""Which products are bought together more often than their popularity makes likely, and does it last?

Each basket counts once for each of its products however large it is: a pair of it counts 1 / (size - 1), so thirty huge
baskets do not make everything go with everything. Expected is what baskets of these sizes would hold if products were
drawn by popularity. The ratio is pulled to 1 where little is known (gamma-Poisson; DuMouchel 1999, "Bayesian data
mining in large frequency tables"), and every pair says whether it was seen before and after a day in the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.offers.baskets import PAIR_COUNTS, Baskets
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

LOWER = 0.05
"""Chance that a lift is below its lower bound."""

_LEAST_OTHERS, _MOST_DENSE = 20, 2_000

LEAST_BASKETS = 50
"""Baskets of two products or more below which no pair is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class BasketCounts:
    """Counted baskets.

    Attributes
    ----------
    items
        One row a product: ``item``, ``n_baskets`` and ``n_later`` (baskets that hold it).
    pairs
        One row a pair that was bought together: ``first``, ``second`` (in the order of ids) and `PAIR_COUNTS`.
    n_baskets, n_mixed
        Baskets, and those that hold two products or more.
    """

    items: pd.DataFrame
    pairs: pd.DataFrame
    n_baskets: int
    n_mixed: int


@dataclass(frozen=True, slots=True, eq=False)
class ProductPairs:
    """Products that are bought together.

    Attributes
    ----------
    pairs
        Pairs at or above the support, the surest first: ``first``, ``second``, ``n_baskets`` with both, ``support``
        (share of all baskets), ``lift`` with ``lift_low`` (5 % lower bound), ``share_of_first`` and
        ``share_of_second`` (share of the baskets with one that hold the other, too), ``lift_before`` and
        ``lift_later``, and ``survived``: whether a pair that was sure before the day was above 1 afterwards, too;
        missing where it was not sure before, or too few baskets came since.
    n_hidden
        Pairs below the support; their lift is not told.
    n_sure
        Pairs whose lower bound is above 1.
    n_tested, n_survived
        Of the pairs that were sure before the day, those that could be looked at again, and those that lasted.
    usual_survival
        Share of all other pairs with enough baskets whose lift is above 1 afterwards: what luck gives.
    least
        Baskets with both that a pair must have.
    """

    pairs: pd.DataFrame
    n_hidden: int
    n_sure: int
    n_tested: int
    n_survived: int
    usual_survival: float | None
    least: int
    n_baskets: int
    n_mixed: int


def count_pairs(
    lines: pd.DataFrame, *, basket: str, item: str, later: str | None = None, least: int = 1
) -> BasketCounts:
    """Return how often products are bought together, from one row a basket and product.

    In a warehouse `read_pair_counts` counts the same without bringing the lines.

    Parameters
    ----------
    lines
        A product may be named more than once in a basket; it counts once.
    basket, item
        Names of the columns.
    later
        Column that says of each line whether its basket came after the day from which survival is judged.
    least
        Products in fewer baskets are left out before pairs are counted; sizes of baskets still count them.
    """
    require_columns(lines, basket, item, *([later] if later else []), of="lines")
    if not len(lines):
        raise NotEnoughData("The lines hold no basket.", "give at least one row.")
    baskets = Baskets.read(lines[basket], lines[item], lines[later].to_numpy(dtype=bool) if later else None)
    n_with, n_later = baskets.count_items()
    often = n_with >= least
    kept = baskets.keep(often)
    places, counted = _multiply(kept) if len(kept.items) > _MOST_DENSE else _count(kept)
    row, col = np.divmod(places, max(len(kept.items), 1))
    pairs = pd.DataFrame({"first": kept.items[row], "second": kept.items[col]})
    for name, values in counted.items():
        pairs[name] = np.round(values).astype(np.int64) if name.startswith("n_") else values
    told = {"item": kept.items, "n_baskets": (n_with - n_later)[often], "n_later": n_later[often]}
    return BasketCounts(pd.DataFrame(told), pairs, len(baskets.size), int((baskets.size > 1).sum()))


def _count(baskets: Baskets) -> tuple[Any, dict[str, Floats]]:
    """Return the pairs that were bought together, as places in the upper half of X'X, and their `PAIR_COUNTS`."""
    counted = baskets.count_pairs()
    seen = np.flatnonzero(counted["n_baskets"] + counted["n_later"])
    return seen, {name: values[seen] for name, values in counted.items()}


def _multiply(baskets: Baskets) -> tuple[Any, dict[str, Floats]]:
    """Return the same by sparse X' diag(weight) X, where there are too many products for a full square."""
    from scipy.sparse import csr_array, triu

    n_items, ends = len(baskets.items), np.concatenate([[0], np.cumsum(baskets.n_held)])
    held = csr_array((np.ones(len(baskets.held)), baskets.held, ends), shape=(len(baskets.size), n_items))
    worth = 1.0 / np.maximum(baskets.size - 1, 1)
    products: dict[str, Any] = {}
    for suffix, chosen in (("", ~baskets.is_later), ("_later", baskets.is_later)):
        rows = held[chosen]
        for name, power in (
            ("n_baskets" if not suffix else "n_later", 0),
            ("weight" + suffix, 1),
            ("squares" + suffix, 2),
        ):
            scaled = rows.copy()
            scaled.data = scaled.data * np.repeat(worth[chosen] ** power, np.diff(rows.indptr))
            products[name] = triu(rows.T @ scaled, k=1).tocsr()
    both = (products["n_baskets"] + products["n_later"]).tocoo()
    order = np.lexsort([both.col, both.row])
    row, col = both.row[order].astype(np.int64), both.col[order].astype(np.int64)
    return row * n_items + col, {name: np.asarray(products[name][row, col]).ravel() for name in PAIR_COUNTS}


def find_pairs(counts: BasketCounts, *, least: int | None = None) -> ProductPairs:
    """Return which products are bought together, how surely, and whether it lasted.

    Use it to put products side by side in a quote or a campaign. That two products are bought together does not say
    that offering one sells the other. For one account's next product use `recommend_products`.

    Parameters
    ----------
    counts
        From `read_pair_counts` or `count_pairs`.
    least
        Baskets with both products that a pair must have; 10, or 0.1 % of all baskets where that is more, if not given.

    Raises
    ------
    NotEnoughData
        When fewer than 50 baskets hold two products.

    Examples
    --------
    >>> lines = pd.DataFrame([(n, product) for n in range(120) for product in ("bed", "sheet" if n % 2 else "lamp")] +
    ...     [(200 + n, product) for n in range(60) for product in ("lamp", "bulb")], columns=["basket", "item"])
    >>> found = find_pairs(count_pairs(lines, basket="basket", item="item")).pairs
    >>> found[["first", "second"]].iloc[0].tolist(), int(found["n_baskets"].iloc[0])
    (['bed', 'sheet'], 60)
    """
    if least is not None and least < 2:
        raise BadArgument(f"A pair seen {least} times is no pattern.", "give least=2 or more.")
    if counts.n_mixed < LEAST_BASKETS:
        raise NotEnoughData(
            f"{counts.n_mixed} baskets hold two products or more; {LEAST_BASKETS} are needed to look for pairs.",
            "count by account instead of by order, or import older orders.",
        )
    least = least or max(10, int(np.ceil(counts.n_baskets / 1_000)))
    table = counts.pairs
    n_all = table["n_baskets"] + table["n_later"]
    is_told = (n_all >= least).to_numpy()
    now = _Lift.of(table["weight"] + table["weight_later"], table["squares"] + table["squares_later"], table, is_told)
    before = _Lift.of(table["weight"], table["squares"], table, is_told)
    later = _Lift.of(table["weight_later"], table["squares_later"], table, is_told)
    was_sure, can_be_seen, has_lasted = before.low > 1, later.expected >= 1, later.mean > 1
    with_item = counts.items.set_index("item").sum(axis=1)
    kept, n_both = table[is_told], n_all[is_told].to_numpy()
    frame = pd.DataFrame(
        {
            "first": kept["first"].to_numpy(),
            "second": kept["second"].to_numpy(),
            "n_baskets": n_both,
            "support": n_both / counts.n_baskets,
            "lift": now.mean,
            "lift_low": now.low,
            "share_of_first": n_both / with_item.reindex(kept["first"]).to_numpy(),
            "share_of_second": n_both / with_item.reindex(kept["second"]).to_numpy(),
            "lift_before": before.mean,
            "lift_later": _known(later.mean, can_be_seen, "Float64"),
            "survived": _known(has_lasted, was_sure & can_be_seen, "boolean"),
        }
    )
    tested, others = was_sure & can_be_seen, ~was_sure & can_be_seen
    return ProductPairs(
        frame.sort_values(["lift_low", "first", "second"], ascending=[False, True, True], ignore_index=True),
        int((~is_told).sum()),
        int((now.low > 1).sum()),
        int(tested.sum()),
        int(has_lasted[tested].sum()),
        float(has_lasted[others].mean()) if others.sum() >= _LEAST_OTHERS else None,
        least,
        counts.n_baskets,
        counts.n_mixed,
    )


def _known(values: Any, is_known: Any, dtype: Any) -> pd.Series:
    told: pd.Series = pd.Series(values, dtype=dtype)
    told[~is_known] = pd.NA
    return told


@dataclass(frozen=True, slots=True, eq=False)
class _Lift:
    """Shrunk lifts of pairs in one part of the baskets."""

    mean: Floats
    low: Floats
    expected: Floats
    """In baskets of the mean weight."""

    @classmethod
    def of(cls, weight: pd.Series, squares: pd.Series, table: pd.DataFrame, is_told: Any) -> _Lift:
        """Return the posterior of the told lifts; observed and expected weight count in baskets of the mean weight."""
        seen = weight.to_numpy(dtype=np.float64)
        total = seen.sum()
        if not total:
            n = int(is_told.sum())
            return cls(np.ones(n), np.zeros(n), np.zeros(n))
        scale = float(squares.sum() / total)
        count, expected = seen / scale, _expect(seen, table) / scale
        prior = _fit_prior(count, expected)
        return cls(*_shrink(count[is_told], expected[is_told], prior), expected[is_told])


@dataclass(frozen=True, slots=True)
class _LiftPrior:
    """Most pairs are near 1 by a gamma distribution with mean 1; a share is anywhere."""

    shape: float
    share_wide: float


_WIDE_SHAPE, _WIDE_RATE = 0.5, 0.1
_SHAPES = (1.0, 2.0, 5.0, 10.0, 25.0, 100.0)
_MOST_FITTED, _N_ROUNDS = 5_000, 20


def _fit_prior(count: Floats, expected: Floats) -> _LiftPrior:
    """Return the prior under which the counts are most likely: a grid of shapes, the share by expectation-maximisation.

    Only pairs that were bought together are read, so the chance of none is taken off both parts.
    """
    if len(count) > _MOST_FITTED:
        taken = np.linspace(0, len(count) - 1, _MOST_FITTED).astype(np.int64)
        count, expected = count[taken], expected[taken]
    wide = _log_marginal(count, expected, _WIDE_SHAPE, _WIDE_RATE, no_zero=True)
    best = (-np.inf, _LiftPrior(_SHAPES[-1], 0.1))
    for shape in _SHAPES:
        tight = _log_marginal(count, expected, shape, shape, no_zero=True)
        share, ratio = 0.1, np.exp(np.clip(wide - tight, -500, 500))
        for _ in range(_N_ROUNDS):
            odds = ratio * (share / (1 - share))
            share = float(np.clip((odds / (1 + odds)).mean(), 1e-4, 0.9))
        height = float(np.logaddexp(wide + np.log(share), tight + np.log1p(-share)).sum())
        if height > best[0]:
            best = (height, _LiftPrior(shape, share))
    return best[1]


def _log_marginal(count: Floats, expected: Floats, shape: float, rate: float, *, no_zero: bool = False) -> Floats:
    from scipy.special import gammaln

    logs = gammaln(shape + count) - gammaln(shape) + shape * np.log(rate) - (shape + count) * np.log(rate + expected)
    logs = logs + count * np.log(np.maximum(expected, 1e-300)) - gammaln(count + 1)
    if no_zero:
        logs = logs - np.log(-np.expm1(np.minimum(shape * np.log(rate / (rate + expected)), -1e-12)))
    return np.asarray(logs)


def _shrink(count: Floats, expected: Floats, prior: _LiftPrior) -> tuple[Floats, Floats]:
    """Return mean and lower bound of each lift: a mixture of two gamma distributions."""
    from scipy.special import gammainc

    wide = _log_marginal(count, expected, _WIDE_SHAPE, _WIDE_RATE)
    tight = _log_marginal(count, expected, prior.shape, prior.shape)
    odds = np.exp(np.clip(wide - tight, -500, 500)) * prior.share_wide / (1 - prior.share_wide)
    is_wide = odds / (1 + odds)
    a, b = prior.shape + count, prior.shape + expected
    c, d = _WIDE_SHAPE + count, _WIDE_RATE + expected
    mean = (1 - is_wide) * a / b + is_wide * c / d
    low, high = np.zeros(len(count)), np.maximum(a / b, c / d)
    for _ in range(40):
        middle = (low + high) / 2
        is_below = (1 - is_wide) * gammainc(a, b * middle) + is_wide * gammainc(c, d * middle) < LOWER
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.round(mean, 6), np.round(low, 6)


def _expect(seen: Floats, table: pd.DataFrame) -> Floats:
    """Return the expected weight of each pair: what baskets of these sizes hold, were products drawn by popularity."""
    items = pd.Index(pd.unique(pd.concat([table["first"], table["second"]])))
    first, second = items.get_indexer(table["first"]), items.get_indexer(table["second"])
    with_one = np.bincount(first, weights=seen, minlength=len(items))
    with_one += np.bincount(second, weights=seen, minlength=len(items))
    share = with_one / with_one.sum()
    others = 1 / np.maximum(1 - share, 1e-9)
    return np.asarray(with_one.sum() / 2 * share[first] * share[second] * (others[first] + others[second]))
