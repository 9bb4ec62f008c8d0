"""From the warehouse to what was sold, promised and targeted, summed by owner where the rows are.

Each sum is dated by the day on which it was known, so that `AsOfSource` can cut it at any past day.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

import ibis
import pandas as pd
import pyarrow as pa

from saleslab.errors import NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.as_of import keep_first
from saleslab.warehouse.local_time import end_of_day, to_local_date

Measure = Literal["won_amount", "ordered_amount"]

MEASURES: tuple[Measure, ...] = ("won_amount", "ordered_amount")
"""What may be forecast: money of won deals, or of orders."""

MEASURE_OF: Mapping[str, Measure] = MappingProxyType(
    {"won_amount": "won_amount", "revenue": "ordered_amount", "ordered_amount": "ordered_amount"}
)
"""Metrics whose targets are targets of money, and of which money."""

_STALE = 45


def list_measures(lab: Warehouse) -> tuple[Measure, ...]:
    """Return which money this company's tables can tell, deals first."""
    tables = {"won_amount": "opportunities", "ordered_amount": "orders"}
    return tuple(measure for measure in MEASURES if lab.has(tables[measure]))


def read_first_sale(lab: Warehouse, *, measure: Measure) -> date:
    """Return the day of the first sale.

    Raises
    ------
    NotEnoughData
        When nothing was sold.
    """
    rows = _sales(lab, measure)
    first = lab.read(rows.aggregate(day=rows.day.min()))["day"].iloc[0]
    if pd.isna(first):
        raise NotEnoughData(
            f"No sale with a day and an amount is on record ({measure}).", "import won deals or orders with amounts."
        )
    return pd.Timestamp(first).date()


def read_sales(lab: Warehouse, starts: Sequence[date], *, until: date, measure: Measure) -> pd.DataFrame:
    """Return what each owner sold in stretches of days: ``owner_id, start, end, amount``.

    Parameters
    ----------
    lab
        The warehouse.
    starts
        First days of the stretches, each of which lasts until the day before the next.
    until
        Last day of the last stretch.
    measure
        Won deals or orders. A sale without owner belongs to the owner "".
    """
    firsts = sorted(set(starts))
    lasts = [following - timedelta(days=1) for following in firsts[1:]] + [until]
    stretches = ibis.memtable(pa.table({"start": pa.array(firsts, pa.date32()), "end": pa.array(lasts, pa.date32())}))
    sales = _sales(lab, measure)
    found = sales.inner_join(stretches, [sales.day >= stretches.start, sales.day <= stretches.end])
    sums = found.group_by("owner_id", "start", "end").aggregate(amount=found.amount.sum().cast("float64"))
    frame = lab.read(sums.order_by("start", "owner_id"))
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def read_sold_days(lab: Warehouse, *, until: date, measure: Measure) -> pd.DataFrame:
    """Return what the company sold on each day: ``day, amount``; days without a sale have no row."""
    sales = _sales(lab, measure)
    sales = sales.filter(sales.day <= ibis.literal(until))
    frame = lab.read(sales.group_by("day").aggregate(amount=sales.amount.sum().cast("float64")).order_by("day"))
    return frame.assign(day=pd.to_datetime(frame["day"]))


def read_team_of(lab: Warehouse) -> dict[str, str]:
    """Return the team of each user who has one, as it is now."""
    if not lab.has("users"):
        return {}
    users = lab.table("users")
    rows = lab.read(users.filter(users.team_id.notnull()).select("user_id", "team_id"))
    return dict(zip(rows["user_id"], rows["team_id"], strict=True))


def read_team_names(lab: Warehouse) -> dict[str, str]:
    """Return the name of each team that has one."""
    if not lab.has("teams"):
        return {}
    teams = lab.table("teams")
    rows = lab.read(teams.filter(teams["name"].notnull()).select("team_id", "name"))
    return dict(zip(rows["team_id"], rows["name"], strict=True))


def read_person_names(lab: Warehouse) -> dict[str, str]:
    """Return the names of users. Personal data: for a report whose readers lead these people."""
    if not lab.has("users"):
        return {}
    users = lab.table("users")
    rows = lab.read(users.filter(users["name"].notnull()).select("user_id", "name"))
    return dict(zip(rows["user_id"], rows["name"], strict=True))


def read_money_targets(lab: Warehouse, *, measure: Measure) -> pd.DataFrame:
    """Return targets of money: ``scope_type, scope_id, start, end, target``.

    Of several for one scope and period those of the measure come first, then the latest version counts, and among
    equals the one with the last id.
    """
    columns = ["scope_type", "scope_id", "start", "end", "target"]
    if not lab.has("targets"):
        return pd.DataFrame(columns=columns)
    targets = lab.table("targets")
    mine = targets.filter(targets.metric_id.isin(list(MEASURE_OF)))
    of_measure = [metric for metric, of in MEASURE_OF.items() if of == measure]
    mine = mine.select(
        "scope_type", "target", "version", "target_id",
        scope_id=mine.scope_id.coalesce(""), start=mine.period_start, end=mine.period_end,
        is_of_measure=mine.metric_id.isin(of_measure).ifelse(1, 0),
    )  # fmt: skip
    rows = lab.read(mine.order_by("is_of_measure", "version", "target_id"))
    rows = rows.assign(start=pd.to_datetime(rows["start"]), end=pd.to_datetime(rows["end"]))
    return rows.drop_duplicates(columns[:-1], keep="last")[columns].reset_index(drop=True)


def has_targets_of_other_money(lab: Warehouse, *, measure: Measure) -> bool:
    """Say whether there are targets of money, and all of them are of other money than what is compared with them."""
    if not lab.has("targets"):
        return False
    targets = lab.table("targets")
    mine = targets.filter(targets.metric_id.isin(list(MEASURE_OF))).select("metric_id").distinct()
    found = {MEASURE_OF[metric] for metric in lab.read(mine)["metric_id"]}
    return bool(found) and measure not in found


def read_submissions(lab: Warehouse, asked: pd.DataFrame) -> pd.DataFrame:
    """Return what each person had last submitted by some days: ``user_id, as_of, start, category, amount, said_on``.

    Parameters
    ----------
    lab
        The warehouse.
    asked
        ``start`` of a period and the day ``as_of``. A submission older than 45 days counts for none.
    """
    columns = ["user_id", "as_of", "start", "category", "amount", "said_on"]
    if not lab.has("forecast_submissions"):
        return pd.DataFrame(columns=columns)
    said = lab.table("forecast_submissions")
    said = said.select("user_id", "category", "amount", start="period_start", said_on="as_of")
    found = said.inner_join(_days(asked), "start")
    age = found.as_of.delta(found.said_on, unit="day")
    found = found.filter((age >= 0) & (age <= _STALE))
    newest_first = ibis.window(group_by=["user_id", "as_of", "start", "category"], order_by=ibis.desc("said_on"))
    found = found.mutate(age_rank=ibis.row_number().over(newest_first))
    rows = found.filter(found.age_rank == 0).select(*columns)
    frame = lab.read(rows.order_by("as_of", "start", "user_id", "category"))
    dates = {name: pd.to_datetime(frame[name]) for name in ("as_of", "start", "said_on")}
    return frame.assign(**dates, amount=frame["amount"].astype("float64"))


def read_weighted_pipeline(lab: Warehouse, asked: pd.DataFrame) -> pd.DataFrame:
    """Return open deals that were due within a period, weighed by the chance of their stage, as known on some days.

    Parameters
    ----------
    lab
        The warehouse.
    asked
        ``start`` and ``end`` of a period, and the day ``as_of`` within it.

    Returns
    -------
    frame
        ``owner_id, as_of, start, weighted, n_deals``. Stage, amount and close date are those of the last event by
        the day.

    Raises
    ------
    NotEnoughData
        When the history of deals, or the chance of stages, is not on record.
    """
    if not (lab.has("opportunities") and lab.has("stage_events") and lab.has("stages")):
        raise NotEnoughData(
            "There is no history of stages: what was in the pipeline on a past day cannot be told.",
            "import the stage history, or keep weekly snapshots with `saleslab snapshot`.",
        )
    events, stages = lab.table("stage_events"), lab.table("stages")
    events = events.filter((events.object_type == "opportunity") & events.expected_close_date.notnull())
    chances = stages.filter(stages.probability.notnull()).select("stage_id", "probability")
    chances = keep_first(chances, "stage_id", ["probability"])
    n_events = int(lab.read(events.aggregate(n=events.count()))["n"].iloc[0])
    n_stages = int(lab.read(chances.aggregate(n=chances.count()))["n"].iloc[0])
    if not n_events or not n_stages:
        raise NotEnoughData(
            f"A weighted pipeline needs events with an expected close date (there are {n_events}) and stages with a "
            f"chance ({n_stages}).",
            "import close dates with the stage history, and give the stages their chances.",
        )
    latest = _read_deals_then(lab, events, asked)
    due = latest.inner_join(chances, latest.stage_then == chances.stage_id)
    due = due.filter((due.close_then >= due.as_of) & (due.close_then <= due.end))
    sums = due.group_by("owner_id", "as_of", "start").aggregate(
        weighted=(due.amount_then.cast("float64") * due.probability).sum(), n_deals=due.count()
    )
    frame = lab.read(sums.order_by("as_of", "owner_id"))
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]), start=pd.to_datetime(frame["start"]))


def _read_deals_then(lab: Warehouse, events: Any, asked: pd.DataFrame) -> Any:
    """Return the deals open on each day, with stage, amount and close date of their last event by then."""
    zone, deals = lab.settings.timezone, lab.table("opportunities")
    days = _days(asked, zone)
    deals = deals.select("opportunity_id", "created_at", "closed_at", owner_id=deals.owner_id.coalesce(""))
    opened = [
        deals.created_at.isnull() | (deals.created_at < days.over),
        deals.closed_at.isnull() | (deals.closed_at >= days.over),
    ]
    running = deals.inner_join(days, opened)
    seen = running.inner_join(events, running.opportunity_id == events.object_id)
    seen = seen.filter(seen["at"] < seen.over)
    newest_first = ibis.window(group_by=["opportunity_id", "as_of"], order_by=[ibis.desc("at"), ibis.desc("event_id")])
    seen = seen.mutate(age_rank=ibis.row_number().over(newest_first))
    seen = seen.filter(seen.age_rank == 0)
    return seen.select(
        "owner_id", "as_of", "start", "end",
        stage_then="to_stage_id", amount_then="amount", close_then="expected_close_date",
    )  # fmt: skip


def _days(asked: pd.DataFrame, zone: str | None = None) -> Any:
    """Return the days that are asked about as a table, with the instant at which each is over where a zone is given."""
    rows = pd.DataFrame(
        {name: pd.to_datetime(asked[name]) for name in ("start", "end", "as_of") if name in asked.columns}
    )
    rows = rows.drop_duplicates()
    columns = {name: pa.array([day.date() for day in rows[name]], pa.date32()) for name in rows.columns}
    if zone is not None:
        columns["over"] = pa.array([end_of_day(day.date(), zone) for day in rows["as_of"]], pa.timestamp("us"))
    return ibis.memtable(pa.table(columns))


def _sales(lab: Warehouse, measure: Measure) -> Any:
    """Return one row a sale in the base currency: ``owner_id, day, amount``."""
    zone, base = lab.settings.timezone, lab.settings.currency
    if measure == "won_amount":
        rows = lab.need("opportunities")
        rows = rows.filter(rows.is_won & rows.closed_at.notnull())
        home = rows.currency.isnull() | (rows.currency == base)
        amount = rows.amount_base.coalesce(ibis.ifelse(home, rows.amount, ibis.null(rows.amount.type())))
        at, owner = rows.closed_at, rows.owner_id
    else:
        rows = lab.need("orders")
        if lab.has("opportunities"):
            deals = lab.table("opportunities").select("opportunity_id", deal_owner="owner_id")
            rows = rows.left_join(deals, "opportunity_id")
        owner = rows.owner_id.coalesce(rows.deal_owner) if "deal_owner" in rows.columns else rows.owner_id
        amount = ibis.ifelse(rows.currency.isnull() | (rows.currency == base), rows.total, ibis.null(rows.total.type()))
        at = rows.ordered_at
    known = rows.select(owner_id=owner.coalesce(""), day=to_local_date(at, zone), amount=amount)
    return known.filter(known.day.notnull() & known.amount.notnull())
