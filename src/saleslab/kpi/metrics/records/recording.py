"""Kept numbers: written once to ``kpi_values``, never overwritten, and measured again from where they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.measuring import KEYS, measure
from saleslab.kpi.metrics.records.inputs import read_kept_values
from saleslab.periods import Period
from saleslab.tables import get_table
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse, Written

_KEY = [*KEYS, "measured_at"]
_NUMBERS = ("value", "n", "numerator", "denominator")
_SAME = 1e-9


def record_values(lab: Warehouse, values: pd.DataFrame, *, loaded_at: datetime) -> Written:
    """Append measured values to ``kpi_values``; what is there already stays as it is.

    Measuring again on a later day adds rows with a later ``measured_at``: what was known when is never lost.

    Parameters
    ----------
    lab
        A warehouse that may be written to.
    values
        As `measure` returns them; columns that the table has not are left out.
    loaded_at
        Time of writing, UTC.

    Raises
    ------
    BadArgument
        When a value on record, measured at the same moment, is another one, or two periods start on one day: nothing
        is written then.
    """
    require_columns(values, *_KEY, "period_end", *_NUMBERS, of="values (kpi.measure)")
    if values.duplicated(_KEY).any():
        raise BadArgument(
            f"{int(values.duplicated(_KEY).sum())} values start on the same day as another of their metric and scope.",
            "keep months in one table and quarters in another: `kpi_values` tells periods apart by their first day.",
        )
    columns = [column.name for column in get_table("kpi_values").columns if column.name in values]
    kept = read_kept_values(lab, values["metric_id"].unique().tolist())
    both = values[[*_KEY, *_NUMBERS]].merge(kept, on=_KEY, suffixes=("", "_kept"))
    differ = ~_agree(both, "_kept")
    if differ.any():
        first = both[differ].iloc[0]
        raise BadArgument(
            f"{int(differ.sum())} of {len(values)} values are on record with another number for the same moment, such "
            f"as {first['metric_id']} of {first['scope_type']} {first['scope_id']}.",
            "measure as of a later day; a kept number is never overwritten.",
        )
    is_new = ~pd.MultiIndex.from_frame(values[_KEY]).isin(pd.MultiIndex.from_frame(kept[_KEY]))
    return lab.write("kpi_values", values.loc[is_new, columns], source_system="saleslab", loaded_at=loaded_at)


def rerun_values(
    lab: Warehouse,
    values: pd.DataFrame,
    metrics: Iterable[Metric],
    *,
    segment_by: str = "industry",
    factors: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Measure kept values again as of the day on which they were measured.

    Parameters
    ----------
    lab
        The warehouse.
    values
        Rows of ``kpi_values`` or of `measure`, with ``data_hash``.
    metrics
        The definitions by which they were measured.
    segment_by, factors
        As they were given to `measure`.

    Returns
    -------
    frame
        One row a value: its key, ``value``, ``value_again`` (missing where there is none any more), ``is_same_data``
        (the tables hold what they held) and ``is_reproduced``.

    Raises
    ------
    NotEnoughData
        When there is no value.
    """
    require_columns(values, *_KEY, "period_end", "value", "data_hash", of="values (kpi.measure)")
    if values.empty:
        raise NotEnoughData("There is no value to measure again.", "give rows of kpi_values.")
    wanted = {metric.metric_id: metric for metric in metrics}
    again = []
    for measured_at, rows in values.groupby("measured_at"):
        as_of = _day_before(pd.Timestamp(str(measured_at)), lab.settings.timezone)
        pairs = rows[["period_start", "period_end"]].drop_duplicates()
        periods = [Period(_day(start), _day(end)) for start, end in pairs.itertuples(index=False)]
        mine = [wanted[name] for name in rows["metric_id"].unique() if name in wanted]
        scopes = tuple(rows["scope_type"].unique())
        again.append(
            measure(lab, mine, as_of=as_of, periods=periods, scopes=scopes, segment_by=segment_by, factors=factors)
        )
    found = pd.concat(again)[[*_KEY, "value", "data_hash"]]
    both = values[[*_KEY, "value", "data_hash"]].merge(found, on=_KEY, how="left", suffixes=("", "_again"))
    same = np.isclose(both["value"], both["value_again"].astype("float64"), rtol=_SAME, atol=_SAME)
    return both.assign(is_same_data=both["data_hash"] == both["data_hash_again"], is_reproduced=same).drop(
        columns=["data_hash", "data_hash_again"]
    )


def _agree(both: pd.DataFrame, suffix: str) -> pd.Series:
    parts = [
        np.isclose(both[name].astype("float64"), both[f"{name}{suffix}"].astype("float64"), rtol=_SAME, equal_nan=True)
        for name in _NUMBERS
    ]
    return pd.Series(np.logical_and.reduce(parts), index=both.index)


def _day_before(measured_at: pd.Timestamp, zone: str) -> date:
    """Return the day at whose end something was measured."""
    return measured_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def _day(moment: object) -> date:
    return pd.Timestamp(str(moment)).date()
