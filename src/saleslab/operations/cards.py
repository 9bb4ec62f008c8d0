"""A few numbers of a sales review, each on a card with what it is measured against.

Everything returned here has the names of the arguments of `saleslab.reporting.kpi`.
"""

from __future__ import annotations

from saleslab.operations.briefing import name_before
from saleslab.operations.revenue import PeriodSales
from saleslab.operations.review import SalesReview
from saleslab.wording import CardWords, Change, Count, Days, Money, Points, Share, Text, Tone, say

_BEARS_A_DECIMAL = 100
"""Decided deals from which a win rate is written with a decimal."""


def write_cards(review: SalesReview) -> list[CardWords]:
    """Return the cards of a review; a number that the data cannot give has none."""
    cards = [_won_card(review), _wins_card(review), _rate_card(review), _average_card(review)]
    return [card for card in [*cards, _open_card(review), _late_card(review), _cycle_card(review)] if card is not None]


def _won_card(review: SalesReview) -> CardWords | None:
    if review.revenue is None or (review.revenue.current.n_won and not review.revenue.current.n_valued):
        return None
    now, before = review.revenue.current, review.revenue.previous
    tone: Tone = "neutral"
    if review.change is not None and review.change.is_clear:
        tone = "good" if review.change.amount > 0 else "bad"
    return {
        "name": "won_amount",
        "label": say("operations.measures.won_amount"),
        "value": Money(now.won_amount, review.currency),
        "target": None if review.coverage is None else Money(review.coverage.target, review.currency),
        "previous": None if before is None else Money(before.won_amount, review.currency),
        "change": _relative(review, float(now.won_amount), float(before.won_amount)) if before else None,
        "tone": tone,
        "note": _luck(review),
    }


def _luck(review: SalesReview) -> Text | None:
    if review.change is None or review.change.factor is None:
        return None
    return say("operations.note.clear" if review.change.is_clear else "operations.note.luck")


def _wins_card(review: SalesReview) -> CardWords | None:
    if review.revenue is None:
        return None
    now, before = review.revenue.current, review.revenue.previous
    return {
        "name": "n_won",
        "label": say("operations.measures.n_won"),
        "value": Count(now.n_won, "deal"),
        "previous": None if before is None else Count(before.n_won, "deal"),
        "change": _relative(review, now.n_won, before.n_won) if before else None,
        "note": say("operations.note.of_decided", n=now.n_closed),
    }


def _rate_card(review: SalesReview) -> CardWords | None:
    if review.win_rate is None or review.win_rate.current.rate is None:
        return None
    rate, change = review.win_rate.current.rate, review.win_rate.change
    before = review.win_rate.previous.rate
    digits = rate_digits(
        min(each.n_closed for each in (review.win_rate.current, review.win_rate.previous) if each.rate)
    )
    tone: Tone = "neutral"
    if change is not None and review.win_rate.is_clear_change:
        tone = "good" if change.estimate > 0 else "bad"
    return {
        "name": "win_rate",
        "label": say("operations.measures.win_rate"),
        "value": Share(rate.estimate, digits),
        "interval": (Share(rate.low, 0), Share(rate.high, 0)),
        "previous": None if before is None else Share(before.estimate, digits),
        "change": None if change is None else _points(review, Points(change.estimate, digits)),
        "tone": tone,
        "note": say("operations.note.nine_in_ten"),
    }


def rate_digits(n_decided: int) -> int:
    """Return the decimals of a rate in per cent that so many decided deals can bear."""
    return 1 if n_decided >= _BEARS_A_DECIMAL else 0


def _average_card(review: SalesReview) -> CardWords | None:
    if review.revenue is None or review.revenue.current.average is None:
        return None
    now = review.revenue.current.average
    before: PeriodSales | None = review.revenue.previous
    earlier = before.average if before else None
    return {
        "name": "average",
        "label": say("operations.measures.average"),
        "value": Money(now, review.currency),
        "previous": None if earlier is None else Money(earlier, review.currency),
        "change": None if earlier is None else _relative(review, float(now), float(earlier)),
        "note": say("operations.note.of_valued", n=review.revenue.current.n_valued),
    }


def _open_card(review: SalesReview) -> CardWords | None:
    if review.pipeline is None:
        return None
    total = review.pipeline.total
    if total.n_without_amount == total.n_deals:
        label, value = say("operations.measures.n_open"), Count(total.n_deals, "deal")
        return {"name": "open_deals", "label": label, "value": value, "note": say("operations.note.unvalued")}
    note = say("operations.note.n_deals", n=total.n_deals)
    if total.weighted_amount is not None:
        note = say("operations.note.weighted", n=total.n_deals, amount=Money(total.weighted_amount, review.currency))
    label = say("operations.measures.open_amount")
    return {"name": "open_amount", "label": label, "value": Money(total.amount, review.currency), "note": note}


def _late_card(review: SalesReview) -> CardWords | None:
    slips = review.slips
    if slips is None or slips.n_past_close is None or slips.past_close_amount is None:
        return None
    return {
        "name": "past_close",
        "label": say("operations.measures.past_close"),
        "value": Count(slips.n_past_close, "deal"),
        "tone": "warn" if slips.n_past_close else "good",
        "note": say("operations.note.worth", amount=Money(slips.past_close_amount, review.currency))
        if slips.n_past_close
        else say("operations.note.of_open", n=slips.n_open),
    }


def _cycle_card(review: SalesReview) -> CardWords | None:
    cycle = review.cycle
    if cycle is None or cycle.won_median_days is None:
        return None
    return {
        "name": "won_days",
        "label": say("operations.measures.won_days"),
        "value": Days(cycle.won_median_days.estimate),
        "note": say("operations.note.half_within")
        if cycle.won_p90_days is None
        else say("operations.note.nine_in_ten_within", days=Days(cycle.won_p90_days)),
    }


def _relative(review: SalesReview, now: float, before: float) -> Text | None:
    if not before:
        return None
    return say("operations.change.relative", change=Change(now / before - 1), before=name_before(review))


def _points(review: SalesReview, points: Points) -> Text:
    return say("operations.change.points", points=points, before=name_before(review))
