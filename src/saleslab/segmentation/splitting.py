"""A number of the company, segment by segment: what each brings, what moved it, and what each has to reach.

A win rate can fall in the company and rise in every segment, when more of the work goes to hard customers. So a change
is parted into volume, mix and rate, exactly, and a target is parted so that the segments' targets add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation.agreement import cross_count, measure_ari
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """One segment of a number.

    Attributes
    ----------
    segment
        Its name.
    n_before, n_after
        Units of each period, such as customers or deals.
    total_before, total_after
        What they brought.
    by_volume, by_mix, by_rate
        What of the change of the company's total comes from its number of units, from this segment's share of them,
        and from what one of its units brings.
    target
        What the segment has to reach; None without a target.
    """

    segment: str
    n_before: float
    n_after: float
    total_before: float
    total_after: float
    by_volume: float
    by_mix: float
    by_rate: float
    target: Decimal | None

    @property
    def rate_before(self) -> float | None:
        """What one unit brought before; None where there was none."""
        return self.total_before / self.n_before if self.n_before else None

    @property
    def rate_after(self) -> float | None:
        """What one unit brought after; None where there was none."""
        return self.total_after / self.n_after if self.n_after else None


@dataclass(frozen=True, slots=True)
class SegmentSplit:
    """A number by segment.

    Attributes
    ----------
    parts
        One a segment, by name; they add up to the company.
    total_before, total_after
        Of the company.
    by_volume, by_mix, by_rate
        What the change of the total comes from; they add up to it.
    stability
        Adjusted Rand index of the segments of customers who are in both periods: 1 when nobody changed segment, 0 when
        segments say nothing about those of the other period. None where customers are not named, or none is in both.
    """

    parts: tuple[SegmentPart, ...]
    total_before: float
    total_after: float
    by_volume: float
    by_mix: float
    by_rate: float
    stability: float | None


def split_by_segment(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    total: str = "total",
    n: str = "n",
    segment: str = "segment",
    customer: str | None = None,
    target: Decimal | int | None = None,
    places: int = 0,
) -> SegmentSplit:
    """Return a number by segment in two periods, what moved it, and the target of each segment.

    The total is units times mix times rate. What each of the three did is its Shapley (1953) share: the mean over all
    orders in which they could have changed. A segment's part by mix is measured against the company's own rate, so that
    growing where little is earned counts against.

    Parameters
    ----------
    before, after
        Rows of each period: segment, units and total. Several rows a segment are added up.
    total, n, segment
        Names of the columns: what was brought (won deals, money), of how many units, and whose.
    customer
        Column with the customer, where rows are customers: the stability of the segments is measured.
    target
        What the company has to reach. It is parted by what each segment would bring with the units of ``after`` and its
        mean rate of both periods, largest remainders first, so that the parts add up to the last digit.
    places
        Decimals of the parts.

    Raises
    ------
    TableError
        When rows lack a segment or a number, or units are negative.
    NotEnoughData
        When a period holds no unit.
    BadArgument
        When there is a target, and nothing tells how to part it.

    Examples
    --------
    >>> before = pd.DataFrame({"segment": ["a", "b"], "n": [50, 50], "total": [30, 10]})
    >>> after = pd.DataFrame({"segment": ["a", "b"], "n": [20, 80], "total": [14, 20]})
    >>> split = split_by_segment(before, after, target=50)
    >>> round(split.by_volume, 9), round(split.by_mix, 2), round(split.by_rate, 2)
    (0.0, -12.75, 6.75)
    >>> [(part.segment, part.target) for part in split.parts]
    [('a', Decimal('20')), ('b', Decimal('30'))]
    """
    names, counts = _add_up((before, after), (segment, n, total))
    (n0, total0), (n1, total1) = counts
    if not (n0.sum() > 0 and n1.sum() > 0):
        raise NotEnoughData("A period holds no unit.", "choose two periods in which there were some.")
    volume, mix, rate = _explain(n0, total0, n1, total1)
    shares = [None] * len(names) if target is None else _part(Decimal(target), _expect(n0, total0, n1, total1), places)
    parts = tuple(
        SegmentPart(
            name, float(n0[at]), float(n1[at]), float(total0[at]), float(total1[at]), float(volume[at]),
            float(mix[at]), float(rate[at]), shares[at],
        )
        for at, name in enumerate(names)
    )  # fmt: skip
    return SegmentSplit(
        parts,
        float(total0.sum()),
        float(total1.sum()),
        float(volume.sum()),
        float(mix.sum()),
        float(rate.sum()),
        None if customer is None else _compare(before, after, segment, customer),
    )


def _add_up(
    periods: tuple[pd.DataFrame, pd.DataFrame], columns: tuple[str, str, str]
) -> tuple[list[str], list[tuple[Floats, Floats]]]:
    segment, n, total = columns
    faults: dict[str, int] = {}
    for frame, period in zip(periods, ("before", "after"), strict=True):
        require_columns(frame, *columns, of=f"rows {period}")
        numbers = {name: frame[name].to_numpy(np.float64, na_value=np.nan) for name in (n, total)}
        faults[f"rows {period} without a segment"] = int(frame[segment].isna().sum())
        faults |= {f"{name} missing {period}": int((~np.isfinite(of)).sum()) for name, of in numbers.items()}
        faults[f"negative {n} {period}"] = int((numbers[n] < 0).sum())
    if any(faults.values()):
        told = ", ".join(f"{count} {what}" for what, count in faults.items() if count)
        raise TableError(f"The number cannot be parted: {told}.", "give every row a segment, its units and its total.")
    names = sorted({str(name) for frame in periods for name in frame[segment]})
    sums = [frame.groupby(frame[segment].astype(str))[[n, total]].sum().reindex(names).fillna(0) for frame in periods]
    return names, [(one[n].to_numpy(np.float64), one[total].to_numpy(np.float64)) for one in sums]


def _explain(n0: Floats, total0: Floats, n1: Floats, total1: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the Shapley shares of volume, mix and rate of each segment."""
    volume, mix = (n0.sum(), n1.sum()), (n0 / n0.sum(), n1 / n1.sum())
    own = np.divide(total0, n0, out=np.zeros_like(total0), where=n0 > 0)
    late = np.divide(total1, n1, out=np.zeros_like(total1), where=n1 > 0)
    # a segment that is not there in a period has no rate of its own: that of the other period stands for it
    rate = (np.where(n0 > 0, own, late), np.where(n1 > 0, late, own))
    by_volume = (volume[1] - volume[0]) * _average(mix, rate)
    weight, usual = _average(volume, rate), _average(volume, (total0.sum() / n0.sum(), total1.sum() / n1.sum()))
    by_mix = (mix[1] - mix[0]) * (weight - usual)
    return by_volume, by_mix, (rate[1] - rate[0]) * _average(volume, mix)


def _average(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats:
    """Return the mean product of the two other factors over all orders in which three factors can change."""
    (a0, a1), (b0, b1) = first, second
    return np.asarray((2 * a0 * b0 + a0 * b1 + a1 * b0 + 2 * a1 * b1) / 6)


def _expect(n0: Floats, total0: Floats, n1: Floats, total1: Floats) -> Floats:
    units = n0 + n1
    return np.asarray(n1 * np.divide(total0 + total1, units, out=np.zeros_like(units), where=units > 0))


def _part(target: Decimal, expected: Floats, places: int) -> list[Decimal | None]:
    """Return whole parts of a target in proportion, the largest remainders rounded up (Hamilton's method)."""
    step = Decimal(1).scaleb(-places)
    whole = target / step
    if whole != whole.to_integral_value() or target < 0 or expected.min() < 0 or not expected.sum() > 0:
        raise BadArgument(
            f"The target {target} cannot be parted among segments that bring {float(expected.sum()):g} in all.",
            "give a target from 0 with no more decimals than 'places', and segments that bring something.",
        )
    exact = [whole * Decimal(float(share)) for share in expected / expected.sum()]
    parts = [part.to_integral_value(rounding="ROUND_FLOOR") for part in exact]
    rest = int(whole - sum(parts))
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[:rest]:
        parts[at] += 1
    return [part * step for part in parts]


def _compare(before: pd.DataFrame, after: pd.DataFrame, segment: str, customer: str) -> float | None:
    labels: list[Mapping[str, str]] = []
    for frame in (before, after):
        require_columns(frame, customer, of="rows")
        labels.append(frame.drop_duplicates(customer).set_index(customer)[segment].astype(str))  # type: ignore[arg-type]
    joined = pd.concat([pd.Series(labels[0]), pd.Series(labels[1])], axis=1, join="inner")
    if len(joined) < 2:
        return None
    codes = [pd.factorize(joined.iloc[:, at], sort=True)[0].astype(np.int64) for at in (0, 1)]
    return measure_ari(cross_count(codes[0], codes[1], np.ones(len(joined))))
