"""Verbs about the committed notebooks: prove them, run them anew, put them into form.

All of them speak of the invented company with the usual seed, which is made for the purpose and thrown away, so that no
real company's numbers get into a committed notebook by accident.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saleslab.cli.demo import invent
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import AsJson, Language
from saleslab.cli.progress import progress_bar
from saleslab.cli.reports import shorten

if TYPE_CHECKING:
    from saleslab.reporting.committed import CommittedCheck

Files = Annotated[list[Path] | None, typer.Argument(help="Notebooks; all of the project's when none is named.")]
Company = Annotated[
    str | None, typer.Option("--db", help="Database; the invented company, made for this, when not given.")
]


@ends_well
def check(files: Files = None, db: Company = None, lang: Language = "en", as_json: AsJson = False) -> None:
    """Run the notebooks again by nbval on the invented company and compare; say which rules they break.

    Exit code 0: all give the same; 1: an answer differs or a rule is broken, and where.
    """
    from saleslab.reporting.committed import check_committed

    notebooks = _named(files)
    found: list[CommittedCheck] = []
    with progress_bar("invent a company", hidden=as_json) as bar, _company(db) as address:
        for number, path in enumerate(notebooks):
            bar.step(shorten(path))
            bar.move(number, len(notebooks))
            found.append(check_committed(path, database=address))
    _print_tree(found) if as_json else _print_found(found, lang)
    raise SystemExit(Exit.OK if all(one.holds for one in found) else Exit.PARTLY_FAILED)


@ends_well
def format_(files: Files = None, lang: Language = "en") -> None:
    """Put notebooks into the form in which they are committed, without running them."""
    from saleslab.reporting.committed import format_notebook

    notebooks = _named(files)
    _print_changed([path for path in notebooks if format_notebook(path)], "formatted", notebooks, lang)


@ends_well
def run_(files: Files = None, db: Company = None, lang: Language = "en") -> None:
    """Run notebooks anew on the invented company and keep their answers, in the form in which they are committed."""
    from saleslab.reporting.committed import refresh_notebook

    notebooks, changed = _named(files), []
    with progress_bar("invent a company", hidden=False) as bar, _company(db) as address:
        for path in notebooks:
            bar.step(shorten(path))
            if refresh_notebook(path, database=address, progress=bar.move):
                changed.append(path)
    _print_changed(changed, "refreshed", notebooks, lang)


def _named(files: list[Path] | None) -> list[Path]:
    from saleslab.reporting.committed import list_notebooks

    return files or list(list_notebooks())


@contextmanager
def _company(db: str | None) -> Iterator[str]:
    """Give the absolute address of a database: the named one, or one that holds the invented company for a while."""
    from saleslab.reporting.addresses import absolute_address
    from saleslab.simulation import Scenario
    from saleslab.warehouse import connect

    if db is not None:
        connect(absolute_address(db), read_only=True).close()
        yield absolute_address(db)
        return
    with tempfile.TemporaryDirectory(prefix="saleslab-demo-") as folder:
        address = absolute_address(f"{folder}/demo.duckdb")
        invent(Scenario(), address)
        yield address


def _print_changed(changed: list[Path], key: str, notebooks: list[Path], lang: str) -> None:
    from saleslab.wording import say

    for path in changed:
        typer.echo(say(f"cli.notebook.{key}", path=shorten(path)).of(lang))
    if len(changed) < len(notebooks):
        typer.echo(say("cli.notebook.untouched", n=len(notebooks) - len(changed)).of(lang))


def _print_found(found: list[CommittedCheck], lang: str) -> None:
    from saleslab.wording import say

    for one in found:
        key = "holds" if one.holds else "fails"
        typer.echo(say(f"cli.notebook.{key}", path=shorten(one.path)).of(lang))
        for what in (*one.faults, *one.differences):
            typer.echo(f"  {what}")
    n_failed = sum(not one.holds for one in found)
    told = say("cli.notebook.some_fail", n=len(found), n_failed=n_failed)
    typer.echo((told if n_failed else say("cli.notebook.all_hold", n=len(found))).of(lang))


def _print_tree(found: list[CommittedCheck]) -> None:
    import json

    trees = [
        {"path": str(one.path), "holds": one.holds, "faults": one.faults, "differences": one.differences}
        for one in found
    ]
    typer.echo(json.dumps(trees, ensure_ascii=False))
