"""41,188 telephone sales calls of a bank, in the order of time, without the column that is known only afterwards.

UCI Bank Marketing (Moro, Cortez, Rita 2014), read from ``../shared/data``. Each function returns a small frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scoring_rivals import MODELS
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from saleslab.scoring import LeadScorer, read_lead_file, read_lead_map

FILE = Path(__file__).resolve().parents[3] / "shared/data/uci_bank_marketing/bank-additional-full.csv.gz"
N_LEARNED, N_LIST = 20_000, 1_000
"""Calls that a model learns from when it is trained anew, and calls of the list that comes next."""


def read_calls() -> tuple[pd.DataFrame, np.ndarray]:
    """Return what was known before each call, and whether it sold."""
    calls = read_lead_file(FILE, read_lead_map("bank_calls"))
    return calls.inputs, calls.frame["is_won"].to_numpy(dtype=bool)


def measure_splits(models: Sequence[str] = tuple(MODELS)) -> pd.DataFrame:
    """Return AUC and log loss of each model, on a quarter drawn at random and on the last quarter in time."""
    inputs, won = read_calls()
    rows, last = np.arange(len(won)), int(len(won) * 0.75)
    drawn = train_test_split(rows, test_size=0.25, random_state=0, stratify=won)
    found = []
    for test, (learned, judged), time in (
        ("a quarter at random", drawn, None),
        ("the last quarter", (rows[:last], rows[last:]), rows[:last]),
    ):
        for name in models:
            chance = MODELS[name](inputs.iloc[learned], won[learned], time, inputs.iloc[judged])
            found.append((test, name, roc_auc_score(won[judged], chance), log_loss(won[judged], chance)))
    return pd.DataFrame(found, columns=["test", "model", "auc", "log_loss"])


def measure_retraining(model: str, *, n_lists: int | None = None) -> pd.DataFrame:
    """Return how a model does that is trained anew on the last 20,000 calls before every list of 1,000.

    ``per_list`` is the mean AUC within a list, ``captured`` the share of the sales in the better half of all calls.
    """
    inputs, won = read_calls()
    starts = list(range(N_LEARNED, len(won), N_LIST))[:n_lists]
    chances, per_list = [], []
    for start in starts:
        past, coming = slice(start - N_LEARNED, start), slice(start, start + N_LIST)
        chances.append(MODELS[model](inputs.iloc[past], won[past], np.arange(N_LEARNED), inputs.iloc[coming]))
        per_list.append(roc_auc_score(won[coming], chances[-1]))
    chance = np.concatenate(chances)
    sold = won[N_LEARNED : N_LEARNED + len(chance)]
    better = np.argsort(-chance, kind="stable")[: len(sold) // 2]
    return pd.DataFrame(
        {
            "model": [model],
            "auc": roc_auc_score(sold, chance),
            "per_list": np.mean(per_list),
            "captured": sold[better].sum() / sold.sum(),
            "log_loss": log_loss(sold, chance),
        }
    )


def measure_few_calls(draws: Sequence[int]) -> pd.DataFrame:
    """Return, for each draw of 40 calls that sold and 40 that did not, how all others are sorted.

    ``low`` and ``high`` are the interval that the scorer shows from its 80 calls, ``held`` whether it holds the AUC on
    the others. ``of_noise`` is the verdict when the same calls are given outcomes that have nothing to do with them.
    """
    inputs, won = read_calls()
    rows = []
    for seed in draws:
        rng = np.random.default_rng(seed)
        few = np.concatenate([rng.choice(np.flatnonzero(won == sold), 40, replace=False) for sold in (True, False)])
        others = np.setdiff1d(np.arange(len(won)), few)
        scorer = LeadScorer().fit(inputs.iloc[few], won[few])
        area, low, high = (scorer.forward_auc_.estimate, scorer.forward_auc_.low, scorer.forward_auc_.high)
        row = {"draw": seed, "LeadScorer": scorer.predict_proba(inputs.iloc[others])[:, 1]}
        row |= {name: MODELS[name](inputs.iloc[few], won[few], None, inputs.iloc[others]) for name in list(MODELS)[1:]}
        row = {key: roc_auc_score(won[others], said) if key in MODELS else said for key, said in row.items()}
        row |= {"shown": area, "low": low, "high": high, "held": low <= row["LeadScorer"] <= high}
        noise = LeadScorer().fit(inputs.iloc[few], rng.permutation(won[few]))
        rows.append(row | {"verdict": scorer.verdict_, "of_noise": noise.verdict_})
    return pd.DataFrame(rows)


def summarise_few_calls(draws: pd.DataFrame) -> pd.DataFrame:
    """Return the means over the draws: AUC by model, share of intervals that held, verdicts."""
    found = {f"auc {name}": draws[name].mean() for name in MODELS}
    found |= {
        "held": draws["held"].mean(),
        "ready": (draws["verdict"] == "ready").mean(),
        "ready on noise": (draws["of_noise"] == "ready").mean(),
    }
    return pd.DataFrame({"what": list(found), "mean": [float(value) for value in found.values()]})
