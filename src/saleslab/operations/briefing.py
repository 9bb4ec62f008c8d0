"""The first lines of a sales review: how it stands, in words and on a few cards.

Everything returned here has the names of the arguments of `saleslab.reporting`, so a notebook passes it on with ``**``.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from saleslab.operations.coverage import Coverage
from saleslab.operations.revenue import PeriodSales
from saleslab.operations.review import SalesReview
from saleslab.wording import LANGUAGES, Change, Count, Days, Money, Number, Points, Share, Text, say

_NEARLY = 0.9
_RULE_OF_THUMB = 3.0
"""Coverage that sales divisions ask for where no win rate is known."""

Tone = Literal["good", "warn", "bad", "neutral"]


class HeadlineWords(TypedDict):
    """Arguments of `reporting.headline` but for ``as_of``."""

    question: Text
    status: Text
    tone: Tone
    answer: Text
    subject: Text


class CardWords(TypedDict, total=False):
    """Arguments of `reporting.kpi`."""

    name: str
    label: Text
    value: Any
    interval: tuple[Any, Any] | None
    target: Any
    previous: Any
    change: Text | None
    tone: Tone
    note: Text | None


def join_texts(*texts: Text | None) -> Text:
    """Return sentences one after another, in each language as it is written there; None is passed over.

    Examples
    --------
    >>> join_texts(Text("One.", "一。"), None, Text("Two.", "二。"))
    Text(en='One. Two.', ja='一。二。')
    """
    given = [text for text in texts if text is not None]
    gap = {"en": " ", "ja": ""}
    return Text(*(gap[lang].join(text.of(lang) for text in given) for lang in LANGUAGES))


def write_headline(review: SalesReview) -> HeadlineWords:
    """Return the question, the status, the answer that a manager can repeat, and what the review is about."""
    status, tone = _status(review)
    answer = join_texts(_won(review), _compared(review), _cause(review), _covered(review), _open(review))
    return {
        "question": say("operations.headline.question"),
        "status": status,
        "tone": tone,
        "answer": answer,
        "subject": say("operations.headline.subject", period=review.period),
    }


def write_cards(review: SalesReview) -> list[CardWords]:
    """Return the cards of a review; a number that the data cannot give has none."""
    cards = [_won_card(review), _wins_card(review), _rate_card(review), _average_card(review)]
    return [card for card in [*cards, _open_card(review), _late_card(review), _cycle_card(review)] if card is not None]


def _status(review: SalesReview) -> tuple[Text, Tone]:
    revenue, change = review.revenue, review.change
    if revenue is None:
        return say("operations.status.nothing"), "neutral"
    if revenue.current.n_won and not revenue.current.n_valued:
        return say("operations.status.unvalued", n=revenue.current.n_won), "neutral"
    won = Money(revenue.current.won_amount, review.currency)
    if review.coverage is not None:
        words = {"won": won, "target": Money(review.coverage.target, review.currency)}
        attained = Share(review.coverage.attained, 0)
        return say("operations.status.target", **words, attained=attained), _tone_of(review, review.coverage)
    if change is None or change.factor is None:
        return say("operations.status.alone", won=won), "neutral"
    changed = Change(change.factor.estimate - 1)
    if not change.is_clear:
        return say("operations.status.level", won=won, change=changed), "neutral"
    rises = change.factor.estimate > 1
    direction = "up" if rises else "down"
    return say(f"operations.status.{direction}", won=won, change=changed), "good" if rises else "bad"


def _tone_of(review: SalesReview, coverage: Coverage) -> Tone:
    """Judge the way to the target: by what was attained at the end, before that by what open deals can bring."""
    if not coverage.missing:
        return "good"
    if coverage.ratio is None:
        return "warn" if coverage.attained >= _NEARLY else "bad"
    return "bad" if coverage.ratio < 1 else "neutral" if coverage.ratio >= needed_ratio(review) else "warn"


def needed_ratio(review: SalesReview) -> float:
    """Return how many times open deals must cover a gap when they are won as often as deals were decided lately."""
    rate = review.win_rate.current.rate if review.win_rate else None
    return 1 / rate.estimate if rate is not None and rate.estimate else _RULE_OF_THUMB


def _won(review: SalesReview) -> Text | None:
    if review.revenue is None:
        return say("operations.answer.nothing", period=review.period, day=review.as_of)
    now, is_over = review.revenue.current, review.revenue.is_over
    if now.n_won and not now.n_valued:
        return say("operations.answer.won_unvalued", n=now.n_won, period=review.period, day=review.as_of)
    words = {"won": Money(now.won_amount, review.currency), "n": now.n_won, "period": review.period}
    return say(f"operations.answer.{'won' if is_over else 'won_so_far'}", **words, day=review.as_of)


def _compared(review: SalesReview) -> Text | None:
    revenue, change = review.revenue, review.change
    if revenue is None:
        return None
    if change is None or change.factor is None:
        return say("operations.answer.no_comparison")
    words: dict[str, Any] = {
        "change": Change(change.factor.estimate - 1),
        "before": Money(change.old.won_amount, review.currency),
    }
    key = "clear" if change.is_clear else "luck"
    last = None
    if revenue.year_before is not None and revenue.year_before.won_amount:
        relative = float(revenue.current.won_amount / revenue.year_before.won_amount) - 1
        last = say("operations.answer.year_before", change=Change(relative))
    return join_texts(say(f"operations.answer.{key}{'' if revenue.is_over else '_so_far'}", **words), last)


def _cause(review: SalesReview) -> Text | None:
    change = review.change
    if change is None or not change.is_clear:
        return None
    part = Money(change.parts[change.largest], review.currency)
    return say(f"operations.answer.cause.{change.largest}", part=part)


def _covered(review: SalesReview) -> Text | None:
    coverage = review.coverage
    if coverage is None:
        return None
    words: dict[str, Any] = {
        "target": Money(coverage.target, review.currency),
        "attained": Share(coverage.attained, 0),
        "missing": Money(coverage.missing, review.currency),
        "due": Money(coverage.due_amount, review.currency),
    }
    if coverage.ratio is None:
        return say("operations.answer.attained", **words)
    return say("operations.answer.covered", **words, ratio=Number(coverage.ratio))


def _open(review: SalesReview) -> Text | None:
    if review.pipeline is None:
        return say("operations.answer.no_pipeline")
    total, slips = review.pipeline.total, review.slips
    if total.n_without_amount == total.n_deals:
        return say("operations.answer.open_unvalued", n=total.n_deals)
    words: dict[str, Any] = {"n": total.n_deals, "amount": Money(total.amount, review.currency)}
    if slips is None or not slips.n_past_close or slips.past_close_amount is None or not total.amount:
        return say("operations.answer.open", **words)
    share = Share(float(slips.past_close_amount / total.amount), 0)
    return say("operations.answer.open_late", **words, n_late=slips.n_past_close, share=share)


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
        "change": _relative(float(now.won_amount), float(before.won_amount)) if before else None,
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
        "value": Count(now.n_won),
        "previous": None if before is None else Count(before.n_won),
        "change": _relative(now.n_won, before.n_won) if before else None,
        "note": say("operations.note.of_decided", n=now.n_closed),
    }


def _rate_card(review: SalesReview) -> CardWords | None:
    if review.win_rate is None or review.win_rate.current.rate is None:
        return None
    rate, change = review.win_rate.current.rate, review.win_rate.change
    before = review.win_rate.previous.rate
    tone: Tone = "neutral"
    if change is not None and review.win_rate.is_clear_change:
        tone = "good" if change.estimate > 0 else "bad"
    return {
        "name": "win_rate",
        "label": say("operations.measures.win_rate"),
        "value": Share(rate.estimate),
        "interval": (Share(rate.low, 0), Share(rate.high, 0)),
        "previous": None if before is None else Share(before.estimate),
        "change": None if change is None else say("operations.change.points", points=Points(change.estimate)),
        "tone": tone,
        "note": say("operations.note.nine_in_ten"),
    }


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
        "change": None if earlier is None else _relative(float(now), float(earlier)),
    }


def _open_card(review: SalesReview) -> CardWords | None:
    if review.pipeline is None:
        return None
    total = review.pipeline.total
    if total.n_without_amount == total.n_deals:
        label, value = say("operations.measures.n_open"), Count(total.n_deals)
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
        "value": Count(slips.n_past_close),
        "tone": "warn" if slips.n_past_close else "good",
        "note": say("operations.note.worth", amount=Money(slips.past_close_amount, review.currency)),
    }


def _cycle_card(review: SalesReview) -> CardWords | None:
    cycle = review.cycle
    if cycle is None or cycle.won_median_days is None:
        return None
    return {
        "name": "won_days",
        "label": say("operations.measures.won_days"),
        "value": Days(cycle.won_median_days.estimate),
        "interval": (Days(cycle.won_median_days.low), Days(cycle.won_median_days.high)),
        "note": None
        if cycle.won_p90_days is None
        else say("operations.note.nine_in_ten_within", days=Days(cycle.won_p90_days)),
    }


def _relative(now: float, before: float) -> Text | None:
    return say("operations.change.relative", change=Change(now / before - 1)) if before else None
