"""What do the best quarter of our people or teams truly reach, and is a benchmark fit to be compared with?

The best of 24 raw rates is mostly the luckiest. Rates are pooled first, so that a few deals count little; the benchmark
is what a quarter of the units truly reach, with its range.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.stats import Interval
from saleslab.stats.estimate_draws import draw_true_values
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns
from saleslab.wording import Text, say

Floats = npt.NDArray[np.float64]

LEAST_UNITS = 8
"""People or teams below which a best quarter is one or two of them."""

_N_DRAWS = 4_000
_QUARTER = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class InternalBenchmark:
    """What the best quarter of units reach.

    Attributes
    ----------
    level
        That a quarter of the units truly reach or pass.
    raw_level
        The same of the raw values; too good, since the best ones were lucky, too.
    units
        One row a unit, sorted by id: ``unit_id, n, raw``, the pooled ``value`` with ``low`` and ``high``, and
        ``chance_reached``, that its true value reaches the level.
    spread
        Standard deviation of true values between units.
    """

    metric_id: str
    level: Interval
    raw_level: float
    units: pd.DataFrame
    spread: Interval
    as_of: date

    def to_row(self) -> pd.DataFrame:
        """Return the row for the table ``benchmarks``, with its source and date."""
        row = {"metric_id": self.metric_id, "value": self.level.estimate, "lo": self.level.low, "hi": self.level.high}
        return pd.DataFrame([row | {"n": len(self.units), "source": "internal: best quarter", "as_of": self.as_of}])


def find_benchmark(
    units: pd.DataFrame,
    *,
    metric_id: str,
    as_of: date,
    better: Literal["higher", "lower"] = "higher",
    mass: float = 0.9,
    seed: int = 1,
) -> InternalBenchmark:
    """Return what the best quarter of people or teams truly reach, and how surely each of them does.

    Use it to set a level that some already reach. It does not say why they do: who has the better leads has the better
    rate. For whether one person's rate differs from the others' see `score_reps`.

    Parameters
    ----------
    units
        One row a unit, ``unit_id`` with either ``n_successes`` and ``n`` (rates), or ``value``, ``error`` and ``n``
        (means with their standard errors).
    metric_id
        Which measure it is.
    as_of
        Last day of the data; goes with the benchmark.
    better
        Whether ``higher`` or ``lower`` values are better.
    mass
        Of the intervals.
    seed
        Of the draws from which the range of the level is read.

    Raises
    ------
    NotEnoughData
        With fewer than eight units that have any data.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": list("abcdefgh"), "n_successes": [9, 2, 30, 28, 12, 3, 25, 31],
    ...     "n": [20, 3, 100, 100, 40, 10, 100, 100]})
    >>> found = find_benchmark(units, metric_id="win_rate", as_of=date(2026, 9, 30))
    >>> found.level.estimate < found.raw_level
    True
    """
    check_mass(mass)
    if better not in ("higher", "lower"):
        raise BadArgument(f"'{better}' is no direction.", "give better='higher' or better='lower'.")
    require_columns(units, "unit_id", "n", of="units")
    if units["unit_id"].duplicated().any():
        raise TableError(
            f"units names {int(units['unit_id'].duplicated().sum())} people or teams again.", "give one row for each."
        )
    known = units[units["n"] > 0].sort_values("unit_id", kind="stable").reset_index(drop=True)
    if len(known) < LEAST_UNITS:
        raise NotEnoughData(
            f"{len(known)} people or teams have data; a best quarter needs {LEAST_UNITS}.",
            "compare with a published benchmark, or widen the period.",
        )
    raw, drawn = _draw_rates(known, seed) if "n_successes" in known else _draw_means(known, seed)
    share = _QUARTER if better == "higher" else 1 - _QUARTER
    levels = np.quantile(drawn, share, axis=1)
    reached = drawn >= levels[:, None] if better == "higher" else drawn <= levels[:, None]
    low, high = np.quantile(drawn, [(1 - mass) / 2, (1 + mass) / 2], axis=0)
    table = pd.DataFrame(
        {
            "unit_id": known["unit_id"],
            "n": known["n"].astype(int),
            "raw": raw,
            "value": drawn.mean(axis=0),
            "low": low,
            "high": high,
            "chance_reached": reached.mean(axis=0),
        }
    )
    raw_level = float(np.quantile(raw, share))
    return InternalBenchmark(metric_id, _read(levels, mass), raw_level, table, _read(drawn.std(axis=1), mass), as_of)


def _draw_rates(known: pd.DataFrame, seed: int) -> tuple[Floats, Floats]:
    """Return raw rates and draws of the true ones: pooled as log odds, in which they are nearly normal."""
    won, n = (known[name].to_numpy(dtype=np.float64) for name in ("n_successes", "n"))
    if ((won < 0) | (won > n)).any():
        wrong = int(((won < 0) | (won > n)).sum())
        raise TableError(f"{wrong} rows of units have more successes than cases.", "correct these rows.")
    odds, error = np.log((won + 0.5) / (n - won + 0.5)), np.sqrt(1 / (won + 0.5) + 1 / (n - won + 0.5))
    return won / n, 1 / (1 + np.exp(-draw_true_values(odds, error, n_draws=_N_DRAWS, seed=seed)))


def _draw_means(known: pd.DataFrame, seed: int) -> tuple[Floats, Floats]:
    require_columns(known, "value", "error", of="units")
    values, errors = (known[name].to_numpy(dtype=np.float64) for name in ("value", "error"))
    return values, draw_true_values(values, errors, n_draws=_N_DRAWS, seed=seed)


def _read(values: Floats, mass: float) -> Interval:
    low, high = (float(np.quantile(values, end)) for end in ((1 - mass) / 2, (1 + mass) / 2))
    middle = float(values.mean())
    return Interval(middle, min(low, middle), max(high, middle), mass)


BENCHMARK_FAULTS = ("no_source", "no_date", "later", "no_value", "outside")
"""What can be wrong with a benchmark: see `check_benchmarks`."""


@dataclass(frozen=True, slots=True)
class BenchmarkFault:
    """One thing that makes a benchmark unfit to be compared with.

    Attributes
    ----------
    metric_id, row
        Whose it is, and its place in the table from 0.
    code
        ``no_source``, ``no_date``, ``later`` (dated after the day of the check), ``no_value`` or ``outside`` (the value
        does not lie in its own range).
    text, next_step
        What is wrong, and what to do.
    """

    metric_id: str
    row: int
    code: str
    text: Text
    next_step: Text


def check_benchmarks(benchmarks: pd.DataFrame, *, as_of: date) -> tuple[BenchmarkFault, ...]:
    """Return all that is wrong with benchmarks before anything is compared with them; nothing when all are fit.

    A value without a source or a date cannot be checked by anybody and does not age: it is a rumour.

    Parameters
    ----------
    benchmarks
        As the canonical table: ``metric_id, value`` and, where known, ``lo, hi, n, source, as_of``. A column that is
        missing is missing in every row.
    as_of
        The day of the check.

    Examples
    --------
    >>> told = pd.DataFrame({"metric_id": ["win_rate"], "value": [0.25], "source": [" "], "as_of": [None]})
    >>> [fault.code for fault in check_benchmarks(told, as_of=date(2026, 9, 30))]
    ['no_source', 'no_date']
    """
    require_columns(benchmarks, "metric_id", "value", of="benchmarks")
    empty = pd.Series([None] * len(benchmarks), benchmarks.index, dtype=object)
    source, dated, low, high = (benchmarks.get(name, empty) for name in ("source", "as_of", "lo", "hi"))
    value = pd.to_numeric(benchmarks["value"], errors="coerce")
    days = pd.to_datetime(dated, errors="coerce")
    wrong = {
        "no_source": source.isna() | (source.astype(str).str.strip() == ""),
        "no_date": days.isna(),
        "later": days > pd.Timestamp(as_of),
        "no_value": ~np.isfinite(value.fillna(np.inf)),
        "outside": (value < pd.to_numeric(low, errors="coerce")) | (value > pd.to_numeric(high, errors="coerce")),
    }
    metrics = benchmarks["metric_id"].astype(str).tolist()
    return tuple(
        BenchmarkFault(metrics[row], row, code, say(f"benchmarks.fault.{code}", metric=metrics[row]), _next(code))
        for row in range(len(benchmarks))
        for code in BENCHMARK_FAULTS
        if bool(wrong[code].iloc[row])
    )


def _next(code: str) -> Text:
    return say(f"benchmarks.next.{code}")
