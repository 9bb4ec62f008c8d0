"""What was known on a day: values as they were measured last by then, moments as days of the company."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

_OF_A_PERIOD = ("metric_id", "scope_type", "scope_id", "period_start")
_NOON = timedelta(hours=12)


def keep_known(values: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return of each metric, scope and period what was measured last by the end of a day.

    Days are those of `find_measured_days`. Where nothing at all was measured by then, such as in a history that was
    measured once, for today, the values are taken as they are.

    Parameters
    ----------
    values
        In the shape of ``kpi_values``; without ``measured_at`` all of it is taken to be known.
    as_of
        The day.
    """
    rows = values.reset_index(drop=True)
    if "measured_at" in rows:
        at = pd.to_datetime(rows["measured_at"], utc=True)
        is_known = at.isna() | (find_measured_days(at) <= pd.Timestamp(as_of))
        order = at.sort_values(kind="stable", na_position="first").index
        rows = rows.loc[order[is_known[order]] if is_known.any() else order]
    return rows.drop_duplicates([name for name in _OF_A_PERIOD if name in rows], keep="last").sort_index()


def find_measured_days(measured_at: pd.Series) -> pd.Series:
    """Return the last day that each measurement knows of, as naive midnights.

    ``measured_at`` is the end of a company's day in UTC: up to twelve hours before the end of the same day in UTC, or
    after it. So what was measured by noon of the following day knows of a day.

    Examples
    --------
    >>> ends = pd.Series(pd.to_datetime(["2026-09-30 15:00", "2026-10-01 00:00", "2026-10-01 08:00"]))
    >>> find_measured_days(ends).dt.day.tolist()
    [30, 30, 30]
    """
    at = pd.to_datetime(measured_at, utc=True).dt.tz_localize(None)
    return (at - _NOON).dt.normalize()


def find_days(moments: pd.Series, timezone: str) -> pd.Series:
    """Return the company's calendar day of each moment, as naive midnights.

    Parameters
    ----------
    moments
        Timestamps in UTC, naive or not.
    timezone
        Where the company is, as an IANA name.

    Examples
    --------
    >>> late = pd.Series(pd.to_datetime(["2026-09-30 23:30"]))
    >>> [str(find_days(late, zone).iloc[0].date()) for zone in ("UTC", "Asia/Tokyo")]
    ['2026-09-30', '2026-10-01']
    """
    return pd.to_datetime(moments, utc=True).dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
