"""Rows as they were known at the end of a day, with the columns that metrics ask for, keys followed.

What happened later is unknown: a time after the day is missing, a deal closed after it is open. Deleted rows are out,
and a record that was merged counts as the one that was kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import ibis

from saleslab.kpi.metrics.expressions import MOMENT, Expression
from saleslab.kpi.metrics.sources import PURCHASES, Source, describe_table
from saleslab.tables import Column, Kind, get_table
from saleslab.warehouse import Warehouse
from saleslab.warehouse.as_of import attach, keep_first
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

_SECONDS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}
_LAPSE_DAYS = 365
_MERGED = ("accounts", "contacts", "leads", "opportunities", "orders")


@dataclass(frozen=True, slots=True)
class Known:
    """A warehouse at the end of a day.

    Attributes
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    over
        The instant, UTC, at which that day is over.
    """

    lab: Warehouse
    as_of: date
    over: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", end_of_day(self.as_of, self.zone))

    @property
    def zone(self) -> str:
        """The company's time zone."""
        return self.lab.settings.timezone

    def rows(self, source: Source, paths: Iterable[str]) -> Any:
        """Return the rows of a source with a column for each path, its dots written as ``__``."""
        wanted = dict.fromkeys(path for path in paths if path != MOMENT)
        own = dict.fromkeys(path.partition(".")[0] for path in wanted)
        rows = self._own_columns(source, list(own))
        for key in own:
            further = [path.partition(".")[2] for path in wanted if path.startswith(f"{key}.")]
            if further:
                rows = self._follow(rows, source, key, further)
        return rows

    def _follow(self, rows: Any, source: Source, key: str, further: list[str]) -> Any:
        """Return rows with columns of the one record that a key leads to."""
        target = source.target_of(key)
        assert target is not None, "paths were checked when they were declared"
        found = describe_table(target)
        [target_key] = found.table.key
        if not self.lab.has(target):
            kinds = {path: _find_column(found, path) for path in further}
            return rows.mutate(**{name_of(f"{key}.{path}"): _nothing(column) for path, column in kinds.items()})
        joined = self.rows(found, [target_key, *further])
        joined = joined.select(
            **{key: joined[target_key]}, **{name_of(f"{key}.{p}"): joined[name_of(p)] for p in further}
        )
        return attach(rows, joined, key=key)

    def _own_columns(self, source: Source, names: list[str]) -> Any:
        if source.table.name == PURCHASES.name:
            rows = self._purchases()
        elif source.table.name == "opportunities":
            rows = self._deals()
        elif source.table.name == "orders":
            rows = self._orders()
        elif source.table.name == "leads":
            leads = self.lab.table("leads")
            rows = leads.mutate(ended_at=leads.converted_at.coalesce(leads.disqualified_at))
        elif source.table.name == "targets":
            rows = _latest_targets(self.lab.table("targets"))
        elif source.table.name == "feedback":
            rows = _with_points(self.lab.table("feedback"))
        else:
            rows = self.lab.table(source.table.name)
        columns = {name: self._know(rows, source, name) for name in names}
        rows = rows.select(**columns)
        for name in names:
            target = source.target_of(name)
            if target in _MERGED and get_table(target).key == (name,):
                rows = with_kept_ids(self.lab, rows, table=target, key=name)
        return rows

    def _know(self, rows: Any, source: Source, name: str) -> Any:
        column = source.table.column(name)
        if column.kind is not Kind.TIMESTAMP or name in source.planned:
            return rows[name]
        return ibis.ifelse(rows[name] < ibis.timestamp(self.over), rows[name], ibis.null("timestamp"))

    def _deals(self) -> Any:
        """Return deals, their amount in the base currency, open as long as they were not closed by the day."""
        deals = self.lab.table("opportunities")
        closed_later = deals.closed_at.notnull() & (deals.closed_at >= ibis.timestamp(self.over))
        is_closed = deals.is_closed & ~closed_later
        home = deals.currency.isnull() | (deals.currency == self.lab.settings.currency)
        foreign = ibis.null(deals.amount.type())
        return deals.mutate(
            amount=deals.amount_base.coalesce(ibis.ifelse(home, deals.amount, foreign)),
            is_closed=is_closed,
            is_open=~is_closed,
            is_won=is_closed & deals.is_won,
            is_lost=is_closed & ~deals.is_won,
            left_at=deals.closed_at.coalesce(ibis.ifelse(is_closed, deals.created_at, ibis.null("timestamp"))),
        )

    def _orders(self) -> Any:
        """Return orders; the money of one in another currency is left empty, since it must not be added."""
        orders = self.lab.table("orders")
        home = orders.currency.isnull() | (orders.currency == self.lab.settings.currency)
        nothing = ibis.null(orders.total.type())
        return orders.mutate(
            total=ibis.ifelse(home, orders.total, nothing), margin=ibis.ifelse(home, orders.margin, nothing)
        )

    def _purchases(self) -> Any:
        """Return the days on which each customer bought: from orders, or from won deals where there are none."""
        name = find_purchases(self.lab)
        source = describe_table(name)
        moment, amount = ("ordered_at", "total") if name == "orders" else ("closed_at", "amount")
        rows = self.rows(source, ["account_id", moment, amount, *(["is_won"] if name == "opportunities" else [])])
        rows = rows.filter(rows.account_id.notnull() & rows[moment].notnull())
        if name == "opportunities":
            rows = rows.filter(rows.is_won)
        rows = rows.mutate(day=to_local_date(rows[moment], self.zone))
        days = rows.group_by("account_id", "day").aggregate(at=rows[moment].min(), amount=rows[amount].sum())
        in_turn = ibis.window(group_by="account_id", order_by="day")
        days = days.mutate(turn=ibis.row_number().over(in_turn) + 1, next_at=days["at"].lead().over(in_turn))
        lapses = days["at"] + ibis.interval(days=_LAPSE_DAYS)
        return days.mutate(
            lapsed_at=ibis.ifelse(days.next_at.notnull() & (days.next_at <= lapses), ibis.null("timestamp"), lapses)
        )


def _with_points(feedback: Any) -> Any:
    points = ibis.cases((feedback.score >= 9, 100.0), (feedback.score <= 6, -100.0), else_=0.0)
    asked = (feedback["kind"] == "nps") & feedback.score.notnull()
    return feedback.mutate(nps_points=ibis.ifelse(asked, points, ibis.null("float64")))


def _latest_targets(targets: Any) -> Any:
    """Return one target for each metric, scope and period: that of the latest version, since two do not add up."""
    targets = targets.mutate(newest_first=-targets.version.coalesce(0))
    keys = ["metric_id", "scope_type", "scope_id", "period_start", "period_end"]
    return keep_first(targets, keys, ["newest_first", "target_id"])


def find_purchases(lab: Warehouse) -> str:
    """Return the table that tells who bought when: orders, or won deals where no order names its customer."""
    if lab.has("orders"):
        orders = lab.table("orders")
        if lab.count_once("orders of known customers", orders.filter(orders.account_id.notnull())):
            return "orders"
    return "opportunities"


def name_of(path: str) -> str:
    """Return the column that holds a path."""
    return path.replace(".", "__")


def build(expression: Expression, rows: Any, source: Source, *, moment: Any = None, local_moment: Any = None) -> Any:
    """Return an expression over rows that `Known.rows` made; ``moment`` is what a stock is looked at.

    Dates are the company's, so that an expression with a date in it takes ``local_moment``.
    """
    kinds = {_find_column(source, path).kind for path in expression.paths if path != MOMENT}
    looked_at = local_moment if Kind.DATE in kinds else moment
    return expression.build(lambda path: looked_at if path == MOMENT else rows[name_of(path)], _elapse)


def moment_of(path: str, rows: Any, source: Source) -> tuple[Any, bool]:
    """Return a time column as a timestamp, and whether it is a date, which is in the company's own time."""
    column = rows[name_of(path)]
    if _find_column(source, path).kind is Kind.DATE:
        return column.cast("timestamp"), True
    return column, False


def _find_column(source: Source, path: str) -> Column:
    return source.check_path(path, may_ask_moment=True)


def _nothing(column: Column) -> Any:
    kinds = {
        Kind.BOOL: "boolean",
        Kind.INTEGER: "int64",
        Kind.NUMBER: "float64",
        Kind.RATE: "float64",
        Kind.DATE: "date",
    }
    kinds |= {Kind.MONEY: "decimal(18, 2)", Kind.TIMESTAMP: "timestamp"}
    return ibis.null(kinds.get(column.kind, "string"))


def _elapse(start: Any, end: Any, unit: str) -> Any:
    seconds = end.cast("timestamp").epoch_seconds() - start.cast("timestamp").epoch_seconds()
    return seconds.cast("float64") / _SECONDS[unit]
