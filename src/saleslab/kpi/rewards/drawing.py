"""What may people sell in a period to come, if they go on as they did?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.stats.estimate_draws import draw_true_values
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

FEWEST_PERIODS = 4
"""Periods below which nothing can be said about how much people and years vary."""


def draw_sales(sales: pd.DataFrame, quotas: pd.DataFrame, *, n_draws: int = 2_000, seed: int) -> pd.DataFrame:
    """Return possible sales of each person in the period that quotas are set for.

    A person's attainment is a level of their own (partially pooled, since the best so far was lucky, too), times what
    the period brings to all, times the luck of one person and period; both are drawn from what was seen.

    Parameters
    ----------
    sales
        ``user_id, period_start, quota, sales``: one row a person and finished period.
    quotas
        ``user_id, quota`` of the period to come; who never had a quota before is drawn from all.
    n_draws, seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row a draw, one column a person, named by ``user_id`` in the order of ``quotas``.

    Raises
    ------
    NotEnoughData
        With fewer than four periods, or fewer than three people who had a quota in two of them.
    TableError
        When a quota is not above 0, or sales are missing.
    """
    require_columns(sales, "user_id", "period_start", "quota", "sales", of="sales")
    require_columns(quotas, "user_id", "quota", of="quotas")
    sold, due = sales["sales"].astype("float64"), sales["quota"].astype("float64")
    n_bad = int((~(due > 0) | ~np.isfinite(sold)).sum())
    if n_bad:
        what = f"{n_bad} of {len(sales)} rows of sales lack a quota above 0 or their sales."
        raise TableError(what, "leave them out.")
    seen = sales.assign(attainment=sold / due)
    known = seen[seen.groupby("user_id")["period_start"].transform("nunique") >= 2]
    n_periods, n_people = known["period_start"].nunique(), known["user_id"].nunique()
    if n_periods < FEWEST_PERIODS or n_people < 3:
        raise NotEnoughData(
            f"{n_people} people and {n_periods} periods do not say how much sales vary.",
            f"give at least {FEWEST_PERIODS} periods of three people.",
        )
    overall = float(known["attainment"].mean())
    tide = (known.groupby("period_start")["attainment"].mean() / overall).to_numpy()
    calm = known["attainment"] / (known.groupby("period_start")["attainment"].transform("mean") / overall)
    own = calm.groupby(known["user_id"])
    luck = (calm - own.transform("mean")).to_numpy() * np.sqrt(_correct(own.transform("size")))
    error = float(luck.std()) / np.sqrt(own.size().to_numpy(dtype=np.float64))
    levels = draw_true_values(own.mean().to_numpy(), np.maximum(error, 1e-6), n_draws=n_draws, seed=seed)
    rng = np.random.default_rng([seed, 1])
    place = {name: at for at, name in enumerate(own.groups)}
    column = np.array([place.get(name, -1) for name in quotas["user_id"]])
    strangers = rng.integers(n_people, size=(n_draws, len(quotas)))
    level = np.take_along_axis(levels, np.where(column >= 0, column, strangers), axis=1)
    attained = np.maximum(level + rng.choice(luck, size=level.shape), 0.0) * rng.choice(tide, size=(n_draws, 1))
    return pd.DataFrame(attained * quotas["quota"].to_numpy(dtype=np.float64), columns=list(quotas["user_id"]))


def _correct(sizes: pd.Series) -> Floats:
    """Return what makes the squares of deviations from a mean of few as large as those from the true level."""
    return (sizes / (sizes - 1)).to_numpy(dtype=np.float64)
