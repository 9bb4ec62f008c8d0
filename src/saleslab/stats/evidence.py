"""Evidence against "no difference" that may be looked at as often as one likes.

An e-value is a likelihood ratio whose mean under the null hypothesis is at most 1. Multiplied over looks it stays one,
so the chance that it ever reaches 20 is at most 1/20 (Ville 1939; Ramdas, Grünwald, Vovk & Shafer 2023,
"Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38).

What is multiplied are **blocks**: what came in between two looks, with the sizes that were logged for it. Where only
totals are known they are one block, valid for a single look; two totals of which one contains the other may never be
multiplied. All results are logarithms, cumulated over the last axis.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = tuple[npt.ArrayLike, npt.ArrayLike]

LOG_ODDS_RATIOS = (-0.8, -0.4, -0.2, 0.2, 0.4, 0.8)
"""Effects among which the alternative is mixed, in equal parts; large tests add smaller ones."""

SMALL_LOG_ODDS_RATIOS = (0.1, 0.05, 0.025, 0.0125, 0.00625)
"""Effects, either way, that join the mixture where looks are so large that half a year of them would show them."""

_LOOKS_AHEAD, _SHOWN = 26, 6.0  # an effect d is shown where d ** 2 times the information is 2 log 20, about

LOG_RATE_RATIOS = (-0.8, -0.4, -0.2, -0.1, 0.1, 0.2, 0.4, 0.8)

_HALF = 56
"""Points to each side of the mode that hold all but 1e-15 of a sum of coins, taken every ``sd / 2``."""


def measure_rate_evidence(new: Counts, old: Counts, *, log_odds_ratios: tuple[float, ...] | None = None) -> Floats:
    """Return the log e-value against equal rates after each look.

    In each block the two counts are compared given their sum: Fisher's non-central hypergeometric likelihood at an odds
    ratio, against the central one. Given the sum nothing depends on the common rate, which therefore need not be known
    and may differ from week to week. The e-variables of Turner, Ly & Grünwald 2024, "Generic e-variables for exact
    sequential k-sample tests", Statistics and Probability Letters, must learn the common rate first and reach less
    (power .33 instead of .38 in `tests/validation/experiments_peeking.py`).

    Parameters
    ----------
    new, old
        ``(successes, trials)`` of each look alone, not cumulated; shape (..., looks).
    log_odds_ratios
        Effects among which the alternative is mixed; None: `LOG_ODDS_RATIOS`, and those of `SMALL_LOG_ODDS_RATIOS`
        that looks as large as the first one would show. They are chosen by its sizes and its sum alone, of which the
        evidence given the sum does not depend, so they cost no validity.

    Returns
    -------
    np.ndarray
        Shape (..., looks), cumulated.

    Examples
    --------
    >>> weekly = measure_rate_evidence(([9, 12, 11], [50, 50, 50]), ([4, 3, 2], [50, 50, 50]))
    >>> np.exp(weekly).round(1).tolist()
    [1.3, 9.0, 109.0]
    """
    counts = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in (*new, *old)))
    y, n, x, m = (part[..., None] for part in counts)
    if log_odds_ratios is None:
        effects = np.array([*LOG_ODDS_RATIOS, *(sign * one for one in SMALL_LOG_ODDS_RATIOS for sign in (-1, 1))])
        joins = choose_effects((y + x)[..., 0, :], n[..., 0, :], m[..., 0, :], effects)
        counted = joins.reshape(-1, len(effects)).any(axis=0)
        effects, joins = effects[counted], joins[..., counted]
    else:
        effects = np.asarray(log_odds_ratios, dtype=np.float64)
        joins = np.ones(len(effects), dtype=bool)
    gains = effects * y - _log_tilt(y + x, n, m, effects)
    return _mix(np.cumsum(gains, axis=-2), joins[..., None, :])


def choose_effects(total: Floats, n: Floats, m: Floats, effects: Floats) -> npt.NDArray[np.bool_]:
    """Return which effects are mixed, given the sum and the sizes of the first look; shape (..., effects).

    Examples
    --------
    >>> effects = np.array([0.2, 0.1, 0.05, 0.025])
    >>> [choose_effects(0.1 * 2 * n, n, n, effects).tolist() for n in (50.0, 5000.0)]
    [[True, False, False, False], [True, True, True, False]]
    """
    units = n + m
    information = n * m * total * (units - total) / np.maximum(units**2 * (units - 1), 1.0)
    small = np.abs(effects) < min(map(abs, LOG_ODDS_RATIOS))
    return np.asarray(~small | (_LOOKS_AHEAD * information * effects**2 >= _SHOWN))


def _log_tilt(total: Floats, n: Floats, m: Floats, effect: Floats) -> Floats:
    """Return ``log E exp(effect * k)`` for ``k`` hypergeometric: ``total`` drawn from ``n`` marked and ``m`` others.

    Such a ``k`` is a sum of independent coins (Vatutin & Mikhailov 1982), tilted or not, so every ``sd / 2``-th term
    gives the sum to ``2 exp(-32)``, and terms beyond Bernstein's bound do not count.
    """
    low, high = np.maximum(0, total - m), np.minimum(n, total)
    centre, sd = _locate(total, n, m, effect)
    stride = np.maximum(np.floor(sd / 2), 1)[..., None]
    k = np.round(centre)[..., None] + stride * np.arange(-_HALF, _HALF + 1)
    inside = (k >= low[..., None]) & (k <= high[..., None])
    k = np.clip(k, low[..., None], high[..., None])
    total, n, m = total[..., None], n[..., None], m[..., None]
    terms = _log_choose(n, k) + _log_choose(m, total - k) - _log_choose(n + m, total) + effect[..., None] * k
    terms = np.where(inside, terms, -np.inf)
    peak = terms.max(axis=-1, keepdims=True)
    return np.asarray(peak[..., 0] + np.log(np.exp(terms - peak).sum(axis=-1)) + np.log(stride[..., 0]))


def _locate(total: Floats, n: Floats, m: Floats, effect: Floats) -> tuple[Floats, Floats]:
    """Return mode and standard deviation of the tilted count, as of four independent cells (Cornfield 1956)."""
    odds = np.exp(effect)
    a, b, c = odds - 1, m - total + odds * (n + total), odds * n * total
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0))
    mode = 2 * c / np.maximum(b + root, 1e-300)
    cells = np.stack([mode, n - mode, total - mode, m - total + mode])
    variance = 1 / (1 / np.maximum(cells, 1e-9)).sum(axis=0)
    return np.broadcast_to(mode, variance.shape), np.sqrt(variance)


def _log_choose(n: Floats, k: Floats) -> Floats:
    from scipy.special import gammaln

    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def measure_count_evidence(new: Counts, old: Counts, *, log_rate_ratios: tuple[float, ...] = LOG_RATE_RATIOS) -> Floats:
    """Return the log e-value against equal rates of two Poisson streams after each look.

    Given its sum, a look's count is binomial in the share of the exposure, whatever the common rate was. Valid for
    Poisson counts only: where they spread more, use `measure_lot_evidence`.

    Parameters
    ----------
    new, old
        ``(counts, exposures)`` of each look alone, not cumulated; shape (..., looks).
    log_rate_ratios
        Effects among which the alternative is mixed.

    Examples
    --------
    >>> np.exp(measure_count_evidence(([30, 34], [10, 10]), ([18, 15], [10, 10]))).round(1).tolist()
    [1.5, 27.0]
    """
    y, e, x, f = (np.asarray(part, dtype=np.float64)[..., None] for part in (*new, *old))
    effects, share = np.asarray(log_rate_ratios, dtype=np.float64), e / (e + f)
    gains = effects * y - (y + x) * np.log1p(share * np.expm1(effects))
    return _mix(np.cumsum(gains, axis=-2))


def _mix(logs: Floats, joins: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Return the logarithm of the mean over those of the last axis that join."""
    counted = np.ones(logs.shape[-1], dtype=bool) if joins is None else joins
    peak = np.where(counted, logs, -np.inf).max(axis=-1, keepdims=True)
    return np.asarray(peak[..., 0] + np.log(np.exp(logs - peak).mean(axis=-1, where=counted)))
