"""How often ranges of `forecast_series` hold in invented panels of every frequency, and in real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from panels import lay_all, read_column, read_tourism, repeat_season
from shocked_companies import SHOCKS, hold_totals

from saleslab.forecasting import forecast_series
from saleslab.stats.forecast_errors import measure_coverage, measure_mase, measure_msis, measure_wql

Draw = Callable[[np.random.Generator, int, int, int], np.ndarray]
TENTHS = np.arange(1, 10) / 10
FREQUENCIES = {
    "yearly": (1, 6, 25),
    "quarterly": (4, 8, 44),
    "monthly": (12, 18, 72),
    "weekly": (52, 13, 110),
    "daily": (7, 14, 200),
}
"""Periods in a season, steps ahead, and periods of the past."""


def _walk(rng: np.random.Generator, n: int, width: int, _: int) -> np.ndarray:
    return np.exp(6 + np.cumsum(rng.normal(0, 0.05, (n, width)), axis=1))


def _grow(rng: np.random.Generator, n: int, width: int, season: int) -> np.ndarray:
    at = np.arange(width)
    swing = rng.normal(0, 0.25, (n, season)) if season > 1 else np.zeros((n, 1))
    lean = rng.normal(0.06, 0.05, (n, 1)) / max(season, 4) * at
    wander = np.cumsum(rng.normal(0, 0.015, (n, width)), axis=1)
    return np.exp(
        rng.normal(5, 1, (n, 1)) + lean + swing[:, at % swing.shape[1]] + wander + rng.normal(0, 0.06, (n, width))
    )


def _shift(rng: np.random.Generator, n: int, width: int, _: int) -> np.ndarray:
    jumps = (rng.random((n, width)) < 2 / width) * rng.normal(0, 0.4, (n, width))
    return np.exp(5 + np.cumsum(jumps, axis=1) + rng.normal(0, 0.08, (n, width)))


def _sell_seldom(rng: np.random.Generator, n: int, width: int, _: int) -> np.ndarray:
    return (rng.random((n, width)) < rng.uniform(0.1, 0.5, (n, 1))) * rng.gamma(2, 5, (n, width)).round(1)


def _count(rng: np.random.Generator, n: int, width: int, _: int) -> np.ndarray:
    level = rng.gamma(2, 2, (n, 1)) * np.exp(np.cumsum(rng.normal(0, 0.02, (n, width)), axis=1))
    return rng.poisson(level).astype(np.float64)


def _swing_around_zero(rng: np.random.Generator, n: int, width: int, season: int) -> np.ndarray:
    swing = rng.normal(0, 5, (n, season))[:, np.arange(width) % season]
    return swing + np.cumsum(rng.normal(0, 1, (n, width)), axis=1) + rng.normal(0, 3, (n, width))


KINDS: dict[str, Draw] = {
    "random walk": _walk,
    "trend and season": _grow,
    "shifts of level": _shift,
    "seldom sold": _sell_seldom,
    "small counts": _count,
    "around 0": _swing_around_zero,
}


def measure_frequencies(runs: int) -> pd.DataFrame:
    """Return the share of periods inside the 80 and 95 % ranges, for a lone series, eight and a hundred and twenty."""
    rows = []
    for name, (season, horizon, past) in FREQUENCIES.items():
        for kind, draw in KINDS.items():
            row: dict[str, object] = {"frequency": name, "kind": kind}
            for n, times in ((1, 2 * runs), (8, runs), (120, max(1, runs // 10))):
                inside = [
                    _hold(draw(np.random.default_rng([seed, past, n]), n, past + horizon, season), season, horizon)
                    for seed in range(times)
                ]
                row[f"in_80_of_{n}"], row[f"in_95_of_{n}"] = np.mean(inside, axis=0)
            rows.append(row)
    return pd.DataFrame(rows)


def _hold(values: np.ndarray, season: int, horizon: int) -> tuple[float, float]:
    said = forecast_series(lay_all(values[:, :-horizon]), horizon=horizon, season_length=season, seed=0)
    later = values[:, -horizon:]
    in_80, in_95 = (
        measure_coverage(later, read_column(said, f"lower_{x}"), read_column(said, f"upper_{x}")) for x in (80, 95)
    )
    return in_80, in_95


def measure_mixtures(runs: int) -> pd.DataFrame:
    """Return how often ranges hold for calm and for wild series that are forecast together."""
    rows = []
    for n_calm, n_wild in ((100, 100), (190, 10), (10, 190)):
        held = [_hold_apart(n_calm, n_wild, seed) for seed in range(runs)]
        for at, kind in enumerate(("calm", "wild")):
            in_80, in_95 = np.mean([one[at] for one in held], axis=0)
            rows.append({"calm": n_calm, "wild": n_wild, "series": kind, "in_80": in_80, "in_95": in_95})
    return pd.DataFrame(rows)


def _hold_apart(n_calm: int, n_wild: int, seed: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    noise = np.repeat([0.03, 0.3], [n_calm, n_wild])[:, None]
    swing = 0.2 * np.sin(2 * np.pi * (np.arange(84) + rng.integers(0, 12, (len(noise), 1))) / 12)
    wander = np.cumsum(rng.normal(0, noise / 3, (len(noise), 84)), axis=1)
    values = np.exp(rng.normal(5, 1, (len(noise), 1)) + swing + wander + rng.normal(0, noise, (len(noise), 84)))
    said = forecast_series(lay_all(values[:, :-12]), horizon=12, season_length=12, seed=0)
    bounds = [(read_column(said, f"lower_{x}"), read_column(said, f"upper_{x}")) for x in (80, 95)]
    parts = (slice(0, n_calm), slice(n_calm, None))
    return [
        tuple(measure_coverage(values[part, -12:], low[part], high[part]) for low, high in bounds)  # type: ignore[misc]
        for part in parts
    ]


def measure_tourism(_: int) -> pd.DataFrame:
    """Return errors and coverage on the tourism competition."""
    rows = []
    for kind in ("monthly", "quarterly", "yearly"):
        contest = read_tourism(kind)
        options = {"horizon": contest.horizon, "season_length": contest.season_length, "seed": 0}
        said = forecast_series(contest.panel, levels=(0.2, 0.4, 0.6, 0.8, 0.95), **options)
        names = [f"lower_{x}" for x in (80, 60, 40, 20)] + ["median"] + [f"upper_{x}" for x in (20, 40, 60, 80)]
        quantiles = np.stack([read_column(said, name) for name in names], axis=-1)
        low, high = read_column(said, "lower_95"), read_column(said, "upper_95")
        scaled = {"season_length": contest.season_length}
        rows.append(
            {
                "series": f"{len(contest.actual)} {kind}",
                "mase": measure_mase(contest.actual, quantiles[..., 4], contest.history, **scaled).mean,
                "mase_last_season": measure_mase(
                    contest.actual, repeat_season(contest), contest.history, **scaled
                ).mean,
                "wql": measure_wql(contest.actual, quantiles, TENTHS),
                "in_80": measure_coverage(contest.actual, quantiles[..., 0], quantiles[..., -1]),
                "in_95": measure_coverage(contest.actual, low, high),
                "msis": measure_msis(contest.actual, low, high, contest.history, **scaled).mean,
            }
        )
    return pd.DataFrame(rows)


def measure_shocks(runs: int) -> pd.DataFrame:
    """Return how often the range of a company's total holds, by the kind of shock that all its parts suffer."""
    rows = []
    for kind in SHOCKS:
        inside = np.array(hold_totals(kind, n_companies=runs))
        error = inside.std(ddof=1) / np.sqrt(runs) if runs > 1 else np.nan
        rows.append({"shock": kind, "in_80": inside.mean(), "standard_error": error})
    return pd.DataFrame(rows)
