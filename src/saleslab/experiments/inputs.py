"""From the warehouse to one row for each unit of an experiment, with its arm and what came of it.

Every unit is followed for the same number of days from the day it was assigned, so that an arm that was filled earlier
has not had more time to succeed. Units that have not been followed for so long by ``as_of`` are counted, not judged.
The rows are found and summed where they are stored; a unit of the experiment is one row here.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from saleslab.errors import BadArgument, NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.warehouse import Warehouse

Record = Literal["lead", "account", "deal", "rep"]
DealType = Literal["new", "expansion", "renewal"]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of the units of an experiment.

    Attributes
    ----------
    experiment_id, metric, horizon, as_of
        Of what, measured how, for how many days, known until when.
    rows
        One row for each unit that was followed for the whole horizon: ``unit_id, arm, started_at``, ``look`` (the
        first look at which that was so, from 1; what comparisons take as ``look``) and, by metric,
        ``succeeded`` (rates), ``amount`` (money), ``n_events`` and ``exposure`` (counts; days), or ``days`` and
        ``ended`` (durations; False where it had not ended when the horizon was over). Where people or their weeks were
        drawn there is one row for each of their leads or deals, ``record_id``, with ``user_id`` (the cluster) and
        ``week`` (the period).
    n_immature
        Units that had not been followed for the whole horizon by ``as_of``; they are in no row.
    n_undated
        Units whose start nobody knows; they are in no row either.
    """

    experiment_id: str
    metric: str
    horizon: int
    as_of: date
    rows: pd.DataFrame
    n_immature: int
    n_undated: int


def read_experiments(lab: Warehouse) -> pd.DataFrame:
    """Return the experiments that the company has on record, the oldest first, with the number of units assigned.

    Columns: ``experiment_id, name, unit_type, metric_id, registered_at, started_at, ended_at, plan, n_units``.
    """
    experiments, assigned = lab.need("experiments"), lab.table("assignments")
    counts = assigned.group_by("experiment_id").aggregate(n_units=assigned.count())
    names = ["experiment_id", "name", "unit_type", "metric_id", "registered_at", "started_at", "ended_at", "plan"]
    rows = experiments.select(*names).left_join(counts, "experiment_id").select(*names, "n_units")
    return lab.read(rows.mutate(n_units=rows.n_units.coalesce(0)).order_by("started_at", "experiment_id"))


def read_assignments(lab: Warehouse, experiment_id: str) -> pd.DataFrame:
    """Return who was put into which arm: ``unit_id, arm, assigned_at``; what `check_health` takes."""
    rows = _assigned(lab, experiment_id)
    return lab.read(rows.select("unit_id", "arm", "assigned_at").order_by("unit_id"))


def read_groups(lab: Warehouse, experiment_id: str, *, by: str) -> pd.DataFrame:
    """Return the segment of each unit, by a column of leads, accounts or users: ``unit_id, group``; may be missing."""
    unit = str(_find_experiment(lab, experiment_id)["unit_type"])
    places = {"lead": ("leads", "lead_id"), "account": ("accounts", "account_id"), "rep": ("users", "user_id")}
    table, key = places.get(unit, ("users", "user_id"))
    rows = lab.need(table)
    if unit == "rep_week" or by not in rows.columns or by == key:
        raise BadArgument(f"Units of '{experiment_id}' have no column '{by}'.", f"name a column of {table}.")
    named = rows.select(unit_id=rows[key], group=rows[by].cast("string"))
    units = _assigned(lab, experiment_id).select("unit_id")
    return lab.read(units.left_join(named, "unit_id").select("unit_id", "group").order_by("unit_id"))


def read_outcomes(
    lab: Warehouse,
    experiment_id: str,
    *,
    as_of: date,
    horizon: int,
    metric: str | None = None,
    deal_type: DealType | None = None,
    look_every: int = 7,
) -> Outcomes:
    """Return what came of each unit of an experiment within a fixed number of days.

    Parameters
    ----------
    lab
        The warehouse.
    experiment_id
        Which experiment.
    as_of
        Last day that is known.
    horizon
        Days for which each unit is followed, from its assignment (people: from the lead's or deal's creation).
    metric
        ``appointment_rate``, ``win_rate``, ``revenue``, ``margin``, ``calls`` or ``days_to_close``; what the experiment
        says when None.
    deal_type
        Only deals of this type count, such as ``new`` where a test is about new business; all when None.
    look_every
        Days between looks, from the start of the experiment.

    Raises
    ------
    NotEnoughData
        When the experiment is not on record, has no units, or none that was followed for so long.
    BadArgument
        When the metric is none of these, does not suit the unit, or the horizon is below one day.
    """
    if horizon < 1 or look_every < 1:
        raise BadArgument(
            f"Units cannot be followed for {horizon} days with looks every {look_every} days.",
            "give at least 1 of both.",
        )
    experiment = _find_experiment(lab, experiment_id)
    metric = metric or str(experiment["metric_id"])
    if metric not in _METRICS:
        raise BadArgument(f"'{metric}' is no metric of an experiment.", f"give one of: {', '.join(_METRICS)}.")
    scope = _Scope(lab, _record_of(str(experiment["unit_type"]), metric), deal_type)
    starts = _starts(scope, experiment)
    counted, mature = _keep_mature(lab, starts, as_of=as_of, horizon=horizon)
    events = _METRICS[metric].events(scope)
    rows = lab.read(_METRICS[metric].summarise(_follow(mature, events, horizon), horizon).order_by("record_id"))
    if rows.empty:
        raise NotEnoughData(
            f"No unit of '{experiment_id}' was followed for {horizon} days by {as_of}; {counted['n']} were assigned.",
            "wait, give a shorter horizon, or import later data.",
        )
    opened = rows["started_at"].min() if experiment["started_at"] is None else experiment["started_at"]
    followed = (rows["started_at"] - opened).dt.total_seconds() / 86_400 + horizon
    rows.insert(3, "look", (followed // look_every).astype(int) + 1)
    if experiment["unit_type"] in {"lead", "account"}:
        rows = rows.drop(columns="record_id")
    else:
        rows.insert(1, "user_id", rows["unit_id"].str.split("@").str[0])
    if experiment["unit_type"] == "rep_week":
        rows.insert(2, "week", rows["unit_id"].str.split("@").str[1])
    return Outcomes(experiment_id, metric, horizon, as_of, rows, counted["n_immature"], counted["n_undated"])


# -- who is followed, from when


def _find_experiment(lab: Warehouse, experiment_id: str) -> Mapping[str, Any]:
    experiments = lab.need("experiments")
    found = lab.read(experiments.filter(experiments.experiment_id == experiment_id).limit(1))
    if found.empty:
        raise NotEnoughData(
            f"There is no experiment '{experiment_id}' on record.",
            "choose one that `read_experiments` lists, or import the experiments table.",
        )
    return dict(found.iloc[0])


def _assigned(lab: Warehouse, experiment_id: str) -> Any:
    rows = lab.need("assignments")
    rows = rows.filter(rows.experiment_id == experiment_id)
    return rows.select("unit_id", "assigned_at", arm=rows.variant)


def _record_of(unit: str, metric: str) -> Record:
    """Return what is followed: the unit itself, or the leads or deals of the person who was drawn."""
    if unit in {"lead", "account"}:
        if unit == "account" and metric == "appointment_rate":
            raise BadArgument("Appointments are of leads, and accounts were drawn.", "measure win_rate or revenue.")
        return "lead" if unit == "lead" else "account"
    if metric == "calls":
        return "rep"
    return "lead" if metric == "appointment_rate" else "deal"


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where things are read, what is followed, and which deals count."""

    lab: Warehouse
    record: Record
    deal_type: DealType | None

    def deals(self, *columns: str) -> Any:
        """Return the deals that count; see `Warehouse.need`."""
        rows = self.lab.need("opportunities", *columns, *(["type"] if self.deal_type else []))
        return rows.filter(rows.type == self.deal_type) if self.deal_type else rows


def _starts(scope: _Scope, experiment: Mapping[str, Any]) -> Any:
    """Return ``unit_id, record_id, arm, started_at`` of everything that is to be followed."""
    assigned = _assigned(scope.lab, str(experiment["experiment_id"]))
    unit = str(experiment["unit_type"])
    if unit == "rep_week" and scope.record == "rep":
        raise BadArgument("Calls are counted a person here, and weeks were drawn.", "measure a rate or revenue.")
    if unit in {"lead", "account"} or scope.record == "rep":
        return assigned.select("unit_id", "arm", record_id=assigned.unit_id, started_at=assigned.assigned_at)
    worked = _worked(scope, experiment["started_at"], experiment["ended_at"])
    key = worked.owner_id if unit == "rep" else worked.owner_id + "@" + _iso_week(scope.lab, worked.started_at)
    worked = worked.mutate(unit_id=key)
    return worked.inner_join(assigned.select("unit_id", "arm"), "unit_id").select(
        "unit_id", "arm", "record_id", "started_at"
    )


def _worked(scope: _Scope, opens: datetime, closes: datetime) -> Any:
    """Return the leads or deals that came to a person while the test ran."""
    import ibis

    if scope.record == "lead":
        rows = scope.lab.need("leads", "owner_id", "created_at")
        key = rows.lead_id
    else:
        rows = scope.deals("owner_id", "created_at")
        key = rows.opportunity_id
    rows = rows.select("owner_id", record_id=key, started_at=rows.created_at)
    return rows.filter(
        rows.owner_id.notnull()
        & (rows.started_at >= ibis.timestamp(opens.isoformat()))
        & (rows.started_at < ibis.timestamp(closes.isoformat()))
    )


def _iso_week(lab: Warehouse, moment: Any) -> Any:
    """Return the company's ISO week as text, such as 2026-W14."""
    from saleslab.warehouse.local_time import to_local

    local = to_local(moment, lab.settings.timezone)
    thursday = local.date() + _days(3) - _days(1) * local.date().day_of_week.index().cast("int64")
    week = local.date().week_of_year()
    return thursday.year().cast("string") + "-W" + week.cast("string").lpad(2, "0")


def _days(n: int) -> Any:
    import ibis

    return ibis.interval(days=n)


def _keep_mature(lab: Warehouse, starts: Any, *, as_of: date, horizon: int) -> tuple[dict[str, int], Any]:
    """Return how many are too young or undated, and those that were followed for the whole horizon."""
    import ibis

    from saleslab.warehouse.local_time import end_of_day

    over = ibis.timestamp(end_of_day(as_of, lab.settings.timezone).isoformat())
    is_young = starts.started_at + _days(horizon) > over
    counted = lab.read(
        starts.aggregate(
            n=starts.count(),
            n_immature=is_young.sum().coalesce(0),
            n_undated=starts.started_at.isnull().sum().coalesce(0),
        )
    ).iloc[0]
    return {name: int(counted[name]) for name in counted.index}, starts.filter(~is_young)


# -- what came of them


def _follow(starts: Any, events: Any, horizon: int) -> Any:
    """Return each record with its events within the horizon: ``first_at, n_events, amount`` (missing without any)."""
    joined = starts.inner_join(events, "record_id")
    inside = joined.filter((joined["at"] >= joined.started_at) & (joined["at"] < joined.started_at + _days(horizon)))
    summed = inside.group_by("record_id").aggregate(
        first_at=inside["at"].min(), n_events=inside.count(), amount=inside.amount.sum()
    )
    found = starts.left_join(summed, "record_id")
    return found.select("unit_id", "record_id", "arm", "started_at", "first_at", "n_events", "amount")


def _as_rate(found: Any, horizon: int) -> Any:  # noqa: ARG001 - all summaries are called alike
    return found.select("unit_id", "record_id", "arm", "started_at", succeeded=found.n_events.notnull())


def _as_amount(found: Any, horizon: int) -> Any:  # noqa: ARG001 - all summaries are called alike
    amount = found.amount.coalesce(0).cast("decimal(18, 2)")
    return found.select("unit_id", "record_id", "arm", "started_at", amount=amount)


def _as_count(found: Any, horizon: int) -> Any:
    import ibis

    return found.select(
        "unit_id",
        "record_id",
        "arm",
        "started_at",
        n_events=found.n_events.coalesce(0),
        exposure=ibis.literal(horizon).cast("float64"),  # 60.0 itself is a DECIMAL to PostgreSQL
    )


def _as_duration(found: Any, horizon: int) -> Any:
    seconds = found.first_at.epoch_seconds() - found.started_at.epoch_seconds()
    days = (seconds / 86_400.0).coalesce(float(horizon))
    return found.select("unit_id", "record_id", "arm", "started_at", days=days, ended=found.first_at.notnull())


def _appointments(scope: _Scope) -> Any:
    leads = scope.lab.need("leads", "qualified_at")
    return _events(leads, leads.lead_id, leads.qualified_at)


def _decided(scope: _Scope) -> Any:
    deals = scope.deals("closed_at")
    return _events(deals, _deal_key(deals, scope.record), deals.closed_at)


def _won(scope: _Scope) -> Any:
    deals = scope.deals("closed_at")
    deals = deals.filter(deals.is_won)
    return _events(deals, _deal_key(deals, scope.record), deals.closed_at)


def _revenue(scope: _Scope) -> Any:
    import ibis

    deals, home = scope.deals("closed_at", "amount"), scope.lab.settings.currency
    deals = deals.filter(deals.is_won & deals.amount.notnull())
    is_home = deals.currency.isnull() | (deals.currency == home)
    base = deals.amount_base.coalesce(ibis.ifelse(is_home, deals.amount, ibis.null(deals.amount.type())))
    deals = deals.mutate(base=base)
    _refuse_foreign(scope.lab, deals.filter(deals.base.isnull()), "opportunities.amount")
    return _events(deals, _deal_key(deals, scope.record), deals.closed_at, deals.base)


def _margin(scope: _Scope) -> Any:
    orders = scope.lab.need("orders", "margin")
    orders = orders.filter(orders.margin.notnull())
    foreign = orders.filter(orders.currency.notnull() & (orders.currency != scope.lab.settings.currency))
    _refuse_foreign(scope.lab, foreign, "orders.margin")
    if scope.record == "account" and scope.deal_type is None:
        return _events(orders, orders.account_id, orders.ordered_at, orders.margin)
    deals = scope.deals()
    deals = deals.select("opportunity_id", record_id=_deal_key(deals, scope.record))
    sold = orders.select("opportunity_id", "ordered_at", "margin").inner_join(deals, "opportunity_id")
    return _events(sold, sold.record_id, sold.ordered_at, sold.margin)


def _calls(scope: _Scope) -> Any:
    calls = scope.lab.need("activities")
    calls = calls.filter(calls.channel == "phone")
    key = {"lead": "lead_id", "account": "account_id", "deal": "opportunity_id", "rep": "user_id"}[scope.record]
    return _events(calls, calls[key], calls["at"])


def _deal_key(deals: Any, record: Record) -> Any:
    return deals[{"lead": "lead_id", "account": "account_id"}.get(record, "opportunity_id")]


def _events(rows: Any, key: Any, at: Any, amount: Any = None) -> Any:
    """Return ``record_id, at, amount`` of everything that can happen to a record."""
    import ibis

    amount = ibis.null("decimal(18, 2)") if amount is None else amount
    named = rows.select(record_id=key, at=at, amount=amount)
    return named.filter(named.record_id.notnull() & named["at"].notnull())


def _refuse_foreign(lab: Warehouse, rows: Any, place: str) -> None:
    n = int(lab.read(rows.aggregate(n=rows.count()))["n"].iloc[0])
    if n:
        raise NotEnoughData(
            f"{n} rows of {place} are in a currency other than {lab.settings.currency} and have no base amount.",
            "import exchange rates so that the base amount is filled, or leave those rows out of the test.",
        )


@dataclass(frozen=True, slots=True)
class _Measure:
    events: Callable[[_Scope], Any]
    summarise: Callable[[Any, int], Any]


_METRICS: Mapping[str, _Measure] = {
    "appointment_rate": _Measure(_appointments, _as_rate),
    "win_rate": _Measure(_won, _as_rate),
    "revenue": _Measure(_revenue, _as_amount),
    "margin": _Measure(_margin, _as_amount),
    "calls": _Measure(_calls, _as_count),
    "days_to_close": _Measure(_decided, _as_duration),
}
