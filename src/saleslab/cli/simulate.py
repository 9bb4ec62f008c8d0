"""The verb that invents a company."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well


@ends_well
def simulate(
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    deals: Annotated[int, typer.Option(help="Size: about so many deals, from 40 to 200,000.")] = 3_200,
    language: Annotated[str, typer.Option(help="Of names and words: ja or en.")] = "ja",
    into: Annotated[str, typer.Option(help="Database: a file or an address.")] = DEFAULT_DATABASE,
    loaded_at: Annotated[str | None, typer.Option(help="ISO time of loading, UTC; now when not given.")] = None,
    defects: Annotated[bool, typer.Option("--defects", help="Spoil one row in a hundred, in twelve ways.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Invent a company with planted effects and write it to a database."""
    import json
    from dataclasses import asdict
    from pathlib import Path

    from saleslab import simulation
    from saleslab.warehouse import connect

    planned = simulation.Defects.everywhere() if defects else simulation.Defects()
    scenario = simulation.Scenario(seed=seed, n_deals=deals, language=read_language(language), defects=planned)
    at, url = _time(loaded_at), to_url(into)
    if "://" not in into:
        Path(into).parent.mkdir(parents=True, exist_ok=True)
    with Progress(console=Console(stderr=True), disable=as_json, transient=True) as progress:
        work = progress.add_task("simulate", total=None)
        company = simulation.simulate(scenario)
        progress.update(work, total=len(company.tables), completed=0)
        with connect(url, read_only=False) as lab:
            written = simulation.load_company(
                company,
                lab,
                loaded_at=at,
                on_table=lambda name: progress.update(work, advance=1, description=f"write {name}"),
            )
    if as_json:
        tables = [asdict(part) for part in written]
        typer.echo(json.dumps({"seed": seed, "into": into, "n_defects": len(company.truth.defects), "tables": tables}))
        return
    for part in written:
        typer.echo(f"{part.table:<22}{part.n_added + part.n_changed + part.n_unchanged:>12,}")
    typer.echo(f"{company.n_rows:,} rows of {len(written)} tables in {into}")


def read_language(given: str) -> Literal["ja", "en"]:
    """Return the language of names that was asked for; raises `BadArgument` for one that has none."""
    from saleslab.errors import BadArgument

    match given:
        case "ja":
            return "ja"
        case "en":
            return "en"
    raise BadArgument(f"There are no names in language '{given}'.", "give 'ja' or 'en'.")


def _time(given: str | None) -> datetime:
    """Return the time of loading, naive UTC; only the command line reads the clock."""
    from saleslab.errors import BadArgument

    if given is None:
        return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise BadArgument(f"'{given}' is not a time.", "write it as 2026-10-01T09:00.") from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
