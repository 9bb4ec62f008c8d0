"""``saleslab forecast run``: where the period will land, as a few lines, and a file for other programs.

Neighbours in ``forecast_*.py`` join the same group of verbs.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.forecasting import SalesOutlook, Written

_SHOWN = 10
MODEL = "landing"
"""What this forecast is called in the log."""


@ends_well
def run_(
    db: Database = DEFAULT_DATABASE,
    period: Annotated[
        str | None, typer.Option(help="FY2026Q3, 2026-11 or FY2026; the quarter of the next day when not given.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")] = None,
    target: Annotated[float | None, typer.Option(help="What the period is to bring; the target on record.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="File for the open deals: .csv, .xlsx or .parquet.")] = None,
    log: Annotated[Path | None, typer.Option("--log", help="Write the forecast down, to be judged later.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Tell deals by name.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say where the period will land, with its range, and which open deals decide it.

    Exit code 0: done, also where the target is out of reach; 2: bad input, or too little data.
    """
    from saleslab.cli.addresses import to_url
    from saleslab.cli.lead_sources import read_day
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.forecasting import review_outlook
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    if target is not None and target <= 0:
        raise BadArgument(f"--target is {target:g}.", "give an amount above 0.")
    with progress_bar("forecast", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        asked = None if period is None else lab.settings.fiscal_calendar.parse(period)
        told: dict[str, Any] = {"target": target, "n_past": 0, "show_names": names, "seed": seed}
        outlook = review_outlook(lab, as_of=day, period=asked, **told)
    if to is not None:
        write_table(list_deals(outlook), to, title="deals")
    written = None if log is None else write_down(outlook, log)
    if as_json:
        typer.echo(json.dumps(describe_outlook(outlook), ensure_ascii=False))
        return
    print_outlook(outlook, lang)
    print_files(outlook, lang, to=to, log=log, written=written)


def list_deals(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the open deals as they are written to a file: those that move the chance most come first."""
    deals = outlook.landing.deals
    wanted = (
        "opportunity_id", "owner_id", "team_id", "product_family", "stage", "category", "amount", "expected_close_date",
        "chance_won", "chance_lost", "chance_slips", "amount_expected", "effect_on_chance", "n_pushes", "is_stale",
    )  # fmt: skip
    money = {"amount": 2, "amount_expected": 2}
    table = deals[[name for name in wanted if name in deals.columns]]
    chances = {name: 4 for name in table.columns if name.startswith("chance_") or name == "effect_on_chance"}
    return table.round(money | chances)


def write_down(outlook: SalesOutlook, log: Path) -> Written:
    """Write the landing into a `ForecastLog`."""
    import pandas as pd

    from saleslab.forecasting import ForecastLog

    landing = outlook.landing
    row = {
        "series_id": "company", "period": outlook.period.start, "period_end": outlook.period.end,
        "mean": landing.mean, "median": landing.p50, "lower_80": landing.p10, "upper_80": landing.p90,
    }  # fmt: skip
    if landing.chance_hit is not None and outlook.target is not None:
        row |= {"chance_hit": landing.chance_hit, "target": outlook.target.amount}
    said = pd.DataFrame([row]).assign(
        period=lambda frame: pd.to_datetime(frame["period"]),
        period_end=lambda frame: pd.to_datetime(frame["period_end"]),
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    return ForecastLog(log, about=outlook.measure).write(said, model=MODEL, as_of=outlook.as_of, at=now)


def describe_outlook(outlook: SalesOutlook) -> dict[str, Any]:
    """Return the answer as plain JSON values; no name is among them."""
    from saleslab.forecasting import list_deciding

    landing, target = outlook.landing, outlook.target
    parts = {
        row["part"]: {name: row[name] for name in ("mean", "p10", "p50", "p90")}
        for row in landing.parts.to_dict("records")
    }
    deals = [
        {
            "opportunity_id": deal.opportunity_id, "amount": deal.amount, "category": deal.category,
            "chance_won": deal.chance_won, "effect_on_chance": deal.effect,
        }
        for deal in (list_deciding(outlook) if outlook.has_amounts else [])
    ]  # fmt: skip
    return {
        "as_of": outlook.as_of.isoformat(),
        "period": {"start": outlook.period.start.isoformat(), "end": outlook.period.end.isoformat()},
        "currency": outlook.currency,
        "measure": outlook.measure,
        "landing": {"p10": landing.p10, "p50": landing.p50, "p90": landing.p90, "mean": landing.mean},
        "won": landing.won,
        "target": None if target is None else target.amount,
        "chance_hit": landing.chance_hit,
        "gap": None if target is None else target.amount - landing.p50,
        "pipeline_needed": landing.pipeline_needed,
        "parts": parts,
        "deals": deals,
        "doubts": [doubt.en for doubt in outlook.doubts],
    }


def print_outlook(outlook: SalesOutlook, lang: str) -> None:
    """Tell where the period lands, what that is made of, and the open deals that decide it."""
    from saleslab.forecasting import list_deciding, tabulate_landing, write_chance, write_landing_headline, write_sum
    from saleslab.wording import Points, Text, say, write

    typer.echo(write_landing_headline(outlook)["answer"].of(lang))
    typer.echo(say("forecast_pages.cli.parts").of(lang))
    for row in tabulate_landing(outlook).to_dict("records"):
        cells = [write(row[name], lang) for name in ("mean", "low", "high")]
        typer.echo(f"  {write(row['part'], lang)}: {cells[0]} ({cells[1]} – {cells[2]})")
    deals = list_deciding(outlook)[:_SHOWN] if outlook.has_amounts else []
    if deals:
        typer.echo(say("forecast_pages.cli.deals").of(lang))
    for deal in deals:
        amount = "–" if deal.amount is None else write(write_sum(outlook, deal.amount), lang)
        told: dict[str, Any] = {"amount": amount, "chance": write_chance(deal.chance_won), "deal": Text.same(deal.name)}
        key = "deal_no_target" if deal.effect is None else "deal"
        told |= {} if deal.effect is None else {"effect": Points(deal.effect)}
        typer.echo(f"  {say(f'forecast_pages.cli.{key}', **told).of(lang)}")
    for doubt in outlook.doubts:
        typer.echo(doubt.of(lang), err=True)


def print_files(
    outlook: SalesOutlook, lang: str, *, to: Path | None, log: Path | None, written: Written | None
) -> None:
    """Tell what was written where."""
    from saleslab.wording import Count, say

    if to is not None:
        n = Count(len(outlook.landing.deals))
        typer.echo(say("forecast_pages.cli.written", n=n, file=str(to)).of(lang))
    if log is not None and written is not None:
        key = "logged" if written.is_new else "logged_before"
        typer.echo(say(f"forecast_pages.cli.{key}", file=str(log)).of(lang))
