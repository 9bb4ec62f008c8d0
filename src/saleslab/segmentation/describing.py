"""What is each segment, what is it worth, and what is done for it? Segments alike in value and play become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.segmentation.naming import name_segments
from saleslab.segmentation.plays import Play
from saleslab.segmentation.points import is_number
from saleslab.segmentation.traits import SegmentTrait, find_traits
from saleslab.stats import Interval
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns
from saleslab.wording import Text

_FEWEST_MEMBERS = 2


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """One segment.

    Attributes
    ----------
    segment
        Its number: the smallest of those that were merged.
    merged
        The numbers it was made of.
    name
        From its strongest traits; no other segment has it.
    traits
        The strongest first.
    n_customers, share
        How many, and of all customers.
    value_now
        Of all its customers together.
    mean_value
        Value of one customer, with the interval of the mean.
    value_next
        Value to come of all its customers together; None when none was given.
    play
        What is done; None where nothing is.
    break_even, detectable
        From which rise of its chance the play pays, and which rise a test would see; None without a play, the latter
        also where no rise could be seen.
    """

    segment: int
    merged: tuple[int, ...]
    name: Text
    traits: tuple[SegmentTrait, ...]
    n_customers: int
    share: float
    value_now: float
    mean_value: Interval
    value_next: Interval | None
    play: Play | None
    break_even: float | None
    detectable: float | None


def describe_segments(
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    plays: Mapping[int, Play] | None = None,
    segment: str = "segment",
    value: str = "value",
    value_next: str | None = None,
    mass: float = 0.9,
) -> tuple[SegmentProfile, ...]:
    """Return what each segment is, the most valuable first.

    Use `match_segments` first where there are older segments, so that numbers stay.

    Parameters
    ----------
    frame
        One row a customer: segment, value, and the columns of ``by``.
    by
        Columns whose differences may describe a segment.
    plays
        For each segment what is done; segments without one are left alone.
    segment, value
        Names of the columns with a whole number from 1, and with what the customer is worth now.
    value_next
        Column with the forecast mean of each customer. With columns ``<value_next>_low`` and ``_high``, ends of each
        customer's interval of the same ``mass``, these are combined as independent; without, the interval is that of a
        sum of as many customers like these.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When a segment has fewer than two customers, or there is none.
    TableError
        When values or traits are missing or infinite.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": [1] * 20 + [2] * 20, "value": [9.0, 11.0] * 10 + [90.0, 110.0] * 10,
    ...     "n_orders": [1, 2] * 10 + [20, 22] * 10})
    >>> [(one.segment, one.name.en, one.value_now) for one in describe_segments(frame, by=["n_orders"])]
    [(2, 'Frequent buyers', 2000.0), (1, 'Few orders', 200.0)]
    """
    check_mass(mass)
    _check(frame, by, segment, value, value_next)
    plays = plays or {}
    labels = frame[segment].astype("int64")
    groups = _merge(labels, frame[value].astype("float64"), plays, mass)
    members = {group[0]: labels.isin(group) for group in groups}
    traits = {number: find_traits(frame, is_member, by) for number, is_member in members.items()}
    names, profiles = name_segments(traits), []
    for group in groups:
        number, rows = group[0], frame[members[group[0]]]
        n, play = len(rows), plays.get(group[0])
        profiles.append(
            SegmentProfile(
                number,
                group,
                names[number],
                traits[number],
                n,
                n / len(frame),
                float(rows[value].sum()),
                _believe_mean(rows[value], mass),
                None if value_next is None else _believe_total(rows, value_next, mass),
                play,
                None if play is None else play.break_even(n),
                None if play is None else play.find_detectable(n, mass=mass),
            )
        )
    return tuple(sorted(profiles, key=lambda one: (-one.value_now, one.segment)))


def _check(frame: pd.DataFrame, by: Sequence[str], segment: str, value: str, value_next: str | None) -> None:
    looked_at = [segment, value, *by, *([] if value_next is None else [value_next])]
    require_columns(frame, *looked_at, of="customers")
    is_bad = frame[looked_at].isna().any(axis=1)
    for name in looked_at:
        if is_number(frame[name]):
            is_bad |= ~np.isfinite(frame[name].to_numpy(np.float64, na_value=np.nan))
    n_bad = int(is_bad.sum())
    if n_bad:
        raise TableError(
            f"{n_bad} customers lack a segment, a value or a trait.", "fill these values, or leave the customers out."
        )
    sizes = frame[segment].value_counts()
    if frame.empty or sizes.min() < _FEWEST_MEMBERS:
        raise NotEnoughData(
            f"{int((sizes < _FEWEST_MEMBERS).sum())} of {len(sizes)} segments have fewer than {_FEWEST_MEMBERS} "
            "customers.",
            "make fewer segments, or import more customers.",
        )


def _merge(labels: pd.Series, values: pd.Series, plays: Mapping[int, Play], mass: float) -> list[tuple[int, ...]]:
    """Return segments in groups: neighbours in value are merged while play and value leave them indistinguishable."""
    groups: list[tuple[int, ...]] = [(int(number),) for number in sorted(labels.unique())]
    while len(groups) > 1:
        groups.sort(key=lambda group: float(values[labels.isin(group)].mean()))
        alike = [
            (apart, at)
            for at in range(len(groups) - 1)
            if plays.get(groups[at][0]) == plays.get(groups[at + 1][0])
            and (apart := _compare(values[labels.isin(groups[at])], values[labels.isin(groups[at + 1])], mass)) < 1
        ]
        if not alike:
            break
        at = min(alike)[1]
        groups[at : at + 2] = [tuple(sorted(groups[at] + groups[at + 1]))]
    return sorted(groups)


def _compare(first: pd.Series, second: pd.Series, mass: float) -> float:
    """Return the difference of two means over the half width of its interval (Welch 1947)."""
    from scipy.special import stdtrit

    parts = [float(one.var(ddof=1)) / len(one) for one in (first, second)]
    apart = abs(float(first.mean() - second.mean()))
    if sum(parts) == 0:
        return np.inf if apart else 0.0
    freedom = sum(parts) ** 2 / sum(part**2 / (len(one) - 1) for part, one in zip(parts, (first, second), strict=True))
    return apart / float(float(stdtrit(freedom, (1 + mass) / 2)) * sum(parts) ** 0.5)


def _believe_mean(values: pd.Series, mass: float) -> Interval:
    from scipy.special import stdtrit

    n, mean = len(values), float(values.mean())
    half = float(stdtrit(n - 1, (1 + mass) / 2)) * float(values.std(ddof=1)) / n**0.5
    return Interval(mean, mean - half, mean + half, mass)


def _believe_total(rows: pd.DataFrame, value_next: str, mass: float) -> Interval:
    from scipy.special import ndtri

    total, ends = float(rows[value_next].sum()), [f"{value_next}_low", f"{value_next}_high"]
    if not set(ends) <= set(rows.columns):
        mean = _believe_mean(rows[value_next], mass)
        return Interval(total, mean.low * len(rows), mean.high * len(rows), mass)
    z = float(ndtri((1 + mass) / 2))
    spread = float(np.sqrt((((rows[ends[1]] - rows[ends[0]]) / (2 * z)) ** 2).sum()))
    return Interval(total, total - z * spread, total + z * spread, mass)
