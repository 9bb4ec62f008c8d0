"""How recently, how often and for how much did each customer buy, as scores that equal customers always share?

Scores that sort customers and cut the list into equal parts give equal customers different scores, and which of them
gets the better one depends on their ids. Here a score depends on the value alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

MEASURES = ("recency", "frequency", "spend")
"""What is scored: time since the last purchase (less is better), repeat purchases, and money in all."""

SCORES = (*(f"{name}_score" for name in MEASURES), "rfm")
"""Columns that scoring adds."""

DIRECT = {"recency": "days_since", "frequency": "n_orders", "spend": "spend"}
"""Column of each measure where they are given as they stand, by `read_customers`."""


def score_rfm(
    summary: pd.DataFrame,
    *,
    n_scores: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
    customer: str = "customer_id",
) -> pd.DataFrame:
    """Return scores of recency, frequency and spend for each customer; the best has the highest score.

    A customer's score follows from the share of customers below the own value, half of the equal ones counted in, so
    that equal values have equal scores whatever the order and the ids of rows. Use `find_cuts` to keep the scores of a
    day for later days and for the warehouse.

    Parameters
    ----------
    summary
        One row a customer from `count_purchases`: ``n_repeats``, ``recency``, ``age``, ``spend_mean`` and, where there
        is one, ``spend_first``. Its ``as_of`` is the day that recency is counted from. Or from `read_customers`:
        ``days_since``, ``n_orders`` and ``spend``.
    n_scores
        How many scores each measure has.
    cuts
        Cut points of the business for any of `MEASURES`, rising: a value at or above the first is beyond it. Measures
        without cut points are scored by rank.
    customer
        Name of the column with the customer's id.

    Returns
    -------
    frame
        In the order of the rows: the customer, ``recency_score``, ``frequency_score``, ``spend_score`` and ``rfm``, the
        three written one after the other.

    Raises
    ------
    NotEnoughData
        When there is no customer.
    TableError
        When values are missing or infinite, or a customer has two rows.
    BadArgument
        When cut points do not rise or name no measure, or the customer's column has the name of a score.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer_id": ["a", "b", "c"], "n_repeats": [0, 0, 4], "recency": [0.0, 0.0, 30.0],
    ...     "age": [40.0, 40.0, 31.0], "spend_mean": [0.0, 0.0, 9.0], "spend_first": [5.0, 5.0, 9.0]})
    >>> score_rfm(summary)["rfm"].tolist()
    ['2-2-2', '2-2-2', '5-5-5']
    """
    if customer in SCORES:
        raise BadArgument(
            f"The column of the customers is called '{customer}', as is one of the scores.",
            "rename it, for example to customer_id.",
        )
    values, cuts = measure_rfm(summary, customer=customer), dict(cuts or {})
    check_cuts(cuts, n_scores)
    scored = pd.DataFrame({customer: summary[customer].to_numpy()})
    for measure in MEASURES:
        bounds = cuts.get(measure)
        found = _rank(measure, values[measure], n_scores) if bounds is None else _cut(measure, values[measure], bounds)
        scored[f"{measure}_score"] = found
    recency, frequency, spend = (scored[f"{measure}_score"].astype(str) for measure in MEASURES)
    return scored.assign(rfm=recency + "-" + frequency + "-" + spend)


def find_cuts(
    summary: pd.DataFrame, *, n_scores: int = 5, customer: str = "customer_id"
) -> dict[str, tuple[float, ...]]:
    """Return the cut points that give every customer of today the score of today, for use on later days.

    They are values that customers have; a score that no customer has leaves its cut point beside the next one.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer_id": ["a", "b", "c"], "n_repeats": [0, 0, 4], "recency": [0.0, 0.0, 30.0],
    ...     "age": [40.0, 40.0, 31.0], "spend_mean": [0.0, 0.0, 9.0], "spend_first": [5.0, 5.0, 9.0]})
    >>> cuts = find_cuts(summary)
    >>> score_rfm(summary, cuts=cuts).equals(score_rfm(summary))
    True
    """
    values, cuts = measure_rfm(summary, customer=customer), {}
    for measure in MEASURES:
        of_customer = values[measure]
        score = _rank(measure, of_customer, n_scores)
        if measure == "recency":
            ends = [of_customer[score < step] for step in range(n_scores, 1, -1)]
        else:
            ends = [of_customer[score >= step] for step in range(2, n_scores + 1)]
        cuts[measure] = tuple(float(end.min()) if len(end) else _beyond(of_customer) for end in ends)
    return cuts


def measure_rfm(summary: pd.DataFrame, *, customer: str = "customer_id") -> dict[str, Floats]:
    """Return the three values that are scored: time since the last purchase, repeat purchases, money in all."""
    direct = set(DIRECT.values()) <= set(summary.columns)
    needed = DIRECT.values() if direct else ("n_repeats", "recency", "age", "spend_mean")
    require_columns(summary, customer, *needed, of="summary (customers.count_purchases)")
    if summary.empty:
        raise NotEnoughData("The summary holds no customer.", "count purchases of a longer time.")
    if direct:
        values = {name: summary[column].to_numpy(np.float64, na_value=np.nan) for name, column in DIRECT.items()}
    else:
        parts = {name: summary[name].to_numpy(np.float64, na_value=np.nan) for name in ("n_repeats", "recency", "age")}
        first = summary["spend_first"] if "spend_first" in summary.columns else summary["spend_mean"] * 0
        spend = (first + summary["spend_mean"] * summary["n_repeats"]).to_numpy(np.float64, na_value=np.nan)
        values = {"recency": parts["age"] - parts["recency"], "frequency": parts["n_repeats"], "spend": spend}
    n_bad = int((~np.isfinite(np.stack(list(values.values())))).any(axis=0).sum())
    n_twice = int(summary[customer].duplicated().sum() + summary[customer].isna().sum())
    if n_bad or n_twice:
        raise TableError(
            f"The summary holds {n_bad} rows with a missing or infinite value and {n_twice} without a customer of "
            "their own.",
            "make it with count_purchases, which gives one complete row a customer.",
        )
    return values


def _rank(measure: str, values: Floats, n_scores: int) -> npt.NDArray[np.int64]:
    """Return the score by mid-rank; ranks are whole numbers until they are cut, so equal values cannot differ."""
    _, of_row, counts = np.unique(-values if measure == "recency" else values, return_inverse=True, return_counts=True)
    twice = 2 * np.cumsum(counts) - counts
    return np.asarray(np.minimum(twice * n_scores // (2 * len(values)), n_scores - 1) + 1)[of_row]


def _cut(measure: str, values: Floats, cuts: Sequence[float]) -> npt.NDArray[np.int64]:
    beyond = np.searchsorted(np.asarray(cuts, dtype=np.float64), values, side="right")
    return np.asarray(len(cuts) + 1 - beyond if measure == "recency" else beyond + 1, dtype=np.int64)


def _beyond(values: Floats) -> float:
    return float(np.nextafter(values.max(), np.inf))


def check_cuts(cuts: Mapping[str, Sequence[float]], n_scores: int) -> None:
    """Raise `BadArgument` where there are too few scores, or cut points do not rise or name no measure."""
    if n_scores < 2:
        raise BadArgument(f"n_scores is {n_scores}.", "give at least 2 scores.")
    unknown = sorted(set(cuts) - set(MEASURES))
    falling = [
        name for name, at in cuts.items() if not np.isfinite(at).all() or any(low > high for low, high in pairwise(at))
    ]
    if unknown or falling:
        raise BadArgument(
            f"Cut points of {', '.join(unknown + falling)} cannot be used.",
            f"give finite, rising numbers for any of {', '.join(MEASURES)}.",
        )
