"""The model with parts beside the batch engine and seasonal naive, and how often its ranges and effects hold.

``python tests/validation/forecasting_structure.py tourism [N]``: N series (12) of the monthly tourism competition,
taken at equal steps through the list. ``... dozens [N]``: N random dozens (8) of it, with scales drawn from the normal
approximation at the top of their posterior instead of being sampled, which takes seconds: with periods out of line
weighed, without, and the engine. ``... planted [N]``: N invented companies (4) of twelve series of 48 months.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from panels import Contest, read_column, read_tourism, repeat_season
from structured import invent_structured

from saleslab.forecasting import BayesianForecast, forecast_series
from saleslab.forecasting.structure.drawing import draw_courses
from saleslab.forecasting.structure.evidence import lay_parts
from saleslab.forecasting.structure.hills import find_hill, split_values
from saleslab.forecasting.structure.reading import read_series
from saleslab.forecasting.structure.scales import list_beliefs, read_scales
from saleslab.forecasting.structure.shocks import find_shocks
from saleslab.stats.forecast_errors import measure_coverage, measure_mase, measure_wql
from saleslab.stats.threads import on_one_thread

TENTHS = np.arange(1, 10) / 10
SIDES = (("lower", -1), ("upper", 1))
LEVELS = (0.2, 0.4, 0.6, 0.8, 0.95)
AHEAD = 6


def measure(said: pd.DataFrame, contest: Contest, rows: np.ndarray) -> list[float]:
    """Return MASE, WQL, and how often the ranges of 80 and 95 % held."""
    actual, history, season = contest.actual[rows], contest.history[rows], contest.season_length
    middle = read_column(said, "median")
    lower, upper = ([read_column(said, f"{side}_{mass}") for mass in (80, 60, 40, 20)] for side in ("lower", "upper"))
    return [
        measure_mase(actual, middle, history, season_length=season).mean,
        measure_wql(actual, np.stack([*lower, middle, *upper[::-1]], axis=-1), TENTHS),
        measure_coverage(actual, lower[0], upper[0]),
        measure_coverage(actual, read_column(said, "lower_95"), read_column(said, "upper_95")),
    ]


def tell(name: str, said: pd.DataFrame, contest: Contest, *, rows: np.ndarray, cpu: float) -> str:
    """Return the errors of forecasts in words."""
    mase, wql, of_80, of_95 = measure(said, contest, rows)
    return f"{name}: MASE {mase:.3f}, WQL {wql:.4f}, 80 % holds {of_80:.0%}, 95 % {of_95:.0%}; {cpu:.0f} CPU s"


def try_tourism(n: int) -> None:
    """Print the errors of three ways on some series."""
    contest = read_tourism("monthly")
    rows = np.linspace(0, len(contest.actual) - 1, n).round().astype(int)
    panel = contest.panel[contest.panel["series_id"].isin(rows)]
    actual, history, season = contest.actual[rows], contest.history[rows], contest.season_length
    naive = repeat_season(contest)[rows]
    point = measure_mase(actual, naive, history, season_length=season).mean
    wql = measure_wql(actual, np.repeat(naive[..., None], len(TENTHS), axis=-1), TENTHS)
    print(f"seasonal naive: MASE {point:.3f}, WQL {wql:.4f} (a point)", flush=True)  # noqa: T201
    began = time.process_time()
    said = forecast_series(panel, horizon=contest.horizon, season_length=season, levels=LEVELS, seed=0)
    print(tell("engine", said, contest, rows=rows, cpu=time.process_time() - began), flush=True)  # noqa: T201
    began = time.process_time()
    model = BayesianForecast(season_length=season, seed=0).fit(panel)
    said = model.predict(contest.horizon, levels=LEVELS)
    print(tell("BayesianForecast", said, contest, rows=rows, cpu=time.process_time() - began), flush=True)  # noqa: T201
    print(model.diagnosis_, model.remarks_)  # noqa: T201


def try_dozens(n: int) -> None:
    """Print the errors of two models and the engine, on average over random dozens."""
    contest = read_tourism("monthly")
    order = np.random.default_rng(11).permutation(len(contest.actual))
    errors = []
    for chosen in order[: 12 * n].reshape(n, 12):
        rows = np.sort(chosen)
        panel = contest.panel[contest.panel["series_id"].isin(rows)]
        said = forecast_series(panel, horizon=contest.horizon, season_length=12, levels=LEVELS, seed=0)
        drawn = [approximate(panel, contest.horizon, is_weighed=is_weighed) for is_weighed in (True, False)]
        errors.append([measure(each, contest, rows) for each in (*drawn, said)])
    for name, mean in zip(("weighed", "not weighed", "engine"), np.mean(errors, axis=0), strict=True):
        print(f"{name}: MASE {mean[0]:.3f}, WQL {mean[1]:.4f}, 80 % holds {mean[2]:.1%}, 95 % {mean[3]:.1%}")  # noqa: T201


def approximate(panel: pd.DataFrame, horizon: int, *, is_weighed: bool, n_draws: int = 400) -> pd.DataFrame:
    """Return bounds of forecasts with scales from the normal approximation of their posterior."""
    observed = read_series(panel, season_length=12)
    beliefs = list_beliefs(len(observed.levels), 0, 12)
    with on_one_thread():
        shocks, start = find_shocks(observed, beliefs) if is_weighed else (None, None)
        layout = lay_parts(observed, shocks)
        hill = find_hill(layout, beliefs, start)
    lots = np.random.default_rng(0).standard_normal((n_draws, len(hill.top)))
    scales = [read_scales(split_values(hill.top + hill.stretch @ lot, beliefs)) for lot in lots]
    waves, drivers = observed.lay_waves(horizon), observed.measure_drivers(None, horizon)
    courses = draw_courses(layout, scales, waves=waves, drivers=drivers, season_length=12, seed=0)
    values = observed.restore(courses.sum_ahead())
    bounds = {f"{side}_{100 * mass:.10g}": (1 + sign * mass) / 2 for mass in LEVELS for side, sign in SIDES}
    columns = {name: np.quantile(values, chance, axis=0).ravel() for name, chance in bounds.items()}
    ids = np.repeat(np.arange(len(observed.levels)), horizon)
    return pd.DataFrame({"series_id": ids, "median": np.median(values, axis=0).ravel(), **columns})


def try_planted(n: int) -> None:
    """Print how often ranges and effects hold what was planted."""
    rows = []
    began = time.process_time()
    for seed in range(n):
        panel, drivers, later, effects = invent_structured(12, 48, seed=100 + seed, horizon=AHEAD, alike=0.7)
        model = BayesianForecast(season_length=12, seed=seed).fit(panel, drivers=drivers)
        said, found = model.predict(AHEAD), model.decompose()
        low, high = (found.series_effects[name].to_numpy() for name in ("lower", "upper"))
        held = [((low <= effects) & (effects <= high)).mean()]
        for mass in (80, 95):
            inside = (read_column(said, f"lower_{mass}") <= later) & (later <= read_column(said, f"upper_{mass}"))
            held.append(inside.mean())
        rows.append([*held, model.diagnosis_.rhat, model.diagnosis_.ess])
    effect, of_80, of_95, rhat, ess = np.array(rows).T
    print(  # noqa: T201
        f"{n} companies of 12 series of 48 months, {AHEAD} ahead: 80 % holds {of_80.mean():.1%}, "
        f"95 % {of_95.mean():.1%}; 95 % of effects hold {effect.mean():.1%}; worst R-hat {rhat.max():.4f}, "
        f"fewest effective draws {ess.min():.0f}; {(time.process_time() - began) / n:.0f} CPU s each"
    )


if __name__ == "__main__":
    what, number = sys.argv[1], sys.argv[2:]
    if what == "dozens":
        try_dozens(int(number[0]) if number else 8)
    elif what == "tourism":
        try_tourism(int(number[0]) if number else 12)
    else:
        try_planted(int(number[0]) if number else 4)
