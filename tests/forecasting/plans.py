"""Branches whose sales follow a planted driver, for tests and validation."""

import numpy as np
import pandas as pd
from panels import invent_branches, lay_all

from saleslab.periods import FiscalCalendar

KINDS = {"price cut": -1.8, "campaign": 0.25, "working days": 1.0, "noise": 0.0, "drifting noise": 0.0}
"""What a unit adds to logarithms; the price is a logarithm, so that -1.8 is an elasticity."""


def plan(kind, *, n, n_periods, horizon, seed, is_shared=True, shock=0.0):
    """Return a panel, its drivers (column ``x``), what came, and what a unit of the driver truly adds.

    ``shock`` is the luck that all branches share in a month.
    """
    rng = np.random.default_rng(50_000 + seed)
    width, rows = n_periods + horizon, 1 if is_shared else n
    stamps = pd.date_range("2018-01-01", periods=width, freq="MS")
    match kind:
        case "campaign":
            x = (rng.random((rows, width)) < 0.15).astype(float)
        case "price cut":
            x = np.log(1 - rng.choice([0, 0, 0, 0, 0.05, 0.1, 0.2], (rows, width)))
        case "working days":
            calendar = FiscalCalendar()
            x = np.log([[calendar.business_days(calendar.month_of(stamp.date())) for stamp in stamps]])
        case "noise":
            x = rng.normal(size=(rows, width))
        case "drifting noise":
            x = np.cumsum(rng.normal(size=(rows, width)), axis=1)
    x = np.broadcast_to(x, (n, width))
    true = KINDS[kind]
    values = invent_branches(n, n_periods, seed=seed, horizon=horizon)
    values = values * np.exp(true * (x - x.mean()) + shock * rng.normal(size=(1, width)))
    table = pd.DataFrame({"series_id": np.repeat(np.arange(n), width), "period": np.tile(stamps, n), "x": x.ravel()})
    if is_shared:
        table = table.loc[table["series_id"] == 0, ["period", "x"]]
    return lay_all(values[:, :n_periods]), table, values[:, n_periods:], true
