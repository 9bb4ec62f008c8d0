"""The same bank calls, learnt by FLAML: what does automatic search reach in the time that our scorer takes?

Run in an environment of its own (``pip install "flaml[automl]" pandas pyarrow``), after ``bench_scoring.py FOLDER`` has
written the calls there: ``python rival_flaml.py FOLDER [SECONDS]``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd
from flaml import AutoML
from sklearn.metrics import roc_auc_score


def learn(train: pd.DataFrame, seconds: float, *, is_forward: bool) -> AutoML:
    """Return what FLAML learns in so many seconds; of a split in time, it is told so."""
    model = AutoML()
    model.fit(
        train.drop(columns="y"),
        (train["y"] == "yes").astype(int),
        task="classification",
        metric="roc_auc",
        time_budget=seconds,
        split_type="time" if is_forward else "auto",
        seed=0,
        verbose=0,
        n_jobs=2,
    )
    return model


def main(folder: Path, seconds: float) -> None:
    """Print FLAML's AUC in both splits."""
    for name in ("random", "forward"):
        train, test = (pd.read_parquet(folder / f"{name}.{part}.parquet") for part in ("train", "test"))
        train, test = (
            part.astype(
                {column: "category" for column in part.columns if column != "y" and part[column].dtype == "str"}
            )
            for part in (train, test)
        )
        wall, spent = time.perf_counter(), time.process_time()
        model = learn(train, seconds, is_forward=name == "forward")
        wall, spent = time.perf_counter() - wall, time.process_time() - spent
        auc = roc_auc_score(test["y"] == "yes", model.predict_proba(test.drop(columns="y"))[:, 1])
        print(f"bank calls, {name}: AUC {auc:.4f} in {wall:.1f} s ({spent:.1f} CPU s), {model.best_estimator}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 10.0)
