"""``saleslab kpi lint|measure|study``: is the tree sound, what do its measures say, and will the goal be reached?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument, NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.kpi import KpiTree, TargetReview
    from saleslab.warehouse import Warehouse

Tree = Annotated[Path | None, typer.Option("--tree", help="File of the KPI tree; a template when not given.")]
AsOf = Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")]


@ends_well
def lint(
    tree: Annotated[Path, typer.Argument(help="File of the KPI tree (.yaml).")],
    db: Annotated[
        str | None, typer.Option("--db", help="Database: owners and measured values are checked too.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the check; today when not given.")] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a KPI tree, and what to do about each.

    Exit code 0: nothing; 1: something; 2: the file cannot be read.
    """
    from saleslab.kpi import lint_tree, read_tree

    day = date.today() if as_of is None else _read_day(as_of)  # noqa: DTZ011 - the day where the file is edited
    found = lint_tree(read_tree(tree), as_of=day, **_read_company(tree, db, day))
    if as_json:
        typer.echo(json.dumps(found.to_dict("records"), ensure_ascii=False))
    else:
        for row in found.to_dict("records"):
            typer.echo(f"{row['severity']:7} {row['code']:24} {row[f'message_{lang}']}")
            typer.echo(f"{'':33}{row[f'next_{lang}']}")
        if found.empty:
            typer.echo({"en": "No finding.", "ja": "指摘はありません。"}[lang])
    if len(found):
        raise SystemExit(Exit.PARTLY_FAILED)


@ends_well
def measure_(
    metrics: Annotated[list[str] | None, typer.Argument(help="Ids of metrics; all of the library or tree.")] = None,
    db: Database = DEFAULT_DATABASE,
    tree: Tree = None,
    as_of: AsOf = None,
    months: Annotated[int, typer.Option(help="How many months, the one of that day included.")] = 12,
    scope: Annotated[list[str] | None, typer.Option(help="company, team, user, segment or channel.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="File for the values: .csv, .xlsx or .parquet.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the values in 'kpi_values'.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count metrics month by month.

    Exit code 0: done; 2: bad input, or none can be measured.
    """
    from saleslab.cli.addresses import to_url
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.kpi import measure, read_tree, record_values
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    declared = None if tree is None else read_tree(tree)
    wanted = _choose_metrics(metrics or [], declared)
    with progress_bar("measure", hidden=as_json), connect(to_url(db), read_only=not record) as lab:
        day = read_data_until(lab) if as_of is None else _read_day(as_of)
        version = None if declared is None else str(declared.version)
        values = measure(
            lab, wanted, as_of=day, months=months, scopes=tuple(scope or ("company",)), tree_version=version
        )
        if record:
            record_values(lab, values, loaded_at=datetime.now(UTC).replace(tzinfo=None))
    if to is not None:
        write_table(values, to, title="kpi_values")
    if as_json:
        typer.echo(values.to_json(orient="records", date_format="iso", force_ascii=False))
    else:
        _print_last(values)


@ends_well
def study(
    db: Database = DEFAULT_DATABASE,
    tree: Tree = None,
    as_of: AsOf = None,
    period: Annotated[
        str | None, typer.Option(help="Such as 2026Q3 or FY2026; the tree's, or the next quarter.")
    ] = None,
    target: Annotated[
        float | None, typer.Option(help="What the goal is to reach; the tree's, or the one on record.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say how likely the goal is, what would have to be true, and which lever is worth pulling.

    Won money of the running quarter has the chance of the forecast, which looks at open deals one by one; other goals
    that of how their measures went. Exit code 0: done, also where the goal is out of reach; 2: bad input, or too little
    data.
    """
    from saleslab.cli.addresses import to_url
    from saleslab.forecasting import follow_landing
    from saleslab.kpi import read_tree, review_target
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    with progress_bar("study", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else _read_day(as_of)
        landed = follow_landing(lab, as_of=day, n_weeks=1, seed=seed)
        review = review_target(
            lab,
            as_of=day,
            draws=landed.draws if landed.has_deals else None,
            drawn_for=landed.period,
            money=landed.measure,
            tree=None if tree is None else read_tree(tree),
            period=None if period is None else lab.settings.fiscal_calendar.parse(period),
            target=target,
            n_past=0,
            seed=seed,
        )
    if as_json:
        typer.echo(json.dumps(describe_study(review), ensure_ascii=False))
    else:
        print_study(review, lang)


def describe_study(review: TargetReview) -> dict[str, Any]:
    """Return the answer as plain JSON values."""
    found = review.study
    return {
        "as_of": found.as_of.isoformat(),
        "tree": found.tree.tree,
        "version": found.tree.version,
        "goal": found.goal,
        "period": {"start": found.period.start.isoformat(), "end": found.period.end.isoformat()},
        "target": found.aim.level,
        "chance": found.chance,
        "is_forecast": found.is_forecast,
        "chance_forecast": None if found.forecast is None else found.forecast.chance_forecast,
        "chance_own": found.chance if found.forecast is None else found.forecast.chance_own,
        "come": found.come,
        "landing": {f"p{round(100 * row['place'])}": row["value"] for row in found.landing.to_dict("records")},
        "share_of_luck": found.share_of_luck,
        "required": found.required.to_dict("records"),
        "levers": found.levers.to_dict("records"),
        "bundle": {"levels": dict(found.bundle.levels), "chance": found.bundle.chance, "cost": found.bundle.cost},
        "nodes": found.nodes[["node", "p10", "p50", "p90", "target", "chance", "status", "reason"]].to_dict("records"),
    }


def print_study(review: TargetReview, lang: str) -> None:
    """Tell chance, landing, what has to be true, what to do first, and whose chance it is."""
    from saleslab.kpi import tell_basis, write_target_banners, write_target_findings, write_target_headline

    headline = write_target_headline(review)
    typer.echo(f"{headline['question'].of(lang)} {headline['status'].of(lang)}")
    typer.echo(headline["answer"].of(lang))
    for finding in write_target_findings(review):
        typer.echo(f"- {finding['text'].of(lang)}")
    typer.echo(tell_basis(review.study.forecast).of(lang))
    for banner in write_target_banners(review):
        typer.echo(banner["text"].of(lang), err=True)


def _read_day(written: str) -> date:
    from saleslab.cli.lead_sources import read_day

    return read_day(written)


def _read_company(tree: Path, db: str | None, day: date) -> dict[str, Any]:
    """What a lint can learn from a database: who is there, and what was measured."""
    if db is None:
        return {}
    from saleslab.cli.addresses import to_url
    from saleslab.kpi import measure, read_tree
    from saleslab.warehouse import connect

    with connect(to_url(db), read_only=True) as lab:
        found: dict[str, Any] = {"users": _read_users(lab)} if lab.has("users") else {}
        try:
            found["history"] = measure(lab, _choose_metrics([], read_tree(tree)), as_of=day)
        except NotEnoughData:
            return found
    return found


def _read_users(lab: Warehouse) -> pd.DataFrame:
    users = lab.table("users")
    return lab.read(users.select("user_id", "is_active"))


def _choose_metrics(ids: list[str], tree: KpiTree | None) -> list[Any]:
    from saleslab.kpi import collect_metrics, library

    known = dict(library()) if tree is None else dict(collect_metrics(tree, library()))
    strange = [one for one in ids if one not in known]
    if strange:
        raise BadArgument(
            f"There is no metric {', '.join(strange)}.", "look for it with `saleslab.kpi.search_library('...')`."
        )
    return [known[one] for one in ids] if ids else list(known.values())


def _print_last(values: pd.DataFrame) -> None:
    """One line a metric and scope: its last month that is complete."""
    done = values.loc[values["is_complete"].astype(bool)]
    last = done.sort_values("period_start").groupby(["metric_id", "scope_type", "scope_id"], sort=True).tail(1)
    for row in last.sort_values(["metric_id", "scope_type", "scope_id"]).to_dict("records"):
        typer.echo(f"{row['metric_id']:32} {row['scope_id']:20} {row['period_start']:%Y-%m}  {row['value']:,.4g}")
