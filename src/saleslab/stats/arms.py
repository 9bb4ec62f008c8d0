"""Posteriors of several arms that all answer the same questions, whatever was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from saleslab.stats import beta_contests, gamma_contests
from saleslab.stats.contests import Contest
from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import lay_line, mix_scales

Floats = npt.NDArray[np.float64]


class Arms(Protocol):
    """What is believed of several arms, by their position; `MixedArms` and `StudentArms` are two more."""

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats | None:
        """Return quantiles of one arm over another; None where either may be 0 or negative."""


@dataclass(frozen=True, slots=True)
class BetaArms:
    """Independent Beta posteriors of rates: ``a[i]`` and ``b[i]`` belong to arm ``i``.

    Examples
    --------
    >>> arms = BetaArms((1.0, 7.0), (41.0, 35.0))
    >>> arms.contest().chance_best.round(7).tolist()
    [0.0059136, 0.9940864]
    """

    a: Sequence[float]
    b: Sequence[float]

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""
        return self.a[arm] / (self.a[arm] + self.b[arm])

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""
        from scipy.special import betaincinv

        return np.asarray(betaincinv(self.a[arm], self.b[arm], levels))

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""
        chosen = list(arms or range(len(self.a)))
        a, b = (np.asarray(part, dtype=np.float64)[chosen] for part in (self.a, self.b))
        return beta_contests.contest_betas(a, b, higher_is_better=higher_is_better)

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""
        return beta_contests.beta_difference_below(self._one(new), self._one(old), at)

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""
        return beta_contests.beta_difference_quantiles(self._one(new), self._one(old), levels)

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm over another."""
        return beta_contests.beta_ratio_quantiles(self._one(new), self._one(old), levels)

    def _one(self, arm: int) -> tuple[float, float]:
        return self.a[arm], self.b[arm]


@dataclass(frozen=True, slots=True)
class GammaArms:
    """Independent Gamma posteriors of counts per exposure: ``shape[i]`` and ``rate[i]`` belong to arm ``i``.

    Examples
    --------
    >>> arms = GammaArms((30.5, 40.5), (10.0, 10.0))
    >>> arms.ratio_quantiles(1, 0, [0.025, 0.5, 0.975]).round(2).tolist()
    [0.83, 1.33, 2.15]
    """

    shape: Sequence[float]
    rate: Sequence[float]

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""
        return self.shape[arm] / self.rate[arm]

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self.shape[arm], levels) / self.rate[arm])

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""
        chosen = list(arms or range(len(self.shape)))
        shape, rate = (np.asarray(part, dtype=np.float64)[chosen] for part in (self.shape, self.rate))
        return gamma_contests.contest_gammas(shape, rate, higher_is_better=higher_is_better)

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""
        return gamma_contests.gamma_difference_below(self._one(new), self._one(old), at)

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""
        return gamma_contests.gamma_difference_quantiles(self._one(new), self._one(old), levels)

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm over another."""
        return gamma_contests.gamma_ratio_quantiles(self._one(new), self._one(old), levels)

    def _one(self, arm: int) -> tuple[float, float]:
        return self.shape[arm], self.rate[arm]


@dataclass(frozen=True, slots=True)
class InverseGammaArms:
    """Means of exponential times: ``n_ended[i]`` endings after ``watched[i]`` days in all.

    A mean time is one over a speed with prior ``1 / speed``; the mean needs more than one ending.

    Examples
    --------
    >>> arms = InverseGammaArms((20, 25), (400.0, 300.0))
    >>> round(arms.mean(0), 1), arms.contest(higher_is_better=False).chance_best.round(2).tolist()
    (21.1, [0.04, 0.96])
    """

    n_ended: Sequence[int]
    watched: Sequence[float]

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""
        return self.watched[arm] / (self.n_ended[arm] - 1)

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""
        from scipy.special import gammainccinv

        return np.asarray(self.watched[arm] / gammainccinv(self.n_ended[arm], levels))

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""
        return self._mixed().contest(*arms, higher_is_better=higher_is_better)

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""
        return self._mixed().difference_below(new, old, at)

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""
        return self._mixed().difference_quantiles(new, old, levels)

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm over another, in closed form."""
        speeds = (self.n_ended[old], self.watched[old]), (self.n_ended[new], self.watched[new])
        return gamma_contests.gamma_ratio_quantiles(*speeds, levels)

    def _mixed(self) -> MixedArms:
        shape, rate = (np.asarray(part, dtype=np.float64) for part in (self.n_ended, self.watched))
        centre, sd = np.log(rate / shape), 1 / np.sqrt(shape)
        low, high = (centre - 9 * sd - 2 * sd**2).min(), (centre + 9 * sd + 40 / shape).max()

        def log_density(points: Floats) -> Floats:
            return np.asarray(-shape[:, None] * (points - centre[:, None] + np.exp(centre[:, None] - points)))[None]

        return mix_scales(lay_line(low, high, sharpest=float(sd.min())), log_density, np.zeros(1), np.zeros(1))
