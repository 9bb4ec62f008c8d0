"""Which files does a run publish? All of them are pure functions of what the executed notebook shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saleslab.reporting.blocks import MIME, Block
from saleslab.reporting.canonical import Json, write_json
from saleslab.reporting.notebook_form import notebook_text
from saleslab.reporting.page import PAGE_FILES, render_page
from saleslab.reporting.run_folder import BLOCKS, EXECUTED, output_facts, write_text


def write_outputs(folder: Path, executed: Any, blocks: Sequence[Block], run_key: str) -> dict[str, Json]:
    """Write the pages, the blocks and the executed notebook; return size and hash of each file."""
    pages = render_pages(blocks, run_key)
    for name, text in pages.items():
        write_text(folder / name, text)
    write_text(folder / BLOCKS, blocks_text(blocks))
    write_text(folder / EXECUTED, notebook_text(executed))
    return output_facts(folder, (*pages, BLOCKS, EXECUTED))


def render_pages(blocks: Sequence[Block], run_key: str) -> dict[str, str]:
    """Return the page of each language by its file name."""
    return {name: render_page(blocks, lang=lang, run_key=run_key) for lang, name in PAGE_FILES.items()}


def blocks_text(blocks: Sequence[Block]) -> str:
    """Return the text of ``blocks.json``: a list, one block a line."""
    lines = ",\n".join(write_json(dict(block.to_json())) for block in blocks)
    return f"[\n{lines}\n]\n"


def emitted_blocks(notebook: Any) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Return every block that an executed notebook shows, in order: its cell, the output, the block's JSON."""
    return [
        (cell, output, output.data[MIME])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
