"""What `LeadScorer` is set beside: a plain logit, and LightGBM as it comes; and one measure of all of them.

Both see the same columns and none of the care: no choice on later leads, no recency, no calibration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score

from saleslab.scoring import LeadScorer
from saleslab.scoring.judging.baselines import predict_plainly

Floats = npt.NDArray[np.float64]
Model = Callable[[pd.DataFrame, Any, Any, pd.DataFrame], Floats]


def score_leads(train: pd.DataFrame, won: Any, time: Any, test: pd.DataFrame) -> Floats:
    """Return the chances that a `LeadScorer` gives."""
    return LeadScorer().fit(train, won, time=time).predict_proba(test)[:, 1]


def boost_plainly(train: pd.DataFrame, won: Any, time: Any, test: pd.DataFrame) -> Floats:
    """Return the chances that LightGBM gives with every setting as it comes."""
    model = LGBMClassifier(verbose=-1, num_threads=1, random_state=0)
    names = {column: train[column].astype("category") for column in train.select_dtypes(["str", "object"])}
    known = {
        column: test[column].where(test[column].isin(values.cat.categories)).astype(values.dtype)
        for column, values in names.items()
    }
    return np.asarray(model.fit(train.assign(**names), won).predict_proba(test.assign(**known)))[:, 1]


MODELS: dict[str, Model] = {
    "LeadScorer": score_leads,
    "plain logit": lambda train, won, time, test: predict_plainly(train, np.asarray(won), test),
    "LightGBM as it comes": boost_plainly,
}


def measure_expected_auc(chance: Floats, scores: Floats) -> float:
    """Return the AUC that scores have on average over all outcomes that the true chances allow.

    Every lead stands once among the won, with its chance as its weight, and once among the lost: no luck of the draw is
    left, so that two scores can be compared on few leads.
    """
    won, weight = np.repeat([1, 0], len(chance)), np.concatenate([chance, 1 - chance])
    return float(roc_auc_score(won, np.concatenate([scores, scores]), sample_weight=weight))
