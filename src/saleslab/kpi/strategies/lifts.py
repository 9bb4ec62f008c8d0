"""What an experiment found, as draws: its quantiles are all that has to travel from one study to the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

_FEWEST = 3


def draw_lift(lift: pd.DataFrame, *, n_draws: int, seed: int) -> Floats:
    """Return draws of a relative lift, shape (n_draws,).

    Parameters
    ----------
    lift
        Of one contrast of one experiment: ``experiment_id, contrast, quantile, lift``; a ``lift`` of .1 is a tenth
        more. At least three quantiles; between them it is read off straight lines, beyond the outer ones it stays.
    n_draws, seed
        How many, and from where; equal seeds give draws that belong together.

    Raises
    ------
    BadArgument
        If there are several contrasts, too few quantiles, or lifts that do not rise with their quantiles.
    """
    require_columns(lift, "experiment_id", "contrast", "quantile", "lift", of="lift (experiments)")
    if len(lift[["experiment_id", "contrast"]].drop_duplicates()) != 1 or len(lift) < _FEWEST:
        raise BadArgument(
            f"lift has {len(lift)} rows of {len(lift[['experiment_id', 'contrast']].drop_duplicates())} contrasts.",
            f"give at least {_FEWEST} quantiles of one contrast of one experiment.",
        )
    rows = lift.sort_values("quantile")
    places, values = rows["quantile"].to_numpy(dtype=float), rows["lift"].to_numpy(dtype=float)
    if (np.diff(values) < 0).any() or not ((places > 0) & (places < 1)).all() or (values <= -1).any():
        raise BadArgument("lift does not rise with its quantiles.", "give quantiles of the relative lift, above -1.")
    return np.asarray(np.interp(np.random.default_rng(seed).random(n_draws), places, values))
