"""Rates of clusters that were assigned together: their members are alike, and count for less than they are.

Beta-binomial model: the rate of a cluster is ``Beta(r (1 - s) / s, (1 - r) (1 - s) / s)``, where ``r`` is the rate of
the arm and ``s`` the intraclass correlation, the likeness of two members of one cluster. Both are integrated out by
quadrature; few clusters say little about ``s``, so that its prior matters and is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.panels import lay_panels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Counts = tuple[Ints, Ints]

LIKENESS_PRIOR = (1.0, 9.0)
"""Beta prior of the intraclass correlation: 0.1 on average, below 0.3 with a chance of 0.96."""

_N_LIKENESS = 24
_N_PANELS = 12
_NEGLIGIBLE = 32.0
"""Log density below the peak (factor 1e-14) at which the plane is cut off."""
_WIDEST = (-16.0, 16.0, -12.0, 5.0)
"""Logits of rate and likeness between which the search begins."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tally:
    """Distinct counts of an arm with how often each occurs: successes, failures, members."""

    successes: tuple[Ints, Ints]
    failures: tuple[Ints, Ints]
    members: tuple[Ints, Ints]


def believe_cluster_rates(
    arms: Sequence[Counts],
    *,
    prior: tuple[float, float] = (0.5, 0.5),
    likeness_prior: tuple[float, float] = LIKENESS_PRIOR,
    is_shared: bool = False,
) -> MixedArms:
    """Return what is believed of the rate of each arm, given successes and members of its clusters.

    Parameters
    ----------
    arms
        For each arm ``(successes, members)``, one entry for each cluster.
    prior
        Beta prior of each arm's rate.
    likeness_prior
        Beta prior of the intraclass correlation.
    is_shared
        Whether all arms have the same intraclass correlation, or each its own.

    Raises
    ------
    BadArgument
        When an arm has no cluster, or a cluster more successes than members.

    Examples
    --------
    >>> old, new = (np.array([4, 9, 5, 6]), np.full(4, 50)), (np.array([9, 16, 11, 10]), np.full(4, 50))
    >>> believe_cluster_rates([old, new]).contest().chance_best.round(2).tolist()
    [0.05, 0.95]
    """
    tallies = [_count(*arm) for arm in arms]
    boxes = [_find_box([tally], prior, likeness_prior) for tally in tallies]
    rates = (min(box[0] for box in boxes), max(box[1] for box in boxes))
    if is_shared:
        return _lay_shared(tallies, rates, prior, likeness_prior)
    edges = np.unique(np.concatenate([np.linspace(*box[:2], _N_PANELS + 1) for box in boxes]))
    panels = lay_panels(edges[None, :])
    densities = []
    for tally, box in zip(tallies, boxes, strict=True):
        likeness, weights = _nodes(*box[2:])
        plane = _log_density([tally], panels.nodes[0].ravel(), likeness, prior, likeness_prior)
        line = (np.exp(plane - plane.max()) @ weights).reshape(panels.nodes.shape)
        densities.append(line / panels.integrate(line)[:, None, None])
    values, steps = _rates(panels.nodes)
    return MixedArms(panels, tuple(densities), values, steps, np.ones(1))


def measure_likeness(
    arms: Sequence[Counts],
    *,
    prior: tuple[float, float] = (0.5, 0.5),
    likeness_prior: tuple[float, float] = LIKENESS_PRIOR,
) -> tuple[Floats, Floats]:
    """Return values of an intraclass correlation shared by all arms, rising, and the posterior chance of each."""
    tallies = [_count(*arm) for arm in arms]
    boxes = [_find_box([tally], prior, likeness_prior) for tally in tallies]
    rates = np.linspace(min(box[0] for box in boxes), max(box[1] for box in boxes), 241)
    line, weights = _nodes(min(box[2] for box in boxes), max(box[3] for box in boxes))
    log_chance = _log_likeness_prior(line, likeness_prior)
    for tally in tallies:
        plane = _log_density([tally], rates, line, prior, (0.0, 0.0))
        peak = plane.max()
        log_chance = log_chance + np.log(np.exp(plane - peak).sum(axis=0)) + peak
    chance = np.exp(log_chance - log_chance.max()) * weights
    return 1 / (1 + np.exp(-line)), chance / chance.sum()


def _lay_shared(
    tallies: list[_Tally], rates: tuple[float, float], prior: tuple[float, float], likeness_prior: tuple[float, float]
) -> MixedArms:
    low, high = _find_box(tallies, prior, likeness_prior, apart=True)[2:]
    likeness, node_weights = _nodes(low, high)
    edges = np.linspace(*rates, 2 * _N_PANELS + 1)
    panels = lay_panels(np.broadcast_to(edges, (len(likeness), len(edges))))
    log_weight, densities = np.log(node_weights) + _log_likeness_prior(likeness, likeness_prior), []
    for tally in tallies:
        plane = _log_density([tally], panels.nodes[0].ravel(), likeness, prior, (0.0, 0.0)).T
        peak = plane.max(axis=1)
        line = np.exp(plane - peak[:, None]).reshape(panels.nodes.shape)
        whole = panels.integrate(line)
        densities.append(line / whole[:, None, None])
        log_weight = log_weight + peak + np.log(whole)
    weight = np.exp(log_weight - log_weight.max())
    values, steps = _rates(panels.nodes)
    return MixedArms(panels, tuple(densities), values, steps, weight / weight.sum())


def _count(successes: Ints, members: Ints) -> _Tally:
    k, n = np.asarray(successes, dtype=np.int64), np.asarray(members, dtype=np.int64)
    if k.shape != n.shape or not k.size or np.any((k < 0) | (k > n)):
        raise BadArgument(
            f"{k.size} counts of successes do not fit {n.size} clusters.",
            "give one of each for every cluster of every arm, with 0 <= successes <= members.",
        )
    return _Tally(*(np.unique(part, return_counts=True) for part in (k, n - k, n)))


def _log_density(
    tallies: list[_Tally], rates: Floats, likeness: Floats, prior: tuple[float, float], like: tuple[float, float]
) -> Floats:
    """Return the log density at each pair of logits, shape (rates, likeness), up to a constant."""
    from scipy.special import log_expit

    size = np.exp(-likeness)[None, :]  # (1 - s) / s
    a, b = (np.exp(log_expit(sign * rates))[:, None] * size for sign in (1, -1))
    total = (prior[0] * log_expit(rates) + prior[1] * log_expit(-rates))[:, None] + _log_likeness_prior(likeness, like)
    for tally in tallies:
        total = total + _rise(a, *tally.successes) + _rise(b, *tally.failures) - _rise(a + b, *tally.members)
    return np.asarray(total)


def _rise(start: Floats, steps: Ints, repeats: Ints) -> Floats:
    """Return the sum of log(start (start + 1) ... (start + step - 1)) over the steps."""
    from scipy.special import gammaln

    return np.asarray((gammaln(start[..., None] + steps) - gammaln(start)[..., None]) @ repeats)


def _log_likeness_prior(likeness: Floats, prior: tuple[float, float]) -> Floats:
    from scipy.special import log_expit

    return np.asarray(prior[0] * log_expit(likeness) + prior[1] * log_expit(-likeness))


def _find_box(
    tallies: list[_Tally], prior: tuple[float, float], like: tuple[float, float], *, apart: bool = False
) -> tuple[float, float, float, float]:
    """Return between which logits of rate and likeness the posterior lives: start wide, narrow twice."""
    box = _WIDEST
    for n_rates, n_likeness in ((49, 18), (33, 18), (33, 18)):
        rates, likeness = np.linspace(*box[:2], n_rates), np.linspace(*box[2:], n_likeness)
        if apart:
            profiles = [_log_density([tally], rates, likeness, prior, (0.0, 0.0)).max(axis=0) for tally in tallies]
            log_density = (np.sum(profiles, axis=0) + _log_likeness_prior(likeness, like))[None, :]
        else:
            log_density = _log_density(tallies, rates, likeness, prior, like)
        kept = log_density > log_density.max() - _NEGLIGIBLE
        ends = []
        for axis, line in ((1, rates), (0, likeness)):
            inside = line[kept.any(axis=axis)] if kept.shape[1 - axis] == len(line) else line
            step = line[1] - line[0]
            ends += [max(line[0], inside[0] - step), min(line[-1], inside[-1] + step)]
        box = (ends[0], ends[1], ends[2], ends[3])
    return box


def _nodes(low: float, high: float) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_N_LIKENESS)
    return (low + high) / 2 + (high - low) / 2 * nodes, weights * (high - low) / 2


def _rates(logit: Floats) -> tuple[Floats, Floats]:
    """Return the rate at each logit, and how much it grows per step."""
    small = np.exp(-np.abs(logit))
    rate = np.where(logit >= 0, 1, small) / (1 + small)
    return rate, small / (1 + small) ** 2
