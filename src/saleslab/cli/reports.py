"""Verbs about reports: run them, list them, prove them, publish the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE
from saleslab.cli.exits import Exit, complain, ends_well, exit_of
from saleslab.cli.options import OUT, AsJson, Database, Language, Out
from saleslab.cli.pairs import read_lists, read_pairs
from saleslab.cli.progress import Bar, progress_bar
from saleslab.errors import SaleslabError

if TYPE_CHECKING:
    from saleslab.reporting import Run
    from saleslab.reporting.site import Site

Name = Annotated[str, typer.Argument(metavar="NAME|FILE.ipynb", help="Name of a report, or any notebook.")]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One run that was asked for: what it was called and given, and how it ended."""

    label: str
    parameters: Mapping[str, object]
    run: Run | None
    error: SaleslabError | None


@ends_well
def run_(
    report: Name,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Value of a parameter.")
    ] = None,
    each: Annotated[
        list[str] | None, typer.Option(metavar="NAME=A,B,...", help="One run for each value, or combination of them.")
    ] = None,
    db: Database = DEFAULT_DATABASE,
    out: Out = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run even where an equal run is there already.")] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Publish nothing while data break a contract, or two pages give people away (exit code 3)."
        ),
    ] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Run a report on a company's data and publish it on the site.

    Exit code 0: published; 1: some runs failed, the others are published; 2: bad input, nothing ran; 3: gate closed.
    """
    from saleslab.reporting.matrix import plan_matrix

    given, lists = read_pairs(parameter or ()), read_lists(each or ())
    runs = plan_matrix(report, db=db, given=given, each=lists, as_text=True)
    attempts: list[_Attempt] = []
    with progress_bar(report, hidden=as_json) as bar:
        for number, values in enumerate(runs, start=1):
            label = _label(report, values, lists)
            bar.step(f"{label} ({number}/{len(runs)})" if len(runs) > 1 else label)
            attempts.append(_attempt(label, report, values, bar, db=db, out=out, fresh=fresh, strict=strict))
        bar.step("site")
        site = _publish(out) if any(attempt.run for attempt in attempts) else None
    _print_attempts(attempts, site, lang, as_json=as_json)
    raise SystemExit(_exit_of(attempts))


@ends_well
def publish(out: Out = OUT, lang: Language = "en", as_json: AsJson = False) -> None:
    """Write the site anew from all runs that are whole, such as after runs were removed."""
    import json

    with progress_bar("site", hidden=as_json):
        site = _publish(out)
    if as_json:
        refused = [str(folder) for folder in site.refused]
        typer.echo(json.dumps({"site": str(site.index), "n_runs": site.n_runs, "refused": refused}))
    else:
        _print_site(site, lang)
    raise SystemExit(Exit.PARTLY_FAILED if site.refused else Exit.OK)


def _publish(out: Path) -> Site:
    from saleslab.reporting import publish_site

    return publish_site(out / "runs", out / "site")


def _label(report: str, values: Mapping[str, object], lists: Mapping[str, Sequence[str]]) -> str:
    """Return what one run of a matrix is called: the report and the values that differ between the runs."""
    return " ".join([Path(report).stem, *(f"{name}={values[name]}" for name in lists)])


def _attempt(label: str, report: str, values: dict[str, object], bar: Bar, **options: Any) -> _Attempt:
    """Run one report; a failure is kept, so that the runs after it are made all the same."""
    from saleslab.reporting import run_report

    try:
        done = run_report(report, parameters=values, as_text=True, progress=bar.move, **options)
    except SaleslabError as error:
        return _Attempt(label, values, None, error)
    return _Attempt(label, values, done, None)


def _exit_of(attempts: Sequence[_Attempt]) -> Exit:
    """Return 0 where all went well, 3 where the gate was closed for all of them, the error's own for one, else 1."""
    ends = {exit_of(attempt.error) if attempt.error else Exit.OK for attempt in attempts}
    return ends.pop() if len(ends) == 1 else Exit.PARTLY_FAILED


def _print_attempts(attempts: Sequence[_Attempt], site: Site | None, lang: str, *, as_json: bool) -> None:
    import json

    from saleslab.wording import say

    for attempt in attempts:
        if attempt.error:
            if len(attempts) > 1:
                typer.echo(say("cli.report.failed", run=attempt.label).of(lang), err=True)
            complain(attempt.error)
        elif attempt.run and not as_json:
            _print_run(attempt.label, attempt.run, lang)
    if as_json:
        told = {"runs": [_tree(attempt) for attempt in attempts], "site": str(site.index) if site else None}
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif site:
        _print_site(site, lang)


def _print_run(label: str, run: Run, lang: str) -> None:
    from saleslab.reporting.run_folder import TIMING
    from saleslab.wording import say

    page = shorten(run.folder / f"{lang}.html")
    typer.echo(say(f"cli.report.{'published' if run.is_new else 'unchanged'}", run=label, page=page).of(lang))
    if run.n_warnings:
        file = shorten(run.folder / TIMING)
        typer.echo(say("cli.report.warned", n=run.n_warnings, file=file).of(lang), err=True)
    warn_of_near(run, lang)


def warn_of_near(run: Run, lang: str) -> None:
    """Say which groups of people could be told apart with an earlier page, where there are any."""
    from saleslab.reporting.run_folder import TIMING
    from saleslab.wording import say

    if run.near:
        first, file = str(run.near[0]), shorten(run.folder / TIMING)
        typer.echo(say("cli.report.near", n=len(run.near), first=first, file=file).of(lang), err=True)


def _print_site(site: Site, lang: str) -> None:
    from saleslab.reporting.page import INDEX_FILES
    from saleslab.wording import say

    for folder in site.refused:
        typer.echo(say("cli.report.refused", folder=shorten(folder)).of(lang), err=True)
    index = shorten(site.index.with_name(INDEX_FILES[lang]))
    typer.echo(say("cli.report.site", n=site.n_runs, index=index).of(lang))


def _tree(attempt: _Attempt) -> dict[str, object]:
    from saleslab.reporting.page import PAGE_FILES

    tree: dict[str, object] = {"parameters": dict(attempt.parameters)}
    if attempt.error:
        error = attempt.error
        return tree | {"error": type(error).__name__, "what": error.what, "next_step": error.next_step}
    run = attempt.run
    assert run is not None
    pages = {lang: str(run.folder / file) for lang, file in PAGE_FILES.items()}
    facts = {"report": run.report, "run_key": run.run_key, "folder": str(run.folder), "pages": pages}
    return tree | facts | {"is_new": run.is_new, "n_warnings": run.n_warnings, "n_near": len(run.near)}


def shorten(path: Path) -> str:
    """Return a path as one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
