"""The parts of the view of one account, each read from its table: few questions, since each costs its translation."""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.customers.accounts.rows import AccountScope
from saleslab.intake.privacy import redact_frame

_DONE = ("done", "completed", "closed", "cancelled", "canceled", "完了", "中止", "キャンセル")
"""What CRMs write for a task that is no longer open, where no time says so."""

_CONTACTS = ("contact_id", "name", "email", "phone", "title", "seniority", "opt_out_email", "opt_out_phone")
_TIMELINE = (
    "at", "kind", "channel", "direction", "outcome", "connected", "user_id", "contact_id", "opportunity_id", "amount",
    "score", "subject", "note", "row_id",
)  # fmt: skip
_PERSONAL = ("subject", "note")
_DEALS = (
    "opportunity_id", "name", "type", "stage_id", "amount", "currency", "probability", "expected_close_date",
    "owner_id", "next_step", "created_at",
)  # fmt: skip
_TASKS = ("task_id", "subject", "due_at", "priority", "assignee_id", "origin", "opportunity_id")
_FEEDBACK = ("feedback_id", "at", "kind", "score", "contact_id", "text")
_ORDERS = ("order_id", "ordered_at", "total", "currency", "status", "owner_id", "opportunity_id")
_LINES = ("line_id", "order_id", "product_id", "amount", "term_start", "term_end")
_MOVES = ("at", "object_type", "object_id", "from_stage_id", "to_stage_id", "to_stage_label", "by_user_id")
_FIELDS = ("at", "object_type", "object_id", "field", "old", "new")
_CHANGES = (*_FIELDS, "by_user_id")

Part = tuple[pd.DataFrame, int]


@dataclass(frozen=True, slots=True)
class AccountReading:
    """Reads the parts of a view: a frame of the newest rows, in the company's own time, and how many there are.

    Attributes
    ----------
    scope
        Which rows belong to the account.
    as_of
        The last day that is looked at.
    show_people
        Whether what is personal is read.
    shown
        Newest rows of each kind that are read.
    """

    scope: AccountScope
    as_of: date
    show_people: bool
    shown: int

    def contacts(self) -> Part:
        """Return its people."""
        if not self._has("contacts"):
            return _none(_CONTACTS), 0
        return self._read(self.scope.by_account("contacts"), "contacts", _CONTACTS, by=["contact_id"])

    def deals(self) -> Part:
        """Return the deals that are open, the next to close first."""
        if not self._has("opportunities"):
            return _none(_DEALS), 0
        rows = self.scope.by_account("opportunities")
        is_open = ~rows.is_closed | (rows.closed_at >= self.scope.over).coalesce(False)
        rows = rows.filter(is_open & (rows.created_at.isnull() | (rows.created_at < self.scope.over)))
        return self._read(rows, "opportunities", _DEALS, by=["expected_close_date", "opportunity_id"])

    def tasks(self) -> Part:
        """Return the tasks that are open, the first due first."""
        if not self._has("tasks"):
            return _none(_TASKS), 0
        rows = self.scope.rows("tasks")
        is_open = (rows.closed_at >= self.scope.over).coalesce(~rows.status.lower().isin(_DONE))
        return self._read(rows.filter(is_open), "tasks", _TASKS, by=["due_at", "task_id"])

    def feedback(self) -> Part:
        """Return what its people answered, newest first."""
        if not self._has("feedback"):
            return _none(_FEEDBACK), 0
        rows = self.scope.rows("feedback")
        rows = rows.filter(rows["at"] < self.scope.over)
        return self._read(rows, "feedback", _FEEDBACK, by=[rows["at"].desc(), "feedback_id"])

    def purchases(self) -> tuple[pd.DataFrame, int, Decimal]:
        """Return its orders, newest first, how many there are, and their sum in the base currency."""
        if not self._has("orders"):
            return _none(_ORDERS), 0, Decimal(0)
        rows = self._orders()
        frame, n = self._read(rows, "orders", _ORDERS, by=[rows.ordered_at.desc(), "order_id"])
        base = self.scope.lab.settings.currency
        if n == len(frame):
            home = frame.loc[frame["currency"].isna() | (frame["currency"] == base), "total"]
            return frame, n, sum(home, Decimal(0))
        home = rows.currency.isnull() | (rows.currency == base)
        told = self.scope.lab.read(rows.aggregate(amount=rows.total.sum(where=home)))["amount"].iloc[0]
        return frame, n, Decimal(0) if pd.isna(told) else Decimal(told)

    def contracts(self) -> Part:
        """Return the lines with a term, the last to end first, and whether each runs on the day."""
        if not (self._has("orders") and self._has("order_lines")):
            return _none((*_LINES, "product_name", "is_running")), 0
        lines = self.scope.lab.table("order_lines")
        lines = lines.filter(lines.term_end.notnull()).rename(amount="total")
        lines = lines.semi_join(self._orders().select("order_id"), "order_id")
        frame, n = self._read(lines, None, _LINES, by=[lines.term_end.desc(), "line_id"])
        day = pd.Timestamp(self.as_of)
        running = (frame["term_end"] >= day) & ~(frame["term_start"] > day)
        return frame.assign(product_name=self._name_products(frame), is_running=running.astype(bool)), n

    def changes(self) -> Part:
        """Return moves between stages and between owners, of deals and of the leads before them, newest first."""
        objects, frames, counted = self.scope.deals + self.scope.leads, [_none(_CHANGES)], 0
        for table, columns in (("stage_events", _MOVES), ("field_events", _FIELDS)):
            if objects and self._has(table):
                rows = self.scope.lab.table(table)
                mine = rows.object_id.isin(objects) & (rows["at"] < self.scope.over)
                rows = rows.filter(mine & (rows.field == "owner") if table == "field_events" else mine)
                frame, n = self._read(rows, None, columns, by=[rows["at"].desc(), "object_id"])
                if table == "stage_events":
                    frame["from_stage_id"] = _name_stages(frame)
                frames.append(frame.rename(columns={"from_stage_id": "old", "to_stage_label": "new"}))
                counted += n
        frames = [frame.assign(field=frame.get("field", "stage")) for frame in frames]
        return self._join(frames, _CHANGES, ["at", "object_id", "field", "new"]), counted

    def timeline(self, feedback: pd.DataFrame, purchases: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        """Return the newest entries of all kinds, and how many there are of each; answers and orders are given."""
        frames, by_kind = [_none(_TIMELINE)], dict[str, int]()
        for rows in (self._activities(), self._campaigns()):
            if rows is not None:
                columns = [name for name in _TIMELINE if name in rows.columns]
                columns = [name for name in columns if self.show_people or name not in _PERSONAL]
                frame, n = self._read(rows, None, columns, by=[rows["at"].desc(), "row_id"])
                frames.append(frame)
                for kind, n_of in self._count_kinds(rows, frame, n).items():
                    by_kind[kind] = by_kind.get(kind, 0) + n_of
        answers = feedback.rename(columns={"feedback_id": "row_id", "kind": "outcome", "text": "note"})
        bought = purchases.rename(
            columns={"order_id": "row_id", "ordered_at": "at", "total": "amount", "owner_id": "user_id"}
        )
        frames += [answers.assign(kind="feedback"), bought.assign(kind="order").drop(columns="status")]
        columns = [name for name in _TIMELINE if self.show_people or name not in _PERSONAL]
        return self._join(frames, columns, ["at", "row_id"]), by_kind

    def _activities(self) -> Any:
        if not self._has("activities"):
            return None
        rows = self.scope.rows("activities")
        rows = rows.filter(rows["at"] < self.scope.over)
        return rows.mutate(kind=rows.type.lower(), row_id=rows.activity_id)

    def _campaigns(self) -> Any:
        if not (self.scope.contacts + self.scope.leads and self._has("touches")):
            return None
        rows = self.scope.rows("touches")
        rows = rows.filter(rows["at"] < self.scope.over)
        campaign = rows.touch_id.nullif(rows.touch_id).coalesce("campaign")
        return rows.mutate(kind=campaign, outcome=rows.status, row_id=rows.touch_id)

    def _orders(self) -> Any:
        rows = self.scope.rows("orders")
        return rows.filter(rows.ordered_at < self.scope.over)

    def _name_products(self, lines: pd.DataFrame) -> pd.Series:
        """Return the name of each line's product; its id where it has none."""
        wanted = sorted(set(lines["product_id"].dropna()))
        if not wanted or not self._has("products"):
            return lines["product_id"]
        products = self.scope.lab.table("products")
        known = self.scope.lab.read(products.filter(products.product_id.isin(wanted)).select("product_id", "name"))
        return lines["product_id"].map(known.set_index("product_id")["name"]).fillna(lines["product_id"])

    def _count_kinds(self, rows: Any, frame: pd.DataFrame, n: int) -> dict[str, int]:
        if n == len(frame):
            return {str(kind): int(n_of) for kind, n_of in frame["kind"].value_counts(sort=False).items()}
        counted = self.scope.lab.read(rows.group_by("kind").aggregate(n=rows.count()))
        return {str(kind): int(n_of) for kind, n_of in zip(counted["kind"], counted["n"], strict=True)}

    def _read(self, rows: Any, table: str | None, columns: Sequence[str], *, by: list[Any]) -> Part:
        """Return the first rows of an order, without what the table declares personal unless it is to be shown."""
        lab = self.scope.lab
        frame = lab.read(rows.order_by(by).select(*columns).limit(self.shown))
        n = len(frame) if len(frame) < self.shown else int(lab.read(rows.aggregate(n=rows.count()))["n"].iloc[0])
        if table is not None and not self.show_people:
            frame = redact_frame(frame, table)
        for name in ("at", "due_at", "ordered_at", "created_at"):
            if name in frame.columns:
                local = frame[name].dt.tz_localize("UTC").dt.tz_convert(lab.settings.timezone)
                frame[name] = local.dt.tz_localize(None)
        return frame, n

    def _join(self, frames: Sequence[pd.DataFrame], columns: Sequence[str], by: list[str]) -> pd.DataFrame:
        """Return the rows of several frames in one order of time, the newest first."""
        full = [frame.astype(object) for frame in frames if len(frame)]
        joined = pd.concat(full, ignore_index=True) if full else _none(columns)
        joined = joined.reindex(columns=list(columns))
        joined["at"] = pd.to_datetime(joined["at"])
        is_rising = [False, *(True for _ in by[1:])]
        return joined.sort_values(by, ascending=is_rising, ignore_index=True, kind="stable").head(self.shown)

    def _has(self, table: str) -> bool:
        return self.scope.lab.has(table)


def _name_stages(moves: pd.DataFrame) -> pd.Series:
    """Return what the stage that each move left was called when it was entered; its id where nobody was seen to."""
    known = moves.dropna(subset=["to_stage_label"]).drop_duplicates("to_stage_id")
    called = moves["from_stage_id"].map(known.set_index("to_stage_id")["to_stage_label"])
    return called.fillna(moves["from_stage_id"])


def _none(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
