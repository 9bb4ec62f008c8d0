"""From the warehouse: targets that were set, and values that were kept."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pandas as pd

from saleslab.warehouse import Warehouse


def read_targets(lab: Warehouse) -> pd.DataFrame:
    """Return the targets on record, every version, one row each, sorted by ``target_id``.

    Columns: ``target_id, metric_id, scope_type, scope_id`` (``company`` for the company), ``period_start, period_end,
    threshold, target, stretch, unit, version``.

    Raises
    ------
    NotEnoughData
        When there are none.
    """
    targets = lab.need("targets", "target")
    company = ibis.ifelse(targets.scope_type == "company", ibis.literal("company"), targets.scope_id)
    names = ("threshold", "target", "stretch", "unit", "version")
    rows = targets.select(
        "target_id", "metric_id", "scope_type", "period_start", "period_end", *names, scope_id=company
    )
    return lab.read(rows.order_by("target_id"))


def read_kept_values(lab: Warehouse, metric_ids: Sequence[str]) -> pd.DataFrame:
    """Return what ``kpi_values`` holds of some metrics: its key, ``value, n, numerator, denominator``."""
    names = [
        "metric_id",
        "scope_type",
        "scope_id",
        "period_start",
        "measured_at",
        "value",
        "n",
        "numerator",
        "denominator",
    ]
    if not lab.has("kpi_values"):
        return pd.DataFrame(columns=names)
    kept = lab.table("kpi_values")
    return lab.read(kept.filter(kept.metric_id.isin(list(metric_ids))).select(*names))
