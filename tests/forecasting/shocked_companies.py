"""Invented companies whose parts suffer the same shocks, or none."""

import numpy as np
from panels import lay_all

from saleslab.forecasting import reconcile

SHOCKS = ("none", "walk", "strong", "months", "fading")
"""No shock; a level that wanders for all alike, by 3 or 6 % a month; months good or bad for all; such as fade."""


def invent_shared(kind, n, n_periods, *, seed=0):
    """Return the monthly sales of some parts, shape (parts, periods), and what they share, in logarithms."""
    rng = np.random.default_rng(seed)
    at = np.arange(n_periods)
    level = rng.normal(5, 0.8, (n, 1)) + rng.normal(0.004, 0.003, (n, 1)) * at
    swing = rng.uniform(0.1, 0.4, (n, 1)) * np.sin(2 * np.pi * (at + rng.integers(0, 3, (n, 1))) / 12)
    own = np.cumsum(rng.normal(0, 0.02, (n, n_periods)), axis=1) + rng.normal(0, 0.1, (n, n_periods))
    shared = _draw_shock(kind, n_periods, rng)
    return np.exp(level + swing + own + shared), shared


def _draw_shock(kind, n_periods, rng):
    if kind == "none":
        return np.zeros(n_periods)
    if kind in {"walk", "strong"}:
        return np.cumsum(rng.normal(0, 0.03 if kind == "walk" else 0.06, n_periods))
    if kind == "months":
        return rng.normal(0, 0.08, n_periods)
    fresh, shock = rng.normal(0, 0.05, n_periods), np.zeros(n_periods)
    for at in range(1, n_periods):
        shock[at] = 0.8 * shock[at - 1] + fresh[at]
    return shock


def hold_totals(kind, *, n_companies=54):
    """Return in which share of periods the 80 % range of `reconcile`'s total held, for each of some companies."""
    inside = []
    for seed in range(3_000, 3_000 + n_companies):
        n, n_periods, horizon = (4, 12, 30)[seed % 3], (36, 60, 84)[seed // 3 % 3], (3, 6, 12)[seed // 9 % 3]
        parts, _ = invent_shared(kind, n, n_periods + horizon, seed=seed)
        panel = lay_all(parts[:, :n_periods]).assign(team=lambda rows: rows["series_id"] % 3)
        said = reconcile(panel, by=("team", "series_id"), groupings=[(), ("team",)], horizon=horizon, n_paths=400)
        total = said.forecasts[said.forecasts["grouping"] == "all"]
        came = parts[:, n_periods:].sum(axis=0)
        inside.append(((total["lower_80"].to_numpy() <= came) & (came <= total["upper_80"].to_numpy())).mean())
    return inside
