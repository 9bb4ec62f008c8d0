"""How far do the data reach? Between their first and last day nothing counted is a true zero; beyond, nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from saleslab.kpi.metrics.declaring import Count
from saleslab.kpi.metrics.gaps import Sight, follow_path
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known
from saleslab.warehouse.local_time import to_local_date

if TYPE_CHECKING:
    from saleslab.periods import Period
    from saleslab.warehouse import Warehouse

KEYS = ["scope_type", "scope_id", "period"]
PARTS = ["total", "n", "squares"]

_SPEAKING = {
    "activities": ("at",),
    "leads": ("created_at",),
    "opportunities": ("created_at", "closed_at"),
    "orders": ("ordered_at",),
    "stage_events": ("at",),
}
"""Tables that grow every week, and the times by which they do: the last of them says until when data were imported."""

_LASTING = {"team", "segment", "channel"}
_ZERO_IS_TRUE = {"count", "sum", "n_distinct"}


def tell_extents(
    known: Known, counts: Sequence[Count], sights: Mapping[tuple[str, str], Sight]
) -> list[tuple[date, date]]:
    """Return for each count the first and the last day on which none at all would be a true zero.

    From the first row by its own time, to the last day on which anything is on record: tables are imported together.
    """
    until = _read_last_day(known)
    firsts = [
        [
            sights[pair].first
            for path in count.expressions["at"].paths
            for pair in follow_path(known.lab, count.table, path)
        ]
        for count in counts
    ]
    return [(min((day for day in own if day is not None), default=until), until) for own in firsts]


def is_true_zero(
    known: Known, counts: Sequence[Count], sights: Mapping[tuple[str, str], Sight], period: Period
) -> bool:
    """Say whether nothing counted in a period would be a true zero: the data of all counts reach into it."""
    told = tell_extents(known, counts, sights)
    return all(period.end >= first and period.start <= last for first, last in told)


def fill_zeros(rows: pd.DataFrame | None, count: Count, told: tuple[date, date], grid: Grid) -> pd.DataFrame:
    """Return counts with 0 where the data reach and nothing was found, keyed by scope and period.

    The company lasts as long as its data; a team, segment or channel begins with its first row, a person ends with the
    last one, too.
    """
    if rows is None:
        empty = pd.MultiIndex.from_arrays([[], [], []], names=KEYS)
        rows = pd.DataFrame({name: [] for name in PARTS}, index=empty, dtype="float64")
    if count.agg not in _ZERO_IS_TRUE or count.table == "targets":
        return rows[PARTS]
    starts, (since, until) = [period.start for period in grid.periods], told
    spans = rows.reset_index().groupby(KEYS[:2])["period"].agg(["min", "max"])
    lives = {key: (starts[low], until if key[0] in _LASTING else starts[high]) for key, low, high in spans.itertuples()}
    if "company" in grid.scopes:
        lives["company", "company"] = (since, until)
    lived = [
        (*key, place)
        for key, (first, last) in lives.items()
        for place, period in enumerate(grid.periods)
        if period.end >= first and period.start <= last
    ]
    full = pd.MultiIndex.from_tuples([*rows.index, *lived], names=KEYS).unique() if lived else rows.index
    return rows[PARTS].reindex(full).fillna(0.0)


def _read_last_day(known: Known) -> date:
    """Return the last day until ``as_of`` on which something is on record; ``as_of`` where no table can say."""
    found = []
    for table, moments in _SPEAKING.items():
        if known.lab.has(table):
            found += _read_last(known.lab, table, moments, known)
    return max(found, default=known.as_of)


def _read_last(lab: Warehouse, table: str, moments: Sequence[str], known: Known) -> list[date]:
    rows = lab.table(table)
    past = {name: rows[name].max(where=rows[name] < known.over) for name in moments}
    row = lab.read(rows.aggregate(**{name: to_local_date(moment, known.zone) for name, moment in past.items()})).iloc[0]
    return [pd.Timestamp(row[name]).date() for name in moments if pd.notna(row[name])]
