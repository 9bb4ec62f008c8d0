"""What does a notebook look like in its file?

One form for one content, so that a difference between two versions is a difference of meaning: ids by position, keys
sorted, no times, no versions of the machine, counts in order. A committed notebook keeps the plain text of its answers,
which is what nbval compares, and drops pictures and pages; an executed report keeps everything but stderr.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from saleslab.errors import FileProblem
from saleslab.reporting.kernel import INJECTED_TAG, PARAMETERS_TAG

CHECK_MARKER = "NBVAL_CHECK_OUTPUT"
LONGEST_OUTPUT = 4_000
"""Characters of one output that a committed notebook keeps; longer ones are cleared."""

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_ADDRESS = re.compile(r"\bat 0x[0-9a-f]+", re.IGNORECASE)
_EMITS = re.compile(r"\breporting\.(headline|kpi|figure|table|finding|worklist|note|banner|provenance)\(")
_FIXED_IDS = {PARAMETERS_TAG: "parameters", INJECTED_TAG: "injected-parameters"}


def read_notebook(path: Path) -> Any:
    """Return a notebook of format 4 as an `nbformat` node.

    Raises
    ------
    FileProblem
        When the file is absent or no notebook.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise FileProblem(f"There is no notebook '{path}'.", "correct the path; see `saleslab report list`.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as broken:
        raise FileProblem(
            f"'{path}' is no notebook of Jupyter ({type(broken).__name__}).", "open it in JupyterLab and save it again."
        ) from None
    return notebook


def write_notebook(path: Path, notebook: Any) -> None:
    """Write a notebook; whoever reads the file meanwhile finds the old one whole."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(notebook_text(notebook), encoding="utf-8", newline="\n")
    half.replace(path)


def notebook_text(notebook: Any) -> str:
    """Return the text of a notebook's file."""
    import nbformat

    return str(nbformat.writes(notebook, version=4)) + "\n"


def first_line(notebook: Any) -> str:
    """Return the first line of a notebook without its ``#``: the question that it answers."""
    source = notebook.cells[0].source if notebook.cells else ""
    return str(source.partition("\n")[0].lstrip("# ").strip())


def normal_form(notebook: Any, *, whole: bool = False) -> Any:
    """Return a notebook as it is committed, or with ``whole`` as a run keeps it.

    Cells without a source go; tags, sources, and outputs stay. As it is committed, an output keeps only its plain text;
    a cell is cleared when that text is longer than `LONGEST_OUTPUT` or shows an address in memory, unless it emits
    blocks or is marked to be checked.

    Examples
    --------
    >>> from nbformat.v4 import new_notebook, new_code_cell
    >>> normal_form(new_notebook(cells=[new_code_cell("1 + 1")])).cells[0].id
    'cell-01'
    """
    import nbformat

    cells, number, count = [], 0, 0
    for cell in notebook.cells:
        if not cell.source.strip():
            continue
        tags = sorted(cell.metadata.get("tags", []))
        number += INJECTED_TAG not in tags
        fixed = next((_FIXED_IDS[tag] for tag in tags if tag in _FIXED_IDS), f"cell-{number:02d}")
        form = {"cell_type": cell.cell_type, "id": fixed, "metadata": {"tags": tags} if tags else {}}
        form["source"] = cell.source.strip("\n")
        if cell.cell_type == "code":
            outputs = _whole_outputs(cell) if whole else _plain_outputs(cell)
            count += outputs is not None
            form["execution_count"] = count if outputs is not None else None
            form["outputs"] = [_numbered(output, count) for output in outputs or []]
        cells.append(form)
    written = {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(written)


def _numbered(output: dict[str, Any], count: int) -> dict[str, Any]:
    return output | {"execution_count": count} if output["output_type"] == "execute_result" else output


def _whole_outputs(cell: Any) -> list[dict[str, Any]] | None:
    """Return all outputs but stderr, or None for a cell that was not run."""
    if cell.execution_count is None:
        return None
    return [dict(output) for output in cell.outputs if output.get("name") != "stderr"]


def _plain_outputs(cell: Any) -> list[dict[str, Any]] | None:
    """Return the outputs with nothing but plain text, or None for a cell that is cleared or was not run."""
    if cell.execution_count is None:
        return None
    checked = emits_block(cell.source) or CHECK_MARKER in cell.source
    kept = []
    for output in cell.outputs:
        if output.get("name") == "stderr":
            continue
        if "data" not in output:
            kept.append(dict(output))
            continue
        text = output["data"].get("text/plain")
        if text is None:
            return None
        kept.append({"output_type": output["output_type"], "metadata": {}, "data": {"text/plain": text}})
    unfit = any(_is_unfit(output) for output in kept)
    return None if unfit and not checked else kept


def _is_unfit(output: dict[str, Any]) -> bool:
    text = output["data"]["text/plain"] if "data" in output else output.get("text", "")
    return len(text) > LONGEST_OUTPUT or bool(_ADDRESS.search(text))


def emits_block(source: str) -> bool:
    """Say whether a cell emits a block of a report."""
    return bool(_EMITS.search(source))


def source_digest(notebook: Any) -> str:
    """Return the SHA-256 of what a notebook says and does: its cells without outputs, an injected cell left out.

    Examples
    --------
    >>> from nbformat.v4 import new_notebook, new_code_cell
    >>> executed = new_notebook(cells=[new_code_cell("1 + 1", execution_count=7)])
    >>> source_digest(executed) == source_digest(new_notebook(cells=[new_code_cell("1 + 1")]))
    True
    """
    cells = [
        [cell.cell_type, cell.metadata.get("tags", []), cell.source]
        for cell in normal_form(notebook).cells
        if INJECTED_TAG not in cell.metadata.get("tags", [])
    ]
    return hashlib.sha256(json.dumps(cells, ensure_ascii=True).encode()).hexdigest()
