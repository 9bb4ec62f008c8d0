"""Can these series be forecast as they stand, and what has to be repaired first?

Nothing is dropped or filled in silence: whatever is changed is a named repair, and whatever is odd but left as it is a
named remark. What cannot be repaired without guessing is refused, all of it at once.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting.laying import Laid, Repeats, lay_out
from saleslab.forecasting.repairs import Gaps, Mark, repair_series
from saleslab.wording import Count, Text, say

_MOST_IDS = 20


@dataclass(frozen=True, slots=True)
class PanelRemark:
    """One kind of thing that was repaired, or only noticed, in some series.

    Attributes
    ----------
    code
        Worded under ``forecasting.panel.<code>``.
    n_series, n_periods
        How many series it touches, and how many of their periods.
    series_ids
        The first twenty of them, sorted.
    is_repair
        Whether values were changed, filled or cut; otherwise the panel was left as it is.
    """

    code: str
    n_series: int
    n_periods: int
    series_ids: tuple[Hashable, ...]
    is_repair: bool


@dataclass(frozen=True, slots=True, eq=False)
class PanelCheck:
    """A panel that can be forecast, and what was done to make it so.

    Attributes
    ----------
    panel
        ``series_id, period, value`` without gaps, sorted by both.
    series
        One row a series: ``series_id, first_period, last_period, n_periods`` and one count of periods a remark.
    remarks
        What was repaired, and what was only noticed.
    grain
        ``month``, ``quarter``, ``half``, ``year``, ``week``, ``day``, ``business_day`` or ``other``.
    season_length
        Periods in a season.
    """

    panel: pd.DataFrame
    series: pd.DataFrame
    remarks: tuple[PanelRemark, ...]
    grain: str
    season_length: int

    @property
    def repairs(self) -> tuple[PanelRemark, ...]:
        """The remarks that changed, filled or cut values."""
        return tuple(remark for remark in self.remarks if remark.is_repair)


def check_panel(
    panel: pd.DataFrame,
    *,
    season_length: int | None = None,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> PanelCheck:
    """Return the panel as `forecast_series` takes it, every repair named.

    Use it before a forecast, to see what the numbers rest on; `forecast_series` repairs in the same way.

    Parameters
    ----------
    panel
        Columns ``series_id, period, value``; rows in any order. Periods are dates, timestamps, pandas Periods, whole
        numbers or text (``2026-04-01``, ``2026-04``, ``2026Q1``); they are given back in the form in which they came.
    season_length
        Periods in a season; None takes what the grain has as a rule (12 months, 4 quarters, 52 weeks, 7 days).
    gaps
        What a missing row means. ``zero``: nothing was sold, up to the panel's last period. ``between``: the value is
        not known, and is filled from the same season's neighbours. ``auto`` decides for each series: values that never
        come near 0 and few gaps speak for ``between``.
    repeats
        Two rows of one series and period: ``refuse`` them, or ``sum`` them as parts of the same period.

    Returns
    -------
    PanelCheck
        Repairs: ``repeats_summed``, ``gaps_zero``, ``gaps_between``, ``unknown_between`` (an empty value), ``spikes``
        (a value beyond all measure, such as a slipped decimal point), ``leading_zeros`` (cut: not yet on sale),
        ``silent_end`` (zeros up to the panel's last period). Remarks: ``staggered`` (periods that begin on other days
        than those of most series), ``negative``, ``starts_late``, ``ends_early``, ``dead``, ``all_zero``, ``constant``,
        ``short``.

    Raises
    ------
    TableError
        When columns or ids are missing, values are infinite or no numbers, periods stand twice, or series have
        different frequencies.
    NotEnoughData
        When there is no row.

    Examples
    --------
    >>> months = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-04-01", "2026-05-01"])
    >>> check = check_panel(pd.DataFrame({"series_id": "tokyo", "period": months, "value": [10.0, 12.0, 16.0, 18.0]}))
    >>> check.panel["value"].tolist(), [repair.code for repair in check.repairs]
    ([10.0, 12.0, 14.0, 16.0, 18.0], ['gaps_between'])
    """
    check_options(season_length, gaps, repeats)
    laid, marks = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    return PanelCheck(
        panel=_write_panel(laid),
        series=_write_series(laid, marks),
        remarks=tuple(_tell(laid, mark) for mark in marks),
        grain=laid.grid.grain,
        season_length=laid.season_length,
    )


def tell_remark(remark: PanelRemark) -> Text:
    """Return a remark as a sentence in every language.

    Examples
    --------
    >>> tell_remark(PanelRemark("gaps_zero", 2, 5, ("a", "b"), is_repair=True)).en
    '5 missing periods of 2 series: taken as nothing sold (0).'
    """
    return say(f"forecasting.panel.{remark.code}", n=Count(remark.n_series), periods=Count(remark.n_periods))


def check_options(season_length: int | None, gaps: Any, repeats: Any) -> None:
    """Raise `BadArgument` unless the options of reading a panel are ones that it knows."""
    is_whole = isinstance(season_length, int | np.integer) and not isinstance(season_length, bool)
    if season_length is not None and (not is_whole or season_length < 1):
        raise BadArgument(
            f"season_length is {season_length!r}.", "give the periods in a season: 12 for months, 1 for none."
        )
    for name, value, known in (("gaps", gaps, get_args(Gaps)), ("repeats", repeats, get_args(Repeats))):
        if value not in known:
            raise BadArgument(f"{name} is {value!r}.", f"give one of {', '.join(known)}.")


def read_panel(
    panel: pd.DataFrame, *, season_length: int | None, gaps: Gaps = "auto", repeats: Repeats = "refuse"
) -> tuple[Laid, tuple[Mark, ...]]:
    """Return the series of a panel as one right-aligned array without gaps, and what was done to them."""
    if not isinstance(panel, pd.DataFrame):
        raise TableError(
            f"panel is no data frame of pandas but {type(panel).__name__}.",
            "give a frame with the columns series_id, period, value.",
        )
    if len(panel) == 0:
        raise NotEnoughData("panel has no row.", "give at least one period of one series.")
    laid, n_summed = lay_out(panel, season_length=season_length, repeats=repeats)
    laid, marks = repair_series(laid, gaps=gaps)
    if n_summed.any():
        marks = (Mark("repeats_summed", n_summed, is_repair=True), *marks)
    return laid, marks


def _write_panel(laid: Laid) -> pd.DataFrame:
    row, column = np.nonzero(~np.isnan(laid.history))
    number = laid.ends[row] - (laid.history.shape[1] - 1 - column)
    return pd.DataFrame(
        {
            "series_id": laid.ids.take(row),
            "period": laid.grid.restore(number, row),
            "value": laid.history[row, column],
        }
    )


def _write_series(laid: Laid, marks: tuple[Mark, ...]) -> pd.DataFrame:
    every = np.arange(len(laid.ids))
    columns: dict[str, Any] = {
        "series_id": laid.ids,
        "first_period": laid.grid.restore(laid.ends - laid.lengths + 1, every),
        "last_period": laid.grid.restore(laid.ends, every),
        "n_periods": laid.lengths,
    }
    return pd.DataFrame(columns | {f"n_{mark.code}": mark.n_periods for mark in marks})


def _tell(laid: Laid, mark: Mark) -> PanelRemark:
    touched = np.flatnonzero(mark.n_periods)
    ids = tuple(laid.ids.take(touched[:_MOST_IDS]))
    return PanelRemark(mark.code, len(touched), int(mark.n_periods.sum()), ids, mark.is_repair)
