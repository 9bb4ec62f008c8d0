"""From the warehouse to the quotas of money that people have."""

# ruff: noqa: PD004 - these are columns of Ibis, which has no notna

from __future__ import annotations

import pandas as pd

from saleslab.forecasting.accuracy.inputs import MEASURE_OF
from saleslab.warehouse import Warehouse

_COLUMNS = ["owner_id", "metric_id", "start", "end", "target"]


def read_person_targets(lab: Warehouse) -> pd.DataFrame:
    """Return all quotas of money that people have or had: ``owner_id, metric_id, start, end, target``.

    Of several for one person and period the one that counts comes last: the latest version, then the last id.
    """
    if not lab.has("targets"):
        return pd.DataFrame(columns=_COLUMNS)
    targets = lab.table("targets")
    mine = targets.filter(
        targets.metric_id.isin(list(MEASURE_OF)) & (targets.scope_type == "user") & targets.scope_id.notnull()
    )
    mine = mine.select(
        "metric_id", "version", "target_id", owner_id=mine.scope_id, start=mine.period_start, end=mine.period_end,
        target=mine.target.cast("float64"),
    )  # fmt: skip
    rows = lab.read(mine.order_by("version", "target_id"))
    return rows.assign(start=pd.to_datetime(rows["start"]), end=pd.to_datetime(rows["end"]))[_COLUMNS]
