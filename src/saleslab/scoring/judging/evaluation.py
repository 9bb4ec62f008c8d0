"""Would the model hold next quarter? The same model, judged by ever more honest tests side by side.

A headline shrinks as the test gets honest: with columns known only afterwards, on leads drawn by lot, on the leads that
came later, within one calling list. The third and the fourth are what a sales team will live with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.judging.baselines import predict_plainly
from saleslab.scoring.judging.measuring import ScoreMeasures, measure_scores, read_touches
from saleslab.scoring.leads.columns import is_frame, read_columns, to_pandas
from saleslab.scoring.leads.outcomes import read_outcomes
from saleslab.stats import Interval, decompose_brier, measure_auc, measure_capture, measure_log_loss
from saleslab.stats.calibration import average_rows, log_losses
from saleslab.stats.splits import ForwardSplit, read_moments

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

TEST_SHARE = 0.25
"""Share of the leads that a model is judged on."""

BLOCK = 1_000
"""Leads of a calling list where nobody said which list a lead was on: so many, one after another."""


@dataclass(frozen=True, slots=True)
class ScoreEvaluation:
    """A model under ever more honest tests.

    Attributes
    ----------
    leaked
        AUC on leads drawn by lot, with the columns that leak; None where none was named.
    random
        AUC on leads drawn by lot, without those columns.
    forward
        AUC on the last leads in time; None where no time was given.
    per_list
        AUC within one calling list of that test; None where there is only one list.
    lists_are_blocks
        Whether the lists are stretches of leads that came one after another, since none were given.
    measures
        Everything about the most honest test there is: forward, or by lot where no time was given.
    baselines
        A row each for ``scorer``, ``logit``, ``last_touch`` and ``prior`` on that test: ``auc`` with ``auc_low`` and
        ``auc_high``, ``log_loss``, ``brier``, ``captured`` (by the top) with ends. A ranking alone has no losses.
    gain
        Log loss a lead that the model saves against the plain logit (negative: it costs), paired lead by lead.
    n_train, n_test
        Leads that the model of that test saw, and those it was judged on.
    leaks
        The columns that leak, left out of all but the first test.
    tested
        Leads of the most honest test: ``row`` (its place in ``X``), ``is_won`` and ``chance_won``, as stated by a model
        that had not seen them.
    """

    leaked: Interval | None
    random: Interval
    forward: Interval | None
    per_list: Interval | None
    lists_are_blocks: bool
    measures: ScoreMeasures
    baselines: pd.DataFrame
    gain: Interval
    n_train: int
    n_test: int
    leaks: tuple[str, ...]
    tested: pd.DataFrame


def evaluate_scores(
    X: Any,  # noqa: N803
    y: Any,
    *,
    time: Any = None,
    groups: Any = None,
    lists: Any = None,
    scorer: Any = None,
    value: Any = None,
    cost: Any = None,
    capacity: float | None = None,
    leaks: tuple[str, ...] = (),
    last_touch: Any = None,
    seed: int = 0,
    mass: float = 0.9,
) -> ScoreEvaluation:
    """Return how a model does on leads it has not seen: drawn by lot, later in time, and within one list.

    Leads that were entered twice, the same in every column and alike in outcome, never stand on both sides.

    Parameters
    ----------
    X, y
        Columns of the leads (a frame of pandas, Polars or Arrow, or an array), and whether each was won.
    time
        When each lead came, as dates or numbers. Without it there is no forward test, and the answer says so.
    groups
        The account of each lead; in the forward test, none is on both sides.
    lists
        The calling list of each lead; stretches of 1,000 leads in time where None.
    scorer
        Any scikit-learn classifier; a clone is trained for each test. `LeadScorer` when None.
    value, cost, capacity, last_touch
        As in `measure_scores`; ``capacity`` counts leads of the test, the last quarter.
    leaks
        Columns of ``X`` known only after the outcome (see `find_leaks`): used once, to show what they feign.
    seed
        Of the lot, and of the default scorer.
    mass
        Chance that each interval holds the truth about the model as it was trained; trained on other leads, it would
        have ranked a little otherwise.

    Raises
    ------
    NotEnoughData
        When training or test lack an outcome.
    BadArgument
        When lengths differ, a column that leaks is not there, or a column holds infinite values or lists.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> lot = np.random.default_rng(3)
    >>> visits = lot.normal(size=(800, 1))
    >>> won = lot.random(800) < 1 / (1 + np.exp(-2 * visits[:, 0]))
    >>> judged = evaluate_scores(visits, won, time=np.arange(800), scorer=LogisticRegression())
    >>> judged.n_test, judged.forward.low > 0.5
    (200, True)
    """
    won, frame = read_outcomes(y), _read_frame(X)
    _check_lengths(len(frame), y=won, time=time, groups=groups, lists=lists, last_touch=last_touch)
    kept = _leave_out(frame, leaks)
    given = _Given(won, time, groups, _choose_scorer(scorer, seed))
    marks = _mark_twins(kept, won)
    by_lot = _part(_draw_by_lot(len(won), seed), marks)
    split, chances = by_lot, given.predict(kept, by_lot, is_forward=False)
    random, leaked = measure_auc(won[by_lot[1]], chances, mass=mass), None
    if leaks:
        leaked = measure_auc(won[by_lot[1]], given.predict(frame, by_lot, is_forward=False), mass=mass)
    if time is not None:
        forward = ForwardSplit(time, groups=groups, n_splits=1, test_share=TEST_SHARE, seed=seed)
        split = _part(next(forward.split(kept)), marks)
        chances = given.predict(kept, split, is_forward=True)
    train, test = split
    measures = measure_scores(
        won[test],
        chances,
        lists=_lay_blocks(time, test, len(won)) if lists is None else _pick(lists, test),
        value=_pick(value, test),
        cost=_pick(cost, test),
        capacity=capacity,
        last_touch=_pick(last_touch, test),
        mass=mass,
    )
    plain = predict_plainly(kept.iloc[train], won[train], kept.iloc[test])
    touched = None if last_touch is None else read_touches(_pick(last_touch, test), len(test))
    rows = {"scorer": chances, "logit": plain, "last_touch": touched, "prior": np.full(len(test), won[train].mean())}
    return ScoreEvaluation(
        leaked=leaked,
        random=random,
        forward=None if time is None else measures.auc,
        per_list=measures.per_list,
        lists_are_blocks=lists is None,
        measures=measures,
        baselines=_tabulate(rows, won[test], measures.top, mass),
        gain=average_rows(log_losses(won[test], plain) - log_losses(won[test], chances), mass=mass),
        n_train=len(train),
        n_test=len(test),
        leaks=tuple(leaks),
        tested=pd.DataFrame({"row": test, "is_won": won[test] > 0, "chance_won": chances}),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What every test of one model shares."""

    won: Floats
    time: Any
    groups: Any
    scorer: Any

    def predict(self, frame: pd.DataFrame, split: tuple[Rows, Rows], *, is_forward: bool) -> Floats:
        """Train a clone on one part and return its chances for the other; by lot, it is not told the time."""
        from sklearn.base import clone
        from sklearn.utils.validation import has_fit_parameter

        train, test = split
        for part, rows in (("training", train), ("test", test)):
            n_won = int(self.won[rows].sum())
            if not 1 < n_won < len(rows) - 1:
                raise NotEnoughData(
                    f"The {part} holds {n_won} won leads and {len(rows) - n_won} lost ones; each needs at least 2.",
                    "take a longer period, until both outcomes are in the training and in the test.",
                )
        model, told = clone(self.scorer), {}
        for name, column in (("time", self.time if is_forward else None), ("groups", self.groups)):
            if column is not None and has_fit_parameter(model, name):
                told[name] = _pick(column, train)
        model.fit(frame.iloc[train], self.won[train].astype(np.int64), **told)
        return np.asarray(model.predict_proba(frame.iloc[test])[:, 1], dtype=np.float64)


def _choose_scorer(scorer: Any, seed: int) -> Any:
    if scorer is not None:
        return scorer
    from saleslab.scoring.model.scorer import LeadScorer

    return LeadScorer(seed=seed)


def _read_frame(X: Any) -> pd.DataFrame:  # noqa: N803
    """Return the columns as a frame; those that no model can take are refused before any is trained."""
    if is_frame(X):
        frame = to_pandas(X).reset_index(drop=True)
    else:
        values = np.asarray(X)
        if values.ndim != 2:
            raise BadArgument(f"An array of {values.ndim} dimensions is no table of leads.", "give rows and columns.")
        frame = pd.DataFrame(values, columns=[f"x{at}" for at in range(values.shape[1])])
    read_columns(frame)
    return frame


def _check_lengths(n: int, **columns: Any) -> None:
    wrong = [f"{name} has {len(column)}" for name, column in columns.items() if column is not None and len(column) != n]
    if wrong:
        raise BadArgument(f"There are {n} leads, but {', '.join(wrong)}.", "give one value a lead.")


def _leave_out(frame: pd.DataFrame, leaks: tuple[str, ...]) -> pd.DataFrame:
    if isinstance(leaks, str):
        raise BadArgument(f"'{leaks}' is one name, not several.", f"give a tuple: leaks=('{leaks}',).")
    missing = [name for name in leaks if name not in frame.columns]
    if missing:
        raise BadArgument(
            f"{len(missing)} columns that are said to leak are not there: {', '.join(missing)}.",
            "name columns of X, or leave them out of leaks.",
        )
    return frame.drop(columns=list(leaks))


def _draw_by_lot(n: int, seed: int) -> tuple[Rows, Rows]:
    """Return three quarters of the rows and the other quarter, drawn by lot."""
    order = np.random.default_rng(seed).permutation(n)
    n_test = max(round(n * TEST_SHARE), 1)
    return np.sort(order[n_test:]), np.sort(order[:n_test])


def _mark_twins(frame: pd.DataFrame, won: Floats) -> npt.NDArray[np.uint64] | None:
    """Return a number for each lead that those share which were entered twice; None where there are none."""
    from saleslab.scoring.model.encoding import plan_encoding
    from saleslab.scoring.model.folds import mark_twins

    columns = read_columns(frame)
    return mark_twins(columns, plan_encoding(columns, np.ones(columns.n_rows))[0], won)


def _part(split: tuple[Rows, Rows], marks: npt.NDArray[np.uint64] | None) -> tuple[Rows, Rows]:
    """Return a split of leads of which none was entered once more, neither on the other side nor in the test."""
    from saleslab.scoring.model.folds import part_twins

    return split if marks is None else part_twins(*split, marks)


def _lay_blocks(time: Any, test: Rows, n: int) -> npt.NDArray[np.int64] | None:
    """Return the stretch of leads in time that each lead of a test is in; None where there would be only one."""
    if time is None or len(test) < 2 * BLOCK:
        return None
    place = np.empty(len(test), dtype=np.int64)
    place[np.argsort(read_moments(time, n)[test], kind="stable")] = np.arange(len(test))
    return place * (len(test) // BLOCK) // len(test)


def _pick(column: Any, rows: Rows) -> Any:
    """Return some rows of a column; a single amount for all stays as it is."""
    if column is None or np.ndim(column) == 0:
        return column
    return column.iloc[rows] if isinstance(column, pd.Series) else np.asarray(column)[rows]


def _tabulate(rows: dict[str, Floats | None], won: Floats, top: float, mass: float) -> pd.DataFrame:
    """Return one row for each way to score, what it cannot be judged by left empty."""
    table = []
    for who, scores in rows.items():
        if scores is None:
            continue
        auc, part = measure_auc(won, scores, mass=mass), measure_capture(won, scores, mass=mass).at(top)
        row: dict[str, Any] = {"who": who, "auc": auc.estimate, "auc_low": auc.low, "auc_high": auc.high}
        row |= {"captured": part.estimate, "captured_low": part.low, "captured_high": part.high}
        is_chance = who != "last_touch"
        row["log_loss"] = measure_log_loss(won, scores, mass=mass).estimate if is_chance else None
        row["brier"] = decompose_brier(won, scores, mass=mass).score.estimate if is_chance else None
        table.append(row)
    return pd.DataFrame(table)
