"""Did chances of quotas come true, and do they know more than the share of quotas that was met so far?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.stats.calibration import Calibration, find_base_rates, group_by_chance, measure_calibration
from saleslab.stats.clustered_means import average_clusters
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns

Verdict = Literal["nearer", "alike", "farther"]

FEWEST_JUDGED, FEWEST_QUARTERS, FEWEST_PEOPLE = 20, 4, 3
"""Quotas, quarters and people below which nothing is said of chances: it would speak of single people, or of luck."""

_GROUPS = 5


@dataclass(frozen=True, slots=True)
class ChanceRecord:
    """How good chances of quotas were.

    Attributes
    ----------
    n_judged, n_met, n_quarters
        Quotas that had a chance and a share to compare it with, how many were met, and of how many quarters they are.
    mean_chance
        Mean of the chances.
    brier, plain_brier
        Mean squared distance from what came (0 is best) of the chances, and of the share of quotas met in the quarters
        before.
    edge
        By how much the chances are nearer, with an interval from how the quarters differ.
    calibration
        Of the chances; every group holds three people at least.
    """

    n_judged: int
    n_met: int
    n_quarters: int
    mean_chance: float
    brier: float
    plain_brier: float
    edge: Interval
    calibration: Calibration

    @property
    def verdict(self) -> Verdict:
        """Whether the chances were nearer to what came than the plain share, by more than luck explains."""
        return "nearer" if self.edge.low > 0 else "farther" if self.edge.high < 0 else "alike"


def judge_chances(rows: pd.DataFrame) -> ChanceRecord | None:
    """Return how good chances of quotas were; None where too few quotas, quarters or people are known.

    Parameters
    ----------
    rows
        One row a quota that is over: ``owner_id, start, end, is_met`` and ``chance`` (missing where none was told). All
        quotas count for the share met so far, those with a chance are judged.

    Returns
    -------
    ChanceRecord or None
        None below 20 quotas, 4 quarters or 3 people.

    Examples
    --------
    >>> starts = pd.date_range("2024-01-01", periods=6, freq="QS").repeat(6)
    >>> rows = pd.DataFrame({"owner_id": list("abcdef") * 6, "start": starts, "end": starts + pd.offsets.QuarterEnd()})
    >>> rows = rows.assign(is_met=rows["owner_id"].isin(["a", "b"]))
    >>> found = judge_chances(rows.assign(chance=rows["is_met"] * 0.8 + 0.1))
    >>> found.n_judged, round(found.brier, 3), found.verdict
    (30, 0.01, 'nearer')
    """
    require_columns(rows, "owner_id", "start", "end", "is_met", "chance", of="rows")
    plain_chance = find_base_rates(rows["start"], rows["end"], rows["is_met"])
    judged = rows.assign(plain=plain_chance).dropna(subset=["chance", "plain"])
    n_quarters, n_people = judged["start"].nunique(), judged["owner_id"].nunique()
    if len(judged) < FEWEST_JUDGED or n_quarters < FEWEST_QUARTERS or n_people < FEWEST_PEOPLE:
        return None
    judged = judged.assign(is_met=judged["is_met"].astype(bool))
    came = judged["is_met"].to_numpy(dtype=float)
    own, plain = ((judged[name].to_numpy(dtype=float) - came) ** 2 for name in ("chance", "plain"))
    try:
        calibration = _calibrate(judged)
    except NotEnoughData:
        return None
    return ChanceRecord(
        n_judged=len(judged),
        n_met=int(came.sum()),
        n_quarters=n_quarters,
        mean_chance=float(judged["chance"].mean()),
        brier=float(own.mean()),
        plain_brier=float(plain.mean()),
        edge=average_clusters(plain - own, judged["start"].astype("str")),
        calibration=calibration,
    )


def _calibrate(judged: pd.DataFrame) -> Calibration:
    """Return the curve with as many groups as leave three people in each."""
    chances = judged["chance"].to_numpy(dtype=np.float64)
    for n_bins in range(_GROUPS, 0, -1):
        people = judged.groupby(group_by_chance(chances, n_bins))["owner_id"].nunique()
        if int(people.min()) >= FEWEST_PEOPLE:
            return measure_calibration(judged["is_met"], chances, n_bins=n_bins)
    raise NotEnoughData("No group of chances holds three people.", "wait for quotas of more people.")
