"""A logit that learns from the data how much each group of its terms may say.

Every slope has a normal prior around 0. The variance of the prior, one for each group of terms, is not set but learned:
it is the one under which the outcomes are likeliest when the slopes are averaged out. A group that tells nothing is
silenced, one that tells much keeps its say, and no rows are set aside to find out which.

The evidence is that of MacKay (1992), "Bayesian Interpolation", Neural Computation 4, 415-447; the likelihood is
replaced by a normal one at its top (Laplace), as in his "The Evidence Framework Applied to Classification Networks",
Neural Computation 4, 720-736.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from saleslab.stats.newton import Measure, maximise

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_NARROWEST = 1e-4
"""Variance at which a group is silenced: a step of one then moves the log-odds by about a hundredth."""
_SETTLED = 1e-3
"""Change of a standard deviation of slopes that no longer matters."""
_MOST_ROUNDS, _MOST_UPDATES = 12, 40


@dataclass(frozen=True, slots=True)
class ShrunkLogit:
    """A logit, and the variances that were learned with it.

    Attributes
    ----------
    slopes, base
        Log-odds for a step of one of each term, and where all terms are 0.
    variances
        Of the slopes of each group, before the data are seen.
    """

    slopes: Floats
    base: float
    variances: Floats


def learn_logit(terms: Floats, happened: Floats, weight: Floats, groups: Places, *, widest: float) -> ShrunkLogit:
    """Return a logit whose groups of terms are held back by as much as the data say; the base is free.

    Parameters
    ----------
    terms
        One row an observation. Those of one group should be of one scale, since they share a variance.
    happened, weight
        Whether it happened (0 or 1), and how much the row counts: 2 is as good as two rows.
    groups
        Number of each term's group, from 0 on.
    widest
        The largest variance that can be learned, and the first guess.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> terms = rng.normal(size=(2_000, 4))
    >>> happened = (rng.random(2_000) < expit(terms[:, 0] - terms[:, 1])) * 1.0
    >>> logit = learn_logit(terms, happened, np.ones(2_000), np.array([0, 0, 1, 1]), widest=1.0)
    >>> logit.slopes.round(1) + 0.0, logit.variances[1] < 0.01
    (array([ 1., -1.,  0.,  0.]), np.True_)
    """
    rows = np.column_stack([np.ones(len(terms)), terms])
    share = (weight @ happened + 0.5) / (weight.sum() + 1)
    place = np.r_[np.log(share / (1 - share)), np.zeros(terms.shape[1])]
    variances = np.full(int(groups.max(initial=-1)) + 1, widest)
    for _ in range(_MOST_ROUNDS):
        curb = np.r_[0.0, 1 / variances[groups]]
        top = maximise(_build_hill(rows, happened, weight, curb), place)
        place = top.at
        learned = _learn_variances(-top.hessian, curb, place, variances, groups, widest=widest)
        if _measure_change(learned, variances) < _SETTLED:
            break
        variances = learned
    return ShrunkLogit(place[1:], float(place[0]), variances)


def _build_hill(rows: Floats, happened: Floats, weight: Floats, curb: Floats) -> Measure:
    """Return the log density of base and slopes, with its derivatives."""

    def measure(place: Floats) -> tuple[float, Floats, Floats]:
        log_odds = rows @ place
        chance = expit(log_odds)
        value = float(weight @ (happened * log_odds - np.logaddexp(0, log_odds)) - curb @ place**2 / 2)
        slope = rows.T @ (weight * (happened - chance)) - curb * place
        halves = rows * np.sqrt(weight * chance * (1 - chance))[:, None]  # its square costs half of a product of two
        bend = halves.T @ halves
        bend[np.diag_indices_from(bend)] += curb
        return value, slope, -bend

    return measure


def _learn_variances(
    bend: Floats, curb: Floats, place: Floats, variances: Floats, groups: Places, *, widest: float
) -> Floats:
    """Return the variances of highest evidence, the likelihood taken as normal around its top under the present ones.

    MacKay's update: the square of a group's slopes, divided by how many of them the data determine.
    """
    told, pull = bend - np.diag(curb), bend @ place
    sizes = np.bincount(groups, minlength=len(variances))
    for _ in range(_MOST_UPDATES):
        whole = cho_factor(told + np.diag(np.r_[0.0, 1 / variances[groups]]))
        slopes, spreads = cho_solve(whole, pull)[1:], np.diag(cho_solve(whole, np.eye(len(pull))))[1:]
        determined = sizes - np.bincount(groups, weights=spreads, minlength=len(sizes)) / variances
        squares = np.bincount(groups, weights=slopes**2, minlength=len(sizes))
        learned = np.clip(squares / np.maximum(determined, 1e-12), _NARROWEST, widest)
        change, variances = _measure_change(learned, variances), learned
        if change < _SETTLED:
            break
    return np.asarray(variances)


def _measure_change(learned: Floats, variances: Floats) -> float:
    return float(np.abs(np.sqrt(learned) - np.sqrt(variances)).max(initial=0.0))
