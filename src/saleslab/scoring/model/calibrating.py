"""Does a chance of 20 % come true one time in five, and would a correction do harm?

A correction is learnt on earlier folds and judged on later ones. It is taken only when it is better there by more than
its own error, and simpler ones come first: on real calls an isotonic correction raised the log loss from .38 to .43.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit

from saleslab.scoring.leads.columns import Floats

Method = Literal["identity", "intercept", "temperature", "sigmoid", "isotonic"]
METHODS: tuple[Method, ...] = ("identity", "intercept", "temperature", "sigmoid", "isotonic")

FEWEST_FOR_ISOTONIC = 1_000
"""Successes without which a free curve is not tried."""
_BOUNDS = {"shift": (-5.0, 5.0), "slope": (0.1, 3.0)}
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """How log-odds become chances: shifted and stretched, or along a rising curve.

    Attributes
    ----------
    method
        Its name.
    shift, slope
        ``chance = expit(shift + slope * log_odds)``.
    knots, chances
        Of the isotonic curve; between knots it is straight.

    Examples
    --------
    >>> Calibration("intercept", shift=0.5).apply(np.array([-0.5])).tolist()
    [0.5]
    """

    method: Method = "identity"
    shift: float = 0.0
    slope: float = 1.0
    knots: tuple[float, ...] = ()
    chances: tuple[float, ...] = ()

    def apply(self, log_odds: Floats) -> Floats:
        """Return the chance that belongs to each of these log-odds."""
        if self.method == "isotonic":
            return np.asarray(np.interp(log_odds, self.knots, self.chances))
        return np.asarray(expit(self.shift + self.slope * np.asarray(log_odds)))

    def to_state(self) -> dict[str, Any]:
        """Return the calibration as values that JSON holds."""
        return {
            "method": self.method,
            "shift": self.shift,
            "slope": self.slope,
            "knots": list(self.knots),
            "chances": list(self.chances),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Calibration:
        """Return the calibration that `to_state` wrote."""
        return cls(**{**state, "knots": tuple(state["knots"]), "chances": tuple(state["chances"])})


@dataclass(frozen=True, slots=True)
class Fold:
    """Log-odds that a model gave to rows it had not seen, and what came true.

    Attributes
    ----------
    log_odds, is_won, weight
        One value a row.
    """

    log_odds: Floats
    is_won: Floats
    weight: Floats


def choose_calibration(folds: Sequence[Fold], *, is_forward: bool) -> Calibration:
    """Return the simplest calibration that no other beats by more than the error of the difference.

    Between windows of time a correction must gain in every window, and twice the error over all: what was off in one
    period is seldom off by as much in the next.

    Parameters
    ----------
    folds
        Out-of-sample log-odds; in the order of time when ``is_forward``, so that each is judged with what was learnt
        from the folds before it. Else each is judged with what was learnt from all others.
    is_forward
        Whether the folds follow each other in time.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> def fold():
    ...     log_odds = rng.normal(-2, 1, 2000)
    ...     return Fold(log_odds, (rng.random(2000) < expit(log_odds + 0.7)) * 1.0, np.ones(2000))
    >>> chosen = choose_calibration([fold(), fold(), fold()], is_forward=True)
    >>> chosen.method, round(chosen.shift, 1)
    ('intercept', 0.7)
    """
    pairs = _pair(folds, is_forward=is_forward)
    together, reach = _join(folds), 2.0 if is_forward else 1.0
    chosen: Method = "identity"
    if pairs:
        losses = {method: _judge(method, pairs) for method in _candidates(together)}
        for method, loss in losses.items():
            gain = losses[chosen] - loss
            if gain.mean() > reach * gain.std(ddof=1) / np.sqrt(len(gain)) and _wins_by_fold(
                gain, pairs, is_forward=is_forward
            ):
                chosen = method
    return fit_calibration(chosen, together)


def fit_calibration(method: Method, fold: Fold) -> Calibration:
    """Return one calibration, fitted to out-of-sample log-odds."""
    if method == "identity":
        return Calibration()
    if method == "isotonic":
        return _fit_isotonic(fold)
    from scipy.optimize import minimize

    free = {"intercept": ("shift",), "temperature": ("slope",), "sigmoid": ("shift", "slope")}[method]

    def loss(values: Floats) -> float:
        given = dict(zip(free, values, strict=True))
        margin = given.get("shift", 0.0) + given.get("slope", 1.0) * fold.log_odds
        return float(np.average(np.logaddexp(0, margin) - fold.is_won * margin, weights=fold.weight))

    start = [0.0 if name == "shift" else 1.0 for name in free]
    best = minimize(loss, start, bounds=[_BOUNDS[name] for name in free], method="L-BFGS-B").x
    found = {name: float(value) for name, value in zip(free, best, strict=True)}
    return Calibration(method, shift=found.get("shift", 0.0), slope=found.get("slope", 1.0))


def measure_losses(chances: Floats, is_won: Floats) -> Floats:
    """Return the log loss of each row."""
    kept = np.clip(chances, 1e-15, 1 - 1e-15)
    return -np.log(np.where(is_won > 0, kept, 1 - kept))


def _candidates(together: Fold) -> list[Method]:
    has_enough = together.is_won @ together.weight >= FEWEST_FOR_ISOTONIC
    return [method for method in METHODS if method != "isotonic" or has_enough]


def _pair(folds: Sequence[Fold], *, is_forward: bool) -> list[tuple[Fold, Fold]]:
    """Return what is learnt from, and what it is judged on."""
    others = [
        list(folds[:at]) if is_forward else [fold for other, fold in enumerate(folds) if other != at]
        for at in range(len(folds))
    ]
    return [(_join(before), folds[at]) for at, before in enumerate(others) if before]


def _join(folds: Sequence[Fold]) -> Fold:
    return Fold(
        np.concatenate([fold.log_odds for fold in folds]),
        np.concatenate([fold.is_won for fold in folds]),
        np.concatenate([fold.weight for fold in folds]),
    )


def _judge(method: Method, pairs: list[tuple[Fold, Fold]]) -> Floats:
    losses = [
        measure_losses(fit_calibration(method, learnt).apply(judged.log_odds), judged.is_won)
        for learnt, judged in pairs
    ]
    return np.concatenate(losses)


def _wins_by_fold(gain: Floats, pairs: list[tuple[Fold, Fold]], *, is_forward: bool) -> bool:
    """Say whether the gain is there in every window of time, or else in most folds."""
    ends = np.cumsum([len(judged.log_odds) for _, judged in pairs])
    share = float(np.mean([part.mean() > 0 for part in np.split(gain, ends[:-1])]))
    return share == 1 if is_forward else share > 0.5


def _fit_isotonic(fold: Fold) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=_EPSILON, y_max=1 - _EPSILON).fit(fold.log_odds, fold.is_won, fold.weight)
    return Calibration(
        "isotonic",
        knots=tuple(float(value) for value in curve.X_thresholds_),
        chances=tuple(float(value) for value in curve.y_thresholds_),
    )
