"""The top of a smooth function by Newton's method, with a verdict on whether there is one.

A likelihood may rise for ever along a ridge, towards a parameter of 0 or infinity. That is no answer, and it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats], tuple[float, Floats, Floats]]

_LONGEST_STEP = 1.5
_FEWEST_SIGNIFICANT = 1e-9


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where a function is highest, and whether that place is a true top.

    Attributes
    ----------
    at, value
        The place, and the height of the function there.
    hessian
        The bend there; where the last step was too small to matter, of the place before it.
    n_steps
        Evaluations with derivatives that it took.
    is_converged
        Whether the last step was too small to matter.
    flattest
        Smallest eigenvalue of the negative Hessian; at or below 0 there is no top.
    """

    at: Floats
    value: float
    hessian: Floats
    n_steps: int
    is_converged: bool
    flattest: float

    @property
    def covariance(self) -> Floats:
        """Inverse of the negative Hessian: of the estimates, where the function is a log density."""
        return np.asarray(np.linalg.inv(-self.hessian))


def maximise(
    measure: Measure, start: npt.ArrayLike, *, reach: float = 12.0, tolerance: float = 1e-8, max_steps: int = 80
) -> Maximum:
    """Return the top of a function of a few variables.

    Parameters
    ----------
    measure
        Returns value, gradient and Hessian at a place.
    start
        Where to begin.
    reach
        How far from the start, in any variable, a top may lie; beyond it the search ends without one.
    tolerance
        Gain still to be expected, in units of the value, at which the last step is taken; what it gains is known to
        the third power of the step without looking.
    max_steps
        When to give up.

    Examples
    --------
    >>> def hill(at):
    ...     return float(-np.cosh(at[0] - 2)), -np.sinh(at - 2), -np.cosh(at - 2)[None]
    >>> top = maximise(hill, [0.0])
    >>> top.at.round(9), top.is_converged
    (array([2.]), True)
    """
    first = np.asarray(start, dtype=np.float64)
    at = first
    value, gradient, hessian = measure(at)
    n_steps, is_converged = 1, False
    while n_steps < max_steps and not is_converged and np.abs(at - first).max() < reach:
        step = _aim(gradient, hessian)
        gain = float(gradient @ step) / 2
        if gain < tolerance:
            at, value, is_converged = at + step, value + gain, True
            break
        for halving in range(40):
            tried = at + step / 2**halving
            found = measure(tried)
            n_steps += 1
            if found[0] >= value:
                at, (value, gradient, hessian) = tried, found
                break
        else:
            break
    flattest = float(np.linalg.eigvalsh(-hessian)[0]) if np.isfinite(hessian).all() else -np.inf
    return Maximum(at, value, hessian, n_steps, is_converged and flattest > 0, flattest)


def _aim(gradient: Floats, hessian: Floats) -> Floats:
    """Return Newton's step; where the function does not bend down it goes uphill by the size of the bend."""
    bends, axes = np.linalg.eigh(-hessian)
    sizes = np.maximum(np.abs(bends), max(_FEWEST_SIGNIFICANT * np.abs(bends).max(), 1e-12))
    step = axes @ ((axes.T @ gradient) / sizes)
    longest = float(np.abs(step).max())
    return np.asarray(step * min(1.0, _LONGEST_STEP / longest) if longest > 0 else step)
