"""From the warehouse: numbers that were told before."""

# ruff: noqa: PD004 - these are columns of Ibis, which has no notna

from __future__ import annotations

from collections.abc import Collection, Sequence

import ibis
import pandas as pd

from saleslab.warehouse import Warehouse

_COLUMNS = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "measured_at", "value")


def read_told_values(lab: Warehouse, metric_ids: Sequence[str], *, scopes: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Return what `record_values` kept of some metrics and scopes.

    Values of unknown origin (without ``data_hash``) are left out: what another system counted by its own definition is
    not the same number told earlier.
    """
    if not lab.has("kpi_values"):
        return pd.DataFrame(columns=list(_COLUMNS))
    kept = lab.table("kpi_values")
    is_asked = ibis.or_(*((kept.scope_type == kind) & (kept.scope_id == one) for kind, one in scopes))
    mine = kept.filter(kept.metric_id.isin(list(metric_ids)) & kept.data_hash.notnull() & is_asked)
    return lab.read(mine.select(*_COLUMNS))
