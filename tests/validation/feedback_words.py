"""Are Japanese comments better taken apart into words or into runs of letters, when labels are few?

Run it by hand: ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tests/validation/feedback_words.py`` prints the
macro-F1 of the same model on both, over 20 ways to deal folds. Each comment is taken apart once.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from saleslab.customers.feedback import read_theme_labels
from saleslab.customers.feedback.words import split_words

WAYS: dict[str, dict[str, object]] = {
    "words": {"analyzer": cache(split_words)},
    "letters 1-2": {"analyzer": "char", "ngram_range": (1, 2)},
    "letters 1-3": {"analyzer": "char", "ngram_range": (1, 3)},
    "letters 2-3": {"analyzer": "char", "ngram_range": (2, 3)},
}


def measure(ways: dict[str, dict[str, object]] = WAYS, *, n_deals: int = 20) -> dict[str, np.ndarray]:
    """Return the macro-F1 of each way and deal."""
    texts, labels = read_theme_labels()
    found: dict[str, np.ndarray] = {}
    for name, form in ways.items():
        model = make_pipeline(TfidfVectorizer(sublinear_tf=True, **form), LogisticRegression(C=10.0))
        deals = [StratifiedKFold(5, shuffle=True, random_state=deal) for deal in range(n_deals)]
        guesses = [cross_val_predict(model, texts, labels, cv=deal) for deal in deals]
        found[name] = np.array([f1_score(labels, guess, average="macro") for guess in guesses])
    return found


def compare_words(n_deals: int = 20) -> pd.DataFrame:
    """Return the mean of each way, and its standard deviation over deals."""
    found = measure(n_deals=n_deals)
    rows = [(way, f1.mean(), f1.std()) for way, f1 in found.items()]
    return pd.DataFrame(rows, columns=["taken_apart_into", "macro_f1", "sd_over_deals"])


if __name__ == "__main__":
    for way, f1 in measure().items():
        sys.stdout.write(f"{way:<12} macro-F1 {f1.mean():.3f} (sd over deals {f1.std():.3f})\n")
