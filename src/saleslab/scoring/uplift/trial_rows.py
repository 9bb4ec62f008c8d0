"""Rows on which one of several actions was taken: read, checked, put in a sequence of their own, dealt into folds.

The sequence follows from what the rows hold, not from how they were given, so that the same rows give the same answer,
whatever their sequence, that of their columns or the names of the actions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.leads.columns import Columns, Dates, Names, is_frame, read_array, read_columns, to_pandas
from saleslab.scoring.model.encoding import Encoding, plan_encoding
from saleslab.scoring.uplift.learners import Codes, Floats, Outcomes

N_FOLDS = 5
FEWEST_ROWS = 100
"""Rows that each action needs."""
FEWEST_OUTCOMES = 10
"""Rows of the rarer outcome that each action needs, where outcomes are 0 or 1."""
FEWEST_CLUSTERS = 20
"""Clusters that all actions together need."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Rows in their own sequence.

    Attributes
    ----------
    outcomes
        Columns as numbers, actions as codes, outcomes.
    arms
        The actions, by code.
    chances
        Chance of each action on each row; None where nobody said it.
    clusters
        Which rows belong together; None where each stands for itself.
    folds
        Fold of each row, 0 to `N_FOLDS` - 1.
    sequence
        Position of each row in what was given.
    encoding
        How columns become numbers.
    """

    outcomes: Outcomes
    arms: tuple[Any, ...]
    chances: Floats | None
    clusters: npt.NDArray[Any] | None
    folds: Codes
    sequence: Codes
    encoding: Encoding

    def put_back(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values of the rows in the sequence in which they were given."""
        given = np.empty_like(values)
        given[self.sequence] = values
        return given


def read_rows(X: Any, wanted: tuple[str, ...] | None = None) -> Columns:  # noqa: N803
    """Return the columns of a frame of any library, or of an array of numbers; those that are wanted, else all."""
    if is_frame(X):
        return read_columns(to_pandas(X), wanted)
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2:
        raise BadArgument(f"Columns of shape {values.shape} are no table.", "give a data frame, or rows and columns.")
    columns = read_array(values)
    if wanted is not None and not set(wanted) <= set(columns.named):
        raise BadArgument(
            f"An array of {len(columns.named)} columns is not what was trained on: {', '.join(wanted)}.",
            "give the columns of the training rows, in a frame if they had names.",
        )
    return columns


def read_trial(
    X: Any,  # noqa: N803
    action: Any,
    outcome: Any,
    *,
    chances: Callable[[tuple[Any, ...]], Floats] | None,
    clusters: npt.ArrayLike | None,
    seed: int,
) -> Trial:
    """Return checked rows.

    ``chances`` is None, or gives the chances (rows, actions) of the actions that it is told.

    Raises
    ------
    BadArgument
        When parts differ in length, or hold what is missing, infinite or impossible; all findings are named.
    NotEnoughData
        When there is one action only, or too few rows, clusters or outcomes.
    """
    import pandas as pd

    columns = read_rows(X)
    y = pd.to_numeric(pd.Series(np.asarray(outcome).ravel()), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    codes, arms = pd.factorize(pd.Series(np.asarray(action).ravel()), sort=True)
    groups = None if clusters is None else np.asarray(clusters)
    lengths = {columns.n_rows, len(y), len(codes)} | (set() if groups is None else {len(groups)})
    if len(lengths) > 1:
        raise BadArgument(
            f"Columns, actions, outcomes and clusters have {', '.join(map(str, sorted(lengths)))} rows.",
            "give one of each for each row.",
        )
    likely = None if chances is None else chances(tuple(arms))
    _refuse_faults(y, codes, likely, groups)
    _refuse_few(y, codes, tuple(arms), groups)
    keys = _write_keys(columns, seed)
    sequence = np.lexsort((codes, y, keys))
    columns, y, codes = columns.take(sequence), y[sequence], codes[sequence].astype(np.intp)
    groups = None if groups is None else groups[sequence]
    encoding, left_out = plan_encoding(columns, np.ones(len(y)))
    if not encoding.plans:
        raise NotEnoughData(
            f"None of {len(left_out)} columns tells one row from another: all are empty, constant, keys or dates.",
            "give columns that were known before the action, such as source, size or past contacts.",
        )
    return Trial(
        Outcomes(encoding.write_terms(columns), codes, y, len(arms)),
        tuple(arms),
        None if likely is None else likely[sequence],
        groups,
        _deal_rows(codes, y) if groups is None else _deal_clusters(groups, keys[sequence]),
        sequence,
        encoding,
    )


def _write_keys(columns: Columns, seed: int) -> npt.NDArray[np.uint64]:
    """Return a number for each row that follows from its columns."""
    import pandas as pd

    cells = {
        name: np.append(pd.util.hash_array(np.array(column.known, dtype=object)), np.uint64(0))[column.codes]
        if isinstance(column, Names)
        else column
        for name, column in sorted(columns.named.items())
        if not isinstance(column, Dates)
    }
    rows = pd.DataFrame(cells, index=range(columns.n_rows)).assign(**{" ": seed})
    hashed = pd.util.hash_pandas_object(rows, index=False)
    return np.asarray(hashed, dtype=np.uint64)


def _refuse_faults(
    y: Floats, codes: npt.NDArray[np.intp], likely: Floats | None, groups: npt.NDArray[Any] | None
) -> None:
    import pandas as pd

    impossible = np.zeros(0) if likely is None else ~((likely > 0) & (likely < 1)).all(axis=1)
    counts = {
        "no outcome, or one that is no finite number": int((~np.isfinite(y)).sum()),
        "no action": int((codes < 0).sum()),
        "no cluster": 0 if groups is None else int(pd.isna(groups).sum()),
        "a chance of an action that is not above 0 and below 1": int(impossible.sum()),
    }
    findings = [f"{n} rows have {what}" for what, n in counts.items() if n]
    if findings:
        raise BadArgument(
            f"The trial cannot be read: {'; '.join(findings)}.",
            "leave such rows out; where an action was certain, nothing can be compared.",
        )


def _refuse_few(y: Floats, codes: npt.NDArray[np.intp], arms: tuple[Any, ...], groups: Any) -> None:
    if len(arms) < 2:
        raise NotEnoughData(
            f"All {len(y)} rows had the same action: {', '.join(map(str, arms)) or 'none'}.",
            "keep a group without it, drawn by lot, and come back when outcomes are known.",
        )
    sizes = np.bincount(codes, minlength=len(arms))
    few = [f"{arm}: {n} rows" for arm, n in zip(arms, sizes.tolist(), strict=True) if n < FEWEST_ROWS]
    if np.isin(y, (0, 1)).all():
        wins = np.bincount(codes, weights=y, minlength=len(arms))
        rarer = np.minimum(wins, sizes - wins).astype(int).tolist()
        few += [
            f"{arm}: {n} rows of the rarer outcome" for arm, n in zip(arms, rarer, strict=True) if n < FEWEST_OUTCOMES
        ]
    n_clusters = None if groups is None else len(np.unique(groups))
    if n_clusters is not None and n_clusters < FEWEST_CLUSTERS:
        few.append(f"{n_clusters} clusters")
    if few:
        raise NotEnoughData(
            f"Too little to tell whom an action helps ({'; '.join(few)}).",
            f"wait for {FEWEST_ROWS} rows and {FEWEST_OUTCOMES} of the rarer outcome an action, and for "
            f"{FEWEST_CLUSTERS} clusters; until then compare the groups as a whole in `experiments`.",
        )


def _deal_rows(codes: Codes, y: Floats) -> Codes:
    """Deal rows round, so that each fold has its share of every action and of small and great outcomes."""
    order = np.lexsort((np.arange(len(y)), y > np.median(y) if len(np.unique(y)) > 2 else y, codes))
    folds = np.empty(len(y), dtype=np.intp)
    for code in range(int(codes.max()) + 1):
        mine = order[codes[order] == code]
        folds[mine] = np.arange(len(mine)) % N_FOLDS
    return folds


def _deal_clusters(groups: npt.NDArray[Any], keys: npt.NDArray[np.uint64]) -> Codes:
    """Deal clusters round, the largest first, in a sequence that follows from what they hold."""
    import pandas as pd

    codes, names = pd.factorize(groups)
    sizes, sums = np.bincount(codes), np.zeros(len(names), dtype=np.uint64)
    np.add.at(sums, codes, keys)
    order = np.lexsort((sums, -sizes))
    fold_of = np.empty(len(names), dtype=np.intp)
    fold_of[order] = np.arange(len(names)) % N_FOLDS
    return np.asarray(fold_of[codes], dtype=np.intp)
