"""Which leads were won? Outcomes in whatever form they are given, as 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]


def read_outcomes(y: Any) -> Floats:
    """Return outcomes as 0 and 1; of two other labels the second in their order is the one that is sought.

    Raises
    ------
    NotEnoughData
        When there is only one outcome.
    BadArgument
        When an outcome is missing, or there are more than two.

    Examples
    --------
    >>> read_outcomes(["no", "yes", "no"]).tolist()
    [0.0, 1.0, 0.0]
    """
    import pandas as pd

    given = pd.Series(np.asarray(y, dtype=object) if isinstance(y, list | tuple) else y).reset_index(drop=True)
    codes, labels = pd.factorize(given, sort=True)
    n_missing = int((codes < 0).sum())
    if n_missing:
        raise BadArgument(
            f"{n_missing} of {len(given)} outcomes are not known yet.",
            "leave these leads out (`label_outcomes` says which), or wait for them.",
        )
    if len(labels) > 2:
        raise BadArgument(
            f"The outcome has {len(labels)} values instead of won and not won.", "make it True for won, False for lost."
        )
    if len(labels) < 2:
        raise NotEnoughData(
            f"All {len(given)} leads ended in the same way, so nothing can tell won from lost.",
            "take a longer period, until both outcomes were seen.",
        )
    return np.asarray(codes, dtype=np.float64)
