"""Is a lead learned from and judged at once? Rows and accounts that stand on both sides of a cut in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.wording import Count, Share, Text, say

_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Repeats:
    """What stands on both sides of the cut between early and late leads.

    Attributes
    ----------
    n_early, n_late
        Leads on either side.
    n_twins
        Late leads that are the same in every column as an early one.
    n_twins_within
        Leads that have a twin at all, on whichever side, each set counted without its first.
    n_known_groups
        Late leads whose group (account) has an early lead; None without groups.
    """

    n_early: int
    n_late: int
    n_twins: int
    n_twins_within: int
    n_known_groups: int | None = None


def find_repeats(X: Any, *, time: Any = None, groups: Any = None, late: float = 0.25) -> Repeats:  # noqa: N803
    """Count the leads that a model would meet in training and again where it is judged.

    A lead that was entered twice makes every test look better than the next quarter will be. Few columns with few
    values make twins by chance: then it says nothing.

    Parameters
    ----------
    X
        Columns that a model is to use.
    time
        When each lead came in; without it, the rows are taken to be in sequence.
    groups
        Which leads belong together, such as the account; missing where a lead stands alone.
    late
        Share of the leads, the newest, on which a model would be judged.

    Raises
    ------
    NotEnoughData
        When there are fewer than 4 leads with a time, or all came in at once.
    BadArgument
        When the rows do not fit together, or ``late`` is no share.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({"source": list("abcdeab"), "visits": [1, 2, 3, 4, 5, 1, 9]})
    >>> found = find_repeats(leads, groups=["x", "y", "z", "x", None, "v", "x"])
    >>> found.n_late, found.n_twins, found.n_known_groups
    (2, 1, 1)
    """
    import pandas as pd

    from saleslab.scoring.leads.columns import is_frame, to_pandas
    from saleslab.scoring.leaks.codes import read_column, read_order

    frame = to_pandas(X) if is_frame(X) else pd.DataFrame(X)
    if not 0 < late < 1:
        raise BadArgument(f"{late} of the leads cannot be late.", "give a share between 0 and 1, such as 0.25.")
    order = np.arange(len(frame), dtype=np.float64) if time is None else read_order(time, len(frame))
    dated = ~np.isnan(order)
    is_late = np.zeros(len(frame), dtype=bool)
    if dated.any():
        is_late[dated] = order[dated] >= np.quantile(order[dated], 1 - late)
    is_early = dated & ~is_late
    if dated.sum() < _FEWEST or not is_early.any():
        raise NotEnoughData(
            f"{int(dated.sum())} leads have a time, {int(is_early.sum())} of them early ones.",
            "pass the time at which each lead came in, of leads of more than one day.",
        )
    codes = pd.DataFrame({at: read_column(frame[name]).codes for at, name in enumerate(frame.columns)})
    marks = (
        codes.groupby(list(codes.columns), sort=False).ngroup().to_numpy()
        if len(codes.columns)
        else np.arange(len(frame))
    )
    known = None
    if groups is not None:
        if len(groups) != len(frame):
            raise BadArgument(f"X has {len(frame)} rows, groups has {len(groups)}.", "pass one group for each row.")
        group = pd.factorize(pd.Series(groups))[0]
        known = int(np.isin(group[is_late & (group >= 0)], group[is_early]).sum())
    return Repeats(
        int(is_early.sum()),
        int(is_late.sum()),
        int(np.isin(marks[is_late], marks[is_early]).sum()),
        int(pd.Series(marks).duplicated().sum()),
        known,
    )


def tell_repeats(repeats: Repeats) -> tuple[Text, ...]:
    """Return a sentence for each kind of repeat that there is."""
    words = {"n_late": Count(repeats.n_late)}
    told = []
    if repeats.n_twins:
        share = Share(repeats.n_twins / repeats.n_late)
        told.append(say("scoring.repeats.twins", n=Count(repeats.n_twins), share=share, **words))
    if repeats.n_known_groups:
        share = Share(repeats.n_known_groups / repeats.n_late)
        told.append(say("scoring.repeats.groups", n=Count(repeats.n_known_groups), share=share, **words))
    return tuple(told)
