"""Futures of all nodes drawn together: what goes wrong in one goes wrong in others as it did before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from saleslab.forecasting.engine import EngineRun
from saleslab.forecasting.hierarchy.covariance import SharedErrors, correlate_errors
from saleslab.forecasting.laying import Floats

_LENT_ROWS = 50.0
_TENTH_TO_TENTH = 2.563  # standard deviations between the first and the last tenth
_LEAST_SIZE = 0.1
_LEAST_OF_ALL = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class PastErrors:
    """By how much the nodes' forecasts were off from past origins, each on its own scale.

    Attributes
    ----------
    even
        Errors in usual errors of their node and step, shape (origins, nodes, horizon); NaN where not known.
    sizes
        Root of the mean squared error of each node; where it has none, what its interval says.
    n_periods
        How many different periods they are about.
    """

    even: Floats
    sizes: Floats
    n_periods: int

    @classmethod
    def of(cls, run: EngineRun) -> PastErrors:
        """Return the errors of a run, in the sequence that was given to it."""
        errors = run.record.actual - run.record.forecast[1:]
        given = np.empty_like(errors)
        given[:, run.order] = errors
        spread = (run.find_quantile(0.9) - run.find_quantile(0.1)) / _TENTH_TO_TENTH
        even = given / np.where(spread > 0, spread, np.nan)
        return cls(even, _measure_sizes(given, spread), max(run.record.origins, default=0))

    def correlate(self, *, wary: bool = True) -> SharedErrors:
        """Return how nodes go wrong together.

        Wary, for weights: errors of the same period from several origins count once. Otherwise, for draws: what is
        shrunk away is risk that a sum would be spared, so that every error counts.
        """
        origins, nodes, horizon = self.even.shape
        rows = self.even.transpose(0, 2, 1).reshape(origins * horizon, nodes)
        rows = rows[(~np.isnan(rows)).any(axis=1)]
        return correlate_errors(rows, n_apart=self.n_periods if wary else None)

    def chain_steps(self) -> Floats:
        """Return how the steps of one forecast go wrong together, as the lower root of their correlations.

        Where whole past forecasts are few, errors are taken to pile up from step to step.
        """
        horizon = self.even.shape[2]
        whole = self.even.transpose(1, 0, 2).reshape(-1, horizon)
        whole = whole[~np.isnan(whole).any(axis=1)]
        steps = np.arange(1, horizon + 1)
        piled = np.sqrt(np.minimum.outer(steps, steps) / np.maximum.outer(steps, steps))
        seen = piled
        size = np.sqrt((whole**2).mean(axis=0)) if len(whole) else np.zeros(horizon)
        if (size > 0).all():
            seen = (whole / size).T @ (whole / size) / len(whole)
        share = len(whole) / (len(whole) + _LENT_ROWS)
        return np.asarray(np.linalg.cholesky(share * seen + (1 - share) * piled + 1e-9 * np.eye(horizon)))


def _measure_sizes(errors: Floats, spread: Floats) -> Floats:
    """Return the usual error of each node, above 0: a tenth of what its interval says at the least."""
    known = ~np.isnan(errors)
    n = known.sum(axis=(0, 2))
    squares = (np.where(known, errors, 0.0) ** 2).sum(axis=(0, 2))
    said = spread.mean(axis=1)
    size = np.where(n > 0, np.maximum(np.sqrt(squares / np.maximum(n, 1)), _LEAST_SIZE * said), said)
    least = size[size > 0].min(initial=np.inf)
    return np.asarray(np.maximum(size, _LEAST_OF_ALL * (least if np.isfinite(least) else 1.0)))


def draw_joint_paths(run: EngineRun, errors: SharedErrors, steps: Floats, *, n_paths: int, seed: int) -> Floats:
    """Return possible futures of every node, drawn together, shape (nodes, paths, horizon).

    At each step a node spreads as its calibrated interval says; only how nodes and steps keep together is taken from
    their past errors. Every draw has its mirror image, so that means hang on no luck.

    Parameters
    ----------
    run
        From `run_engine`, the nodes in the sequence of ``errors``.
    errors
        How nodes go wrong together, with 1 on the diagonal.
    steps
        Lower root of how steps do.
    n_paths
        How many.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    horizon = run.record.forecast.shape[2]
    n_nodes = len(run.order)
    paths = np.empty((n_nodes, n_paths, horizon))
    own = np.sqrt(errors.own)[:, None]
    for at in range(0, n_paths, 2):
        common = errors.rows.T @ rng.normal(size=(len(errors.rows), horizon))
        drawn = (common + own * rng.normal(size=(n_nodes, horizon))) @ steps.T
        paths[:, at] = _place(run, ndtr(drawn))
        if at + 1 < n_paths:
            paths[:, at + 1] = _place(run, ndtr(-drawn))
    return paths


def _place(run: EngineRun, chance: Floats) -> Floats:
    """Return the values that nodes stay below with some chances, shape (nodes, horizon)."""
    placed = np.empty_like(chance)
    if run.intervals is not None:
        at = run.order[run.regular]
        chances = run.intervals.chances
        placed[at] = run.intervals.place_at(np.interp(chance[at], chances, np.arange(len(chances))))
    at = run.order[run.sparse]
    placed[at] = run.sparse_futures.find_quantile(chance[at])
    return placed
