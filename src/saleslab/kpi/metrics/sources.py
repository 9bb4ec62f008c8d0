"""What can be counted: canonical tables, some with columns of their own making, and whose each row is.

`kpi.inputs` builds what is declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from saleslab.kpi.metrics.expressions import MOMENT
from saleslab.tables import CANONICAL, Column, Kind, Label, Table, get_table


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows can be counted.

    Attributes
    ----------
    table
        Its columns, as far as a metric may ask for them.
    user, channel
        Path to the person and the channel that a row counts for; None where it has none.
    customers
        Paths to the companies that a row is about, the first filled one counts; "" where the row is one itself.
    links
        Columns that hold a key although the declaration does not say of which table.
    planned
        Times that lie ahead: a row is known although they are to come.
    is_scoped
        Whether each row says itself for which scope it stands, as targets do.
    """

    table: Table
    user: str | None = None
    customers: tuple[str, ...] = ()
    channel: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    planned: tuple[str, ...] = ()
    is_scoped: bool = False

    @property
    def own(self) -> frozenset[str]:
        """Columns that are made here, and are not stored."""
        stored = CANONICAL[self.table.name].column_names if self.table.name in CANONICAL else ()
        return frozenset(column.name for column in self.table.columns) - frozenset(stored)

    def check_path(self, path: str, *, may_ask_moment: bool) -> Column:
        """Return the column at the end of a path.

        Raises
        ------
        ValueError
            When there is none, or a key on the way leads nowhere.
        """
        if path == MOMENT:
            if not may_ask_moment:
                raise ValueError(f"'{MOMENT}' can be asked for in a stock only.")
            return Column(MOMENT, Kind.TIMESTAMP, Label("Period end", "期間末"))
        first, _, rest = path.partition(".")
        try:
            column = self.table.column(first)
        except KeyError:
            known = ", ".join(one.name for one in self.table.columns)
            raise ValueError(f"{self.table.name} has no column '{first}'; it has {known}.") from None
        if not rest:
            return column
        target = self.target_of(first)
        if target is None:
            raise ValueError(f"{self.table.name}.{first} is no key of another table, and '{rest}' cannot follow it.")
        return describe_table(target).check_path(rest, may_ask_moment=False)

    def has_path(self, path: str) -> bool:
        """Say whether a path leads to a column."""
        try:
            self.check_path(path, may_ask_moment=False)
        except ValueError:
            return False
        return True

    def target_of(self, column: str) -> str | None:
        """Return the table that a column holds the key of, or None."""
        if column in self.links:
            return self.links[column]
        refers_to = self.table.column(column).refers_to
        if refers_to is None:
            return None
        name, _, key = refers_to.partition(".")
        return name if get_table(name).key == (key,) else None


def _extend(name: str, *columns: Column) -> Table:
    table = get_table(name)
    return Table(table.name, table.label, table.row, table.key, (*table.columns, *columns), table.keeps_custom)


def _flag(name: str, en: str, ja: str) -> Column:
    return Column(name, Kind.BOOL, Label(en, ja))


PURCHASES = Table(
    "purchases",
    Label("Purchase", "購買"),
    Label("one day on which a customer bought", "顧客が購入した日1日"),
    key=("account_id", "at"),
    columns=(
        Column("account_id", Kind.ID, Label("Account", "取引先"), refers_to="accounts.account_id"),
        Column("at", Kind.TIMESTAMP, Label("At", "日時")),
        Column("amount", Kind.MONEY, Label("Amount", "金額")),
        Column("turn", Kind.INTEGER, Label("Which purchase", "購入回数")),
        Column("next_at", Kind.TIMESTAMP, Label("Next purchase at", "次回購入日時")),
        Column("lapsed_at", Kind.TIMESTAMP, Label("Lapsed at", "離反日時")),
    ),
)
"""From orders, or won deals where there are none; what a customer bought on one day is one purchase. ``lapsed_at`` is a
year later where no other came by then."""


def _of_deal(key: str) -> tuple[str, tuple[str, ...], str]:
    return f"{key}.owner_id", (f"{key}.account_id",), f"{key}.source"


_OPPORTUNITIES = _extend(
    "opportunities",
    _flag("is_open", "Open", "進行中"),
    _flag("is_lost", "Lost", "失注"),
    Column("left_at", Kind.TIMESTAMP, Label("Open until", "進行終了日時")),
)
"""``left_at`` is when a deal was decided; one of which nobody knows when was never open."""
_LEADS = _extend("leads", Column("ended_at", Kind.TIMESTAMP, Label("Ended at", "対応完了日時")))
"""Converted or ruled out."""
_FEEDBACK = _extend("feedback", Column("nps_points", Kind.NUMBER, Label("NPS points", "NPS換算点")))
"""100 for a promoter (9 or 10), -100 for a detractor (0 to 6), 0 between."""

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        source.table.name: source
        for source in (
            Source(_OPPORTUNITIES, "owner_id", ("account_id",), "source"),
            Source(_LEADS, "owner_id", ("",), "source"),
            Source(get_table("activities"), "user_id", ("account_id", "lead_id"), "channel"),
            Source(get_table("tasks"), "assignee_id", ("account_id",), planned=("due_at",)),
            Source(get_table("handoffs"), "from_user_id", ("lead_id", "opportunity_id.account_id"), "lead_id.source"),
            Source(_FEEDBACK, "account_id.owner_id", ("account_id",)),
            Source(get_table("quotes"), *_of_deal("opportunity_id")),
            Source(get_table("opportunity_lines"), *_of_deal("opportunity_id")),
            Source(get_table("orders"), "owner_id", ("account_id",), "opportunity_id.source"),
            Source(get_table("order_lines"), "order_id.owner_id", ("order_id.account_id",)),
            Source(get_table("touches"), "lead_id.owner_id", ("lead_id",), "campaign_id.channel"),
            Source(get_table("campaigns"), channel="channel"),
            Source(get_table("accounts"), "owner_id", ("",), "source"),
            Source(get_table("contacts"), "account_id.owner_id", ("account_id",)),
            Source(get_table("users"), "user_id"),
            Source(get_table("field_events"), *_of_deal("object_id"), links={"object_id": "opportunities"}),
            Source(get_table("stage_events"), *_of_deal("object_id"), links={"object_id": "opportunities"}),
            Source(get_table("targets"), is_scoped=True),
            Source(PURCHASES, "account_id.owner_id", ("account_id",)),
        )
    }
)
"""Every table that a metric may count, by its name."""


def find_source(name: str) -> Source:
    """Return the source of a name.

    Raises
    ------
    ValueError
        When there is none.

    Examples
    --------
    >>> find_source("activities").user
    'user_id'
    """
    if name not in SOURCES:
        known = "no table that is counted" if name in CANONICAL else "no table"
        raise ValueError(f"'{name}' is {known}; use one of {', '.join(SOURCES)}.")
    return SOURCES[name]


def describe_table(name: str) -> Source:
    """Return what is known of a table to which a key leads, counted or not, such as products."""
    return SOURCES.get(name) or Source(get_table(name))
