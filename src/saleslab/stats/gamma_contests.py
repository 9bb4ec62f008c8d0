"""Contests of Gamma distributions, by quadrature: who is greatest, by how much, and how many times as much.

Counts over a known exposure, and the speed at which things end, have such posteriors. The line of integration is the
logarithm; ratios have a closed form.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.stats.contests import N_ROWS, Contest, reach_of, settle, settle_in_pieces
from saleslab.stats.panels import by_rows, lay_panels, solve_rising

Floats = npt.NDArray[np.float64]
Pair = tuple[npt.ArrayLike, npt.ArrayLike]

_CORE = np.array([-4.5, -2.5, -1.0, 0.0, 1.0, 2.0])


def contest_gammas(shape: npt.ArrayLike, rate: npt.ArrayLike, *, higher_is_better: bool = True) -> Contest:
    """Return chance of being best and expected loss of each of several Gamma distributions.

    Parameters
    ----------
    shape, rate
        Parameters, shape (..., arms): any number of contests at once. The mean is ``shape / rate``.
    higher_is_better
        False when the smallest is the best.

    Examples
    --------
    >>> answer = contest_gammas([30.5, 40.5], [10.0, 10.0])
    >>> answer.chance_best.round(4).tolist(), answer.expected_loss.round(3).tolist()
    ([0.1159, 0.8841], [1.048, 0.048])
    """
    return settle_in_pieces(lambda one, other: _contest(one, other, higher_is_better), shape, rate)


def _contest(shapes: Floats, rates: Floats, higher_is_better: bool) -> Contest:
    panels = lay_panels(_landmarks(shapes, rates).reshape(len(shapes), -1))
    values = np.exp(panels.nodes)
    densities = [
        _density(panels.nodes, values, shapes[:, arm, None, None], rates[:, arm, None, None])
        for arm in range(shapes.shape[1])
    ]
    return settle(panels, densities, values, higher_is_better=higher_is_better)


def gamma_difference_below(new: Pair, old: Pair, at: npt.ArrayLike) -> Floats:
    """Return the chance that ``new - old`` lies below ``at``, for Gamma distributions given as pairs (shape, rate).

    Examples
    --------
    >>> gamma_difference_below((1, 1), (1, 1), [-1.0, 0.0]).round(6).tolist()  # two-sided exponential
    [0.18394, 0.5]
    """
    return _difference_below(*(np.asarray(part, dtype=np.float64) for part in (at, *new, *old)))


def _difference_below(at: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    rising = at >= 0
    swapped = (np.where(rising, one, other) for one, other in ((a, c), (b, d), (c, a), (d, b)))
    ahead = by_rows(_chance_ahead, np.abs(at), *swapped, n_rows=N_ROWS)
    return np.asarray(np.where(rising, 1 - ahead, ahead))


def _chance_ahead(gap: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return P(Gamma(a, b) > Gamma(c, d) + gap) for a gap of at least 0; all flat."""
    behind = _landmarks(c, d)
    ahead = np.log(np.maximum(np.exp(_landmarks(a, b)) - gap[:, None], 1e-300))
    low, high = behind[:, :1], np.maximum(ahead[:, -1:], behind[:, -1:])
    panels = lay_panels(np.clip(np.concatenate([ahead, behind], axis=1), low, high))
    a, b, c, d, gap = (part[:, None, None] for part in (a, b, c, d, gap))
    y = np.exp(panels.nodes)
    x = gap + y
    log_x = np.where(gap == 0, panels.nodes, np.log(x))
    density_x = _density(log_x, x, a, b) * np.exp(panels.nodes - log_x)
    return np.clip(panels.integrate(_density(panels.nodes, y, c, d) * panels.from_right(density_x)), 0, 1)


def gamma_difference_quantiles(new: Pair, old: Pair, levels: npt.ArrayLike) -> Floats:
    """Return quantiles of ``new - old``, shape (..., levels).

    Examples
    --------
    >>> gamma_difference_quantiles((1, 1), (1, 1), [0.25, 0.5]).round(6).tolist()
    [-0.693147, 0.0]
    """
    (a, b), (c, d) = _spread(new), _spread(old)
    level = np.asarray(levels, dtype=np.float64)
    middle, reach = a / b - c / d, reach_of(level) * np.sqrt(a / b**2 + c / d**2) * 1.001
    return solve_rising(_difference_below, middle - reach, middle + reach, parameters=(a, b, c, d), targets=level)


def gamma_ratio_below(new: Pair, old: Pair, at: npt.ArrayLike) -> Floats:
    """Return the chance that ``new / old`` lies below ``at`` > 0, in closed form.

    Examples
    --------
    >>> gamma_ratio_below((1, 1), (1, 1), [1.0, 3.0]).round(6).tolist()
    [0.5, 0.75]
    """
    from scipy.special import betainc

    point, a, b, c, d = (np.asarray(part, dtype=np.float64) for part in (at, *new, *old))
    return np.asarray(betainc(a, c, b * point / (b * point + d)))


def gamma_ratio_quantiles(new: Pair, old: Pair, levels: npt.ArrayLike) -> Floats:
    """Return quantiles of ``new / old``, shape (..., levels), in closed form.

    Examples
    --------
    >>> gamma_ratio_quantiles((1, 1), (1, 1), [0.5, 0.75]).round(6).tolist()
    [1.0, 3.0]
    """
    from scipy.special import betaincinv

    (a, b), (c, d) = _spread(new), _spread(old)
    level = np.asarray(levels, dtype=np.float64)
    return np.asarray(betaincinv(a, c, level) / betaincinv(c, a, 1 - level) * d / b)


def _spread(pair: Pair) -> tuple[Floats, Floats]:
    """Return both parameters with an axis for the levels."""
    a, b = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in pair))
    return a[..., None], b[..., None]


def _density(log_x: Floats, x: Floats, shape: Floats, rate: Floats) -> Floats:
    """Return the density of the logarithm of a Gamma variable."""
    from scipy.special import gammaln

    return np.asarray(np.exp(shape * (log_x + np.log(rate)) - rate * x - gammaln(shape)))


def _landmarks(shape: Floats, rate: Floats) -> Floats:
    """Return logarithms between which a Gamma density is smooth, shape (..., 12), rising."""
    from scipy.special import polygamma, psi

    middle, sd = psi(shape) - np.log(rate), np.sqrt(polygamma(1, shape))[..., None]
    thirds = np.arange(1, 4) / 3
    left = 4.5 * sd * (1 + (38 / shape[..., None] + 5 * sd) / (4.5 * sd)) ** thirds
    end = np.log((shape + 12 * np.sqrt(shape) + 45) / rate) - middle
    right = 2 * sd + (end[..., None] - 2 * sd) * thirds
    return np.asarray(middle[..., None] + np.concatenate([-left[..., ::-1], _CORE * sd, right], axis=-1))
