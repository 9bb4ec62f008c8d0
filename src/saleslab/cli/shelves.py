"""Verbs that look at reports without making one: which there are, what they take, and whether a run is proved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import OUT, AsJson, Language, Out
from saleslab.cli.progress import progress_bar
from saleslab.cli.reports import Name, shorten

if TYPE_CHECKING:
    from saleslab.reporting import Proof
    from saleslab.reporting.shelf import PublishedRun


@ends_well
def list_(out: Out = OUT, lang: Language = "en", as_json: AsJson = False) -> None:
    """List the reports: the question that each answers, and its last run."""
    import json

    from saleslab.reporting import list_reports
    from saleslab.reporting.shelf import list_runs
    from saleslab.wording import say

    reports = {report.name: report.question for report in list_reports()}
    runs: dict[str, list[PublishedRun]] = {name: [] for name in reports}
    for run in list_runs(out):
        runs.setdefault(run.report, []).append(run)
    if as_json:
        told = [
            {"name": name, "question": reports.get(name), "runs": [_tree(run) for run in of_report]}
            for name, of_report in runs.items()
        ]
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, of_report in runs.items():
        question = reports.get(name) or of_report[0].title.of(lang)
        typer.echo(f"{name:<18}{question}\n{'':<18}{_last_run(of_report, lang)}")
    if not runs:
        typer.echo(say("cli.report.no_reports").of(lang))


@ends_well
def show(report: Name, lang: Language = "en", as_json: AsJson = False) -> None:
    """Show which parameters a report takes, with their types, defaults and meanings."""
    import json
    from dataclasses import asdict

    from saleslab.reporting.parameters import DATABASE
    from saleslab.reporting.planning import open_report
    from saleslab.wording import say

    opened = open_report(report)
    takes = [parameter for parameter in opened.declared if parameter.name != DATABASE]
    if as_json:
        told = {"name": opened.report.name, "question": opened.report.question}
        typer.echo(json.dumps(told | {"parameters": [asdict(one) for one in takes]}, ensure_ascii=False))
        return
    typer.echo(opened.report.question)
    for one in takes:
        typer.echo(f"  -p {f'{one.name}={_as_typed(one.default)}':<22}{one.type:<7}{one.why}")
    if not takes:
        typer.echo(say("cli.report.no_parameters").of(lang))


@ends_well
def verify(
    run: Annotated[
        str, typer.Argument(metavar="NAME|FOLDER|KEY", help="Report, whose last run is meant; or the run itself.")
    ],
    db: Annotated[str | None, typer.Option(help="Database; the one that the run read when not given.")] = None,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Prove a published run: run its notebook again and compare every number, word and picture.

    Exit code 0: proved; 1: not proved, with what differs and where; 2: there is no such run.
    """
    from saleslab.reporting import verify_run
    from saleslab.reporting.shelf import find_run

    folder = find_run(run, out)
    with progress_bar(f"verify {run}", hidden=as_json):
        proof = verify_run(folder, db=db)
    _print_tree(proof) if as_json else _print_proof(proof, lang)
    raise SystemExit(Exit.OK if proof.holds else Exit.PARTLY_FAILED)


def _as_typed(default: object) -> str:
    """Return a default as one would type it."""
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def _last_run(runs: list[PublishedRun], lang: str) -> str:
    from saleslab.reporting.page import PAGE_FILES
    from saleslab.wording import say

    if not runs:
        return say("cli.report.never_run").of(lang)
    page = shorten(runs[0].folder / PAGE_FILES[lang])
    return say("cli.report.last_run", n=len(runs), day=date.fromisoformat(runs[0].as_of), page=page).of(lang)


def _tree(run: PublishedRun) -> dict[str, str]:
    return {"run_key": run.run_key, "as_of": run.as_of, "made_at": run.made_at, "folder": str(run.folder)}


def _print_tree(proof: Proof) -> None:
    import json

    checks = [
        {"name": check.name, "made": check.made, "passed": check.passed, "findings": check.findings}
        for check in proof.checks
    ]
    facts = {"report": proof.report, "run_key": proof.run_key, "folder": str(proof.folder), "holds": proof.holds}
    typer.echo(json.dumps(facts | {"checks": checks, "notes": proof.notes}, ensure_ascii=False))


def _print_proof(proof: Proof, lang: str) -> None:
    from saleslab.wording import say

    for check in proof.checks:
        state = "passed" if check.passed else "failed" if check.made else "not_made"
        typer.echo(f"{check.name:<12}{say(f'cli.check.{state}').of(lang)}")
        for finding in check.findings:
            typer.echo(f"  {finding}")
    for note in proof.notes:
        typer.echo(f"  {note}")
    told = {"run": proof.report, "folder": shorten(proof.folder)}
    typer.echo(say(f"cli.report.{'proved' if proof.holds else 'not_proved'}", **told).of(lang))
    if not proof.holds:
        typer.echo(say("cli.report.repaired_by", report=proof.report).of(lang))
