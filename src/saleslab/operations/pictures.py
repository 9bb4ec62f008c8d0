"""Title, caption and text alternative of each picture of a review, and the sentence that stands where there is none."""

from __future__ import annotations

from typing import Any

from saleslab.operations.briefing import name_before
from saleslab.operations.review import SalesReview
from saleslab.wording import Days, Money, PictureWords, Share, TableWords, Text, say


def word_picture(name: str, caption: dict[str, Any], alt: dict[str, Any], variant: str = "") -> PictureWords:
    """Return the words of a picture by its name in the wording."""
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
    return word_picture("revenue", {}, alt, "" if has_before else "_alone")


def describe_change(review: SalesReview) -> PictureWords:
    """Return the words of the picture of what changed."""
    assert review.change is not None
    change = review.change
    money: dict[str, Any] = {name: Money(part, review.currency) for name, part in change.parts.items()}
    ends = {"old": Money(change.old.won_amount, review.currency), "new": Money(change.new.won_amount, review.currency)}
    luck = say(f"operations.changed.{'clear' if change.is_clear else 'luck'}")
    return word_picture(
        "changed", {"before": change.old.period, "now": change.new.period, "luck": luck}, {**money, **ends}
    )


def describe_comparison(review: SalesReview) -> TableWords:
    """Return title and caption of the table of the period beside the others."""
    assert review.revenue is not None
    key = "caption" if review.revenue.is_over else "caption_so_far"
    caption = say(f"operations.compared.{key}", before=name_before(review))
    return {"title": say("operations.compared.title"), "caption": caption}


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
        return word_picture("pipeline", {}, alt, "_ageless")
    return word_picture("pipeline", {"days": Days(board.old_after_days)}, {**alt, "n_old": board.total.n_old or 0})


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
    return word_picture("win_rate", {}, alt)


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
    return word_picture("scorecard", {}, alt)


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
