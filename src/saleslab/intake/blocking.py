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

_NEIGHBOURS = 3
"""Records of a crowded key that each one is paired with: a customer entered a hundred times is still linked up."""


def pair_within(keys: Sequence[str | None] | NDArray[np.object_], *, owners: Pairs | None = None, most: int) -> Pairs:
    """Return pairs of records that share a key, as rows (left, right) with left < right.

    All pairs, except where the key is crowded (a switchboard, 佐藤): there each record is paired with the next few
    only, so that the work grows with the records and not with their square. Records in the order of their names make
    the next ones the likeliest.

    Parameters
    ----------
    keys
        One key each; None takes part in no pair.
    owners
        Position of the record that each key belongs to, where a record has several; by default its own position.
    most
        Records that may share a key before it counts as crowded.

    Examples
    --------
    >>> pair_within(["a", "b", "a", None, "a"], most=3).tolist()
    [[0, 2], [0, 4], [2, 4]]
    >>> len(pair_within(["a"] * 100, most=100)), len(pair_within(["a"] * 100, most=99))
    (4950, 294)
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
    crowded = np.repeat(sizes > most, sizes)
    return merge_pairs([*found, *_neighbours_of(rows[crowded], codes[crowded])])


def _neighbours_of(rows: Pairs, codes: Pairs) -> list[Pairs]:
    """Return each record of crowded keys with the next few of the same key."""
    steps = range(1, _NEIGHBOURS + 1)
    return [np.column_stack([rows[:-step], rows[step:]])[codes[:-step] == codes[step:]] for step in steps]


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
