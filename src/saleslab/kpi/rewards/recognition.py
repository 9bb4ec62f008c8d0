"""Who improved, or helped others more than before, by more than luck explains?

The best month of a team has a name on it, and mostly luck behind it. A person is compared with what they did before,
pulled towards the others as far as few periods deserve; what the season brought to all is taken out; and luck alone
would put no more than a stated share of people on the list.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.stats.estimates import weigh_spreads
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

FEWEST_BEFORE = 4
"""Periods before the start below which a person has no baseline."""
FEWEST_PEOPLE = 5
"""People with a baseline below which their luck cannot be told."""

RECOGNITION_COLUMNS = (
    "user_id", "measure", "before", "baseline", "recent", "improvement", "low", "high", "chance_luck", "is_recognised",
)  # fmt: skip
"""Columns of `Recognition.people`."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """Who stands out against their own past.

    Attributes
    ----------
    people
        `RECOGNITION_COLUMNS`, sorted by measure and id, never by result: mean a period ``before``, the ``baseline``
        behind it, the ``recent`` mean without what the season brought to all, the ``improvement`` with its range, and
        ``chance_luck``: how often luck alone lets a person do as well.
    season
        What the recent periods brought to all, one factor a measure.
    n_by_luck
        People who would be on the list on average if nobody had changed.
    n_without_baseline
        People and measures that could not be judged: new, or with nothing before.
    """

    people: pd.DataFrame
    season: dict[str, float]
    n_by_luck: float
    n_without_baseline: int

    @property
    def recognised(self) -> pd.DataFrame:
        """The rows of those on the list."""
        return self.people[self.people["is_recognised"]].reset_index(drop=True)


def find_recognition(results: pd.DataFrame, *, since: Any, luck: float = 0.04, mass: float = 0.9) -> Recognition:
    """Return who did better since a day than their own past and luck explain, in results or in helping others.

    It is a list of thanks, not a ranking: it says nothing about those who are not on it, and those at the top of sales
    are on it only when they improved. It takes many small things a period to see an improvement: of 100 people who did
    30 % more over six months after eighteen, 86 are found by 40 appointments a month, and 15 by the sales of four deals
    a month (`tests/kpi/test_rewards_recognition.py` draws both).

    Parameters
    ----------
    results
        One row a person, finished period and measure: ``user_id, period_start, value`` and, where there are several,
        ``measure``, such as ``won_amount`` and ``assists`` (deals that somebody else closed with this person's help). A
        period without a row counts as none; write 0 where there was nothing.
    since
        First recent period.
    luck
        Share of people whom luck alone may put on the list, over all measures.
    mass
        Of the ranges.

    Raises
    ------
    NotEnoughData
        When fewer than five people have four periods before, or none has a recent one.
    TableError
        When a value is negative or missing, or a row stands twice.
    BadArgument
        When ``luck`` does not lie between 0 and 0.5.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.date_range("2025-04-01", periods=18, freq="MS")
    >>> made = rng.poisson(40, (10, 18))
    >>> made[0, 12:] = rng.poisson(60, 6)
    >>> names = np.repeat([f"u:{at}" for at in range(10)], 18)
    >>> table = pd.DataFrame({"user_id": names, "period_start": list(months) * 10, "value": made.ravel()})
    >>> found = find_recognition(table, since="2026-04-01")
    >>> found.recognised["user_id"].tolist(), found.n_by_luck
    (['u:0'], 0.4)
    """
    if not 0 < luck < 0.5:
        raise BadArgument(f"luck is {luck}.", "give a share of people between 0 and 0.5, such as 0.04.")
    table = _check(results)
    measures = sorted(table["measure"].unique())
    parts, season, n_without = [], {}, 0
    for measure in measures:
        rows = table[table["measure"] == measure]
        judged, n_new = _split(rows, pd.Timestamp(since))
        n_without += n_new
        people, season[str(measure)] = _judge(judged, pd.Timestamp(since), luck / len(measures), mass)
        parts.append(people.assign(measure=measure))
    people = pd.concat(parts, ignore_index=True)[list(RECOGNITION_COLUMNS)]
    return Recognition(people, season, luck / len(measures) * len(people), n_without)


def _check(results: pd.DataFrame) -> pd.DataFrame:
    require_columns(results, "user_id", "period_start", "value", of="results")
    table = results.assign(
        period_start=pd.to_datetime(results["period_start"]),
        value=results["value"].astype("float64"),
        measure=results.get("measure", "value"),
    )
    n_bad = int((~(table["value"] >= 0)).sum())
    n_twice = int(table.duplicated(["user_id", "period_start", "measure"]).sum())
    if n_bad or n_twice:
        raise TableError(
            f"Of {len(table)} rows of results {n_bad} have no value of 0 or more, {n_twice} stand twice.",
            "correct them; write 0 for a period without any.",
        )
    return table


def _split(rows: pd.DataFrame, since: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    """Return the rows of those who can be judged, and how many people cannot."""
    old = rows[rows["period_start"] < since].groupby("user_id")["value"].agg(["size", "sum"])
    new = set(rows.loc[rows["period_start"] >= since, "user_id"])
    fit = {name for name in old.index[(old["size"] >= FEWEST_BEFORE) & (old["sum"] > 0)] if name in new}
    if len(fit) < FEWEST_PEOPLE:
        raise NotEnoughData(
            f"{len(fit)} people have {FEWEST_BEFORE} periods before {since:%Y-%m-%d} and one since then.",
            f"give at least {FEWEST_PEOPLE}; with fewer, luck cannot be told from improvement.",
        )
    return rows[rows["user_id"].isin(fit)], len(new) - len(fit)


def _judge(rows: pd.DataFrame, since: pd.Timestamp, limit: float, mass: float) -> tuple[pd.DataFrame, float]:
    from scipy.stats import t as student

    calm, tides = _take_season_out(rows)
    is_new = calm["period_start"] >= since
    before, after = (calm[part].groupby("user_id")["value"] for part in (~is_new, is_new))
    n_before, n_after = before.size().to_numpy(), after.size().to_numpy()
    old, new = before.mean(), after.mean()
    wobble, freedom = _measure_wobble(calm, is_new, old)
    baseline, doubt = _shrink(np.log(old.to_numpy()), np.sqrt(wobble / n_before))
    recent = np.log(np.maximum(new.to_numpy(), 1e-9 * old.to_numpy()))
    shift = float(np.median(recent - baseline))
    error = np.sqrt(doubt + wobble / n_after)
    gain = recent - shift - baseline
    chance = student.sf(gain / error, freedom)
    reach = student.ppf((1 + mass) / 2, freedom) * error
    people: dict[Hashable, Any] = {
        "user_id": old.index,
        "before": old.to_numpy(),
        "baseline": np.exp(baseline),
        "recent": new.to_numpy() * np.exp(-shift),
        "improvement": np.expm1(gain),
        "low": np.expm1(gain - reach),
        "high": np.expm1(gain + reach),
        "chance_luck": chance,
        "is_recognised": chance <= limit,
    }
    late = tides[tides.index >= since].mean() / tides[tides.index < since].mean()
    return pd.DataFrame(people), float(late * np.exp(shift))


def _shrink(levels: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the true level behind each, seen among the others (the model of `pool_estimates`)."""
    found = weigh_spreads(levels, errors)
    kept = errors**2 * found.precision
    means = levels + kept * (found.centre[:, None] - levels)
    variances = found.spread[:, None] ** 2 * kept + kept**2 / found.total[:, None]
    mean = found.weight @ means
    return mean, found.weight @ (variances + (means - mean) ** 2)


def _take_season_out(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return values without what each period brought to all, and that: the median of values against people's means."""
    own = rows.groupby("user_id")["value"].transform("mean")
    relative = (rows["value"] / own.where(own > 0)).fillna(1.0)
    tides = relative.groupby(rows["period_start"]).mean()
    tides = tides.where(tides > 0, 1.0)
    tides = tides / tides.mean()
    return rows.assign(value=rows["value"] / rows["period_start"].map(tides)), tides


def _measure_wobble(calm: pd.DataFrame, is_new: pd.Series, level: pd.Series) -> tuple[Floats, float]:
    """Return the relative variance of one period of each person, by their level, and its degrees of freedom.

    Counts vary by the square root of their level, seasons by a share of it; both parts are fitted to all people at
    once, so that nobody's own few periods decide how lucky they may be called.
    """
    from scipy.optimize import nnls

    group = [calm["user_id"], is_new]
    spread = calm.groupby(group)["value"].agg(["size", "mean", "var"]).reset_index()
    spread = spread[(spread["size"] >= 2) & (spread["mean"] > 0)]
    relative = (spread["var"] / spread["mean"] ** 2).to_numpy(dtype=np.float64)
    weight = (spread["size"] - 1).to_numpy(dtype=np.float64)
    middle = float(level.mean())
    terms = np.column_stack([middle / spread["user_id"].map(level).to_numpy(dtype=np.float64), np.ones(len(spread))])
    parts, _ = nnls(terms * np.sqrt(weight)[:, None], relative * np.sqrt(weight))
    wobble = parts[0] * middle / level.to_numpy(dtype=np.float64) + parts[1]
    return np.maximum(wobble, 1e-12), float(weight.sum() * (1 - 1 / len(level)))
