"""Means of several arms from a linear model: Student distributions that may depend on each other.

Blocks and covariates make the estimated means of arms correlated. A pair of arms is closed; who is best of three and
more is an integral over their directions, taken at fixed points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.contests import Contest

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_N_POINTS = 2**15
_ALWAYS_ABOVE = 1e-4
"""Chance of a mean of 0 or less above which ratios are not told."""


@dataclass(frozen=True, slots=True, eq=False)
class StudentArms:
    """Joint Student distribution of the means of several arms.

    Attributes
    ----------
    centre
        Shape (arms,).
    scale
        Shape (arms, arms), squared scales and their covariances.
    freedom
        Degrees of freedom, above 1.
    """

    centre: Floats
    scale: Floats
    freedom: float

    def mean(self, arm: int) -> float:
        """Return the posterior mean of one arm."""
        return float(self.centre[arm])

    def quantiles(self, arm: int, levels: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of one arm."""
        return np.asarray(self.centre[arm] + np.sqrt(self.scale[arm, arm]) * self._standard(levels))

    def contest(self, *arms: int, higher_is_better: bool = True) -> Contest:
        """Return who is ahead among some of the arms, all of them when none is named."""
        chosen = list(arms or range(len(self.centre)))
        sign = 1.0 if higher_is_better else -1.0
        if len(chosen) == 2:
            return self._duel(chosen[0], chosen[1], sign)
        draws = sign * self._spread_points(chosen)
        best = draws.max(axis=1, keepdims=True)
        return Contest((draws == best).mean(axis=0), (best - draws).mean(axis=0))

    def difference_below(self, new: int, old: int, at: npt.ArrayLike) -> Floats:
        """Return the chance that one arm minus another lies below ``at``."""
        from scipy.special import stdtr

        middle, sd = self._difference(new, old)
        return np.asarray(stdtr(self.freedom, (np.asarray(at) - middle) / sd))

    def difference_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats:
        """Return quantiles of one arm minus another."""
        middle, sd = self._difference(new, old)
        return middle + sd * self._standard(levels)

    def ratio_quantiles(self, new: int, old: int, levels: npt.ArrayLike) -> Floats | None:
        """Return quantiles of one arm over another (Fieller 1954); None where either may be 0 or negative.

        ``new / old < r`` says ``new - r old < 0`` when the old one is above 0, and ``new - r old`` is a Student again.
        """
        from scipy.special import stdtr

        pair = np.array([new, old])
        standing = self.centre[pair] / np.sqrt(self.scale[pair, pair])
        if stdtr(self.freedom, -standing).max() > _ALWAYS_ABOVE:
            return None
        (b, a), q = self.centre[pair], self._standard(levels)
        v_b, v_a, v_ab = self.scale[new, new], self.scale[old, old], self.scale[new, old]
        square, half, rest = a**2 - q**2 * v_a, a * b - q**2 * v_ab, b**2 - q**2 * v_b
        root = np.sqrt(np.maximum(half**2 - square * rest, 0))
        return np.asarray((half + np.sign(q) * root) / square)

    def _standard(self, levels: npt.ArrayLike) -> Floats:
        from scipy.special import stdtrit

        return np.asarray(stdtrit(self.freedom, np.asarray(levels, dtype=np.float64)))

    def _difference(self, new: int, old: int) -> tuple[float, float]:
        variance = self.scale[new, new] + self.scale[old, old] - 2 * self.scale[new, old]
        return float(self.centre[new] - self.centre[old]), float(np.sqrt(variance))

    def _duel(self, one: int, other: int, sign: float) -> Contest:
        """Return who of two is ahead, in closed form."""
        from scipy.special import stdtr
        from scipy.stats import t

        middle, sd = self._difference(other, one)
        middle *= sign
        z, n = middle / sd, self.freedom
        ahead = float(stdtr(n, z))
        gain = middle * ahead + sd * float(t.pdf(z, n)) * (n + z**2) / (n - 1)
        return Contest(np.array([1 - ahead, ahead]), np.array([gain, max(gain - middle, 0.0)]))

    def _spread_points(self, chosen: list[int]) -> Floats:
        """Return points that fill the joint distribution evenly: a Kronecker sequence, the same every time.

        Steps are powers of the generalised golden ratio (Roberts 2018; Niederreiter 1992, section 3.1).
        """
        from scipy.special import chdtri, ndtri

        n_dims = len(chosen) + 1
        golden = 2.0
        for _ in range(60):
            golden = (1 + golden) ** (1 / (n_dims + 1))
        steps = golden ** -np.arange(1, n_dims + 1)
        cube = (0.5 + np.arange(1, _N_POINTS + 1)[:, None] * steps) % 1
        root = np.linalg.cholesky(self.scale[np.ix_(chosen, chosen)])
        stretch = np.sqrt(self.freedom / chdtri(self.freedom, cube[:, -1]))
        return np.asarray(self.centre[chosen] + stretch[:, None] * (ndtri(cube[:, :-1]) @ root.T))


def fit_arms(values: Floats, arms: Ints, *, others: Floats, weights: Floats | None = None) -> StudentArms:
    """Return the mean of each arm at the average of the other columns, from least squares.

    Flat priors on the coefficients and ``1 / s²`` on the variance make the posterior a Student distribution (Gelman et
    al., "Bayesian Data Analysis", 3rd ed., section 14.2).

    Parameters
    ----------
    values
        Shape (n,).
    arms
        Shape (n,), from 0 to the number of arms minus one.
    others
        Shape (n, p): blocks as columns of 0 and 1, covariates; columns that say nothing new are left out. No columns is
        fine.
    weights
        How many observations each value stands for; equal when None.

    Raises
    ------
    NotEnoughData
        With fewer than 3 degrees of freedom, or when nothing is left that varies.
    BadArgument
        When the arms cannot be told from the other columns.

    Examples
    --------
    >>> arms = fit_arms(np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0]), np.array([0, 0, 0, 1, 1, 1]), others=np.empty((6, 0)))
    >>> arms.centre.round(3).tolist(), arms.freedom
    ([2.0, 4.0], 4.0)
    """
    n, n_arms = len(values), int(arms.max()) + 1
    mass = np.ones(n) if weights is None else weights / weights.mean()
    member = np.eye(n_arms)[arms]
    centred = others - (mass @ others / mass.sum() if others.shape[1] else 0.0)
    design = np.concatenate([member, _keep_new(centred, member)], axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1] or _hides_arms(member, centred):
        raise BadArgument(
            "The arms cannot be told from the blocks: a block holds one arm only.",
            "leave out the block, or take a coarser one in which every arm appears.",
        )
    freedom = n - design.shape[1]
    if freedom < 3:
        raise NotEnoughData(
            f"{n} means leave {freedom} degrees of freedom beside {design.shape[1]} coefficients.",
            "wait for more of them, or use fewer blocks.",
        )
    root = np.sqrt(mass)[:, None]
    coefficients, *_ = np.linalg.lstsq(root * design, root[:, 0] * values, rcond=None)
    rest = root[:, 0] * (values - design @ coefficients)
    inverse = np.linalg.inv((root * design).T @ (root * design))[:n_arms, :n_arms]
    squares = float(rest @ rest)
    if squares <= 1e-24 * float(values @ values):
        raise NotEnoughData(
            f"{n} means are all alike but for their arm and block, so that nothing shows how far chance carries them.",
            "wait until they differ, or check that the values are not the same number by mistake.",
        )
    return StudentArms(coefficients[:n_arms], squares / freedom * inverse, float(freedom))


def _keep_new(others: Floats, member: Floats) -> Floats:
    """Return the columns that are not sums of those before them."""
    kept = np.empty((len(member), 0))
    known = np.ones((len(member), 1))
    for column in others.T:
        tried = np.concatenate([known, kept, column[:, None]], axis=1)
        if np.linalg.matrix_rank(tried) == tried.shape[1]:
            kept = np.concatenate([kept, column[:, None]], axis=1)
    return kept


def _hides_arms(member: Floats, others: Floats) -> bool:
    """Say whether an arm is a sum of the other columns."""
    known = np.concatenate([np.ones((len(member), 1)), others], axis=1)
    both = np.concatenate([known, member[:, 1:]], axis=1)
    return bool(np.linalg.matrix_rank(both) < np.linalg.matrix_rank(known) + member.shape[1] - 1)
