"""Verbs that say whether the data can be trusted: contracts and biases, and what was entered twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import OUT, AsJson, Database, Language, Out
from saleslab.cli.progress import progress_bar
from saleslab.cli.reports import shorten

if TYPE_CHECKING:
    from saleslab.intake import DataQuality, Duplicates, QualityFinding
    from saleslab.warehouse import Warehouse

_REPORT = "data_quality"
_COMPARED = {"accounts": "account_id", "contacts": "contact_id"}


@ends_well
def check(
    db: Database = DEFAULT_DATABASE,
    as_of: Annotated[
        str | None, typer.Option(help="Last day that is known, such as 2026-09-30; the last the data speak of.")
    ] = None,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Check a company's data: contracts, contradictions, biases; print what was found and publish the page.

    Exit code 0: the gate is open; 2: bad input; 3: the gate is closed, some number would be wrong.
    """
    from saleslab.intake import check_quality
    from saleslab.operations import read_data_until
    from saleslab.reporting import publish_site, run_report
    from saleslab.warehouse import connect

    day = _read_day(as_of) if as_of else None
    with progress_bar("check", hidden=as_json) as bar:
        with connect(to_url(db), read_only=True) as lab:
            quality = check_quality(lab, as_of=day or read_data_until(lab))
        bar.step("page")
        given = {"as_of": quality.as_of.isoformat()}
        run = run_report(_REPORT, db=db, parameters=given, as_text=True, out=out, past_gate=True, progress=bar.move)
        bar.step("site")
        publish_site(out / "runs", out / "site")
    page = run.folder / f"{lang}.html"
    _print_json(quality, page, lang) if as_json else _print_quality(quality, page, lang)
    raise SystemExit(Exit.GATE_CLOSED if quality.gate_is_closed else Exit.OK)


@ends_well
def duplicates(
    db: Database = DEFAULT_DATABASE,
    out: Annotated[
        Path | None, typer.Option(help="CSV file for the names side by side; one for companies, one for people.")
    ] = None,
    least_chance: Annotated[float, typer.Option(help="Pairs below this chance are not proposed, 0-1.")] = 0.5,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Propose companies and people that were probably entered more than once; nothing is ever merged."""
    from saleslab.errors import NotEnoughData
    from saleslab.warehouse import connect

    found: dict[str, Duplicates] = {}
    files: dict[str, Path] = {}
    lacking: list[NotEnoughData] = []
    with progress_bar("duplicates", hidden=as_json) as bar, connect(to_url(db), read_only=True) as lab:
        for table in _COMPARED:
            bar.step(table)
            try:
                found[table] = _propose(lab, table, least_chance, out, files)
            except NotEnoughData as error:
                lacking.append(error)
    if not found:
        raise lacking[0]
    _print_groups_as_json(found, files) if as_json else _print_groups(found, files, lang)


def _propose(lab: Warehouse, table: str, least_chance: float, out: Path | None, files: dict[str, Path]) -> Duplicates:
    """Return the proposals for one table; write them with the names where a file is asked for."""
    from saleslab.intake import propose_duplicates, read_identities, write_review

    proposed = propose_duplicates(lab, table, least_chance=least_chance)
    if out is not None and proposed.clusters:
        file = out.with_name(f"{out.stem}_{table}{out.suffix or '.csv'}")
        file.parent.mkdir(parents=True, exist_ok=True)
        files[table] = write_review(proposed, read_identities(lab, table), file, id_column=_COMPARED[table])
    return proposed


def _read_day(given: str) -> date:
    from saleslab.errors import BadArgument

    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadArgument(f"'{given}' is not a day.", "write it as 2026-09-30.") from None


def _print_quality(quality: DataQuality, page: Path, lang: str) -> None:
    from saleslab.tables import get_table
    from saleslab.wording import Number, Text, say, write

    full = [table for table in quality.tables if table.score == 100]
    for table in (table for table in quality.tables if table not in full):
        label = get_table(table.table).label
        name = Text(label.en, label.ja).of(lang)
        typer.echo(f"{table.table:<22}{write(Number(table.score, 1), lang):>6}{table.n_records:>12,}  {name}")
    if full:
        typer.echo(say("intake.quality.check.full", n=len(full)).of(lang))
    if not quality.findings:
        typer.echo(say("intake.quality.check.nothing").of(lang))
    for finding in quality.findings:
        _print_finding(finding, lang)
    n = len(quality.of_severity("error"))
    key = "closed" if quality.gate_is_closed else "open"
    typer.echo(say(f"intake.quality.check.{key}", n=n).of(lang))
    typer.echo(say("intake.quality.check.page", file=shorten(page)).of(lang))


def _print_finding(finding: QualityFinding, lang: str) -> None:
    from saleslab.wording import say

    severity = say(f"intake.quality.severity.{finding.severity}").of(lang)
    typer.echo(f"  {severity}  {finding.table}.{finding.column}: {finding.text.of(lang)}")
    typer.echo(f"      -> {finding.next_step.of(lang)}")
    if finding.ids:
        more = ", ..." if finding.n_rows > len(finding.ids) else ""
        typer.echo("      " + say("intake.quality.ids", ids=", ".join(finding.ids) + more).of(lang))


def _print_json(quality: DataQuality, page: Path, lang: str) -> None:
    import json
    from dataclasses import asdict

    told: dict[str, Any] = {
        "as_of": quality.as_of.isoformat(),
        "gate": "closed" if quality.gate_is_closed else "open",
        "tables": [asdict(table) for table in quality.tables],
        "findings": [_tree(finding, lang) for finding in quality.findings],
        "unchecked": {code: lacking.what for code, lacking in quality.biases.unchecked.items()},
        "page": str(page),
    }
    typer.echo(json.dumps(told, ensure_ascii=False))


def _tree(finding: QualityFinding, lang: str) -> dict[str, Any]:
    names = ("code", "severity", "table", "column", "n_rows", "ids", "spoils")
    facts = {name: getattr(finding, name) for name in names}
    return facts | {"what": finding.text.of(lang), "next_step": finding.next_step.of(lang)}


def _print_groups(found: Mapping[str, Duplicates], files: Mapping[str, Path], lang: str) -> None:
    from saleslab.tables import get_table
    from saleslab.wording import Text, say

    for table, proposed in found.items():
        label = get_table(table).label
        words: dict[str, Any] = {"table": Text(label.en, label.ja)}
        if not proposed.clusters:
            typer.echo(say("intake.quality.pairs.none", n=proposed.n_records, **words).of(lang))
            continue
        words |= {"n": len(proposed.clusters), "surplus": len(proposed.surplus_ids), "records": proposed.n_records}
        typer.echo(say("intake.quality.pairs.some", **words).of(lang))
        for cluster in proposed.clusters[:20]:
            typer.echo(f"  {cluster.weakest:.2f}  {', '.join(cluster.ids)}")
        if table in files:
            typer.echo(say("intake.quality.pairs.written", file=shorten(files[table])).of(lang))
    if not files and any(proposed.clusters for proposed in found.values()):
        typer.echo(say("intake.quality.pairs.hint").of(lang))


def _print_groups_as_json(found: Mapping[str, Duplicates], files: Mapping[str, Path]) -> None:
    import json
    from dataclasses import asdict

    told = {
        table: {
            "n_records": proposed.n_records,
            "groups": [asdict(cluster) for cluster in proposed.clusters],
            "file": str(files[table]) if table in files else None,
        }
        for table, proposed in found.items()
    }
    typer.echo(json.dumps(told))
