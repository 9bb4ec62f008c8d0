"""Which courses of trend, season and effects fit the series, and how do they go on?

For each draw of the scales one course of everything is drawn: first what series share, then each series' own parts,
as a course from the prior that is moved by what the series say against it (Matheron's rule; Doucet 2010, "A note on
efficient conditional simulation of Gaussian distributions").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.evidence import (
    FIRST_LEVEL,
    Layout,
    add_up_covariance,
    find_shared_precision,
    invert_all,
)
from saleslab.forecasting.structure.scales import LEAST_NOISE, Scales
from saleslab.forecasting.structure.shapes import lay_slope, lay_steps, lay_walk
from saleslab.stats.threads import on_one_thread


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Drawn courses of the parts of series, over their past and the periods ahead.

    Attributes
    ----------
    trend, season
        Shape (draws, series, periods + horizon).
    effects
        Of a usual step of each driver, shape (draws, series, drivers).
    drivers
        In usual steps, shape (series, periods + horizon, drivers).
    noise
        Of the periods ahead, shape (draws, series, horizon).
    """

    trend: Floats
    season: Floats
    effects: Floats
    drivers: Floats
    noise: Floats

    def sum_ahead(self) -> Floats:
        """Return drawn futures, shape (draws, series, horizon)."""
        horizon = self.noise.shape[2]
        n = self.trend.shape[2] - horizon
        moved = np.einsum("dnp,ntp->dnt", self.effects, self.drivers[:, n:])
        return np.asarray(self.trend[..., n:] + self.season[..., n:] + moved + self.noise)


def draw_courses(
    layout: Layout, draws: Iterable[Scales], *, waves: Floats, drivers: Floats, season_length: int, seed: int
) -> Courses:
    """Return one course a draw of the scales.

    Parameters
    ----------
    layout
        Of the past.
    draws
        Of the scales.
    waves, drivers
        Of the past and the periods ahead, shape (series, periods + horizon, coefficients).
    season_length
        Periods in a season.
    seed
        Of the lots.
    """
    rng = np.random.default_rng([seed, 0])
    pen = _Pen(layout, waves, drivers, season_length)
    with on_one_thread():
        parts = [pen.draw(scales, rng) for scales in draws]
    trend, season, effects, noise = (np.stack(part) for part in zip(*parts, strict=True))
    return Courses(trend, season, effects, drivers, noise)


@dataclass(frozen=True, slots=True, eq=False)
class _Pen:
    """Draws one course after another."""

    layout: Layout
    waves: Floats
    drivers: Floats
    season_length: int

    def draw(self, scales: Scales, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
        layout, n_waves = self.layout, self.layout.n_waves
        n, horizon = layout.levels.shape[1], self.waves.shape[1] - layout.levels.shape[1]
        inverse, _ = invert_all(add_up_covariance(layout, scales))
        shared = self._draw_shared(scales, inverse, rng)
        trend, season, own = self._imagine(scales, n, horizon, rng)
        wide = np.concatenate([layout.shocks.noise, np.ones((len(own), horizon))], axis=1)
        noise = np.sqrt(scales.noise[:, None] ** 2 * wide + LEAST_NOISE**2) * rng.standard_normal(wide.shape)
        imagined = trend[:, :n] + season[:, :n] + noise[:, :n] + _weigh(self.drivers[:, :n], own)
        off = layout.levels - layout.shared @ shared - imagined * layout.seen
        pull = layout.seen * np.einsum("nts,ns->nt", inverse, off)
        trend = trend + self._reach(scales, n, horizon, pull)
        season = season + self._reach_season(scales, n, horizon, pull) + self.waves @ shared[:n_waves]
        own = own + scales.effect_own**2 * np.einsum("ntp,nt->np", self.drivers[:, :n], pull)
        return trend, season, own + shared[n_waves:], noise[:, n:]

    def _draw_shared(self, scales: Scales, inverse: Floats, rng: np.random.Generator) -> Floats:
        layout = self.layout
        told = inverse @ layout.shared
        bend = np.diag(find_shared_precision(layout, scales)) + np.einsum("ntq,ntr->qr", layout.shared, told)
        best = np.linalg.solve(bend, np.einsum("ntq,nt->q", told, layout.levels))
        lots = rng.standard_normal(len(best))
        return np.asarray(best + np.linalg.solve(np.linalg.cholesky(bend).T, lots))

    def _imagine(self, scales: Scales, n: int, horizon: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """Return trend, season and effects of each series as they might have been before anything was seen."""
        count = len(scales.noise)
        first = FIRST_LEVEL * rng.standard_normal((count, 1))
        steps = scales.level[:, None] * rng.standard_normal((count, n + horizon - 1))
        steps[:, : n - 1] *= np.sqrt(self.layout.shocks.level)
        keep = scales.persistence
        lots = rng.standard_normal((count, n + horizon - 1))
        lots[:, 1:] *= np.sqrt(1 - keep**2)
        slopes = scales.slope[:, None] * lfilter([1.0], [1.0, -keep], lots, axis=1)
        trend = first + _walk_from_now(steps + slopes, n)
        pace = scales.season_change[:, None, None] / np.sqrt(self.season_length)
        moves = pace * rng.standard_normal((count, n + horizon - 1, self.layout.n_waves))
        now = scales.season_own * rng.standard_normal((count, 1, self.layout.n_waves))
        season = (self.waves * (now + _walk_from_now(moves, n))).sum(axis=2)
        return trend, season, scales.effect_own * rng.standard_normal((count, self.drivers.shape[2]))

    def _reach(self, scales: Scales, n: int, horizon: int, pull: Floats) -> Floats:
        """Return how far what is seen moves the trend."""
        moved = scales.slope[:, None] ** 2 * (pull @ lay_slope(scales.persistence, n, horizon)[:, :n].T)
        steps = (lay_steps(self.layout.shocks.level) @ pull[:, :, None])[:, :, 0]  # those ahead are not known of yet
        moved[:, :n] += scales.level[:, None] ** 2 * steps
        return np.asarray(moved + FIRST_LEVEL**2 * pull.sum(axis=1)[:, None])

    def _reach_season(self, scales: Scales, n: int, horizon: int, pull: Floats) -> Floats:
        """Return how far what is seen moves the season of each series."""
        pulled = self.waves[:, :n] * pull[:, :, None]
        now = scales.season_own**2 * pulled.sum(axis=1, keepdims=True)
        pace = scales.season_change[:, None, None] ** 2 / self.season_length
        moved = now + pace * (lay_walk(n, horizon)[:, :n] @ pulled)
        return np.asarray((self.waves * moved).sum(axis=2))


def _walk_from_now(steps: Floats, n_past: int) -> Floats:
    """Return sums of steps along axis 1 that are 0 at the last known period; step j leads from period j to j + 1."""
    before, after = steps[:, : n_past - 1], steps[:, n_past - 1 :]
    back = -np.cumsum(before[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([back, np.zeros_like(steps[:, :1]), np.cumsum(after, axis=1)], axis=1)


def _weigh(drivers: Floats, effects: Floats) -> Floats:
    return np.asarray(np.einsum("ntp,np->nt", drivers, effects))
