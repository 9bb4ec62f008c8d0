"""The verb that turns successive exports into history."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.imports import Encoding, MapName, Source, TableName, forgetting_new_file
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import Bar, progress_bar

if TYPE_CHECKING:
    from saleslab.intake import ImportFinding, SnapshotAccount, SnapshotFinding
    from saleslab.intake.account import OnProgress, Progress

_SHOWN_IDS = 5


@ends_well
def snapshot(
    source: Source,
    map_: MapName,
    at: Annotated[
        str | None, typer.Option(help="When it was exported: 2026-11-24, or 2026-11-24T18:00. Today if not given.")
    ] = None,
    db: Database = DEFAULT_DATABASE,
    folder: Annotated[
        Path | None, typer.Option(help="Where the data of snapshots lie; beside a database file if not given.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take this export instead of another one that was kept for that time.")
    ] = False,
    set_aside: Annotated[
        Path | None, typer.Option(help="Keep the good rows, and write the others with reasons to this CSV file.")
    ] = None,
    table: TableName = None,
    encoding: Encoding = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Keep an export as a snapshot, and turn what changed since the one before into history.

    Exit code 0: kept; 1: kept, some rows set aside; 2: not readable; 3: errors in rows or a wrong day, nothing kept.
    """
    from saleslab.errors import FileProblem
    from saleslab.intake import keep_snapshot, load_map
    from saleslab.warehouse import connect

    load_map(map_)
    if not source.exists():
        raise FileProblem(f"There is no file or folder '{source}'.", "correct the path of the export.")
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    where = folder or beside(db)
    with forgetting_new_file(db) as keep, progress_bar("read", hidden=as_json) as bar, connect(to_url(db)) as lab:
        account = keep_snapshot(
            source,
            lab,
            map_name_or_file=map_,
            at=_read_time(at, lab.settings.timezone, now),
            folder=where,
            loaded_at=now,
            replace_content=replace,
            set_aside=set_aside,
            table=table,
            encoding=encoding,
            on_progress=_show_on(bar),
        )
        keep(account.accepted)
    _print_json(account, lang) if as_json else _print_account(account, lang)
    if not account.accepted:
        raise SystemExit(Exit.GATE_CLOSED)
    if account.n_set_aside:
        raise SystemExit(Exit.PARTLY_FAILED)


def _show_on(bar: Bar) -> OnProgress:
    def show(progress: Progress) -> None:
        if progress.total:
            bar.move(progress.done, progress.total)
        else:
            bar.step(progress.file)

    return show


def beside(database: str) -> Path:
    """Return the folder of snapshots that belongs to a database file.

    Raises
    ------
    BadArgument
        When the database is not a file of its own.

    Examples
    --------
    >>> beside("data/lab.duckdb").as_posix(), beside("duckdb:///data/lab.duckdb").as_posix()
    ('data/lab.snapshots', 'data/lab.snapshots')
    """
    from saleslab.errors import BadArgument

    scheme, separator, rest = database.rpartition("://")
    file = rest.removeprefix("/") if separator else database
    if (separator and scheme != "duckdb") or file in {"", ":memory:"}:
        raise BadArgument(
            "This database is not a file, so there is no place beside it for the data of snapshots.",
            "name a folder for them, the same one every time: --folder data/snapshots.",
        )
    return Path(file).with_suffix(".snapshots")


def _read_time(text: str | None, zone: str, now: datetime) -> date | datetime:
    from zoneinfo import ZoneInfo

    from saleslab.errors import BadArgument

    if text is None:
        return now.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-11-24") else datetime.fromisoformat(text)
    except ValueError:
        raise BadArgument(
            f"--at '{text}' is no day and no time.", "write it as 2026-11-24, or 2026-11-24T18:00."
        ) from None


def _print_json(account: SnapshotAccount, lang: str) -> None:
    import json
    from dataclasses import asdict

    content = asdict(account)
    findings: list[SnapshotFinding | ImportFinding] = [*account.findings, *account.file_findings]
    for found, finding in zip([*content["findings"], *content["file_findings"]], findings, strict=True):
        found |= {"severity": finding.severity, "text": finding.text.of(lang), "next_step": finding.next_step.of(lang)}
    for found, told in zip(content["findings"], account.findings, strict=True):
        found["detail"] = told.detail.of(lang)
    typer.echo(json.dumps(content, ensure_ascii=False, default=_to_text))


def _to_text(value: object) -> str:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)


def _print_account(account: SnapshotAccount, lang: str) -> None:
    from saleslab.wording import say

    result = "done" if account.accepted else "refused"
    typer.echo(say(f"intake.snapshot.{result}", source=account.source, map=account.map_name).of(lang))
    for part in account.parts:
        kind = say(f"intake.snapshot.kind.{part.object_type}")
        told = {"kind": kind, "n": part.n_records, "at": part.taken, "file": part.file.as_posix()}
        line = say(f"intake.snapshot.part.{part.state}", **told)
        typer.echo(f"  {line.of(lang)}")
    for written in account.written:
        counts = {"added": written.n_added, "changed": written.n_changed, "same": written.n_unchanged}
        typer.echo("  " + say("intake.import.written", table=written.table, **counts).of(lang))
    if account.set_aside is not None:
        typer.echo(say("intake.import.aside", n=account.n_set_aside, file=str(account.set_aside)).of(lang))
    _print_findings(account, lang)


def _print_findings(account: SnapshotAccount, lang: str) -> None:
    from saleslab.wording import say

    if account.findings or account.file_findings:
        typer.echo(say("intake.import.findings").of(lang))
    for file_finding in account.file_findings:
        severity = say(f"intake.import.severity.{file_finding.severity}").of(lang)
        typer.echo(f"  {severity}  {file_finding.place.of(lang)}: {file_finding.text.of(lang)}")
        typer.echo(f"      -> {file_finding.next_step.of(lang)}")
    for finding in account.findings:
        severity = say(f"intake.import.severity.{finding.severity}").of(lang)
        more = ", ..." if finding.n_records > _SHOWN_IDS else ""
        ids = f" ({', '.join(finding.ids[:_SHOWN_IDS])}{more})" if finding.ids else ""
        typer.echo(f"  {severity}  {finding.text.of(lang)}{ids}")
        typer.echo(f"      -> {finding.next_step.of(lang)}")
