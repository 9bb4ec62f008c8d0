"""What would have come of acting by a rule, from rows on which chance decided the action?

Each row gets a doubly robust score for each action: what a model expects of it, corrected on the rows that had the
action by what the model missed, over the chance of the action (Robins, Rotnitzky & Zhao 1994). With the true chances
the scores are unbiased however wrong the model is, so the value of any rule is a mean, and its interval that of a mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

_N_DRAWS = 20_000


def score_actions(
    outcome: npt.ArrayLike, action: npt.ArrayLike, *, chances: npt.ArrayLike, expected: npt.ArrayLike
) -> Floats:
    """Return the doubly robust score of every action on every row.

    Parameters
    ----------
    outcome
        What came of each row.
    action
        Which action it had: 0, 1, ... by the columns of the next two.
    chances
        Chance that the row would have each action, shape (rows, actions), above 0.
    expected
        What a model that has not seen the row's outcome expects of each action, same shape.

    Examples
    --------
    >>> score_actions([1.0, 0.0], [1, 0], chances=[[0.5, 0.5]] * 2, expected=[[0.2, 0.6]] * 2).round(2).tolist()
    [[0.2, 1.4], [-0.2, 0.6]]
    """
    y, taken = np.asarray(outcome, dtype=np.float64), np.asarray(action, dtype=np.intp)
    likely, scores = np.asarray(chances, dtype=np.float64), np.array(expected, dtype=np.float64)
    if likely.shape != scores.shape or scores.shape[:1] != y.shape or taken.shape != y.shape:
        raise BadArgument(
            f"{len(y)} outcomes, chances of shape {likely.shape} and expectations of shape {scores.shape} do not fit.",
            "give each row one outcome, one action, and a chance and an expectation for each action.",
        )
    if not (likely > 0).all():
        raise BadArgument(
            f"{int((likely <= 0).any(axis=1).sum())} rows could not have had an action (chance 0).",
            "leave out rows on which an action was ruled out, or the action.",
        )
    rows = np.arange(len(y))
    scores[rows, taken] += (y - scores[rows, taken]) / likely[rows, taken]
    return scores


def weigh_effects(treated: npt.ArrayLike, outcome: npt.ArrayLike, *, chance: npt.ArrayLike) -> Floats:
    """Return an unbiased effect for each row without any model: the outcome, weighed by the chance of being treated.

    Each outcome counts from the mean of both groups, the sparser one weighing more: of all constants, this one makes
    the effects vary least, and moving all outcomes by one amount moves nothing.

    Examples
    --------
    >>> weigh_effects([1, 0, 1, 0], [1.0, 0.0, 1.0, 1.0], chance=0.5).tolist()
    [0.5, 1.5, 0.5, -0.5]
    """
    had, y = np.asarray(treated, dtype=bool), np.asarray(outcome, dtype=np.float64)
    likely = np.broadcast_to(np.asarray(chance, dtype=np.float64), y.shape)
    if not had.any() or had.all():
        raise NotEnoughData(
            f"{int(had.sum())} of {len(had)} rows were treated: there is nothing to compare with.",
            "give rows of both kinds.",
        )
    if not ((likely > 0) & (likely < 1)).all():
        raise BadArgument(
            f"{int(((likely <= 0) | (likely >= 1)).sum())} rows had no choice (chance 0 or 1).",
            "leave them out: they say nothing of what else would have come of them.",
        )
    share = likely.mean()
    level = (1 - share) * y[had].mean() + share * y[~had].mean()
    return np.asarray((had - likely) / (likely * (1 - likely)) * (y - level))


def estimate_mean(values: npt.ArrayLike, *, clusters: npt.ArrayLike | None = None, mass: float = 0.9) -> Interval:
    """Return a mean with its interval, rows of one cluster taken together.

    Student's quantile with one degree less than there are rows or clusters; the mean counts rows, so that large
    clusters weigh more.

    Examples
    --------
    >>> mean = estimate_mean([0.0, 1.0] * 50)
    >>> round(mean.estimate, 2), round(mean.low, 3), round(mean.high, 3)
    (0.5, 0.417, 0.583)
    """
    return estimate_means(np.asarray(values, dtype=np.float64)[:, None], clusters=clusters, mass=mass)[0]


def estimate_means(
    values: npt.ArrayLike, *, clusters: npt.ArrayLike | None = None, mass: float = 0.9
) -> list[Interval]:
    """Return the mean of each column with intervals that hold *all* the true means at once with the stated chance.

    So the best-looking column may be read like any other. The greatest error of several means that depend on each other
    is drawn from their joint normal distribution; one column alone has the interval of `estimate_mean`.

    Examples
    --------
    >>> twice = np.tile([[0.0], [1.0]], (50, 2))
    >>> one, same = estimate_means(twice)
    >>> round(one.high, 2) == round(same.high, 2) == round(estimate_mean(twice[:, 0]).high, 2)
    True
    """
    from scipy.stats import t

    check_mass(mass)
    columns = np.asarray(values, dtype=np.float64)
    means = columns.mean(axis=0)
    errors = _sum_clusters(columns - means, clusters)
    n = len(errors)
    if n < 2:
        raise NotEnoughData(f"{n} rows or clusters do not say how much a mean varies.", "give at least two.")
    spread = np.sqrt(n / (n - 1) * (errors**2).sum(axis=0)) / len(columns)
    reach = float(t.ppf((1 + mass) / 2, n - 1)) * _stretch(errors[:, spread > 0], mass)
    return [
        Interval(m, m - reach * sd, m + reach * sd, mass) for m, sd in zip(means.tolist(), spread.tolist(), strict=True)
    ]


def measure_error(values: npt.ArrayLike, *, clusters: npt.ArrayLike | None = None) -> float:
    """Return the standard error of a mean, rows of one cluster taken together."""
    column = np.asarray(values, dtype=np.float64)
    errors = _sum_clusters((column - column.mean())[:, None], clusters)
    return float(np.sqrt(len(errors) / max(len(errors) - 1, 1) * (errors**2).sum()) / len(column))


def _sum_clusters(errors: Floats, clusters: npt.ArrayLike | None) -> Floats:
    import pandas as pd

    if clusters is None:
        return errors
    codes, names = pd.factorize(np.asarray(clusters))
    sums = np.zeros((len(names), errors.shape[1]))
    np.add.at(sums, codes, errors)
    return sums


def _stretch(errors: Floats, mass: float) -> float:
    """Return by how much a single interval must be widened for several means at once."""
    from scipy.stats import norm

    if errors.shape[1] < 2:
        return 1.0
    likeness = np.corrcoef(errors, rowvar=False)
    levels, directions = np.linalg.eigh(likeness)
    draws = np.random.default_rng(0).standard_normal((_N_DRAWS, len(levels)))
    greatest = np.abs(draws * np.sqrt(levels.clip(0)) @ directions.T).max(axis=1)
    return max(1.0, float(np.quantile(greatest, mass) / norm.ppf((1 + mass) / 2)))


def pick_rule(gains: npt.ArrayLike, *, clusters: npt.ArrayLike | None = None, mass: float = 0.9) -> int | None:
    """Return the simplest rule that is surely better than doing without, and hardly worse than the best; or None.

    Parameters
    ----------
    gains
        What each rule gains on each row over doing without, shape (rows, rules), the simplest rule first.
    clusters, mass
        As in `estimate_means`. A rule counts as better when the lower end of its gain, all rules taken at once, is
        above 0; of these, the first whose gain is within one standard error of the greatest is taken.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.normal(size=(400, 1))
    >>> pick_rule(np.hstack([noise, 1 + noise, 1.01 + noise + rng.normal(size=(400, 1))]))
    1
    """
    columns = np.asarray(gains, dtype=np.float64)
    means = estimate_means(columns, clusters=clusters, mass=mass)
    sure = [rule for rule, mean in enumerate(means) if mean.low > 0]
    if not sure:
        return None
    best = max(sure, key=lambda rule: means[rule].estimate)
    behind = {rule: columns[:, best] - columns[:, rule] for rule in sure}
    return next(rule for rule in sure if behind[rule].mean() <= measure_error(behind[rule], clusters=clusters))
