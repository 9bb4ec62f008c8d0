"""The verb that shows everything at once: an invented company, its reports, the site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from saleslab.cli.addresses import DEMO_DATABASE, to_url
from saleslab.cli.exits import ends_well


@ends_well
def demo(
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    deals: Annotated[int, typer.Option(help="Size of the company: about so many deals.")] = 3_200,
    language: Annotated[str, typer.Option(help="Of the company's names: ja or en.")] = "ja",
    out: Annotated[Path, typer.Option(help="Folder of runs and site.")] = Path("reports"),
    db: Annotated[str, typer.Option(help="Database of the invented company.")] = DEMO_DATABASE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Invent a company, run every report on it, and publish the site."""
    import json

    from saleslab.reporting import publish_site
    from saleslab.reporting.book import list_reports
    from saleslab.reporting.running import run_report

    console = Console(stderr=True)
    with Progress(console=console, disable=as_json, transient=True) as progress:
        step = progress.add_task("invent a company", total=None)
        _invent(seed, deals, language, to_url(db))
        runs = []
        for report in list_reports():
            progress.update(step, description=f"run {report.name}", total=None, completed=0)
            runs.append(
                run_report(
                    report.name,
                    db=db,
                    out=out,
                    progress=lambda done, total: progress.update(step, completed=done, total=total),
                )
            )
        progress.update(step, description="publish the site", total=None)
        site = publish_site(out / "runs", out / "site")
    if as_json:
        typer.echo(json.dumps({"site": str(site.index), "runs": [str(run.folder) for run in runs], "db": db}))
        return
    for run in runs:
        typer.echo(f"{run.report:<16}{run.folder}")
    typer.echo(f"\nOpen {site.index}")


def _invent(seed: int, deals: int, language: str, url: str) -> None:
    """Write an invented company to a database of its own; the same company again changes nothing."""
    from saleslab import simulation
    from saleslab.cli.simulate import read_language
    from saleslab.warehouse import connect

    company = simulation.simulate(simulation.Scenario(seed=seed, n_deals=deals, language=read_language(language)))
    with connect(url) as lab:
        simulation.load_company(company, lab, loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
