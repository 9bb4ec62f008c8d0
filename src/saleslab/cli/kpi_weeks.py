"""``saleslab kpi monitor``: which measures left their usual range, which limits are crossed, and who looks into it?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.kpi import Alert, KpiTree
    from saleslab.kpi.meetings.inputs import Team
    from saleslab.kpi.meetings.watching import WeekWatch
    from saleslab.warehouse import Warehouse

DEFAULT_LOG = Path("data/reviews.jsonl")
"""Where decisions, votes and acknowledged alerts are kept."""

ReviewFile = Annotated[Path, typer.Option("--file", help="File of the review log.")]
Meeting = Annotated[str | None, typer.Option("--team", help="Id or name of a team; the whole company.")]


@ends_well
def monitor(
    db: Database = DEFAULT_DATABASE,
    tree: Annotated[
        Path | None, typer.Option("--tree", help="File of the KPI tree; a template when not given.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")] = None,
    team: Meeting = None,
    file: ReviewFile = DEFAULT_LOG,
    budget: Annotated[float, typer.Option(help="False alerts allowed for a measure and year.")] = 0.5,
    to: Annotated[Path | None, typer.Option("--to", help="File for the alerts: .csv, .xlsx or .parquet.")] = None,
    tasks: Annotated[Path | None, typer.Option("--tasks", help="File for a task for each alert, as --to.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the tasks in the table 'tasks'.")] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say which alerts are open, how likely each is real, and whose they are.

    An alert that was acknowledged (`saleslab kpi review seen`) is not repeated. Exit code 0: no alert is open; 1: some
    are; 2: bad input, or nothing that could be watched.
    """
    from saleslab.cli.lead_sources import read_day
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.errors import NotEnoughData
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    for one in (to, tasks):
        if one is not None:
            check_suffix(one)
    with progress_bar("monitor", hidden=as_json), connect(to_url(db), read_only=not record) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        week, group = _watch(lab, tree, team, file, day, budget)
        if week.watch is None:
            raise NotEnoughData("No measure of the tree has weeks that could be watched.", "measure its tables first.")
        made = _make_tasks(lab, week.alerts, day, lang) if tasks or record else None
        if record and made is not None and len(made):
            lab.write("tasks", made, source_system="saleslab", loaded_at=datetime.now(UTC).replace(tzinfo=None))
        currency = lab.settings.currency
    if to is not None:
        write_table(_tabulate(week.alerts, lang, currency), to, title="alerts")
    if tasks is not None and made is not None:
        write_table(made, tasks, title="tasks")
    if as_json:
        typer.echo(json.dumps(describe_week(week, made, currency=currency), ensure_ascii=False))
    else:
        _print(week, group, made, lang, currency)
    if week.alerts:
        raise SystemExit(Exit.PARTLY_FAILED)


def _watch(
    lab: Warehouse, tree: Path | None, team: str | None, file: Path, day: date, budget: float
) -> tuple[WeekWatch, Team | None]:
    from saleslab.kpi import ReviewLog, list_acknowledged, read_tree, watch_week
    from saleslab.kpi.meetings.inputs import read_team
    from saleslab.kpi.targets.review import choose_template
    from saleslab.kpi.trees.templates import read_template

    chosen: KpiTree = read_template(choose_template(lab)) if tree is None else read_tree(tree)
    group = None if team is None else read_team(lab, team)
    seen = list_acknowledged(ReviewLog(file, timezone=lab.settings.timezone), as_of=day)
    return watch_week(lab, as_of=day, tree=chosen, team=group, acknowledged=seen, budget=budget), group


def _make_tasks(lab: Warehouse, alerts: tuple[Alert, ...], day: date, lang: str) -> pd.DataFrame:
    """Return a task for each alert that has an owner; the others are told, since a task of nobody is done by nobody."""
    from saleslab.kpi import make_tasks

    nobody = sorted({one.metric_id for one in alerts if not one.owner_id})
    if nobody:
        typer.echo(f"No task, because nobody answers for it in the tree: {', '.join(nobody)}.", err=True)
    owned = [one for one in alerts if one.owner_id]
    of = lab.settings
    return make_tasks(
        owned, as_of=day, calendar=of.fiscal_calendar, timezone=of.timezone, currency=of.currency, lang=lang
    )


def describe_week(week: WeekWatch, tasks: pd.DataFrame | None = None, *, currency: str = "JPY") -> dict[str, Any]:
    """Return the open alerts as plain JSON values."""
    assert week.watch is not None
    told: dict[str, Any] = {
        "as_of": week.watch.as_of.isoformat(),
        "n_watched": week.watch.n_watched,
        "budget": week.watch.budget,
        "alerts": _tabulate(week.alerts, "en", currency).to_dict("records"),
    }
    return told if tasks is None else told | {"tasks": json.loads(tasks.to_json(orient="records", date_format="iso"))}


_TOLD = (
    "alert_id", "kind", "metric_id", "scope_type", "scope_id", "direction", "is_bad", "chance", "onset_on", "raised_on",
    "observed", "expected", "owner_id", "levers", "text",
)  # fmt: skip


def _tabulate(alerts: tuple[Alert, ...], lang: str, currency: str) -> pd.DataFrame:
    import pandas as pd

    from saleslab.kpi.changes import tell_alert

    rows = [
        {name: getattr(one, name) for name in _TOLD[:-1]}
        | {
            "onset_on": one.onset_on.isoformat(), "raised_on": one.raised_on.isoformat(),
            "levers": ",".join(one.levers), "text": tell_alert(one, currency=currency).of(lang),
        }
        for one in alerts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(_TOLD), dtype=object).where(lambda cells: cells.notna(), None)


def _print(week: WeekWatch, group: Team | None, made: pd.DataFrame | None, lang: str, currency: str) -> None:
    from saleslab.kpi import write_chance
    from saleslab.kpi.changes import tell_alert, tell_watch
    from saleslab.wording import say

    scopes = {} if group is None else {group.team_id: group.name}
    assert week.watch is not None
    typer.echo(tell_watch(week.watch).of(lang))
    for one in week.alerts:
        typer.echo(f"- {tell_alert(one, scopes=scopes, currency=currency).of(lang)}")
        if one.chance is not None:
            typer.echo(f"  {say('kpi_weekly.finding.alert_effect', chance=write_chance(one.chance)).of(lang)}")
        typer.echo(f"  {one.owner_id or say('kpi_weekly.page.no_owner').of(lang)}  {one.alert_id}")
    if made is not None:
        typer.echo(say("kpi_weekly.cli.tasks", n=len(made)).of(lang))
