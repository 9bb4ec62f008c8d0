"""Which parameters does a report take?

A notebook declares them in the one cell tagged ``parameters``, a line each, and nothing else stands in that cell::

    as_of: "date" = "2026-10-31"  # the day the report speaks of
    region: str = "01"  # code of the prefecture; empty means all of them
    log: "path" = ""  # file of the review log, from where one stands; empty: none

The cell is read as syntax and never run.
"""

from __future__ import annotations

import ast
import io
import tokenize

from saleslab.errors import ParameterError
from saleslab.reporting.parameters import TYPES, Parameter, fit_value, looks_secret


def read_parameters(source: str) -> tuple[Parameter, ...]:
    """Return what the source of a parameters cell declares, in its order.

    Raises
    ------
    ParameterError
        When the cell holds anything but lines ``name: type = default  # why``; all faults at once.

    Examples
    --------
    >>> read_parameters('as_of: "date" = "2026-10-31"  # the day it speaks of')[0].type
    'date'
    """
    try:
        lines = ast.parse(source).body
    except SyntaxError as broken:
        raise ParameterError(
            f"The parameters cell is not Python in its line {broken.lineno}.",
            "write each line as name: type = default  # why.",
        ) from None
    comments = _comments(source)
    found: list[Parameter] = []
    faults: list[str] = []
    for line in lines:
        parameter, fault = _read_line(line, comments.get(line.end_lineno or line.lineno, ""))
        faults += [f"line {line.lineno}: {fault}"] if fault else []
        found += [parameter] if parameter else []
    names = [parameter.name for parameter in found]
    faults += [f"'{name}' is declared twice" for name in sorted({name for name in names if names.count(name) > 1})]
    if faults:
        raise ParameterError(
            f"The parameters cell holds what no parameter is: {'; '.join(faults)}.",
            f"write each line as name: type = default  # why, with a type of {', '.join(TYPES)}.",
        )
    return tuple(found)


def _comments(source: str) -> dict[int, str]:
    """Return the comment of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _read_line(line: ast.stmt, why: str) -> tuple[Parameter | None, str]:
    """Return the parameter that a line declares, or what is wrong with it."""
    if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
        return None, f"{ast.unparse(line)[:40]!r} is no declaration"
    name = line.target.id
    kind, optional = _read_type(line.annotation)
    if kind not in TYPES:
        return None, f"'{name}' has the type {kind!r}"
    if looks_secret(name):
        return None, f"'{name}' looks like a secret, and a report shows its parameters"
    if line.value is None:
        return None, f"'{name}' has no default"
    if not why:
        return None, f"'{name}' does not say why (# ...)"
    try:
        default = ast.literal_eval(line.value)
    except ValueError:
        return None, f"the default of '{name}' is not a plain value"
    declared = Parameter(name, kind, optional, None, why)
    value, fault = fit_value(declared, default)
    return (None, fault) if fault else (Parameter(name, kind, optional, value, why), "")


def _read_type(annotation: ast.expr) -> tuple[str, bool]:
    """Return the written type without ``| None``, and whether that stood there; quotes do not matter."""
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    written = str(annotation.value) if quoted else ast.unparse(annotation)  # type: ignore[attr-defined]
    parts = [part.strip().strip("'\"") for part in written.split("|")]
    optional = "None" in parts
    return " | ".join(part for part in parts if part != "None"), optional
