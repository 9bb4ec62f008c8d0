"""Crowds without groups and with four: what `choose_segments` calls them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.segmentation import choose_segments

VERDICTS = ("constructed", "reproducible", "natural")
KINDS = ("normal", "correlated", "uniform", "skewed", "scores")


def draw_noise(kind: str, seed: int, n: int = 250) -> pd.DataFrame:
    """Return customers without groups."""
    rng = np.random.default_rng(seed)
    rows = {
        "normal": lambda: rng.normal(size=(n, 3)),
        "correlated": lambda: rng.normal(size=(n, 3)) @ np.array([[1, 0.8, 0.5], [0, 0.6, 0.3], [0, 0, 0.8]]),
        "uniform": lambda: rng.random((n, 2)),
        "skewed": lambda: rng.lognormal(sigma=0.8, size=(n, 3)),
        "scores": lambda: rng.integers(1, 6, size=(n, 3)).astype(float),
    }[kind]()
    return pd.DataFrame(rows, columns=list("abc")[: rows.shape[1]])


def draw_groups(seed: int, spread: float, n: int = 250) -> pd.DataFrame:
    """Return customers of four groups whose centres lie seven apart."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0], [5, 5, 0], [5, 0, 5], [0, 5, 5.0]])
    return pd.DataFrame(centres[rng.integers(4, size=n)] + spread * rng.normal(size=(n, 3)), columns=list("abc"))


def judge_crowds(runs: int) -> pd.DataFrame:
    """Return the share of each verdict, by kind of crowd."""
    crowds = {kind: [draw_noise(kind, seed) for seed in range(runs)] for kind in KINDS}
    for spread in (0.5, 1, 2):
        crowds[f"four groups, spread {spread}"] = [draw_groups(seed, spread) for seed in range(max(runs // 4, 1))]
    rows = []
    for name, frames in crowds.items():
        found = [choose_segments(frame, seed=seed) for seed, frame in enumerate(frames)]
        row: dict[str, object] = {"crowd": name, "runs": len(frames)}
        row |= {verdict: np.mean([one.verdict == verdict for one in found]) for verdict in VERDICTS}
        rows.append(row | {"k_is_4": np.mean([one.k == 4 for one in found])})
    every = pd.DataFrame(rows)
    noise = every[every["crowd"].isin(KINDS)]
    shares = noise[[*VERDICTS, "k_is_4"]].mean().to_dict()
    return pd.concat([every, pd.DataFrame([{"crowd": "all noise", "runs": noise["runs"].sum(), **shares}])])
