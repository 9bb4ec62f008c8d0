"""Effects on a rate in several groups, partially pooled: in which of them is it above 0?

A group of its own says little, and the group with the largest effect is the one with the most luck. The log odds ratios
of all groups come from one normal distribution whose centre and spread are integrated out, together with the base rate
of each group: no normal approximation of the counts, and no draws. Between points of the grid mass is spread smoothly,
so that quantiles do not snap to a point: they are right to a twentieth of the posterior standard deviation, mostly to a
hundredth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

CENTRE_SD, SPREAD_SD = 1.0, 0.5
"""Priors of log odds ratios: their centre is Normal(0, 1), their spread between groups half-normal with scale 1/2."""

_REACH = 6.0
_N_BASE, _N_CENTRE, _N_SPREAD = 65, 41, 25
_NEGLIGIBLE = 14.0
_N_PLACES = 129
"""Points at which the chance of a smaller difference is worked out, twice: 1.6 % apart, then 0.012 %."""


@dataclass(frozen=True, slots=True)
class GroupEffects:
    """What is believed of the effect in each group.

    Attributes
    ----------
    differences
        Of the two rates in each group: median and equal-tailed range.
    chances
        That the effect in each group is above 0.
    centre, spread
        Mean and standard deviation of the log odds ratios between groups.
    """

    differences: tuple[Interval, ...]
    chances: tuple[float, ...]
    centre: Interval
    spread: Interval

    @property
    def negative_chances(self) -> tuple[float, ...]:
        """Chances that the effect in each group is below 0."""
        return tuple(1 - chance for chance in self.chances)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Likelihood of one group on a grid of base logit and effect, with the prior of the base in it."""

    base: Floats
    plane: Floats


def pool_group_effects(
    old: tuple[npt.ArrayLike, npt.ArrayLike], new: tuple[npt.ArrayLike, npt.ArrayLike], *, mass: float = 0.95
) -> GroupEffects:
    """Return the effect in each group, given ``(successes, trials)`` of both arms group by group.

    Model: in group ``g`` the logit of the old rate has a standard logistic prior (the rate is uniform), that of the new
    one is larger by ``effect[g] ~ Normal(centre, spread)``; priors as in `CENTRE_SD` and `SPREAD_SD`.

    Raises
    ------
    NotEnoughData
        When a group lacks trials in an arm, or there are fewer than two groups.
    BadArgument
        When the counts do not fit each other.

    Examples
    --------
    >>> pooled = pool_group_effects(([20, 22, 19, 21], [100] * 4), ([24, 21, 20, 45], [100] * 4))
    >>> [round(chance, 2) for chance in pooled.chances]
    [0.83, 0.65, 0.73, 1.0]
    """
    check_mass(mass)
    counts = np.stack([np.asarray(part, dtype=np.int64) for part in (*old, *new)])
    _check(counts)
    steps = _lay_effects(counts)
    groups = [_weigh_group(steps, *column) for column in counts.T]
    likelihoods = np.stack([group.plane.sum(axis=0) for group in groups], axis=1)
    centre, spread, weight = _find_posterior(steps, likelihoods)
    masses = _masses(steps, centre, spread)
    evidence = masses @ likelihoods
    differences, chances = [], []
    for index, group in enumerate(groups):
        share = np.divide(weight, evidence[:, index], out=np.zeros_like(weight), where=weight > 1e-12)
        joint = group.plane * (share @ masses)
        joint /= joint.sum()
        chances.append(1 - float(_chance_below(np.zeros(1), group.base, steps, _cumulate(joint))[0]))
        differences.append(_find_interval(group.base, steps, joint, mass))
    return GroupEffects(
        tuple(differences),
        tuple(chances),
        _read_interval(*_gather(centre, weight), mass),
        _read_interval(*_gather(spread, weight), mass, least=0.0),
    )


def claim_effects(chances: Sequence[float], *, limit: float) -> tuple[bool, ...]:
    """Return which effects are claimed: the surest ones, as long as at most ``limit`` of them are wrong on average.

    The posterior mean number of wrong claims is the sum of their chances to be wrong (Müller, Parmigiani, Robert &
    Rousseau 2004, "Optimal sample size for multiple testing", JASA 99, in numbers instead of shares).

    Examples
    --------
    >>> claim_effects([0.5, 0.99, 0.98, 0.97], limit=0.04)
    (False, True, True, False)
    """
    misses = 1 - np.asarray(chances)
    order = np.argsort(misses, kind="stable")
    claimed = np.zeros(len(misses), dtype=bool)
    claimed[order[np.cumsum(misses[order]) <= limit + 1e-12]] = True
    return tuple(claimed.tolist())


def _check(counts: npt.NDArray[np.int64]) -> None:
    k, n = counts[::2], counts[1::2]
    if np.any((k < 0) | (k > n)):
        raise BadArgument("Counts of a group are impossible.", "give 0 <= successes <= trials in both arms.")
    lacking = np.nonzero((n == 0).any(axis=0))[0].tolist()
    if lacking or counts.shape[1] < 2:
        raise NotEnoughData(
            f"{counts.shape[1]} groups, of which {len(lacking)} lack trials in an arm, cannot be compared.",
            "give at least two groups with trials in both arms; merge small ones.",
        )


def _lay_effects(counts: npt.NDArray[np.int64]) -> Floats:
    """Return a grid of effects around 0, fine enough for what all groups together say."""
    y, n, x, m = counts
    variance = 1 / (y + 0.5) + 1 / (n - y + 0.5) + 1 / (x + 0.5) + 1 / (m - x + 0.5)
    error = 1 / np.sqrt((1 / variance).sum())
    half = int(np.ceil(_REACH / max(min(0.05, error / 4), 0.003)))
    return np.linspace(-_REACH, _REACH, 2 * half + 1)


def _weigh_group(effects: Floats, y: int, n: int, x: int, m: int) -> _Group:
    """Lay the base of one group where either arm says it lies, and weigh each pair of base and effect."""
    from scipy.special import log_expit

    low, high = (
        np.log((y + 0.5) / (n - y + 0.5)) + sign * 6.5 * np.sqrt(1 / (y + 0.5) + 1 / (n - y + 0.5)) for sign in (-1, 1)
    )
    base = np.linspace(low, high, _N_BASE)
    moved = base[:, None] + effects
    logs = ((y + 1) * log_expit(base) + (n - y + 1) * log_expit(-base))[:, None]
    logs = logs + x * log_expit(moved) + (m - x) * log_expit(-moved)
    return _Group(base, np.exp(logs - logs.max()))


def _masses(effects: Floats, centre: Floats, spread: Floats) -> Floats:
    """Return how much of each normal distribution lies around each effect of the grid; rows add up to 1."""
    from scipy.special import ndtr

    step = effects[1] - effects[0]
    edges = np.concatenate([effects - step / 2, [effects[-1] + step / 2]])
    sd = np.sqrt(spread**2 + (step / 4) ** 2)
    below = ndtr((edges - centre[:, None]) / sd[:, None])
    return np.asarray(np.diff(below, axis=1))


def _find_posterior(effects: Floats, likelihoods: Floats) -> tuple[Floats, Floats, Floats]:
    """Return points of centre and spread with their weights: start wide, narrow three times on every third effect."""
    box = (-4.0, 4.0, 0.0, 2.5)
    for stride in (3, 3, 3, 1):
        grid = np.meshgrid(np.linspace(*box[:2], _N_CENTRE), np.linspace(*box[2:], _N_SPREAD), indexing="ij")
        centre, spread = (one.ravel() for one in grid)
        evidence = np.log(np.maximum(_masses(effects[::stride], centre, spread) @ likelihoods[::stride], 1e-300)).sum(
            axis=1
        )
        logs = evidence - (centre / CENTRE_SD) ** 2 / 2 - (spread / SPREAD_SD) ** 2 / 2
        kept = logs > logs.max() - _NEGLIGIBLE
        across, along = (box[1] - box[0]) / (_N_CENTRE - 1), (box[3] - box[2]) / (_N_SPREAD - 1)
        last, box = (
            (centre, spread, logs),
            (
                max(box[0], float(centre[kept].min()) - across),
                min(box[1], float(centre[kept].max()) + across),
                max(box[2], float(spread[kept].min()) - along),
                min(box[3], float(spread[kept].max()) + along),
            ),
        )
    weight = np.exp(last[2] - last[2].max())
    weight *= np.where(last[1] == 0, 0.5, 1.0)  # the trapezoid rule at the end where the density does not vanish
    return last[0], last[1], weight / weight.sum()


def _find_interval(base: Floats, effects: Floats, joint: Floats, mass: float) -> Interval:
    """Return median and quantiles of the difference of the two rates, searched where they lie, then closer."""
    levels = np.array([0.5, (1 - mass) / 2, (1 + mass) / 2])
    below = _cumulate(joint)
    places = np.linspace(-1, 1, _N_PLACES)
    chances = _chance_below(places, base, effects, below)
    at = np.clip(np.searchsorted(chances, levels), 1, _N_PLACES - 1)
    found = []
    for level, place in zip(levels, at, strict=True):
        closer = np.linspace(places[place - 1], places[place], _N_PLACES)
        found.append(float(np.interp(level, _chance_below(closer, base, effects, below), closer)))
    return Interval(found[0], found[1], found[2], mass)


def _cumulate(joint: Floats) -> Floats:
    """Return the mass below the edges of the cells, row by row."""
    return np.concatenate([np.zeros((len(joint), 1)), np.cumsum(joint, axis=1)], axis=1)


def _chance_below(differences: Floats, base: Floats, effects: Floats, below: Floats) -> Floats:
    """Return the chance that the difference lies below each value; ``below`` cumulates over the edges of the cells.

    Within a cell it follows the cubic that has the cell's mass and, at both edges, the mean density of the neighbours.
    """
    step = effects[1] - effects[0]
    rate = np.clip(_rate(base)[:, None] + differences, 1e-15, 1 - 1e-15)
    needed = np.log(rate / (1 - rate)) - base[:, None]
    place = np.clip((needed - effects[0]) / step + 0.5, 0, len(effects))
    cell = np.minimum(place.astype(np.int64), len(effects) - 1)
    row, along = np.arange(len(base))[:, None], place - cell
    masses = np.diff(below, axis=1, prepend=0, append=below[:, -1:])
    slopes = (masses[:, :-1] + masses[:, 1:]) / 2
    mass, first, last = masses[row, cell + 1], slopes[row, cell], slopes[row, cell + 1]
    rise = along * (first + along * (3 * mass - 2 * first - last + along * (first + last - 2 * mass)))
    return np.maximum.accumulate((below[row, cell] + rise).sum(axis=0))


def _read_interval(values: Floats, weight: Floats, mass: float, *, least: float = -np.inf) -> Interval:
    """Return median and quantiles of a quantity whose mass lies around evenly spaced points, never below ``least``."""
    half = (values[1] - values[0]) / 2
    edges = np.maximum(np.append(values - half, values[-1] + half), least)
    below = np.append(0.0, np.cumsum(weight))
    median, low, high = (float(np.interp(q, below, edges)) for q in (0.5, (1 - mass) / 2, (1 + mass) / 2))
    return Interval(median, low, high, mass)


def _gather(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the values that differ, rising, with the weight of each."""
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.bincount(place.ravel(), weight).astype(np.float64)


def _rate(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))
