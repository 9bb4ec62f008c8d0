"""Title, caption and text alternative of the pictures of segments, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.segmentation.review_values import (
    name_kind,
    name_numbers,
    share_of_value,
    word,
    write_horizon,
    write_money,
)
from saleslab.wording import Count, Number, PictureWords, Share, TableWords, Text

if TYPE_CHECKING:
    from saleslab.segmentation.migration import Migration
    from saleslab.segmentation.reviewing import SegmentReview


def word_segment_table(name: str) -> TableWords:
    """Return title and caption of a table of the page: ``market``, ``moves`` or ``counts``."""
    return {"title": word(f"table.{name}.title"), "caption": word(f"table.{name}.caption")}


def name_segment_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns."""
    return {name: word(f"columns.{name}") for name in names}


def _describe(name: str, caption: Mapping[str, Any], alt: Mapping[str, Any]) -> PictureWords:
    return {
        "title": word(f"figure.{name}.title"),
        "caption": word(f"figure.{name}.caption", **caption),
        "alt": word(f"figure.{name}.alt", **alt),
    }


def describe_map(review: SegmentReview) -> PictureWords:
    """Return the words of the map of segments."""
    best = max(review.profiles, key=_next_each)
    value = write_money(review, _next_each(best))
    return _describe("map", {}, {"n": len(review.profiles), "name": best.name, "value": value})


def _next_each(one: Any) -> float:
    return one.value_next.estimate / one.n_customers if one.value_next else 0.0


def tabulate_map(review: SegmentReview) -> pd.DataFrame:
    """Return one row a segment: ``segment, customers, share, value_now, value_next, low, high``, in all."""
    return pd.DataFrame(
        {
            "segment": one.name,
            "customers": Count(one.n_customers),
            "share": share_of_value(review, one),
            "value_now": write_money(review, one.value_now),
            **{
                name: None if one.value_next is None else write_money(review, getattr(one.value_next, end))
                for name, end in (("value_next", "estimate"), ("low", "low"), ("high", "high"))
            },
        }
        for one in review.profiles
    )


def describe_stability(review: SegmentReview) -> PictureWords:
    """Return the words of the picture of stability."""
    counts = review.choice.counts
    shown = review.count or max(counts, key=lambda one: one.ari)
    verdict = word(f"verdict.{review.choice.verdict}")
    values = {"low": Count(counts[0].k), "high": Count(counts[-1].k), "k": Count(shown.k)}
    values_ari = {"ari": Number(shown.ari, 2), "null": Number(shown.null_ari, 2)}
    return _describe("stability", {"verdict": verdict}, {"verdict": verdict, **values, **values_ari})


def tabulate_counts(review: SegmentReview) -> pd.DataFrame:
    """Return one row a number of segments: ``k, agreement, null, worst, smallest, excess, explained, chosen``."""
    shown = review.count
    rows = [
        {
            "k": Count(one.k),
            "agreement": Number(one.ari, 2),
            "null": Number(one.null_ari, 2),
            "worst": Number(one.worst_jaccard, 2),
            "smallest": Share(one.smallest_share, 0),
            "excess": Number(one.excess, 3),
            "explained": None if one.value_explained is None else Share(max(one.value_explained, 0.0), 0),
            "chosen": "○" if one is shown else None,
        }
        for one in review.choice.counts
    ]
    return pd.DataFrame(rows)


def describe_rfm(review: SegmentReview) -> PictureWords:
    """Return the words of the grid of scores."""
    grid = grid_rfm(review)
    best = grid.iloc[int(grid["value"].to_numpy().argmax())]
    scores = {name: Count(int(best[name])) for name in ("recency", "frequency")}
    values = {**scores, "value": write_money(review, float(best["value"]))}
    return _describe("rfm", {"days": write_horizon(review)}, values)


def grid_rfm(review: SegmentReview) -> pd.DataFrame:
    """Return customers and value of each pair of scores that somebody has: ``recency, frequency, n, value``."""
    named = {"recency_score": "recency", "frequency_score": "frequency"}
    customers = review.customers.rename(columns=named)
    grouped = customers.groupby(["recency", "frequency"], sort=True)["value"]
    return grouped.agg(n="size", value="sum").reset_index()


def tabulate_rfm(review: SegmentReview) -> pd.DataFrame:
    """Return the grid of scores as it is read: ``recency, frequency, customers, value``."""
    return pd.DataFrame(
        {
            "recency": Count(int(row["recency"])),
            "frequency": Count(int(row["frequency"])),
            "customers": Count(int(row["n"])),
            "value": write_money(review, float(row["value"])),
        }
        for row in grid_rfm(review).to_dict("records")
    )


def count_moved(migration: Migration) -> int:
    """Return how many customers changed segment."""
    return sum(move.n_customers for move in migration.moves if move.origin != move.target)


def describe_migration(review: SegmentReview) -> PictureWords:
    """Return the words of the grid of moves."""
    assert review.migration is not None
    values = {"n": len(review.profiles), "moved": Count(count_moved(review.migration))}
    caption = {"since": review.since, "as_of": review.as_of}
    return _describe("migration", caption, {**values, "all": Count(review.migration.n_customers)})


def tabulate_moves(review: SegmentReview) -> pd.DataFrame:
    """Return one row a move, the costliest first: ``from, target, customers, share, low, high, value_change``."""
    assert review.migration is not None
    names = name_numbers(review)
    moves = [move for move in review.migration.moves if move.n_customers and move.origin != move.target]
    rows = [
        {
            "from": names.get(move.origin, Text.same(move.origin)),
            "target": names.get(move.target, Text.same(move.target)),
            "customers": Count(move.n_customers),
            "share": Share(move.rate.estimate, 0),
            "low": Share(move.rate.low, 0),
            "high": Share(move.rate.high, 0),
            "value_change": write_money(review, move.value_change),
        }
        for move in sorted(moves, key=lambda move: (move.value_change, move.origin, move.target))
    ]
    columns = ["from", "target", "customers", "share", "low", "high", "value_change"]
    return pd.DataFrame(rows, columns=columns)  # where nobody moved there are headings and no rows


def describe_market(review: SegmentReview) -> PictureWords:
    """Return the words of the picture of the target market."""
    assert review.market is not None
    first = review.market.segments[0]
    worth = write_money(review, first.worth.estimate)
    return _describe("market", {}, {"n": len(review.market.segments), "name": name_kind(first.segment), "worth": worth})


def tabulate_market(review: SegmentReview) -> pd.DataFrame:
    """Return one row a kind of company, with columns as in `MARKET_COLUMNS`."""
    assert review.market is not None
    return pd.DataFrame(
        {
            "segment": name_kind(one.segment),
            "worth": write_money(review, one.worth.estimate),
            "low": write_money(review, one.worth.low),
            "high": write_money(review, one.worth.high),
            "chance_best": Share(one.chance_best, 0),
            "win_rate": Share(one.win_rate.estimate, 0),
            "deal_value": write_money(review, one.deal_value.estimate),
            "companies": Count(one.n_companies),
            "coverage": None if one.coverage is None else Share(one.coverage, 0),
            "deals": Count(one.n_deals),
            "won": Count(one.n_won),
        }
        for one in review.market.segments
    )


MARKET_COLUMNS = (
    "segment", "worth", "low", "high", "chance_best", "win_rate", "deal_value", "companies", "coverage", "deals", "won",
)  # fmt: skip
"""Columns of the target market, in their order."""
