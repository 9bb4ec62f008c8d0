"""Verbs that bring a company's data in: import, and what to do about maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import AsJson, Language

if TYPE_CHECKING:
    from saleslab.intake import ImportAccount, MapCheck
    from saleslab.intake.account import OnProgress

Source = Annotated[Path, typer.Argument(help="A CSV, Excel or Parquet file, or a folder of them.")]
MapName = Annotated[str, typer.Option("--map", help="Name of a shipped map, or a TOML file of yours.")]
TableName = Annotated[str | None, typer.Option("--table", help="Canonical table, where file names do not tell.")]
Encoding = Annotated[str | None, typer.Option(help="Of text files, where it cannot be found out, such as cp1252.")]

_SHOWN_FINDINGS = 40
_SHOWN_COLUMNS = 8


@ends_well
def import_(
    source: Source,
    map_: MapName,
    into: Annotated[str, typer.Option(help="Database: a file or an address.")] = DEFAULT_DATABASE,
    set_aside: Annotated[
        Path | None, typer.Option(help="Import the good rows, and write the others with reasons to this CSV file.")
    ] = None,
    table: TableName = None,
    encoding: Encoding = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Import an export of a CRM: every value checked, all rows or none.

    Exit code 0: imported; 1: imported, some rows set aside; 2: not readable; 3: errors in rows, nothing imported.
    """
    from saleslab.errors import FileProblem
    from saleslab.intake import import_export, load_map
    from saleslab.warehouse import connect

    load_map(map_)
    if not source.exists():
        raise FileProblem(f"There is no file or folder '{source}'.", "correct the path of the export.")
    with forgetting_new_file(into) as keep, _progress(as_json=as_json) as on_progress, connect(to_url(into)) as lab:
        account = import_export(
            source,
            lab,
            map_name_or_file=map_,
            loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            set_aside=set_aside,
            table=table,
            encoding=encoding,
            on_progress=on_progress,
        )
        keep(account.accepted)
    _print_json(account, lang) if as_json else _print_account(account, lang)
    if not account.accepted:
        raise SystemExit(Exit.GATE_CLOSED)
    if account.n_set_aside:
        raise SystemExit(Exit.PARTLY_FAILED)


@ends_well
def map_check(
    source: Source,
    map_: Annotated[
        str | None, typer.Option("--map", help="Shipped map or TOML file; the best one if not given.")
    ] = None,
    table: TableName = None,
    encoding: Encoding = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what of an export a map reads, keeps and misses, without importing anything."""
    from saleslab.intake import check_map

    check = check_map(source, map_name_or_file=map_, table=table, encoding=encoding)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(check) | {"is_ready": check.is_ready}, ensure_ascii=False))
    else:
        _print_check(check, lang)
    if not check.is_ready:
        raise SystemExit(Exit.BAD_INPUT)


@ends_well
def map_suggest(
    source: Source,
    out: Annotated[Path | None, typer.Option(help="TOML file to write; printed when not given.")] = None,
    table: TableName = None,
    encoding: Encoding = None,
    lang: Language = "en",
) -> None:
    """Propose a map for an export that no shipped map knows."""
    from saleslab.errors import BadArgument
    from saleslab.intake import suggest_map
    from saleslab.wording import say

    suggestion = suggest_map(source, table=table, encoding=encoding)
    console = Console(stderr=True)
    console.print(say("intake.map.suggested", file=source.name).of(lang), highlight=False, markup=False)
    for name in suggestion.missing:
        console.print(f"{say('intake.map.missing').of(lang)}: {name}", highlight=False, markup=False)
    if out is None:
        typer.echo(suggestion.toml, nl=False)
        return
    if out.exists():
        raise BadArgument(f"'{out}' exists already.", "name another file, or remove it first.")
    out.write_text(suggestion.toml, encoding="utf-8")
    console.print(str(out), highlight=False, markup=False)


@ends_well
def map_list(lang: Language = "en", as_json: AsJson = False) -> None:
    """List the maps that come with saleslab."""
    from saleslab.intake import load_map, shipped_maps
    from saleslab.wording import Text

    maps = [load_map(name) for name in shipped_maps()]
    titles = {one.name: Text(one.title_en, one.title_ja).of(lang) for one in maps}
    if as_json:
        import json

        typer.echo(json.dumps(titles, ensure_ascii=False))
        return
    for name, title in titles.items():
        typer.echo(f"{name:<18}{title}")


@ends_well
def map_show(name: Annotated[str, typer.Argument(help="Name of a shipped map.")]) -> None:
    """Print a shipped map, to copy and edit."""
    from saleslab.intake import read_map_text

    typer.echo(read_map_text(name), nl=False)


@contextmanager
def forgetting_new_file(into: str) -> Iterator[Callable[[bool], None]]:
    """Remove the database file again if it was made for this import and nothing was accepted."""
    path = None if "://" in into else Path(into)
    is_new = path is not None and not path.exists()
    accepted = False

    def keep(was_accepted: bool) -> None:
        nonlocal accepted
        accepted = was_accepted

    try:
        yield keep
    finally:
        if path is not None and is_new and not accepted:
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


@contextmanager
def _progress(*, as_json: bool) -> Iterator[OnProgress | None]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    if as_json:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(progress: Any) -> None:
            bar.update(task, description=progress.table, completed=progress.done, total=progress.total)

        yield show


def _print_json(account: ImportAccount, lang: str) -> None:
    import json
    from dataclasses import asdict

    content = asdict(account) | {"set_aside": str(account.set_aside) if account.set_aside else None}
    for found, finding in zip(content["findings"], account.findings, strict=True):
        found |= {"text": finding.text.of(lang), "next_step": finding.next_step.of(lang)}
    typer.echo(json.dumps(content, ensure_ascii=False))


def _print_account(account: ImportAccount, lang: str) -> None:
    from saleslab.wording import say

    n_errors = sum(finding.severity == "error" for finding in account.findings)
    if account.accepted:
        typer.echo(say("intake.import.done", source=account.source, map=account.map_name).of(lang))
    else:
        typer.echo(say("intake.import.refused", source=account.source, n=n_errors).of(lang))
    for part in account.written:
        line = {"table": part.table, "added": part.n_added, "changed": part.n_changed, "same": part.n_unchanged}
        typer.echo("  " + say("intake.import.written", **line).of(lang))
    for file in account.files:
        if file.kept_in_custom:
            shown = _shorten(file.kept_in_custom)
            line = {"file": file.file, "n": len(file.kept_in_custom), "table": file.table, "columns": shown}
            typer.echo("  " + say("intake.import.kept", **line).of(lang))
    if account.unused_files:
        typer.echo("  " + say("intake.import.unused", files=_shorten(account.unused_files)).of(lang))
    if account.set_aside is not None:
        typer.echo(say("intake.import.aside", n=account.n_set_aside, file=str(account.set_aside)).of(lang))
    _print_findings(account, lang)
    if not account.accepted:
        typer.echo(say("intake.import.set_aside_hint").of(lang))


def _print_findings(account: ImportAccount, lang: str) -> None:
    from saleslab.wording import say

    if not account.findings:
        typer.echo(say("intake.import.nothing_found").of(lang))
        return
    typer.echo(say("intake.import.findings").of(lang))
    for finding in account.findings[:_SHOWN_FINDINGS]:
        severity = say(f"intake.import.severity.{finding.severity}").of(lang)
        place = finding.place.of(lang)
        typer.echo(f"  {severity}  {place}{': ' if place else ''}{finding.text.of(lang)}")
        typer.echo(f"      -> {finding.next_step.of(lang)}")
    if len(account.findings) > _SHOWN_FINDINGS:
        typer.echo("  " + say("intake.import.more", n=len(account.findings) - _SHOWN_FINDINGS).of(lang))


def _print_check(check: MapCheck, lang: str) -> None:
    from saleslab.wording import say

    for match in check.matches:
        typer.echo(say("intake.map.file_to_table", file=match.file, table=match.table).of(lang))
        typer.echo(f"  {say('intake.map.matched').of(lang)}:")
        for target, names in match.matched:
            if names:
                typer.echo(f"    {target:<26}{' + '.join(names)}")
        for key, names in (("kept", match.kept), ("not_in_file", match.not_in_file), ("missing", match.missing)):
            if names:
                typer.echo(f"  {say(f'intake.map.{key}').of(lang)}: {', '.join(names)}")
    if check.unused_files:
        typer.echo(say("intake.import.unused", files=_shorten(check.unused_files)).of(lang))
    for file in check.empty_files:
        typer.echo(f"{file}: {say('intake.import.rule.no_rows.what').of(lang)}")
        typer.echo(f"  -> {say('intake.import.rule.no_rows.next').of(lang)}")
    key = "ready" if check.is_ready else "not_ready"
    typer.echo(say(f"intake.map.{key}", map=check.map_name).of(lang))


def _shorten(names: tuple[str, ...]) -> str:
    more = ", ..." if len(names) > _SHOWN_COLUMNS else ""
    return ", ".join(names[:_SHOWN_COLUMNS]) + more
