"""What a review log says at the start of a meeting, in words; the free texts of people stay in their frames."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from saleslab.errors import NotEnoughData
from saleslab.kpi.reviews.calendar import (
    find_overdue_actions,
    find_overdue_reviews,
    find_overdue_sign_offs,
    find_unjudged,
)
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.reviews.verdicts import score_predictions
from saleslab.wording import Number, Share, Text, say


def tell_overdue(
    log: ReviewLog,
    *,
    as_of: date,
    cadences: Mapping[str, int] | None = None,
    since: date | None = None,
    names: Mapping[str, Text] | None = None,
) -> tuple[Text, ...]:
    """Return everything that is late on a day, one sentence each: signatures, reviews, outcomes, actions.

    Parameters
    ----------
    log
        The reviews.
    as_of, cadences, since
        As for `list_reviews`.
    names
        What KPIs are called; their ids unless told.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> from saleslab.kpi.reviews.sayings import Review
    >>> log = ReviewLog(f"{tempfile.mkdtemp()}/reviews.jsonl")
    >>> _ = log.record([Review("r:1", "win_rate", date(2026, 11, 2), every_days=7)], at=datetime(2026, 11, 2))
    >>> [text.en for text in tell_overdue(log, as_of=date(2026, 11, 10))]
    ['The review of win_rate is 1 day overdue.']
    """
    called = dict(names or {})
    late = find_overdue_sign_offs(log, as_of=as_of)[["tree", "days_late"]].itertuples(index=False)
    told = [say("kpi_reviews.overdue.sign_off", tree=str(tree), n=int(days)) for tree, days in late]
    reviews = find_overdue_reviews(log, as_of=as_of, cadences=cadences, since=since)
    for name, days in reviews[["metric_id", "days_late"]].itertuples(index=False):
        told.append(say("kpi_reviews.overdue.review", node=called.get(str(name), str(name)), n=int(days)))
    for key, rows in (
        ("unjudged", find_unjudged(log, as_of=as_of)),
        ("action", find_overdue_actions(log, as_of=as_of)),
    ):
        if len(rows):
            told.append(say(f"kpi_reviews.overdue.{key}", n=len(rows)))
    return tuple(told)


def tell_scores(log: ReviewLog, *, as_of: date) -> tuple[Text, ...]:
    """Return how good all predictions together were: of chances, of ranges, or that none was judged yet."""
    try:
        score = score_predictions(log, as_of=as_of).iloc[-1]
    except NotEnoughData:
        return (say("kpi_reviews.score.nothing"),)
    return tell_score({str(name): value for name, value in score.items()})


def tell_score(score: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return how good predictions were, in words; ``score`` is one row of `score_predictions`."""
    told = []
    if score["n_chances"]:
        values = {"brier": Number(float(score["brier"]), 3), "base": Number(float(score["brier_of_rate"]), 3)}
        told.append(say("kpi_reviews.score.brier", n=int(score["n_chances"]), **values))
    if n := int(score["n_ranges"]):
        inside, promised = round(float(score["coverage"]) * n), Share(float(score["promised"]), digits=0)
        told.append(say("kpi_reviews.score.coverage", inside=inside, n=n, promised=promised))
    return tuple(told) or (say("kpi_reviews.score.nothing"),)
