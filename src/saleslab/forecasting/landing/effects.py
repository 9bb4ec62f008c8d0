"""What each open deal does to the chance to reach the target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.forecasting.laying import Floats


def measure_effects(deals: pd.DataFrame, largest: pd.DataFrame, total: Floats, factor: Floats, target: float) -> Floats:
    """Return the chance if a deal is won, less the chance if it is lost, for each deal.

    Parameters
    ----------
    deals
        Of the pipeline.
    largest
        What the largest deals bring in each draw; for the others the sum is moved by what they are expected to bring.
    total, factor
        The landing in each draw, and what the pipeline's draws were multiplied by.
    target
        To be reached.
    """
    effects = np.zeros(len(deals))
    ordered = np.sort(total)
    known = zip(
        deals["opportunity_id"], deals["amount"].astype(float), deals["amount_expected"].astype(float), strict=True
    )
    for at, (deal, amount, expected) in enumerate(known):
        if deal in largest.columns:
            own = largest[deal].to_numpy(np.float64)
            rest = total - factor * own
            brought = own[own > 0]
            if_won = float(brought.mean()) if len(brought) else amount
            effects[at] = float((rest + factor * if_won >= target).mean() - (rest >= target).mean())
        else:
            reach = [_share_above(ordered, target + expected - won) for won in (amount, 0.0)]
            effects[at] = max(reach[0] - reach[1], 0.0)
    return effects


def _share_above(ordered: Floats, value: float) -> float:
    return 1 - float(np.searchsorted(ordered, value, side="left")) / len(ordered)
