"""How well does a score sort rows by what a treatment does to them?

There is no agreed Qini: of one score on one data set scikit-uplift says 0.068 and causalml 0.180. Here it is the area
between the gain curve and the diagonal, where the gain at a share is what treating that share of all rows, the highest
scores first, brings per row. It has the unit of the outcome, equal scores are one step of the curve, so that neither
ties nor the sequence of rows matter, and it is a mean, so that it has an interval. The two libraries' own numbers are
given by `match_scikit_uplift` and `match_causalml`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval
from saleslab.stats.policy_values import estimate_mean

Floats = npt.NDArray[np.float64]

DEFINITION = "mean over rows of (share of rows scored lower, ties counted half, - 1/2) x effect of the row"
"""The coefficient in one line, to be printed beside the number."""


@dataclass(frozen=True, slots=True, eq=False)
class Qini:
    """The gain curve of a score and the area between it and the diagonal.

    Attributes
    ----------
    coefficient
        Area between curve and diagonal, in outcome per row: 0 for a score that sorts no better than chance, below 0
        for one that sorts the wrong way.
    shares, gains
        The curve: share of rows treated, from 0 to 1, one point for each distinct score, and the gain per row.
    definition
        `DEFINITION`.
    """

    coefficient: Interval
    shares: Floats
    gains: Floats
    definition: str = DEFINITION

    def gain_at(self, share: float) -> float:
        """Return the gain per row if that share of the rows is treated."""
        return float(np.interp(share, self.shares, self.gains))


def measure_qini(
    score: npt.ArrayLike,
    effects: npt.ArrayLike,
    *,
    clusters: npt.ArrayLike | None = None,
    mass: float = 0.9,
) -> Qini:
    """Return the Qini curve and coefficient of a score.

    Parameters
    ----------
    score
        What the rows are sorted by, highest first.
    effects
        An unbiased effect for each row: the difference of two columns of `policy_values.score_actions`, the result of
        `policy_values.weigh_effects`, or the truth of a simulation.
    clusters, mass
        As in `policy_values.estimate_mean`. The interval counts both that rows were drawn and that outcomes vary; it
        takes the score as given, so the score must not have been trained on these outcomes.

    Examples
    --------
    >>> perfect = measure_qini([4, 3, 2, 1], [1.0, 1.0, 0.0, 0.0])
    >>> perfect.coefficient.estimate, perfect.gains.tolist()
    (0.125, [0.0, 0.25, 0.5, 0.5, 0.5])
    >>> measure_qini([1, 1, 1, 1], [1.0, 1.0, 0.0, 0.0]).coefficient.estimate
    0.0
    """
    parts, shares, gains = _lay_curve(score, effects)
    return Qini(estimate_mean(parts, clusters=clusters, mass=mass), shares, gains)


def weigh_ranks(score: npt.ArrayLike, effects: npt.ArrayLike) -> Floats:
    """Return what each row adds to the coefficient: its mean is the coefficient, its spread the uncertainty.

    Examples
    --------
    >>> weigh_ranks([4, 3, 2, 1], [1.0, 1.0, 0.0, 0.0]).mean().item()
    0.125
    """
    return _lay_curve(score, effects)[0]


def _lay_curve(score: npt.ArrayLike, effects: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    sorting, gain = np.asarray(score, dtype=np.float64), np.asarray(effects, dtype=np.float64)
    if sorting.shape != gain.shape or not (np.isfinite(sorting).all() and np.isfinite(gain).all()):
        raise BadArgument(
            f"{len(sorting)} scores and {len(gain)} effects are not one finite pair a row.",
            "leave out rows without a score or an outcome.",
        )
    if len(gain) < 2:
        raise NotEnoughData(f"{len(gain)} rows have no sequence.", "give at least two.")
    _, step, sizes = np.unique(-sorting, return_inverse=True, return_counts=True)
    ends, totals = np.cumsum(sizes), np.cumsum(np.bincount(step, weights=gain))
    shares, gains = np.r_[0, ends] / len(gain), np.r_[0, totals] / len(gain)
    middles, reached = (shares[1:] + shares[:-1]) / 2, (gains[1:] + gains[:-1]) / 2
    sampled = reached[step] - reached @ (sizes / len(gain))
    return (0.5 - middles[step]) * gain + sampled, shares, gains


def match_scikit_uplift(score: npt.ArrayLike, treated: npt.ArrayLike, outcome: npt.ArrayLike) -> float:
    """Return the number that `sklift.metrics.qini_auc_score` 0.5.1 gives, for readers who compare with one.

    The curve is ``y_treated - y_control * n_treated / n_control`` at the end of each tie; the area above its diagonal
    is divided by that of the score that knows the outcomes. Outcomes are 0 or 1.

    Examples
    --------
    >>> round(match_scikit_uplift([5, 5, 4, 3, 2, 1], [1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 0, 1]), 3)
    0.769
    """
    sorting, had, y = _read(score, treated, outcome)
    actual, shares = _radcliffe(sorting, had, y, ends_only=True)
    best, best_shares = _radcliffe(np.where(had, y, -y), had, y, ends_only=True)
    diagonal = best[-1] / 2
    area = np.trapezoid(actual, shares) - diagonal
    return float(area / (np.trapezoid(best, best_shares) - diagonal))


def match_causalml(
    score: npt.ArrayLike, treated: npt.ArrayLike, outcome: npt.ArrayLike, *, normalize: bool = True
) -> float:
    """Return the number that `causalml.metrics.qini_score` 0.18.0 gives, for readers who compare with one.

    The same curve row by row, straight where no control came yet, over its last value; the mean height above its
    diagonal. Rows with equal scores count in the sequence in which they are given: so does causalml, and its number
    changes with it.

    Examples
    --------
    >>> round(match_causalml([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 0, 0]), 3)
    0.2
    """
    curve, _ = _radcliffe(*_read(score, treated, outcome), ends_only=False)
    known = np.isfinite(curve)
    line = np.arange(len(curve))
    curve = np.interp(line, line[known], curve[known])
    if normalize and curve[-1] == 0:
        raise NotEnoughData("The total effect is 0; causalml divides by it.", "ask for normalize=False.")
    scale = abs(curve[-1]) if normalize else 1.0
    return float((curve - np.linspace(0, curve[-1], len(curve))).mean() / scale)


def _read(
    score: npt.ArrayLike, treated: npt.ArrayLike, outcome: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    had = np.asarray(treated, dtype=bool)
    if had.all() or not had.any():
        raise NotEnoughData(
            f"{int(had.sum())} of {len(had)} rows were treated: there is nothing to compare with.",
            "give rows of both kinds.",
        )
    return np.asarray(score, dtype=np.float64), had, np.asarray(outcome, dtype=np.float64)


def _radcliffe(sorting: Floats, had: npt.NDArray[np.bool_], y: Floats, *, ends_only: bool) -> tuple[Floats, Floats]:
    """Return the curve of Radcliffe (2007) from 0 on, and the share of rows at each of its points."""
    order = np.argsort(-sorting, kind="stable")
    had, y, sorting = had[order], y[order], sorting[order]
    n_had, n_not = np.cumsum(had), np.cumsum(~had)
    of_control = np.cumsum(y * ~had)
    missing = 0.0 if ends_only else np.nan
    factor = np.divide(n_had, n_not, out=np.full(len(y), missing), where=n_not > 0)
    curve = np.cumsum(y * had) - of_control * factor
    kept = np.r_[np.diff(sorting) != 0, True] if ends_only else np.full(len(y), fill_value=True)
    return np.r_[0.0, curve[kept]], np.r_[0, np.flatnonzero(kept) + 1] / len(y)
