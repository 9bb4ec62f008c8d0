"""From a panel to what the model sees: levels on a scale where parts add up, what is known, drivers in usual steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.drivers.known_ahead import Drivers, lay_drivers
from saleslab.forecasting.drivers.yardsticks import Yardstick
from saleslab.forecasting.laying import Floats, Laid, Repeats, lay_out
from saleslab.forecasting.members import Flags
from saleslab.forecasting.panel import check_options, read_panel
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.stamps import Whole

MOST_SERIES = 60
FEWEST_PERIODS = 8
_MOST_PERIODS, _MOST_SEASONS = 72, 3
_MOST_WAVES = 6
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Series as the model sees them.

    Attributes
    ----------
    laid
        The series as they are, the last periods only.
    levels
        Shape (series, periods): logarithms of series above 0, shares of their mean size of others, less their means; 0
        where unknown.
    known
        Which values were really seen; filled ones were not.
    centres, units
        What takes a level back: ``exp(level + centre)``, or ``(level + centre) * unit``.
    is_positive, can_fall_below_zero
        What kind each series is.
    remarks
        What was done to the panel, as `check_panel` calls it.
    drivers
        As they were given, over the periods that are kept; None without drivers.
    yardstick
        What drivers are measured by.
    """

    laid: Laid
    levels: Floats
    known: Flags
    centres: Floats
    units: Floats
    is_positive: Flags
    can_fall_below_zero: Flags
    remarks: tuple[str, ...]
    drivers: Drivers | None
    yardstick: Yardstick | None

    @property
    def n_drivers(self) -> int:
        """How many drivers there are."""
        return 0 if self.drivers is None else len(self.drivers.names)

    def lay_waves(self, horizon: int = 0) -> Floats:
        """Return the waves of a season in every period, shape (series, periods + horizon, waves).

        Their squares add up to 1. For seasons of up to 12 periods they make any season that adds up to 0; longer ones
        are smooth.
        """
        season = self.laid.season_length
        n = self.levels.shape[1]
        number = self.laid.ends[:, None] + np.arange(1 - n, horizon + 1)
        columns = []
        n_waves = min(season // 2, _MOST_WAVES)
        for wave in range(1, n_waves + 1):
            angle = 2 * np.pi * wave * number / season
            columns += [np.cos(angle)] if 2 * wave == season else [np.cos(angle), np.sin(angle)]
        if not columns:
            return np.zeros((*number.shape, 0))
        return np.asarray(np.stack(columns, axis=2) / np.sqrt(n_waves))

    def measure_drivers(self, table: pd.DataFrame | None = None, horizon: int = 0) -> Floats:
        """Return drivers in usual steps from their means, shape (series, periods + horizon, drivers).

        Raises
        ------
        TableError
            When a row of the past or of the horizon is missing.
        """
        width = self.levels.shape[1] + horizon
        if self.drivers is None or self.yardstick is None:
            return np.zeros((len(self.levels), width, 0))
        drivers = self.drivers if table is None else lay_drivers(table, self.laid, horizon)
        if drivers.names != self.drivers.names:
            raise BadArgument(
                f"drivers has {', '.join(drivers.names)}; the model learnt of {', '.join(self.drivers.names)}.",
                "give the same columns as in fit.",
            )
        return self.yardstick.measure(drivers)

    def restore(self, levels: Floats) -> Floats:
        """Return values for levels of shape (..., series, periods)."""
        moved = levels + self.centres[:, None]
        with np.errstate(over="ignore"):
            values = np.where(self.is_positive[:, None], np.exp(moved), moved * self.units[:, None])
        return np.asarray(np.where(self.can_fall_below_zero[:, None], values, np.maximum(values, 0.0)))


def read_series(
    panel: pd.DataFrame,
    *,
    season_length: int | None,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
    drivers: pd.DataFrame | None = None,
) -> Observed:
    """Return the series of a panel as the model sees them.

    Raises
    ------
    TableError
        When the panel cannot be repaired without guessing, or a driver lacks a row of the past.
    NotEnoughData
        When a series is short or never moves, or a driver never does.
    BadArgument
        When there are more series than such a model is meant for.
    """
    check_options(season_length, gaps, repeats)
    laid, marks = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    known = _find_known(laid, panel, repeats)
    width = max(_MOST_PERIODS, _MOST_SEASONS * laid.season_length)
    remarks = tuple(mark.code for mark in marks)
    if known.shape[1] > width:
        remarks = (*remarks, "older_left_out")
        laid, known = replace(laid, history=laid.history[:, -width:]), known[:, -width:]
    _refuse_unfit(laid, known)
    lowest = np.where(known, laid.history, np.inf).min(axis=1)
    is_positive = lowest > 0
    size = np.abs(np.where(known, laid.history, 0.0)).sum(axis=1) / known.sum(axis=1)
    units = np.where(is_positive, 1.0, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.where(is_positive[:, None], np.log(laid.history), laid.history / units[:, None])
    raw = np.where(known, raw, 0.0)
    centres = raw.sum(axis=1) / known.sum(axis=1)
    levels = np.where(known, raw - centres[:, None], 0.0)
    table = None if drivers is None else lay_drivers(drivers, laid, 0)
    yardstick = None if table is None else Yardstick.of(table, known)
    observed = Observed(laid, levels, known, centres, units, is_positive, lowest < 0, remarks, table, yardstick)
    _refuse_still_drivers(observed)
    return observed


def _find_known(laid: Laid, panel: pd.DataFrame, repeats: Repeats) -> Flags:
    """Say which values of repaired series stood in the panel, or are the nothing that a missing row means."""
    before, _ = lay_out(panel, season_length=laid.season_length, repeats=repeats)
    width, was = laid.history.shape[1], before.history.shape[1]
    column = np.arange(width)[None, :] + (was - width) + (laid.ends - before.ends)[:, None]
    seen = np.take_along_axis(before.history, np.clip(column, 0, was - 1), axis=1)
    same = (column >= 0) & (column < was) & (seen == laid.history)
    return np.asarray(same | (laid.history == 0))


def _refuse_unfit(laid: Laid, known: Flags) -> None:
    if len(laid.ids) > MOST_SERIES:
        raise BadArgument(
            f"panel has {len(laid.ids)} series; this model is for the few that matter, {MOST_SERIES} at the most.",
            "choose those, or use forecast_series for all.",
        )
    short = known.sum(axis=1) < FEWEST_PERIODS
    if short.any():
        raise NotEnoughData(
            f"{int(short.sum())} of {len(laid.ids)} series have fewer than {FEWEST_PERIODS} known periods: "
            f"{_name(laid, short)}.",
            "leave them out, or use forecast_series, which answers from two periods on.",
        )
    spread = np.ptp(
        np.where(known, laid.history, laid.history[np.arange(len(known)), known.argmax(axis=1)][:, None]), 1
    )
    if (spread == 0).any():
        raise NotEnoughData(
            f"{int((spread == 0).sum())} of {len(laid.ids)} series never move: {_name(laid, spread == 0)}.",
            "leave them out: nothing moves them, and forecast_series repeats them.",
        )


def _name(laid: Laid, where: Flags) -> str:
    rows: Whole = np.flatnonzero(where)
    names = ", ".join(repr(name) for name in laid.ids.take(rows[:_MOST_NAMED]).tolist())
    return names + (" and others" if len(rows) > _MOST_NAMED else "")


def _refuse_still_drivers(observed: Observed) -> None:
    if observed.drivers is None:
        return
    moved = (np.where(observed.known[..., None], observed.measure_drivers(), 0.0) != 0).any(axis=(0, 1))
    still = [name for name, has_moved in zip(observed.drivers.names, moved, strict=True) if not has_moved]
    if still:
        raise NotEnoughData(
            f"Nothing can be learnt of {', '.join(map(repr, still))}: it never moved in the past.",
            "leave it out, or give a longer past in which it moved.",
        )
