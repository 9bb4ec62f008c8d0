"""Writes runs as the runner leaves them, without running a notebook: pages, blocks, manifest, timing."""

import json
from collections.abc import Sequence
from pathlib import Path

from saleslab.reporting.blocks import Block
from saleslab.reporting.manifest import SCHEMA
from saleslab.reporting.outputs import blocks_text, render_pages
from saleslab.reporting.run_folder import BLOCKS, MANIFEST, TIMING, output_facts


def make_run(runs: Path, report: str, key: str, blocks: Sequence[Block], *, started_at: str = "") -> Path:
    """Write one whole run into ``runs/report/key``."""
    folder = runs / report / key
    folder.mkdir(parents=True)
    files = render_pages(blocks, key) | {BLOCKS: blocks_text(blocks)}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    manifest = {"schema": SCHEMA, "report": report, "run_key": key, "outputs": output_facts(folder, tuple(files))}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (folder / TIMING).write_text(json.dumps({"started_at": started_at}), encoding="utf-8")
    return folder
