"""Do amounts look like what a log-normal model with one spread would bring about?

Posterior predictive checks (Gelman et al., "Bayesian Data Analysis", 3rd ed., section 6.3): new amounts are drawn from
the fitted model, as many in each arm as were seen, and the chance is counted that they are as odd as the real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.stats.hurdles import GREATEST_SPREAD, Sizes, believe_spread

Floats = npt.NDArray[np.float64]

_MOST_DRAWS = 4_000_000


@dataclass(frozen=True, slots=True)
class SizeCheck:
    """How usual the amounts above 0 are under the model; each is a chance, small when they are odd.

    Attributes
    ----------
    mean
        That the mean lies as far from what the logarithms promise.
    tail
        That the greatest amount makes up as much of its arm's total, in the arm where this is rarest.
    spread
        That the arms differ as much in spread.
    """

    mean: float
    tail: float
    spread: float


def check_sizes(
    logs: Sequence[Floats], sizes: Sizes, *, seed: int, greatest_spread: float = GREATEST_SPREAD, n_draws: int = 2000
) -> SizeCheck:
    """Return how usual the logarithms of several arms' amounts are.

    Parameters
    ----------
    logs
        Logarithms of the amounts above 0 of each arm, at least two in each.
    sizes
        The same, condensed.
    seed
        Any non-negative whole number.
    n_draws
        Draws from the model; fewer when there are very many amounts.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> arms = [rng.normal(3, 1, 40), rng.normal(3, 1, 50)]
    >>> from saleslab.stats.hurdles import condense_sizes
    >>> check = check_sizes(arms, condense_sizes([np.exp(arm) for arm in arms]), seed=1)
    >>> min(check.mean, check.tail, check.spread) > 0.01
    True
    """
    rng = np.random.default_rng(seed)
    counts = [len(one) for one in logs]
    n = int(np.clip(_MOST_DRAWS // sum(counts), 100, n_draws))
    spreads, weights = believe_spread(sizes, greatest_spread=greatest_spread)
    chosen = rng.choice(spreads, size=(n, 1), p=weights)
    drawn = [chosen * rng.normal(size=(n, count)) for count in counts]
    seen, expected = _measure([one[None, :] for one in logs]), _measure(drawn)
    mean, spread, tail = ((1 + (other >= one).sum(axis=0)) / (n + 1) for one, other in zip(seen, expected, strict=True))
    below = (1 + (expected[0] <= seen[0]).sum()) / (n + 1)
    rarest = float(np.min(tail))
    return SizeCheck(min(1.0, 2 * min(float(mean), float(below))), min(1.0, len(counts) * rarest), float(spread))


def _measure(logs: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Return mean over promise, difference of spreads, and the share of the greatest amount of each arm."""
    rest = [one - one.mean(axis=1, keepdims=True) for one in logs]
    squares = [(one**2).sum(axis=1) for one in rest]
    freedom = sum(one.shape[1] - 1 for one in rest)
    total = sum(squares)
    promise = total / freedom / 2
    mean = np.log(np.concatenate([np.exp(one) for one in rest], axis=1).mean(axis=1)) - promise
    apart = [
        np.abs(np.log(np.maximum(one, 1e-300) / (each.shape[1] - 1)) - np.log(np.maximum(total, 1e-300) / freedom))
        for one, each in zip(squares, rest, strict=True)
    ]
    shares = [np.exp(one.max(axis=1)) / np.exp(one).sum(axis=1) for one in rest]
    return np.asarray(mean), np.max(apart, axis=0), np.stack(shares, axis=1)
