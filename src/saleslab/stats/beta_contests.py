"""Contests of Beta distributions, by quadrature: who is greatest, by how much, and how many times as much.

The line of integration is the logit, on which even Beta(1/2, 1/2) is smooth and falls off exponentially. Errors are
below 1e-10 from no success at all to a million trials (tests/stats/test_contests.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.stats.contests import N_ROWS, Contest, reach_of, settle, settle_in_pieces
from saleslab.stats.panels import by_rows, lay_panels, solve_rising

Floats = npt.NDArray[np.float64]
Pair = tuple[npt.ArrayLike, npt.ArrayLike]

_CORE = np.array([-4.5, -2.5, -1.0, 0.0, 1.0, 2.5, 4.5])


def contest_betas(a: npt.ArrayLike, b: npt.ArrayLike, *, higher_is_better: bool = True) -> Contest:
    """Return chance of being best and expected loss of each of several Beta distributions.

    Parameters
    ----------
    a, b
        Parameters, shape (..., arms): any number of contests at once.
    higher_is_better
        False when the smallest is the best.

    Examples
    --------
    >>> answer = contest_betas([1, 7], [41, 35])  # 0 of 40 against 6 of 40, flat prior
    >>> answer.chance_best.round(7).tolist()
    [0.0059136, 0.9940864]
    """
    return settle_in_pieces(lambda one, other: _contest(one, other, higher_is_better), a, b)


def _contest(a: Floats, b: Floats, higher_is_better: bool) -> Contest:
    panels = lay_panels(_landmarks(a, b).reshape(len(a), -1))
    log_x, log_rest = _log_shares(panels.nodes)
    constants = _log_beta(a, b)
    densities = [
        np.exp(a[:, arm, None, None] * log_x + b[:, arm, None, None] * log_rest - constants[:, arm, None, None])
        for arm in range(a.shape[1])
    ]
    return settle(panels, densities, np.exp(log_x + log_rest), higher_is_better=higher_is_better)


def beta_difference_below(new: Pair, old: Pair, at: npt.ArrayLike) -> Floats:
    """Return the chance that ``new - old`` lies below ``at``, for Beta distributions given as pairs (a, b).

    Examples
    --------
    >>> beta_difference_below((1, 1), (1, 1), [-0.5, 0.0]).round(6).tolist()
    [0.125, 0.5]
    """
    return _difference_below(*(np.asarray(part, dtype=np.float64) for part in (at, *new, *old)))


def _difference_below(at: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return P(Beta(a, b) - Beta(c, d) < at): the rarer side is integrated where both ends are smooth."""
    rising = at >= 0
    gap = np.minimum(np.abs(at), 1 - 1e-15)
    ahead = by_rows(
        _chance_ahead,
        gap,
        *(np.where(rising, one, other) for one, other in ((a, c), (b, d), (c, a), (d, b))),
        n_rows=N_ROWS,
    )
    return np.asarray(np.where(rising, 1 - ahead, ahead))


def _chance_ahead(gap: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return P(Beta(a, b) > Beta(c, d) + gap) for 0 <= gap < 1; all flat.

    With ``x = gap + room * s`` and ``y = room * s`` the share ``s`` runs over all of (0, 1), and every distance from an
    end is a sum of positive terms.
    """
    room = 1 - gap
    ahead, behind = _landmarks(a, b), _landmarks(c, d)
    x, y = _shares(ahead), _shares(behind)
    marks_x = _logit((x[0] - gap[:, None]) / room[:, None], x[1] / room[:, None])
    marks_y = _logit(y[0] / room[:, None], (y[1] - gap[:, None]) / room[:, None])
    low, high = marks_y[:, :1], np.maximum(marks_x[:, -1:], marks_y[:, :1])
    panels = lay_panels(np.clip(np.concatenate([marks_x, marks_y], axis=1), low, high))
    log_s, log_rest = _log_shares(panels.nodes)
    a, b, c, d, gap, room = (part[:, None, None] for part in (a, b, c, d, gap, room))
    s, rest, log_room = np.exp(log_s), np.exp(log_rest), np.log(room)
    step = log_room + log_s + log_rest
    with np.errstate(divide="ignore"):
        log_x, log_y_rest = np.log(gap + room * s), np.log(gap + room * rest)
    log_x, log_y_rest = np.where(gap == 0, log_s, log_x), np.where(gap == 0, log_rest, log_y_rest)
    density_x = np.exp((a - 1) * log_x + (b - 1) * (log_room + log_rest) + step - _log_beta(a, b))
    density_y = np.exp((c - 1) * (log_room + log_s) + (d - 1) * log_y_rest + step - _log_beta(c, d))
    return np.clip(panels.integrate(density_y * panels.from_right(density_x)), 0, 1)


def beta_difference_quantiles(new: Pair, old: Pair, levels: npt.ArrayLike) -> Floats:
    """Return quantiles of ``new - old``, shape (..., levels).

    Examples
    --------
    >>> beta_difference_quantiles((1, 1), (1, 1), [0.125, 0.5]).round(6).tolist()
    [-0.5, 0.0]
    """
    (a, b), (c, d) = _spread(new), _spread(old)
    level = np.asarray(levels, dtype=np.float64)
    middle = a / (a + b) - c / (c + d)
    sd = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)) + c * d / ((c + d) ** 2 * (c + d + 1)))
    reach = reach_of(level) * sd * 1.001
    low, high = np.maximum(middle - reach, -1), np.minimum(middle + reach, 1)
    return solve_rising(_difference_below, low, high, parameters=(a, b, c, d), targets=level)


def beta_ratio_below(new: Pair, old: Pair, at: npt.ArrayLike) -> Floats:
    """Return the chance that ``new / old`` lies below ``at`` > 0, for Beta distributions given as pairs (a, b).

    Examples
    --------
    >>> beta_ratio_below((1, 1), (1, 1), [0.5, 1.0, 2.0]).round(6).tolist()
    [0.25, 0.5, 0.75]
    """
    point, *parameters = (np.asarray(part, dtype=np.float64) for part in (at, *new, *old))
    return _log_ratio_below(np.log(point), *parameters)


def _log_ratio_below(at: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    falling = at <= 0
    below = by_rows(
        _chance_below_share,
        -np.abs(at),
        *(np.where(falling, one, other) for one, other in ((a, c), (b, d), (c, a), (d, b))),
        n_rows=N_ROWS,
    )
    return np.asarray(np.where(falling, below, 1 - below))


def _chance_below_share(log_share: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return P(Beta(a, b) < share * Beta(c, d)) for a share of at most 1; all flat."""
    share = np.exp(log_share)
    x, marks_y = _shares(_landmarks(a, b)), _landmarks(c, d)
    marks_x = _logit(x[0] / share[:, None], (x[1] - (1 - share[:, None])) / share[:, None])
    low, high = np.minimum(marks_x[:, :1], marks_y[:, :1]), marks_y[:, -1:]
    panels = lay_panels(np.clip(np.concatenate([marks_x, marks_y], axis=1), low, high))
    log_y, log_y_rest = _log_shares(panels.nodes)
    a, b, c, d, share, log_share = (part[:, None, None] for part in (a, b, c, d, share, log_share))
    log_x = log_share + log_y
    with np.errstate(divide="ignore"):
        log_x_rest = np.where(share == 1, log_y_rest, np.log(-np.expm1(log_share) + share * np.exp(log_y_rest)))
    density_x = np.exp(a * log_x + (b - 1) * log_x_rest + log_y_rest - _log_beta(a, b))
    density_y = np.exp(c * log_y + d * log_y_rest - _log_beta(c, d))
    return np.clip(panels.integrate(density_y * panels.from_left(density_x)), 0, 1)


def beta_ratio_quantiles(new: Pair, old: Pair, levels: npt.ArrayLike) -> Floats:
    """Return quantiles of ``new / old``, shape (..., levels).

    Examples
    --------
    >>> beta_ratio_quantiles((1, 1), (1, 1), [0.25, 0.5, 0.75]).round(6).tolist()
    [0.5, 1.0, 2.0]
    """
    from scipy.special import polygamma, psi

    (a, b), (c, d) = _spread(new), _spread(old)
    level = np.asarray(levels, dtype=np.float64)
    middle = psi(a) - psi(a + b) - psi(c) + psi(c + d)
    sd = np.sqrt(polygamma(1, a) - polygamma(1, a + b) + polygamma(1, c) - polygamma(1, c + d))
    reach = reach_of(level) * sd * 1.001
    logs = solve_rising(_log_ratio_below, middle - reach, middle + reach, parameters=(a, b, c, d), targets=level)
    return np.exp(logs)


def _spread(pair: Pair) -> tuple[Floats, Floats]:
    """Return both parameters with an axis for the levels."""
    a, b = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in pair))
    return a[..., None], b[..., None]


def _landmarks(a: Floats, b: Floats) -> Floats:
    """Return logits between which a Beta density is smooth, shape (..., 13), rising; outside lies less than 1e-16.

    The logit has variance ``psi'(a) + psi'(b)``; it falls like ``exp(a t)`` to the left, ``exp(-b t)`` to the right.
    """
    from scipy.special import polygamma, psi

    middle, sd = psi(a) - psi(b), np.sqrt(polygamma(1, a) + polygamma(1, b))
    core = _CORE * sd[..., None]
    tails = [
        4.5 * sd[..., None] * (1 + (38 / rate + 5 * sd)[..., None] / (4.5 * sd[..., None])) ** (np.arange(1, 4) / 3)
        for rate in (a, b)
    ]
    return np.asarray(middle[..., None] + np.concatenate([-tails[0][..., ::-1], core, tails[1]], axis=-1))


def _log_beta(a: Floats, b: Floats) -> Floats:
    """Return the logarithm of the beta function; by Stirling's series where large gamma functions would cancel."""
    from scipy.special import betaln

    x, y = np.maximum(a, 10.0), np.maximum(b, 10.0)
    z = x + y
    series = x * np.log(x / z) + y * np.log(y / z) + 0.5 * np.log(2 * np.pi * z / (x * y))
    series = series + _stirling_rest(x) + _stirling_rest(y) - _stirling_rest(z)
    return np.asarray(np.where(np.minimum(a, b) > 10, series, betaln(a, b)))


def _stirling_rest(x: Floats) -> Floats:
    """Return by how much the logarithm of the gamma function exceeds Stirling's formula, for x >= 10."""
    square = x**-2
    return np.asarray((1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x)


def _log_shares(logit: Floats) -> tuple[Floats, Floats]:
    """Return the logarithms of a share and of the rest, both exact however close to 0 or 1 the share is."""
    small = np.log1p(np.exp(-np.abs(logit)))
    return np.minimum(logit, 0) - small, -np.maximum(logit, 0) - small


def _shares(logit: Floats) -> tuple[Floats, Floats]:
    log_share, log_rest = _log_shares(logit)
    return np.exp(log_share), np.exp(log_rest)


def _logit(share: Floats, rest: Floats) -> Floats:
    """Return the logit, or an end of the line where the share lies outside (0, 1)."""
    tiny = 1e-300
    return np.asarray(np.log(np.maximum(share, tiny)) - np.log(np.maximum(rest, tiny)))
