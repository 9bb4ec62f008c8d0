"""Twelve ways in which records go wrong, each put in on purpose and written down row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.simulation.columns import PREFIX, yen
from saleslab.simulation.scenario import Defects
from saleslab.simulation.spellings import respell
from saleslab.simulation.streams import Ints, Streams
from saleslab.simulation.truth import NO_DEFECTS

_DAY_US = 86_400_000_000
_FRESH_DAYS = 14


@dataclass(slots=True)
class _Damage:
    """Tables while they are being spoilt, and the record of it."""

    tables: dict[str, pa.Table]
    streams: Streams
    share: dict[str, float]
    records: list[pd.DataFrame] = field(default_factory=list)
    open_deals: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    closed_deals: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def rng(self, kind: str) -> np.random.Generator:
        """Return the stream of one kind of defect."""
        return self.streams(f"defects.{kind}")

    def some(self, kind: str, eligible: Ints) -> Ints:
        """Draw the share of eligible rows, at least one where there is any."""
        n = min(len(eligible), max(1, round(self.share[kind] * len(eligible))))
        return np.sort(self.rng(kind).permutation(eligible)[:n])

    def some_deals(self, kind: str, *, closed: bool) -> Ints:
        """Draw deals that no other defect has, closed or open."""
        pool = self.closed_deals if closed else self.open_deals
        chosen = self.some(kind, pool)
        rest = np.setdiff1d(pool, chosen)
        if closed:
            self.closed_deals = rest
        else:
            self.open_deals = rest
        return chosen

    def record(self, kind: str, table: str, rows: pa.Array, column: str, others: pa.Array | None = None) -> None:
        """Write down which rows were spoilt."""
        frame = pd.DataFrame(
            {
                "kind": pd.Series(kind, index=range(len(rows)), dtype="str"),
                "table_name": table,
                "row_id": pd.Series(rows.to_pylist(), dtype="str"),
                "other_id": pd.Series(others.to_pylist() if others is not None else [None] * len(rows), dtype="str"),
                "column_name": column,
            }
        )
        self.records.append(frame.astype("str"))

    def change(self, table: str, column: str, rows: Ints, values: pa.Array) -> None:
        """Replace some values of one column."""
        data = self.tables[table]
        mask = np.zeros(data.num_rows, dtype=bool)
        mask[rows] = True
        old = data[column].combine_chunks()
        changed = pc.replace_with_mask(old, pa.array(mask), values.cast(old.type))
        self.tables[table] = data.set_column(data.column_names.index(column), data.field(column), changed)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows at the end of a table."""
        self.tables[table] = pa.concat_tables([self.tables[table], rows]).combine_chunks()

    def ids(self, table: str, column: str, rows: Ints) -> pa.Array:
        """Return ids of rows."""
        return self.tables[table][column].combine_chunks().take(pa.array(rows))


def spoil(tables: dict[str, pa.Table], defects: Defects, streams: Streams) -> tuple[dict[str, pa.Table], pd.DataFrame]:
    """Return the tables with defects, and which rows have them.

    Deals get at most one defect each, so that every finding can be told from the others.
    """
    closed = tables["opportunities"]["is_closed"].to_numpy(zero_copy_only=False)
    damage = _Damage(
        tables=dict(tables),
        streams=streams,
        share={kind: getattr(defects, kind) for kind in Defects.__slots__},
        open_deals=np.flatnonzero(~closed),
        closed_deals=np.flatnonzero(closed),
    )
    for kind, spoiler in _SPOILERS.items():
        if damage.share[kind] > 0:
            spoiler(damage)
    found = pd.concat(damage.records, ignore_index=True) if damage.records else NO_DEFECTS
    return damage.tables, found


def _with(rows: pa.Table, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        place = rows.column_names.index(name)
        kind = rows.schema.field(name).type
        array = values if isinstance(values, pa.Array) else pa.repeat(pa.scalar(values, kind), rows.num_rows)
        rows = rows.set_column(place, rows.schema.field(name), array.cast(kind))
    return rows


def _new_ids(kind: str, n: int) -> pa.Array:
    return pa.array([f"{PREFIX}{kind}-again-{i + 1:05d}" for i in range(n)])


def _duplicates(damage: _Damage) -> None:
    rng = damage.rng("duplicates.spelling")
    for table, key, kind in (("accounts", "account_id", "account"), ("contacts", "contact_id", "contact")):
        rows = damage.some("duplicates", np.arange(damage.tables[table].num_rows))
        copies = damage.tables[table].take(pa.array(rows))
        old, new = copies[key].combine_chunks(), _new_ids(kind, len(rows))
        names = pa.array(respell(rng, copies["name"].to_pylist(), company=table == "accounts"))
        copies = _with(copies, **{key: new, "name": names})
        if table == "contacts":  # people are entered again with one of mail and phone, seldom both
            forgotten = rng.random(len(rows)) < 0.5
            copies = _with(
                copies,
                email=pc.if_else(pa.array(forgotten), None, copies["email"].combine_chunks()),
                phone=pc.if_else(pa.array(~forgotten), None, copies["phone"].combine_chunks()),
            )
        damage.append(table, copies)
        damage.record("duplicates", table, new, key, old)


def _missing_owners(damage: _Damage) -> None:
    rows = damage.some_deals("missing_owners", closed=False)
    damage.change("opportunities", "owner_id", rows, pa.nulls(len(rows), pa.string()))
    damage.record("missing_owners", "opportunities", damage.ids("opportunities", "opportunity_id", rows), "owner_id")


def _days_before_creation(damage: _Damage, kind: str, rows: Ints) -> pa.Array:
    created = damage.tables["opportunities"]["created_at"].to_numpy()[rows].astype("datetime64[us]")
    return pa.array(created - damage.rng(f"{kind}.days").integers(2, 40, len(rows)) * np.timedelta64(_DAY_US, "us"))


def _closed_before_created(damage: _Damage) -> None:
    rows = damage.some_deals("closed_before_created", closed=True)
    early = _days_before_creation(damage, "closed_before_created", rows)
    damage.change("opportunities", "closed_at", rows, early)
    ids = damage.ids("opportunities", "opportunity_id", rows)
    damage.record("closed_before_created", "opportunities", ids, "closed_at")


def _negative_amounts(damage: _Damage) -> None:
    rows = damage.some_deals("negative_amounts", closed=True)
    for column in ("amount", "amount_base"):
        values = damage.tables["opportunities"][column].combine_chunks().take(pa.array(rows))
        damage.change("opportunities", column, rows, pc.negate(values))
    damage.record("negative_amounts", "opportunities", damage.ids("opportunities", "opportunity_id", rows), "amount")


def _orphans(damage: _Damage) -> None:
    rows = damage.some_deals("orphans", closed=True)
    nowhere = pa.array([f"{PREFIX}account-9{i:07d}" for i in range(len(rows))])
    damage.change("opportunities", "account_id", rows, nowhere)
    ids = damage.ids("opportunities", "opportunity_id", rows)
    damage.record("orphans", "opportunities", ids, "account_id", nowhere)


def _backdated_stages(damage: _Damage) -> None:
    deals = damage.some_deals("backdated_stages", closed=True)
    ids = damage.ids("opportunities", "opportunity_id", deals)
    events = damage.tables["stage_events"]
    closing = pc.match_substring_regex(events["to_stage_id"], "-(won|lost)$")
    place = pc.index_in(events["object_id"], value_set=ids)
    hit = pc.and_(closing, pc.is_valid(place)).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(hit)
    order = place.to_numpy(zero_copy_only=False)[rows].astype(np.int64)
    early = _days_before_creation(damage, "backdated_stages", deals).take(pa.array(order))
    damage.change("stage_events", "at", rows, early)
    damage.record(
        "backdated_stages",
        "stage_events",
        damage.ids("stage_events", "event_id", rows),
        "at",
        ids.take(pa.array(order)),
    )


def _uneven_logging(damage: _Damage) -> None:
    data = damage.tables["activities"]
    people = pc.unique(data["user_id"]).sort()
    lazy = people.take(pa.array(damage.some("uneven_logging", np.arange(len(people)))))
    theirs = pc.is_in(data["user_id"], value_set=lazy).to_numpy(zero_copy_only=False)
    dropped = theirs & (damage.rng("uneven_logging.rows").random(data.num_rows) < 0.8)
    damage.tables["activities"] = data.filter(pa.array(~dropped))
    damage.record("uneven_logging", "activities", lazy, "user_id")


def _deleted_or_merged(damage: _Damage) -> None:
    data = damage.tables["accounts"]
    known = ~np.asarray(pc.match_substring(data["account_id"], "again").to_numpy(zero_copy_only=False))
    rows = damage.some("deleted_or_merged", np.flatnonzero(known))
    into = damage.rng("deleted_or_merged.into").permutation(np.setdiff1d(np.flatnonzero(known), rows))[: len(rows)]
    merged = np.full(data.num_rows, -1)
    merged[rows[1::2]] = into[1::2]
    deleted = np.zeros(data.num_rows, dtype=bool)
    deleted[rows[::2]] = True
    ids = data["account_id"].combine_chunks()
    target = ids.take(pa.array(merged, mask=merged < 0))
    damage.tables["accounts"] = data.append_column("is_deleted", pa.array(deleted)).append_column(
        "merged_into_id", target
    )
    damage.record(
        "deleted_or_merged", "accounts", ids.take(pa.array(rows)), "merged_into_id", target.take(pa.array(rows))
    )


def _immature_cohort(damage: _Damage) -> None:
    deals = damage.tables["opportunities"]
    first_deals = np.flatnonzero(pc.equal(deals["type"], "new").to_numpy(zero_copy_only=False))
    n = max(1, round(damage.share["immature_cohort"] * deals.num_rows))
    rng = damage.rng("immature_cohort")
    rows = deals.take(pa.array(rng.choice(first_deals, n)))
    latest = deals["created_at"].to_numpy().max().astype("datetime64[us]")
    created = latest - (rng.random(n) * _FRESH_DAYS * _DAY_US).astype(np.int64) * np.timedelta64(1, "us")
    stages = damage.tables["stages"]
    ids = _new_ids("deal", n)
    rows = _with(
        rows,
        opportunity_id=ids,
        stage_id=stages["stage_id"][0].as_py(),
        amount=yen(rng.integers(3, 60, n) * 100_000),
        probability=stages["probability"][0].as_py(),
        forecast_category=stages["forecast_category"][0].as_py(),
        created_at=pa.array(created),
        expected_close_date=pa.array((created + np.timedelta64(90, "D")).astype("datetime64[D]")),
        is_closed=False,
        is_won=False,
        **dict.fromkeys(("lead_id", "closed_at", "lost_reason", "competitor", "next_step", "last_activity_at")),
    )
    rows = _with(rows, amount_base=rows["amount"].combine_chunks())
    damage.append("opportunities", rows)
    events = damage.tables["stage_events"].slice(0, 1).take(pa.array(np.zeros(n, dtype=np.int64)))
    events = _with(
        events,
        event_id=_new_ids("event", n),
        object_type="opportunity",
        object_id=ids,
        pipeline_id=stages["pipeline_id"][0].as_py(),
        from_stage_id=None,
        to_stage_id=stages["stage_id"][0].as_py(),
        to_stage_label=stages["label"][0].as_py(),
        at=pa.array(created),
        by_user_id=rows["owner_id"].combine_chunks(),
        amount=rows["amount"].combine_chunks(),
        expected_close_date=rows["expected_close_date"].combine_chunks(),
    )
    damage.append("stage_events", events)
    damage.record("immature_cohort", "opportunities", ids, "created_at")


def _product_spelling(damage: _Damage) -> None:
    rows = damage.some("product_spelling", np.arange(damage.tables["opportunity_lines"].num_rows))
    right = damage.ids("opportunity_lines", "product_id", rows)
    damage.change("opportunity_lines", "product_id", rows, pc.replace_substring(right, "product-0", "product0"))
    ids = damage.ids("opportunity_lines", "line_id", rows)
    damage.record("product_spelling", "opportunity_lines", ids, "product_id", right)


def _probability_range(damage: _Damage) -> None:
    rows = damage.some_deals("probability_range", closed=False)
    share = damage.tables["opportunities"]["probability"].combine_chunks().take(pa.array(rows))
    damage.change("opportunities", "probability", rows, pc.multiply(share, 100.0))
    ids = damage.ids("opportunities", "opportunity_id", rows)
    damage.record("probability_range", "opportunities", ids, "probability")


def _duplicated_keys(damage: _Damage) -> None:
    rows = damage.some_deals("duplicated_keys", closed=True)
    ids = damage.ids("opportunities", "opportunity_id", rows)
    damage.append("opportunities", damage.tables["opportunities"].take(pa.array(rows)))
    damage.record("duplicated_keys", "opportunities", ids, "opportunity_id")


_SPOILERS: dict[str, Callable[[_Damage], None]] = {
    "immature_cohort": _immature_cohort,  # first: it copies deals, which must still be sound
    "duplicates": _duplicates,
    "missing_owners": _missing_owners,
    "closed_before_created": _closed_before_created,
    "negative_amounts": _negative_amounts,
    "orphans": _orphans,
    "backdated_stages": _backdated_stages,
    "uneven_logging": _uneven_logging,
    "deleted_or_merged": _deleted_or_merged,
    "product_spelling": _product_spelling,
    "probability_range": _probability_range,
    "duplicated_keys": _duplicated_keys,
}
