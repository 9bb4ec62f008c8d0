"""What changed since the last issue: the tree, its targets, and numbers that were told before and are others now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from saleslab.kpi.metrics.knowing import find_measured_days
from saleslab.kpi.trees.comparing import compare_trees
from saleslab.kpi.trees.nodes import KpiTree

VERSION_COLUMNS = ("version", "effective_from", "reason", "added", "removed", "changed", "redefined")
TARGET_COLUMNS = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "version", "before", "after")
REVISED_COLUMNS = ("metric_id", "scope_type", "scope_id", "period_start", "told_at", "before", "after")

_KEY = ["metric_id", "scope_type", "scope_id", "period_start"]
_SAME = 1e-6


def list_versions(versions: Sequence[KpiTree], *, as_of: date) -> pd.DataFrame:
    """Return the versions of a tree that came into force by a day, the latest first, with the nodes each changed.

    Parameters
    ----------
    versions
        The oldest first, from `read_versions`.
    as_of
        The day.

    Returns
    -------
    pandas.DataFrame
        `VERSION_COLUMNS`; ``reason`` are words, the last four are tuples of node ids. ``changed`` leaves out those
        whose number means something else now: they are in ``redefined``.
    """
    held = [tree for tree in versions if tree.effective_from <= as_of]
    rows = [_tell_version(before, after) for before, after in pairwise([None, *held])]
    return pd.DataFrame(rows[::-1], columns=list(VERSION_COLUMNS))


def list_target_changes(
    targets: pd.DataFrame, *, scopes: Collection[tuple[str, str]], metric_ids: Collection[str] | None = None
) -> pd.DataFrame:
    """Return targets that were set anew, of some scopes: one row a step from one version to the next, the last first.

    Parameters
    ----------
    targets
        Every version, from `read_targets`; one without a number came before all others.
    scopes
        ``(scope_type, scope_id)`` whose targets may be told.
    metric_ids
        Only these measures; None: all.

    Examples
    --------
    >>> key = {"metric_id": "won_amount", "scope_type": "company", "scope_id": "company"}
    >>> when = {"period_start": pd.Timestamp("2026-07-01"), "period_end": pd.Timestamp("2026-09-30")}
    >>> steps = ((1, 9.0), (2, 8.0))
    >>> set_twice = pd.DataFrame([{**key, **when, "version": at, "target": level} for at, level in steps])
    >>> list_target_changes(set_twice, scopes=[("company", "company")])[["before", "after"]].to_numpy().tolist()
    [[9.0, 8.0]]
    """
    pairs = pd.MultiIndex.from_frame(targets[["scope_type", "scope_id"]])
    mine = targets[pairs.isin(list(scopes))]
    if metric_ids is not None:
        mine = mine[mine["metric_id"].isin(list(metric_ids))]
    mine = mine.assign(version=mine["version"].fillna(0)).sort_values("version", kind="stable")
    mine = mine.drop_duplicates([*_KEY, "period_end", "version"], keep="last")
    steps = mine.assign(
        before=mine.groupby([*_KEY, "period_end"], dropna=False)["target"].shift(), after=mine["target"]
    )
    moved = steps[steps["before"].notna() & ~np.isclose(steps["before"].astype(float), steps["after"].astype(float))]
    told = moved.sort_values(["period_start", "version"], ascending=False, kind="stable")
    return told[list(TARGET_COLUMNS)].reset_index(drop=True)


def list_revised(
    told: pd.DataFrame, now: pd.DataFrame, *, scopes: Collection[tuple[str, str]], as_of: date
) -> pd.DataFrame:
    """Return numbers that were kept once and are measured as others now.

    Parameters
    ----------
    told
        Kept rows of ``kpi_values``, with ``measured_at``.
    now
        What is measured today, from `measure`, by months.
    scopes
        ``(scope_type, scope_id)`` whose numbers may be told.
    as_of
        Rows kept after this day are left out; so are months that were not over when they were told.

    Returns
    -------
    pandas.DataFrame
        `REVISED_COLUMNS`, the largest relative changes first.
    """
    pairs = pd.MultiIndex.from_frame(told[["scope_type", "scope_id"]])
    told = told.assign(day=find_measured_days(told["measured_at"]))
    kept = told[pairs.isin(list(scopes)) & (told["day"] <= pd.Timestamp(as_of)) & told["value"].notna()]
    if kept.empty or now.empty:
        return pd.DataFrame(columns=list(REVISED_COLUMNS))
    kept = kept.sort_values("measured_at", kind="stable").drop_duplicates(_KEY, keep="last")
    kept = kept.assign(period_start=pd.to_datetime(kept["period_start"]))
    fresh = now[[*_KEY, "period_end", "value", "is_complete"]].assign(period_start=pd.to_datetime(now["period_start"]))
    both = kept[[*_KEY, "measured_at", "day", "value"]].merge(fresh, on=_KEY, suffixes=("_told", ""))
    was_over = both["day"] >= pd.to_datetime(both["period_end"])
    both = both[was_over & both["is_complete"].astype(bool) & both["value"].notna()]
    is_same = np.isclose(both["value_told"].astype(float), both["value"].astype(float), rtol=_SAME, atol=1e-9)
    moved = both[~is_same].rename(columns={"measured_at": "told_at", "value_told": "before", "value": "after"})
    size = (moved["after"] - moved["before"]).abs() / moved["before"].abs().clip(lower=1e-9)
    return moved.loc[size.sort_values(ascending=False, kind="stable").index, list(REVISED_COLUMNS)].reset_index(
        drop=True
    )


def _tell_version(before: KpiTree | None, after: KpiTree | None) -> tuple[object, ...]:
    assert after is not None
    head = (after.version, after.effective_from, after.reason)
    if before is None:
        return (*head, (), (), (), ())
    found = compare_trees(before, after)
    added, removed = (
        tuple(one.node for one in found.differences if one.kind == kind and not one.key)
        for kind in ("added", "removed")
    )
    changed = tuple(name for name in found.nodes if name not in {*added, *removed, *found.redefined})
    return (*head, added, removed, changed, tuple(name for name in found.redefined if name not in {*added, *removed}))
