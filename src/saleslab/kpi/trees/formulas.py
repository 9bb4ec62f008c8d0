"""Arithmetic over the nodes of a tree: ``won_deals * deal_size``, read from a file and never handed to `eval`.

Python's own parser reads the text; what it may contain is a short list: names, numbers, ``+ - * /`` and brackets.
Whatever else stands there (a call, an attribute, a subscript, a power) is refused with its place.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Values = float | npt.NDArray[np.float64]

LONGEST = 500
"""Characters of a formula; a longer one belongs into nodes with names of their own."""

_DEEPEST = 40
_NEXT = "use names of nodes, numbers, + - * / and brackets only, such as 'n_won * deal_size'."
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True, slots=True)
class Name:
    """A node of the tree, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Operation:
    """Two terms and the sign between them: one of ``+ - * /``."""

    sign: str
    left: Term
    right: Term


Term = Name | Number | Operation


@dataclass(frozen=True, slots=True)
class Formula:
    """Arithmetic over nodes.

    Attributes
    ----------
    text
        As it was written, blanks trimmed.
    term
        What it means; two formulas with equal terms are one formula.
    names
        The nodes it uses, in order of first use, each once.

    Examples
    --------
    >>> formula = parse_formula("n_won * deal_size")
    >>> formula.names, float(formula.evaluate({"n_won": 12.0, "deal_size": 1_500_000.0}))
    (('n_won', 'deal_size'), 18000000.0)
    >>> formula.evaluate({"n_won": np.array([10.0, 12.0]), "deal_size": 2.0}).tolist()
    [20.0, 24.0]
    """

    text: str
    term: Term
    names: tuple[str, ...]

    def evaluate(self, values: Mapping[str, Values]) -> npt.NDArray[np.float64]:
        """Return the formula's value; arrays are computed entry by entry, and a division by zero gives NaN.

        Raises
        ------
        BadArgument
            If a node that the formula uses has no value.
        """
        missing = [name for name in self.names if name not in values]
        if missing:
            raise BadArgument(
                f"The formula {self.text!r} uses {', '.join(missing)}, of which no value is given.",
                "measure these nodes for the same period and scope, or take them out of the formula.",
            )
        return evaluate_term(self.term, values)


def parse_formula(text: str) -> Formula:
    """Return the formula that a text means.

    Parameters
    ----------
    text
        Names of nodes, numbers, ``+ - * /`` and brackets.

    Raises
    ------
    BadArgument
        If the text holds anything else, or no node at all.

    Examples
    --------
    >>> parse_formula("(new_amount + renewed_amount) / 2").names
    ('new_amount', 'renewed_amount')
    >>> parse_formula("__import__('os').getcwd()")
    Traceback (most recent call last):
        ...
    saleslab.errors.BadArgument: A formula holds a call at character 1: "__import__('os').getcwd()".
      Next: use names of nodes, numbers, + - * / and brackets only, such as 'n_won * deal_size'.
    """
    written = " ".join(str(text).split())
    if not written or len(written) > LONGEST:
        raise BadArgument(f"A formula has {len(written):,} characters; 1 to {LONGEST} are read.", _NEXT)
    try:
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise BadArgument(f"A formula cannot be read{place}: {written!r}.", _NEXT) from error
    term = _read_term(tree.body, written, 0)
    names = tuple(dict.fromkeys(_names_of(term)))
    if not names:
        raise BadArgument(f"A formula uses no node: {written!r}.", _NEXT)
    return Formula(written, term, names)


def _read_term(node: ast.expr, written: str, depth: int) -> Term:
    if depth > _DEEPEST:
        raise BadArgument(f"A formula is nested more than {_DEEPEST} levels deep.", "give its parts own nodes.")
    match node:
        case ast.Name(id=name):
            return Name(name)
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            return Number(_finite(value, node, written))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("-", Number(0.0), _read_term(operand, written, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read_term(operand, written, depth + 1)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            return Operation(
                _SIGNS[type(sign)], _read_term(left, written, depth + 1), _read_term(right, written, depth + 1)
            )
    raise BadArgument(f"A formula holds {_tell(node)} at character {node.col_offset + 1}: {written!r}.", _NEXT)


def _finite(value: float, node: ast.expr, written: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not np.isfinite(number):
        raise BadArgument(f"A formula holds too large a number at character {node.col_offset + 1}: {written!r}.", _NEXT)
    return number


def _tell(node: ast.expr) -> str:
    match node:
        case ast.Call():
            return "a call"
        case ast.Attribute():
            return "an attribute"
        case ast.BinOp(op=ast.Pow()):
            return "a power"
        case ast.Constant():
            return "a text or a yes/no value"
        case ast.Compare() | ast.BoolOp() | ast.IfExp():
            return "a condition"
    return f"something that is not arithmetic ({type(node).__name__})"


def _names_of(term: Term) -> list[str]:
    match term:
        case Name(id=name):
            return [name]
        case Operation(left=left, right=right):
            return [*_names_of(left), *_names_of(right)]
    return []


def evaluate_term(term: Term, values: Mapping[str, Values]) -> npt.NDArray[np.float64]:
    """Return the value of a part of a formula; every node that it uses must have one."""
    match term:
        case Name(id=name):
            return np.asarray(values[name], dtype=float)
        case Number(value=value):
            return np.asarray(value)
        case Operation(sign=sign, left=left, right=right):
            return _operate(sign, evaluate_term(left, values), evaluate_term(right, values))


def split_product(term: Term) -> tuple[list[Term], list[Term]]:
    """Return the factors of a product: those that multiply, and those that divide."""
    match term:
        case Operation(sign="*", left=left, right=right):
            (over, under), (over_too, under_too) = split_product(left), split_product(right)
            return over + over_too, under + under_too
        case Operation(sign="/", left=left, right=right):
            (over, under), (under_too, over_too) = split_product(left), split_product(right)
            return over + over_too, under + under_too
    return [term], []


def _operate(sign: str, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    match sign:
        case "+":
            return np.add(left, right)
        case "-":
            return np.subtract(left, right)
        case "*":
            return np.multiply(left, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(right == 0, np.nan, np.divide(left, right)))
