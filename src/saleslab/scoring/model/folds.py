"""Which leads does a model get tested on before it is chosen? The newest ones, or else such that it has never seen.

With a time, each test is a window of the newest leads and everything before it trains. Without one, leads are dealt
into folds by what they are: equal rows, and rows of one group, always share a fold. Leads that were entered twice never
stand on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.leads.columns import Columns, Floats, Names
from saleslab.scoring.model.encoding import Encoding
from saleslab.stats.splits import ForwardSplit

Rows = npt.NDArray[np.intp]

MOST_ROWS = 40_000
"""Rows that models are compared on; the chosen one then learns from all."""
N_WINDOWS = 5
_SHARE_OF_WINDOW = 1 / 12
_FEWEST_IN_WINDOW = 100
N_DEALT = 5
_FEW_ROWS, _REPEATS = 1_000, 4
_TWINS, _FORMS, _FEWEST_FORMS = 0.1, 1 / 3, 20
_RARE = 10.0  # times as many pairs of equal rows as columns without a link would make
_ALIKE = 0.5  # share of the variance of outcomes that is left among twins; chance leaves all of it


@dataclass(frozen=True, slots=True)
class Training:
    """Rows to learn from.

    Attributes
    ----------
    columns, is_won, weight
        What is known of each row, how it ended (0 or 1) and how much it counts.
    moments
        When each row was, as a number; ``None`` where that is not known.
    groups
        Number of each row's group; ``None`` where there are none.
    encoding
        How the columns are read.
    """

    columns: Columns
    is_won: Floats
    weight: Floats
    moments: Floats | None
    groups: Rows | None
    encoding: Encoding

    @property
    def n_rows(self) -> int:
        """Rows there are."""
        return len(self.is_won)

    @property
    def n_rarer(self) -> float:
        """Rows of the rarer outcome, by weight."""
        won = float(self.weight @ self.is_won)
        return min(won, float(self.weight.sum()) - won)

    def take(self, rows: Rows) -> Training:
        """Return some of the rows."""
        return Training(
            self.columns.take(rows),
            self.is_won[rows],
            self.weight[rows],
            None if self.moments is None else self.moments[rows],
            None if self.groups is None else self.groups[rows],
            self.encoding,
        )

    def take_newest(self, most: int, *, seed: int) -> Training:
        """Return the newest rows, or rows drawn by lot where no time is known."""
        if self.n_rows <= most:
            return self
        if self.moments is None:
            rows = np.sort(np.random.default_rng(seed).choice(self.n_rows, most, replace=False))
        else:
            rows = np.sort(np.argsort(self.moments, kind="stable")[-most:])
        return self.take(rows)

    def weigh_recent(self, half_life: float | None) -> Floats:
        """Return the weights with older rows counting less: half for each ``half_life`` rows that are newer."""
        if half_life is None or self.moments is None:
            return self.weight
        times = np.sort(self.moments)
        n_newer = self.n_rows - np.searchsorted(times, self.moments, side="right")
        return np.asarray(self.weight * 0.5 ** (n_newer / half_life))


@dataclass(frozen=True, slots=True)
class Round:
    """One test: rows to learn from and rows to be judged on, and which deal it belongs to.

    Attributes
    ----------
    train, test
        Rows.
    deal
        0, and higher for repetitions with another deal.
    """

    train: Rows
    test: Rows
    deal: int = 0


def plan_rounds(data: Training, *, seed: int) -> list[Round]:
    """Return the tests that models are chosen by; none when the rows are too few for one.

    Only rounds with both outcomes on both sides are kept.
    """
    rounds = _deal(data, seed=seed) if data.moments is None else _go_forward(data, seed=seed)
    marks = mark_twins(data.columns, data.encoding, data.is_won)
    if marks is not None:
        rounds = list(_ask_once(rounds, marks))
    return [one for one in rounds if _has_both(data, one.train) and _has_both(data, one.test)]


def _ask_once(rounds: Sequence[Round], marks: npt.NDArray[np.uint64]) -> Iterator[Round]:
    """Yield the rounds without twins; of leads that came in again, the first test of a deal alone asks."""
    asked: dict[int, npt.NDArray[np.uint64]] = {}
    for one in rounds:
        train, test = part_twins(one.train, one.test, marks)
        before = asked.get(one.deal, marks[:0])
        asked[one.deal] = np.concatenate([before, marks[test]])
        yield Round(train, test[~np.isin(marks[test], before)], one.deal)


def _has_both(data: Training, rows: Rows) -> bool:
    won = data.is_won[rows][data.weight[rows] > 0]
    return bool(len(won) and 0 < won.mean() < 1)


def _go_forward(data: Training, *, seed: int) -> list[Round]:
    """Return windows of the newest rows, fewer of them where the rows or the instants are few."""
    share = min(max(_SHARE_OF_WINDOW, _FEWEST_IN_WINDOW / data.n_rows), 1 / (N_WINDOWS + 1))
    for n_windows in range(N_WINDOWS, 0, -1):
        split = ForwardSplit(
            data.moments, groups=data.groups, n_splits=n_windows, test_share=min(share, 0.5 / n_windows), seed=seed
        )
        try:
            return [Round(train, test) for train, test in split.split()]
        except NotEnoughData:
            continue
    return []


def _deal(data: Training, *, seed: int) -> list[Round]:
    """Return stratified folds: units, sorted by outcome and then by lot, are dealt out like cards."""
    units = hash_rows(data.columns) if data.groups is None else data.groups.astype(np.uint64)
    distinct, unit_of = np.unique(units, return_inverse=True)
    weight = np.bincount(unit_of, weights=data.weight)
    rate = np.bincount(unit_of, weights=data.weight * data.is_won) / np.maximum(weight, 1e-300)
    rounds = []
    for deal in range(_REPEATS if data.n_rows <= _FEW_ROWS else 1):
        lot = pd.util.hash_array(distinct + np.uint64(7_919 * (deal + 1) + 104_729 * seed))
        order = np.lexsort((lot, rate >= 0.5))
        fold_of = np.empty(len(distinct), dtype=np.intp)
        fold_of[order] = np.arange(len(distinct)) % N_DEALT
        for fold in range(N_DEALT):
            is_test = fold_of[unit_of] == fold
            rounds.append(Round(np.flatnonzero(~is_test), np.flatnonzero(is_test), deal))
    return rounds


def mark_twins(columns: Columns, encoding: Encoding, is_won: Floats) -> npt.NDArray[np.uint64] | None:
    """Return a number for each row that its twins share: rows that are the same in every column that a model uses.

    None where rows are alike by chance: few have a twin, values that many share make them, or twins do not end alike.
    """
    used = {plan.name: columns.named[plan.name] for plan in encoding.plans}
    marks = hash_rows(Columns(used, columns.n_rows))
    _, unit_of, n_of = np.unique(marks, return_inverse=True, return_counts=True)
    n, n_forms = len(marks), len(n_of)
    if n - n_forms < _TWINS * n:
        return None
    by_chance = np.prod([_share_pairs(part) for column in used.values() if (part := _hash_column(column)) is not None])
    is_rare = n_forms >= _FEWEST_FORMS and _share_pairs(marks) >= _RARE * by_chance
    if not is_rare and n_forms <= _FORMS * n:
        return None
    is_twin = n_of[unit_of] > 1
    apart = is_won - (np.bincount(unit_of, weights=is_won) / n_of)[unit_of]
    within = float((apart**2).sum()) / (n - n_forms)
    return marks if within < _ALIKE * float(is_won[is_twin].var()) else None


def _share_pairs(values: npt.NDArray[np.uint64]) -> float:
    """Return which share of all pairs of rows have equal values."""
    n, n_of = len(values), np.unique(values, return_counts=True)[1]
    return float((n_of * (n_of - 1.0)).sum() / (n * (n - 1.0)))


def part_twins(train: Rows, test: Rows, marks: npt.NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """Return a split in which no lead of the test was seen in training, and each is asked about once.

    A lead that was learned from would be recognised, not judged; one that is counted twice would make a result look
    surer than it is.
    """
    once = np.sort(np.unique(marks[test], return_index=True)[1])
    return train[~np.isin(marks[train], marks[test])], test[once]


def hash_rows(columns: Columns) -> npt.NDArray[np.uint64]:
    """Return a number for each row that is the same for equal rows, whatever their place or the order of columns.

    How a row ended is not part of it: equal leads that ended differently would else be parted, and each would teach the
    opposite of the other.
    """
    total = np.zeros(columns.n_rows, dtype=np.uint64)
    for name in sorted(columns.named):
        part = _hash_column(columns.named[name])
        if part is not None:
            total = total * np.uint64(1_000_003) + part
    return np.asarray(total)


def _hash_column(column: object) -> npt.NDArray[np.uint64] | None:
    """Return a number for each value, the same for equal ones; None for a column that is not read."""
    if isinstance(column, np.ndarray):
        return np.asarray(pd.util.hash_array(column))
    if isinstance(column, Names):
        known = pd.util.hash_array(np.array([*column.known, ""], dtype=object), categorize=False)
        return np.asarray(known[column.codes])
    return None
