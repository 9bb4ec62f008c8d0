"""Panels that the tests of this room share: real ones where they are at hand, invented ones with a known truth."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TOURISM = Path(__file__).resolve().parents[3] / "shared" / "data" / "tourism_competition"
HORIZONS = {"monthly": (24, 12), "quarterly": (8, 4), "yearly": (4, 1)}
"""Steps held out and periods in a season."""

_MONTHS_IN = {"monthly": 1, "quarterly": 3, "yearly": 12}


def needs_tourism(test):
    absent = not TOURISM.is_dir()
    skip = pytest.mark.skipif(absent, reason="the tourism competition is not in ../shared/data/tourism_competition")
    return pytest.mark.real_data(skip(test))


@dataclass(frozen=True)
class Contest:
    panel: pd.DataFrame
    actual: np.ndarray
    history: np.ndarray
    horizon: int
    season_length: int


@cache
def read_tourism(kind):
    """Return the series of one kind as a panel with their real dates, and what came, in the order of their labels."""
    horizon, season_length = HORIZONS[kind]
    known, held = (list(zip(*_read(kind, part), strict=True)) for part in ("in", "oos"))
    frames, actual, histories = [], [], []
    for number, (past, later) in enumerate(zip(known, held, strict=True)):
        n, year = int(past[1]), int(past[2])
        skip = 3 if kind == "yearly" else 4
        values = np.array([float(value) for value in past[skip : skip + n]])
        first = 0 if kind == "yearly" else int(past[3]) - 1
        months = (year - 1970) * 12 + (first + np.arange(n)) * _MONTHS_IN[kind]
        frames.append((np.full(n, number), months.astype("datetime64[M]").astype("datetime64[s]"), values))
        actual.append([float(value) for value in later[skip : skip + horizon]])
        histories.append(values)
    width = max(map(len, histories))
    history = np.array([np.r_[np.full(width - len(values), np.nan), values] for values in histories])
    number, stamps, values = (np.concatenate(part) for part in zip(*frames, strict=True))
    panel = pd.DataFrame({"series_id": number, "period": stamps, "value": values})
    return Contest(panel, np.array(actual), history, horizon, season_length)


def _read(kind, part):
    with (TOURISM / f"{kind}_{part}.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[:53] if (kind, part) == ("yearly", "in") else rows  # what stands below is no data


def repeat_season(contest):
    """Return the seasonal naive forecast of a contest."""
    last = contest.history[:, -contest.season_length :]
    return last[:, np.arange(contest.horizon) % contest.season_length]


def lay(values, *, series_id="a", start="2020-01-01", freq="MS"):
    """Return one series as a panel."""
    stamps = pd.date_range(start, periods=len(values), freq=freq)
    return pd.DataFrame({"series_id": series_id, "period": stamps, "value": np.asarray(values, dtype=float)})


def invent_branches(n, n_periods, *, seed=0, season_length=12, horizon=0):
    """Return branches whose sales grow, swing with the season and wander; logarithms of what stands behind them too."""
    rng = np.random.default_rng(seed)
    at = np.arange(n_periods + horizon)
    level = rng.normal(5, 1, (n, 1)) + rng.normal(0.004, 0.003, (n, 1)) * at
    swing = rng.uniform(0.1, 0.4, (n, 1)) * np.sin(
        2 * np.pi * (at + rng.integers(0, season_length, (n, 1))) / season_length
    )
    wander = np.cumsum(rng.normal(0, 0.02, (n, len(at))), axis=1)
    return np.exp(level + swing + wander + rng.normal(0, 0.06, (n, len(at))))


def lay_all(values, *, start="2018-01-01", freq="MS"):
    """Return the rows of an array as a panel."""
    stamps = pd.date_range(start, periods=values.shape[1], freq=freq)
    ids = np.repeat(np.arange(len(values)), values.shape[1])
    return pd.DataFrame({"series_id": ids, "period": np.tile(stamps, len(values)), "value": values.ravel()})


def read_column(said, name):
    """Return a column of forecasts with a row a series."""
    return said[name].to_numpy().reshape(said["series_id"].nunique(), -1)
