"""Have the chains of a sampler converged, and how many independent draws are they worth?

Rank-normalised split R-hat and bulk effective sample size of Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021,
"Rank-normalization, folding, and localization", Bayesian Analysis 16(2), in plain numpy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Floats = npt.NDArray[np.float64]


def measure_rhat(draws: Floats) -> float:
    """Return the larger of bulk and tail R-hat; 1 when the chains agree, above 1.01 when they may not.

    Parameters
    ----------
    draws
        Shape (chains, draws) of one scalar quantity, at least four draws a chain.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> measure_rhat(rng.normal(size=(4, 500))) < 1.01
    True
    >>> measure_rhat(rng.normal(size=(4, 500)) + np.arange(4)[:, None]) > 1.5
    True
    """
    halves = _split(draws)
    if np.ptp(halves) == 0:
        return 1.0
    folded = np.abs(halves - np.median(halves))
    return max(_rhat(_normal_scores(halves)), _rhat(_normal_scores(folded)))


def measure_ess(draws: Floats) -> float:
    """Return the bulk effective sample size of one quantity, between 1 and ``n log10(n)`` for ``n`` draws in all.

    Parameters
    ----------
    draws
        Shape (chains, draws), at least four draws a chain.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> bool(1600 < measure_ess(rng.normal(size=(4, 500))) < 2600)
    True
    """
    halves = _split(draws)
    total = halves.size
    if np.ptp(halves) == 0:
        return float(total)
    scores = _normal_scores(halves)
    n = scores.shape[1]
    covariance = _autocovariance(scores)
    within = covariance[:, 0].mean() * n / (n - 1)
    spread = within * (n - 1) / n + (scores.mean(axis=1).var(ddof=1) if len(scores) > 1 else 0.0)
    correlation = 1 - (within - covariance.mean(axis=0) * n / (n - 1)) / spread
    correlation[0] = 1.0
    time = _integrate(correlation)
    return float(total / max(time, 1 / np.log10(total)))


def _split(draws: Floats) -> Floats:
    if draws.ndim != 2 or draws.shape[1] < 4:
        raise BadArgument(
            f"Draws of shape {draws.shape} cannot be judged.", "give (chains, draws) with at least four draws a chain."
        )
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]]).astype(np.float64)


def _normal_scores(values: Floats) -> Floats:
    """Replace values by the normal quantiles of their ranks (Blom's offsets)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(values, method="average").reshape(values.shape)
    return np.asarray(ndtri((ranks - 0.375) / (values.size + 0.25)))


def _rhat(scores: Floats) -> float:
    n = scores.shape[1]
    within = scores.var(axis=1, ddof=1).mean()
    between = n * scores.mean(axis=1).var(ddof=1)
    return float(np.sqrt((between / within + n - 1) / n))


def _autocovariance(scores: Floats) -> Floats:
    n = scores.shape[1]
    centred = scores - scores.mean(axis=1, keepdims=True)
    transformed = np.fft.rfft(centred, 2 * n)
    return np.asarray(np.fft.irfft(transformed * transformed.conj(), 2 * n)[:, :n] / n)


def _integrate(correlation: Floats) -> float:
    """Return the integrated autocorrelation time by Geyer's initial monotone sequence."""
    pairs = correlation[: len(correlation) // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.nonzero(pairs < 0)[0]
    stop = int(negative[0]) if len(negative) else len(pairs)
    kept = np.minimum.accumulate(pairs[:stop])
    beyond = max(float(correlation[2 * stop]), 0.0) if 2 * stop < len(correlation) else 0.0
    return float(2 * kept.sum() - 1 + beyond)
