"""May this model be used? An interval for how well it sorts leads to come, and a verdict in one word.

``ready``: it sorts them better than chance. ``no_signal``: enough leads were seen to know that it does not.
``too_small``: too few were seen to know. ``drifting``: what it learns does not hold from one period to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit, ndtri, stdtrit
from scipy.special import logit as to_log_odds

from saleslab.scoring.model.calibrating import Fold
from saleslab.scoring.model.folds import Round
from saleslab.stats.intervals import Interval
from saleslab.stats.rankings import measure_auc
from saleslab.wording import Count, Number, Text, say

VerdictName = Literal["ready", "no_signal", "too_small", "drifting"]

MASS = 0.95
"""Chance that the interval of `LeadScorer.forward_auc_` holds the AUC on later leads."""
USEFUL = 0.65
"""An AUC that would be worth having: while it cannot be ruled out, too few leads were seen to say "no signal"."""
FALLS = 0.05
"""AUC that may be lost between leads of the same weeks and later ones, or that windows may differ by beyond sampling
(as a standard deviation), before the model counts as drifting."""
_OF_TRAINING = 1.15
"""Factor on the sampling error where one model stands for those that other samples would have given."""


@dataclass(frozen=True, slots=True)
class ScoreReason:
    """Why the verdict is what it is, or what was found about a column.

    Attributes
    ----------
    code
        Worded under ``scoring.reason.<code>``.
    values
        What fills the sentence.
    """

    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ForwardAuc:
    """How well leads of later windows were sorted.

    Attributes
    ----------
    interval
        For the AUC on leads to come.
    by_window
        AUC of each window, the latest last.
    spread
        Standard deviation between windows that sampling does not explain.
    """

    interval: Interval
    by_window: tuple[float, ...]
    spread: float


def measure_forward_auc(folds: Sequence[Fold], rounds: Sequence[Round], n_rows: int, *, is_forward: bool) -> ForwardAuc:
    """Return how well rows were sorted that a model had not seen.

    Windows of time: the mean of their areas, within an interval for the area of the *next* window, so it is as wide as
    windows have differed. Dealt folds: the mean over folds and deals, within the interval of DeLong and Newcombe
    (`stats.measure_auc`), widened because a model trained on other leads would have sorted a little otherwise.
    """
    areas = np.array([measure_auc(fold.is_won, fold.log_odds).estimate for fold in folds])
    if not len(areas):
        return ForwardAuc(Interval(0.5, 0.0, 1.0, MASS), (), 0.0)
    mean = float(np.clip(areas.mean(), 0.005, 0.995))
    error = _OF_TRAINING * _measure_error(folds, rounds, n_rows, is_forward=is_forward)
    spread = 0.0
    reach = float(ndtri((1 + MASS) / 2)) * error
    k = len(areas)
    if is_forward and k > 1:
        on_scale = to_log_odds(np.clip(areas, 0.005, 0.995))
        spread = float(np.sqrt(max(on_scale.var(ddof=1) - k * error**2, 0.0)))
        reach = float(np.hypot(reach, stdtrit(k - 1, (1 + MASS) / 2) * spread * np.sqrt(1 + 1 / k)))
    centre = to_log_odds(mean)
    interval = Interval(mean, float(expit(centre - reach)), float(expit(centre + reach)), MASS)
    return ForwardAuc(interval, tuple(float(area) for area in areas), spread * mean * (1 - mean))


def _measure_error(folds: Sequence[Fold], rounds: Sequence[Round], n_rows: int, *, is_forward: bool) -> float:
    """Return the standard error of the mean area on the scale of log-odds, read off its interval.

    Deals of the same rows are averaged row by row first: dealing again adds no leads.
    """
    if is_forward:
        scores = np.concatenate([fold.log_odds for fold in folds])
        is_won = np.concatenate([fold.is_won for fold in folds])
        strata = np.repeat(np.arange(len(folds)), [len(fold.log_odds) for fold in folds])
        interval = measure_auc(is_won, scores, strata=strata, mass=MASS)
    else:
        total, times, won = np.zeros(n_rows), np.zeros(n_rows), np.zeros(n_rows)
        for fold, one in zip(folds, rounds, strict=True):
            total[one.test] += fold.log_odds
            times[one.test] += 1
            won[one.test] = fold.is_won
        seen = times > 0
        interval = measure_auc(won[seen], total[seen] / times[seen], mass=MASS)
    low, high = (to_log_odds(np.clip(end, 1e-4, 1 - 1e-4)) for end in (interval.low, interval.high))
    return float((high - low) / 2 / ndtri((1 + MASS) / 2))


def judge(
    auc: ForwardAuc, *, rung: str, n_rarer: float, mixed_auc: float | None, drifting: Sequence[str]
) -> tuple[VerdictName, tuple[ScoreReason, ...]]:
    """Return the verdict and why.

    Parameters
    ----------
    auc
        On later leads.
    rung
        Of the chosen model.
    n_rarer
        Leads of the rarer outcome.
    mixed_auc
        AUC of the same model when leads of all weeks are mixed; ``None`` where no time is known.
    drifting
        Columns that drift.
    """
    seen = {"auc": auc.interval.estimate, "low": auc.interval.low, "high": auc.interval.high}
    if not auc.by_window:
        return "too_small", (ScoreReason("too_few_to_test", {"n_rarer": n_rarer}),)
    if auc.interval.low <= 0.5:
        if auc.spread > FALLS:
            ends = {"worst": min(auc.by_window), "best": max(auc.by_window)}
            return "drifting", (ScoreReason("windows_differ", seen | ends),)
        if auc.interval.high >= USEFUL:
            return "too_small", (ScoreReason("too_few_to_tell", seen | {"n_rarer": n_rarer}),)
        return "no_signal", (ScoreReason("no_better_than_chance", seen),)
    if rung == "prior":
        return "no_signal", (ScoreReason("no_better_than_base_rate", seen),)
    if mixed_auc is not None and mixed_auc - auc.interval.estimate > FALLS:
        values = seen | {"mixed": mixed_auc, "columns": list(drifting)}
        return "drifting", (ScoreReason("falls_in_time", values),)
    return "ready", (ScoreReason("sorts_later_leads", seen),)


def tell_reason(reason: ScoreReason) -> Text:
    """Return a reason as a sentence in every language.

    Examples
    --------
    >>> tell_reason(ScoreReason("empty_column", {"column": "fax"})).en
    'Column fax is not used: it is empty.'
    """
    return say(f"scoring.reason.{reason.code}", **{name: _write(value) for name, value in reason.values.items()})


def _write(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, float):
        return Number(value, 2) if not value.is_integer() or value <= 1 else Count(int(value))
    return value
