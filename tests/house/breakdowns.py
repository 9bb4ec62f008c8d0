"""Which figures, tables and lists do the committed reports show? From their cells, and from what the cells gave."""

import ast
import re
from pathlib import Path

from saleslab.reporting.notebook_form import read_notebook

SHOWING = ("figure", "table", "worklist")
_SHOWN = re.compile(r"(figure|table|worklist) (\w+) sha256:")
_JUDGED = re.compile(r"^en: (\w+): \d+ \+ \d+$", re.MULTILINE)


def list_blocks(path: Path) -> set[str]:
    """Return the names of the blocks that a report shows, or would show on other data."""
    found = set()
    for cell in _code_cells(path):
        found |= {name for _, name in _SHOWN.findall(_outputs(cell))}
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"reporting.{kind}" for kind in SHOWING}:
                found |= {first.value for first in node.args[:1] if isinstance(first, ast.Constant)}
    return found


def list_judged(path: Path) -> set[str] | None:
    """Return the tables that passed the door on the invented company; None where a report has no such cell."""
    cells = [cell for cell in _code_cells(path) if "reporting.people(" in cell.source]
    return set().union(*(_JUDGED.findall(_outputs(cell)) for cell in cells)) if cells else None


def _code_cells(path):
    return [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]


def _outputs(cell):
    return "\n".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
