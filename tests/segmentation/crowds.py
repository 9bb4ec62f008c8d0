"""Customers with and without groups, for the tests of segments."""

import numpy as np
import pandas as pd

KINDS = ("normal", "correlated", "uniform", "skewed", "scores")


def draw_noise(kind, seed, n=250):
    """Return customers without groups."""
    rng = np.random.default_rng(seed)
    match kind:
        case "normal":
            rows = rng.normal(size=(n, 3))
        case "correlated":
            rows = rng.normal(size=(n, 3)) @ np.array([[1, 0.8, 0.5], [0, 0.6, 0.3], [0, 0, 0.8]])
        case "uniform":
            rows = rng.random((n, 2))
        case "skewed":
            rows = rng.lognormal(sigma=0.8, size=(n, 3))
        case _:
            rows = rng.integers(1, 6, size=(n, 3)).astype(float)
    return pd.DataFrame(rows, columns=list("abc")[: rows.shape[1]])


def plant_groups(seed, n=240, spread=0.5):
    """Return customers of four groups that lie apart, and the group of each."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0], [5, 5, 0], [5, 0, 5], [0, 5, 5.0]])
    group = rng.integers(4, size=n)
    return pd.DataFrame(centres[group] + spread * rng.normal(size=(n, 3)), columns=list("abc")), group


def plant_mixed(seed, n=600):
    """Return customers of three groups told apart by two numbers and two categories, and the group of each."""
    rng = np.random.default_rng(seed)
    group = rng.integers(3, size=n)
    slip = rng.random((n, 2)) < 0.1
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "n_orders": rng.poisson(np.array([2, 10, 30])[group]).astype(float),
            "size": np.round(np.array([1.0, 4.0, 2.0])[group] + 0.4 * rng.normal(size=n), 2),
            "industry": np.where(slip[:, 0], "other", np.array(["food", "it", "bank"])[group]),
            "channel": np.where(slip[:, 1], "shop", np.array(["web", "rep", "shop"])[group]),
        }
    )
    return frame, group
