"""The first lines of a sales review: how it stands, in words that can be repeated.

Everything returned here has the names of the arguments of `saleslab.reporting`, so a notebook passes it on with ``**``.
"""

from __future__ import annotations

from typing import Any

from saleslab.operations.coverage import Coverage
from saleslab.operations.review import SalesReview
from saleslab.wording import Change, HeadlineWords, Money, Number, Share, Text, Tone, join_texts, say, write

_NEARLY = 0.9
_SAME = 0.005
"""Relative change that is written as 0 %."""

_RULE_OF_THUMB = 3.0
"""Coverage that sales divisions ask for where no win rate is known."""


def write_headline(review: SalesReview) -> HeadlineWords:
    """Return the question, the status, the answer that a manager can repeat, and what the review is about."""
    status, tone = _status(review)
    ahead = _covered(review) or _open(review)
    answer = join_texts(_won(review), _compared(review), _cause(review), _year_before(review), ahead)
    return {
        "question": say("operations.headline.question"),
        "status": status,
        "tone": tone,
        "answer": answer,
        "subject": say("operations.headline.subject", period=review.period),
    }


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
    compared = {"won": won, "change": Change(change.factor.estimate - 1), "before": name_before(review)}
    if not change.is_clear:
        return say("operations.status.level", **compared), "neutral"
    rises = change.factor.estimate > 1
    return say(f"operations.status.{'up' if rises else 'down'}", **compared), "good" if rises else "bad"


def name_before(review: SalesReview) -> Text:
    """Return what the period before is called: FY2026 Q1, 前四半期."""
    called = say(f"operations.before.{review.period.grain}")
    if review.period.grain == "other":
        return called
    return Text(write(review.calendar.previous(review.period), "en"), called.ja)


def tell_move(factor: float) -> Text:
    """Return a change as a reader says it: 21 % less, 21%減.

    Examples
    --------
    >>> tell_move(0.794)
    Text(en='21 % less than', ja='21%減')
    """
    moved = factor - 1
    return say(f"operations.moved.{'more' if moved > 0 else 'less'}", share=Share(abs(moved), 0))


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
    words: dict[str, Any] = {"won": Money(now.won_amount, review.currency), "n": now.n_won, "period": review.period}
    key = "won" if is_over else "won_so_far"
    if review.coverage is not None:
        key += "_of_target"
        words |= {"target": Money(review.coverage.target, review.currency)}
        words |= {"attained": Share(review.coverage.attained, 0)}
    return say(f"operations.answer.{key}", **words, day=review.as_of)


def _compared(review: SalesReview) -> Text | None:
    revenue, change = review.revenue, review.change
    if revenue is None:
        return None
    if change is None or change.factor is None:
        return say("operations.answer.no_comparison")
    factor = change.factor.estimate
    words: dict[str, Any] = {
        "moved": tell_move(factor),
        "before": name_before(review),
        "amount": Money(change.old.won_amount, review.currency),
    }
    key = "clear" if change.is_clear else "same" if abs(factor - 1) < _SAME else "luck"
    return say(f"operations.answer.{key}{'' if revenue.is_over else '_so_far'}", **words)


def _year_before(review: SalesReview) -> Text | None:
    revenue = review.revenue
    if revenue is None or revenue.year_before is None or not revenue.year_before.won_amount:
        return None
    factor = float(revenue.current.won_amount / revenue.year_before.won_amount)
    amount = Money(revenue.year_before.won_amount, review.currency)
    key = "year_before_same" if abs(factor - 1) < _SAME else "year_before"
    return say(f"operations.answer.{key}", moved=tell_move(factor), amount=amount)


def _cause(review: SalesReview) -> Text | None:
    change = review.change
    if change is None or not change.is_clear:
        return None
    part = Money(change.parts[change.largest], review.currency)
    return say(f"operations.answer.cause.{change.largest}", part=part)


def _covered(review: SalesReview) -> Text | None:
    coverage = review.coverage
    if coverage is None or coverage.ratio is None:
        return None
    missing, due = (Money(amount, review.currency) for amount in (coverage.missing, coverage.due_amount))
    return say("operations.answer.covered", missing=missing, due=due, ratio=Number(coverage.ratio))


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
