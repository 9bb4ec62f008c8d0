"""From the warehouse to open deals as they stood at a day, and to all past ones as counts.

What a deal was on a past day is read from the moves and changes on record (`spells`): its stage, its amount, its
expected close and how often that was put off. Open deals come as rows; deals of the past are counted where they are.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.pipeline.history import DealHistory, Doubt
from saleslab.forecasting.pipeline.labels.inputs import find_families, find_teams, name_stages, rank_category
from saleslab.forecasting.pipeline.slots import cut_slots
from saleslab.forecasting.pipeline.stays import LAST_OF_WIDE, STAY_DAYS
from saleslab.forecasting.spells.inputs import Scope, add_then, stage_spells, value_spells
from saleslab.warehouse import Warehouse
from saleslab.warehouse.as_of import attach
from saleslab.warehouse.local_time import end_of_day

_NO_DATE = ibis.null("date")


def read_open_deals(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return the deals that are open at the end of a day, one row each, sorted by ``opportunity_id``.

    Returns
    -------
    frame
        ``opportunity_id, owner_id, team_id, product_family, kind`` (its pipeline), ``stage, stage_label, category``
        (A, B, C or none, from the forecast category of the stage), ``probability`` (that the stage promises),
        ``amount`` (in the base currency, missing where unknown), ``expected_close_date, created_on, stage_since,
        n_pushes, last_activity_on``.
    """
    scope = Scope(lab, end_of_day(as_of, lab.settings.timezone), lab.settings.timezone)
    landmarks = _lay_landmarks([(0, as_of, 0)])
    stood = _stand(scope, landmarks)
    stood = stood.mutate(
        stage=stood.stage_then.coalesce(stood.stage_now),
        is_due_told=stood.due_told.notnull(),
        due=stood.due_told.coalesce(ibis.ifelse(stood.is_closed, _NO_DATE, stood.due_now)),
    )
    stood = attach(stood, name_stages(lab), key="stage")
    stood = attach(stood, find_families(lab), key="opportunity_id")
    rows = stood.select(
        "opportunity_id", "owner_id", "team_id", "product_family", "kind", "stage", "stage_label", "probability",
        "amount", "created_on", "n_pushes", "last_activity_on", "stage_since", "is_due_told",
        category=rank_category(stood.forecast_category), expected_close_date=stood.due,
    )  # fmt: skip
    frame = lab.read(rows.order_by("opportunity_id"))
    for name in ("created_on", "stage_since", "expected_close_date", "last_activity_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.assign(
        amount=frame["amount"].astype("float64"),
        probability=frame["probability"].astype("float64"),
        n_pushes=frame["n_pushes"].fillna(0).astype(np.int64),
        category=frame["category"].fillna("none"),
    )


def read_deal_history(lab: Warehouse, *, as_of: date, until: date, n_months: int = 60) -> DealHistory:
    """Return what is known at the end of a day of deals that are closed or open, as counts.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known.
    until
        Last day of the forecast: past months are cut as this one will be.
    n_months
        How far to look back.

    Raises
    ------
    NotEnoughData
        When no deal with a date of creation was closed.
    """
    if until <= as_of:
        raise BadArgument(
            f"until ({until}) does not lie after as_of ({as_of}).", "forecast a day that is still to come."
        )
    scope = Scope(lab, end_of_day(as_of, lab.settings.timezone), lab.settings.timezone)
    base = _deals(scope)
    facts, left_out = _count_facts(scope, base)
    since = max(facts["first_created"], as_of - timedelta(days=round(30.44 * n_months)))
    slots = cut_slots(since=since, as_of=as_of, until=until)
    edges = tuple(sorted({float(facts[name]) for name in ("size_1", "size_2") if facts[name] > 0}))
    stretches = _lay(slots.to_frame())
    stretches = stretches.mutate(first_on=stretches.first_on.date(), last_on=stretches.last_on.date())
    has_stages, has_dues, has_amounts = _find_recorded(scope)
    moments = [
        (back, _to_day(slots.last[slots.landmark(back)]), int(slots.month[slots.landmark(back)]))
        for back in range(1, -(-len(slots) // slots.n_places) + 1)
        if slots.landmark(back) >= 0 and _to_day(slots.last[slots.landmark(back)]) >= facts["first_closed"]
    ]
    return DealHistory(
        as_of=as_of,
        until=until,
        slots=slots,
        stood=_read_stood(scope, moments, stretches, edges=edges, n_ahead=slots.n_ahead, wide=has_stages),
        cohorts=_read_cohorts(scope, base, stretches),
        sizes=_read_sizes(lab, base),
        entry=max(slots.find(facts["first_closed"]), 0),
        size_edges=edges,
        has_stages=has_stages,
        has_dues=has_dues,
        has_amounts=has_amounts,
        left_out=left_out,
    )


def read_won_so_far(lab: Warehouse, *, start: date, as_of: date) -> pd.DataFrame:
    """Return what was won from a first day to the last day that is known, by ``team_id`` and ``product_family``.

    Returns
    -------
    frame
        ``team_id, product_family, n_deals, amount``; "" where a deal has none of either.
    """
    scope = Scope(lab, end_of_day(as_of, lab.settings.timezone), lab.settings.timezone)
    won = _clean(_deals(scope))
    won = won.filter(won.is_won & (won.closed_on >= ibis.literal(start)) & won.amount_now.notnull())
    won = attach(won, find_teams(lab), key="owner_id")
    won = attach(won, find_families(lab), key="opportunity_id")
    won = won.mutate(team_id=won.team_id.coalesce(""), product_family=won.product_family.coalesce(""))
    groups = won.group_by("team_id", "product_family").aggregate(n_deals=won.count(), amount=won.amount_now.sum())
    return lab.read(groups.order_by("team_id", "product_family"))


def _to_day(number: Any) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))


def _lay(frame: pd.DataFrame) -> Any:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def _lay_landmarks(moments: list[tuple[int, date, int]]) -> Any:
    columns = list(zip(*moments, strict=True)) or [(), (), ()]
    kinds = {"landmark": pa.int64(), "moment_on": pa.date32(), "moment_month": pa.int64()}
    return ibis.memtable(
        pa.table({name: pa.array(values, kind) for (name, kind), values in zip(kinds.items(), columns, strict=True)})
    )


def _deals(scope: Scope) -> Any:
    """Return deals created by the day, each with its days as far as they are known by then."""
    deals, base = scope.lab.need("opportunities"), scope.lab.settings.currency
    deals = deals.filter(deals.created_at.isnull() | scope.happened(deals.created_at))
    ended = deals.is_closed & deals.closed_at.notnull() & scope.happened(deals.closed_at)
    home = deals.currency.isnull() | (deals.currency == base)
    rate = ibis.ifelse(
        deals.amount_base.notnull() & (deals.amount != 0),
        deals.amount_base.cast("float64") / deals.amount.cast("float64"),
        ibis.ifelse(home, ibis.literal(1.0), ibis.null("float64")),
    )
    now = ibis.ifelse(
        deals.amount_base.notnull(), deals.amount_base, ibis.ifelse(home, deals.amount, ibis.null(deals.amount.type()))
    )
    active = deals.last_activity_at
    return deals.select(
        "opportunity_id", "owner_id", "is_won", "is_closed",
        kind=deals.pipeline_id.coalesce("all"),
        stage_now=ibis.ifelse(deals.is_closed, ibis.null("string"), deals.stage_id),
        created_on=scope.day_of(deals.created_at),
        closed_on=ibis.ifelse(ended, scope.day_of(deals.closed_at), _NO_DATE),
        is_dated=deals.created_at.notnull() & (~deals.is_closed | deals.closed_at.notnull()),
        is_foreign=~home & deals.amount_base.isnull() & deals.amount.notnull(),
        rate=rate, amount_now=now.cast("float64"), due_now=deals.expected_close_date,
        last_activity_on=ibis.ifelse(scope.happened(active), scope.day_of(active), _NO_DATE),
    )  # fmt: skip


def _clean(base: Any) -> Any:
    """Leave out what cannot be placed in time."""
    return base.filter(base.is_dated & (base.closed_on.isnull() | (base.closed_on >= base.created_on)))


def _count_facts(scope: Scope, base: Any) -> tuple[dict[str, Any], dict[Doubt, int]]:
    good = _clean(base)
    won = good.is_won & (good.amount_now > 0) & good.closed_on.notnull()
    facts = scope.lab.read(
        good.aggregate(
            first_created=good.created_on.min(),
            first_closed=good.closed_on.min(),
            n_closed=good.closed_on.count(),
            size_1=good.amount_now.quantile(1 / 3, where=won),
            size_2=good.amount_now.quantile(2 / 3, where=won),
        )
    ).iloc[0]
    if not facts["n_closed"]:
        raise NotEnoughData(
            "No deal with a date of creation and of closing is on record.",
            "import closed deals with opportunities.created_at and closed_at.",
        )
    early = base.is_dated & base.closed_on.notnull() & (base.closed_on < base.created_on)
    counts = scope.lab.read(
        base.aggregate(
            no_creation_date=base.created_on.isnull().sum(),
            no_close_date=(base.created_on.notnull() & ~base.is_dated).sum(),
            closed_before_created=early.sum(),
            foreign_currency=base.is_foreign.sum(),
        )
    ).iloc[0]
    left_out: dict[Doubt, int] = {name: int(counts[name]) for name in counts.index if counts[name] > 0}
    found = {name: float(facts[name]) if pd.notna(facts[name]) else 0.0 for name in ("size_1", "size_2")}
    days = {name: pd.Timestamp(facts[name]).date() for name in ("first_created", "first_closed")}
    return {**found, **days}, left_out


def _find_recorded(scope: Scope) -> tuple[bool, bool, bool]:
    """Say whether past stages, close dates and amounts are on record."""
    lab, found = scope.lab, [0, 0, 0]
    if lab.has("stage_events"):
        rows = lab.table("stage_events")
        rows = rows.filter((rows.object_type == "opportunity") & scope.happened(rows["at"]))
        row = lab.read(
            rows.aggregate(n=rows.count(), n_due=rows.expected_close_date.count(), n_amount=rows.amount.count())
        ).iloc[0]
        found = [int(row["n"]), int(row["n_due"]), int(row["n_amount"])]
    if lab.has("field_events"):
        rows = lab.table("field_events")
        mine = (rows.object_type == "opportunity") & scope.happened(rows["at"])
        row = lab.read(
            rows.aggregate(
                n_due=(mine & (rows.field == "close_date")).sum().coalesce(0),
                n_amount=(mine & (rows.field == "amount")).sum().coalesce(0),
            )
        ).iloc[0]
        found = [found[0], found[1] + int(row["n_due"]), found[2] + int(row["n_amount"])]
    return found[0] > 0, found[1] > 0, found[2] > 0


def _stand(scope: Scope, landmarks: Any) -> Any:
    """Return each deal that was open on each landmark, as it stood then."""
    deals = _clean(_deals(scope))
    stood = deals.inner_join(
        landmarks,
        [deals.created_on <= landmarks.moment_on,
         deals.closed_on.isnull() | (deals.closed_on > landmarks.moment_on)],
    )  # fmt: skip
    stood = add_then(stood, stage_spells(scope), "stage")
    stood = add_then(stood, value_spells(scope, "close_date"), "due")
    stood = add_then(stood, value_spells(scope, "amount"), "amount")
    is_open_now = ~stood.is_closed
    knows_amounts = _find_recorded(scope)[2] or _has_open_amounts(scope, deals)
    amount = stood.amount_then.try_cast("float64") * stood.rate
    if knows_amounts:
        amount = amount.coalesce(
            ibis.ifelse(is_open_now | stood.closed_on.notnull(), stood.amount_now, ibis.null("float64"))
        )
    stood = attach(stood, find_teams(scope.lab), key="owner_id")
    return stood.mutate(
        stage_since=stood.stage_from.coalesce(stood.created_on),
        due_told=stood.due_then.left(10).try_cast("date"),
        amount=amount,
        n_pushes=stood.due_n.coalesce(0),
    )


def _has_open_amounts(scope: Scope, deals: Any) -> bool:
    n = scope.lab.read(deals.aggregate(n=(~deals.is_closed & (deals.amount_now > 0)).sum().coalesce(0)))["n"]
    return int(n.iloc[0]) > 0


def _read_stood(
    scope: Scope,
    moments: list[tuple[int, date, int]],
    stretches: Any,
    *,
    edges: tuple[float, ...],
    n_ahead: int,
    wide: bool,
) -> pd.DataFrame:
    """Return how deals stood, and what became of them within as many months as the forecast has."""
    keys = ["landmark", "stage", "stay", "due", "pushes", "size", "team_id", "month", "outcome"]
    months = stretches.group_by("month").aggregate(begins_on=stretches.first_on.min(), ends_on=stretches.last_on.max())
    stood = _stand(scope, _lay_landmarks(moments))
    closing = months.select(closed_month="month", closing_from="begins_on", closing_to="ends_on")
    stood = stood.left_join(closing, [stood.closed_on >= closing.closing_from, stood.closed_on <= closing.closing_to])
    duing = months.select(due_month="month", due_from="begins_on", due_to="ends_on")
    stood = stood.left_join(duing, [stood.due_told >= duing.due_from, stood.due_told <= duing.due_to])
    ahead, due_ahead = (stood[name] - stood.moment_month for name in ("closed_month", "due_month"))
    outcome = ibis.cases((stood.closed_on.isnull() | (ahead >= n_ahead), "open"), (stood.is_won, "won"), else_="lost")
    stood = stood.mutate(
        stage=stood.stage_then.coalesce(""),
        stay=_find_stay(stood.moment_on.delta(stood.stage_since, unit="day"), wide=wide),
        due=ibis.cases(
            (stood.due_told.isnull(), -1),
            (stood.due_told <= stood.moment_on, 0),
            (stood.due_month.isnull() | (due_ahead >= n_ahead), 99),
            else_=1 + due_ahead,
        ),
        pushes=ibis.ifelse(stood.n_pushes > 3, 3, stood.n_pushes),
        size=_bin(stood.amount.coalesce(-1.0), (0.0, *edges)),
        team_id=stood.team_id.coalesce(""),
        month=ibis.ifelse(outcome == "open", ibis.null("int64"), ahead.cast("int64")),
        outcome=outcome,
        is_won_now=outcome == "won",
    )
    groups = stood.group_by(keys).aggregate(
        n=stood.count(),
        amount=stood.amount.sum().coalesce(0.0),
        amount_squares=(stood.amount * stood.amount).sum().coalesce(0.0),
        won_amount=stood.amount_now.sum(where=stood.is_won_now).coalesce(0.0),
        log_growth=(stood.amount_now / stood.amount)
        .ln()
        .sum(where=stood.is_won_now & (stood.amount > 0) & (stood.amount_now > 0))
        .coalesce(0.0),
        log_growth_squares=((stood.amount_now / stood.amount).ln() * (stood.amount_now / stood.amount).ln())
        .sum(where=stood.is_won_now & (stood.amount > 0) & (stood.amount_now > 0))
        .coalesce(0.0),
        n_grown=(stood.is_won_now & (stood.amount > 0) & (stood.amount_now > 0)).sum(),
    )
    return scope.lab.read(groups.order_by(keys))


def _find_stay(days: Any, *, wide: bool) -> Any:
    """Return the group of days in the stage; of wide groups their last narrow one."""
    if not wide:
        return _bin(days, STAY_DAYS)
    ends = [STAY_DAYS[at] for at in LAST_OF_WIDE[:-1]]
    return ibis.cases(
        *((days <= end, at) for end, at in zip(ends, LAST_OF_WIDE, strict=False)), else_=LAST_OF_WIDE[-1]
    ).cast("int64")


def _bin(values: Any, edges: tuple[float, ...]) -> Any:
    """Return how many edges lie below or at each value."""
    found = ibis.literal(0, "int64")
    for edge in edges:
        found = found + (values > edge).ifelse(1, 0)
    return found


def _read_cohorts(scope: Scope, base: Any, stretches: Any) -> pd.DataFrame:
    keys = ["kind", "created_slot", "closed_slot", "outcome"]
    deals = _clean(base)
    made = stretches.select(created_slot="slot", made_from="first_on", made_to="last_on")
    deals = deals.left_join(made, [deals.created_on >= made.made_from, deals.created_on <= made.made_to])
    ended = stretches.select(closed_slot="slot", ended_from="first_on", ended_to="last_on")
    deals = deals.left_join(ended, [deals.closed_on >= ended.ended_from, deals.closed_on <= ended.ended_to])
    deals = deals.mutate(
        created_slot=deals.created_slot.coalesce(-1),
        outcome=ibis.cases((deals.closed_on.isnull(), "open"), (deals.is_won, "won"), else_="lost"),
    )
    deals = deals.filter((deals.outcome == "open") | deals.closed_slot.notnull())
    groups = deals.group_by(keys).aggregate(
        n=deals.count(),
        amount=deals.amount_now.sum().coalesce(0.0),
        amount_squares=(deals.amount_now * deals.amount_now).sum().coalesce(0.0),
    )
    return scope.lab.read(groups.order_by(keys))


def _read_sizes(lab: Warehouse, base: Any) -> pd.DataFrame:
    won = _clean(base)
    won = won.filter(won.is_won & won.closed_on.notnull() & (won.amount_now > 0))
    won = won.mutate(bin=(won.amount_now.log2() * 4).floor().cast("int64"))
    groups = won.group_by("kind", "bin").aggregate(n=won.count(), amount=won.amount_now.sum())
    return lab.read(groups.order_by("kind", "bin"))
