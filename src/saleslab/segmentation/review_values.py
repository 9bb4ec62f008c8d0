"""Names, amounts and ranges of a review of segments, as its pages write them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from saleslab.segmentation.inputs import UNKNOWN
from saleslab.segmentation.traits import SegmentTrait
from saleslab.stats import Interval
from saleslab.wording import Days, Money, Number, Share, Text, say, section

if TYPE_CHECKING:
    from saleslab.segmentation.describing import SegmentProfile
    from saleslab.segmentation.reviewing import SegmentReview

PAGES = "segment_pages"

_MONEY = ("spend", "order_size")


def word(key: str, /, **values: object) -> Text:
    """Return a sentence of the pages of segments."""
    return say(f"{PAGES}.{key}", **values)


def name_numbers(review: SegmentReview) -> dict[str, Text]:
    """Return the name of each segment by its number, as text."""
    return {str(one.segment): one.name for one in review.profiles}


def write_money(review: SegmentReview, amount: float) -> Money:
    """Return an amount in the currency of the company."""
    return Money(Decimal(round(amount)), review.currency)


def write_range(review: SegmentReview, interval: Interval) -> Text:
    """Return an amount with its range."""
    low, high = (write_money(review, end) for end in (interval.low, interval.high))
    return word("fact.with_range", estimate=write_money(review, interval.estimate), low=low, high=high)


def write_horizon(review: SegmentReview) -> Days:
    """Return over which time values are counted."""
    return Days(review.horizon)


def share_of_value(review: SegmentReview, profile: SegmentProfile) -> Share:
    """Return which part of the value now a segment brings."""
    total = sum(one.value_now for one in review.profiles)
    return Share(profile.value_now / total if total > 0 else 0.0, 0)


def name_kind(kind: str) -> Text:
    """Return the name of a kind of company: sizes and the unknown are worded, industries speak for themselves."""
    return section(f"{PAGES}.level").get(kind) or Text.same(kind)


def tell_trait(trait: SegmentTrait, review: SegmentReview) -> Text:
    """Return what sets a segment apart, with the numbers inside and outside."""
    column = section(f"{PAGES}.column").get(trait.column) or Text.same(trait.column)
    if trait.level is not None:
        ends = {"inside": Share(trait.inside, 0), "outside": Share(trait.outside, 0)}
        return word("pro.category", column=column, level=name_kind(trait.level), **ends)
    inside, outside = (
        write_money(review, value) if trait.column in _MONEY else Number(value, 1 if abs(value) < 20 else 0)
        for value in (trait.inside, trait.outside)
    )
    return word("pro.number", column=column, inside=inside, outside=outside)


def is_told(trait: SegmentTrait) -> bool:
    """Say whether a trait is worth a line: that a kind of company is rarer, or unknown, tells nobody what to do."""
    return trait.level is None or (trait.strength > 0 and trait.level != UNKNOWN)
