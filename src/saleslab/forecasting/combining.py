"""Every method's forecasts, from now and from past origins, weighed by how far they were off then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.intermittent import forecast_intermittent
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.members import Rows, forecast_members
from saleslab.forecasting.origins import History, count_recent, cut_at, read_actual

_SERIES_AT_ONCE = 5_000
_ROWS_AT_ONCE = 2_000
_OWN_SHARE = 0.5
_POWER = 6.0
_OWN_DOUBT, _POOLED_DOUBT = 12.0, 50.0
_LEAST_ERROR = 0.05
_ROOM = 2.0
_FEWEST_FOR_ROOM = 12


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Forecasts from now and from past origins, and what came.

    Attributes
    ----------
    origins
        How many periods before the end each past origin lies.
    forecast
        Shape (1 + origins, series, horizon), the first from now; NaN where a series was too short.
    actual
        Shape (origins, series, horizon); NaN where it has not come yet.
    weights
        Of each method for each series.
    """

    origins: tuple[int, ...]
    forecast: Floats
    actual: Floats
    weights: dict[str, Floats]


def combine_members(history: History, horizon: int, origins: tuple[int, ...]) -> Record:
    """Return the combined forecasts of all methods.

    The weight of a method is a power of its error relative to the other methods': half the series' own, half that of
    all series of its kind, so that few origins are not taken for more than they are.
    """
    n = len(history.values)
    actual = read_actual(history, origins, horizon)
    forecast = np.full((1 + len(origins), n, horizon), np.nan)
    weights: dict[str, Floats] = {}
    for kind, forecast_kind, power in (
        (history.is_regular, _forecast_regular, 1),
        (history.is_intermittent, _forecast_sparse, 2),
    ):
        at = np.flatnonzero(kind)
        batches = [at[first : first + _SERIES_AT_ONCE] for first in range(0, len(at), _SERIES_AT_ONCE)]
        members = [forecast_kind(_take(history, rows), horizon, (0, *origins)) for rows in batches]
        names = list(dict.fromkeys(name for said in members for name in said))
        stacks = [_stack(said, names) for said in members]
        for rows, stack, weight in zip(
            batches, stacks, _weigh(stacks, [actual[:, rows] for rows in batches], power=power), strict=True
        ):
            forecast[:, rows] = _average(stack, weight)
            for name, of_name in zip(names, weight, strict=True):
                weights.setdefault(name, np.zeros(n))[rows] = of_name
    return Record(origins, forecast, actual, weights)


def _stack(said: dict[str, Floats], names: list[str]) -> Floats:
    """Return forecasts of all methods, NaN where a batch has none of one."""
    blank = np.full_like(next(iter(said.values())), np.nan)
    return np.stack([said.get(name, blank) for name in names])


def _take(history: History, at: np.ndarray) -> History:
    return History(
        history.values[at],
        history.lengths[at],
        history.season_length,
        history.is_positive[at],
        history.is_intermittent[at],
        history.can_fall_below_zero[at],
    )


def _forecast_regular(history: History, horizon: int, backs: tuple[int, ...]) -> dict[str, Floats]:
    """Return the forecasts of each method from each origin, shape (origins, series, horizon)."""
    n, n_backs = len(history.values), len(backs)
    cuts = [cut_at(history, back) for back in backs]
    most = count_recent(history.season_length)
    values = np.concatenate([cut[:, -most:] for cut, _ in cuts])
    lengths = np.minimum(np.concatenate([length for _, length in cuts]), most)
    positive, below = (np.tile(flag, n_backs) for flag in (history.is_positive, history.can_fall_below_zero))
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    found: dict[str, Floats] = {}
    for first in range(0, len(order), _ROWS_AT_ONCE):
        at = order[first : first + _ROWS_AT_ONCE]
        width = int(lengths[at[0]])
        rows = Rows(values[at, -width:], lengths[at], history.season_length, positive[at])
        for name, said in forecast_members(rows, horizon).items():
            into = found.setdefault(name, np.full((n_backs * n, horizon), np.nan))
            into[at] = _bound(said, rows, below[at])
    return {name: said.reshape(n_backs, n, horizon) for name, said in found.items()}


def _forecast_sparse(history: History, horizon: int, backs: tuple[int, ...]) -> dict[str, Floats]:
    found: dict[str, list[Floats]] = {}
    for back in backs:
        values, lengths = cut_at(history, back)
        values = values[:, -count_recent(history.season_length) :]
        for name, said in forecast_intermittent(values, lengths, horizon).items():
            said[lengths == 0] = np.nan
            found.setdefault(name, []).append(said)
    return {name: np.stack(said) for name, said in found.items()}


def _bound(said: Floats, rows: Rows, below: np.ndarray) -> Floats:
    """Keep forecasts within two ranges beyond what the last seasons held, and never below 0 where no value was."""
    recent = rows.values[:, -max(3 * rows.season_length, _FEWEST_FOR_ROOM) :]
    known = ~np.isnan(recent)
    low, high = np.where(known, recent, np.inf).min(axis=1), np.where(known, recent, -np.inf).max(axis=1)
    room = _ROOM * (high - low)
    floor = np.where(below, low - room, np.maximum(low - room, 0.0))
    return np.clip(said, floor[:, None], (high + room)[:, None])


def _weigh(stacks: list[Floats], actuals: list[Floats], *, power: int) -> list[Floats]:
    """Return weights of each batch, shape (methods, series), that add up to 1."""
    found = [_compare(stack[:, 1:], actual, power=power) for stack, actual in zip(stacks, actuals, strict=True)]
    if not found:
        return []
    relative = np.concatenate([of_batch for of_batch, _ in found], axis=1)
    n_known = np.concatenate([n for _, n in found])
    n_series = (~np.isnan(relative)).sum(axis=1)
    pooled = np.where(n_series > 0, np.nansum(relative, axis=1) / np.maximum(n_series, 1), 1.0)
    seen = n_known.sum() / (n_known.sum() + _POOLED_DOUBT)
    pooled = seen * pooled + (1 - seen)
    share = _OWN_SHARE * n_known / (n_known + _OWN_DOUBT)
    blend = share * np.where(np.isnan(relative), pooled[:, None], relative) + (1 - share) * pooled[:, None]
    weight = np.maximum(blend, _LEAST_ERROR) ** -_POWER
    edges = np.cumsum([stack.shape[2] for stack in stacks])[:-1]
    return np.split(weight / weight.sum(axis=0), edges, axis=1)


def _compare(said: Floats, actual: Floats, *, power: int) -> tuple[Floats, Floats]:
    """Return each method's error relative to the mean of all methods', and how many errors a series has."""
    error = np.abs(said - actual) ** power
    known = ~np.isnan(error)
    n_errors = known.sum(axis=(1, 3))
    loss = np.where(known, error, 0.0).sum(axis=(1, 3)) / np.maximum(n_errors, 1)
    loss = np.where(n_errors > 0, loss ** (1 / power), np.nan)
    has_loss = ~np.isnan(loss)
    usual = np.where(has_loss, loss, 0.0).sum(axis=0) / np.maximum(has_loss.sum(axis=0), 1)
    relative = np.where(has_loss & (usual > 0), loss / np.where(usual > 0, usual, 1.0), np.nan)
    return relative, known.any(axis=0).sum(axis=(0, 2)).astype(np.float64)


def _average(said: Floats, weight: Floats) -> Floats:
    """Return the weighted mean of those methods that have a forecast."""
    known = ~np.isnan(said)
    total = np.einsum("mn,monh->onh", weight, known.astype(np.float64))
    mean = np.einsum("mn,monh->onh", weight, np.where(known, said, 0.0))
    return np.asarray(np.where(total > 0, mean / np.where(total > 0, total, 1.0), np.nan))
