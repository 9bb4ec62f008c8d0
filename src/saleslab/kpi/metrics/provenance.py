"""Where does a number come from? From which tables, as they were when it was measured; and it can be measured again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from saleslab.kpi.metrics.gaps import list_needs

if TYPE_CHECKING:
    from saleslab.kpi.metrics.declaring import Metric
    from saleslab.warehouse import Warehouse


def hash_tables(lab: Warehouse, metrics: Iterable[Metric]) -> Mapping[str, str]:
    """Return for each metric a hash of the tables that it is counted from: equal as long as they hold the same."""
    digests: dict[str, str] = {}
    hashes = {}
    for metric in metrics:
        tables = sorted({table for table, _ in list_needs(lab, metric)})
        for table in tables:
            if table not in digests:
                digests[table] = lab.fingerprint(table).digest
        written = ";".join(f"{table}={digests[table]}" for table in tables)
        hashes[metric.metric_id] = hashlib.sha256(written.encode()).hexdigest()
    return hashes
