"""Title, caption and text alternative of the pictures about feedback, and the tables beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from saleslab.customers.feedback.briefing import name_theme, tell_trend, write_score
from saleslab.customers.feedback.disclosing import UNKNOWN
from saleslab.customers.feedback.loop import ClosedLoop
from saleslab.customers.feedback.review import FeedbackReview
from saleslab.customers.feedback.scores import estimate_nps
from saleslab.customers.feedback.themes import Theme
from saleslab.stats.intervals import Interval, estimate_rate
from saleslab.wording import Count, Number, PictureWords, Points, Share, TableWords, Text, say


def name_feedback_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns.

    Examples
    --------
    >>> name_feedback_columns("theme")["theme"].ja
    'テーマ'
    """
    return {name: say(f"feedback.columns.{name}") for name in names}


def say_feedback_gap(review: FeedbackReview, name: str) -> Text:
    """Return why an answer (``trend``, ``segments``, ``themes``, ``drivers``, ``churn``, ``win``) is missing."""
    reason = review.gaps.get(name, "").split("\n", maxsplit=1)[0] or name
    return say("feedback.note.gap", reason=reason)


def say_no_loops() -> Text:
    """Return that no file of actions was named, and what it would hold."""
    return say("feedback.note.no_loops")


def word_feedback_table(name: str) -> TableWords:
    """Return title and caption of a table: ``segments``, ``themes``, ``places`` or ``loops``."""
    return {"title": say(f"feedback.table.{name}.title"), "caption": say(f"feedback.table.{name}.caption")}


def describe_score_trend(review: FeedbackReview) -> PictureWords:
    """Return the words of the picture of the trend."""
    n = len(review.trend.waves) if review.trend else 0
    return _picture("trend", "caption", n=Count(n), told=tell_trend(review))


def describe_drivers(review: FeedbackReview) -> PictureWords:
    """Return the words of the picture of what goes along with the score."""
    assert review.drivers is not None
    first = review.drivers.drivers[0].name
    name = name_theme(review.themes, first) if review.by_themes else Text(first, first)
    caption = "caption_themes" if review.by_themes else "caption_items"
    return _picture("drivers", caption, n=Count(len(review.drivers.drivers)), first=name)


def describe_theme_links(review: FeedbackReview) -> PictureWords:
    """Return the words of the picture of themes and customers who left."""
    assert review.churn is not None
    clear = sum(link.is_clear for link in review.churn.links)
    return _picture("links", "caption", n=Count(len(review.churn.links)), clear=Count(clear))


def _picture(name: str, caption: str, **values: object) -> PictureWords:
    return {
        "title": say(f"feedback.picture.{name}.title"),
        "caption": say(f"feedback.picture.{name}.{caption}"),
        "alt": say(f"feedback.picture.{name}.alt", **values),
    }


def tabulate_score_trend(review: FeedbackReview) -> pd.DataFrame:
    """Return one row a quarter: ``quarter, n_answers, score, low, high, shrunk``."""
    kind = review.kind
    rows = [
        {
            "quarter": wave.wave,
            "n_answers": Count(wave.n),
            "score": write_score(wave.own.estimate, kind),
            "low": write_score(wave.own.low, kind),
            "high": write_score(wave.own.high, kind),
            "shrunk": write_score(wave.shrunk.estimate, kind),
        }
        for wave in (review.trend.waves if review.trend else ())
    ]
    return pd.DataFrame(rows, columns=["quarter", "n_answers", "score", "low", "high", "shrunk"])


def tabulate_segments(review: FeedbackReview) -> pd.DataFrame:
    """Return one row a segment as it may be shown: ``segment, n_answers, score, low, high``."""
    hidden, unknown = say("feedback.cell.hidden"), say("feedback.cell.unknown")
    rows: list[dict[str, object]] = []
    for row in review.segments.to_dict("records"):
        name = unknown if row["segment"] == UNKNOWN else str(row["segment"])
        if row["is_suppressed"]:
            rows.append({"segment": name, "n_answers": hidden, "score": hidden, "low": hidden, "high": hidden})
            continue
        score = _score_of(int(row["n_top"]), int(row["n_bottom"]), int(row["n_answers"]), review.kind)
        told = {end: write_score(getattr(score, end), review.kind) for end in ("low", "high")}
        shown = write_score(score.estimate, review.kind)
        rows.append({"segment": name, "n_answers": Count(int(row["n_answers"])), "score": shown, **told})
    return pd.DataFrame(rows, columns=["segment", "n_answers", "score", "low", "high"])


def _score_of(n_top: int, n_bottom: int, n: int, kind: str) -> Interval:
    return estimate_nps(n_top, n_bottom, n) if kind == "nps" else estimate_rate(n_top, n)


def tabulate_themes(review: FeedbackReview) -> pd.DataFrame:
    """Return one row a theme as it may be shown: ``theme, n_people, quote``."""
    quotes = {quote.theme: quote.text for quote in reversed(review.quotes)}
    told = {theme.key: review.theme_counts.get(theme.key, 0) for theme in review.themes}
    hidden = say("feedback.cell.hidden")
    rows = [
        {
            "theme": name_theme(review.themes, key),
            "n_people": hidden if n is None else Count(n),
            "quote": quotes.get(key, ""),
        }
        for key, n in sorted(told.items(), key=lambda item: -(item[1] or 0))
        if n != 0
    ]
    return pd.DataFrame(rows, columns=["theme", "n_people", "quote"])


def tabulate_drivers(review: FeedbackReview) -> pd.DataFrame:
    """Return one row a driver: ``name, importance, low, high, rank_low, rank_high, performance, inflation, place``.

    Themes have no performance: how many comments speak of each is told as people, where it may be told.
    """
    rows = []
    for driver in review.drivers.drivers if review.drivers else ():
        name = name_theme(review.themes, driver.name) if review.by_themes else driver.name
        place = driver.place if not review.by_themes else "lower" if driver.direction < 0 else "higher"
        rows.append(
            {
                "name": name,
                "importance": Share(driver.importance.estimate, 0),
                "low": Share(driver.importance.low, 0),
                "high": Share(driver.importance.high, 0),
                "rank_low": Count(driver.ranks[0]),
                "rank_high": Count(driver.ranks[1]),
                **({} if review.by_themes else {"performance": Number(driver.performance, 1)}),
                "inflation": Number(min(driver.inflation, 999.0), 1),
                "place": say(f"feedback.place.{place}"),
            }
        )
    return pd.DataFrame(rows)


def tabulate_theme_links(review: FeedbackReview, outcome: str = "churn") -> pd.DataFrame:
    """Return one row a theme: ``theme, with_rate, without_rate, change, low, high``."""
    answer = review.churn if outcome == "churn" else review.win
    rows = [
        {
            "theme": name_theme(review.themes, link.theme),
            "with_rate": Share(link.rate_with, 0),
            "without_rate": Share(link.rate_without, 0),
            "change": Points(link.difference.estimate, 0),
            "low": Points(link.difference.low, 0),
            "high": Points(link.difference.high, 0),
        }
        for link in (answer.links if answer else ())
    ]
    return pd.DataFrame(rows, columns=["theme", "with_rate", "without_rate", "change", "low", "high"])


def tabulate_loops(loops: Sequence[ClosedLoop], themes: Sequence[Theme]) -> pd.DataFrame:
    """Return one row an action: ``theme, owner_id, due_on, closed_on, state, change``."""
    rows = [
        {
            "theme": name_theme(themes, loop.theme),
            "owner_id": loop.owner_id,
            "due_on": loop.due_on,
            "closed_on": loop.closed_on,
            "state": say(f"feedback.state.{loop.state}"),
            "change": Points(loop.change.estimate, 0) if loop.change else None,
        }
        for loop in loops
    ]
    return pd.DataFrame(rows, columns=["theme", "owner_id", "due_on", "closed_on", "state", "change"])
