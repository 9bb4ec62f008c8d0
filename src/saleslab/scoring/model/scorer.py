"""How likely is each lead to be won, and may that be believed?

`LeadScorer` trains for the leads that come next: candidates are compared on later leads, a simple or sturdy one of the
best is taken, its chances are corrected only where that does no harm, and its verdict says when it must not be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.leads.columns import Columns, Floats, Names, is_frame, read_array, read_columns, to_pandas
from saleslab.scoring.model.calibrating import Calibration, choose_calibration
from saleslab.scoring.model.choosing import (
    Candidate,
    Deadline,
    Trial,
    average_losses,
    choose_trial,
    find_drifting,
    fit_candidate,
    list_candidates,
    tabulate_choices,
    try_candidates,
)
from saleslab.scoring.model.encoding import Encoding, plan_encoding
from saleslab.scoring.model.folds import MOST_ROWS, Round, Training, mark_twins, plan_rounds
from saleslab.scoring.model.states import read_state, write_state
from saleslab.scoring.model.verdicts import ForwardAuc, ScoreReason, VerdictName, judge, measure_forward_auc
from saleslab.stats.splits import read_moments

__all__ = ["LeadScorer", "ScoreReason"]


class LeadScorer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier of two outcomes that is chosen and judged on what came later.

    A ladder is climbed: the base rate; a regularised logit; small trees, alone or averaged with the logit. Older leads
    may count less, and columns that drift may be left out. Of the candidates that cannot be told from the one with the
    lowest log loss on later leads, the simplest is trained on all leads, or the sturdiest where what is learned does
    not hold from one period to the next.

    Parameters
    ----------
    seed
        Of all lots.
    max_seconds
        Time after which no further candidate is tried; ``None`` tries all. With a limit, the choice may depend on how
        busy the machine is.

    Attributes
    ----------
    classes_
        The two outcomes; chances are those of the second.
    feature_names_in_, n_features_in_
        The columns that were given.
    verdict_
        ``ready``, ``no_signal``, ``too_small`` or ``drifting``.
    reasons_
        Why, and what was found about columns that are not used.
    forward_auc_
        How well later leads are sorted, with an interval.
    rung_
        ``prior``, ``logit`` or ``trees``.
    choices_
        One row for each candidate.
    base_rate_
        Share of the second outcome in training, by weight.
    calibration_
        How log-odds become chances.
    column_kinds_
        ``number``, ``name`` or ``unused`` for each column.
    n_unseen_
        Rows with a name that training did not have, by column, at the last prediction.
    extra_columns_
        Columns that the model does not know, at the last prediction.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> leads = pd.DataFrame({"visits": rng.poisson(3, 600), "source": rng.choice(["web", "fair"], 600)})
    >>> is_won = rng.random(600) < 1 / (1 + np.exp(3 - 0.8 * leads["visits"]))
    >>> scorer = LeadScorer().fit(leads, is_won)
    >>> scorer.verdict_, scorer.forward_auc_.low > 0.6
    ('ready', True)
    >>> scorer.predict_proba(pd.DataFrame({"visits": [0, 8], "source": ["web", "web"]}))[:, 1].round(1)
    array([0. , 0.9])
    """

    def __init__(self, *, seed: int = 0, max_seconds: float | None = None) -> None:
        self.seed = seed
        self.max_seconds = max_seconds

    def __sklearn_tags__(self) -> Any:
        """Say what it takes: two classes, cells that may be empty, names beside numbers."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        *,
        time: Any = None,
        groups: Any = None,
        sample_weight: Any = None,
    ) -> Self:
        """Choose, train and judge a model.

        Parameters
        ----------
        X
            One row a lead and feature columns only: any frame, or an array of numbers.
        y
            How each lead ended, two values.
        time
            When each lead came in; later ones are what candidates are compared on.
        groups
            What must not be on both sides of a comparison, such as the account.
        sample_weight
            How much each lead counts.

        Raises
        ------
        NotEnoughData
            When there is only one outcome.
        BadArgument
            When numbers are infinite, weights are negative, a time is missing, or outcomes are not two.
        """
        deadline = Deadline.after(self._read_limit())
        columns = self._read(X, is_new=True)
        is_won, weight = self._read_outcomes(y, columns.n_rows, sample_weight)
        encoding, left_out = plan_encoding(columns, weight)
        moments = None if time is None else read_moments(time, columns.n_rows)
        training = Training(columns, is_won, weight, moments, _read_groups(groups, columns.n_rows), encoding)
        self.base_rate_ = float(weight @ is_won / weight.sum())
        self.column_kinds_ = {plan.name: plan.kind for plan in encoding.plans} | dict.fromkeys(left_out, "unused")
        self.known_names_ = _list_names(columns, encoding, weight)
        self.encoding_ = encoding
        self.n_unseen_: dict[str, int] = {}
        self.extra_columns_: list[str] = []
        compared = training.take_newest(MOST_ROWS, seed=self.seed)
        self._climb(training, compared, deadline)
        marks = mark_twins(compared.columns, encoding, compared.is_won)
        if marks is not None:
            self.reasons_ += (ScoreReason("twins", {"n": len(marks) - len(np.unique(marks))}),)
        self.reasons_ += tuple(ScoreReason(code, {"column": name}) for name, code in left_out.items())
        return self

    def _climb(self, training: Training, compared: Training, deadline: Deadline) -> None:
        """Compare candidates on the newest rows, judge the best and train it on all rows."""
        is_used = np.flatnonzero(compared.weight > 0)
        compared = compared.take(is_used) if len(is_used) < compared.n_rows else compared
        rounds = plan_rounds(compared, seed=self.seed)
        candidates = list_candidates(compared) if rounds else [Candidate("prior")]
        if not rounds or len(candidates) == 1:
            self._settle_for_prior(training)
            return
        trials = try_candidates(compared, rounds, candidates, seed=self.seed, deadline=deadline)
        is_forward = compared.moments is not None
        window = np.full(compared.n_rows, -1, dtype=np.intp)
        for at, one in enumerate(rounds):
            window[one.test] = at
        is_tested = window >= 0
        windows = window[is_tested] if is_forward else None
        means = average_losses(trials, compared.weight[is_tested])
        best = _best_model(trials, means)
        found = self._judge(compared, rounds, best, rung=best.candidate.rung) if is_forward else None
        is_steady = found is not None and found[1] == "ready"
        chosen, errors = choose_trial(trials, compared.weight[is_tested], windows=windows, is_steady=is_steady)
        judged, rung = trials[chosen] if chosen else best, trials[chosen].candidate.rung
        if found is None or judged is not best or rung != best.candidate.rung:
            found = self._judge(compared, rounds, judged, rung=rung)
        auc, self.verdict_, self.reasons_ = found
        if len(trials) < len(candidates):
            self.reasons_ += (ScoreReason("out_of_time", {"n": len(candidates) - len(trials)}),)
        self.forward_auc_ = auc.interval
        self.choices_ = tabulate_choices(trials, means, errors, chosen)
        self.rung_, self.calibration_ = rung, Calibration()
        # where windows disagree on whether rows are sorted at all, what they say of the slope is noise
        if self.rung_ != "prior" and (auc.interval.low > 0.5 or not is_forward):
            first = [trials[chosen].folds[at] for at in _first_deal(rounds)]
            self.calibration_ = choose_calibration(first, is_forward=is_forward)
        self.model_ = fit_candidate(training, trials[chosen].candidate, seed=self.seed)

    def _judge(
        self, compared: Training, rounds: list[Round], judged: Trial, *, rung: str
    ) -> tuple[ForwardAuc, VerdictName, tuple[ScoreReason, ...]]:
        """Return how well a trial sorts later leads, whether that holds, and why."""
        is_forward = compared.moments is not None
        auc = measure_forward_auc(judged.folds, rounds, compared.n_rows, is_forward=is_forward)
        mixed_auc = self._mix(compared, judged) if is_forward and auc.interval.low > 0.5 else None
        drifting = sorted(find_drifting(compared))
        return auc, *judge(auc, rung=rung, n_rarer=compared.n_rarer, mixed_auc=mixed_auc, drifting=drifting)

    def _mix(self, compared: Training, judged: Trial) -> float:
        """Return the AUC of the same way to learn when leads of all weeks are mixed."""
        mixed = Training(compared.columns, compared.is_won, compared.weight, None, compared.groups, compared.encoding)
        rounds = plan_rounds(mixed, seed=self.seed)[:2]
        way = Candidate(judged.candidate.rung, None, judged.candidate.dropped, judged.candidate.trees_share)
        (trial,) = try_candidates(mixed, rounds, [way], seed=self.seed, deadline=Deadline())
        return measure_forward_auc(trial.folds, rounds, mixed.n_rows, is_forward=False).interval.estimate

    def _settle_for_prior(self, training: Training) -> None:
        auc = measure_forward_auc([], [], training.n_rows, is_forward=False)
        self.verdict_, self.reasons_ = judge(auc, rung="prior", n_rarer=training.n_rarer, mixed_auc=None, drifting=[])
        if not training.encoding.plans:
            self.verdict_, self.reasons_ = "no_signal", (ScoreReason("no_usable_column", {}),)
        self.forward_auc_, self.rung_, self.calibration_ = auc.interval, "prior", Calibration()
        self.model_ = fit_candidate(training, Candidate("prior"), seed=self.seed)
        self.choices_ = tabulate_choices([Trial(Candidate("prior"), (), np.empty(0))], [np.nan], [np.nan], 0)

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return the chance of each outcome, in the sequence of ``classes_``.

        Raises
        ------
        TableError
            When columns of the training are missing; all of them are named.
        """
        chances = self.calibrate(self.score_log_odds(X))
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likelier outcome of each lead; for whom to call first, use the chances."""
        check_is_fitted(self)
        return np.asarray(self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(np.intp)])

    def score_log_odds(self, X: Any) -> Floats:  # noqa: N803
        """Return the log-odds of each lead before calibration."""
        check_is_fitted(self)
        return self.model_.score(self._read_known(X))

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the chances that belong to log-odds."""
        check_is_fitted(self)
        return self.calibration_.apply(np.asarray(log_odds, dtype=np.float64))

    def weigh_columns(self, X: Any) -> pd.DataFrame:  # noqa: N803
        """Return what each column adds to the log-odds of each lead, and the base; a row adds up to the log-odds."""
        check_is_fitted(self)
        columns = self._read_known(X)
        names = tuple(self.columns_in_)
        weights = self.model_.weigh(columns, names)
        index = X.index if isinstance(X, pd.DataFrame) else None
        return pd.DataFrame(weights, columns=[*names, "base"], index=index)

    def get_state(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return all that a prediction needs: values that JSON holds, and the texts of the trees by name."""
        check_is_fitted(self)
        return write_state(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any], texts: Mapping[str, str]) -> Self:
        """Return the scorer that `get_state` described; it predicts the same to the last bit."""
        scorer = cls(seed=state["seed"], max_seconds=state["max_seconds"])
        for name, value in read_state(state, texts).items():
            setattr(scorer, name, value)
        return scorer

    def _read_limit(self) -> float | None:
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise BadArgument(f"max_seconds is {self.max_seconds}.", "give a number above 0, or None for no limit.")
        return self.max_seconds

    def _read(self, X: Any, *, is_new: bool) -> Columns:  # noqa: N803
        """Return the columns of what was given; the first time, keep their names."""
        if is_frame(X):
            frame = to_pandas(X)
            if is_new:
                if not frame.size:
                    raise NotEnoughData(
                        f"{frame.shape[0]} leads with {frame.shape[1]} columns teach nothing.",
                        "give decided leads, and what is known of them.",
                    )
                self.n_features_in_ = frame.shape[1]
                self.feature_names_in_ = np.array([str(name) for name in frame.columns], dtype=object)
                self.columns_in_ = [str(name) for name in frame.columns]
            return read_columns(frame, tuple(self.columns_in_))
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite=False, reset=is_new)
        if is_new:
            self.columns_in_ = [f"x{at}" for at in range(values.shape[1])]
        return read_array(values)

    def _read_known(self, X: Any) -> Columns:  # noqa: N803
        """Return the columns of leads to be scored, and count what training did not know."""
        has_names = hasattr(self, "feature_names_in_")
        if is_frame(X) and not has_names:
            X = to_pandas(X).to_numpy()  # noqa: N806
        if not is_frame(X) and has_names:
            raise BadArgument(
                "The model was trained on named columns and was given rows without names.",
                "give a frame with the columns of the training; their sequence does not matter.",
            )
        if is_frame(X):
            X = to_pandas(X)  # noqa: N806
            known = set(self.columns_in_)
            self.extra_columns_[:] = [str(name) for name in X.columns.tolist() if str(name) not in known]
        columns = self._read(X, is_new=False)
        unseen = self.encoding_.count_unseen(columns, self.known_names_)
        self.n_unseen_.clear()
        self.n_unseen_.update(unseen)
        return columns

    def _read_outcomes(self, y: Any, n_rows: int, sample_weight: Any) -> tuple[Floats, Floats]:
        """Return outcomes as 0 and 1, and weights."""
        if y is None:
            raise BadArgument(
                "requires y to be passed, but the target y is None: no outcomes were given.",
                "give how each lead ended.",
            )
        outcomes = column_or_1d(y, warn=True)
        if pd.isna(outcomes).any():
            raise BadArgument(
                f"{int(pd.isna(outcomes).sum())} outcomes are missing: y contains NaN.",
                "leave out leads that have not ended; label_outcomes tells which.",
            )
        if outcomes.dtype == object and all(isinstance(value, bool | np.bool_) for value in outcomes):
            outcomes = outcomes.astype(bool)
        check_classification_targets(outcomes)
        if len(outcomes) != n_rows:
            raise BadArgument(f"{len(outcomes)} outcomes do not fit {n_rows} leads.", "give one outcome for each lead.")
        weight = self._read_weights(sample_weight, n_rows)
        classes, codes = np.unique(outcomes, return_inverse=True)
        if len(classes) > 2:
            raise BadArgument(
                "Only binary classification is supported. "
                f"The type of the target is {type_of_target(outcomes)}: {len(classes)} outcomes.",
                "say which outcome is a win, and give True or False.",
            )
        if len(np.unique(codes[weight > 0])) < 2:
            raise NotEnoughData(
                f"{n_rows} leads have only one class of outcome, {len(classes)} value in y.",
                "wait until leads of both outcomes are there, or add older ones.",
            )
        self.classes_ = classes
        return codes.astype(np.float64), weight

    def _read_weights(self, sample_weight: Any, n_rows: int) -> Floats:
        if sample_weight is None:
            return np.ones(n_rows)
        if pd.isna(np.asarray(sample_weight)).any():
            raise BadArgument(
                f"{int(pd.isna(np.asarray(sample_weight)).sum())} sample weights are missing: Input contains NaN.",
                "give each lead a weight, 0 where it is not to count.",
            )
        weight = _check_sample_weight(sample_weight, np.empty((n_rows, 1)), dtype=np.float64)
        if (weight < 0).any() or not weight.sum() > 0:
            raise BadArgument(
                f"{int((weight < 0).sum())} sample weights are negative, and they sum to {weight.sum():g}.",
                "give weights of at least 0, some above 0.",
            )
        return np.asarray(weight)


def _best_model(trials: list[Trial], means: list[float]) -> Trial:
    """Return the best trial above the base rate, which sorts nothing."""
    return trials[1 + int(np.argmin(means[1:]))] if len(trials) > 1 else trials[0]


def _first_deal(rounds: list[Any]) -> list[int]:
    return [at for at, one in enumerate(rounds) if one.deal == 0]


def _list_names(columns: Columns, encoding: Encoding, weight: Floats) -> dict[str, frozenset[str]]:
    """Return the names that training had, by column."""
    known = {}
    for plan in encoding.plans:
        column = columns.named[plan.name]
        if isinstance(column, Names):
            seen = np.unique(column.codes[(weight > 0) & (column.codes >= 0)])
            known[plan.name] = frozenset(column.known[at] for at in seen)
    return known


def _read_groups(groups: Any, n_rows: int) -> npt.NDArray[np.intp] | None:
    """Return a number for each row's group, in the sequence of the sorted keys; a row without one is alone."""
    if groups is None:
        return None
    codes, known = pd.factorize(pd.Series(groups).reset_index(drop=True), sort=True)
    if len(codes) != n_rows:
        raise BadArgument(f"{len(codes)} groups do not fit {n_rows} leads.", "give one group for each lead.")
    return np.asarray(np.where(codes < 0, len(known) + np.arange(n_rows), codes), dtype=np.intp)
