"""On how few people can something rest that follows from published numbers by adding and subtracting?

A published number is a sum over some groups of records. Readers can put such sums together with any factors; what they
get rests on the people of the groups whose factors do not cancel. So the question is one of linear algebra: which
combination of the rows, other than nothing, leaves few people? It is answered exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_CLOSE = 1e-6
_MOST_NODES = 1_000
"""Branches after which the search gives up: a number of steps and not of seconds, so that all machines agree."""

_TOLD = (0, 2)
"""States of the search in which it came to an end: one was found, or there is none."""

_ROOT_NODES = 100
"""Branches that the start of a search costs as much as."""


class Patience:
    """How much all searches of a page together may still cost, so that every page comes to an end.

    Attributes
    ----------
    left
        Branches, each times the square of the groups it has: about what one takes. Used up by `find_smallest_group`.
    """

    def __init__(self) -> None:
        self.left = 4e8

    def grant(self, n_groups: int) -> int:
        """Return how many branches the next search may take."""
        return max(0, min(_MOST_NODES, int(self.left / n_groups**2) - _ROOT_NODES))

    def charge(self, n_nodes: int, n_groups: int) -> None:
        """Take off what a search has cost."""
        self.left -= (n_nodes + _ROOT_NODES) * float(n_groups**2)


def find_smallest_group(
    members: Bools, sizes: Floats, *, below: float, holders: Bools | None = None, patience: Patience | None = None
) -> Floats | None:
    """Return a combination of published numbers that rests on few people; None where none does.

    Answered exactly: first it is tried to part the people into as many sets as the floor asks for, each of which tells
    all combinations apart; every combination then rests on somebody of each set. Where that does not work, a
    mixed-integer program looks for a combination that does not vanish and rests on fewer than ``below``. Where it does
    not come to an end, there is taken to be one in which every number takes part: more is hidden, never less.

    Parameters
    ----------
    members
        One row a published number, one column a group of records: whether it is counted.
    sizes
        How many people there are of each kind, all above 0: of those in one group where there are no ``holders``.
    below
        Groups of that many people or more are of no interest.
    holders
        One row a kind of people, one column a group: whether they are in it. Someone who answered twice is in two
        groups and still one person. None: everybody is in one group.
    patience
        What this search shares with others; None: it has a full one of its own.

    Returns
    -------
    numpy.ndarray or None
        The factor of each published number.

    Examples
    --------
    >>> total_and_part = np.array([[True, True], [True, False]])
    >>> find_smallest_group(total_and_part, np.array([40.0, 4.0]), below=10).round(6).tolist()
    [1.0, -1.0]
    """
    rows, held = _join_alike(members, np.eye(members.shape[1], dtype=bool) if holders is None else holders)
    for at, row in enumerate(rows):
        if 0 < sizes @ held[:, row].any(axis=1) < below:
            return np.asarray(np.eye(len(rows))[at])
    small = sizes @ held < below
    free = _null_space(rows[:, ~small].T.astype(np.float64))  # what is to rest on few must vanish on larger groups
    left = free @ rows[:, small]
    if not left.size or np.abs(left).max() < _CLOSE:
        return None
    if _is_spread(left, rows[:, small], sizes, held[:, small], below):
        return None
    found = _search(left, sizes, held[:, small], below, patience or Patience())
    if found is None:
        return None
    if not len(found):
        return np.ones(len(rows))
    rest = np.abs(found @ left)
    touched = np.flatnonzero(small)[rest > _CLOSE]
    return _write_simply(rows.astype(np.float64), touched, top=int(np.flatnonzero(small)[rest.argmax()]))


def _join_alike(members: Bools, holders: Bools) -> tuple[Bools, Bools]:
    """Return the groups that every number counts alike as one, and leave out those that none counts."""
    patterns, of_group = np.unique(members.T, axis=0, return_inverse=True)
    held = np.zeros((len(holders), len(patterns)), dtype=bool)
    for group, pattern in enumerate(of_group.ravel()):
        held[:, pattern] |= holders[:, group]
    counted = patterns.any(axis=1)
    return patterns[counted].T, held[:, counted]


def _null_space(matrix: Floats) -> Floats:
    """Return, as rows, an orthonormal base of what the matrix turns into nothing."""
    if not len(matrix):
        return np.eye(matrix.shape[1])
    values, base = np.linalg.svd(matrix)[1:]
    return np.asarray(base[int((values > _CLOSE).sum()) :])


def _is_spread(left: Floats, rows: Bools, sizes: Floats, held: Bools, below: float) -> bool:
    """Say whether people can be parted into as many sets as wanted, each of which tells all combinations apart.

    Those in small cells are used last, and only where nobody else will do. False says nothing.
    """
    rank = int(np.linalg.matrix_rank(left, tol=_CLOSE))
    in_cell = np.array([sizes @ held[:, row].any(axis=1) for row in rows])
    scarce = np.where(rows, in_cell[:, None], np.inf).min(axis=0)
    rarity = np.where(held, scarce, np.inf).min(axis=1, initial=np.inf)
    order = [int(kind) for kind in np.argsort(-rarity, kind="stable") if held[kind].any()]
    rest = sizes.copy()
    for _ in range(int(np.ceil(below))):
        base = np.empty((0, len(left)))
        for kind in order:
            if len(base) == rank:
                break
            if rest[kind] < 1:
                continue
            before = len(base)
            for column in left[:, held[kind]].T:
                new = column - base.T @ (base @ column)
                new -= base.T @ (base @ new)
                size = float(np.linalg.norm(new))
                if size > _CLOSE:
                    base = np.vstack([base, new / size])
            rest[kind] -= len(base) > before
        if len(base) < rank:
            return False
    return True


def _search(left: Floats, sizes: Floats, held: Bools, below: float, patience: Patience) -> Floats | None:
    """Return factors of the rows such that what is left rests on few people; None where there are none.

    Empty where it cannot be told within `_MOST_NODES` or what is left of the patience.

    The combination may be scaled, so its largest entry is 1: ``v`` lies between -1 and 1, a group is ``touched`` where
    it is not 0, and ``top`` marks one group where it is 1.
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    n_free, n_groups = left.shape
    n_nodes = patience.grant(n_groups)
    if not n_nodes:
        return np.empty(0)
    kinds, of_kind = np.unique(held, axis=0, return_inverse=True)
    people = np.bincount(of_kind.ravel(), weights=sizes)
    kinds, people = kinds[kinds.any(axis=1)], people[kinds.any(axis=1)]
    kind, group = np.nonzero(kinds)
    value, one = sparse.csr_array(left.T), sparse.eye_array(n_groups, format="csr")
    counted = sparse.csr_array((np.ones(len(kind)), (np.arange(len(kind)), kind)), (len(kind), len(kinds)))
    in_group = sparse.csr_array((np.ones(len(kind)), (np.arange(len(kind)), group)), (len(kind), n_groups))
    blocks = [
        ([value, -one, None, None], -np.inf, 0),
        ([value, one, None, None], 0, np.inf),
        ([value, None, -2 * one, None], -1, np.inf),
        ([None, None, sparse.csr_array(np.ones((1, n_groups))), None], 1, 1),
        ([None, -in_group, None, counted], 0, np.inf),
        ([None, None, None, sparse.csr_array(people[None])], 0.5, below - 0.5),
    ]
    widths = (n_free, n_groups, n_groups, len(kinds))
    rules = [LinearConstraint(_beside(parts, widths), low, high) for parts, low, high in blocks]
    found = milp(
        np.concatenate([np.zeros(n_free + 2 * n_groups), people]),
        constraints=rules,
        integrality=np.repeat([0, 1, 1, 0], widths),
        bounds=Bounds(np.repeat([-np.inf, 0, 0, 0], widths), np.repeat([np.inf, 1, 1, 1], widths)),
        options={"node_limit": n_nodes},
    )
    patience.charge(found.mip_node_count or 0 if found.status in _TOLD else n_nodes, n_groups)
    if found.status == 2:  # no combination rests on few
        return None
    return np.empty(0) if found.x is None else np.asarray(found.x[:n_free])


def _write_simply(rows: Floats, touched: npt.NDArray[np.intp], *, top: int) -> Floats:
    """Return the combination that leaves nothing but touched groups, ``top`` among them, with the smallest factors.

    So no number takes part that need not: many have the same sum as others together.
    """
    from scipy.optimize import linprog

    gone = np.setdiff1d(np.arange(rows.shape[1]), touched)
    wanted = np.concatenate([[1.0], np.zeros(len(gone))])
    kept = rows[:, [top, *gone]].T
    found = linprog(np.ones(2 * len(rows)), A_eq=np.hstack([kept, -kept]), b_eq=wanted, bounds=(0, None))
    if found.x is None:  # the program was right within its tolerance only
        return np.ones(len(rows))
    parts = found.x[: len(rows)] - found.x[len(rows) :]
    return np.asarray(np.where(np.abs(parts) > _CLOSE, parts, 0.0))


def _beside(parts: Sequence[Any], widths: tuple[int, ...]) -> Any:
    """Return sparse blocks beside each other; None stands for zeros."""
    from scipy import sparse

    height = next(part.shape[0] for part in parts if part is not None)
    filled = [
        sparse.csr_array((height, wide)) if part is None else part for part, wide in zip(parts, widths, strict=True)
    ]
    return sparse.hstack(filled, format="csr")
