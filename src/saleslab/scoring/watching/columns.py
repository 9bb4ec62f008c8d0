"""Do the leads that come in look like those that the model learned from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saleslab.errors import NotEnoughData
from saleslab.stats.shifts import Shift, count_names, count_numbers, measure_shift

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring.leads.columns import Names

MOVED, FAR = 0.1, 0.25
"""The usual limits of the population stability index, here for what is left of it without noise."""

NOT_WATCHED = frozenset({
    "lead_id", "account_id", "created_at", "is_won", "days_watched", "days_to_win", "low", "high", "grade", "rank",
    "value_amount", "is_overridden", "is_explored", "propensity",
})  # fmt: skip
"""Columns of leads and scores that are no input of a model; the chance itself is watched."""


@dataclass(frozen=True, slots=True)
class WatchedColumn:
    """One column, before and now.

    Attributes
    ----------
    column, kind
        Its name, and whether it holds a ``number`` or a ``name``.
    psi
        Population stability index.
    noise
        What it is on average when nothing moved.
    by_chance
        What it exceeds once in 20 times when nothing moved.
    p
        Bound on the chance of such a shift when nothing moved.
    missing_before, missing_now
        Share of empty cells.
    n_unseen, share_unseen
        Leads with a name that the model never saw, and their share.
    is_moved, is_far
        Whether it moved beyond noise by `MOVED` or `FAR`, and beyond doubt.
    """

    column: str
    kind: str
    psi: float
    noise: float
    by_chance: float
    p: float
    missing_before: float
    missing_now: float
    n_unseen: int
    share_unseen: float
    is_moved: bool
    is_far: bool


def watch_columns(
    reference: Any, current: Any, *, columns: Sequence[str] | None, alpha: float, seed: int
) -> tuple[WatchedColumn, ...]:
    """Return each column of two sets of leads, compared.

    Parameters
    ----------
    reference, current
        Leads that the model learned from, and leads that came in since.
    columns
        Which ones; every column of both that is not in `NOT_WATCHED` when None. Dates are passed over.
    alpha
        Chance that any column is called moved when none did.
    seed
        Of the shuffles that show what chance alone gives.

    Raises
    ------
    TableError
        When a column is missing.
    NotEnoughData
        When either has no lead, or they share no column.
    """
    from saleslab.scoring.leads.columns import Dates, read_columns, to_pandas

    before, now = to_pandas(reference), to_pandas(current)
    if before.empty or now.empty:
        raise NotEnoughData(
            f"{len(before)} leads before and {len(now)} now cannot be compared.", "widen the period of either."
        )
    if columns is None:
        columns = [str(name) for name in before.columns if name in now.columns and str(name) not in NOT_WATCHED]
    old, new = (read_columns(frame, tuple(columns)) for frame in (before, now))
    pairs = {name: (old.named[name], new.named[name]) for name in columns}
    kept = {name: pair for name, pair in pairs.items() if not any(isinstance(column, Dates) for column in pair)}
    if not kept:
        raise NotEnoughData("The two sets of leads share no column that a model reads.", "name the columns to watch.")
    return tuple(
        _watch(name, *pair, alpha=alpha / len(kept), seed=seed + at) for at, (name, pair) in enumerate(kept.items())
    )


def _watch(name: str, before: Any, now: Any, *, alpha: float, seed: int) -> WatchedColumn:
    """Compare one column; one that is numbers here and names there has become another column."""
    from saleslab.scoring.leads.columns import Names

    n_unseen = 0
    if isinstance(before, Names) or isinstance(now, Names):
        kind, (old, new) = "name", (_as_names(column) for column in (before, now))
        shift, n_unseen = _compare_names(old, new, seed)
        missing = [float((column.codes < 0).mean()) for column in (old, new)]
    else:
        kind = "number"
        shift = measure_shift(*count_numbers(before, now), is_ordered=True, seed=seed)
        missing = [float(np.isnan(column).mean()) for column in (before, now)]
    is_sure = shift.p < alpha
    return WatchedColumn(
        column=name,
        kind=kind,
        psi=shift.psi,
        noise=shift.noise,
        by_chance=shift.by_chance,
        p=shift.p,
        missing_before=missing[0],
        missing_now=missing[1],
        n_unseen=n_unseen,
        share_unseen=n_unseen / len(_rows(now)),
        is_moved=is_sure and shift.beyond_noise >= MOVED,
        is_far=is_sure and shift.beyond_noise >= FAR,
    )


def _rows(column: Any) -> Any:
    return getattr(column, "codes", column)


def _as_names(column: Any) -> Names:
    from saleslab.scoring.leads.columns import Names

    if isinstance(column, Names):
        return column
    known, codes = np.unique(column[~np.isnan(column)], return_inverse=True)
    placed = np.full(len(column), -1, dtype=np.int64)
    placed[~np.isnan(column)] = codes
    return Names(placed, tuple(f"{value:g}" for value in known))


def _compare_names(before: Names, now: Names, seed: int) -> tuple[Shift, int]:
    """Return the shift of a column of names, empty cells as one name, and how many rows have an unknown one."""
    names = sorted({*before.known, *now.known})
    place = {name: at for at, name in enumerate(names)}
    counts = []
    for column in (before, now):
        table = np.array([*(place[name] for name in column.known), len(names)], dtype=np.int64)
        counts.append(np.bincount(table[column.codes], minlength=len(names) + 1).astype(np.int64))
    is_new = counts[0][:-1] == 0
    return measure_shift(*count_names(*counts), is_ordered=False, seed=seed), int(counts[1][:-1][is_new].sum())


def tabulate_columns(watched: Sequence[WatchedColumn]) -> pd.DataFrame:
    """Return watched columns as a frame, the farthest first."""
    import pandas as pd

    frame = pd.DataFrame([asdict(column) for column in watched])
    return frame.assign(beyond_noise=frame["psi"] - frame["noise"]).sort_values(
        ["is_far", "is_moved", "beyond_noise"], ascending=False, kind="stable", ignore_index=True
    )
