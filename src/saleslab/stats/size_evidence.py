"""Evidence that amounts differ between two arms, valid however heavy their tail is.

The lot alone is the model (`measure_lot_evidence`): if a treatment changes nothing, every draw of the same size was as
likely as the one that was made. The score of a unit, here the log likelihood ratio of "more of them above 0, or larger
when above 0", decides only how strong the evidence gets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.stats.lots import Booleans, measure_lot_evidence

Floats = npt.NDArray[np.float64]

LOG_ODDS_RATIOS = (-0.8, -0.4, -0.2, 0.0, 0.2, 0.4, 0.8)
SHIFTS = (-0.7, -0.35, 0.0, 0.35, 0.7)
"""By how many standard deviations of their logarithm amounts above 0 may differ."""

_FARTHEST = 3.0


def measure_size_evidence(
    amounts: Floats, is_new: Booleans, *, looks: Sequence[int] | None = None, seed: int
) -> Floats:
    """Return the log e-value against "the arms do not differ in any way" after each look.

    Parameters
    ----------
    amounts
        Shape (n,), 0 or more.
    is_new
        Who was drawn into the new arm.
    looks
        For each unit the number of the look at which its amount became known, counted from 0; None: all at once, which
        makes it valid for a single look.
    seed
        Puts the units of a look in a sequence that does not depend on how the rows were sorted.

    Returns
    -------
    np.ndarray
        Shape (looks,), cumulated.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> is_new = np.arange(400) % 2 == 1
    >>> amounts = np.where(rng.random(400) < 0.2 + 0.2 * is_new, np.exp(rng.normal(0.5 * is_new, 1)), 0)
    >>> bool(measure_size_evidence(amounts, is_new, seed=1)[-1] > np.log(20))
    True
    """
    when = np.zeros(len(amounts), dtype=np.int64) if looks is None else np.asarray(looks, dtype=np.int64)
    mixed = np.random.default_rng(seed).permutation(len(amounts))
    scores = _score(amounts[mixed], when[mixed])
    return measure_lot_evidence(scores, is_new[mixed], looks=list(when[mixed]))


def _score(amounts: Floats, looks: npt.NDArray[np.int64]) -> Floats:
    """Return the log likelihood ratios, shape (effects, n); sizes are measured against all seen up to the same look."""
    is_above = amounts > 0
    logs = np.log(np.where(is_above, amounts, 1.0))
    standing = np.zeros(len(amounts))
    for look in np.unique(looks):
        seen, now = is_above & (looks <= look), is_above & (looks == look)
        sd = float(logs[seen].std()) if seen.any() else 0.0
        if sd > 0:
            standing[now] = np.clip((logs[now] - logs[seen].mean()) / sd, -_FARTHEST, _FARTHEST)
    effects = [(odds, shift) for odds in LOG_ODDS_RATIOS for shift in SHIFTS if odds or shift]
    return np.stack([odds * is_above + shift * standing for odds, shift in effects])
