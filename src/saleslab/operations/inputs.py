"""From the warehouse to the small frames that the studies of this room take.

Everything is counted where the rows are: a day, a month, a person or a stage becomes one row here, however many deals
it holds. The one list of single deals is that of the deals still open. Nothing after ``as_of`` is known: a deal created
later does not exist yet, a deal closed later is still open. Days are the company's own, not UTC's.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.operations.kept import History, Kept, Scope
from saleslab.periods import Period
from saleslab.tables import CUSTOM, HOUSEKEEPING, get_table
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local_date

_SPOKEN_BY = (
    ("opportunities", "created_at"),
    ("opportunities", "closed_at"),
    ("activities", "at"),
    ("leads", "created_at"),
    ("orders", "ordered_at"),
    ("stage_events", "at"),
)


def read_data_until(lab: Warehouse) -> date:
    """Return the last day on which the data say that something happened.

    Planned times lie ahead of the import and are passed over. Where nothing has a time, it is the day of the import.

    Raises
    ------
    NotEnoughData
        When there is nothing at all.
    """
    zone, happened, loaded = lab.settings.timezone, [], []
    for table, column in _SPOKEN_BY:
        if lab.has(table):
            rows = lab.table(table)
            past = ibis.ifelse(rows[column] <= rows.loaded_at, rows[column], ibis.null("timestamp"))
            last = rows.aggregate(past=to_local_date(past, zone).max(), load=to_local_date(rows.loaded_at, zone).max())
            found = lab.read(last).iloc[0]
            happened += [found["past"]] if pd.notna(found["past"]) else []
            loaded += [found["load"]] if pd.notna(found["load"]) else []
    if not happened and not loaded:
        raise NotEnoughData("No table holds a row that could say when it ends.", "import opportunities first.")
    return pd.Timestamp(max(happened or loaded)).date()


def read_kept(lab: Warehouse) -> Kept:
    """Return what the CRM keeps about its deals."""
    deals = lab.need("opportunities")
    foreign = deals.amount.notnull() & _money(lab, deals).isnull()
    filled = lab.read(
        deals.aggregate(
            next_step=(deals.next_step.length() > 0).sum(),
            expected_close=deals.expected_close_date.count(),
            created=deals.created_at.count(),
            probability=deals.probability.count(),
            foreign=foreign.sum(),
        )
    ).iloc[0]
    has = {name: pd.notna(filled[name]) and bool(filled[name] > 0) for name in filled.index}
    return Kept(
        _find_close_date_history(lab),
        has["next_step"],
        has["expected_close"],
        has["created"],
        has["probability"] or _stages_have_probability(lab),
        int(filled["foreign"] or 0),
    )


def read_scope(lab: Warehouse, *, as_of: date) -> Scope:
    """Return how many deals are known at the end of a day, and what became of them."""
    deals = _deals(lab, as_of)
    counted = deals.aggregate(
        n_deals=deals.count(), n_open=deals.is_open.sum(), n_without_account=deals.account_id.isnull().sum(),
        **_outcomes(deals),
    )  # fmt: skip
    row = lab.read(counted).iloc[0]
    n = {name: int(row[name]) if pd.notna(row[name]) else 0 for name in row.index if name != "won_amount"}
    return Scope(n["n_deals"], n["n_won"], n["n_lost"], n["n_open"], row["won_amount"], n["n_without_account"])


def read_closed_days(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return one row for each day on which a deal was decided.

    Columns: ``closed_on``, ``n_won``, ``n_lost``, ``won_amount`` and ``won_squares`` (sum of squared amounts, from
    which the part of luck is judged), ``n_won_without_amount``. Deals closed on an unknown day are in none.
    """
    deals = _deals(lab, as_of)
    closed = deals.filter(deals.closed_on.notnull() & ~deals.is_open)
    by_day = closed.group_by("closed_on").aggregate(**_outcomes(closed), won_squares=_squares(closed))
    return lab.read(by_day.order_by("closed_on"))


def read_opened_months(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return one row for each month in which deals were opened, with what became of them until ``as_of``.

    Columns: ``opened_in`` (first of the month), ``n_opened``, ``n_won``, ``n_lost``, ``n_open``.
    """
    deals = _deals(lab, as_of)
    dated = deals.filter(deals.created_on.notnull())
    dated = dated.mutate(opened_in=dated.created_on.truncate("M"))
    by_month = dated.group_by("opened_in").aggregate(
        n_opened=dated.count(), n_won=dated.is_won.sum(), n_lost=dated.is_lost.sum(), n_open=dated.is_open.sum()
    )
    return lab.read(by_month.order_by("opened_in"))


def read_durations(lab: Warehouse, *, as_of: date, opened_since: date | None = None) -> pd.DataFrame:
    """Return how long deals ran, as a histogram by whole days.

    Columns: ``days`` since creation, and how many were won (``n_won``), lost (``n_lost``) or still open at ``as_of``
    (``n_running``) after exactly so many. Deals without a creation or closing day are left out.
    """
    deals = _deals(lab, as_of)
    deals = deals.filter(deals.created_on.notnull() & (deals.is_open | deals.closed_on.notnull()))
    if opened_since is not None:
        deals = deals.filter(deals.created_on >= ibis.literal(opened_since))
    end = ibis.ifelse(deals.is_open, ibis.literal(as_of), deals.closed_on)
    deals = deals.mutate(days=end.delta(deals.created_on, unit="day"))
    deals = deals.filter(deals.days >= 0)
    by_days = deals.group_by("days").aggregate(
        n_won=deals.is_won.sum(), n_lost=deals.is_lost.sum(), n_running=deals.is_open.sum()
    )
    return lab.read(by_days.order_by("days"))


def read_reps(lab: Warehouse, *, period: Period, as_of: date) -> pd.DataFrame:
    """Return one row for each owner of a deal decided within a period.

    Columns: ``owner_id`` (missing for deals without owner), ``n_won``, ``n_lost``, ``won_amount``,
    ``n_won_without_amount``. The rows add up to the period's total.
    """
    deals = _deals(lab, as_of)
    first, last = ibis.literal(period.start), ibis.literal(period.end)
    closed = deals.filter(~deals.is_open & (deals.closed_on >= first) & (deals.closed_on <= last))
    by_owner = closed.group_by("owner_id").aggregate(**_outcomes(closed))
    return lab.read(by_owner.order_by(by_owner.won_amount.desc(), "owner_id"))


def read_ordered(lab: Warehouse, *, period: Period, as_of: date) -> pd.DataFrame:
    """Return one row for each owner of an order placed within a period: ``owner_id``, ``n_orders``, ``ordered_amount``.

    An order without owner counts for the owner of its deal; orders in a foreign currency are not added.

    Raises
    ------
    NotEnoughData
        When there are no orders.
    """
    orders, zone = lab.need("orders"), lab.settings.timezone
    if lab.has("opportunities"):
        deals = lab.table("opportunities").select("opportunity_id", deal_owner="owner_id")
        orders = orders.left_join(deals, "opportunity_id")
        orders = orders.mutate(owner_id=orders.owner_id.coalesce(orders.deal_owner))
    before = min(end_of_day(period.end, zone), end_of_day(as_of, zone))
    home = orders.currency.isnull() | (orders.currency == lab.settings.currency)
    orders = orders.filter(
        (orders.ordered_at >= ibis.timestamp(start_of_day(period.start, zone)))
        & (orders.ordered_at < ibis.timestamp(before))
        & home
    )
    by_owner = orders.group_by("owner_id").aggregate(n_orders=orders.count(), ordered_amount=orders.total.sum())
    return lab.read(by_owner.order_by("owner_id"))


def read_open_deals(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return one row for each deal open at ``as_of``.

    Columns: ``opportunity_id``, ``owner_id``, ``pipeline_id``, ``stage_id`` (as it was then, where history tells;
    missing where it does not), ``amount``, ``probability``, ``created_on``, ``expected_close_date``,
    ``has_next_step``, ``last_activity_on``, ``n_pushes`` (times the close date moved later; missing where no history
    is kept) and ``first_promised`` (the earliest close date on record). Amounts and close dates are as the CRM shows
    them now.
    """
    deals = _deals(lab, as_of)
    deals = _add_stage_then(lab, deals.filter(deals.is_open), as_of)
    history = _find_close_date_history(lab)
    if history is None or history == "snapshots":
        unmoved = ibis.null("int64") if history is None else ibis.literal(0, "int64")
        deals = deals.mutate(n_pushes=unmoved, first_promised=ibis.null("string"))
    else:
        deals = deals.left_join(_pushes(lab, history, as_of), "opportunity_id").drop("opportunity_id_right")
        deals = deals.mutate(n_pushes=deals.n_pushes.coalesce(0))
    columns = (
        "opportunity_id", "owner_id", "pipeline_id", "stage_id", "amount", "probability", "created_on",
        "expected_close_date", "has_next_step", "last_activity_on", "n_pushes", "first_promised",
    )  # fmt: skip
    frame = lab.read(deals.select(*columns).order_by("opportunity_id"))
    return frame.assign(first_promised=pd.to_datetime(frame["first_promised"], errors="coerce"))


def read_stages(lab: Warehouse) -> pd.DataFrame:
    """Return the stages on record.

    Columns: ``pipeline_id``, ``pipeline_label``, ``stage_id``, ``label``, ``position``, ``probability``.
    """
    kinds = {"pipeline_id": "str", "pipeline_label": "str", "stage_id": "str", "label": "str", "position": "int64"}
    kinds |= {"probability": "float64"}
    if not lab.has("stages"):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    return lab.read(lab.table("stages").select(*kinds).order_by("pipeline_id", "position", "stage_id"))


def read_target(lab: Warehouse, *, period: Period) -> Decimal | None:
    """Return the company's target of won money for exactly this period, in its latest version; None without one."""
    if not lab.has("targets"):
        return None
    targets = lab.table("targets")
    mine = targets.filter(
        (targets.metric_id == "won_amount")
        & (targets.scope_type == "company")
        & (targets.period_start == ibis.literal(period.start))
        & (targets.period_end == ibis.literal(period.end))
    )
    found = lab.read(mine.order_by(ibis.desc("version"), "target_id").select("target").limit(1))
    return Decimal(repr(float(found["target"].iloc[0]))) if len(found) else None


def read_names(lab: Warehouse, user_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of some users. Personal data: for a report whose readers lead these people."""
    wanted = sorted(set(user_ids))
    if not wanted or not lab.has("users"):
        return {}
    users = lab.table("users")
    known = lab.read(users.filter(users.user_id.isin(wanted) & users.name.notnull()).select("user_id", "name"))
    return dict(zip(known["user_id"], known["name"], strict=True))


def read_deal_names(lab: Warehouse, opportunity_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of some deals. Personal data, as they often name a customer."""
    wanted = sorted(set(opportunity_ids))
    if not wanted:
        return {}
    deals = lab.table("opportunities")
    named = deals.filter(deals.opportunity_id.isin(wanted) & deals["name"].notnull())
    known = lab.read(named.select("opportunity_id", "name"))
    return dict(zip(known["opportunity_id"], known["name"], strict=True))


def read_fill(lab: Warehouse) -> pd.DataFrame:
    """Return how many values each column of each table holds: ``table``, ``column``, ``n_rows``, ``n_filled``."""
    own = {column.name for column in (*HOUSEKEEPING, CUSTOM)}
    rows = []
    for name in lab.names():
        table = lab.table(name)
        columns = [column for column in get_table(name).column_names if column not in own]
        counted = lab.read(
            table.aggregate(n_rows=table.count(), **{column: table[column].count() for column in columns})
        )
        counts = counted.iloc[0]
        rows += [(name, column, int(counts["n_rows"]), int(counts[column])) for column in columns]
    return pd.DataFrame(rows, columns=["table", "column", "n_rows", "n_filled"])


# -- what the reads above share


def _money(lab: Warehouse, deals: Any) -> Any:
    """Return the amount in the base currency; missing where it is foreign and was never converted."""
    home = deals.currency.isnull() | (deals.currency == lab.settings.currency)
    return deals.amount_base.coalesce(ibis.ifelse(home, deals.amount, ibis.null(deals.amount.type())))


def _deals(lab: Warehouse, as_of: date) -> Any:
    """Return the deals as known at the end of a day, with local days and three flags: open, won, lost."""
    zone = lab.settings.timezone
    over = ibis.timestamp(end_of_day(as_of, zone))
    deals = lab.need("opportunities")
    deals = deals.filter(deals.created_at.isnull() | (deals.created_at < over))
    is_open = ~deals.is_closed | (deals.closed_at.notnull() & (deals.closed_at >= over))
    return deals.mutate(
        amount=_money(lab, deals),
        created_on=to_local_date(deals.created_at, zone),
        closed_on=to_local_date(deals.closed_at, zone),
        last_activity_on=to_local_date(deals.last_activity_at, zone),
        has_next_step=deals.next_step.length().coalesce(0) > 0,
        is_open=is_open,
        is_closed_later=deals.is_closed & is_open,
        is_won=~is_open & deals.is_won,
        is_lost=~is_open & ~deals.is_won,
    )


def _outcomes(closed: Any) -> dict[str, Any]:
    nothing = ibis.literal(0).cast("decimal(38, 2)")
    return {
        "n_won": closed.is_won.sum(),
        "n_lost": closed.is_lost.sum(),
        "won_amount": closed.amount.sum(where=closed.is_won).cast("decimal(38, 2)").coalesce(nothing),
        "n_won_without_amount": (closed.is_won & closed.amount.isnull()).sum(),
    }


def _squares(closed: Any) -> Any:
    wide = closed.amount.cast("decimal(19, 2)")
    return (wide * wide).sum(where=closed.is_won).cast("float64").coalesce(0.0)


def _add_stage_then(lab: Warehouse, deals: Any, as_of: date) -> Any:
    """Set the stage back to what it was at ``as_of`` for deals that moved or closed later."""
    if not lab.has("stage_events"):
        return deals.mutate(stage_id=ibis.ifelse(deals.is_closed_later, ibis.null("string"), deals.stage_id))
    over = ibis.timestamp(end_of_day(as_of, lab.settings.timezone))
    events = lab.table("stage_events")
    events = events.filter(events.object_type == "opportunity")
    newest_first = ibis.window(group_by="object_id", order_by=[ibis.desc("at"), ibis.desc("event_id")])
    past = events.filter(events.at < over)
    past = past.mutate(age_rank=ibis.row_number().over(newest_first))
    past = past.filter(past.age_rank == 0).select(opportunity_id="object_id", stage_then="to_stage_id")
    later = events.filter(events.at >= over).select(opportunity_id="object_id", moved_later=True).distinct()
    deals = deals.left_join(past, "opportunity_id").drop("opportunity_id_right")
    deals = deals.left_join(later, "opportunity_id").drop("opportunity_id_right")
    current = ibis.ifelse(deals.is_closed_later, ibis.null("string"), deals.stage_id)
    moved = deals.is_closed_later | deals.moved_later.coalesce(False)
    return deals.mutate(stage_id=ibis.ifelse(moved, deals.stage_then.coalesce(current), current))


def _find_close_date_history(lab: Warehouse) -> History | None:
    """Return the table in which changes of the expected close date can be seen, if any.

    Two snapshots between which no date moved leave no event, and still say that none moved.
    """
    if lab.has("field_events"):
        events = lab.table("field_events")
        dates = (events.object_type == "opportunity") & (events.field == "close_date")
        if int(lab.read(events.aggregate(n=dates.sum().coalesce(0)))["n"].iloc[0]):
            return "field_events"
    if lab.has("stage_events"):
        events = lab.table("stage_events")
        if int(lab.read(events.aggregate(n=events.expected_close_date.count()))["n"].iloc[0]):
            return "stage_events"
    if lab.has("snapshots"):
        snapshots, deals = lab.table("snapshots"), lab.need("opportunities")
        n_snapshots = (snapshots.object_type == "opportunity").sum().coalesce(0)
        n_dates = int(lab.read(deals.aggregate(n=deals.expected_close_date.count()))["n"].iloc[0])
        if n_dates and int(lab.read(snapshots.aggregate(n=n_snapshots))["n"].iloc[0]) > 1:
            return "snapshots"
    return None


def _pushes(lab: Warehouse, history: History, as_of: date) -> Any:
    """Return how often each deal's close date moved later, and its earliest close date, from a table of events."""
    over = ibis.timestamp(end_of_day(as_of, lab.settings.timezone))
    events = lab.table(history)
    events = events.filter((events.object_type == "opportunity") & (events.at < over))
    if history == "field_events":
        events = events.filter((events.field == "close_date") & events.old.notnull() & events.new.notnull())
        events = events.mutate(old=events.old.substr(0, 10), new=events.new.substr(0, 10))  # ISO: text sorts as dates
    else:
        events = events.filter(events.expected_close_date.notnull())
        in_turn = ibis.window(group_by="object_id", order_by=["at", "event_id"])
        promised = events.expected_close_date.cast("string")
        events = events.mutate(new=promised, old=promised.lag().over(in_turn).coalesce(promised))
    pushed = (events.new > events.old).sum()
    by_deal = events.group_by("object_id").aggregate(n_pushes=pushed, first_promised=events.old.min())
    return by_deal.rename(opportunity_id="object_id")


def _stages_have_probability(lab: Warehouse) -> bool:
    if not lab.has("stages"):
        return False
    stages = lab.table("stages")
    return bool(lab.read(stages.aggregate(n=stages.probability.count()))["n"].iloc[0] > 0)
