"""Which periods are out of line: a month that is no guide, or a level that jumps?

Noise, and steps of a level, are each believed to be usual, or now and then several times as wide. How wide each was is
weighed against the series (mean-field variational inference; Agamennoni, Nieto and Nebot 2012, "Approximate inference
in state-space models with heavy-tailed noise", with a mixture of normals) before scales are sampled, and then held. So
one shock counts as one, instead of widening every forecast of its series.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.evidence import Shocks, expect_squares, lay_parts
from saleslab.forecasting.structure.hills import find_top, split_values
from saleslab.forecasting.structure.reading import Observed
from saleslab.forecasting.structure.scales import Belief, read_scales

_WIDTHS = np.array([1.0, 3.0, 10.0])
_CHANCES = np.array([0.96, 0.03, 0.01])
"""How many times as wide as usual noise or a step is, and how often beforehand."""

_ROUNDS, _STEPS = 12, 25
_SAME = 0.02


def find_shocks(observed: Observed, beliefs: Sequence[Belief]) -> tuple[Shocks, Floats]:
    """Return how wide noise and steps were in each period, and likely values of what is sampled."""
    shocks = Shocks.none(*observed.levels.shape)
    top: Floats | None = None
    for _ in range(_ROUNDS):
        layout = lay_parts(observed, shocks)
        top = find_top(layout, beliefs, top, n_steps=_STEPS)
        noise, level = expect_squares(layout, read_scales(split_values(top, beliefs)))
        found = Shocks(np.where(observed.known, weigh_widths(noise), 1.0), weigh_widths(level))
        moved = max(np.abs(np.log(found.noise / shocks.noise)).max(), np.abs(np.log(found.level / shocks.level)).max())
        shocks = found
        if moved < _SAME:
            break
    return shocks, np.asarray(top)


def weigh_widths(squares: Floats) -> Floats:
    """Return by how much the variance is multiplied where something came so far off, squared, in usual widths.

    Examples
    --------
    >>> weigh_widths(np.array([0.0, 1.0, 9.0, 64.0])).round(2).tolist()
    [1.01, 1.02, 1.56, 25.94]
    """
    logs = np.log(_CHANCES / _WIDTHS) - 0.5 * squares[..., None] / _WIDTHS**2
    chances = np.exp(logs - logs.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    return np.asarray(1 / (chances / _WIDTHS**2).sum(axis=-1))
