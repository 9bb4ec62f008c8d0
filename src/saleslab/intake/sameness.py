"""The chance that two records are one thing, from how alike they are: Fellegi and Sunter's model with a third class.

Two records are *the same* thing twice, *related* things (a branch, a subsidiary, a colleague behind one switchboard),
or have nothing to do with each other. Related things share domain, telephone and half their name, so that a model of
two classes takes them for the same; the third class explains them. How often values agree by chance is counted in the
data, value by value: sharing 佐藤 says little, sharing a rare name much.

Fellegi & Sunter 1969, "A theory for record linkage", JASA 64; agreement on rare values as in Winkler 1989. The shares
of the classes are found by expectation maximisation, the levels' chances within the first two classes are fixed and
stated here.
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
_CLOSE = 1e-10
_PRIOR_PAIRS = 5_000
_PRIOR_RECORDS = 200
_ALONE = 0.25
"""Further records that are expected to have a value that only one or two are seen to have."""
_SAME_AHEAD = 0.01
"""Pairs of the same thing expected for each record before the data are seen."""


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
    unrelated
        What is expected of unrelated records before the data are seen; with few records it decides, with many the data.
    """

    name: str
    levels: tuple[str, ...]
    same: tuple[float, ...]
    related: tuple[float | None, ...]
    unrelated: tuple[float, ...]

    def __post_init__(self) -> None:
        assert len(self.levels) - 1 == len(self.same) == len(self.related) == len(self.unrelated), self.name
        assert abs(sum(self.same) - 1) < 1e-9, self.name
        assert abs(sum(self.unrelated) - 1) < 1e-9, self.name


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


def count_by_chance(field: Field, levels: Levels, *, n_records: int) -> Floats:
    """Return how often unrelated records reach each level; shape (levels,), 1 for the unknown one.

    Parameters
    ----------
    field
        What is compared, with what is expected beforehand.
    levels
        Levels of random pairs.
    n_records
        Records that the pairs were drawn from; of few records all pairs are soon drawn, and more draws tell no more.

    Examples
    --------
    >>> colour = Field("colour", ("unknown", "same", "differs"), (0.9, 0.1), (0.5, 0.5), (0.1, 0.9))
    >>> count_by_chance(colour, np.array([1, 1, 2, 0], dtype=np.int8), n_records=3).round(3).tolist()
    [1.0, 0.1, 0.9]
    """
    known = levels[levels != UNKNOWN]
    counts = np.bincount(known, minlength=len(field.levels))[1:].astype(np.float64)
    worth = min(len(known), n_records * (n_records - 1) / 2) / max(len(known), 1)
    weighed = counts * worth + _PRIOR_PAIRS * np.array(field.unrelated)
    return np.concatenate([[1.0], weighed / weighed.sum()])


def share_of_values(values: NDArray[np.object_]) -> Floats:
    """Return for each record the chance that an unrelated one has its value: the share of the others that do.

    The pair that is compared does not count: a value that only its two records have may well be theirs alone. The
    records are taken for a sample of a larger world, in which `_PRIOR_RECORDS` more have other values.

    Examples
    --------
    >>> share_of_values(np.array(["a", "a", "b", None], dtype=object)).round(4).tolist()
    [0.0012, 0.0012, 0.0012, 1.0]
    """
    import pandas as pd

    codes, _ = pd.factorize(values, use_na_sentinel=True)
    known = codes >= 0
    shares = np.ones(len(values))
    if known.any():
        counts = np.bincount(codes[known])[codes[known]]
        shares[known] = np.maximum(counts - 2, _ALONE) / (known.sum() - 1 + _PRIOR_RECORDS)
    return shares


def find_chances(evidence: list[Evidence], *, n_records: int, n_related: float) -> Floats:
    """Return the chance that each pair is the same thing.

    Parameters
    ----------
    evidence
        One entry for each field, over the same pairs.
    n_records
        How many records there are; all their pairs that are not in ``evidence`` count as unrelated.
    n_related
        How many pairs of related records are expected before the data are seen.

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
    ahead = np.array([_SAME_AHEAD * n_records, n_related, 0.0])
    shares = np.array([ahead[0], ahead[1], n_all]) / (n_all + ahead.sum())
    posterior = _posterior(likelihood, shares)
    for _ in range(_ROUNDS):
        found = posterior.sum(axis=1)
        found[2] += n_all - n_pairs
        updated = (found + ahead) / (n_all + ahead.sum())
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
