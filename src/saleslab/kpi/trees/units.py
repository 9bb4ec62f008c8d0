"""What may be added to what: units of nodes, and the unit that a formula comes to.

Money, time, distance and mass are dimensions: they multiply and divide like in physics, and only like may be added to
like. Counts and rates have no dimension, but are not the same: a count times a rate is a count, a count over a count a
rate, and adding one to the other is a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from saleslab.kpi.metrics.declaring import Unit
from saleslab.kpi.trees.formulas import Formula, Name, Number, Operation, Term

UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class UnitClash:
    """Two terms that cannot be added, or a formula that comes to another unit than its node's.

    Attributes
    ----------
    sign
        ``+`` or ``-``, or ``=`` where the formula's unit is not the node's.
    left, right
        The two units, in words such as ``money`` or ``money/days``.
    """

    sign: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class _Measure:
    """Exponents of the dimensions, sorted; and whether what has none is a count, a rate or a bare number."""

    powers: tuple[tuple[str, int], ...]
    plain: Literal["count", "rate", "number"]

    def __str__(self) -> str:
        over = "*".join(name if power == 1 else f"{name}^{power}" for name, power in self.powers if power > 0)
        under = "*".join(name if power == -1 else f"{name}^{-power}" for name, power in self.powers if power < 0)
        if not self.powers:
            return self.plain
        return f"{over or self.plain}/{under}" if under else over


_NUMBER = _Measure((), "number")


class _ClashFound(Exception):
    def __init__(self, clash: UnitClash) -> None:
        super().__init__(clash)
        self.clash = clash


def check_units(formula: Formula, units: dict[str, Unit], expected: Unit) -> UnitClash | None:
    """Return the first clash of a formula's units, or None where it comes to the unit that is expected.

    Parameters
    ----------
    formula
        The arithmetic.
    units
        Unit of each node that it uses.
    expected
        Unit of the node that it defines.

    Examples
    --------
    >>> from saleslab.kpi.trees.formulas import parse_formula
    >>> units = {"won": "count", "size": "money"}
    >>> check_units(parse_formula("won * size"), units, "money") is None
    True
    >>> check_units(parse_formula("won + size"), units, "money")
    UnitClash(sign='+', left='count', right='money')
    """
    try:
        found = _measure(formula.term, units)
    except _ClashFound as stop:
        return stop.clash
    wanted = _of_unit(expected)
    return None if _alike(found, wanted) else UnitClash("=", str(found), str(wanted))


def _of_unit(unit: Unit) -> _Measure:
    if unit == "count":
        return _Measure((), "count")
    if unit == "rate":
        return _Measure((), "rate")
    return _Measure(((unit, 1),), "number")


def _alike(one: _Measure, other: _Measure) -> bool:
    if one.powers != other.powers:
        return False
    return bool(one.powers) or one.plain == other.plain or "number" in (one.plain, other.plain)


def _measure(term: Term, units: dict[str, Unit]) -> _Measure:
    match term:
        case Name(id=name):
            return _of_unit(units[name])
        case Number():
            return _NUMBER
        case Operation(sign=sign, left=left, right=right):
            return _join(sign, _measure(left, units), _measure(right, units))


def _join(sign: str, left: _Measure, right: _Measure) -> _Measure:
    if sign in "+-":
        if left == _NUMBER:
            return right
        if not _alike(left, right):
            raise _ClashFound(UnitClash(sign, str(left), str(right)))
        return left if left.plain != "number" else right
    return _Measure(_powers(sign, left, right), _plain(sign, left.plain, right.plain))


def _powers(sign: str, left: _Measure, right: _Measure) -> tuple[tuple[str, int], ...]:
    turn = 1 if sign == "*" else -1
    powers = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, 0) + turn * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _plain(
    sign: str, left: Literal["count", "rate", "number"], right: Literal["count", "rate", "number"]
) -> Literal["count", "rate", "number"]:
    """A count survives a rate and a number; a count over a count is a rate, and so is money over money."""
    if sign == "/" and left == right:
        return "rate"
    if "count" in (left, right):
        return "count"
    return "rate" if "rate" in (left, right) else "number"
