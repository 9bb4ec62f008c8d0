"""Futures as whole paths: what is drawn at one step goes on at the next, as past errors did."""

from __future__ import annotations

import numpy as np

from saleslab.errors import BadArgument
from saleslab.forecasting.engine import EngineRun
from saleslab.forecasting.laying import Floats

_FEWEST_ROWS = 50
_N_INVENTED = 1_000
_MOST_ROWS = 2_000
_GOLDEN = (5**0.5 - 1) / 2


def draw_paths(run: EngineRun, *, n_paths: int, seed: int) -> Floats:
    """Return possible futures of every series, shape (series, paths, horizon), in the sequence that was given.

    At each step they spread as the calibrated intervals say. Along a path they keep together as the errors of whole
    past forecasts did. Paths of different series are drawn apart.

    Parameters
    ----------
    run
        From `run_engine`.
    n_paths
        How many of each series.
    seed
        Of the draws.

    Examples
    --------
    >>> from saleslab.forecasting.engine import run_engine
    >>> wave = 100 + 10 * np.sin(np.arange(48) * np.pi / 6)
    >>> draw_paths(run_engine(wave[None, :], horizon=3, season_length=12, seed=0), n_paths=50, seed=0).shape
    (1, 50, 3)
    """
    if n_paths < 1:
        raise BadArgument(f"n_paths is {n_paths}.", "draw at least one path.")
    rng = np.random.default_rng(seed)
    horizon = run.record.forecast.shape[2]
    paths = np.empty((len(run.history.values), n_paths, horizon))
    if run.intervals is not None:
        ranks = _find_ranks(run, rng)
        rows = rng.permutation(len(ranks))
        apart = 1 + int(_GOLDEN * len(ranks))
        chosen = rows[(np.arange(n_paths)[None, :] + apart * run.regular[:, None]) % len(rows)]
        positions = np.arange(len(run.intervals.chances))
        for at in range(n_paths):
            place = np.interp(ranks[chosen[:, at]], run.intervals.chances, positions)
            paths[run.order[run.regular], at] = run.intervals.place_at(place)
    for at in range(n_paths):
        chance = rng.random((len(run.sparse), horizon))
        paths[run.order[run.sparse], at] = run.sparse_futures.find_quantile(chance)
    return paths


def _find_ranks(run: EngineRun, rng: np.random.Generator) -> Floats:
    """Return how past errors ranked at each step, one row a whole past forecast; invented rows where those are few."""
    said, came = run.record.forecast[1:, run.regular], run.record.actual[:, run.regular]
    spread = np.where(run.history.is_positive[run.regular, None], np.abs(said), 1.0)
    errors = ((came - said) / np.where(spread > 0, spread, 1.0)).reshape(-1, said.shape[2])
    errors = errors[~np.isnan(errors).any(axis=1)]
    if len(errors) < _FEWEST_ROWS:
        horizon = said.shape[2]
        steps = rng.normal(size=(_N_INVENTED, horizon))
        errors = np.cumsum(steps, axis=1)
    elif len(errors) > _MOST_ROWS:
        errors = errors[rng.permutation(len(errors))[:_MOST_ROWS]]
    return np.asarray((errors.argsort(axis=0).argsort(axis=0) + 0.5) / len(errors))
