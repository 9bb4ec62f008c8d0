"""Verbs about a whole company: the demo, its settings, the dictionary of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database


@ends_well
def settings(
    db: Annotated[str, typer.Option(help="Database: a file or an address.")] = DEFAULT_DATABASE,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code of the company's money, such as JPY.")] = None,
    fiscal_start_month: Annotated[int | None, typer.Option(help="First month of the fiscal year, 1-12.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA name, such as Asia/Tokyo.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166 code whose public holidays count, such as JP.")] = None,
    fiscal_pattern: Annotated[
        str | None, typer.Option(help="What a quarter is made of: month, 4-4-5, 4-5-4 or 5-4-4 (whole weeks).")
    ] = None,
    fiscal_named_after: Annotated[
        str | None, typer.Option(help="The calendar year that names a fiscal year: the one of its start or end.")
    ] = None,
    week_start: Annotated[
        int | None, typer.Option(help="Weekday on which weeks start, 0 (Monday) to 6; only for patterns of weeks.")
    ] = None,
    closed_days: Annotated[
        str | None,
        typer.Option(help="Days of rest beside holidays, such as 12-29,12-30,2026-08-14; '' for none."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show or change what is true of the whole company: currency, fiscal year, time zone, holidays."""
    import json
    from dataclasses import asdict

    from saleslab.warehouse import connect

    given = {
        "currency": currency, "fiscal_start_month": fiscal_start_month, "timezone": timezone, "country": country,
        "fiscal_pattern": fiscal_pattern, "fiscal_named_after": fiscal_named_after, "week_start": week_start,
        "closed_days": closed_days,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    with connect(to_url(db), read_only=not changes) as lab:
        now = asdict(lab.change_settings(**changes) if changes else lab.settings)
    if as_json:
        typer.echo(json.dumps(now))
    else:
        for name, value in now.items():
            written = ", ".join(value) if isinstance(value, tuple) else value
            typer.echo(f"{name:<20}{written}".rstrip())


@ends_well
def export(
    folder: Annotated[Path, typer.Argument(help="New folder for the Parquet files.")],
    db: Database = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write all tables as Parquet files: for Spark (--db pyspark:///FOLDER), or any tool that reads them.

    They hold what the database holds, names and addresses of people included.
    """
    import json

    from saleslab.warehouse import connect, export_tables

    with connect(to_url(db), read_only=True) as lab:
        written = export_tables(lab, folder)
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "tables": written}))
        return
    for name, n_rows in written.items():
        typer.echo(f"{name:<22}{n_rows:>12,}")
    typer.echo(f"{sum(written.values()):,} rows of {len(written)} tables in {folder}")


@ends_well
def dictionary(
    out: Annotated[Path | None, typer.Option(help="Folder for data-dictionary.en.md and .ja.md.")] = None,
    lang: Annotated[str, typer.Option(help="Language to print when no folder is given: en or ja.")] = "en",
) -> None:
    """Print the data dictionary, or write it in every language."""
    from saleslab.reporting.dictionary import write_dictionary
    from saleslab.wording import LANGUAGES

    if out is None:
        typer.echo(write_dictionary(lang), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        file = out / f"data-dictionary.{language}.md"
        file.write_text(write_dictionary(language), encoding="utf-8")
        Console(stderr=True).print(f"written: {file}", highlight=False)
