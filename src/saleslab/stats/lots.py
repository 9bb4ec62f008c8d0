"""Evidence that rests on the lot alone: valid whatever the outcomes are distributed like.

If a treatment changes nothing, the outcomes of a block would have been the same under any other draw of the lot. So
the chance of the draw that was made, tilted towards units that did well and normed over all draws of the same size, is
an e-value: no model of the outcomes is needed for it to hold, only for it to be strong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_BLOCK = 1_000
_NOTHING = -1e4


def measure_lot_evidence(scores: Floats, is_new: Booleans, *, looks: Sequence[int] | None = None) -> Floats:
    """Return the log e-value against "the lot does not matter" after each look.

    The conditional likelihood of a draw in which unit ``i`` enters the new arm with weight ``exp(score_i)``, given how
    many entered it (conditional logistic model; Breslow & Day 1980, section 7.2), times the number of draws.

    Parameters
    ----------
    scores
        Shape (effects, n): the log likelihood ratio of each unit's outcome under each effect in turn, against none. It
        may be computed from all outcomes up to the unit's own look, but not from who was in which arm.
    is_new
        Shape (n,): who was drawn into the new arm.
    looks
        For each unit the number of its look, counted from 0; all in one when None.

    Returns
    -------
    np.ndarray
        Shape (looks,), cumulated; effects are mixed in equal parts.

    Examples
    --------
    >>> outcome = np.array([0, 1, 0, 2, 0, 1, 0, 3, 4, 2, 5, 3])
    >>> path = measure_lot_evidence(np.stack([-0.5 * outcome, 0.5 * outcome]), np.arange(12) >= 6)
    >>> np.exp(path).round(1).tolist()
    [4.6]
    """
    n = len(is_new)
    when = np.zeros(n, dtype=np.int64) if looks is None else np.asarray(looks, dtype=np.int64)
    if scores.ndim != 2 or scores.shape[1] != n or when.shape != (n,) or (n and when.min() < 0):
        raise BadArgument(
            f"{n} units do not fit their scores or looks.", "give one score for each effect and unit, one look each."
        )
    n_looks = int(when.max()) + 1 if n else 1
    gains = np.zeros((scores.shape[0], n_looks))
    for look in range(n_looks):
        members = np.nonzero(when == look)[0]
        for start in range(0, len(members), _BLOCK):
            block = members[start : start + _BLOCK]
            gains[:, look] += _weigh_draw(scores[:, block], is_new[block])
    path = np.cumsum(gains, axis=1)
    peak = path.max(axis=0)
    return np.asarray(peak + np.log(np.exp(path - peak).mean(axis=0)))


def _weigh_draw(scores: Floats, is_new: Booleans) -> Floats:
    """Return the log of a draw's tilted chance over its chance by lot, for each effect; shape (effects,).

    The smaller side is taken, with its sign. ``mean[j]`` runs over the mean weight of all draws of ``j`` among the
    units so far: an elementary symmetric polynomial over the number of its terms, which keeps it of a good size.
    """
    n, n_new = scores.shape[1], int(is_new.sum())
    if n_new in (0, n):
        return np.zeros(len(scores))
    if 2 * n_new > n:
        scores, is_new, n_new = -scores, ~is_new, n - n_new
    tilt = np.exp(np.clip(scores - scores.mean(axis=1, keepdims=True), -40, 40))
    mean = np.zeros((len(scores), n_new + 1))
    mean[:, 0], scale = 1.0, np.zeros(len(scores))
    places = np.arange(1, n_new + 1)
    for seen in range(1, n + 1):
        taken = np.minimum(places / seen, 1.0)
        mean[:, 1:] = mean[:, 1:] * (1 - taken) + mean[:, :-1] * taken * tilt[:, seen - 1, None]
        if seen % 16 == 0:
            peak = mean.max(axis=1, keepdims=True)
            mean, scale = mean / peak, scale + np.log(peak[:, 0])
    chosen, last = np.log(tilt)[:, is_new].sum(axis=1), mean[:, n_new]
    gain = chosen - np.log(np.where(last > 0, last, 1.0)) - scale
    return np.where(last > 0, gain, _NOTHING)  # too far below the peak to be known: no evidence, which is always safe
