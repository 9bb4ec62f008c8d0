"""How far is each target reached? Measured values beside the targets that were set for the same scope and period."""

from __future__ import annotations

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.tables.presence import require_columns

_KEYS = ["metric_id", "scope_type", "scope_id", "period_start", "period_end"]


def compare_targets(values: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Return each target with the value that was measured for it, and their ratio.

    Parameters
    ----------
    values
        As `measure` returns them, for the periods of the targets.
    targets
        As `read_targets` returns them; a metric's targets carry its id.

    Returns
    -------
    frame
        One row a target of which a value was measured: ``target_id``, the keys, ``target, value, attainment`` (value
        over target; missing where the target is 0, of which
        nothing is a share) and ``is_complete`` (the period is over).

    Raises
    ------
    NotEnoughData
        When no target meets a value.

    Examples
    --------
    >>> key = {"metric_id": "n_calls", "scope_type": "user", "scope_id": "u:1"}
    >>> when = {"period_start": pd.Timestamp("2026-07-01"), "period_end": pd.Timestamp("2026-09-30")}
    >>> values = pd.DataFrame([{**key, **when, "value": 90.0, "is_complete": True}])
    >>> targets = pd.DataFrame([{**key, **when, "target_id": "t:1", "target": 120.0}])
    >>> compare_targets(values, targets)["attainment"].tolist()
    [0.75]
    """
    require_columns(values, *_KEYS, "value", "is_complete", of="values (kpi.measure)")
    require_columns(targets, *_KEYS, "target_id", "target", of="targets (kpi.read_targets)")
    both = targets[["target_id", *_KEYS, "target"]].merge(values[[*_KEYS, "value", "is_complete"]], on=_KEYS)
    if both.empty:
        raise NotEnoughData(
            f"None of {len(targets)} targets meets one of {len(values)} values.",
            "measure the metrics, scopes and periods that the targets name.",
        )
    share = both["value"] / both["target"].where(both["target"] != 0)
    return both.assign(attainment=share).sort_values("target_id", ignore_index=True)
