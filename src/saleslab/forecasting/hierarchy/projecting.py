"""The smallest change that makes forecasts add up, where small is what past errors call small (MinT).

Wickramasuriya, Athanasopoulos and Hyndman (2019), written by what does not add up: nodes above less the sums of their
parts, of which there are far fewer than parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from saleslab.forecasting.hierarchy.covariance import SharedErrors
from saleslab.forecasting.hierarchy.nodes import Hierarchy
from saleslab.forecasting.laying import Floats

_JITTER = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """How parts move when they and the nodes above do not add up.

    Attributes
    ----------
    hierarchy
        Whose nodes.
    gain
        How much each part gives way to what does not add up, shape (parts, nodes above).
    """

    hierarchy: Hierarchy
    gain: Floats

    def find_parts(self, values: Floats) -> Floats:
        """Return the parts of values of all nodes, shape (nodes, ...), moved so that everything adds up."""
        n_above = self.hierarchy.n_above
        flat = values.reshape(len(values), -1)
        gap = flat[:n_above] - self.hierarchy.sums @ flat[n_above:]
        return np.asarray((flat[n_above:] + self.gain @ gap).reshape(-1, *values.shape[1:]))

    def project(self, values: Floats) -> Floats:
        """Return the values of all nodes, moved so that they add up."""
        return self.hierarchy.add_up(self.find_parts(values))


def find_projection(hierarchy: Hierarchy, errors: SharedErrors) -> Projection:
    """Return the projection of least expected squared error for forecasts with such errors.

    Parameters
    ----------
    hierarchy
        Nodes above, and parts.
    errors
        Covariance of the nodes' errors, in their sequence.

    Examples
    --------
    >>> import pandas as pd
    >>> from saleslab.forecasting.hierarchy.nodes import lay_hierarchy
    >>> two = lay_hierarchy(pd.DataFrame({"team": ["east", "west"]}))
    >>> errors = SharedErrors(np.zeros((1, 3)), np.ones(3), 1.0)
    >>> find_projection(two, errors).project(np.array([[100.0], [40.0], [54.0]])).round(6).ravel().tolist()
    [98.0, 42.0, 56.0]
    """
    sums, n_above = hierarchy.sums, hierarchy.n_above
    if not n_above:
        return Projection(hierarchy, np.zeros((sums.shape[1], 0)))
    above, parts = errors.rows[:, :n_above], errors.rows[:, n_above:]
    apart = above - (sums @ parts.T).T
    own_parts = sums.multiply(errors.own[n_above:]).tocsr()
    of_gap = apart.T @ apart + (own_parts @ sums.T).toarray() + np.diag(errors.own[:n_above])
    with_parts = own_parts.T.toarray() - parts.T @ apart
    scale = np.sqrt(of_gap.diagonal())
    even = of_gap / np.outer(scale, scale) + _JITTER * np.eye(n_above)
    return Projection(hierarchy, linalg.solve(even, (with_parts / scale).T, assume_a="pos").T / scale)


def find_even_projection(hierarchy: Hierarchy) -> Projection:
    """Return the projection that takes all nodes' errors for equally large and apart (least squares, OLS)."""
    n = len(hierarchy.nodes)
    return find_projection(hierarchy, SharedErrors(np.zeros((1, n)), np.ones(n), 1.0))


def average_projections(one: Projection, other: Projection) -> Projection:
    """Return the projection half-way between two of the same hierarchy."""
    return Projection(one.hierarchy, (one.gain + other.gain) / 2)
