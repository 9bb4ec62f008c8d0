"""Conditions and values over the columns of a table: ``channel == "phone" and connected``, never handed to `eval`.

Python's own parser reads the text; what it may contain is a short list. A dotted name follows a declared key, so that
``lead_id.source`` is the source of the row's lead: one row at most, which no total can grow by.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

MOMENT = "moment"
"""The name that stands, in a stock, for the moment at which it is looked at."""

ELAPSED = ("days", "hours", "minutes")
"""Functions: the time from one moment to another."""

_LONGEST, _DEEPEST = 500, 12
_ALLOWED = "columns, values, and or not, == != < <= > >=, in, is, + - * / and days(a, b)"

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_GROUPS = (ast.Tuple, ast.List)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or a value over the columns of a table.

    Attributes
    ----------
    text
        As it was written.
    paths
        The columns it asks for, dotted where keys are followed, in order, each once; `MOMENT` where it asks for that.
    """

    text: str
    paths: tuple[str, ...]
    _tree: ast.expr

    def build(self, find: Callable[[str], Any], elapsed: Callable[[Any, Any, str], Any]) -> Any:
        """Return its value over whatever ``find`` returns for each path: columns of Ibis, which know the operators.

        Parameters
        ----------
        find
            From a path to a column.
        elapsed
            From two moments and one of `ELAPSED` to the time between them.
        """
        return _build(self._tree, find, elapsed)


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Return the expression that a text means.

    Raises
    ------
    ValueError
        If it holds anything that is not allowed; pydantic words it with the place.

    Examples
    --------
    >>> parse_expression("is_won and days(created_at, closed_at) <= 90").paths
    ('is_won', 'created_at', 'closed_at')
    >>> parse_expression("__import__('os').getcwd()")
    Traceback (most recent call last):
        ...
    ValueError: "__import__('os').getcwd()" holds a call of something else than days, hours, minutes. Use columns, \
values, and or not, == != < <= > >=, in, is, + - * / and days(a, b).
    """
    if len(text) > _LONGEST:
        raise ValueError(f"An expression has {len(text)} characters; {_LONGEST} are the most.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{text!r} cannot be read. Use {_ALLOWED}.") from None
    paths: dict[str, None] = {}
    fault = _find_fault(tree, paths, 0)
    if fault:
        raise ValueError(f"{text!r} holds {fault}. Use {_ALLOWED}.")
    return Expression(text.strip(), tuple(paths), tree)


def _find_fault(node: ast.AST, paths: dict[str, None], depth: int) -> str | None:
    """Return what is not allowed below a node, or None; collect the paths on the way."""
    if depth > _DEEPEST:
        return f"more than {_DEEPEST} levels of brackets"
    match node:
        case ast.Name() | ast.Attribute():
            path = _read_path(node)
            if path is None:
                return "an attribute of something else than a key column"
            paths[path] = None
            return None
        case ast.Constant(value=value):
            return None if value is None or isinstance(value, str | int | float) else f"{value!r}"
        case ast.BoolOp(values=parts):
            below: list[ast.AST] = list(parts)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=part):
            below = [part]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            below = [left, right]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            wrong = _find_comparison_fault(op, right)
            if wrong:
                return wrong
            below = [left] if isinstance(right, _GROUPS) else [left, right]
        case ast.Call(func=ast.Name(id=name), args=[_, _] as parts, keywords=[]) if name in ELAPSED:
            below = list(parts)
        case ast.Call():
            return f"a call of something else than {', '.join(ELAPSED)}"
        case _:
            return f"a {type(node).__name__.lower()}"
    return next((fault for part in below if (fault := _find_fault(part, paths, depth + 1))), None)


def _find_comparison_fault(op: ast.cmpop, right: ast.expr) -> str | None:
    if isinstance(op, ast.In | ast.NotIn):
        plain = isinstance(right, _GROUPS) and all(isinstance(one, ast.Constant) for one in right.elts)
        return None if plain else "'in' with something else than a list of values"
    if isinstance(op, ast.Is | ast.IsNot):
        return None if isinstance(right, ast.Constant) and right.value is None else "'is' with something else than None"
    if isinstance(right, ast.Constant) and right.value is None:
        return "a comparison with None; write 'is None'"
    return None


def _read_path(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _read_path(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _build(node: ast.AST, find: Callable[[str], Any], elapsed: Callable[[Any, Any, str], Any]) -> Any:
    def below(part: ast.AST) -> Any:
        return _build(part, find, elapsed)

    match node:
        case ast.Constant(value=value):
            return value
        case ast.BoolOp(op=op, values=parts):
            return reduce(operator.and_ if isinstance(op, ast.And) else operator.or_, [below(part) for part in parts])
        case ast.UnaryOp(op=op, operand=part):
            return ~below(part) if isinstance(op, ast.Not) else -below(part)
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](below(left), below(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(below(left), op, right, below)
        case ast.Call(func=ast.Name(id=name), args=[start, end]):
            return elapsed(below(start), below(end), name)
    path = _read_path(node)
    assert path is not None, "every other node was refused when it was parsed"
    return find(path)


def _compare(left: Any, op: ast.cmpop, right: ast.expr, below: Callable[[ast.AST], Any]) -> Any:
    if isinstance(op, ast.Is):
        return left.isnull()
    if isinstance(op, ast.IsNot):
        return left.notnull()
    if isinstance(right, _GROUPS):
        found = left.isin([one.value for one in right.elts if isinstance(one, ast.Constant)])
        return ~found if isinstance(op, ast.NotIn) else found
    return _COMPARE[type(op)](left, below(right))
