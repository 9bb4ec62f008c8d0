"""Trials whose truth is known: drawn by lot, the effect on each row planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

SOURCES = np.array(["web", "event", "list", "partner"])


@dataclass(frozen=True)
class Invented:
    X: pd.DataFrame
    treated: npt.NDArray[np.bool_]
    y: npt.NDArray[np.float64]
    effect: npt.NDArray[np.float64]


def invent(*, seed: int, n: int = 1200, average: float = 0.05, differs: float = 0.2, chance: float = 0.5) -> Invented:
    """Return a trial: ``x0`` decides the effect, other columns and the source decide the outcome without it."""
    rng = np.random.default_rng(seed)
    x, source = rng.normal(size=(n, 5)), rng.integers(0, 4, n)
    treated = rng.random(n) < chance
    effect = average + differs * np.tanh(x[:, 0])
    untreated = 0.35 + 0.12 * np.tanh(x[:, 1]) + 0.08 * np.tanh(x[:, 2] * x[:, 3]) + 0.04 * (source - 1.5)
    y = rng.random(n) < np.clip(untreated + treated * effect, 0, 1)
    columns = pd.DataFrame(x, columns=[f"x{i}" for i in range(5)])
    return Invented(columns.assign(source=SOURCES[source]), treated, y.astype(float), effect)


def invent_actions(
    *, seed: int, n: int = 3000, differs: float = 0.15
) -> tuple[pd.DataFrame, npt.NDArray, npt.NDArray, npt.NDArray]:
    """Return columns, actions drawn evenly, outcomes, and the true chance (rows, actions) under mail, phone and visit.

    A visit is best on average; where it differs, phoning is better for low ``x0`` and a visit for high ones.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    level = 0.3 + 0.1 * np.tanh(x[:, 1])
    tilt = differs * np.tanh(2 * x[:, 0])
    chances = np.stack([level - 0.05, level - tilt, level + 0.03 + tilt], axis=1).clip(0, 1)
    taken = rng.integers(0, 3, n)
    y = rng.random(n) < chances[np.arange(n), taken]
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(4)])
    return frame, np.array(["mail", "phone", "visit"])[taken], y.astype(float), chances
