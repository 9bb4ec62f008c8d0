"""Latent classes: segments within which the columns no longer go together.

A finite mixture with columns independent given the class (Lazarsfeld & Henry 1968): categories have a chance in each
class, numbers a normal distribution. Fitted by EM on weighted points, with a little prior weight on each category and
on each variance, so that no chance is 0 and no class collapses onto one customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.segmentation.prototypes import Layout, search_prototypes

Floats = npt.NDArray[np.float64]

_MOST_STEPS, _CLOSE = 300, 1e-8
_PRIOR = 1.0
_N_STARTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Fitted classes.

    Attributes
    ----------
    shares
        Share of each class.
    means, variances
        Shape (classes, numbers), of standardised numbers.
    chances
        Shape (classes, levels) for all categorical columns side by side.
    log_likelihood
        Of the weighted points.
    """

    shares: Floats
    means: Floats
    variances: Floats
    chances: Floats
    log_likelihood: float


def fit_classes(layout: Layout, k: int, weights: Floats, *, rng: np.random.Generator) -> Classes:
    """Return the likeliest of several fits, each begun from segments of k-prototypes.

    Examples
    --------
    >>> layout = Layout(np.array([[0.0], [0.1], [5.0], [5.1]]), 1)
    >>> fit_classes(layout, 2, np.full(4, 10.0), rng=np.random.default_rng(1)).shares.round(1).tolist()
    [0.5, 0.5]
    """
    fits = []
    for _ in range(_N_STARTS):
        begun = search_prototypes(layout, k, weights, rng=rng, n_starts=1)
        belongs = 0.1 / k + 0.9 * (begun.labels[:, None] == np.arange(k))
        fits.append(_climb(layout, weights, belongs))
    return max(fits, key=lambda fit: fit.log_likelihood)


def _climb(layout: Layout, weights: Floats, belongs: Floats) -> Classes:
    before = -np.inf
    for _ in range(_MOST_STEPS):
        fit = _maximise(layout, weights, belongs)
        logs = _log_joint(layout, fit)
        peak = logs.max(axis=1, keepdims=True)
        total = peak[:, 0] + np.log(np.exp(logs - peak).sum(axis=1))
        belongs, likelihood = np.exp(logs - total[:, None]), float(weights @ total)
        if likelihood - before < _CLOSE * abs(likelihood):
            break
        before = likelihood
    return Classes(fit.shares, fit.means, fit.variances, fit.chances, likelihood)


def _maximise(layout: Layout, weights: Floats, belongs: Floats) -> Classes:
    members = (belongs * weights[:, None]).T
    size = members.sum(axis=1)
    numbers, flags = layout.matrix[:, : layout.n_numbers], layout.matrix[:, layout.n_numbers :]
    means = members @ numbers / size[:, None]
    squares = members @ numbers**2 - size[:, None] * means**2
    variances = (np.maximum(squares, 0) + _PRIOR) / (size[:, None] + _PRIOR)
    shares = (size + _PRIOR) / (size + _PRIOR).sum()
    counts = members @ flags
    for start, end in _blocks(layout):
        common = weights @ flags[:, start:end] / weights.sum()
        counts[:, start:end] = (counts[:, start:end] + _PRIOR * common) / (size[:, None] + _PRIOR)
    return Classes(shares, means, variances, counts, 0.0)


def _blocks(layout: Layout) -> list[tuple[int, int]]:
    ends = [*layout.starts[1:], layout.matrix.shape[1]]
    return [(start - layout.n_numbers, end - layout.n_numbers) for start, end in zip(layout.starts, ends, strict=False)]


def _log_joint(layout: Layout, fit: Classes) -> Floats:
    numbers, flags = layout.matrix[:, : layout.n_numbers], layout.matrix[:, layout.n_numbers :]
    logs = np.log(fit.shares) + flags @ np.log(fit.chances).T
    for at in range(layout.n_numbers):
        apart = (numbers[:, at, None] - fit.means[:, at]) ** 2 / fit.variances[:, at]
        logs = logs - 0.5 * (apart + np.log(2 * np.pi * fit.variances[:, at]))
    return np.asarray(logs)
