"""Segments by rules: in order, none twice, none forgotten.

Gaps and overlaps are not looked for in today's customers, who may hide them until tomorrow: every combination of the
ranges and categories that the rules speak of is enumerated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Booleans = npt.NDArray[np.bool_]

_MOST_CELLS, _MOST_TOLD = 1_000_000, 5


@dataclass(frozen=True, slots=True)
class Condition:
    """One column lies in a range (``low <= value < high``) or holds one of some categories.

    Examples
    --------
    >>> Condition("n_orders", low=2, high=5)
    Condition(column='n_orders', low=2, high=5, levels=None)
    """

    column: str
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        is_range = self.low is not None or self.high is not None
        is_empty = self.low is not None and self.high is not None and self.low >= self.high
        if is_range == (self.levels is not None) or is_empty or self.levels == ():
            raise BadArgument(
                f"The condition on {self.column} holds neither a range nor categories, or both, or can never be met.",
                "give low < high, one of them, or a tuple of categories.",
            )


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """Who belongs to one segment: who meets all conditions."""

    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules that put everybody into exactly one segment; segment 1 is the first.

    Attributes
    ----------
    rules
        In order.
    otherwise
        Name of the segment of everybody whom no rule takes, the last one; None when nobody may be left.

    Raises
    ------
    BadArgument
        When rules overlap, leave gaps without an ``otherwise``, share a name, or speak of a column as number and as
        category; all at once, with the combinations of values where they do.

    Examples
    --------
    >>> few = SegmentRule("few", (Condition("n_orders", high=3),))
    >>> RuleBook((few, SegmentRule("many", (Condition("n_orders", low=3),)))).columns
    ('n_orders',)
    """

    rules: tuple[SegmentRule, ...]
    otherwise: str | None = None

    def __post_init__(self) -> None:
        faults = _find_faults(self)
        if faults:
            more = f" and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
            raise BadArgument(
                f"The rules do not put everybody into one segment: {'; '.join(faults[:_MOST_TOLD])}{more}.",
                "narrow the rules that overlap, and add rules or 'otherwise' for those left.",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the rules speak of, in order of appearance."""
        return tuple(dict.fromkeys(one.column for rule in self.rules for one in rule.conditions))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the segments, the first is segment 1."""
        return (*(rule.name for rule in self.rules), *([] if self.otherwise is None else [self.otherwise]))

    @property
    def words(self) -> tuple[str, ...]:
        """Columns that hold categories."""
        return tuple(name for name in self.columns if any(one.levels is not None for one in _on(self.rules, name)))


def _on(rules: Sequence[SegmentRule], column: str) -> list[Condition]:
    return [one for rule in rules for one in rule.conditions if one.column == column]


def _find_faults(book: RuleBook) -> list[str]:
    mixed = [name for name in book.words if any(one.levels is None for one in _on(book.rules, name))]
    faults = [f"{name} is a range in one rule and a category in another" for name in mixed]
    if not book.rules or len(set(book.names)) < len(book.names):
        faults.append(f"{len(book.names)} segments have {len(set(book.names))} names")
    if faults:
        return faults
    cells = [_lay_cells(_on(book.rules, name)) for name in book.columns]
    shape = tuple(len(of_column) for of_column in cells)
    if np.prod(shape, dtype=np.float64) > _MOST_CELLS:
        return [f"they distinguish more than {_MOST_CELLS} combinations, which cannot be enumerated"]
    takes = np.stack([_meet(rule, book.columns, cells, shape) for rule in book.rules])
    n_takers = takes.sum(axis=0)
    for place in np.argwhere(n_takers != 1):
        at = tuple(place)
        where = ", ".join(cells[axis][index][0] for axis, index in enumerate(place)) or "everybody"
        if n_takers[at] > 1:
            faults.append(
                f"{' and '.join(book.rules[i].name for i in np.nonzero(takes[(..., *at)])[0])} both take {where}"
            )
        elif book.otherwise is None:
            faults.append(f"nobody takes {where}")
    return faults


def _lay_cells(conditions: Sequence[Condition]) -> list[tuple[str, float | str | None]]:
    """Return the pieces of a column that rules tell apart: how each reads, and a value inside it."""
    name = conditions[0].column
    if conditions[0].levels is not None:
        levels = sorted({level for one in conditions for level in one.levels or ()})
        return [*((f"{name} = {level}", level) for level in levels), (f"{name} = any other", None)]
    ends = sorted({float(end) for one in conditions for end in (one.low, one.high) if end is not None})
    first = (f"{name} < {ends[0]:g}", float(np.nextafter(ends[0], -np.inf)))
    return [first, *((f"{name} from {end:g}", end) for end in ends)]


def _meet(
    rule: SegmentRule,
    columns: tuple[str, ...],
    cells: Sequence[Sequence[tuple[str, float | str | None]]],
    shape: tuple[int, ...],
) -> Booleans:
    met = np.ones(shape, dtype=bool)
    for one in rule.conditions:
        axis = columns.index(one.column)
        inside = np.array([_holds(one, value) for _, value in cells[axis]])
        met &= inside.reshape([-1 if at == axis else 1 for at in range(len(shape))])
    return met


def _holds(one: Condition, value: float | str | None) -> bool:
    if one.levels is not None:
        return value in one.levels
    assert isinstance(value, float)
    return (one.low is None or value >= one.low) and (one.high is None or value < one.high)
