"""Targets that are as hard as they are meant to be: reached four times of five, every second time, once in five."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from saleslab.kpi.metrics.declaring import Direction
from saleslab.kpi.targets.model import Floats

CHANCES: Mapping[str, float] = {"threshold": 0.8, "target": 0.5, "stretch": 0.2}
"""How likely each level is to be reached."""


def suggest_targets(draws: Floats, direction: Direction) -> dict[str, float]:
    """Return ``threshold``, ``target`` and ``stretch`` of what a period may come to.

    Parameters
    ----------
    draws
        What the period may come to, shape (draws,).
    direction
        ``up`` where more is better.

    Examples
    --------
    >>> {name: round(level) for name, level in suggest_targets(np.arange(1.0, 1000.0), "up").items()}
    {'threshold': 201, 'target': 500, 'stretch': 799}
    """
    places = [1 - chance if direction == "up" else chance for chance in CHANCES.values()]
    levels = np.quantile(draws, places, method="nearest")  # of whole things, levels that can come about
    return dict(zip(CHANCES, (float(level) for level in levels), strict=True))


def tabulate_suggestions(draws: Mapping[str, Floats], directions: Mapping[str, Direction]) -> pd.DataFrame:
    """Return one row a node: ``node, threshold, target, stretch``."""
    rows = [{"node": name, **suggest_targets(drawn, directions[name])} for name, drawn in draws.items()]
    return pd.DataFrame(rows, columns=["node", *CHANCES])
