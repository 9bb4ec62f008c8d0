"""Does the plan pay people for their work, or for the territory they were given?

Every territory is given the same people: what each of them sold against the potential of their own territory is
repeated in every other one. Pay that then still differs comes from quotas that do not follow the potential.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.kpi.rewards.many import pay_many
from saleslab.kpi.rewards.plans import RewardPlan

Floats = npt.NDArray[np.float64]

TERRITORY_COLUMNS = ("territory_id", "n_people", "potential", "quota", "paid", "paid_alike")
"""Columns of `Fairness.territories`."""


@dataclass(frozen=True, slots=True, eq=False)
class Fairness:
    """What territories are paid for the same work.

    Attributes
    ----------
    territories
        `TERRITORY_COLUMNS`, sorted by id: mean potential and quota of a person and period, what was paid, and
        ``paid_alike``: what would be paid if every territory had the same people.
    gap
        Highest less lowest ``paid_alike``, against their mean: 0 when only work counts.
    territory_share
        Part of the variance of pay that is the territory's when everybody works everywhere.
    """

    territories: pd.DataFrame
    gap: float
    territory_share: float


def compare_territories(plan: RewardPlan, sales: pd.DataFrame) -> Fairness:
    """Return what each territory pays for the same work.

    Parameters
    ----------
    plan
        What is paid for what.
    sales
        One row a person and period, with ``potential``: what an average person would sell there, in any unit, told by
        something else than that person's sales (customers, their size, the market). ``territory_id`` where several
        people share one; each person is a territory of their own otherwise.

    Raises
    ------
    TableError
        When a potential is not above 0.
    NotEnoughData
        With fewer than two territories.
    """
    table = sales if "territory_id" in sales else sales.assign(territory_id=sales["user_id"])
    potential, quota, sold = (table[name].to_numpy(dtype=np.float64) for name in ("potential", "quota", "sales"))
    if not (potential > 0).all():
        raise TableError(f"{int((~(potential > 0)).sum())} rows of sales have no potential above 0.", "fill them in.")
    if table["territory_id"].nunique() < 2:
        raise NotEnoughData("One territory cannot be compared with others.", "give at least two.")
    alike, variances = np.zeros(len(table)), np.zeros(len(table))
    period = pd.factorize(table["period_start"])[0]
    for at in range(period.max() + 1):
        rows = np.flatnonzero(period == at)
        effort = sold[rows] / potential[rows]
        attainment = potential[rows][:, None] * effort / quota[rows][:, None]
        team = np.broadcast_to(table["team_attainment"].to_numpy(dtype=np.float64)[rows][:, None], attainment.shape)
        paid = pay_many(plan, attainment, team_attainment=team)
        alike[rows], variances[rows] = paid.mean(axis=1), paid.var(axis=1)
    return _average(table.assign(paid_alike=alike), variances, period)


def _average(table: pd.DataFrame, variances: Floats, period: npt.NDArray[np.intp]) -> Fairness:
    grouped = table.groupby("territory_id", sort=True)
    territories = pd.DataFrame(
        {
            "n_people": grouped["user_id"].nunique(),
            "potential": grouped["potential"].mean(),
            "quota": grouped["quota"].mean(),
            "paid": grouped["payout"].mean().astype("float64"),
            "paid_alike": grouped["paid_alike"].mean(),
        }
    ).reset_index()
    level = territories["paid_alike"]
    centred = table["paid_alike"] - table.groupby(period)["paid_alike"].transform("mean")
    between, within = float((centred**2).mean()), float(variances.mean())
    return Fairness(
        territories=territories[list(TERRITORY_COLUMNS)],
        gap=float((level.max() - level.min()) / level.mean()) if level.mean() > 0 else 0.0,
        territory_share=between / (between + within) if between + within > 0 else 0.0,
    )
