"""Which pairs of records are worth comparing? Those that share a key, so that a hundred thousand records stay feasible.

All pairs of 100,000 records are five thousand million. Records that share no key at all (name but for one letter, mail,
phone, domain, ...) could not be told to be the same anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Pairs = NDArray[np.int64]


def pair_within(keys: Sequence[str | None] | NDArray[np.object_], *, owners: Pairs | None = None, most: int) -> Pairs:
    """Return each pair of records that share a key, as rows (left, right) with left < right.

    Parameters
    ----------
    keys
        One key each; None takes part in no pair.
    owners
        Position of the record that each key belongs to, where a record has several; by default its own position.
    most
        Records that may share a key. A key of more says too little (a switchboard, 佐藤) and is passed over.

    Examples
    --------
    >>> pair_within(["a", "b", "a", None, "a"], most=3).tolist()
    [[0, 2], [0, 4], [2, 4]]
    >>> pair_within(["a", "b", "a", None, "a"], most=2).tolist()
    []
    """
    codes, _ = pd.factorize(np.asarray(keys, dtype=object), use_na_sentinel=True)
    rows = np.arange(len(codes)) if owners is None else owners
    kept = codes >= 0
    codes, rows = codes[kept], rows[kept]
    order = np.lexsort((rows, codes))
    codes, rows = codes[order], rows[order]
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.r_[first, len(codes)])
    found = [_pairs_of(rows, first[sizes == size], int(size)) for size in np.unique(sizes) if 2 <= size <= most]
    return merge_pairs(found)


def _pairs_of(rows: Pairs, starts: Pairs, size: int) -> Pairs:
    """Return all pairs inside groups of one size."""
    members = rows[starts[:, None] + np.arange(size)]
    left, right = np.triu_indices(size, k=1)
    return np.column_stack([members[:, left].ravel(), members[:, right].ravel()])


def merge_pairs(parts: Iterable[Pairs]) -> Pairs:
    """Return the distinct pairs of several lists, in rising order; a record is no pair with itself."""
    given = [part for part in parts if len(part)]
    if not given:
        return np.zeros((0, 2), dtype=np.int64)
    pairs = np.sort(np.concatenate(given), axis=1)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if not len(pairs):
        return pairs
    width = int(pairs.max()) + 1
    codes = np.unique(pairs[:, 0] * width + pairs[:, 1])
    return np.column_stack([codes // width, codes % width])


def spell_keys(words: Sequence[str], *, shortest: int, longest: int = 40) -> tuple[NDArray[np.object_], Pairs]:
    """Return each word, and each word with one letter left out, with the position of the word that it comes from.

    Two words share such a key when one is the other with a letter more, less, changed, or two neighbours swapped.
    Words below ``shortest`` letters give only themselves: too many short words are one letter apart.

    Examples
    --------
    >>> keys, owners = spell_keys(["abc"], shortest=3)
    >>> keys.tolist(), owners.tolist()
    (['abc', 'bc', 'ac', 'ab'], [0, 0, 0, 0])
    """
    keys: list[str] = []
    owners: list[int] = []
    for position, word in enumerate(words):
        if not word:
            continue
        forms = {word: None}
        if shortest <= len(word) <= longest:
            forms |= {word[:i] + word[i + 1 :]: None for i in range(len(word))}
        keys.extend(forms)
        owners.extend([position] * len(forms))
    return np.array(keys, dtype=object), np.array(owners, dtype=np.int64)


def cluster_pairs(pairs: Pairs, n_records: int) -> NDArray[np.int64]:
    """Return for each record the smallest position of the records that pairs link it to, itself where none does.

    Examples
    --------
    >>> cluster_pairs(np.array([[0, 2], [2, 3]]), 5).tolist()
    [0, 1, 0, 0, 4]
    """
    root = list(range(n_records))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for left, right in pairs.tolist():
        one, other = find(left), find(right)
        root[max(one, other)] = min(one, other)
    return np.array([find(node) for node in range(n_records)], dtype=np.int64)
