"""The seasonal part of many series: recent seasons count more, and a season that cannot be told from noise is none."""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats


def find_seasons(rows: Floats, season_length: int, *, memory: float) -> Floats:
    """Return the seasonal part of each phase, shape (series, season); the first is that of the period after the last.

    Parameters
    ----------
    rows
        Shape (series, periods), aligned at the right; NaN before a series starts. Its parts add up: give logarithms of
        series whose season grows with their level.
    season_length
        Periods in a season.
    memory
        Weight of a season against the one after it.

    Returns
    -------
    array
        Weighted means of the distances from a centred moving average over whole seasons, adding up to 0, and shrunk by
        how little they stand out from their own noise (James and Stein). 0 for series too short to tell.

    Examples
    --------
    >>> find_seasons(np.array([[0.0, 2.0] * 6]), 2, memory=1.0).tolist()
    [[-1.0, 1.0]]
    """
    n_rows, width = rows.shape
    if season_length == 1 or width <= season_length:
        return np.zeros((n_rows, season_length))
    n_seasons = -(-width // season_length)
    apart = np.full((n_rows, n_seasons * season_length), np.nan)
    apart[:, -width:] = rows - _average_seasons(rows, season_length)
    apart = apart.reshape(n_rows, n_seasons, season_length)
    known = ~np.isnan(apart)
    apart = np.where(known, apart, 0.0)
    weight = known * (memory ** np.arange(n_seasons)[::-1])[:, None]
    total = weight.sum(axis=1)
    season = (weight * apart).sum(axis=1) / np.maximum(total, 1e-12)
    season -= season.mean(axis=1, keepdims=True)
    noise = (known * (apart - season[:, None, :]) ** 2).sum(axis=(1, 2))
    spare = known.sum(axis=(1, 2)) - season_length
    n_effective = (total**2 / np.maximum((weight**2).sum(axis=1), 1e-12)).mean(axis=1)
    noise /= np.maximum(spare, 1) * np.maximum(n_effective, 1)
    signal = (season**2).sum(axis=1) / (season_length - 1)
    kept = np.clip(1 - noise / np.maximum(signal, 1e-300), 0, 1)
    kept = np.where(spare > 0, kept, 0.5)  # one season only: nothing says what is noise
    kept[(total == 0).any(axis=1)] = 0.0
    return np.asarray(season * kept[:, None])


def lay_season(season: Floats, width: int) -> Floats:
    """Return seasonal parts along the periods of an array that ends before the first phase."""
    return np.asarray(season[:, np.arange(-width, 0) % season.shape[1]])


def repeat_season(season: Floats, horizon: int) -> Floats:
    """Return seasonal parts of the periods that follow."""
    return np.asarray(season[:, np.arange(horizon) % season.shape[1]])


def _average_seasons(rows: Floats, season_length: int) -> Floats:
    """Return the centred moving average over a season (over two, half a season apart, where its length is even)."""
    total = np.zeros((len(rows), rows.shape[1] + 1))
    np.cumsum(np.nan_to_num(rows), axis=1, out=total[:, 1:])
    unknown = np.zeros_like(total)
    np.cumsum(np.isnan(rows), axis=1, out=unknown[:, 1:])
    mean = (total[:, season_length:] - total[:, :-season_length]) / season_length
    mean[unknown[:, season_length:] > unknown[:, :-season_length]] = np.nan
    if season_length % 2 == 0:
        mean = (mean[:, 1:] + mean[:, :-1]) / 2
    centred = np.full(rows.shape, np.nan)
    first = season_length // 2
    centred[:, first : first + mean.shape[1]] = mean
    return centred
