"""Runs the cells of a report in the test's own process: a kernel costs seconds, and the committed run has one."""

import ast
from pathlib import Path

from saleslab.reporting.blocks import Block
from saleslab.reporting.kernel import PARAMETERS_TAG
from saleslab.reporting.notebook_form import read_notebook
from saleslab.reporting.show import describe_block

REPORTS = Path(__file__).resolve().parents[2] / "notebooks" / "reports"


def run_cells(report, space=None, **parameters):
    """Return the blocks that a report emits with these parameters, in their order; ``space`` gets what cells name."""
    blocks, space = [], {} if space is None else space
    space["display"] = blocks.append
    for cell in read_notebook(REPORTS / f"{report}.ipynb").cells:
        if cell.cell_type == "code":
            shown = _run(cell.source, space)
            if isinstance(shown, Block):
                blocks.append(shown)
        if PARAMETERS_TAG in cell.metadata.get("tags", []):
            unknown = set(parameters) - set(space)
            assert not unknown, f"{report} has no parameter {unknown}"
            space.update(parameters)
    return blocks


def _run(source, space):
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), space)


def words_of(blocks):
    """Return all that the blocks say, in every language."""
    return "\n".join(describe_block(block) for block in blocks)


def of_kind(blocks, kind):
    """Return the blocks of one kind."""
    return [block for block in blocks if block.kind == kind]
