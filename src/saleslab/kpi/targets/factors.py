"""What the page says of success factors: how far people think they are, and which of their risks have come true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from saleslab.kpi.knowledge.ratings import FEWEST_SHOWN, FactorRating
from saleslab.kpi.metrics.values import word_level
from saleslab.kpi.trees.nodes import RATINGS, Words
from saleslab.wording import Count, Number, Text, say

if TYPE_CHECKING:
    from saleslab.kpi.targets.review import TargetReview
    from saleslab.kpi.targets.risks import RiskStanding
    from saleslab.kpi.targets.study import TargetStudy

_NOTHING = Text.same("–")
_SIGNS = {"crossed": "■", "clear": "●", "unknown": "?"}


def tell_rating(rating: FactorRating) -> Text:
    """Return a rating as it stands on a card: mean, range and raters; with few raters only how many they are.

    Examples
    --------
    >>> from datetime import date
    >>> from saleslab.stats.intervals import Interval
    >>> tell_rating(FactorRating("a", Interval(3.0, 1.7, 3.6, 0.9), 2, 4, 3, 3, date(2026, 9, 30))).en
    'Rated 3.0 of 4 (2 to 4, 3 raters)'
    """
    if not rating.is_shown:
        return say("kpi_targets.factor.too_few", n=rating.n, fewest=FEWEST_SHOWN)
    values = {"mean": Number(rating.mean.estimate, 1), "low": rating.lowest, "high": rating.highest, "n": rating.n}
    return say("kpi_targets.factor.rated", top=RATINGS[-1], **values)


def write_rating(rating: FactorRating) -> Text:
    """Return the mean of a rating alone, for a card without room; with few raters only how many they are."""
    if not rating.is_shown:
        return say("kpi_targets.factor.too_few", n=rating.n, fewest=FEWEST_SHOWN)
    return say("kpi_targets.factor.mean", mean=Number(rating.mean.estimate, 1), top=RATINGS[-1])


def tabulate_ratings(review: TargetReview) -> pd.DataFrame:
    """Return what people think of each factor: ``factor, mean, ends, range, raters, rated_on, step``."""
    rows = [(*_tell_numbers(one), Count(one.n), one.rated_on, _tell_step(review, one)) for one in review.ratings]
    frame = pd.DataFrame(rows, columns=["mean", "ends", "range", "raters", "rated_on", "step"], dtype=object)
    frame.insert(0, "factor", pd.Series([_label(review.study, one.node) for one in review.ratings], dtype=object))
    return frame


def tabulate_risks(review: TargetReview) -> pd.DataFrame:
    """Return the risk register: ``factor, risk, limit, latest, measured_on, state, owner``; no column that is empty."""
    study = review.study
    rows = [
        (
            _label(study, one.factor),
            None if one.statement is None else _words(one.statement),
            _tell_limit(study, one),
            _NOTHING if one.value is None else _write(study, one.node, one.value),
            one.measured_on,
            _tell_state(one),
            review.name_owner(one.trigger.owner_id),
        )
        for one in review.risks
    ]
    columns = ["factor", "risk", "limit", "latest", "measured_on", "state", "owner"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object).dropna(axis="columns", how="all")
    told = [_NOTHING if one is None else one for one in frame.get("risk", ())]
    return frame.assign(risk=pd.Series(told, index=frame.index, dtype=object)) if told else frame


def _tell_numbers(rating: FactorRating) -> tuple[object, object, object]:
    if not rating.is_shown:
        return _NOTHING, _NOTHING, _NOTHING
    mean = rating.mean
    ends = say("kpi_targets.factor.ends", low=Number(mean.low, 1), high=Number(mean.high, 1))
    return write_rating(rating), ends, say("kpi_targets.factor.ends", low=rating.lowest, high=rating.highest)


def _tell_step(review: TargetReview, rating: FactorRating) -> Text:
    if not rating.is_shown:
        return tell_rating(rating)
    return _words(review.study.tree.nodes[rating.node].rubric[rating.step])


def _tell_limit(study: TargetStudy, risk: RiskStanding) -> Text:
    level = _write(study, risk.node, risk.trigger.level)
    return say(f"kpi_targets.factor.limit_{risk.trigger.direction}", measure=_label(study, risk.node), level=level)


def _tell_state(risk: RiskStanding) -> Text:
    told = say(f"kpi_targets.factor.state_{risk.state}", since=risk.since or "")
    return Text(*(f"{_SIGNS[risk.state]} {told.of(lang)}" for lang in ("en", "ja")))


def _label(study: TargetStudy, name: str) -> Text:
    return _words(study.facts[name].label)


def _words(words: Words) -> Text:
    return Text(words.read("en"), words.read("ja"))


def _write(study: TargetStudy, name: str, level: float) -> Text:
    fact = study.facts[name]
    return word_level(level, fact.unit, family=fact.family, currency=study.tree.currency)
