"""Mean time until something ends, from durations of which some have not ended yet.

The logarithm of a duration is ``location + scale * noise`` (accelerated failure time; Kalbfleisch & Prentice 2002,
chapter 2). The noise is that of a Weibull or of a log-normal time, in the proportion in which the data speak for each;
family and scale are shared by the arms and summed over a grid, the location is each arm's own with a flat prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import find_support, lay_line, mix_scales

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

SMALLEST_SCALE, LARGEST_SCALE = 0.1, 2.5
"""Range of the scale, uniform in its logarithm: above, a log-normal mean lies 23 times as high as the median."""

_N_SCALES = 13
_N_SEARCHED = 48
_CHUNK = 128
_Shared = tuple[bool, float, float]  # is it Weibull, scale, log of the prior mass
_EDGES = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 1.75, np.inf])


@dataclass(frozen=True, slots=True)
class TimeModel:
    """Posterior of the arms' mean times.

    Attributes
    ----------
    means
        Posterior of the mean time of each arm.
    chance_weibull
        Chance that the times are Weibull and not log-normal; 1/2 before the data are seen.
    scale
        Posterior mean of the scale: 1 for a Weibull time of constant speed (exponential).
    fit_p
        p-value of the fit: endings seen against endings expected, by how much risk had run up.
    """

    means: MixedArms
    chance_weibull: float
    scale: float
    fit_p: float


@dataclass(frozen=True, slots=True)
class _Arm:
    logs: Floats
    ended: Booleans

    @property
    def n_ended(self) -> int:
        return int(self.ended.sum())


def weigh_durations(arms: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]]) -> TimeModel:
    """Return the posterior of the mean time of several arms.

    Parameters
    ----------
    arms
        For each arm, the times (above 0) and whether each has ended; at least 3 ended in each arm, so that means are
        finite.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> times, watched = rng.exponential([[30], [60]], (2, 200)), 90.0
    >>> answer = weigh_durations([(np.minimum(one, watched), one < watched) for one in times])
    >>> [round(answer.means.mean(arm)) for arm in (0, 1)], answer.chance_weibull > 0.9
    ([31, 65], True)
    """
    groups = [_Arm(np.log(np.asarray(times, dtype=np.float64)), np.asarray(ended, dtype=bool)) for times, ended in arms]
    shared = _find_shared(groups)

    families, scales = (np.array([one[part] for one in shared]) for part in (0, 1))

    def log_density(points: Floats) -> Floats:
        logs = np.empty((len(shared), len(groups), len(points)))
        for family in (True, False):
            rows = families == family
            for number, arm in enumerate(groups):
                logs[rows, number] = _log_density(arm, points, family, scales[rows])
        return logs

    shifts = np.array([_log_mean(is_weibull, scale) for is_weibull, scale, _ in shared])
    means = mix_scales(_lay_edges(groups, shared), log_density, np.array([one[2] for one in shared]), shifts)
    chance, scale = float(means.weights @ families), float(means.weights @ scales)
    return TimeModel(means, chance, scale, _judge_fit(groups, means, shared))


def _find_shared(groups: Sequence[_Arm]) -> list[_Shared]:
    """Return the families and scales that matter, each with the log of its prior mass."""
    low, high = np.log(SMALLEST_SCALE), np.log(LARGEST_SCALE)
    shared: list[_Shared] = []
    weigh = {family: partial(_log_weights, groups, family) for family in (True, False)}
    best = max(weight(np.linspace(low, high, 24)).max() for weight in weigh.values())
    for family, weight in weigh.items():
        ends = find_support(weight, low, high, least=best - 18)
        if ends is not None:
            fine, step = np.linspace(*ends, _N_SCALES, retstep=True)
            shared += [(family, float(np.exp(one)), float(np.log(step))) for one in fine]
    return shared


def _log_mean(is_weibull: bool, scale: float) -> float:
    from scipy.special import gammaln

    return float(gammaln(1 + scale)) if is_weibull else scale**2 / 2


def _log_density(arm: _Arm, points: Floats, is_weibull: bool, scales: Floats) -> Floats:
    """Return the log likelihood of an arm's location at points of shape (scales, g) or (g,); shape (scales, g)."""
    from scipy.special import log_ndtr

    scale, ended = scales[:, None], arm.logs[arm.ended]
    if is_weibull:
        centre = arm.logs.max()
        risk = np.exp((arm.logs - centre) / scale).sum(axis=1, keepdims=True)
        away = (ended.sum() - arm.n_ended * points) / scale
        return np.asarray(away - arm.n_ended * np.log(scale) - risk * np.exp((centre - points) / scale) - ended.sum())
    squares = ((ended - ended.mean()) ** 2).sum() + arm.n_ended * (points - ended.mean()) ** 2
    logs = -squares / (2 * scale**2) - arm.n_ended * (np.log(scale) + 0.5 * np.log(2 * np.pi)) - ended.sum()
    running, repeats = np.unique(arm.logs[~arm.ended], return_counts=True)
    for start in range(0, len(running), _CHUNK):
        piece = slice(start, start + _CHUNK)
        away = (points[..., None, :] - running[piece, None]) / scale[..., None]
        logs = logs + np.einsum("r,srg->sg", repeats[piece].astype(np.float64), log_ndtr(away))
    return np.asarray(logs)


def _log_weights(groups: Sequence[_Arm], is_weibull: bool, log_scales: Floats) -> Floats:
    """Return the log marginal likelihood of each scale: a sum over the arms' locations."""
    scales, totals = np.exp(log_scales), np.zeros(len(log_scales))
    for arm in groups:
        low, high = _near(arm, scales)
        points = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _N_SEARCHED)
        logs = _log_density(arm, points, is_weibull, scales)
        peak = logs.max(axis=1)
        totals += peak + np.log(np.exp(logs - peak[:, None]).sum(axis=1) * (high - low))
    return totals


def _near(arm: _Arm, scales: Floats) -> tuple[Floats, Floats]:
    """Return between which points an arm's location lies given each scale, in either family.

    It lies above a little less than the mean of all logarithms (as if all had ended now) and below the exponential
    guess from the longest ones; each side is given ten standard deviations more.
    """
    reach = scales * (10 / np.sqrt(arm.n_ended) + 6 / arm.n_ended)
    peak, mean = arm.logs.max(), arm.logs.mean()
    weibull = peak + scales * np.log(np.exp((arm.logs - peak) / scales[:, None]).sum(axis=1) / arm.n_ended)
    low = np.minimum(mean, weibull) - reach
    return low, np.maximum(mean, weibull) + scales * np.log(len(arm.logs) / arm.n_ended) + reach


def _lay_edges(groups: Sequence[_Arm], shared: Sequence[_Shared]) -> Floats:
    """Return panels that hold every arm's density for all of these scales."""
    scales = np.array([scale for _, scale, _ in shared])
    ends = [_near(arm, scales[[scales.argmin(), scales.argmax()]]) for arm in groups]
    sharpest = float(scales.min()) / np.sqrt(max(arm.n_ended for arm in groups))
    return lay_line(
        float(min(one[0].min() for one in ends)), float(max(one[1].max() for one in ends)), sharpest=sharpest
    )


def _judge_fit(groups: Sequence[_Arm], means: MixedArms, shared: Sequence[_Shared]) -> float:
    """Return the p-value of endings against those expected from the risk that had run up (Cox & Snell 1968)."""
    from scipy.special import gammaincc, log_ndtr

    best = int(means.weights.argmax())
    is_weibull, scale, _ = shared[best]
    seen, expected = np.zeros(len(_EDGES) - 1), np.zeros(len(_EDGES) - 1)
    for arm, density in zip(groups, means.densities, strict=True):
        place = means.panels.integrate(density * means.panels.nodes)[best]
        z = (arm.logs - place) / scale
        risk = np.exp(z) if is_weibull else -log_ndtr(-z)
        seen += np.histogram(risk[arm.ended], bins=_EDGES)[0]
        expected += (np.minimum(risk[:, None], _EDGES[1:]) - np.minimum(risk[:, None], _EDGES[:-1])).sum(axis=0)
    kept = expected > 1
    freedom = int(kept.sum()) - 2
    distance = ((seen - expected)[kept] ** 2 / expected[kept]).sum()
    return float(gammaincc(freedom / 2, distance / 2)) if freedom > 0 else 1.0
