"""Why is the goal higher or lower than before? What each factor did, adding up, and which changes may be noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from saleslab.errors import BadArgument
from saleslab.kpi.trees.formulas import Formula
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.stats.level_moves import LevelMove
from saleslab.stats.shapley import Factored, share_change

Verdict = Literal["real", "likely", "noise", "unknown"]

REAL, LIKELY = 0.9, 0.6
"""Chances from which a move is called real, or likely so; below, it could be noise."""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What one factor did.

    Attributes
    ----------
    name
        The factor.
    before, after
        Its value.
    amount
        By how much its change moved the root, in the unit of the root.
    move
        Whether its level really moved; None where that was not judged.
    is_leaf
        Whether no formula stands below it.
    """

    name: str
    before: float
    after: float
    amount: float
    move: LevelMove | None
    is_leaf: bool

    @property
    def verdict(self) -> Verdict:
        """Say whether its own change is ``real``, ``likely``, could be ``noise``, or is ``unknown``."""
        if self.move is None:
            return "unknown"
        chance = self.move.chance_moved
        return "real" if chance >= REAL else "likely" if chance >= LIKELY else "noise"


@dataclass(frozen=True, slots=True)
class ChangeExplanation:
    """A change of one number, taken apart.

    Attributes
    ----------
    root
        What changed.
    before, after
        Its value.
    parts
        Leaves, the largest first; they add up to the change.
    groups
        Factors that are formulas themselves; each is the sum of the parts below it.
    """

    root: str
    before: float
    after: float
    parts: tuple[ChangePart, ...]
    groups: tuple[ChangePart, ...]

    @property
    def amount(self) -> float:
        """By how much the root changed."""
        return self.after - self.before

    @property
    def largest(self) -> ChangePart:
        """The part that moved the root most, up or down."""
        return self.parts[0]

    def part(self, name: str) -> ChangePart:
        """Return one part or group by its name.

        Raises
        ------
        BadArgument
            When there is none of that name.
        """
        for one in (*self.parts, *self.groups):
            if one.name == name:
                return one
        raise BadArgument(
            f"'{name}' is no factor of '{self.root}'.", f"use one of: {', '.join(one.name for one in self.parts)}."
        )


def explain_change(
    formula: KpiTree | Mapping[str, Factored] | Factored,
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    root: str | None = None,
    moves: Mapping[str, LevelMove] | None = None,
) -> ChangeExplanation:
    """Return what each factor did to a change of the goal.

    Each factor gets its Shapley value: its effect averaged over all sequences in which the factors could have changed.
    Zeros, negative values and changes of sign are as good as any. Up to twelve leaves are taken together; beyond, each
    formula is shared within the one above it. Adding up says nothing about causes, and a part can be large where the
    factor only had a bad month: ``verdict`` says whether its level really moved.

    Parameters
    ----------
    formula
        A tree, formulas by name, or one formula.
    before, after
        Value of each leaf, such as from `pool_period`.
    root
        Name of what is explained; the tree's goal, or the formula that no other one needs, when None.
    moves
        From `judge_moves`.

    Raises
    ------
    NotEnoughData
        When a leaf has no value, or a formula divides by one that is 0.
    BadArgument
        When there is no formula, or it is unclear which one is the root.

    Examples
    --------
    >>> from saleslab.kpi import parse_formula
    >>> formulas = {"revenue": parse_formula("n_won * deal_size"), "n_won": parse_formula("n_decided * win_rate")}
    >>> before = {"n_decided": 100, "win_rate": 0.2, "deal_size": 5.0}
    >>> found = explain_change(formulas, before, {"n_decided": 120, "win_rate": 0.25, "deal_size": 4.0})
    >>> [(part.name, round(part.amount, 1)) for part in found.parts], round(found.amount, 1)
    ([('deal_size', -24.8), ('win_rate', 24.7), ('n_decided', 20.2)], 20.0)
    """
    formulas, top = _find_formulas(formula, root)
    shares = share_change(formulas, before, after, root=top)
    ends = [_evaluate(formulas, top, dict(values)) for values in (before, after)]
    told = [
        ChangePart(name, ends[0][name], ends[1][name], amount, (moves or {}).get(name), name not in formulas)
        for name, amount in shares.items()
    ]
    told.sort(key=lambda part: (-abs(part.amount), part.name))
    return ChangeExplanation(
        top, ends[0][top], ends[1][top],
        tuple(part for part in told if part.is_leaf), tuple(part for part in told if not part.is_leaf),
    )  # fmt: skip


def _find_formulas(
    given: KpiTree | Mapping[str, Factored] | Factored, root: str | None
) -> tuple[Mapping[str, Factored], str]:
    if isinstance(given, KpiTree):
        formulas: dict[str, Factored] = {name: node.formula for name, node in given.nodes.items() if node.formula}
        goals = [name for name, node in given.nodes.items() if node.kind == "kgi"]
    elif isinstance(given, Mapping):
        formulas = dict(given)
        used = {name for one in formulas.values() for name in one.names}
        goals = [name for name in formulas if name not in used]
    else:
        name = root or (given.text if isinstance(given, Formula) else "total")
        return {name: given}, name
    top = root or (goals[0] if len(goals) == 1 else None)
    if top is None or top not in formulas:
        raise BadArgument(
            f"It is not clear what is to be explained; there are formulas for {', '.join(formulas) or 'nothing'}.",
            "name one of them as root, or give the goal a formula.",
        )
    return formulas, top


def _evaluate(formulas: Mapping[str, Factored], name: str, found: dict[str, float]) -> dict[str, float]:
    """Return values with those of a formula and of all formulas below it."""
    for factor in formulas[name].names:
        if factor in formulas:
            _evaluate(formulas, factor, found)
    found[name] = float(formulas[name].evaluate(found))
    return found
