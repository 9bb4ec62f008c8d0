"""What did each factor do to a total? Exact Shapley values of a formula between two states.

The share of a factor is its effect averaged over all sequences in which the factors could have changed (Shapley 1953,
"A value for n-person games"). Shares add up to the change, a factor that did not change has none, and zeros or negative
values are as good as any others. All subsets are evaluated at once, as arrays.

Where factors are formulas of further factors, all leaves are taken together as long as they are few. With more of them,
the subsets of each formula are averaged within those of the formula above (Owen 1977, "Values of games with a priori
unions"): shares still add up, level by level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_FACTORS = 12
"""Factors that are taken together: each further one doubles the evaluations, of which there are 4,096 for twelve."""

_MOST_DOUBLINGS = 20

Effect = Callable[[Floats], Floats]


class Factored(Protocol):
    """Arithmetic over named factors."""

    @property
    def names(self) -> Sequence[str]:
        """The factors, each once."""
        ...

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the total for numbers or arrays of each factor."""
        ...


@dataclass(frozen=True, slots=True)
class Split:
    """Arithmetic over named factors, given as a function."""

    names: Sequence[str]
    evaluate: Callable[[Mapping[str, Any]], Any]


def share_change(
    formulas: Mapping[str, Factored],
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    root: str | None = None,
) -> dict[str, float]:
    """Return what each factor did to the root: factors of factors, too.

    Parameters
    ----------
    formulas
        The formula of each factor that has one; factors without are leaves.
    before, after
        Value of each leaf in either state.
    root
        The formula whose change is shared; the first one when None.

    Returns
    -------
    dict
        Share of every factor below the root. Shares of the leaves add up to the change; the share of any other factor
        is the sum of those below it. A leaf that serves in several places has one share, the sum over its places.

    Raises
    ------
    BadArgument
        When a formula needs itself, or there are too many factors.
    NotEnoughData
        When a leaf has no value, or a formula has none for some of the values (such as a division by zero).

    Examples
    --------
    >>> area = Split(("a", "b"), lambda at: at["a"] * at["b"])
    >>> share_change({"area": area}, {"a": 2, "b": 10}, {"a": 3, "b": 8})
    {'a': 9.0, 'b': -5.0}
    """
    top = next(iter(formulas)) if root is None else root
    below = _list_below(formulas, top)
    leaves = [name for name in below if name not in formulas]
    _require_values(leaves, before, after)
    ends = tuple(_evaluate_all(formulas, top, values) for values in (before, after))
    shares: dict[str, float] = {}
    if len(leaves) <= MOST_FACTORS:
        flat = Split(leaves, lambda values: _evaluate_all(formulas, top, values)[top])
        _share({top: flat}, top, _itself, ends, shares)
        for name in below:
            if name in formulas:
                shares[name] = sum(shares[leaf] for leaf in _list_below(formulas, name) if leaf not in formulas)
    else:
        _require_few(formulas, top, 0)
        _share(formulas, top, _itself, ends, shares)
    return {name: shares[name] for name in below}


def _itself(values: Floats) -> Floats:
    return values


def _require_few(formulas: Mapping[str, Factored], name: str, doublings: int) -> None:
    n = doublings + len(formulas[name].names) - 1
    if n >= _MOST_DOUBLINGS or len(formulas[name].names) > MOST_FACTORS:
        raise BadArgument(
            f"'{name}' has {len(formulas[name].names)} factors, {doublings} beside the formulas above it: too many "
            "subsets to go through.",
            f"group factors, so that no formula has more than {MOST_FACTORS}.",
        )
    for factor in formulas[name].names:
        if factor in formulas:
            _require_few(formulas, factor, n)


def _require_values(leaves: Sequence[str], before: Mapping[str, float], after: Mapping[str, float]) -> None:
    missing = [name for name in leaves if not np.isfinite([at.get(name, np.nan) for at in (before, after)]).all()]
    if missing:
        raise NotEnoughData(
            f"No value is known of {', '.join(missing)} before or after.",
            "choose periods in which every factor was measured.",
        )


def _list_below(formulas: Mapping[str, Factored], top: str) -> list[str]:
    """Return all factors below one, each once; refuse a formula that needs itself."""
    found: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise BadArgument(f"'{name}' is a factor of itself.", "break the circle of formulas.")
        for factor in formulas[name].names if name in formulas else ():
            found[factor] = None
            visit(factor, (*above, name))

    visit(top, ())
    return list(found)


def _evaluate_all(formulas: Mapping[str, Factored], name: str, leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a factor and of everything below it."""
    if name not in formulas:
        return {name: np.asarray(leaves[name], dtype=np.float64)}
    found: dict[str, Any] = {}
    for factor in formulas[name].names:
        found |= _evaluate_all(formulas, factor, leaves)
    found[name] = _evaluate(formulas[name], name, {factor: found[factor] for factor in formulas[name].names})
    return found


def _evaluate(formula: Factored, name: str, values: Mapping[str, Any]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.asarray(formula.evaluate(values), dtype=np.float64)
    if not np.isfinite(total).all():
        zeros = [one for one, value in values.items() if (np.asarray(value) == 0).any()]
        raise NotEnoughData(
            f"'{name}' has no value where {', '.join(zeros) or 'a factor'} is 0.",
            "choose periods in which what is divided by is not 0.",
        )
    return total


def _share(
    formulas: Mapping[str, Factored],
    name: str,
    effect: Effect,
    ends: tuple[Mapping[str, Any], ...],
    shares: dict[str, float],
) -> None:
    """Add the shares of the factors of a formula; ``effect`` says what values of the formula make of the root."""
    for factor in formulas[name].names:
        reach = _reach(formulas[name], name, factor, effect, ends)
        before, after = reach(np.array([float(end[factor]) for end in ends]))
        shares[factor] = shares.get(factor, 0.0) + float(after - before)
        if factor in formulas:
            _share(formulas, factor, reach, ends, shares)


def _reach(formula: Factored, name: str, factor: str, effect: Effect, ends: tuple[Mapping[str, Any], ...]) -> Effect:
    """Return what values of one factor make of the root, averaged over the subsets of the others that have changed."""
    others = [one for one in formula.names if one != factor]
    changed = _lay_subsets(len(others))
    weights = _weigh_subsets(changed)
    before, after = ends
    states = {one: np.where(changed[:, at], after[one], before[one]) for at, one in enumerate(others)}

    def reach(values: Floats) -> Floats:
        shape = (*values.shape, len(weights))
        own = np.broadcast_to(values[..., None], shape)
        total = np.broadcast_to(_evaluate(formula, name, {factor: own, **states}), shape)
        return np.asarray(effect(total) @ weights)

    return reach


def _lay_subsets(n: int) -> Bools:
    """Return all subsets of n factors, shape (2**n, n)."""
    return (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)


def _weigh_subsets(changed: Bools) -> Floats:
    """Return how often each subset has changed before a further factor does, over all sequences."""
    from scipy.special import gammaln

    size, n = changed.sum(axis=1), changed.shape[1]
    return np.asarray(np.exp(gammaln(size + 1) + gammaln(n - size + 1) - gammaln(n + 2)))
