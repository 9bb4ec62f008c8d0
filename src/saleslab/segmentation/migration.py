"""Who moved from one segment to another between two days, and what is at stake?

Managers read this each month. A move that three customers made is not a rate of 100 %, and a customer whose value goes
down with the segment is at stake before the money is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.stats import Interval
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

GONE = "gone"
"""Segment of a customer who is not among those of the later day."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way to move, staying included.

    Attributes
    ----------
    origin, target
        Segments; ``target`` may be `GONE`.
    n_customers
        Who made it.
    rate
        Chance that a customer of ``origin`` makes it.
    value_change
        What the later day's mean value of the target less the earlier day's mean value of the origin comes to, for all
        who made it.
    """

    origin: str
    target: str
    n_customers: int
    rate: Interval
    value_change: float


@dataclass(frozen=True, slots=True)
class Migration:
    """Moves between two days.

    Attributes
    ----------
    moves
        From each segment to each, in the order of names, `GONE` last.
    stakes
        For each segment of the earlier day, what its customers' moves to segments of a lower mean value would cost if
        the same number of customers faced them again: mean values of the earlier day, as a loss of at least 0.
    n_customers
        Customers on the earlier day.
    n_new
        Customers of the later day who were not there before.
    """

    moves: tuple[Move, ...]
    stakes: dict[str, Interval]
    n_customers: int
    n_new: int


def migrate_segments(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    value: str = "value",
    segment: str = "segment",
    customer: str = "customer_id",
    mass: float = 0.9,
) -> Migration:
    """Return how customers moved between segments, with intervals, and the value at stake.

    The chances of a segment's moves have a Dirichlet posterior with the prior of Perks (1947): one customer's weight in
    all, spread over the targets, so that many targets that nobody took do not drown the few that were. Each move then
    has a Beta posterior, and what is at stake, a weighted sum of chances, its exact mean and variance; its interval is
    that of a Gamma distribution with these two.

    Parameters
    ----------
    before, after
        One row a customer on each day: customer, segment and value. Segments of both must be made by the same rule.
    value
        Column with what a customer is worth on that day.
    segment, customer
        Names of the columns.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When nobody was there before, or nobody is on both days.
    TableError
        When a customer has two rows, or a segment or value is missing.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": range(8), "segment": ["top"] * 4 + ["low"] * 4})
    >>> before["value"] = [9.0] * 4 + [1.0] * 4
    >>> after = before.assign(segment=["top"] * 3 + ["low"] * 5, value=[9.0] * 3 + [1.0] * 5)
    >>> migration = migrate_segments(before, after)
    >>> [(move.origin, move.target, move.n_customers) for move in migration.moves if move.n_customers]
    [('low', 'low', 4), ('top', 'low', 1), ('top', 'top', 3)]
    """
    check_mass(mass)
    for frame, day in ((before, "before"), (after, "after")):
        _check(frame, day, (customer, segment, value))
    joined = before[[customer, segment, value]].merge(
        after[[customer, segment, value]], on=customer, how="left", suffixes=("_before", "_after"), validate="1:1"
    )
    n_both = int(joined[f"{segment}_after"].notna().sum())
    if not n_both:
        raise NotEnoughData(
            f"None of {len(before)} customers is on both days.", "check that both frames use the same customer ids."
        )
    origins = sorted(before[segment].astype(str).unique())
    targets = [*sorted({*origins, *after[segment].astype(str).unique()}), GONE]
    counts = (
        pd.crosstab(joined[f"{segment}_before"].astype(str), joined[f"{segment}_after"].astype("string").fillna(GONE))
        .reindex(index=origins, columns=targets, fill_value=0)
        .to_numpy()
    )
    then = before.groupby(before[segment].astype(str))[value].mean()
    now = after.groupby(after[segment].astype(str))[value].mean()
    worth_now = np.array([0.0 if name == GONE else float(now.get(name, then.get(name, 0.0))) for name in targets])
    worth_then = np.array([0.0 if name == GONE else float(then.get(name, now.get(name, 0.0))) for name in targets])
    moves, stakes = [], {}
    for row, origin in zip(counts, origins, strict=True):
        rates = _believe(row, mass)
        gains = worth_now - float(then[origin])
        moves += [
            Move(origin, target, int(n), rate, float(n * gain))
            for target, n, rate, gain in zip(targets, row, rates, gains, strict=True)
        ]
        stakes[origin] = _stake(row, np.maximum(float(then[origin]) - worth_then, 0), mass)
    return Migration(tuple(moves), stakes, len(before), len(after) - n_both)


def _check(frame: pd.DataFrame, day: str, names: tuple[str, str, str]) -> None:
    require_columns(frame, *names, of=f"customers {day}")
    if frame.empty:
        raise NotEnoughData(f"There is no customer {day}.", "choose two days on which there were customers.")
    customer, segment, value = names
    faults = {
        "customers with two rows": int(frame[customer].duplicated().sum()),
        "missing segments": int(frame[segment].isna().sum()),
        f"segments named '{GONE}'": int((frame[segment].astype("string") == GONE).sum()),
        "missing or infinite values": int((~np.isfinite(frame[value].to_numpy(np.float64, na_value=np.nan))).sum()),
    }
    if any(faults.values()):
        told = ", ".join(f"{n} {what}" for what, n in faults.items() if n)
        raise TableError(f"Customers {day} hold {told}.", "give one row a customer, with a segment and a value.")


def _believe(counts: npt.NDArray[np.int64], mass: float) -> list[Interval]:
    from scipy.special import betaincinv

    n, rates = int(counts.sum()), []
    own = 1 / len(counts)
    for count in counts.tolist():
        a, b = count + own, n - count + 1 - own
        rate = count / n
        low = 0.0 if count == 0 else float(betaincinv(a, b, (1 - mass) / 2))
        high = 1.0 if count == n else float(betaincinv(a, b, (1 + mass) / 2))
        rates.append(Interval(rate, min(low, rate), max(high, rate), mass))
    return rates


def _stake(counts: npt.NDArray[np.int64], losses: Floats, mass: float) -> Interval:
    """Return the posterior of the summed loss of as many customers: mean and variance of a weighted Dirichlet."""
    from scipy.special import gammaincinv

    n = int(counts.sum())
    shares = (counts + 1 / len(counts)) / (n + 1)
    mean = float(shares @ losses)
    variance = float(shares @ losses**2 - mean**2) / (n + 2)
    if mean <= 0 or variance <= 0:
        return Interval(n * mean, n * mean, n * mean, mass)
    shape, scale = mean**2 / variance, variance / mean
    low, high = (float(gammaincinv(shape, tail) * scale) for tail in ((1 - mass) / 2, (1 + mass) / 2))
    return Interval(n * mean, n * min(low, mean), n * max(high, mean), mass)
