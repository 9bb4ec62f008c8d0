"""What a forecast may say, and what it must not: one row a series and period that is not over yet."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import TableError
from saleslab.forecasting.stamps import read_starts

KEYS = ("as_of", "series_id", "period", "method")
"""What tells rows of forecasts apart."""

_BOUND = re.compile(r"(?:lower|upper)_(\d+(?:\.\d+)?)")


def list_masses(columns: pd.Index) -> list[float]:
    """Return the masses of the intervals among some columns, sorted.

    Examples
    --------
    >>> list_masses(pd.Index(["median", "lower_80", "upper_80", "lower_95"]))
    [0.8]
    """
    found = [float(seen[1]) for seen in map(_BOUND.fullmatch, columns) if seen]
    return sorted({mass / 100 for mass in found if found.count(mass) == 2})


def name_bounds(mass: float) -> tuple[str, str]:
    """Return the columns of an interval.

    Examples
    --------
    >>> name_bounds(0.8)
    ('lower_80', 'upper_80')
    """
    name = f"{100 * mass:.10g}"
    return f"lower_{name}", f"upper_{name}"


def read_answer(
    answer: pd.DataFrame, *, method: str, as_of: date, over: pd.Series | None = None, with_ends: bool = False
) -> pd.DataFrame:
    """Return a forecast as the rows that are judged, or say all that is wrong with it.

    Parameters
    ----------
    answer
        ``series_id, period`` and ``median`` or ``mean``; as far as it says them ``lower_80, upper_80`` (any mass) and
        ``chance_hit`` of reaching the target.
    method, as_of
        Whose, and of which day.
    over
        Last period that was over at that day, by series; None where that is not known.
    with_ends
        Whether ``period_end`` is kept and tells periods apart: a month and a quarter may begin on the same day.

    Raises
    ------
    TableError
        When a column is missing, a number is missing or infinite, a row stands twice, bounds cross, a chance is none,
        a period ends before it begins, or was over already.
    """
    if not isinstance(answer, pd.DataFrame):
        raise TableError(
            f"The forecast '{method}' of {as_of} is no data frame of pandas but {type(answer).__name__}.",
            "return series_id, period and median, and lower_80, upper_80 or chance_hit where they are known.",
        )
    missing = [name for name in ("series_id", "period") if name not in answer.columns]
    missing += [] if {"mean", "median"} & set(answer.columns) else ["median"]
    if missing:
        raise TableError(
            f"The forecast '{method}' of {as_of} has no column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(answer.columns)}.",
            "return series_id, period and median, and lower_80, upper_80 or chance_hit where they are known.",
        )
    starts = read_starts(answer["period"], of="forecast.period")
    told = answer.assign(as_of=pd.Timestamp(as_of), method=method, period=starts)
    for name, other in (("mean", "median"), ("median", "mean")):
        if name not in told.columns:
            told[name] = told[other]
    bounds = [name for mass in list_masses(told.columns) for name in name_bounds(mass)]
    chance = ["chance_hit"] if "chance_hit" in told.columns else []
    ends = ["period_end"] if with_ends else []
    told = told.assign(**{name: pd.to_datetime(told[name]) for name in ends})
    told = told[[*KEYS, *ends, "mean", "median", *bounds, *chance]].reset_index(drop=True)
    findings = list(_find_faults(told, over))
    if findings:
        raise TableError(
            f"The forecast '{method}' of {as_of} cannot be judged: {'; '.join(findings)}.",
            "mend what the forecast returns; a number that is not known is left out with its row.",
        )
    return told


def _find_faults(told: pd.DataFrame, over: pd.Series | None) -> list[str]:
    ends = [name for name in told.columns if name == "period_end"]
    numbers = told.drop(columns=[*KEYS, *ends]).drop(columns="chance_hit", errors="ignore").to_numpy(dtype=np.float64)
    faults = {
        "rows with a missing or infinite number": (~np.isfinite(numbers)).any(axis=1),
        "rows that stand twice": told.duplicated(["series_id", "period", *ends]).to_numpy(),
    }
    if ends:
        faults["rows whose period has no end after its beginning"] = ~(told["period_end"] >= told["period"]).to_numpy()
    if over is not None:
        faults["rows of periods that were over already"] = (told["period"] <= told["series_id"].map(over)).to_numpy()
    for mass in list_masses(told.columns):
        low, high = (told[name] for name in name_bounds(mass))
        faults[f"rows whose {100 * mass:g} % interval is upside down"] = (low > high).to_numpy()
    if "chance_hit" in told.columns:
        chance = told["chance_hit"].astype("float64")
        faults["chances outside 0 to 1"] = (chance.notna() & ~chance.between(0, 1)).to_numpy()
    return [f"{int(found.sum())} {name}" for name, found in faults.items() if found.any()]
