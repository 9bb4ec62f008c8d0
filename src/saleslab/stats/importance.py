"""A posterior of a few parameters by weighted draws around its top, with the number of draws that they are worth.

For a handful of parameters a chain is not needed. Draws from a Student distribution that was fitted to the posterior,
weighted by how much the two differ, are independent, cost one evaluation each, and say by themselves how good they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import SamplingFailed

Floats = npt.NDArray[np.float64]

_DEGREES = 9.0
_N_PARTS = 3
_PILOTS = (0.1, 0.2, 0.4)
_GOOD, _MORE_ROUNDS = 0.84, 3
_SAFE_SHARE, _SAFE_STRETCH = 0.1, 1.5
_EM_STEPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class WeightedDraws:
    """Draws from a posterior, each with its weight.

    Attributes
    ----------
    draws
        Shape (n, p).
    weights
        Shape (n,); they add up to 1.
    """

    draws: Floats
    weights: Floats

    @property
    def ess(self) -> float:
        """How many independent draws with equal weights they are worth (Kish)."""
        return float(1 / np.square(self.weights).sum())

    @property
    def ess_share(self) -> float:
        """Effective draws as a share of the draws."""
        return self.ess / len(self.weights)

    @property
    def mean(self) -> Floats:
        """Posterior mean of each parameter."""
        return np.asarray(self.weights @ self.draws)

    @property
    def covariance(self) -> Floats:
        """Posterior covariance."""
        apart = self.draws - self.mean
        return np.asarray((apart * self.weights[:, None]).T @ apart)


@dataclass(frozen=True, slots=True, eq=False)
class _Proposal:
    """A mixture of Student distributions: shares (k,), centres (k, p) and lower roots of their scales (k, p, p)."""

    shares: Floats
    centres: Floats
    roots: Floats

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        part = rng.choice(len(self.shares), n, p=self.shares)
        normal = rng.standard_normal((n, self.centres.shape[1]))
        stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, n))
        return np.asarray(self.centres[part] + np.einsum("nij,nj->ni", self.roots[part], normal * stretch[:, None]))

    def weigh_parts(self, draws: Floats) -> tuple[Floats, Floats]:
        """Return the log density of each part times its share, up to a constant, and how far away each part is."""
        p = self.centres.shape[1]
        apart = draws[None] - self.centres[:, None]
        far = np.square(np.linalg.solve(self.roots, apart.swapaxes(1, 2))).sum(axis=1)
        level = np.log(self.shares) - np.log(np.diagonal(self.roots, axis1=1, axis2=2)).sum(axis=1)
        return level[:, None] - (_DEGREES + p) / 2 * np.log1p(far / _DEGREES), far

    def log_density(self, draws: Floats) -> Floats:
        return np.asarray(np.logaddexp.reduce(self.weigh_parts(draws)[0], axis=0))


def draw_weighted(
    log_density: Callable[[Floats], float], centre: Floats, covariance: Floats, *, n_draws: int, seed: int
) -> WeightedDraws:
    """Return weighted draws from a posterior of which the top and the bend there are known.

    A few rounds of pilot draws move the proposal from the top to where the mass is; the draws kept are new ones.

    Parameters
    ----------
    log_density
        Log posterior density at a place, up to a constant.
    centre, covariance
        Top of the posterior, and the inverse of the negative Hessian there.
    n_draws, seed
        How many to keep, and which lots.

    Raises
    ------
    SamplingFailed
        When the draws are worth less than a tenth of their number.

    Examples
    --------
    >>> skewed = lambda at: float(3 * at[0] - np.exp(at[0]))
    >>> found = draw_weighted(skewed, np.log([3.0]), np.array([[1 / 3]]), n_draws=2000, seed=1)
    >>> found.ess_share > 0.8, found.mean.round(1)
    (True, array([0.9]))
    """
    rng = np.random.default_rng(seed)
    proposal = _Proposal(
        np.ones(1), np.asarray(centre)[None], np.asarray(np.linalg.cholesky(covariance)[None], dtype=np.float64)
    )
    for share in _PILOTS:
        pilot = _weigh(log_density, proposal, proposal.draw(rng, max(int(share * n_draws), 200)))
        proposal = _refit(pilot, rng)
    found = _weigh(log_density, proposal, proposal.draw(rng, n_draws))
    for _ in range(_MORE_ROUNDS):
        if found.ess_share >= _GOOD:
            break
        again = _refit(found, rng)
        found = max(found, _weigh(log_density, again, again.draw(rng, n_draws)), key=lambda draws: draws.ess)
    if found.ess_share < 0.1:
        raise SamplingFailed(
            f"{n_draws} draws are worth only {found.ess:.0f}: the posterior is far from any bell.",
            "give more data, or a prior that says more.",
        )
    return found


def _weigh(log_density: Callable[[Floats], float], proposal: _Proposal, draws: Floats) -> WeightedDraws:
    logs = np.array([log_density(draw) for draw in draws]) - proposal.log_density(draws)
    weights = np.exp(logs - logs.max())
    return WeightedDraws(draws, weights / weights.sum())


def _refit(pilot: WeightedDraws, rng: np.random.Generator) -> _Proposal:
    """Return the mixture nearest to a posterior known by weighted draws, by expectation maximisation.

    Several parts follow a posterior that is skewed or bent, where one bell would waste draws (Cappe, Douc, Guillin,
    Marin & Robert 2008, "Adaptive importance sampling in general mixture classes").
    """
    p = pilot.draws.shape[1]
    # one draw that was far out must not become a part of its own (Ionides 2008, "Truncated importance sampling")
    weights = np.minimum(pilot.weights, 1 / np.sqrt(len(pilot.weights)))
    pilot = WeightedDraws(pilot.draws, weights / weights.sum())
    whole = pilot.covariance
    first = rng.choice(len(weights), _N_PARTS, p=pilot.weights)
    roots = np.repeat(np.linalg.cholesky(whole)[None], _N_PARTS, axis=0)
    mixture = _Proposal(np.full(_N_PARTS, 1 / _N_PARTS), pilot.draws[first], roots)
    for _ in range(_EM_STEPS):
        logs, far = mixture.weigh_parts(pilot.draws)
        belongs = pilot.weights * np.exp(logs - np.logaddexp.reduce(logs, axis=0))
        pulls = belongs * (_DEGREES + p) / (_DEGREES + far)
        centres = (pulls @ pilot.draws) / pulls.sum(axis=1, keepdims=True)
        apart = pilot.draws[None] - centres[:, None]
        spreads = np.einsum("kn,kni,knj->kij", pulls, apart, apart)
        # a part that took few draws keeps some of the spread of all
        shares = belongs.sum(axis=1)
        spreads = (spreads + 0.02 * whole) / (shares[:, None, None] + 0.02)
        shares = (shares + 0.01) / (shares + 0.01).sum()
        mixture = _Proposal(shares, centres, np.linalg.cholesky(spreads))
    # and a wide part bounds the weights where the others are thin
    return _Proposal(
        np.r_[mixture.shares * (1 - _SAFE_SHARE), _SAFE_SHARE],
        np.r_[mixture.centres, pilot.mean[None]],
        np.r_[mixture.roots, _SAFE_STRETCH * np.linalg.cholesky(whole)[None]],
    )
