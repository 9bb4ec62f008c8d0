"""What does a model read of a lead? Columns turned into numbers, the same way in training and at every later call.

The plan is made once, on the training rows, and kept with the model: which columns carry nothing, which names are
known, what an average lead looks like. A name that was never seen is read as "other", and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.leads.columns import Column, Columns, Dates, Floats, Names

Kind = Literal["number", "name"]

FEWEST_OF_A_NAME = 5
"""Training rows (as weights) of a name that is read by itself; rarer names are read as "other"."""
MOST_NAMES = 60
"""Names of one column that are read by themselves."""
FARTHEST = 5.0
"""Standard deviations beyond which the logit reads a number as if it were that far."""
WIDE = 10.0
"""Factor between the smallest and the largest tenth of a number's values (both plus one) from which the logit reads its
logarithm: the first hour of waiting matters more than the hundredth, ten employees more than the thousandth."""
_IS_KEY = 0.9
"""Share of distinct names from which a column of names is a key."""
_FEWEST_FOR_KEY = 20


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """How one column is read.

    Attributes
    ----------
    name
        Of the column.
    kind
        ``number`` or ``name``.
    names
        The names that are read by themselves, most frequent first.
    has_gaps
        Whether cells were empty in training.
    centre, scale
        Mean and standard deviation of a number in training, or of its logarithm.
    is_log
        Whether the logit reads ``log(1 + x)``, since the values of training spread over magnitudes.
    """

    name: str
    kind: Kind
    names: tuple[str, ...] = ()
    has_gaps: bool = False
    centre: float = 0.0
    scale: float = 1.0
    is_log: bool = False

    @property
    def typical(self) -> float:
        """The number that is read where a cell is empty."""
        return float(np.expm1(self.centre)) if self.is_log else self.centre

    @property
    def n_terms(self) -> int:
        """Terms of the logit that the column has."""
        return (len(self.names) if self.kind == "name" else 1) + self.has_gaps


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the columns are read, sorted by name so that their order in a frame cannot matter."""

    plans: tuple[ColumnPlan, ...]

    @property
    def owners(self) -> npt.NDArray[np.intp]:
        """The place of the column that each term of the logit belongs to."""
        return np.repeat(np.arange(len(self.plans)), [plan.n_terms for plan in self.plans])

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(plan.name for plan in self.plans)

    def drop(self, names: frozenset[str]) -> Encoding:
        """Return the encoding without some columns."""
        return Encoding(tuple(plan for plan in self.plans if plan.name not in names))

    def write_terms(self, columns: Columns) -> Floats:
        """Return the terms of the logit: standardised numbers, one 0/1 for each name, one 0/1 for an empty cell."""
        terms = np.zeros((columns.n_rows, sum(plan.n_terms for plan in self.plans)))
        at = 0
        for plan in self.plans:
            _write_terms(plan, columns.named[plan.name], terms[:, at : at + plan.n_terms])
            at += plan.n_terms
        return terms

    def write_cells(self, columns: Columns) -> Floats:
        """Return one number a column, as trees read it: numbers as they are, names by their place."""
        cells = np.empty((columns.n_rows, len(self.plans)))
        for at, plan in enumerate(self.plans):
            column = columns.named[plan.name]
            if plan.kind == "name":
                cells[:, at] = _place(plan, column)
            else:
                numbers = _as_numbers(plan, column)
                cells[:, at] = numbers if plan.has_gaps else np.where(np.isnan(numbers), plan.typical, numbers)
        return cells

    def count_unseen(self, columns: Columns, known: Mapping[str, frozenset[str]]) -> dict[str, int]:
        """Return how many rows have a name that training did not have, by column."""
        counts = {}
        for plan in self.plans:
            if plan.kind == "name":
                column = _as_names(columns.named[plan.name])
                is_new = np.array([*(name not in known[plan.name] for name in column.known), False])
                n_new = int(is_new[column.codes].sum())
                if n_new:
                    counts[plan.name] = n_new
        return counts

    def to_state(self) -> list[dict[str, Any]]:
        """Return the plan as values that JSON holds."""
        return [
            {
                "name": plan.name,
                "kind": plan.kind,
                "names": list(plan.names),
                "has_gaps": plan.has_gaps,
                "centre": plan.centre,
                "scale": plan.scale,
                "is_log": plan.is_log,
            }
            for plan in self.plans
        ]

    @classmethod
    def from_state(cls, state: list[dict[str, Any]]) -> Encoding:
        """Return the plan that `to_state` wrote."""
        return cls(tuple(ColumnPlan(**{**plan, "names": tuple(plan["names"])}) for plan in state))


def plan_encoding(columns: Columns, weight: Floats) -> tuple[Encoding, dict[str, str]]:
    """Return how to read each column, and why the others are left out.

    Parameters
    ----------
    columns
        The training rows.
    weight
        Of each row; those of weight 0 are as if they were not there.

    Returns
    -------
    tuple
        The encoding, and for each column that is left out one of ``empty_column``, ``constant_column``,
        ``key_column``, ``date_column``, ``written_date``.
    """
    plans, left_out = [], {}
    for name in sorted(columns.named):
        column = columns.named[name]
        fault = _find_fault(column, weight)
        if fault is None:
            plans.append(_plan(name, column, weight))
        else:
            left_out[name] = fault
    return Encoding(tuple(plans)), left_out


def _find_fault(column: Column, weight: Floats) -> str | None:
    """Return why a column is of no use, if it is not."""
    if isinstance(column, Dates):
        return "written_date" if column.is_text else "date_column"
    is_used = weight > 0
    if isinstance(column, Names):
        rows = np.bincount(column.codes[is_used] + 1, minlength=len(column.known) + 1)
        n_filled, n_distinct = int(rows[1:].sum()), np.count_nonzero(rows[1:])
        is_key = n_filled >= _FEWEST_FOR_KEY and bool(n_distinct >= _IS_KEY * n_filled)
        is_one = n_distinct == 1
    else:
        numbers = column[is_used & ~np.isnan(column)]
        n_filled = len(numbers)
        is_key = _is_serial(numbers)
        is_one = n_filled > 0 and bool((numbers == numbers[0]).all())
    if not n_filled:
        return "empty_column"
    if is_one and n_filled == np.count_nonzero(is_used):
        return "constant_column"
    return "key_column" if is_key else None


def _is_serial(numbers: Floats) -> bool:
    """Say whether numbers count the rows: whole, each used once, and close together."""
    return (
        len(numbers) >= _FEWEST_FOR_KEY
        and bool((numbers == np.round(numbers)).all())
        and float(numbers.max() - numbers.min()) < 2 * len(numbers)
        and len(np.unique(numbers)) == len(numbers)
    )


def _plan(name: str, column: Column, weight: Floats) -> ColumnPlan:
    if isinstance(column, Names):
        return _plan_names(name, column, weight)
    return _plan_number(name, np.asarray(column, dtype=np.float64), weight)


def _plan_names(name: str, column: Names, weight: Floats) -> ColumnPlan:
    is_filled = column.codes >= 0
    rows = np.bincount(column.codes[is_filled], weights=weight[is_filled], minlength=len(column.known))
    order = np.argsort(-rows, kind="stable")[:MOST_NAMES]
    kept = tuple(column.known[at] for at in order if rows[at] >= FEWEST_OF_A_NAME)
    return ColumnPlan(name, "name", kept, bool(weight[~is_filled].sum() > 0))


def _plan_number(name: str, column: Floats, weight: Floats) -> ColumnPlan:
    is_filled = ~np.isnan(column)
    values, weights = column[is_filled], weight[is_filled]
    is_log = _spreads_widely(values, weights)
    values = np.log1p(np.maximum(values, 0)) if is_log else values  # rows of no weight may hold anything
    centre = float(np.average(values, weights=weights))
    scale = float(np.sqrt(np.average((values - centre) ** 2, weights=weights)))
    return ColumnPlan(name, "number", (), bool(weight[~is_filled].sum() > 0), centre, scale or 1.0, is_log)


def _spreads_widely(values: Floats, weights: Floats) -> bool:
    """Say whether numbers of 0 and more spread over magnitudes."""
    is_used = weights > 0
    if values[is_used].min() < 0:
        return False
    low, high = np.quantile(values[is_used], [0.1, 0.9], method="inverted_cdf", weights=weights[is_used])
    return bool(1 + high >= WIDE * (1 + low))


def _write_terms(plan: ColumnPlan, column: Column, terms: Floats) -> None:
    if plan.kind == "name":
        place = _place(plan, column)
        rows = np.flatnonzero(place < len(plan.names))
        terms[rows, place[rows]] = 1
        if plan.has_gaps:
            terms[:, -1] = place == len(plan.names) + 1
        return
    numbers = _as_numbers(plan, column)
    is_empty = np.isnan(numbers)
    numbers = np.where(is_empty, plan.typical, numbers)
    if plan.is_log:
        numbers = np.log1p(np.maximum(numbers, 0))
    terms[:, 0] = np.clip((numbers - plan.centre) / plan.scale, -FARTHEST, FARTHEST)
    if plan.has_gaps:
        terms[:, 1] = is_empty


def _place(plan: ColumnPlan, column: Column) -> npt.NDArray[np.intp]:
    """Return the place of each row's name among those read by themselves; then come "other" and "empty"."""
    names = _as_names(column)
    places = {name: at for at, name in enumerate(plan.names)}
    other = len(plan.names)
    table = np.array([*(places.get(name, other) for name in names.known), other + 1], dtype=np.intp)
    return table[names.codes]


def _as_numbers(plan: ColumnPlan, column: Column) -> Floats:
    """Return a column as numbers; text is read as numbers where every name is one."""
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, Names):
        try:
            numbers = np.array([*(float(name) for name in column.known), np.nan])
        except ValueError:
            numbers = np.array([np.inf])
        if not np.isinf(numbers).any():
            return numbers[column.codes]
    raise BadArgument(
        f"Column '{plan.name}' held numbers in training and holds other things now.",
        "give it in the form it had in training.",
    )


def _as_names(column: Column) -> Names:
    """Return a column as names, as after a round trip through a file that lost the type."""
    if isinstance(column, Names):
        return column
    if isinstance(column, Dates):
        raise BadArgument("A column that held names in training holds dates now.", "give it in the form it had.")
    distinct, codes = np.unique(column, return_inverse=True)
    filled = distinct[~np.isnan(distinct)]
    known = tuple(str(int(value)) if float(value).is_integer() else str(value) for value in filled)
    return Names(np.where(codes < len(known), codes, -1).astype(np.int64), known)
