"""Were things split as planned? Counts against expected shares, once or after every look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

_TOO_FEW = 10
_MOST_OUTCOMES = 2_000_000
_STRENGTHS = (10.0, 100.0, 1_000.0, 10_000.0)
_LARGEST_LOG = 700.0


def measure_split_p(counts: Sequence[int], expected: Sequence[float]) -> float:
    """Return the p-value of counts against the shares that were planned.

    Parameters
    ----------
    counts
        One whole number for each arm.
    expected
        Planned shares or weights, one for each arm, not negative. Arms with 0 take no part and no degree of freedom;
        one of them that holds anything makes the split impossible (p = 0).

    Returns
    -------
    float
        Pearson's chi-square with as many degrees of freedom as arms with a share, less one; where an expected count is
        below 10 the exact multinomial test (all outcomes at most as likely as the one seen), if these can be counted.

    Raises
    ------
    NotEnoughData
        When nothing was split.

    Examples
    --------
    >>> round(measure_split_p([44_700, 45_489], [1, 1]), 6)
    0.008608
    >>> f"{measure_split_p([5200, 4800, 0], [0.5, 0.5, 0.0]):.1e}"
    '6.3e-05'
    """
    from scipy.special import gammaincc

    seen, shares = _check_split(counts, expected)
    if seen[shares == 0].any():
        return 0.0
    seen, shares = seen[shares > 0], shares[shares > 0]
    total, freedom = seen.sum(), len(shares) - 1
    if total == 0:
        raise NotEnoughData("Nothing was split: all counts are 0.", "wait until units are assigned.")
    if freedom == 0:
        return 1.0
    if (total * shares).min() < _TOO_FEW and _count_outcomes(int(total), freedom) <= _MOST_OUTCOMES:
        return _exact_p(seen, shares)
    distance = ((seen - total * shares) ** 2 / (total * shares)).sum()
    return float(gammaincc(freedom / 2, distance / 2))


def _count_outcomes(total: int, freedom: int) -> float:
    from scipy.special import binom

    return float(binom(total + freedom, freedom))


def _exact_p(seen: Floats, shares: Floats) -> float:
    """Return the chance of all outcomes that are at most as likely as the one seen."""
    from scipy.special import gammaln

    total = int(seen.sum())
    # outcomes are grown arm by arm: how many are left, and the log-probability so far
    left, logs = np.array([total]), np.array([gammaln(total + 1)])
    for share in shares[:-1]:
        taken = np.concatenate([np.arange(most + 1) for most in left])
        parent = np.repeat(np.arange(len(left)), left + 1)
        logs = logs[parent] + taken * np.log(share) - gammaln(taken + 1)
        left = left[parent] - taken
    logs = logs + left * np.log(shares[-1]) - gammaln(left + 1)
    own = gammaln(total + 1) + (seen * np.log(shares) - gammaln(seen + 1)).sum()
    return float(min(1.0, np.exp(logs[logs <= own + 1e-9]).sum()))


def measure_split_e(counts_by_look: Sequence[Sequence[int]], expected: Sequence[float]) -> Floats:
    """Return the e-value against the planned shares after each look; reaching 1,000 at any time has chance 1/1,000.

    The counts so far are weighed under Dirichlet distributions around the plan, from loose to tight in equal parts,
    against the plan itself (Lindon & Malek 2022, "Anytime-valid inference for multinomial count data", NeurIPS 35).

    Parameters
    ----------
    counts_by_look
        One row for each look, what came in since the look before; one column for each arm.
    expected
        Planned shares or weights, one for each arm.

    Returns
    -------
    np.ndarray
        Shape (looks,); infinite once an arm that should stay empty is not.

    Examples
    --------
    >>> measure_split_e([[60, 40], [70, 30], [65, 35]], [1, 1]).round(1).tolist()
    [1.5, 394.2, 29632.5]
    """
    from scipy.special import gammaln

    looks = np.asarray(counts_by_look, dtype=np.float64)
    if looks.ndim != 2 or not len(looks):
        raise BadArgument("Looks at a split are no table.", "give one row for each look, one column for each arm.")
    _, shares = _check_split(looks[0], expected)
    for look in looks[1:]:
        _check_split(look, expected)
    totals = looks.cumsum(axis=0)
    impossible = totals[:, shares == 0].any(axis=1)
    totals, shares = totals[:, shares > 0], shares[shares > 0]
    n, logs = totals.sum(axis=1), []
    for strength in _STRENGTHS:
        around = strength * shares
        marginal = (gammaln(around + totals) - gammaln(around)).sum(axis=1) + gammaln(strength) - gammaln(strength + n)
        logs.append(marginal - (totals * np.log(shares)).sum(axis=1))
    path = np.exp(np.minimum(np.array(logs), _LARGEST_LOG)).mean(axis=0)
    return np.where(impossible, np.inf, path)


def _check_split(counts: Sequence[int] | Floats, expected: Sequence[float]) -> tuple[Floats, Floats]:
    """Return counts and shares that add up to 1, or say what is wrong with them."""
    seen, weights = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if seen.shape != weights.shape or seen.ndim != 1 or not len(seen):
        raise BadArgument(
            f"{seen.size} counts do not fit {weights.size} expected shares.", "give one share for each arm."
        )
    if not np.all(np.isfinite(seen) & (seen >= 0) & (seen == np.floor(seen))):
        raise BadArgument("A split has counts that are negative, fractional or missing.", "count the units anew.")
    if not (np.all(np.isfinite(weights) & (weights >= 0)) and weights.sum() > 0):
        raise BadArgument("Expected shares are negative or all 0.", "give the planned shares, such as [0.5, 0.5].")
    return seen, weights / weights.sum()
