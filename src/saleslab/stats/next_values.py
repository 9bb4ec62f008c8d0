"""How likely was each next observation, given those before it? Counts, shares and means whose level is being learned.

A family takes what is believed of a level (a mean ``m`` and a variance ``v`` on the scale on which effects add up) and
how large the observation is (``size``: exposure, trials or pieces). It says how the next observation falls within what
was to be expected, and what the level is believed to be afterwards. How far observations spread beyond chance is not
known either: it is a grid (``scales``) whose weights are learned as the observations come. And it says how much
likelier a run of observations is if the level moved by a step, than if not, the doubt about the level summed out.

Levels are learned by matching a conjugate prior to ``m`` and ``v`` (West, Harrison & Migon 1985, "Dynamic generalized
linear models and Bayesian forecasting", JASA 80, 73-83).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, betainc, betaln, expit, gammaln, logit, ndtr, ndtri, xlogy

Floats = npt.NDArray[np.float64]

MOST = 3.0
"""Standard deviations: no single observation says more."""

_TINY, _MOST_DOUBT = 1e-12, 0.9
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_NODE_WEIGHTS = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()


class Family(Protocol):
    """What a kind of observation looks like; arrays have one entry a series, ``weights`` one row a series."""

    scales: ClassVar[Floats]

    def begin(self, values: Floats, sizes: Floats) -> Floats:
        """Return a first guess of each level from its first observations, shape (series, observations)."""
        ...

    def expect(self, m: Floats, size: Floats) -> Floats:
        """Return what is expected of an observation whose level is known to be ``m``."""
        ...

    def judge(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the normal score of each observation, and the log likelihood of every scale."""
        ...

    def learn(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of the level once the observation is known."""
        ...

    def stand(self, size: Floats, m: Floats, v: Floats, weights: Floats) -> Floats:
        """Return how many standard deviations an observation stands above 0: 1 / coefficient of variation."""
        ...

    def tell(
        self, told: tuple[Floats, Floats], size: Floats, m: Floats, v: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return what each observation adds to the evidence of a run, what it was to add, and the doubt about that.

        ``told`` is its value and its score. One far from all others adds no more than one that is three standard
        deviations off.
        """
        ...

    def favour(self, told: Floats, foreseen: Floats, doubt: Floats, step: Floats) -> Floats:
        """Return log likelihoods of runs if the level moved by ``step`` less those if it did not.

        Parameters
        ----------
        told, foreseen
            Sums of what was told, and of what was foreseen.
        doubt
            About the level, as `tell` says it: common to all observations of a run.
        step
            From `lay_step`.
        """
        ...

    def lay_step(self, shift: Floats, stand: Floats) -> Floats:
        """Return a shift by so many standard deviations of a usual observation, as `favour` takes it."""
        ...


def _score(chance: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(chance, _TINY, 1 - _TINY)))


class _Scored:
    """Runs of shares and of means are weighed alike: by normal scores, a part of whose variance is common to them."""

    __slots__ = ()

    def favour(self, told: Floats, foreseen: Floats, doubt: Floats, step: Floats) -> Floats:
        """Return log likelihood ratios of sums of scores."""
        return np.asarray((step * told - foreseen * step**2 / 2) / np.maximum(1 - doubt + foreseen * doubt, _TINY))

    def lay_step(self, shift: Floats, stand: Floats) -> Floats:  # noqa: ARG002
        """Return the shift itself: scores have a standard deviation of 1."""
        return shift

    def _tell_score(self, score: Floats, part: Floats) -> tuple[Floats, Floats, Floats]:
        return np.clip(score, -MOST, MOST), np.ones_like(score), np.minimum(part, _MOST_DOUBT)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts that spread more than Poisson ones: negative binomial, its logarithm adds up.

    Scales are the squared coefficient of variation beyond chance.
    """

    scales: ClassVar[Floats] = np.r_[1e-4, np.geomspace(0.005, 1.28, 17)]

    def begin(self, values: Floats, sizes: Floats) -> Floats:
        """Return the logarithm of the mean count for a size of 1."""
        return np.asarray(np.log((np.nansum(values, axis=1) + 0.5) / np.nansum(sizes, axis=1)))

    def expect(self, m: Floats, size: Floats) -> Floats:
        """Return the expected count."""
        return np.asarray(size * np.exp(m))

    def judge(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return scores of the middle of each count's chance, and log likelihoods."""
        mean = (size * np.exp(m + v / 2))[:, None]
        shape = 1 / (self.scales + np.expm1(v)[:, None])
        share, y = shape / (shape + mean), value[:, None]
        mass = gammaln(y + shape) - gammaln(shape) - gammaln(y + 1) + xlogy(shape, share) + xlogy(y, 1 - share)
        middle = betainc(shape, y + 1, share) - np.exp(mass) / 2
        return _score((weights * middle).sum(axis=1)), mass

    def learn(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the level after a count; one that spreads beyond chance tells less."""
        counted = 1 / (1 + (weights @ self.scales) * self.expect(m, size))
        shape, rate = 1 / v + counted * value, np.exp(-m) / v + counted * size
        return np.log(shape / rate), 1 / shape

    def stand(self, size: Floats, m: Floats, v: Floats, weights: Floats) -> Floats:
        """Return the expected count in its standard deviations."""
        mean = self.expect(m, size)
        return np.asarray(mean / np.sqrt(mean + (weights @ self.scales + np.expm1(v)) * mean**2))

    def tell(
        self, told: tuple[Floats, Floats], size: Floats, m: Floats, v: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return counts and expectations, both less where counts spread beyond chance, and the level's variance."""
        mean, doubt = size * np.exp(m + v / 2), np.expm1(v)
        thinned = 1 + weights @ self.scales * mean
        far = MOST * np.sqrt(mean * thinned + doubt * mean**2)
        return np.clip(told[0], mean - far, mean + far) / thinned, mean / thinned, doubt

    def favour(self, told: Floats, foreseen: Floats, doubt: Floats, step: Floats) -> Floats:
        """Return log likelihood ratios of Poisson sums whose level is Gamma about what was foreseen."""
        shape = 1 / doubt
        return np.asarray(told * step - (shape + told) * np.log1p(np.expm1(step) * foreseen / (shape + foreseen)))

    def lay_step(self, shift: Floats, stand: Floats) -> Floats:
        """Return the shift of the logarithm."""
        return shift / stand


@dataclass(frozen=True, slots=True)
class Shares(_Scored):
    """Successes of so many trials, spreading more than binomial ones: beta-binomial, its log odds add up.

    Scales are the likeness of two trials of one period (intraclass correlation).
    """

    scales: ClassVar[Floats] = np.r_[1e-5, np.geomspace(0.0005, 0.128, 17)]

    def begin(self, values: Floats, sizes: Floats) -> Floats:
        """Return the log odds of the pooled share."""
        return np.asarray(logit((np.nansum(values, axis=1) + 0.5) / (np.nansum(sizes, axis=1) + 1)))

    def expect(self, m: Floats, size: Floats) -> Floats:
        """Return the expected successes."""
        return np.asarray(size * expit(m))

    def judge(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return scores of the middle of each count's chance, and log likelihoods."""
        p, k, n = expit(m), value[:, None], size[:, None]
        spread = np.sqrt(v + (weights @ self.scales) / (p * (1 - p)))
        at = expit(m[:, None] + spread[:, None] * _NODES)
        below = np.where(k > 0, bdtr(np.maximum(k - 1, 0), n.astype(np.int64), at), 0.0)
        middle = (bdtr(k, n.astype(np.int64), at) + below) / 2
        likeness = np.minimum(self.scales + (p * (1 - p) * v)[:, None], 0.99)
        a, b = (share[:, None] * (1 / likeness - 1) for share in (p, 1 - p))
        mass = betaln(k + a, n - k + b) - betaln(a, b) - betaln(k + 1, n - k + 1) - np.log1p(n)
        return _score(middle @ _NODE_WEIGHTS), mass

    def learn(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the log odds after a period; trials that are alike tell less."""
        counted = 1 / (1 + (weights @ self.scales) * np.maximum(size - 1, 0))
        a, b = (1 + np.exp(m)) / v + counted * value, (1 + np.exp(-m)) / v + counted * (size - value)
        return np.log(a / b), 1 / a + 1 / b

    def stand(self, size: Floats, m: Floats, v: Floats, weights: Floats) -> Floats:
        """Return the expected successes in their standard deviations."""
        p = expit(m)
        alike = (weights @ self.scales + p * (1 - p) * v) * (size - 1)
        return np.asarray(p * size / np.sqrt(size * p * (1 - p) * (1 + np.maximum(alike, 0))))

    def tell(
        self, told: tuple[Floats, Floats], size: Floats, m: Floats, v: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return normal scores, 1, and the part of their variance that the level's is."""
        part = ((1 - expit(m)) * self.stand(size, m, v, weights)) ** 2 * v
        return self._tell_score(told[1], part)


@dataclass(frozen=True, slots=True)
class Means(_Scored):
    """Positive means of so many pieces: log-normal. Scales are the standard deviation of a mean's logarithm.

    Means of few pieces spread no more than those of many here: use sizes of 1 unless they differ much.
    """

    scales: ClassVar[Floats] = np.geomspace(0.02, 2.0, 31)  # half as many: 10 % too many alarms

    def begin(self, values: Floats, sizes: Floats) -> Floats:
        """Return the mean logarithm."""
        return np.asarray((np.nan_to_num(np.log(values)) * sizes).sum(axis=1) / sizes.sum(axis=1))

    def expect(self, m: Floats, size: Floats) -> Floats:  # noqa: ARG002 - a mean does not grow with its pieces
        """Return the expected value: the median of the log-normal distribution."""
        return np.asarray(np.exp(m))

    def judge(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return scores, and log likelihoods."""
        spread = np.sqrt(self.scales**2 / size[:, None] + v[:, None])
        apart = (np.log(value) - m)[:, None] / spread
        side = np.where(apart.mean(axis=1) > 0, -1.0, 1.0)[:, None]  # of the small chance, which keeps its digits
        chance = (weights * ndtr(side * apart)).sum(axis=1)
        return side[:, 0] * _score(chance), -0.5 * apart**2 - np.log(spread)

    def learn(self, value: Floats, size: Floats, m: Floats, v: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the level after a mean."""
        told = size / (weights @ self.scales**2)  # a mean of inverses would trust the smallest scale alone
        after = 1 / (1 / v + told)
        return after * (m / v + told * np.log(value)), after

    def stand(self, size: Floats, m: Floats, v: Floats, weights: Floats) -> Floats:  # noqa: ARG002
        """Return the inverse standard deviation of a logarithm, which is about that of the mean's share."""
        return np.asarray(1 / np.sqrt((weights @ self.scales**2) / size + v))

    def tell(
        self, told: tuple[Floats, Floats], size: Floats, m: Floats, v: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return normal scores, 1, and the part of their variance that the level's is."""
        part = self.stand(size, m, v, weights) ** 2 * v
        return self._tell_score(told[1], part)
