"""From rows of sales to the parts of a company: whole series, all ending together, that add up to what it states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.forecasting.hierarchy.nodes import read_codes, sort_parts
from saleslab.forecasting.laying import Floats, Laid, Repeats
from saleslab.forecasting.panel import read_panel
from saleslab.forecasting.repairs import Gaps
from saleslab.tables.presence import require_columns

_MOST_NAMED = 5
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The smallest series of a company, in a sequence that hangs on their values alone.

    Attributes
    ----------
    labels
        One row a part, a column a dimension.
    laid
        Their series.
    remarks
        What was repaired, and what was noticed; see `check_panel`.
    """

    labels: pd.DataFrame
    laid: Laid
    remarks: tuple[str, ...]


def read_parts(
    panel: pd.DataFrame,
    *,
    by: Sequence[str],
    groupings: Sequence[Sequence[str]] | None,
    season_length: int | None,
    gaps: Gaps,
    repeats: Repeats,
) -> Parts:
    """Return the parts of a company, or raise `TableError` naming what keeps them from being added up."""
    require_columns(panel, *by, "period", "value", of="panel")
    blank = {name: int(panel[name].isna().sum()) for name in by}
    if any(blank.values()):
        found = ", ".join(f"{name} in {n}" for name, n in blank.items() if n)
        raise TableError(
            f"Of {len(panel)} rows of panel, these lack a dimension: {found}.",
            "give them a name such as 'none', so that they count in every total; stated totals go in 'totals'.",
        )
    panel = panel.reset_index(drop=True)
    code = (
        panel[list(by)].astype(object).groupby(list(by), sort=True).ngroup() if by else pd.Series(0, index=panel.index)
    )
    rows = pd.DataFrame({"series_id": code, "period": panel["period"], "value": panel["value"]})
    laid, marks = read_panel(rows, season_length=season_length, gaps=gaps, repeats=repeats)
    n_early = int((laid.ends < laid.ends.max()).sum())
    if n_early:
        raise TableError(
            f"{n_early} of {len(laid.ids)} parts end before the last period of panel; they cannot be added up there.",
            "give gaps='zero' if no row means that nothing was sold, or cut all parts at the last common period.",
        )
    first = code.drop_duplicates().sort_values().index
    labels = panel.loc[first, list(by)].reset_index(drop=True)
    order = sort_parts(laid.history, read_codes(labels, groupings))
    laid = replace(laid, ids=laid.ids.take(order), history=laid.history[order], ends=laid.ends[order])
    return Parts(labels.iloc[order].reset_index(drop=True), laid, tuple(mark.code for mark in marks))


def check_totals(totals: pd.DataFrame, panel: pd.DataFrame, *, by: Sequence[str]) -> None:
    """Raise `TableError` unless the totals that a company states are the sums of their parts.

    Parameters
    ----------
    totals
        Columns ``period, value`` and some of the dimensions; an empty dimension is summed over.
    panel
        The parts.
    by
        The dimensions.

    Examples
    --------
    >>> parts = pd.DataFrame({"team": ["east", "west"], "period": [1, 1], "value": [40.0, 60.0]})
    >>> check_totals(pd.DataFrame({"period": [1], "value": [100.0]}), parts, by=("team",))
    """
    require_columns(totals, "period", "value", of="totals")
    strange = [str(name) for name in totals.columns if name not in {*by, "period", "value"}]
    if strange:
        raise BadArgument(
            f"totals has the columns {', '.join(strange)}, which are no dimensions of the parts.",
            "keep period, value and dimensions in 'by'.",
        )
    given = _match_periods(totals.reset_index(drop=True), panel)
    stated = pd.to_numeric(given["value"], errors="coerce").to_numpy(dtype=np.float64)
    added = _add_parts(given, panel, [name for name in by if name in totals.columns])
    scale = max(float(np.abs(added).max(initial=0.0)), 1.0)
    _refuse_gaps(given, stated, added, ~(np.abs(stated - added) <= _CLOSE * scale))


def _match_periods(totals: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the totals with periods of the same kind as the parts'."""
    try:
        return totals.assign(period=totals["period"].astype(panel["period"].dtype))
    except (TypeError, ValueError) as fault:
        raise TableError(
            f"The periods of totals ({totals['period'].dtype}) are of another kind than those of the parts "
            f"({panel['period'].dtype}).",
            "write both in the same way, such as 2026-04-01.",
        ) from fault


def _add_parts(given: pd.DataFrame, panel: pd.DataFrame, dimensions: list[str]) -> Floats:
    """Return the sum of the parts that each row of totals speaks of."""
    added = np.zeros(len(given))
    is_known = given[dimensions].notna().to_numpy(dtype=bool)
    for known in sorted(set(map(tuple, is_known))):
        rows = np.flatnonzero((is_known == known).all(axis=1))
        keys = [*(name for name, is_given in zip(dimensions, known, strict=True) if is_given), "period"]
        sums = panel.groupby(keys, observed=True)["value"].sum().rename("added").reset_index()
        found = given.loc[rows, keys].merge(sums, on=keys, how="left")["added"]
        added[rows] = found.fillna(0.0).to_numpy(dtype=np.float64)
    return added


def _refuse_gaps(given: pd.DataFrame, stated: np.ndarray, added: np.ndarray, is_off: np.ndarray) -> None:
    if not is_off.any():
        return
    off = np.flatnonzero(is_off)
    worst = off[np.argsort(-np.abs(np.nan_to_num(stated[off] - added[off], nan=np.inf)), kind="stable")][:_MOST_NAMED]
    named = "; ".join(
        f"row {at} ({given['period'].iloc[at]}) states {stated[at]:,.10g}, parts make {added[at]:,.10g}" for at in worst
    )
    raise TableError(
        f"{len(off)} of {len(given)} totals are not the sum of their parts; the furthest off: {named}.",
        "find the missing or doubled parts, give the difference a part of its own (such as 'other'), "
        "or leave out totals.",
    )
