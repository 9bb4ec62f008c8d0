"""Which model would have done best on leads that came later, and is a simpler one as good?

Candidates are rungs of the ladder, with older leads counting less or not, with drifting columns or without. Each is
tested on the same leads; among those that cannot be told from the best, the simplest is taken, or, when what is learned
does not hold from one period to the next, the sturdiest.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from saleslab.scoring.leads.columns import Floats, Names
from saleslab.scoring.model.calibrating import Fold
from saleslab.scoring.model.folds import Round, Rows, Training
from saleslab.scoring.model.ladder import LeadModel, Logit, RungName, Trees, fit_logit, fit_prior, fit_trees
from saleslab.stats.threads import count_threads

FEWEST_FOR_LOGIT, FEWEST_FOR_TREES = 10, 50
"""Leads of the rarer outcome below which a rung is not tried."""
_HALF_LIVES = (1 / 4, 1 / 8)
"""Half-lives that are tried, as shares of the rows."""
_FEWEST_ROWS_FOR_RECENCY = 400
_ALONE = 10_000
"""Rows up to which rounds are tried one after the other."""
_DRIFTS = 0.5
"""Distance between the older and the newest rows, from 0 to 1, from which a column drifts."""
_NEWEST = 0.2
_BLEND = 0.5
"""Share of the trees where they are averaged with the logit."""
_MASS_IN_TIME = 0.95
"""Chance that candidates that are equally good count as equal when windows of time are compared."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to learn.

    Attributes
    ----------
    rung
        Of the ladder.
    half_life
        Rows after which an older row counts half in the logit; ``None`` lets all count the same.
    dropped
        Columns that are left out because they drift.
    trees_share
        Share of the trees in the log-odds; the logit has the rest.
    """

    rung: RungName
    half_life: float | None = None
    dropped: frozenset[str] = frozenset()
    trees_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did.

    Attributes
    ----------
    candidate
        The way to learn.
    folds
        What it said of each round's rows, in the sequence of the rounds.
    losses
        Mean log loss of each tested row, over the deals it was tested in.
    """

    candidate: Candidate
    folds: tuple[Fold, ...]
    losses: Floats


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to stop trying.

    Attributes
    ----------
    ends
        On the monotonic clock; ``None`` never.
    """

    ends: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return a deadline some seconds from now; only with one does the clock decide anything."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left."""
        return np.inf if self.ends is None else self.ends - time.monotonic()


class _Parts:
    """The parts that candidates share, each trained once a round."""

    def __init__(self, data: Training, rounds: list[Round], *, seed: int) -> None:
        self.data, self.rounds, self.seed = data, rounds, seed
        self.train = [data.take(one.train) for one in rounds]
        self.test = [data.take(one.test) for one in rounds]
        self.scores: dict[tuple[str, float | None, frozenset[str]], list[Floats]] = {}

    def score(self, candidate: Candidate) -> list[Floats]:
        """Return the log-odds that a candidate gives to each round's tested rows."""
        if candidate.rung == "prior":
            return [
                fit_prior(train.is_won, train.weight).score(test.columns)
                for train, test in zip(self.train, self.test, strict=True)
            ]
        share, blended = candidate.trees_share, []
        logit = self._score_part("logit", candidate) if share < 1 else None
        trees = self._score_part("trees", candidate) if share > 0 else None
        for at in range(len(self.rounds)):
            total = np.zeros(self.test[at].n_rows)
            if logit is not None:
                total += (1 - share) * logit[at]
            if trees is not None:
                total += share * trees[at]
            blended.append(total)
        return blended

    def _score_part(self, kind: str, candidate: Candidate) -> list[Floats]:
        key = (kind, candidate.half_life if kind == "logit" else None, candidate.dropped)
        if key not in self.scores:
            # LightGBM works outside Python's lock, so rounds share the processors; each learns the same as by itself
            n_threads = count_threads(self.data.n_rows, alone=_ALONE) if kind == "trees" else 1
            with ThreadPoolExecutor(n_threads) as pool:
                scores = pool.map(partial(self._score_round, kind, candidate), range(len(self.rounds)))
                self.scores[key] = list(scores)
        return self.scores[key]

    def _score_round(self, kind: str, candidate: Candidate, at: int) -> Floats:
        part = _fit_part(kind, self.train[at], candidate, seed=self.seed)
        return part.score(self.test[at].columns)


def _fit_part(kind: str, data: Training, candidate: Candidate, *, seed: int) -> Logit | Trees:
    encoding = data.encoding.drop(candidate.dropped)
    if kind == "logit":
        weight, is_even = data.weigh_recent(candidate.half_life), candidate.half_life is None
        return fit_logit(data.columns, data.is_won, weight, encoding, learns_variances=is_even)
    return fit_trees(data.columns, data.is_won, data.weight, encoding, seed=seed)


def fit_candidate(data: Training, candidate: Candidate, *, seed: int) -> LeadModel:
    """Return the model that a candidate learns from these rows."""
    if candidate.rung == "prior":
        return fit_prior(data.is_won, data.weight)
    share, parts = candidate.trees_share, []
    if share < 1:
        parts.append((1 - share, _fit_part("logit", data, candidate, seed=seed)))
    if share > 0:
        parts.append((share, _fit_part("trees", data, candidate, seed=seed)))
    return LeadModel(0.0, tuple(parts))


def list_candidates(data: Training) -> list[Candidate]:
    """Return what is worth trying on so many rows, the simplest first."""
    candidates = [Candidate("prior")]
    if data.n_rarer < FEWEST_FOR_LOGIT or not data.encoding.plans:
        return candidates
    half_lives: tuple[float | None, ...] = (None,)
    if data.moments is not None and data.n_rows >= _FEWEST_ROWS_FOR_RECENCY:
        half_lives += tuple(round(data.n_rows * share) for share in _HALF_LIVES)
    drifting = find_drifting(data)
    keeps_some = 0 < len(drifting) < len(data.encoding.plans)
    drops = (frozenset[str](), drifting) if keeps_some else (frozenset[str](),)
    candidates += [Candidate("logit", half_life, dropped) for dropped in drops for half_life in half_lives]
    if data.n_rarer >= FEWEST_FOR_TREES:
        for dropped in drops:
            candidates.append(Candidate("trees", None, dropped, 1.0))
            candidates += [Candidate("trees", half_life, dropped, _BLEND) for half_life in half_lives]
    return candidates


def try_candidates(
    data: Training, rounds: list[Round], candidates: list[Candidate], *, seed: int, deadline: Deadline
) -> list[Trial]:
    """Return how each candidate does in all rounds; those that the deadline leaves no time for are left out.

    A third of the time is kept for the training of the chosen one on all rows.
    """
    parts = _Parts(data, rounds, seed=seed)
    trials: list[Trial] = []
    reserved = deadline.left() / 3 if deadline.ends is not None else 0.0
    for candidate in candidates:
        if trials and deadline.left() < reserved:
            break
        folds = tuple(
            Fold(scores, data.is_won[one.test], data.weight[one.test])
            for scores, one in zip(parts.score(candidate), rounds, strict=True)
        )
        trials.append(Trial(candidate, folds, _mean_losses(folds, rounds, data.n_rows)))
    return trials


def _mean_losses(folds: tuple[Fold, ...], rounds: list[Round], n_rows: int) -> Floats:
    total, times = np.zeros(n_rows), np.zeros(n_rows)
    for fold, one in zip(folds, rounds, strict=True):
        total[one.test] += np.logaddexp(0, fold.log_odds) - fold.is_won * fold.log_odds
        times[one.test] += 1
    is_tested = times > 0
    return np.asarray(total[is_tested] / times[is_tested])


def average_losses(trials: list[Trial], weight: Floats) -> list[float]:
    """Return the mean log loss of each trial over the tested rows."""
    return [float(np.average(trial.losses, weights=weight)) for trial in trials]


def choose_trial(
    trials: list[Trial], weight: Floats, *, windows: Rows | None = None, is_steady: bool = False
) -> tuple[int, list[float]]:
    """Return the place of the chosen trial, and the standard error of the distance of each to the best.

    The simplest within one standard error of the best is chosen. With time, windows differ by more than rows do: the
    error is the larger of that over rows and that over windows. Unless what is learned holds from one window to the
    next, the past does not tell which trial will be the best, and the sturdiest is chosen that Student's range over so
    many windows does not tell from the best. Sturdy is what leans on one thing least: logit and trees averaged before
    one of them, all columns before some, newer leads counting more before all the same. The base rate puts no lead
    before another, so with time it is only there to compare with; without, it is chosen where every other trial is
    worse by more than one error. Whether a model may be used is for the verdict to say.

    Parameters
    ----------
    trials
        The simplest first.
    weight
        Of each tested row.
    windows
        Number of the window that each tested row was in; ``None`` without time.
    is_steady
        Whether the best trial holds from one window to the next.
    """
    means = average_losses(trials, weight)
    best = int(np.argmin(means))
    errors = [_measure_gap_error(trial.losses - trials[best].losses, weight, windows) for trial in trials]
    if best == 0 and len(trials) > 1:
        rival = 1 + int(np.argmin(means[1:]))
        best = 0 if windows is None and means[rival] - means[0] > errors[rival] else rival
    if best == 0:
        return 0, errors
    places, reach = list(range(1, len(trials))), 1.0
    if windows is not None and not is_steady:
        places.sort(key=lambda at: _sturdiness(trials[at].candidate))
        reach = _reach_in_time(windows)
    return next(at for at in places if at == best or means[at] - means[best] <= reach * errors[at]), errors


def _reach_in_time(windows: Rows) -> float:
    """Return the standard errors within which candidates count as equal: an error from few windows is itself unsure."""
    return float(stdtrit(max(len(np.unique(windows)) - 1, 1), (1 + _MASS_IN_TIME) / 2))


def _measure_gap_error(gap: Floats, weight: Floats, windows: Rows | None) -> float:
    mean = float(np.average(gap, weights=weight))
    by_row = float(np.sqrt(np.average((gap - mean) ** 2, weights=weight) / weight.sum()))
    if windows is None or len(np.unique(windows)) < 2:
        return by_row
    sums = np.bincount(windows, weights=weight)
    by_window = (np.bincount(windows, weights=weight * gap) / np.maximum(sums, 1e-300))[sums > 0]
    return max(by_row, float(by_window.std(ddof=1) / np.sqrt(len(by_window))))


def _sturdiness(candidate: Candidate) -> tuple[float, bool, float]:
    half_life = np.inf if candidate.half_life is None else candidate.half_life
    return abs(candidate.trees_share - _BLEND), bool(candidate.dropped), half_life


def find_drifting(data: Training) -> frozenset[str]:
    """Return the columns that look otherwise in the newest fifth of the rows than before.

    Numbers are compared by the largest distance between their distribution functions, names by the total variation
    distance.
    """
    if data.moments is None or data.n_rows < _FEWEST_ROWS_FOR_RECENCY:
        return frozenset()
    is_newest = data.moments >= np.quantile(data.moments, 1 - _NEWEST)
    if not 0 < is_newest.mean() < 1:
        return frozenset()
    newest, older = np.flatnonzero(is_newest), np.flatnonzero(~is_newest)
    return frozenset(
        plan.name for plan in data.encoding.plans if _distance(data.columns.named[plan.name], older, newest) >= _DRIFTS
    )


def _distance(column: object, older: Rows, newest: Rows) -> float:
    if isinstance(column, Names):
        n = len(column.known) + 1
        shares = [np.bincount(column.codes[rows] + 1, minlength=n) / len(rows) for rows in (older, newest)]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    values = np.asarray(column, dtype=np.float64)
    first, second = (np.sort(values[rows][~np.isnan(values[rows])]) for rows in (older, newest))
    if not len(first) or not len(second):
        return 1.0
    grid = np.concatenate([first, second])
    below = [np.searchsorted(part, grid, side="right") / len(part) for part in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def tabulate_choices(trials: list[Trial], means: list[float], errors: list[float], chosen: int) -> pd.DataFrame:
    """Return one row for each candidate: what it was, its log loss, and whether it was chosen."""
    return pd.DataFrame(
        {
            "rung": [trial.candidate.rung for trial in trials],
            "half_life": [
                np.nan if trial.candidate.half_life is None else trial.candidate.half_life for trial in trials
            ],
            "n_dropped": [len(trial.candidate.dropped) for trial in trials],
            "trees_share": [trial.candidate.trees_share for trial in trials],
            "log_loss": means,
            "standard_error": errors,
            "chosen": [at == chosen for at in range(len(trials))],
        }
    )
