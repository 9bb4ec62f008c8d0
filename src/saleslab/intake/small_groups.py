"""Which groups are too small to show? Their members could be told apart, or their numbers had by subtraction."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from saleslab.tables.presence import require_columns

LEAST_GROUP = 5
"""Groups of fewer people are not shown: their members could be told apart."""


def suppress_small_groups(
    frame: pd.DataFrame, *, count: str, values: Collection[str], least: int = LEAST_GROUP, total_is_known: bool = True
) -> pd.DataFrame:
    """Return groups with the numbers of small ones taken out, so that no member can be told apart.

    Where the total of all groups is known, what is hidden could be had by subtraction if it is one group, or if all
    hidden groups together are small; the next smallest group is then taken out with them. That holds for one table:
    where the same people are shown grouped in other ways beside it, take `saleslab.intake.disclose_tables`.

    Parameters
    ----------
    frame
        One row a group.
    count
        Column with the number of people in the group.
    values
        Columns that tell about the people; they and ``count`` become missing in suppressed rows.
    least
        Smallest group that is shown.
    total_is_known
        Whether the reader knows, or is shown, the sum over all groups.

    Returns
    -------
    pd.DataFrame
        The same rows with ``is_suppressed``.

    Examples
    --------
    >>> groups = pd.DataFrame({"team": ["a", "b", "c"], "n": [40, 3, 9], "mean": [1.0, 2.0, 3.0]})
    >>> suppress_small_groups(groups, count="n", values=["mean"])["is_suppressed"].tolist()
    [False, True, True]
    """
    require_columns(frame, count, *values, of="groups")
    n = frame[count].astype("Int64")
    hidden = ((n < least) & (n > 0)).fillna(value=True).astype(bool)
    if total_is_known and hidden.any():
        hidden |= _hide_with(n, hidden, least)
    shown = frame.copy()
    shown[count] = n.mask(hidden)
    for name in values:
        shown[name] = shown[name].mask(hidden)
    shown["is_suppressed"] = hidden
    return shown


def _hide_with(n: pd.Series, hidden: pd.Series, least: int) -> pd.Series:
    """Return which further groups must go so that what is hidden is two groups at least and together not small."""
    others = n[~hidden & (n > 0)].sort_values(kind="stable")
    n_groups, n_people = int(hidden.sum()), int(n[hidden].fillna(least).sum())  # missing: hidden before, with company
    together = n_people + others.cumsum().shift(fill_value=0)
    too_few = (n_groups + pd.Series(range(len(others)), index=others.index) < 2) | (together < least)
    return pd.Series(n.index.isin(others.index[too_few]), index=n.index)
