"""A page of measured numbers: its tables, made one after another, and written with what they promise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from promises import Promise, write_grid


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it shows, what breaks it, how many runs it has in full, how it is made and what is promised."""

    chapter: str
    title: str
    text: str
    breaks: str
    runs: int
    make: Callable[[int], pd.DataFrame]
    promises: tuple[Promise, ...] = ()


def run_from_shell(introduction: str, tables: Sequence[Table], page: Path) -> None:
    """Write a page as the command line says: ``[SHARE] [FILE]``."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else page
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(write_page(introduction, tables, share), encoding="utf-8")


def write_page(introduction: str, tables: Sequence[Table], share: float) -> str:
    """Return the page, each table with its share of the full number of runs; the same share gives the same page."""
    parts, chapter = [introduction], ""
    for table in tables:
        runs = max(1, round(table.runs * share))
        frame = table.make(runs)
        sys.stderr.write(f"{table.chapter}: {table.title}\n{write_grid(frame)}\n")
        if table.chapter != chapter:
            chapter = table.chapter
            parts += [f"## {chapter}", ""]
        parts += [f"### {table.title}", "", f"{table.text}{_tell_runs(runs, table.runs)}", "", write_grid(frame), ""]
        parts += [line for promise in table.promises for line in (promise.tell(frame), "")]
        parts += [f"What breaks it: {table.breaks[0].lower()}{table.breaks[1:]}", ""]
    return "\n".join(parts)


def _tell_runs(runs: int, in_full: int) -> str:
    if runs < in_full:
        return f" **{runs} of {in_full} runs.**"
    return f" {runs} runs." if runs > 1 else ""
