"""From expectations to whole deals: what luck makes of a month.

Expectations of a chain multiply: calls times rates are the deals to be expected, and their number is then Poisson,
whatever the steps between (a thinned Poisson process is Poisson). So each product of a count and rates is realised
once, at its end. Money is the realised number times the mean of so many amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from saleslab.kpi.metrics.declaring import Unit
from saleslab.kpi.trees.formulas import Formula, Name, Number, Operation, Term, evaluate_term, split_product
from saleslab.stats import take_counts

Floats = npt.NDArray[np.float64]
Luck = Callable[[str], Floats]
"""Uniform numbers of a name, shape (draws, months), the same ones whenever it is asked for."""

LeafOf = Callable[[str, Floats], Floats]
"""What luck makes of a leaf: its id and what is expected of its months."""

MeanOf = Callable[[str, Floats, Floats], Floats]
"""What luck makes of the mean of so many amounts: the leaf's id, its expected mean and the number of amounts."""


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """Months of all nodes so far, each of shape (draws, months).

    Attributes
    ----------
    expected
        What is to be expected of each.
    come
        What came about.
    """

    expected: Mapping[str, Floats]
    come: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Realiser:
    """Turns expectations of nodes into what comes about, the same luck each time.

    Attributes
    ----------
    units, flows
        Of every node: its unit, and whether its months add up.
    luck
        Uniform numbers of a place in a formula.
    leaf_of, mean_of
        What luck makes of a leaf whose months add up, and of the mean of so many amounts.
    """

    units: Mapping[str, Unit]
    flows: Mapping[str, bool]
    luck: Luck
    leaf_of: LeafOf
    mean_of: MeanOf
    _counted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        counted = frozenset(name for name, unit in self.units.items() if unit == "count" and self.flows[name])
        object.__setattr__(self, "_counted", counted)

    def realise(self, name: str, formula: Formula | None, month: Months) -> Floats:
        """Return what comes about of a node, once what its formula uses has come about; None stands for a leaf."""
        if formula is not None:
            return self._add(formula.term, name, month)
        expected = month.expected[name]
        return self.leaf_of(name, expected) if self.flows[name] else expected

    def _count(self, place: str, expected: Floats) -> Floats:
        return take_counts(np.maximum(np.nan_to_num(expected), 0.0), self.luck(place))

    def _add(self, term: Term, place: str, month: Months) -> Floats:
        if not _is_sum(term):
            return self._multiply(term, place, month)
        left, right = self._add(term.left, f"{place}+", month), self._add(term.right, place, month)
        return left + right if term.sign == "+" else left - right

    def _multiply(self, term: Term, place: str, month: Months) -> Floats:
        over, under = split_product(term)
        number, used = None, []
        counted = [factor for factor in over if self._counts(factor)]
        if len(counted) == 1:
            thin_over, thin_under = self._thinning(over), self._thinning(under)
            used = [counted[0], *thin_over, *thin_under]
            if len(used) == 1:
                number = self._part(counted[0], place, month, None)
            else:
                above = evaluate_product([counted[0], *thin_over], month.expected)
                number = self._count(place, above / evaluate_product(thin_under, month.expected))
        top: Floats = np.asarray(1.0) if number is None else number
        for factor in _without(over, used):
            top = top * self._part(factor, f"{place}*", month, number)
        for factor in _without(under, used):
            top = top / self._part(factor, f"{place}/", month, number)
        return top

    def _part(self, factor: Term, place: str, month: Months, number: Floats | None) -> Floats:
        """One factor as it comes about; the mean of amounts as so many of them give it."""
        match factor:
            case Name(id=name) if number is not None and not self.flows[name] and self.units[name] != "rate":
                return self.mean_of(name, month.expected[name], number)
            case Name(id=name):
                return month.come[name]
            case Number(value=value):
                return np.asarray(value)
        return self._add(factor, f"{place}(", month)

    def _counts(self, factor: Term) -> bool:
        """Whether a factor is a number of things: a node that counts, or a sum of such nodes."""
        if _is_sum(factor):
            return self._counts(factor.left) and self._counts(factor.right)
        return isinstance(factor, Name) and factor.id in self._counted

    def _thinning(self, factors: list[Term]) -> list[Term]:
        return [factor for factor in factors if isinstance(factor, Name) and self.units[factor.id] == "rate"]


def evaluate_product(factors: list[Term], values: Mapping[str, Floats]) -> Floats:
    """Return the product of factors, each computed from the values of nodes; 1 where there are none."""
    product: Floats = np.asarray(1.0)
    for factor in factors:
        product = product * evaluate_term(factor, values)
    return product


def _is_sum(term: Term) -> TypeGuard[Operation]:
    return isinstance(term, Operation) and term.sign in "+-"


def _without(factors: list[Term], used: list[Term]) -> list[Term]:
    """Factors that are left once each used one was taken out once."""
    left = list(factors)
    for one in used:
        if one in left:
            left.remove(one)
    return left
