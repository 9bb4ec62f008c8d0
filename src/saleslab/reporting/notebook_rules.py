"""Does a notebook keep the rules of the house?

It opens with a question, has one parameters cell, no function and no class (logic lives in the package), at most 25
cells, no trailing semicolon (nbval runs cells in a way that switches that off), no clock, no path of a machine, and it
closes with its provenance. Cells that carry an answer are committed executed, because nbval passes in silence over a
cell without an execution count.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import ParameterError
from saleslab.reporting.declarations import read_parameters
from saleslab.reporting.kernel import PARAMETERS_TAG, tagged_cell
from saleslab.reporting.notebook_form import (
    CHECK_MARKER,
    emits_block,
    first_line,
    normal_form,
    notebook_text,
    read_notebook,
)
from saleslab.reporting.parameters import DATABASE

MOST_CELLS = 25
LARGEST_FILE = 200_000
"""Bytes of a committed notebook."""

_SKIPS = re.compile(r"NBVAL_(SKIP|IGNORE_OUTPUT|RAISES_EXCEPTION)|PYTEST_VALIDATE_IGNORE_OUTPUT")
_SKIP_TAGS = {"nbval-skip", "nbval-ignore-output", "nbval-raises-exception", "raises-exception"}
_MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|Users|root|work|tmp|var|mnt|media|opt|private)/\w|(?<!\w)[A-Za-z]:\\\\?\w"
)
_CLOCK = {"now", "today", "utcnow"}
_LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A rule that a notebook breaks; ``cell`` counts from 1, and 0 stands for the whole notebook."""

    cell: int
    what: str

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.what}" if self.cell else self.what


def check_file(path: Path) -> list[Fault]:
    """Return every rule that the file of a committed notebook breaks; an empty list is a pass."""
    notebook, text = read_notebook(path), path.read_text(encoding="utf-8")
    faults = check_notebook(notebook)
    if len(text.encode()) > LARGEST_FILE:
        faults.append(Fault(0, f"the file has {len(text.encode()):,} bytes; {LARGEST_FILE:,} are allowed"))
    if text != notebook_text(normal_form(notebook)):
        faults.append(Fault(0, "the file is not in its normal form; run `saleslab notebooks format`"))
    return sorted(faults)


def check_notebook(notebook: Any) -> list[Fault]:
    """Return every rule that a notebook breaks, in the order of its cells.

    Examples
    --------
    >>> from nbformat.v4 import new_notebook, new_markdown_cell
    >>> [str(fault) for fault in check_notebook(new_notebook(cells=[new_markdown_cell("# Sales")]))][0]
    'it has 0 cells tagged parameters instead of one'
    """
    faults = [Fault(0, what) for what in _faults_of_whole(notebook)]
    for number, cell in enumerate(notebook.cells, start=1):
        found = _faults_of_text(cell.source)
        if cell.cell_type == "code":
            found += [*_faults_of_code(cell), *_faults_of_outputs(cell), *skip_marks(cell)]
        faults += [Fault(number, what) for what in found]
    return sorted(faults)


def skip_marks(cell: Any) -> list[str]:
    """Return what makes nbval pass over the output of a cell, in words."""
    marks = [found.group() for found in _SKIPS.finditer(cell.source)]
    marks += sorted(_SKIP_TAGS & set(cell.metadata.get("tags", [])))
    return [f"'{mark}' hides the cell from the proof" for mark in marks]


def _faults_of_whole(notebook: Any) -> list[str]:
    faults = []
    cells = notebook.cells
    if not cells or cells[0].cell_type != "markdown" or not re.match(r"# .*[?？]$", cells[0].source.split("\n")[0]):
        faults.append(f"the first cell does not open with a question (# ...?) but with {first_line(notebook)[:60]!r}")
    n_tagged = sum(PARAMETERS_TAG in cell.metadata.get("tags", []) for cell in cells)
    if n_tagged != 1:
        faults.append(f"it has {n_tagged} cells tagged parameters instead of one")
    else:
        faults += _faults_of_parameters(notebook)
    if len(cells) > MOST_CELLS:
        faults.append(f"it has {len(cells)} cells; {MOST_CELLS} are allowed")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    if not code or "provenance(" not in code[-1]:
        faults.append("its last code cell does not emit the provenance")
    return faults


def _faults_of_parameters(notebook: Any) -> list[str]:
    cell = tagged_cell(notebook, PARAMETERS_TAG)
    if cell is None:
        return ["the cell tagged parameters holds no code"]
    try:
        declared = read_parameters(cell.source)
    except ParameterError as wrong:
        return [wrong.what]
    if DATABASE not in {parameter.name for parameter in declared}:
        return [f"the parameters cell does not declare '{DATABASE}'"]
    return []


def _faults_of_text(text: str) -> list[str]:
    return [f"it names a path of one machine ({found.group()}...)" for found in _MACHINE_PATH.finditer(text)]


def _faults_of_code(cell: Any) -> list[str]:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return ["it is not plain Python (magics and shell lines run nowhere else)"]
    faults = [
        f"it defines '{node.name}'; move it to the package" for node in ast.walk(tree) if isinstance(node, _LOGIC)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in _CLOCK:
            faults.append(f"it reads the clock ({ast.unparse(node.func)}); take the day as a parameter")
        if isinstance(node, ast.ImportFrom) and re.match(r"saleslab\.\w+\.", node.module or ""):
            faults.append(f"it imports the file {node.module}; import the room")
    return faults + (["it ends with a semicolon"] if _ends_with_semicolon(cell.source) else [])


def _ends_with_semicolon(source: str) -> bool:
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in silent]
    return bool(tokens) and tokens[-1].string == ";"


def _faults_of_outputs(cell: Any) -> list[str]:
    faults = []
    for output in cell.outputs:
        if output.output_type == "error":
            faults.append(f"it stopped with {output.ename}")
        if output.get("name") == "stderr":
            faults.append("it writes to stderr; a warning is to be mended, not shown")
        faults += [f"its output: {what}" for what in _faults_of_text(_text_of(output))]
    is_checked = CHECK_MARKER in cell.source or emits_block(cell.source)
    if is_checked and (cell.execution_count is None or not cell.outputs):
        faults.append("it carries an answer and was not committed executed, so nbval would pass over it")
    return faults


def _text_of(output: Any) -> str:
    return str(output.data.get("text/plain", "")) if "data" in output else str(output.get("text", ""))
