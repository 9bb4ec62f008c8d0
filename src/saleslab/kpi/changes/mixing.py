"""Is it the mix or the segments? A total that changed because its segments grew or shrank, or because each changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.shapley import Split, share_change
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MixSplit:
    """A change of a total, taken apart by segments.

    Attributes
    ----------
    n_before, n_after
        Denominators: how many there were in all.
    rate_before, rate_after
        Numerators over denominators, of all segments together.
    volume, mix, rate
        What more or fewer, other shares of the segments, and other rates within them did to the sum of numerators; they
        add up to its change.
    mix_points, rate_points
        The same for the rate of all: the two add up to its change.
    segments
        ``segment, n_before, n_after, share_before, share_after, rate_before, rate_after, mix_points, rate_points``, the
        largest contribution first. The rate of a segment without a denominator is missing: all that it does is mix.
    """

    n_before: float
    n_after: float
    rate_before: float
    rate_after: float
    volume: float
    mix: float
    rate: float
    mix_points: float
    rate_points: float
    segments: pd.DataFrame


def split_mix(before: pd.DataFrame, after: pd.DataFrame, *, by: str = "segment") -> MixSplit:
    """Return how much of a change is mix, and how much is rate.

    Use it when the win rate fell while no segment's did (Simpson's paradox): then the rate part is exactly 0.

    Parameters
    ----------
    before, after
        ``<by>, numerator, denominator``: such as deals won and decided. Rows of one segment are added up.
    by
        Column of the segments.

    Raises
    ------
    TableError
        When a column is missing.
    NotEnoughData
        When either period has no denominator.
    BadArgument
        When a number is missing or a denominator negative.

    Examples
    --------
    >>> columns = ["segment", "numerator", "denominator"]
    >>> then = pd.DataFrame([["large", 10, 100], ["small", 50, 100]], columns=columns)
    >>> now = pd.DataFrame([["large", 15, 150], ["small", 25, 50]], columns=columns)
    >>> found = split_mix(then, now)
    >>> round(found.mix_points, 3), found.rate_points
    (-0.1, 0.0)
    """
    sums = [_add_up(frame, by, name) for name, frame in (("before", before), ("after", after))]
    table = pd.concat(sums, axis=1, keys=["before", "after"]).fillna(0.0).sort_index()
    n0, n1 = (table[end, "denominator"].to_numpy() for end in ("before", "after"))
    y0, y1 = (table[end, "numerator"].to_numpy() for end in ("before", "after"))
    for name, n in (("before", n0), ("after", n1)):
        if not n.sum() > 0:
            raise NotEnoughData(f"All denominators of '{name}' are 0.", "choose a period in which there were any.")
    shares, rates = (n0 / n0.sum(), n1 / n1.sum()), _find_rates(y0, n0, y1, n1)
    whole = (y0.sum() / n0.sum(), y1.sum() / n1.sum())
    mix = (shares[1] - shares[0]) * ((rates[0] + rates[1]) / 2 - sum(whole) / 2)
    rate = (rates[1] - rates[0]) * (shares[0] + shares[1]) / 2
    volume = _split_sum((float(n0.sum()), float(n1.sum())), shares, rates)
    segments = pd.DataFrame({
        by: table.index, "n_before": n0, "n_after": n1, "share_before": shares[0], "share_after": shares[1],
        "rate_before": np.where(n0 > 0, rates[0], np.nan), "rate_after": np.where(n1 > 0, rates[1], np.nan),
        "mix_points": mix, "rate_points": rate,
    })  # fmt: skip
    order = (-(segments["mix_points"] + segments["rate_points"]).abs()).argsort(kind="stable")
    return MixSplit(
        float(n0.sum()), float(n1.sum()), float(whole[0]), float(whole[1]), *volume,
        float(mix.sum()), float(rate.sum()), segments.iloc[order].reset_index(drop=True),
    )  # fmt: skip


def _add_up(frame: pd.DataFrame, by: str, name: str) -> pd.DataFrame:
    require_columns(frame, by, "numerator", "denominator", of=name)
    if len(frame) == 0:
        raise NotEnoughData(f"'{name}' has no row.", "choose a period in which there were any.")
    numbers = frame[["numerator", "denominator"]].astype("float64")
    is_told = np.isfinite(numbers.to_numpy()).all(axis=1) & frame[by].notna().to_numpy()
    n_bad = int((~is_told | (numbers["denominator"].to_numpy() < 0)).sum())
    if n_bad:
        raise BadArgument(
            f"{n_bad} rows of '{name}' lack a segment or a number, or have a negative denominator.",
            "give such rows a segment of their own, and count again.",
        )
    return numbers.groupby(frame[by].astype(str)).sum()


def _find_rates(y0: Floats, n0: Floats, y1: Floats, n1: Floats) -> tuple[Floats, Floats]:
    """Return the rates of both periods; a segment that is new or gone has its one rate in both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = y0 / n0, y1 / n1
    first, second = np.where(n0 > 0, first, second), np.where(n1 > 0, second, first)
    return np.nan_to_num(first), np.nan_to_num(second)


def _split_sum(
    n: tuple[float, float], shares: tuple[Floats, Floats], rates: tuple[Floats, Floats]
) -> tuple[float, float, float]:
    """Return what number, mix and rates did to the sum of numerators: the Shapley values of three factors."""
    states: dict[str, tuple[Any, Any]] = {"n": n, "shares": shares, "rates": rates}
    product = Split(tuple(states), lambda at: _multiply(at, states))
    parts = share_change({"": product}, dict.fromkeys(states, 0.0), dict.fromkeys(states, 1.0))
    return parts["n"], parts["shares"], parts["rates"]


def _multiply(at: Mapping[str, Any], states: Mapping[str, tuple[Any, Any]]) -> Floats:
    """Return the sum of numerators where each factor is as before (0) or after (1)."""
    picked = {
        name: np.stack([np.asarray(end, dtype=np.float64) * np.ones_like(states["rates"][0]) for end in ends])[
            np.asarray(at[name]).astype(int)
        ]
        for name, ends in states.items()
    }
    return np.asarray((picked["n"] * picked["shares"] * picked["rates"]).sum(axis=-1))
