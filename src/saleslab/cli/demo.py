"""The verb that shows everything at once: an invented company, its reports, the site."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from saleslab.cli.addresses import DEMO_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import OUT, AsJson, Out
from saleslab.cli.progress import progress_bar

if TYPE_CHECKING:
    from saleslab.simulation import Scenario


TRAINING = ("lead_model_card", "lead_model_watch", "lead_ranking")
"""Reports that train a model, ten seconds each: `saleslab report run lead_ranking --db data/demo.duckdb` shows one."""


@ends_well
def demo(
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    deals: Annotated[int, typer.Option(help="Size of the company: about so many deals.")] = 3_200,
    language: Annotated[str, typer.Option(help="Of the company's names: ja or en.")] = "ja",
    out: Out = OUT,
    db: Annotated[str, typer.Option(help="Database of the invented company.")] = DEMO_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Invent a company, run every report on it that needs no training, and publish the site."""
    import json

    from saleslab.cli.simulate import read_language
    from saleslab.reporting import list_reports, publish_site, run_report
    from saleslab.simulation import Scenario

    scenario = Scenario(seed=seed, n_deals=deals, language=read_language(language))
    with progress_bar("invent a company", hidden=as_json) as bar:
        invent(scenario, to_url(db))
        runs = []
        for report in (one for one in list_reports() if one.name not in TRAINING):
            bar.step(f"run {report.name}")
            runs.append(run_report(report.name, db=db, out=out, progress=bar.move))
        bar.step("publish the site")
        site = publish_site(out / "runs", out / "site")
    if as_json:
        typer.echo(json.dumps({"site": str(site.index), "runs": [str(run.folder) for run in runs], "db": db}))
        return
    for run in runs:
        typer.echo(f"{run.report:<20}{run.folder}")
    typer.echo(f"\nOpen {site.index}")


def invent(scenario: Scenario, url: str) -> None:
    """Write an invented company to a database of its own; the same company again changes nothing."""
    from saleslab import simulation
    from saleslab.warehouse import connect

    company = simulation.simulate(scenario)
    with connect(url) as lab:
        simulation.load_company(company, lab, loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
