"""On which channel, on which day and at which hour does somebody answer?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.crossed_rates import CrossedRates, RateTable, pool_crossed_rates
from saleslab.tables.presence import require_columns

N_DAYS, N_HOURS = 7, 24

_COUNTED = ("channel", "weekday", "hour", "n_attempts", "n_connected", "n_unknown")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a team may get in touch, in its own time.

    Attributes
    ----------
    opens, closes
        First hour, and the hour at which no contact starts any more.
    weekdays
        Monday is 0.

    Examples
    --------
    >>> WorkingHours(opens=10, closes=12).hours
    (10, 11)
    """

    opens: int = 9
    closes: int = 18
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= N_HOURS:
            raise BadArgument(
                f"Nobody works from {self.opens} to {self.closes} o'clock.", "give 0 <= opens < closes <= 24."
            )
        if not self.weekdays or not set(self.weekdays) <= set(range(N_DAYS)):
            raise BadArgument(f"{self.weekdays} are not days of a week.", "give numbers from 0 (Monday) to 6.")

    @property
    def hours(self) -> tuple[int, ...]:
        """The hours in which a contact may start."""
        return tuple(range(self.opens, self.closes))


@dataclass(frozen=True, slots=True)
class ContactTimes:
    """How often somebody was reached, by channel and hour of the week.

    Attributes
    ----------
    frame
        168 rows a channel: ``channel, weekday`` (Monday is 0), ``hour, n_attempts, n_connected, rate, low, high``,
        ``is_open`` (within working hours). Rates are partially pooled over hours and days.
    hours
        One row for each channel and working hour, best first within a channel: ``channel, hour, n_attempts, rate, low,
        high``; the rate of that hour on a typical working day.
    channels
        ``channel, n_attempts, n_connected, hour_sd, day_sd``: how much hours and days differ, in log-odds; near 0 the
        time does not matter.
    working
        The working hours that were taken.
    n_unknown
        Attempts that say neither yes nor no, such as an e-mail without an answer; they are in no rate.
    as_of
        Last day whose attempts were counted.
    mass
        Of the intervals.
    """

    frame: pd.DataFrame
    hours: pd.DataFrame
    channels: pd.DataFrame
    working: WorkingHours
    n_unknown: int
    as_of: date | None
    mass: float

    def find_best_hour(self, channel: str) -> int:
        """Return the working hour in which a channel reaches most people.

        Raises
        ------
        NotEnoughData
            When the channel was never tried.
        """
        of_channel = self.hours[self.hours["channel"] == channel]
        if of_channel.empty:
            raise NotEnoughData(
                f"Nobody was contacted by '{channel}'.", f"ask for one of: {', '.join(self.channels['channel'])}."
            )
        return int(of_channel["hour"].iloc[0])


def time_contacts(
    attempts: pd.DataFrame,
    *,
    as_of: date | None = None,
    working: WorkingHours | None = None,
    mass: float = 0.9,
) -> ContactTimes:
    """Return how often a contact reaches somebody, for each channel and hour of the week.

    A week has 168 hours, and most of them few attempts: each rate borrows from its hour on other days, from its day
    and from the whole channel, as much as the data show that these are alike. Nobody drew lots for the hour: if the
    hard cases are left for the evening, the evening looks worse than it is.

    Parameters
    ----------
    attempts
        One row for each outgoing contact: ``channel, at`` (the company's own time) and ``connected``. Or counted where
        they lie, as `read_attempts` returns them: ``channel, weekday, hour, n_attempts, n_connected, n_unknown``.
    as_of
        Last day that counts; None for all. Counts must end there already.
    working
        When the team may get in touch; Monday to Friday from 9 to 18 by default.
    mass
        Chance that an interval holds the truth.

    Raises
    ------
    NotEnoughData
        When no attempt says whether somebody was reached.

    Examples
    --------
    >>> attempts = pd.DataFrame({
    ...     "channel": "phone", "connected": [False] * 70 + [True] * 10 + [False] * 50 + [True] * 30,
    ...     "at": [pd.Timestamp("2026-06-01 10:15")] * 80 + [pd.Timestamp("2026-06-02 16:30")] * 80,
    ... })
    >>> time_contacts(attempts).find_best_hour("phone")
    16
    """
    working = working or WorkingHours()
    counts = attempts if "n_attempts" in attempts.columns else _count_attempts(attempts, as_of)
    require_columns(counts, *_COUNTED, of="attempts (scoring.read_attempts)")
    told = counts[counts["n_attempts"] > 0]
    n_unknown = int(counts["n_unknown"].sum())
    if told.empty:
        raise NotEnoughData(
            f"None of {n_unknown} attempts says whether somebody was reached.",
            "import activities with 'connected' filled, or choose a later day.",
        )
    frames, hours, channels = [], [], []
    for channel, rows in told.groupby("channel", sort=True):
        tried, reached = (_lay_out(rows, name) for name in ("n_attempts", "n_connected"))
        pooled = _pool(reached, tried, working, mass)
        frames.append(_list_cells(str(channel), tried, reached, pooled=pooled, working=working))
        hours.append(_list_hours(str(channel), tried, pooled.rows, working))
        by_hour, by_day, _ = pooled.spreads
        channels.append((str(channel), int(tried.sum()), int(reached.sum()), by_hour, by_day))
    return ContactTimes(
        pd.concat(frames, ignore_index=True),
        pd.concat(hours, ignore_index=True),
        pd.DataFrame(channels, columns=["channel", "n_attempts", "n_connected", "hour_sd", "day_sd"]),
        working,
        n_unknown,
        as_of,
        mass,
    )


def _count_attempts(attempts: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return attempts by channel and hour of the week."""
    require_columns(attempts, "channel", "at", "connected", of="attempts (scoring.read_attempts)")
    known = attempts if as_of is None else attempts[attempts["at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    told = known["connected"].notna()
    rows = pd.DataFrame(
        {
            "channel": known["channel"].astype(str),
            "weekday": known["at"].dt.day_of_week,
            "hour": known["at"].dt.hour,
            "n_attempts": told.astype(np.int64),
            "n_connected": known["connected"].astype("boolean").fillna(value=False).astype(np.int64),
            "n_unknown": (~told).astype(np.int64),
        }
    )
    return rows.groupby(["channel", "weekday", "hour"], as_index=False).sum()


def _lay_out(rows: pd.DataFrame, name: str) -> Floats:
    table = np.zeros((N_HOURS, N_DAYS))
    np.add.at(table, (rows["hour"].to_numpy(dtype=int), rows["weekday"].to_numpy(dtype=int)), rows[name].to_numpy())
    return table


def _pool(reached: Floats, tried: Floats, working: WorkingHours, mass: float) -> CrossedRates:
    is_hour, is_day = np.isin(np.arange(N_HOURS), working.hours), np.isin(np.arange(N_DAYS), working.weekdays)
    return pool_crossed_rates(reached, tried, rows=is_hour, columns=is_day, mass=mass)


def _list_cells(
    channel: str, tried: Floats, reached: Floats, *, pooled: CrossedRates, working: WorkingHours
) -> pd.DataFrame:
    hour, weekday = (index.T.ravel() for index in np.indices((N_HOURS, N_DAYS)))
    return pd.DataFrame(
        {
            "channel": channel,
            "weekday": weekday,
            "hour": hour,
            "n_attempts": tried.T.ravel().astype(np.int64),
            "n_connected": reached.T.ravel().astype(np.int64),
            "rate": pooled.cells.estimate.T.ravel(),
            "low": pooled.cells.low.T.ravel(),
            "high": pooled.cells.high.T.ravel(),
            "is_open": np.isin(hour, working.hours) & np.isin(weekday, working.weekdays),
        }
    )


def _list_hours(channel: str, tried: Floats, rates: RateTable, working: WorkingHours) -> pd.DataFrame:
    hours = np.array(working.hours)
    listed = pd.DataFrame(
        {
            "channel": channel,
            "hour": hours,
            "n_attempts": tried[hours][:, list(working.weekdays)].sum(axis=1).astype(np.int64),
            "rate": rates.estimate[hours],
            "low": rates.low[hours],
            "high": rates.high[hours],
        }
    )
    return listed.sort_values(["rate", "hour"], ascending=[False, True], kind="stable", ignore_index=True)
