"""What the page says of the money by segment: this period beside the one before, what moved it, and the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from saleslab.segmentation.review_values import name_numbers, word, write_horizon, write_money
from saleslab.wording import Count, Number, PictureWords, TableWords, Text, join_texts

if TYPE_CHECKING:
    from saleslab.segmentation.reviewing import SegmentReview
    from saleslab.segmentation.splitting import SegmentPart, SegmentSplit

EFFECTS = ("by_volume", "by_mix", "by_rate")
"""What moves a total, in the order in which it is told."""


def list_split_columns(review: SegmentReview) -> tuple[str, ...]:
    """Return the columns of `tabulate_split`, in their order; that of targets where there are any."""
    names = ("segment", "customers_before", "customers", "revenue_before", "revenue", *EFFECTS)
    return (*names, "goal") if _has_targets(review) else names


def _has_targets(review: SegmentReview) -> bool:
    return review.split is not None and any(part.target is not None for part in review.split.parts)


def _need(review: SegmentReview) -> SegmentSplit:
    assert review.split is not None
    return review.split


def describe_split(review: SegmentReview) -> PictureWords:
    """Return the words of the picture of what moved the money."""
    split = _need(review)
    ends = {"before": write_money(review, split.total_before), "after": write_money(review, split.total_after)}
    effects = {name: sign_money(review, getattr(split, name)) for name in EFFECTS}
    return {
        "title": word("figure.split.title", days=write_horizon(review)),
        "caption": join_texts(word("figure.split.caption", learned_on=review.learned_on), _tell_largest(review)),
        "alt": word("figure.split.alt", **ends, **effects),
    }


def sign_money(review: SegmentReview, amount: float) -> Text:
    """Return a change of an amount with its sign."""
    money = write_money(review, amount)
    return word("chart.rise" if money.amount > 0 else "chart.fall", amount=money)


def _tell_largest(review: SegmentReview) -> Text | None:
    """Return whose customers changed the money most by what each of them spends."""
    named = name_numbers(review)
    told = [part for part in _need(review).parts if part.n_before and part.n_after and part.segment in named]
    most = max(told, key=lambda part: abs(part.by_rate), default=None)
    if most is None or round(most.by_rate) == 0:
        return None
    rates = {"before": most.rate_before or 0.0, "after": most.rate_after or 0.0}
    values = {name: write_money(review, rate) for name, rate in rates.items()}
    return word("split.most", name=named[most.segment], effect=sign_money(review, most.by_rate), **values)


def tabulate_effects(review: SegmentReview) -> pd.DataFrame:
    """Return the bars of the picture: ``part, money``, from the period before to this one."""
    split, days = _need(review), write_horizon(review)
    rows: list[tuple[Text, object]] = [
        (word("chart.split_before", days=days), write_money(review, split.total_before)),
        *((word(f"chart.{name}"), sign_money(review, getattr(split, name))) for name in EFFECTS),
        (word("chart.split_after", days=days), write_money(review, split.total_after)),
    ]
    return pd.DataFrame(rows, columns=["part", "money"])


def word_split_table(review: SegmentReview) -> TableWords:
    """Return title and caption of the table by segment: how the parts add up, and how steady the segments are."""
    stability = _need(review).stability
    steady = None if stability is None else word("split.steady", ari=Number(stability, 2), day=review.learned_on)
    goal = word("split.goal") if _has_targets(review) else None
    return {"title": word("table.split.title"), "caption": join_texts(word("table.split.caption"), steady, goal)}


def tabulate_split(review: SegmentReview) -> pd.DataFrame:
    """Return one row a segment and one of all, which is their sum: the columns of `list_split_columns`."""
    split, named = _need(review), name_numbers(review)
    order = {str(one.segment): at for at, one in enumerate(review.profiles)}
    parts = sorted(split.parts, key=lambda part: (order.get(part.segment, len(order)), part.segment))
    rows = [_tabulate(review, part, named.get(part.segment) or word("split.others")) for part in parts]
    return pd.DataFrame([*rows, _sum_up(review, split)], columns=list(list_split_columns(review)))


def _tabulate(review: SegmentReview, part: SegmentPart, name: Text) -> dict[str, object]:
    return {
        "segment": name,
        "customers_before": Count(round(part.n_before)),
        "customers": Count(round(part.n_after)),
        "revenue_before": write_money(review, part.total_before),
        "revenue": write_money(review, part.total_after),
        **{effect: write_money(review, getattr(part, effect)) for effect in EFFECTS},
        "goal": None if part.target is None else write_money(review, float(part.target)),
    }


def _sum_up(review: SegmentReview, split: SegmentSplit) -> dict[str, object]:
    targets = [part.target for part in split.parts if part.target is not None]
    return {
        "segment": word("split.all"),
        "customers_before": Count(round(sum(part.n_before for part in split.parts))),
        "customers": Count(round(sum(part.n_after for part in split.parts))),
        "revenue_before": write_money(review, split.total_before),
        "revenue": write_money(review, split.total_after),
        **{effect: write_money(review, getattr(split, effect)) for effect in EFFECTS},
        "goal": write_money(review, float(sum(targets))) if targets else None,
    }
