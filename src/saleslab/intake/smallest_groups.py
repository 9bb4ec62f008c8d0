"""Which is the smallest group of people whose number follows from published counts by adding and subtracting?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Floats = npt.NDArray[np.float64]

_CLOSE = 1e-6


def find_smallest_group(members: npt.NDArray[np.bool_], sizes: Floats, *, below: float) -> Floats | None:
    """Return the combination of published counts that yields the smallest group below a size; None where there is none.

    A group is a set of the finest groups; its number follows from the published counts when its indicator is a
    combination of their rows. Searched exactly as a mixed-integer program: among all such indicators, the one with the
    fewest people, if it has fewer than ``below``.

    Parameters
    ----------
    members
        One row a published count, one column a finest group: whether it is counted.
    sizes
        People in each finest group, all above 0.
    below
        Groups of that size or more are of no interest.

    Returns
    -------
    numpy.ndarray or None
        The factor of each published count.

    Examples
    --------
    >>> total_and_part = np.array([[True, True], [True, False]])
    >>> find_smallest_group(total_and_part, np.array([40.0, 4.0]), below=10).round(6).tolist()
    [1.0, -1.0]
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows = members.astype(np.float64)
    n_counts, n_groups = rows.shape
    single = np.flatnonzero(rows @ sizes < below)
    if len(single):
        return np.asarray(np.eye(n_counts)[single[0]])
    link = np.hstack([np.eye(n_groups), -rows.T])
    people = np.concatenate([sizes, np.zeros(n_counts)])[None]
    wide = np.full(n_counts, np.inf)
    found = milp(
        people.ravel(),
        constraints=[LinearConstraint(link, 0, 0), LinearConstraint(people, 0.5, below - 0.5)],
        integrality=np.concatenate([np.ones(n_groups), np.zeros(n_counts)]),
        bounds=Bounds(np.concatenate([np.zeros(n_groups), -wide]), np.concatenate([np.ones(n_groups), wide])),
    )
    if found.status == 2:  # no combination yields a small group
        return None
    if found.x is None:
        raise BadArgument(
            "It cannot be told whether the tables show a small group.",
            "join small groups, or publish fewer breakdowns.",
        )
    group = np.round(found.x[:n_groups])
    parts = np.linalg.lstsq(rows.T, group, rcond=None)[0]
    if np.abs(rows.T @ parts - group).max() < _CLOSE:
        return np.asarray(np.where(np.abs(parts) > _CLOSE, parts, 0.0))
    return np.asarray(found.x[n_groups:])
