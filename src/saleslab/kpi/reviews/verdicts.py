"""How good were our predictions? By team, so that a team learns; never a ranking of people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.stats.intervals import Interval, estimate_rate

SCORE_COLUMNS = (
    "team_id", "n_chances", "brier", "brier_of_rate", "mean_chance", "share_happened", "n_ranges", "coverage",
    "coverage_low", "coverage_high", "promised", "n_decisions", "n_worked",
)  # fmt: skip
"""Columns of `score_predictions`."""


def judge_predictions(log: ReviewLog, *, as_of: date) -> pd.DataFrame:
    """Return each prediction that is due and whose outcome is known, with it; the latest outcome counts.

    One that came true early is judged on its day, too: judged at once it would stand alone, since what fails is known
    at the end only.

    Returns
    -------
    pandas.DataFrame
        ``prediction_id, decision_id, metric_id, team_id, due, chance, low, high, mass, happened, value, loss`` (the
        squared distance of a chance from what happened), ``is_inside`` (whether a range held the value).
    """
    said = log.read("prediction", as_of=as_of)
    said = said[said["due"] <= pd.Timestamp(as_of)]
    came = log.read("outcome", as_of=as_of).drop_duplicates("about", keep="last")
    told = said.merge(came[["about", "happened", "value"]], left_on="prediction_id", right_on="about")
    numbers = {name: pd.to_numeric(told[name]) for name in ("chance", "low", "high", "mass", "value")}
    happened = pd.to_numeric(told["happened"].map({True: 1.0, False: 0.0}))
    is_range = numbers["mass"].notna()
    inside = ((numbers["low"] <= numbers["value"]) & (numbers["value"] <= numbers["high"])).astype("boolean")
    told = told.assign(**numbers, loss=(numbers["chance"] - happened) ** 2, is_inside=inside.where(is_range))
    shown = ["prediction_id", "decision_id", "metric_id", "team_id", "due", *numbers, "happened", "loss", "is_inside"]
    return told[shown]


def score_predictions(log: ReviewLog, *, as_of: date, mass: float = 0.9) -> pd.DataFrame:
    """Return how good the predictions of each team were, and those of all together.

    Parameters
    ----------
    log
        What was predicted and what came.
    as_of
        The last day that is known.
    mass
        Of the range of the coverage.

    Returns
    -------
    pandas.DataFrame
        `SCORE_COLUMNS`, one row a team by id and a last one, without a team, for all. ``brier`` is the mean squared
        distance of chances from what happened (0 is best), ``brier_of_rate`` what saying the rate of all that happened
        would have reached, ``coverage`` the part of ranges that held their value beside what they ``promised``. Missing
        where a team made no such prediction.

    Raises
    ------
    NotEnoughData
        When nothing that was predicted or decided has an outcome.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> from saleslab.kpi.reviews.sayings import Outcome, Prediction
    >>> log = ReviewLog(f"{tempfile.mkdtemp()}/reviews.jsonl")
    >>> said = [Prediction(f"p:{at}", "win_rate", date(2026, 12, 31), chance=0.8, team_id="t:1") for at in range(4)]
    >>> _ = log.record(said, at=datetime(2026, 11, 2))
    >>> came = [Outcome(f"p:{at}", date(2027, 1, 4), happened=at > 0) for at in range(4)]
    >>> _ = log.record(came, at=datetime(2027, 1, 4))
    >>> round(float(score_predictions(log, as_of=date(2027, 1, 4))["brier"].iloc[0]), 4)  # (3 x 0.04 + 0.64) / 4
    0.19
    """
    told = judge_predictions(log, as_of=as_of)
    decided = log.read("decision", as_of=as_of)
    came = log.read("outcome", as_of=as_of).drop_duplicates("about", keep="last")
    decided = decided.merge(came[["about", "happened"]], left_on="decision_id", right_on="about")
    if told.empty and decided.empty:
        raise NotEnoughData(
            f"Nothing that was predicted by {as_of} has an outcome.",
            "record what came; find_unjudged lists what waits.",
        )
    teams = sorted(set(told["team_id"].dropna()) | set(decided["team_id"].dropna()))
    rows = [_score(team, told[told["team_id"] == team], decided[decided["team_id"] == team], mass) for team in teams]
    rows.append(_score(None, told, decided, mass))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _score(team: str | None, told: pd.DataFrame, decided: pd.DataFrame, mass: float) -> dict[str, object]:
    chances, ranges = told[told["chance"].notna()], told[told["mass"].notna()]
    happened = chances["happened"].astype("float64")
    rate = float(happened.mean()) if len(chances) else None
    covered = _cover(ranges, mass)
    return {
        "team_id": team,
        "n_chances": len(chances),
        "brier": float(chances["loss"].mean()) if len(chances) else None,
        "brier_of_rate": None if rate is None else rate * (1 - rate),
        "mean_chance": float(chances["chance"].mean()) if len(chances) else None,
        "share_happened": rate,
        "n_ranges": len(ranges),
        "coverage": None if covered is None else float(np.mean(ranges["is_inside"].astype("float64"))),
        "coverage_low": None if covered is None else covered.low,
        "coverage_high": None if covered is None else covered.high,
        "promised": float(ranges["mass"].mean()) if len(ranges) else None,
        "n_decisions": len(decided),
        "n_worked": int(decided["happened"].astype("boolean").sum()),
    }


def _cover(ranges: pd.DataFrame, mass: float) -> Interval | None:
    if ranges.empty:
        return None
    return estimate_rate(int(ranges["is_inside"].astype("boolean").sum()), len(ranges), mass=mass)
