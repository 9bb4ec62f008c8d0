"""Integrals of many smooth functions at once, and of everything to the left or to the right of each point.

A line is cut into panels at landmarks of the functions, and each panel holds Gauss-Legendre nodes. Within a panel a
function is the polynomial through its nodes, so that a density sampled once gives its distribution function too, to
the same precision and without a special function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

N_NODES = 14
"""Nodes in a panel: at panels of three standard deviations a normal distribution function is off by 3e-12 at most."""


@dataclass(frozen=True, slots=True)
class Panels:
    """Nodes of a composite rule, for each of many integrals.

    Attributes
    ----------
    nodes
        Shape (..., panels, nodes), rising.
    half
        Shape (..., panels, 1), half the width of each panel.
    """

    nodes: Floats
    half: Floats

    def integrate(self, values: Floats) -> Floats:
        """Return the integral of a function given at the nodes; shape (...)."""
        _, weights, _ = _rule()
        return np.asarray(((values @ weights) * self.half[..., 0]).sum(axis=-1))

    def from_left(self, values: Floats) -> Floats:
        """Return at each node the integral of a density from the left end up to it, never below 0."""
        _, weights, partial = _rule()
        whole = (values @ weights) * self.half[..., 0]
        before = np.cumsum(whole, axis=-1) - whole
        return np.maximum(before[..., None] + (values @ partial.T) * self.half, 0.0)

    def from_right(self, values: Floats) -> Floats:
        """Return at each node the integral of a density from it to the right end, never below 0."""
        _, weights, partial = _rule()
        whole = (values @ weights) * self.half[..., 0]
        after = np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1] - whole
        return np.maximum(after[..., None] + (values @ (weights - partial).T) * self.half, 0.0)


def lay_panels(landmarks: Floats) -> Panels:
    """Return the panels between landmarks, shape (..., m) in any order; panels without width do no harm."""
    points, _, _ = _rule()
    edges = np.sort(landmarks, axis=-1)
    half = (np.diff(edges, axis=-1) / 2)[..., None]
    middle = ((edges[..., 1:] + edges[..., :-1]) / 2)[..., None]
    return Panels(middle + half * points, half)


@cache
def _rule() -> tuple[Floats, Floats, Floats]:
    """Return nodes and weights on (-1, 1), and the matrix that integrates from -1 to each node."""
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    legendre = np.polynomial.legendre.legvander(nodes, N_NODES)
    order = np.arange(1, N_NODES)
    integral = np.empty((N_NODES, N_NODES))
    integral[:, 0] = nodes + 1
    integral[:, 1:] = (legendre[:, 2:] - legendre[:, :-2]) / (2 * order + 1)
    coefficients = (np.arange(N_NODES)[:, None] + 0.5) * weights * legendre[:, :-1].T
    return nodes, weights, integral @ coefficients


def solve_rising(
    function: Callable[..., Floats], low: Floats, high: Floats, *, parameters: Sequence[Floats], targets: Floats
) -> Floats:
    """Return where rising functions reach their targets, all brackets at once (Chandrupatla's method).

    Parameters
    ----------
    function
        Takes a point and the parameters, arrays of one shape, and returns the value there.
    low, high
        Brackets that hold the roots.
    parameters
        Arrays that tell one function from another.
    targets
        Values to reach.
    """
    from scipy.optimize.elementwise import find_root

    def distance(point: Floats, target: Floats, *given: Floats) -> Floats:
        return function(point, *given) - target

    tolerances = {"xatol": 1e-14, "xrtol": 1e-12, "fatol": 1e-13, "frtol": 0.0}
    return np.asarray(find_root(distance, (low, high), args=(targets, *parameters), tolerances=tolerances).x)


def by_rows(function: Callable[..., Floats], *arrays: Floats, n_rows: int = 512) -> Floats:
    """Return ``function`` of arrays that are broadcast and cut into flat pieces, so that memory stays small."""
    whole = np.broadcast_arrays(*arrays)
    flat = [np.ascontiguousarray(one, dtype=np.float64).ravel() for one in whole]
    answer = np.empty(flat[0].shape)
    for start in range(0, len(answer), n_rows):
        piece = slice(start, start + n_rows)
        answer[piece] = function(*(one[piece] for one in flat))
    return answer.reshape(whole[0].shape)
