"""What every comparison asks of its rows: an arm for each, a unit only once, values that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 10


def name_arms(arms: pd.Series) -> pd.Series:
    """Return the names of the arms as text."""
    return arms.astype("string").astype(object)


def name_rows(wrong: npt.NDArray[np.bool_], what: str) -> list[str]:
    """Return a finding that names the first rows (counted from 0) that are wrong, or none.

    Examples
    --------
    >>> name_rows(np.array([False, True, True]), "no arm")
    ['2 rows with no arm (1, 2)']
    """
    rows = np.nonzero(wrong)[0]
    if not len(rows):
        return []
    more = ", ..." if len(rows) > _SHOWN else ""
    word = "row" if len(rows) == 1 else "rows"
    return [f"{len(rows)} {word} with {what} ({', '.join(map(str, rows[:_SHOWN]))}{more})"]


def check_units(outcomes: pd.DataFrame, *, arm: str, unit: str | None) -> list[str]:
    """Return findings: rows without an arm, and units that appear in two arms or twice in one."""
    findings = name_rows(outcomes[arm].isna().to_numpy(dtype=bool), f"no {arm}")
    if unit is None:
        return findings
    ids = outcomes[unit]
    findings += name_rows(ids.isna().to_numpy(dtype=bool), f"no {unit}")
    known = ids.notna()
    n_arms = outcomes[arm].groupby(ids).transform("nunique")
    in_two = (known & (n_arms > 1)).to_numpy(dtype=bool)
    findings += name_rows(in_two, f"a {unit} that is in two arms")
    twice = (known & ids.duplicated(keep=False)).to_numpy(dtype=bool) & ~in_two
    return findings + name_rows(twice, f"a {unit} that appears twice")


def number_looks(looks: pd.Series) -> list[int]:
    """Return for each row the number of its look, counted from 0 in rising order."""
    _, numbers = np.unique(looks.to_numpy(), return_inverse=True)
    return [int(number) for number in numbers]
