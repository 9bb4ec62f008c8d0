"""Title, caption and text alternative of each picture of a review, and the sentence that stands where there is none."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

from saleslab.operations.briefing import HeadlineWords
from saleslab.operations.missingness import QUESTIONS, Missingness
from saleslab.operations.review import SalesReview
from saleslab.operations.seasonality import Seasonality
from saleslab.wording import Change, Days, Money, Share, Text, say


class PictureWords(TypedDict):
    """Arguments of `reporting.figure` that are words."""

    title: Text
    caption: Text
    alt: Text


class TableWords(TypedDict):
    """Arguments of `reporting.table` that are words."""

    title: Text
    caption: Text


def _words(name: str, caption: dict[str, Any], alt: dict[str, Any], variant: str = "") -> PictureWords:
    return {
        "title": say(f"operations.{name}.title"),
        "caption": say(f"operations.{name}.caption{variant}", **caption),
        "alt": say(f"operations.{name}.alt{variant}", **alt),
    }


def say_gap(question: str) -> Text:
    """Return why a question has no answer in these data, for a reader of the report.

    Examples
    --------
    >>> say_gap("slips").en
    'Slipped deals cannot be seen: the CRM export holds no expected close date.'
    """
    return say(f"operations.gap.{question}")


def describe_revenue(review: SalesReview) -> PictureWords:
    """Return the words of the picture of won money by month."""
    assert review.revenue is not None
    months = review.revenue.months
    best = max(months, key=lambda month: month.won_amount)
    last = months[-1]
    alt = {
        "first": months[0].month,
        "last": last.month,
        "amount": Money(last.won_amount, review.currency),
        "best": best.month,
        "most": Money(best.won_amount, review.currency),
    }
    has_before = any(month.year_before is not None for month in months)
    return _words("revenue", {}, alt, "" if has_before else "_alone")


def describe_change(review: SalesReview) -> PictureWords:
    """Return the words of the picture of what changed."""
    assert review.change is not None
    change = review.change
    money: dict[str, Any] = {name: Money(part, review.currency) for name, part in change.parts.items()}
    ends = {"old": Money(change.old.won_amount, review.currency), "new": Money(change.new.won_amount, review.currency)}
    return _words("changed", {"before": change.old.period, "now": change.new.period}, {**money, **ends})


def describe_pipeline(review: SalesReview) -> PictureWords:
    """Return the words of the picture of open deals by stage."""
    assert review.pipeline is not None
    board = review.pipeline
    fullest = max(board.stages, key=lambda stage: (stage.amount, stage.n_deals))
    label = fullest.label or fullest.stage_id
    alt = {
        "n_stages": len(board.stages),
        "n": board.total.n_deals,
        "fullest": Text.same(label) if label else say("operations.chart.unknown_stage"),
        "n_fullest": fullest.n_deals,
    }
    if board.old_after_days is None:
        return _words("pipeline", {}, alt, "_ageless")
    return _words("pipeline", {"days": Days(board.old_after_days)}, {**alt, "n_old": board.total.n_old or 0})


def describe_win_rate(review: SalesReview) -> PictureWords:
    """Return the words of the picture of the win rate by period."""
    assert review.win_rate is not None
    shown = [each for each in review.win_rate.by_period if each.rate is not None]
    current = review.win_rate.current
    assert current.rate is not None
    alt = {
        "first": shown[0].period,
        "last": current.period,
        "rate": Share(current.rate.estimate, 0),
        "low": Share(current.rate.low, 0),
        "high": Share(current.rate.high, 0),
    }
    return _words("win_rate", {}, alt)


def describe_scorecard(review: SalesReview) -> PictureWords:
    """Return the words of the picture of win rates by person."""
    assert review.scorecard is not None
    card = review.scorecard
    alt = {
        "n": len(card.reps),
        "rate": Share(card.team_rate.estimate, 0),
        "n_above": len(card.standing("above")),
        "n_below": len(card.standing("below")),
    }
    return _words("scorecard", {}, alt)


def describe_slips(review: SalesReview) -> TableWords:
    """Return title and caption of the list of slipping deals; the caption says where no history of dates is kept."""
    assert review.slips is not None
    caption = say("operations.slips.caption", often=review.slips.often)
    if review.slips.history is None:
        caption = say("operations.slips.caption_no_history")
    return {"title": say("operations.slips.title"), "caption": caption}


def say_no_slips(review: SalesReview) -> Text:
    """Return why no slipping deal is listed: there is none, or none could be seen."""
    return say_gap("slips") if review.slips is None else say("operations.slips.none")


def write_tour_headline(missing: Missingness, *, as_of: date) -> HeadlineWords:
    """Return the headline of a first look at a company's data."""
    n_rows = sum(table.n_rows for table in missing.tables)
    counts = {"n_tables": len(missing.tables), "n_rows": n_rows}
    n_open, n_all = len(missing.unanswered), len(QUESTIONS)
    words = {**counts, "n_answered": n_all - n_open, "n_all": n_all, "day": as_of}
    return {
        "question": say("operations.tour.question"),
        "status": say("operations.tour.status", **counts),
        "tone": "neutral",
        "answer": say("operations.tour.answer", **words),
        "subject": say("operations.tour.subject"),
    }


def describe_missingness() -> TableWords:
    """Return title and caption of the table of how full the tables are."""
    return {"title": say("operations.missingness.title"), "caption": say("operations.missingness.caption")}


def describe_unanswered() -> TableWords:
    """Return title and caption of the table of questions that wait for data."""
    title, caption = (say(f"operations.missingness.unanswered_{part}") for part in ("title", "caption"))
    return {"title": title, "caption": caption}


def say_all_answered() -> Text:
    """Return the sentence that stands where no question waits for data."""
    return say("operations.missingness.unanswered_none")


def describe_seasonality(answer: Seasonality) -> PictureWords:
    """Return the words of the picture of the months of the year; that nothing was found is said first."""
    strongest, weakest = (say(f"operations.chart.months.m{month}") for month in (answer.strongest, answer.weakest))
    alt = {
        "strongest": strongest,
        "above": Change(answer.index[answer.strongest - 1].estimate - 1),
        "weakest": weakest,
        "below": Change(answer.index[answer.weakest - 1].estimate - 1),
    }
    caption = {"chance": Share(answer.chance_any, 0), "n_months": answer.n_months}
    return _words("seasonality", caption, alt, "" if answer.verdict == "found" else f"_{answer.verdict}")
