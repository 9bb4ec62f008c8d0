"""Can themes be learnt from a few comments that somebody labelled, and how far can that be trusted?

A dictionary is read and mended; a learnt model sees what nobody listed. It says of itself how good it is on comments
that it did not learn from, beside the simplest rival: always naming the most frequent theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.customers.feedback.themes import has_words
from saleslab.customers.feedback.words import split_words
from saleslab.errors import BadArgument, NotEnoughData

_FEWEST = 3
_FOLDS = 5
_STRENGTH = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class LearntThemes:
    """A model that names the theme of a comment.

    Attributes
    ----------
    themes
        Labels that it knows, sorted.
    macro_f1
        Mean over themes of the F1 on comments that were left out of learning.
    f1
        The same for each theme.
    baseline_f1
        Macro-F1 of always naming the most frequent theme.
    n_labels
        Comments it learnt from.
    """

    themes: tuple[str, ...]
    macro_f1: float
    f1: tuple[float, ...]
    baseline_f1: float
    n_labels: int
    model: Any

    @property
    def is_telling(self) -> bool:
        """Whether it beats the baseline at all; where not, use the dictionary."""
        return self.macro_f1 > self.baseline_f1

    def name_themes(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return for each comment the likeliest theme and its chance; ``("", 0.0)`` where it holds no word."""
        found: list[tuple[str, float]] = [("", 0.0)] * len(texts)
        spoken = [index for index, text in enumerate(texts) if has_words(text)]
        if spoken:
            chances = self.model.predict_proba([texts[index] for index in spoken])
            for index, row in zip(spoken, chances, strict=True):
                found[index] = (self.themes[int(row.argmax())], float(row.max()))
        return found


def learn_themes(texts: Sequence[str], labels: Sequence[str], *, seed: int = 0) -> LearntThemes:
    """Return a model of themes learnt from labelled comments, with its out-of-fold F1.

    Words are weighed by how rare they are (tf-idf), the model is a logistic regression; both are learnt anew within
    each fold, and equal comments never lie in two folds.

    Parameters
    ----------
    texts, labels
        Comments and the one theme of each; ten comments a theme are a fair start.
    seed
        Of the folds.

    Raises
    ------
    BadArgument
        When the two differ in length, or a comment is empty.
    NotEnoughData
        With fewer than two themes, or fewer than three different comments of one.

    Examples
    --------
    >>> texts = ["価格が高い", "値段が高い", "料金が高い", "返事が遅い", "返信が遅い", "回答が遅い"]
    >>> learnt = learn_themes(texts, ["price"] * 3 + ["response"] * 3)
    >>> learnt.macro_f1, learnt.name_themes(["費用が高い"])[0][0]
    (1.0, 'price')
    """
    from sklearn.metrics import f1_score

    groups, names = _check(texts, labels)
    said, kinds = np.asarray(list(texts), dtype=object), np.asarray(list(labels), dtype=object)
    fold = _deal_folds(groups, kinds, seed)
    foreseen, most = np.empty(len(kinds), dtype=object), np.empty(len(kinds), dtype=object)
    for part in np.unique(fold):
        left_out = fold == part
        foreseen[left_out] = _build().fit(said[~left_out], kinds[~left_out]).predict(said[left_out])
        values, counts = np.unique(kinds[~left_out], return_counts=True)
        most[left_out] = values[counts.argmax()]
    each = f1_score(kinds, foreseen, labels=names, average=None, zero_division=0.0)
    plain = f1_score(kinds, most, labels=names, average="macro", zero_division=0.0)
    model = _build().fit(said, kinds)
    return LearntThemes(
        tuple(names), float(np.mean(each)), tuple(float(one) for one in each), float(plain), len(kinds), model
    )


def _check(texts: Sequence[str], labels: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    empty = sum(not has_words(text) for text in texts)
    if len(texts) != len(labels) or empty:
        raise BadArgument(
            f"{len(texts)} comments with {len(labels)} labels, {empty} of them without a word, cannot be learnt from.",
            "give one label for each comment, and leave out those without words.",
        )
    _, groups = np.unique([split_key(text) for text in texts], return_inverse=True)
    names = sorted(set(labels))
    few = [
        name for name in names if len({g for g, label in zip(groups, labels, strict=True) if label == name}) < _FEWEST
    ]
    if len(names) < 2 or few:
        raise NotEnoughData(
            f"{len(names)} themes, of which {len(few)} have fewer than {_FEWEST} different comments, cannot be learnt.",
            "label some comments more of each theme, or leave the rare themes to the dictionary.",
        )
    return groups, names


def split_key(text: str) -> str:
    """Return what makes two comments the same: their words."""
    return " ".join(split_words(text)) or text


def _deal_folds(groups: np.ndarray, kinds: np.ndarray, seed: int) -> np.ndarray:
    """Return a fold for each comment: even within each theme, equal comments together, whatever the order of rows."""
    rng = np.random.default_rng(seed)
    n_folds = _FOLDS
    of_group = {int(group): str(kinds[groups == group][0]) for group in np.unique(groups)}
    fold = np.empty(len(groups), dtype=np.int64)
    for kind in sorted(set(of_group.values())):
        mine = [group for group, its in of_group.items() if its == kind]
        for place, at in enumerate(rng.permutation(len(mine))):
            fold[groups == mine[at]] = place % min(n_folds, len(mine))
    return fold


def _build() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(analyzer=split_words, sublinear_tf=True)
    return make_pipeline(words, LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=500))
