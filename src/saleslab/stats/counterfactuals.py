"""What would a series have been, by what it and others were before?

The series is a level that wanders, a slope, a season, and what it shares with others that go on undisturbed. All of it
is one Gaussian process, so that a grid of its settings (the pace of the level, how closely the others are followed, how
large the season may be) is weighed by marginal likelihood instead of being chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_PACES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_FOLLOWED = (0.0, 0.1, 1.0)
_SEASONS = (0.0, 0.3, 3.0)
_WIDE = 1e4
_SLOPE = 10.0
_SHARED = 10.0
_PERIODS_A_WAVE = 6
_MOST_WAVES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """What a series would have been over some periods: a mixture of Student's t, one a setting.

    Attributes
    ----------
    weights
        Of each setting.
    means
        Shape (settings, periods).
    roots
        Cholesky factors of the scales, shape (settings, periods, periods).
    freedom
        Degrees of freedom.
    """

    weights: Floats
    means: Floats
    roots: Floats
    freedom: float

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Return possible courses, shape (draws, periods)."""
        counts = rng.multinomial(n, self.weights)
        parts = []
        for mean, root, count in zip(self.means, self.roots, counts, strict=True):
            noise = rng.normal(size=(count, len(mean)))
            heavy = np.sqrt(rng.chisquare(self.freedom, size=(count, 1)) / self.freedom)
            parts.append(mean + noise @ root.T / heavy)
        return np.concatenate(parts)

    def find_sum(self, weights: Floats) -> tuple[float, float]:
        """Return mean and standard deviation of a weighted sum over the periods."""
        middle = self.means @ weights
        spread = ((np.einsum("gpq,p->gq", self.roots, weights)) ** 2).sum(axis=1)
        spread *= self.freedom / max(self.freedom - 2, 0.5)
        mean = float(self.weights @ middle)
        return mean, float(np.sqrt(self.weights @ (spread + (middle - mean) ** 2)))


def foresee_undisturbed(before: Floats, others: Floats, *, season_length: int) -> Counterfactual:
    """Return what a series would have been after its known part.

    Parameters
    ----------
    before
        The known part.
    others
        Series that go on undisturbed, over the known part and the periods asked for; shape (periods, others), none
        missing. None may be given as shape (periods, 0).
    season_length
        Periods in a season; 1 for none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = np.cumsum(rng.normal(0, 1, 60))
    >>> said = foresee_undisturbed(shared[:50] + 3, shared[:, None], season_length=1)
    >>> bool(np.abs(said.weights @ said.means - shared[50:] - 3).max() < 0.2)
    True
    """
    n, width = len(before), len(others)
    size = float(np.std(np.diff(before))) or 1.0
    values = (before - before.mean()) / size
    columns = _lay_columns(others, n, season_length)
    found = [_foresee(values, kernel, width) for kernel in _lay_kernels(columns, width, season_length)]
    likelihood = np.array([one[0] for one in found])
    weights = np.exp(likelihood - likelihood.max())
    kept = weights > 1e-4 * weights.max()
    means = np.stack([one[1] for one in found])[kept] * size + before.mean()
    roots = np.stack([one[2] for one in found])[kept] * size
    return Counterfactual(weights[kept] / weights[kept].sum(), means, roots, _count_free(n, others.shape[1]))


def _count_free(n: int, n_others: int) -> float:
    return float(max(n - 2 - min(n_others, 1), 3))


def _lay_columns(others: Floats, n: int, season_length: int) -> dict[str, Floats]:
    """Return the slope, the waves of the season, what the others share and where each lies apart from it."""
    width = len(others)
    at = np.arange(width) - n
    columns = {"slope": (at / n)[:, None]}
    n_waves = min(season_length // 2, _MOST_WAVES, n // _PERIODS_A_WAVE)
    angles = [2 * np.pi * wave * at / season_length for wave in range(1, n_waves + 1)]
    waves = [turn(angle) for angle in angles for turn in (np.cos, np.sin)]
    columns["season"] = np.stack(waves, axis=1) if waves else np.zeros((width, 0))
    if others.shape[1]:
        scale = np.std(np.diff(others[:n], axis=0), axis=0)
        even = (others - others[:n].mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        shared = even.mean(axis=1, keepdims=True)
        columns["shared"], columns["apart"] = shared, even - shared
    return columns


def _lay_kernels(columns: dict[str, Floats], width: int, season_length: int) -> Iterator[Floats]:
    """Yield the covariance of the series under each setting, in units of its noise."""
    at = np.arange(1, width + 1)
    walk = np.minimum(at[:, None], at[None, :]).astype(np.float64)
    parts = {name: column @ column.T for name, column in columns.items()}
    still = np.eye(width) + _WIDE + _SLOPE * parts["slope"] + _SHARED * parts.get("shared", 0.0)
    followed = _FOLLOWED if "apart" in parts and columns["apart"].shape[1] > 1 else (0.0,)
    seasons = _SEASONS if season_length > 1 and columns["season"].shape[1] else (0.0,)
    for pace, follow, season in product(_PACES, followed, seasons):
        kernel = still + pace * walk
        if follow:
            kernel = kernel + follow * parts["apart"] / columns["apart"].shape[1]
        if season:
            kernel = kernel + season * parts["season"]
        yield kernel


def _foresee(values: Floats, kernel: Floats, width: int) -> tuple[float, Floats, Floats]:
    """Return the likelihood of the known part, and mean and root of what follows."""
    from scipy.linalg import cho_solve, cholesky

    n = len(values)
    root = cholesky(kernel[:n, :n], lower=True)
    solved = cho_solve((root, True), values)
    energy = max(float(values @ solved), 1e-12)
    free = _count_free(n, 0)
    likelihood = -float(np.log(np.diag(root)).sum()) - 0.5 * free * float(np.log(energy))
    across = kernel[n:, :n]
    spread = kernel[n:, n:] - across @ cho_solve((root, True), across.T)
    scale = energy / free
    after = cholesky(spread * scale + 1e-12 * scale * np.eye(width - n), lower=True)
    return likelihood, across @ solved, after
