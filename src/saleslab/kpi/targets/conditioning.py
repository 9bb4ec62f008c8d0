"""One goal has one chance: a tree's draws brought to what a forecast says of the goal.

The tree knows how its measures make the goal; a forecast that looks at open deals one by one knows better what the goal
comes to. Jeffrey's rule joins them: the goal takes the forecast's distribution, and what the tree says of everything
else *given* the goal stays as it is. Of all joint beliefs with that goal it is the one nearest to the tree's own (in
Kullback-Leibler divergence). It is done by picking draws of the tree, some more than once, so that their goals are the
forecast's: each picked draw is a whole one, so that everything still adds up and whole deals stay whole.

Sources: R. Jeffrey, The Logic of Decision (1965), chapter 11; P. Diaconis and S. Zabell, Updating subjective
probability, Journal of the American Statistical Association 77 (1982), 822-830; how many draws of equal weight unequal
ones are worth: L. Kish, Survey Sampling (1965).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.kpi.targets.model import Floats, Rows
from saleslab.kpi.targets.required import Aim

FEWEST_EFFECTIVE = 100
"""Draws of equal weight that the picked ones must be worth: gains of a tenth of chance are then off by 3 points."""

_FURTHEST = 0.05  # mean distance between the forecast and what was picked for it, in its standard deviations
_LARGEST_GAP = 0.005  # between the forecast's chance and that of what was picked for it


@dataclass(frozen=True, slots=True, eq=False)
class ForecastFit:
    """How a tree's draws go with what a forecast says of its goal.

    Attributes
    ----------
    rows
        Which draws of the tree stand for the forecast, shape (n,), some more than once.
    chance_forecast, chance_own
        That the period reaches the target: by the forecast, and by the measures' own past.
    middle_forecast, middle_own
        What the period comes to at even odds, likewise.
    n_effective
        How many draws of equal weight the picked ones are worth.
    distance
        Between the forecast's draws and those picked for them, on average, in standard deviations of the forecast.
    has_overlap
        Whether the tree can say what the forecast says. Else the two beliefs contradict each other, and the tree's
        draws stay as they are.
    """

    rows: Rows
    chance_forecast: float
    chance_own: float
    middle_forecast: float
    middle_own: float
    n_effective: float
    distance: float
    has_overlap: bool


def fit_forecast(totals: Floats, forecast: npt.ArrayLike, *, aim: Aim) -> ForecastFit:
    """Return which draws of a tree stand for a forecast of its goal, and how well they do.

    Parameters
    ----------
    totals
        What the goal comes to in each draw of the tree, shape (draws,).
    forecast
        What it comes to by the forecast, shape (any number,), equally likely.
    aim
        The target: as many of the picked draws reach it as the forecast says.

    Raises
    ------
    BadArgument
        When the forecast has no draws, or some that are no numbers.

    Examples
    --------
    >>> luck = np.random.default_rng(1)
    >>> own, forecast = luck.normal(100, 20, 4_000), luck.normal(110, 12, 2_000)
    >>> found = fit_forecast(own, forecast, aim=Aim(105.0))
    >>> round(found.chance_own, 2), round(found.chance_forecast, 2), round(float(own[found.rows].std()))
    (0.39, 0.66, 12)
    """
    said = np.sort(np.asarray(forecast, dtype=np.float64).ravel())
    strange = int((~np.isfinite(said)).sum())
    if not len(said) or strange:
        raise BadArgument(
            f"{strange} of {len(said)} draws of the forecast are not numbers.", "draw the landing anew, once at least."
        )
    order = np.argsort(totals, kind="stable")
    wanted = _spread(said, least=len(totals))
    n_below = _count_below(said, aim) * (len(wanted) // len(said))
    places = _find_nearest(totals[order], wanted, n_below=n_below, first_above=_count_below(totals, aim))
    rows = np.sort(order[_deal_out(totals[order], places)])
    picked = np.bincount(rows, minlength=len(totals))
    distance = _measure_distance(totals[order][places], wanted)
    chance = aim.chance(said)
    n_effective = float(picked.sum() ** 2 / (picked**2).sum())
    meets = abs(aim.chance(totals[rows]) - chance) <= _LARGEST_GAP and distance <= _FURTHEST
    return ForecastFit(
        rows, chance, aim.chance(totals), float(np.median(said)), float(np.median(totals)), n_effective, distance,
        has_overlap=meets and n_effective >= min(FEWEST_EFFECTIVE, len(totals)),
    )  # fmt: skip


def _spread(said: Floats, *, least: int) -> Floats:
    """Return a forecast's sorted draws as at least so many, each as often as the others; between two lie steps."""
    n = len(said) * -(-least // len(said))
    return np.asarray(np.quantile(said, (np.arange(n) + 0.5) / n, method="hazen"))


def _count_below(values: Floats, aim: Aim) -> int:
    """Return how many values lie on the lower side of the target: where it is to be kept below, itself included."""
    return int(np.sum(values < aim.level if aim.direction == "up" else values <= aim.level))


def _find_nearest(totals: Floats, wanted: Floats, *, n_below: int, first_above: int) -> Rows:
    """Return the place of the nearest sorted total for each wanted value, on the same side of the target."""
    after = np.clip(np.searchsorted(totals, wanted), 1, len(totals) - 1)
    is_before = np.abs(totals[after - 1] - wanted) <= np.abs(totals[after] - wanted)
    places = np.where(is_before, after - 1, after)
    places[:n_below] = np.minimum(places[:n_below], max(first_above - 1, 0))
    places[n_below:] = np.maximum(places[n_below:], min(first_above, len(totals) - 1))
    return places


def _deal_out(totals: Floats, places: Rows) -> Rows:
    """Return places so that equal totals are taken in turn: else one of them would stand for all."""
    _, starts, group, sizes = np.unique(totals, return_index=True, return_inverse=True, return_counts=True)
    mine = group[places]
    turn = np.arange(len(places)) - np.searchsorted(mine, mine, side="left")
    return np.asarray(starts[mine] + turn % sizes[mine])


def _measure_distance(found: Floats, wanted: Floats) -> float:
    spread = float(wanted.std())
    gap = float(np.abs(found - wanted).mean())
    return gap / spread if spread > 0 else 0.0 if gap == 0 else float("inf")
