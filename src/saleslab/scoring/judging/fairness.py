"""Is the model as right about each group of leads as about all?

The groups are named by the user: industry, region, language, size. A score may differ between groups for good reasons;
what must not differ is whether it is right. Groups too small to be judged, and to be looked at without looking at
persons, are put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.model.grades import check_chances
from saleslab.stats import Interval, estimate_rate, measure_auc
from saleslab.stats.calibration import average_rows

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

SMALLEST = 30
"""Leads that a group needs to be shown by itself."""

GROUP_COLUMNS = (
    "by", "group", "n_groups", "n_leads", "n_won", "rate", "rate_low", "rate_high", "chance", "chance_low",
    "chance_high", "gap", "gap_low", "gap_high", "is_off", "auc", "auc_low", "auc_high",
)  # fmt: skip
"""Columns of `measure_groups`."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Leads of one group, or of several small ones."""

    name: str
    rows: npt.NDArray[np.intp]
    n_groups: int


def measure_groups(groups: pd.DataFrame, won: Any, chances: Any, *, mass: float = 0.9) -> pd.DataFrame:
    """Return, for each group of leads, what the model promised and what came.

    Parameters
    ----------
    groups
        One column for each way to group, one row a lead; an empty cell is a group of its own, named "".
    won, chances
        Outcome and promised chance of the same leads, none of which the model was trained on.
    mass
        Chance that each interval holds the truth.

    Returns
    -------
    pandas.DataFrame
        `GROUP_COLUMNS`, one row a group, the largest first: share won, mean chance, their gap, AUC (empty with one
        outcome only), each with its ends. ``n_groups`` is above 1 where small groups were put together, and ``group``
        then empty. ``is_off``: the gap is not 0, with the stated chance for all groups of a column together.

    Raises
    ------
    NotEnoughData
        When there are fewer than `SMALLEST` leads.
    BadArgument
        When lengths differ.

    Examples
    --------
    >>> import pandas as pd
    >>> regions = pd.DataFrame({"region": ["east"] * 100 + ["west"] * 50 + ["north"] * 4 + ["south"] * 3})
    >>> won, chances = [True, False] * 78 + [True], [0.5] * 157
    >>> measured = measure_groups(regions, won, chances)
    >>> measured[["group", "n_groups", "n_leads", "is_off"]].to_numpy().tolist()
    [['east', 1, 100, False], ['west', 1, 50, False], ['', 2, 7, False]]
    """
    import pandas as pd

    said, outcome = check_chances(chances), np.asarray(won, dtype=np.float64)
    if not len(groups) == len(said) == len(outcome):
        raise BadArgument(
            f"{len(groups)} groups, {len(outcome)} outcomes and {len(said)} chances do not belong together.",
            "give one of each a lead.",
        )
    if len(said) < SMALLEST:
        raise NotEnoughData(f"{len(said)} leads do not show how groups differ.", f"judge at least {SMALLEST}.")
    rows = []
    for by in groups.columns:
        found = _split(groups[by].astype("str").fillna("").reset_index(drop=True))
        rows += [_measure(str(by), group, outcome, said, n_groups=len(found), mass=mass) for group in found]
    return pd.DataFrame(rows, columns=list(GROUP_COLUMNS))


def _split(names: pd.Series) -> list[_Group]:
    """Return the groups, the largest first, the small ones together as the last."""
    inside = {str(name): np.asarray(rows) for name, rows in names.groupby(names, sort=True).indices.items()}
    large = [_Group(name, rows, 1) for name, rows in inside.items() if len(rows) >= SMALLEST]
    small = [rows for rows in inside.values() if len(rows) < SMALLEST]
    large.sort(key=lambda group: -len(group.rows))
    return [*large, _Group("", np.concatenate(small), len(small))] if small else large


def _measure(by: str, group: _Group, won: Floats, chances: Floats, *, n_groups: int, mass: float) -> tuple[object, ...]:
    y, said = won[group.rows], chances[group.rows]
    n, n_won, chance = len(y), int(y.sum()), float(said.mean())
    rate = estimate_rate(n_won, n, mass=mass)
    sure = estimate_rate(n_won, n, mass=1 - (1 - mass) / n_groups)
    mean = average_rows(said, mass=mass) if n > 1 else Interval(chance, chance, chance, mass)
    auc = measure_auc(y, said, mass=mass) if 0 < n_won < n else None
    return (
        by, group.name, group.n_groups, n, n_won, *_ends(rate), *_ends(mean),
        rate.estimate - chance, rate.low - chance, rate.high - chance, chance not in sure,
        *((None, None, None) if auc is None else _ends(auc)),
    )  # fmt: skip


def _ends(interval: Interval) -> Sequence[float]:
    return interval.estimate, interval.low, interval.high
