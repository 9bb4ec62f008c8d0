"""The chance that two records are one thing, from how alike they are: Fellegi and Sunter's model with a third class.

Two records are *the same* thing twice, *related* things (a branch, a subsidiary, a colleague behind one switchboard), or
have nothing to do with each other. Related things share domain, telephone and half their name, so that a model of two
classes takes them for the same; the third class explains them. How often values agree by chance is counted in the data,
value by value: sharing 佐藤 says little, sharing a rare name much.

Fellegi & Sunter 1969, "A theory for record linkage", JASA 64; agreement on rare values as in Winkler 1989. The shares of
the classes are found by expectation maximisation, the levels' chances within the first two classes are fixed and stated here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Levels = NDArray[np.int8]

UNKNOWN = 0
"""Level of a field that one of the two records does not have; it says nothing."""

_ROUNDS = 50
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is compared, and how often each level occurs among the same and among related records.

    Attributes
    ----------
    name
        Name of the column of levels.
    levels
        Names of the levels; the first is always ``unknown``.
    same, related
        Chance of each known level; each adds up to 1. A ``related`` of None takes the chances of unrelated records.
    """

    name: str
    levels: tuple[str, ...]
    same: tuple[float, ...]
    related: tuple[float | None, ...]

    def __post_init__(self) -> None:
        assert len(self.levels) - 1 == len(self.same) == len(self.related), self.name
        assert abs(sum(self.same) - 1) < 1e-9, self.name


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one field compares in each pair.

    Attributes
    ----------
    field
        What is compared.
    levels
        Shape (pairs,), the level of each pair.
    by_chance
        Shape (pairs,), chance that two unrelated records agree as these two do.
    """

    field: Field
    levels: Levels
    by_chance: Floats


def count_by_chance(levels: Levels, n_levels: int) -> Floats:
    """Return how often each level occurs in random pairs; shape (levels,). A level never seen counts half a pair.

    Examples
    --------
    >>> count_by_chance(np.array([1, 2, 2, 2, 0], dtype=np.int8), 4).round(2).tolist()
    [1.0, 0.27, 0.64, 0.09]
    """
    counts = np.bincount(levels, minlength=n_levels).astype(np.float64)
    counts[UNKNOWN] = 0
    known = counts + 0.5
    known[UNKNOWN] = 0
    chances = known / known.sum()
    chances[UNKNOWN] = 1
    return chances


def find_chances(evidence: list[Evidence], *, n_records: int) -> Floats:
    """Return the chance that each pair is the same thing.

    Parameters
    ----------
    evidence
        One entry for each field, over the same pairs.
    n_records
        How many records there are; all their pairs that are not in ``evidence`` count as unrelated.

    Returns
    -------
    Floats
        Shape (pairs,), between 0 and 1.
    """
    n_pairs = len(evidence[0].levels) if evidence else 0
    if n_pairs == 0:
        return np.zeros(0)
    log = np.zeros((3, n_pairs))
    for seen in evidence:
        log += np.log(_likelihoods(seen))
    log -= log.max(axis=0)
    likelihood = np.exp(log)
    n_all = max(n_records * (n_records - 1) / 2, n_pairs)
    shares = np.array([1.0, 2.0, n_all]) / (n_all + 3)
    posterior = _posterior(likelihood, shares)
    for _ in range(_ROUNDS):
        found = posterior.sum(axis=1)
        found[2] += n_all - n_pairs
        updated = (found + [0.5, 0.5, 0.0]) / (n_all + 1)
        if np.abs(updated - shares).max() < _CLOSE:
            break
        shares = updated
        posterior = _posterior(likelihood, shares)
    chances: Floats = posterior[0]
    return chances


def _posterior(likelihood: Floats, shares: Floats) -> Floats:
    joint = likelihood * shares[:, None]
    posterior: Floats = joint / joint.sum(axis=0)
    return posterior


def _likelihoods(seen: Evidence) -> Floats:
    """Return the chance of each pair's level among the same, the related and the unrelated; shape (3, pairs)."""
    same = np.array([1.0, *seen.field.same])[seen.levels]
    given = np.array([np.nan if chance is None else chance for chance in (1.0, *seen.field.related)])[seen.levels]
    unrelated = np.where(seen.levels == UNKNOWN, 1.0, seen.by_chance)
    related = np.where(np.isnan(given), unrelated, given)
    return np.stack([same, related, unrelated])
