"""What speaks against a column? One function for each kind of evidence; each returns the reasons it has, by code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.scoring.leaks.codes import Booleans, Integers, ReadColumn
from saleslab.scoring.leaks.names import names_a_key, read_name
from saleslab.stats.lone_columns import Alone, doubt_auc
from saleslab.wording import Number, Share

if TYPE_CHECKING:
    import pandas as pd

Reasons = Mapping[str, Mapping[str, Any]]

BLOCK_AUC, WARN_AUC = 0.90, 0.75
"""Area under the curve of one column alone, out of fold, from which it is blocked, and is to be looked at."""
BLOCK_SURE = 0.25
"""Share of all rows known for sure, out of fold, from which a column is blocked; or half of the rarer kind."""
BLOCKING = frozenset({"name", "copy", "auc", "sure", "gaps_block", "closing_day", "after", "changed"})
"""Codes of the reasons that block."""
HARMLESS = frozenset({"empty", "constant"})
"""Codes that say why nothing can be said against a column."""

_BLOCK_FOUND = 0.5
_SUSPECT_AUC = 0.60  # of a column whose name says that it is written later
_GAPS_AUC = 0.65  # of knowing only whether a cell is empty
_DRIFT, _TIED = 0.10, 0.05  # of the area: lost on later rows, lost on groups not seen
_COPY_AUC, _FEWEST_FOR_COPY = 0.99, 10
_LUCK = 3.0  # standard deviations that luck is allowed
_KEY_SHARE, _FEWEST_FOR_KEY = 0.9, 20
_SAME_DAY, _AFTER, _LATER, _CHANGED, _FEWEST_TIMES = 0.5, 0.1, 0.05, 0.05, 10


@dataclass(frozen=True, slots=True)
class AuditedRows:
    """The rows against which every column is held.

    Attributes
    ----------
    is_won
        The outcome.
    folds, apart
        Fold of each row, and the fold that keeps groups together (None without groups).
    is_late, is_dated
        The newest quarter (None where it cannot be judged), and the rows that have a time at all.
    created, closed
        When each came in and was decided, where that is known.
    """

    is_won: Booleans
    folds: Integers
    apart: Integers | None = None
    is_late: Booleans | None = None
    is_dated: Booleans | None = None
    created: pd.Series | None = None
    closed: pd.Series | None = None

    @property
    def luck(self) -> float:
        """How far from 1/2 luck alone brings the area under the curve of a column that knows nothing."""
        return _LUCK * doubt_auc(int(self.is_won.sum()), int((~self.is_won).sum()))

    @property
    def luck_later(self) -> float:
        """The same for the newest quarter alone."""
        if self.is_late is None:
            return 0.0
        won = self.is_won[self.is_late]
        return _LUCK * doubt_auc(int(won.sum()), int((~won).sum()))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one column.

    Attributes
    ----------
    auc, alone
        The larger of the areas under the curve as names and as a line, and all that it tells as names.
    auc_later, auc_apart
        On the newest quarter, and on groups that were not seen.
    share_changed
        Share of decided leads whose value was written after the decision.
    """

    auc: float
    alone: Alone
    auc_later: float | None = None
    auc_apart: float | None = None
    share_changed: float | None = None


def find_reasons(name: str, column: ReadColumn, measured: Measured, rows: AuditedRows) -> dict[str, Mapping[str, Any]]:
    """Return every reason against a column by its code, the gravest first, with the values of its sentence."""
    if column.n_distinct == 0:
        return {**_read_closed_name(name), "empty": {}}
    found = {
        **_read_closed_name(name),
        **_weigh_power(column, measured, rows.luck),
        **_weigh_times(name, column, rows),
        **_weigh_changes(measured),
        **_weigh_gaps(column.codes < 0, rows),
        **_weigh_later_name(name, measured, rows.luck),
        **_weigh_context(measured, rows),
        **_weigh_key(name, column),
    }
    for said in ("gaps_block", "gaps") if "copy" in found else ("high_auc",) if "drift" in found else ():
        found.pop(said, None)  # a copy's gaps are the copy; what a drifting column tells is the period
    if not found and column.n_distinct == 1 and (column.codes >= 0).all():
        return {"constant": {}}
    return dict(sorted(found.items(), key=lambda item: item[0] not in BLOCKING))


def _read_closed_name(name: str) -> Reasons:
    return {"name": {}} if read_name(name) == "closed" else {}


def _weigh_later_name(name: str, measured: Measured, luck: float) -> Reasons:
    tells = measured.auc >= max(_SUSPECT_AUC, 0.5 + luck)
    return {"later_name": {"auc": Number(measured.auc, 2)}} if read_name(name) == "suspect" and tells else {}


def _weigh_power(column: ReadColumn, measured: Measured, luck: float) -> Reasons:
    words = {"auc": Number(measured.auc, 2)}
    n_codes = column.n_distinct + bool((column.codes < 0).any())
    if n_codes == 2 and measured.auc >= _COPY_AUC and len(column.codes) >= _FEWEST_FOR_COPY:
        return {"copy": {}}
    if measured.auc < 0.5 + luck:
        return {}
    if measured.auc >= BLOCK_AUC:
        return {"auc": words}
    alone = measured.alone
    if alone.share_sure > BLOCK_SURE or alone.share_found > _BLOCK_FOUND:
        return {"sure": {"share": Share(alone.share_sure, 0), "found": Share(alone.share_found, 0)}}
    return {"high_auc": words} if measured.auc >= WARN_AUC else {}


def _weigh_gaps(is_empty: npt.NDArray[np.bool_], rows: AuditedRows) -> Reasons:
    won, other = (float(is_empty[kind].mean()) for kind in (rows.is_won, ~rows.is_won))
    auc = 0.5 + abs(won - other) / 2
    if auc < max(_GAPS_AUC, 0.5 + rows.luck):
        return {}
    words = {"won": Share(won, 0), "other": Share(other, 0)}
    return {"gaps_block" if auc >= BLOCK_AUC else "gaps": words}


def _weigh_times(name: str, column: ReadColumn, rows: AuditedRows) -> Reasons:
    if column.times is None:
        return {}
    is_plan = read_name(name) == "planned"
    if rows.closed is not None:
        both = column.times.notna() & rows.closed.notna()
        if int(both.sum()) >= _FEWEST_TIMES:
            at, closed = column.times[both], rows.closed[both]
            same = float((at.dt.normalize() == closed.dt.normalize()).mean())
            if same > _SAME_DAY:
                return {"closing_day": {"share": Share(same, 0)}}
            after = float((at > closed).mean())
            if after > _AFTER and not is_plan:
                return {"after": {"share": Share(after, 0)}}
    if rows.created is not None:
        both = column.times.notna() & rows.created.notna()
        later = float((column.times > rows.created)[both].mean()) if int(both.sum()) >= _FEWEST_TIMES else 0.0
        if later > _LATER:
            return {"later": {"share": Share(later, 0)}}
    return {}


def _weigh_changes(measured: Measured) -> Reasons:
    share = measured.share_changed
    if not share:
        return {}
    return {"changed" if share > _CHANGED else "some_changed": {"share": Share(share, 0 if share >= 0.01 else 1)}}


def _weigh_context(measured: Measured, rows: AuditedRows) -> Reasons:
    reasons: dict[str, Mapping[str, Any]] = {}
    auc = Number(measured.auc, 2)
    if measured.auc_apart is not None and measured.auc - measured.auc_apart >= max(_TIED, rows.luck):
        reasons["groups"] = {"auc": auc, "apart": Number(measured.auc_apart, 2)}
    if measured.auc_later is not None and measured.auc - measured.auc_later >= max(_DRIFT, rows.luck_later):
        reasons["drift"] = {"auc": auc, "later": Number(measured.auc_later, 2)}
    return reasons


def _weigh_key(name: str, column: ReadColumn) -> Reasons:
    n = int((column.codes >= 0).sum())
    if column.times is not None or n < _FEWEST_FOR_KEY or column.n_distinct < _KEY_SHARE * n:
        return {}
    if column.is_line:
        is_key = column.is_whole and (names_a_key(name) or (column.n_distinct == n and column.span < 2 * n))
    else:
        is_key = True
    return {"key": {"share": Share(column.n_distinct / n, 0)}} if is_key else {}
