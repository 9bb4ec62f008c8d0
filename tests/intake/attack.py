"""An attacker who has read every table of a run, and knows who stands behind each number. Nothing here is borrowed.

Whatever is published is a row of numbers: how much each record counts in it. The attacker adds and subtracts published
rows in every way that fits into memory, and looks on how many people each result rests.
"""

from itertools import combinations, product

import numpy as np


def find_fewest(rows, person, *, deep=3):
    """Return the fewest people on whom a sum or difference of published rows rests; None where all of them vanish.

    Tried are all signed sums of up to ``deep`` rows, and each row less every subset of the rows that lie inside it.
    """
    rows = np.unique(np.asarray(rows, dtype=np.int64), axis=0)
    rows = rows[rows.any(axis=1)]
    people = (np.asarray(person)[:, None] == np.unique(person)).astype(np.int64)
    fewest = [_fewest(rows, people)]
    for k in range(2, deep + 1):
        chosen = np.array(list(combinations(range(len(rows)), k)), dtype=np.int64).reshape(-1, k)
        for signs in product((1, -1), repeat=k - 1):
            for part in np.array_split(chosen, max(1, len(chosen) // 2_000)):
                found = rows[part[:, 0]] + sum(sign * rows[part[:, at + 1]] for at, sign in enumerate(signs))
                fewest.append(_fewest(found, people))
    for row in rows:
        inside = [one for one in rows if (one <= row).all() and (one < row).any()][:12]
        if inside:
            takes = np.array(list(product((0, 1), repeat=len(inside))), dtype=np.int64)
            fewest.append(_fewest(row - takes @ np.array(inside), people))
    return min((n for n in fewest if n is not None), default=None)


def _fewest(found, people):
    n = ((found != 0).astype(np.int64) @ people > 0).sum(axis=1)
    return int(n[n > 0].min()) if (n > 0).any() else None


def can_be_had(rows, person, floor):
    """Say whether any combination of the rows, with whatever factors, rests on fewer than ``floor`` people.

    It does where the rows lose rank once the records of fewer than ``floor`` people are taken away: then two different
    combinations agree on everybody else. All sets of so many people are tried.
    """
    rows, person = np.asarray(rows, dtype=np.float64), np.asarray(person)
    if not len(rows):
        return False
    whole = np.linalg.matrix_rank(rows)
    return any(
        np.linalg.matrix_rank(rows[:, ~np.isin(person, few)]) < whole
        for few in combinations(np.unique(person), floor - 1)
    )
