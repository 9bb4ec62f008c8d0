"""Did what became of the leads agree with what the model had said?

Only leads count whose outcome is known: won, or watched for the whole window. Every test is exact or leans to the safe
side, since it is asked every week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.model.grades import GRADES, check_chances
from saleslab.stats import Interval, compare_rates, estimate_rate, measure_auc
from saleslab.stats.calibration import average_rows, log_losses

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

ALL = "all"
"""Stands for all grades together."""

FEWEST = 30
"""Wins, and losses, below which the order of the leads is not judged."""

FALL = 0.02
"""A smaller loss of AUC is no reason to train again, however sure it is."""

GRADE_COLUMNS = ("grade", "n_leads", "n_won", "chance", "rate", "low", "high", "is_off")
"""Columns of the table of grades."""


@dataclass(frozen=True, slots=True)
class OverrideReading:
    """How often people did something else than the list said.

    Attributes
    ----------
    n_leads
        Leads of which that is known.
    rate
        Share of them.
    change
        By how much the share changed since the reference; None where that has no such column.
    """

    n_leads: int
    rate: Interval
    change: Interval | None


@dataclass(frozen=True, slots=True)
class ChallengerReading:
    """Two models on the same leads.

    Attributes
    ----------
    n_leads, n_won
        Leads with a known outcome that both had scored.
    gain
        Log loss a lead that the challenger saves (negative: it costs), paired lead by lead.
    champion_auc, challenger_auc
        AUC of each; None while only one outcome was seen.
    is_better
        Whether the gain is beyond doubt.
    """

    n_leads: int
    n_won: int
    gain: Interval
    champion_auc: Interval | None
    challenger_auc: Interval | None
    is_better: bool


@dataclass(frozen=True, slots=True)
class Matured:
    """Leads whose outcome is known: chances, outcomes, grades, and the challenger's chances where there is one."""

    chances: Floats
    won: Floats
    grades: tuple[str, ...] | None
    rival: Floats | None

    @property
    def n_won(self) -> int:
        """How many were won."""
        return int(self.won.sum())


def pick_matured(current: pd.DataFrame, challenger: str | None) -> Matured:
    """Return the leads of a frame that have a chance and a known outcome.

    Raises
    ------
    BadArgument
        When an outcome is neither won nor lost nor missing, or a chance is outside 0 to 1.
    """
    if "is_won" not in current.columns or "chance_won" not in current.columns:
        empty: Floats = np.empty(0, dtype=np.float64)
        return Matured(empty, empty, None, None if challenger is None else empty)
    rows = current[current["is_won"].notna() & current["chance_won"].notna()]
    if challenger is not None:
        rows = rows[rows[challenger].notna()]
    won: Floats = np.asarray(rows["is_won"].astype("float64"), dtype=np.float64)
    n_odd = int((~np.isin(won, (0.0, 1.0))).sum())
    if n_odd:
        raise BadArgument(
            f"{n_odd} of {len(won)} outcomes in 'is_won' are neither won nor lost.",
            "give True, False, or leave the cell empty while the lead is open.",
        )
    return Matured(
        check_chances(rows["chance_won"]),
        won,
        tuple(map(str, rows["grade"])) if "grade" in rows.columns else None,
        None if challenger is None else check_chances(rows[challenger]),
    )


def read_grades(matured: Matured, *, tolerance: float, alpha: float, mass: float) -> pd.DataFrame:
    """Return promised chance and share won of each grade, and of all together (`GRADE_COLUMNS`).

    A grade is off when its wins are too many, or too few, for its chance beyond doubt, and by more than the tolerated
    part of it: exact by the binomial distribution, which is wider than that of leads with unlike chances of the same
    mean. Half of the chance of a false alarm goes to all leads together.
    """
    import pandas as pd

    groups = list(_by_grade(matured))
    rows = []
    for name, inside in groups:
        n, n_won, chance = len(inside), int(matured.won[inside].sum()), float(matured.chances[inside].mean())
        rate = estimate_rate(n_won, n, mass=mass)
        share = 1.0 if len(groups) == 1 else 0.5 if name == ALL else 0.5 / (len(groups) - 1)
        is_off = abs(rate.estimate - chance) > tolerance * chance and _is_beyond_doubt(n_won, n, chance, alpha * share)
        rows.append((name, n, n_won, chance, rate.estimate, rate.low, rate.high, is_off))
    return pd.DataFrame(rows, columns=list(GRADE_COLUMNS))


def _by_grade(matured: Matured) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    if len(matured.won):
        yield ALL, np.arange(len(matured.won))
    if matured.grades is not None:
        grades = np.array(matured.grades, dtype=object)
        for name in [*GRADES, *sorted(set(matured.grades) - set(GRADES))]:
            inside = np.flatnonzero(grades == name)
            if len(inside):
                yield name, inside


def _is_beyond_doubt(n_won: int, n: int, chance: float, alpha: float) -> bool:
    from scipy.stats import binom

    too_many, too_few = binom.sf(n_won - 1, n, chance), binom.cdf(n_won, n, chance)
    return bool(min(too_many, too_few) < alpha / 2)


def read_auc(matured: Matured, *, mass: float) -> Interval | None:
    """Return how well the chances sorted the leads; None while there are not `FEWEST` wins and losses."""
    if min(matured.n_won, len(matured.won) - matured.n_won) < FEWEST:
        return None
    return measure_auc(matured.won, matured.chances, mass=mass)


def has_fallen(matured: Matured, promised: Interval | None, *, alpha: float) -> bool:
    """Say whether the AUC lies below the promised one beyond doubt, and by more than `FALL`.

    The errors of both are added as Zou and Donner do (2008, "Construction of confidence limits about effect measures",
    Statistics in Medicine 27): the distance of each to the end of its own interval that lies towards the other.
    """
    from scipy.special import ndtri

    now = read_auc(matured, mass=1 - 2 * alpha)
    if now is None or promised is None:
        return False
    scale = float(-ndtri(alpha) / ndtri((1 + promised.mass) / 2))
    reach = np.hypot(now.high - now.estimate, scale * (promised.estimate - promised.low))
    return bool(promised.estimate - now.estimate > max(float(reach), FALL))


def still_sorts(auc: Interval | None, promised: Interval | None) -> bool:
    """Say whether at least half of the promised edge over chance is there, by the lower end of the AUC."""
    if auc is None:
        return False
    edge = 0.0 if promised is None else max(promised.estimate - 0.5, 0.0)
    return auc.low > 0.5 + edge / 2


def read_challenger(matured: Matured, *, alpha: float, mass: float) -> ChallengerReading | None:
    """Return both models on the same leads; None without a challenger, or with fewer than two leads.

    Beyond doubt: the lower end of the mean gain at level ``alpha`` is above 0 by Student's t, with at least `FEWEST`
    wins and losses.
    """
    if matured.rival is None or len(matured.won) < 2:
        return None
    from scipy.stats import t as student

    gains = log_losses(matured.won, matured.chances) - log_losses(matured.won, matured.rival)
    n, n_won = len(gains), matured.n_won
    error = float(gains.std(ddof=1)) / np.sqrt(n)
    is_sure = float(gains.mean()) > float(student.isf(alpha, n - 1)) * error
    aucs = [
        measure_auc(matured.won, chances, mass=mass) if 0 < n_won < n else None
        for chances in (matured.chances, matured.rival)
    ]
    return ChallengerReading(
        n, n_won, average_rows(gains, mass=mass), aucs[0], aucs[1], is_sure and min(n_won, n - n_won) >= FEWEST
    )


def read_overrides(reference: pd.DataFrame, current: pd.DataFrame, *, mass: float) -> OverrideReading | None:
    """Return how often people went against the list; None where ``is_overridden`` is not recorded."""
    now = _count_true(current)
    if now is None:
        return None
    before = _count_true(reference)
    change = None if before is None else compare_rates(now, before, mass=mass)
    return OverrideReading(now[1], estimate_rate(*now, mass=mass), change)


def _count_true(frame: Any) -> tuple[int, int] | None:
    if "is_overridden" not in frame.columns:
        return None
    known = frame["is_overridden"].dropna().astype(bool)
    return (int(known.sum()), len(known)) if len(known) else None
