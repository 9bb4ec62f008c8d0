"""How far were forecasts of many series off, by the definitions of the field?

Every measure takes arrays with a row a series and a column a step. Measures that divide by something of the series
itself are worked out for each series and then averaged; a series for which the divisor is 0 has no such measure, is
left out of the mean and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MeanError:
    """A measure of each series, and its mean.

    Attributes
    ----------
    mean
        Over the series that have one.
    of_series
        One value a series; NaN where it is not defined.
    n_undefined
        How many series have none.
    """

    mean: float
    of_series: Floats
    n_undefined: int


def measure_mase(actual: Any, forecast: Any, history: Any, *, season_length: int = 1) -> MeanError:
    """Return the mean absolute scaled error: errors over the mean error of the seasonal naive within the history.

    Parameters
    ----------
    actual, forecast
        Shape (series, steps).
    history
        Shape (series, periods), aligned at the right, NaN before the first period of a series.
    season_length
        Periods in a season; 1 for yearly series.

    Returns
    -------
    MeanError
        Hyndman and Koehler (2006), as in the M4 competition.

    Examples
    --------
    >>> measure_mase([[3.0, 5.0]], [[2.0, 2.0]], [[0.0, 2.0, 4.0]]).mean
    1.0
    """
    came, said, past = _check_shapes(actual, forecast, history)
    return _average(np.abs(came - said).mean(axis=1), measure_scale(past, season_length=season_length))


def measure_rmsse(actual: Any, forecast: Any, history: Any, *, season_length: int = 1) -> MeanError:
    """Return the root mean squared scaled error of the M5 competition: zeros before the first other value do not count.

    Examples
    --------
    >>> measure_rmsse([[3.0, 5.0]], [[2.0, 4.0]], [[0.0, 0.0, 2.0, 4.0]]).mean
    0.5
    """
    came, said, past = _check_shapes(actual, forecast, history)
    started = np.logical_or.accumulate(np.nan_to_num(past) != 0, axis=1)
    scale = measure_scale(np.where(started, past, np.nan), season_length=season_length, power=2)
    found = _average(((came - said) ** 2).mean(axis=1), scale)
    roots = np.sqrt(found.of_series)
    return MeanError(float(np.nanmean(roots)), roots, found.n_undefined)


def measure_smape(actual: Any, forecast: Any) -> MeanError:
    """Return the symmetric mean absolute percentage error of the M4 competition, ``200 |y - f| / (|y| + |f|)``, in %.

    A step at which both are 0 counts as right.

    Examples
    --------
    >>> measure_smape([[1.0, 3.0]], [[3.0, 3.0]]).mean
    50.0
    """
    came, said = _check_shapes(actual, forecast)
    size = np.abs(came) + np.abs(said)
    ratio = np.divide(200 * np.abs(came - said), size, out=np.zeros_like(size), where=size > 0)
    return _average(ratio.mean(axis=1), np.ones(len(came)))


def measure_mape(actual: Any, forecast: Any) -> MeanError:
    """Return the mean absolute percentage error, in %; a series with a 0 among its actual values has none.

    Examples
    --------
    >>> measure_mape([[10.0, 20.0]], [[9.0, 22.0]]).mean
    10.0
    """
    came, said = _check_shapes(actual, forecast)
    is_defined = (came != 0).all(axis=1)
    ratio = np.abs(came - said) / np.where(came == 0, 1.0, np.abs(came))
    return _average(100 * ratio.mean(axis=1), is_defined.astype(np.float64))


def measure_wql(actual: Any, quantiles: Any, chances: Any) -> float:
    """Return the weighted quantile loss of all series together.

    Parameters
    ----------
    actual
        Shape (series, steps).
    quantiles
        Shape (series, steps, chances).
    chances
        Of each quantile, such as 0.1 to 0.9.

    Returns
    -------
    float
        Twice the summed pinball loss over the summed size of what came, averaged over the chances.

    Examples
    --------
    >>> round(measure_wql([[10.0]], [[[8.0, 10.0]]], [0.1, 0.5]), 6)
    0.02
    """
    came, said = np.asarray(actual, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    taus = np.asarray(chances, dtype=np.float64)
    if said.shape != (*came.shape, len(taus)):
        raise BadArgument(
            f"quantiles have the shape {said.shape}; {(*came.shape, len(taus))} was expected.",
            "give one value for each series, step and chance.",
        )
    total = float(np.abs(came).sum())
    if total == 0:
        raise NotEnoughData("All actual values are 0: a loss relative to them is not defined.", "use measure_coverage.")
    apart = came[..., None] - said
    loss = np.maximum(taus * apart, (taus - 1) * apart)
    return float(2 * loss.sum(axis=(0, 1)).mean() / total)


def measure_msis(
    actual: Any, lower: Any, upper: Any, history: Any, *, season_length: int = 1, mass: float = 0.95
) -> MeanError:
    """Return the mean scaled interval score of the M4 competition: width, and a fine for whatever falls outside.

    Examples
    --------
    >>> round(measure_msis([[5.0]], [[2.0]], [[4.0]], [[0.0, 2.0, 4.0]]).mean, 6)
    21.0
    """
    came, low, past = _check_shapes(actual, lower, history)
    high = _check_shapes(actual, upper)[1]
    fine = 2 / (1 - mass)
    score = (high - low) + fine * np.maximum(low - came, 0) + fine * np.maximum(came - high, 0)
    return _average(score.mean(axis=1), measure_scale(past, season_length=season_length))


def measure_coverage(actual: Any, lower: Any, upper: Any) -> float:
    """Return the share of actual values that fell within their interval, ends included.

    Examples
    --------
    >>> measure_coverage([[1.0, 5.0]], [[0.0, 0.0]], [[2.0, 2.0]])
    0.5
    """
    came, low = _check_shapes(actual, lower)
    high = _check_shapes(actual, upper)[1]
    return float(((low <= came) & (came <= high)).mean())


def measure_scale(history: Floats, *, season_length: int = 1, power: int = 1) -> Floats:
    """Return the mean size (to a power) of each series' seasonal differences; 0 where it has none.

    Examples
    --------
    >>> measure_scale(np.array([[np.nan, 1.0, 3.0, 2.0]])).tolist()
    [1.5]
    """
    if history.shape[1] <= season_length:
        return np.zeros(len(history))
    steps = np.abs(history[:, season_length:] - history[:, :-season_length]) ** power
    n = np.isfinite(steps).sum(axis=1)
    return np.asarray(np.nansum(steps, axis=1) / np.maximum(n, 1))


def _average(errors: Floats, scale: Floats) -> MeanError:
    is_defined = scale > 0
    if not is_defined.any():
        raise NotEnoughData(
            f"None of {len(errors)} series has a scale other than 0.",
            "give histories longer than a season that change, or use a measure without a scale.",
        )
    of_series = np.where(is_defined, errors / np.where(is_defined, scale, 1.0), np.nan)
    return MeanError(float(of_series[is_defined].mean()), of_series, int((~is_defined).sum()))


def _check_shapes(actual: Any, forecast: Any, *histories: Any) -> tuple[Floats, ...]:
    came, said = np.asarray(actual, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    pasts = [np.asarray(history, dtype=np.float64) for history in histories]
    if came.ndim != 2 or came.shape != said.shape or any(len(past) != len(came) for past in pasts):
        shapes = ", ".join(str(array.shape) for array in (came, said, *pasts))
        raise BadArgument(f"The arrays have the shapes {shapes}.", "give a row a series, and a column a step, to each.")
    if not (np.isfinite(came).all() and np.isfinite(said).all()):
        raise BadArgument("Actual values or forecasts are missing or infinite.", "measure only steps that have both.")
    return came, said, *pasts
