"""Panels with planted trend, season and driver, and the model's evidence and forecasts by another road, for tests."""

import numpy as np
import pandas as pd

from saleslab.forecasting.structure.evidence import FIRST_LEVEL
from saleslab.forecasting.structure.scales import LEAST_NOISE


def invent_structured(n, n_periods, *, seed, horizon=0, effect=0.06, season=0.2, alike=1.0):
    """Return a panel, its drivers, what came later, and effects by series; months, above 0."""
    rng = np.random.default_rng(seed)
    width = n_periods + horizon
    at = np.arange(width)
    price = rng.normal(0, 1, width)
    shared = season * np.sin(2 * np.pi * at / 12 + rng.uniform(0, 6))
    own = (1 - alike) * season * np.sin(2 * np.pi * at / 6 + rng.uniform(0, 6, (n, 1)))
    effects = effect * (1 + 0.2 * rng.normal(0, 1, n))
    level = rng.normal(5, 1, (n, 1)) + np.cumsum(rng.normal(0.004, 0.02, (n, width)), axis=1)
    values = np.exp(level + shared + own + effects[:, None] * price + rng.normal(0, 0.06, (n, width)))
    months = pd.date_range("2020-01-01", periods=width, freq="MS")
    ids = np.repeat([f"s{row:02d}" for row in range(n)], n_periods)
    panel = pd.DataFrame(
        {"series_id": ids, "period": np.tile(months[:n_periods], n), "value": values[:, :n_periods].ravel()}
    )
    return panel, pd.DataFrame({"period": months, "price": price}), values[:, n_periods:], effects


def filter_backwards(observed, scales, shocks):
    """Return the log evidence by a Kalman filter that runs from the last period to the first, one value at a time."""
    waves, drivers = observed.lay_waves(), observed.measure_drivers()
    n, width, n_waves = waves.shape
    n_drivers, season = drivers.shape[2], observed.laid.season_length
    size = 2 + n_waves + n_drivers  # of each series: level, slope, its own season, its own effects
    shared = n_waves + n_drivers
    mean, cov = np.zeros(n * size + shared), np.zeros((n * size + shared,) * 2)
    step, lots = np.eye(len(mean)), np.zeros_like(cov)
    for row in range(n):
        at = row * size
        first = [FIRST_LEVEL, scales.slope[row], *[scales.season_own] * n_waves, *[scales.effect_own] * n_drivers]
        cov[at : at + size, at : at + size] = np.diag(np.square(first))
        step[at, at + 1], step[at + 1, at + 1] = -1, scales.persistence
        lots[at + 1, at + 1] = scales.slope[row] ** 2 * (1 - scales.persistence**2)
        for wave in range(at + 2, at + 2 + n_waves):
            lots[wave, wave] = scales.season_change[row] ** 2 / season
    for place, sd in enumerate([scales.season_shared] * n_waves + [scales.effect_shared] * n_drivers):
        cov[n * size + place, n * size + place] = sd**2
    log = 0.0
    for time in reversed(range(width)):
        for row in np.flatnonzero(observed.known[:, time]):
            look = np.zeros(len(mean))
            look[row * size] = 1
            parts = np.r_[waves[row, time], drivers[row, time]]
            look[row * size + 2 : (row + 1) * size] = look[n * size :] = parts
            spread = look @ cov @ look + scales.noise[row] ** 2 * shocks.noise[row, time] + LEAST_NOISE**2
            off = observed.levels[row, time] - look @ mean
            log -= 0.5 * (np.log(2 * np.pi * spread) + off**2 / spread)
            gain = cov @ look / spread
            mean, cov = mean + gain * off, cov - np.outer(gain, look @ cov)
        for row in range(n if time else 0):
            lots[row * size, row * size] = scales.level[row] ** 2 * shocks.level[row, time - 1]
        mean, cov = step @ mean, step @ cov @ step.T + lots
    return log
