"""How good are these chances, now that the outcomes are known? Measures of given scores, wherever they come from.

Nothing is trained here. Ranking (AUC, capture, lift), honesty of the chances (log loss, Brier, calibration) and money
under capacity are separate questions, and a score may pass one and fail another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.leads.outcomes import read_outcomes
from saleslab.stats import (
    BrierParts,
    Calibration,
    Gathered,
    Interval,
    decompose_brier,
    measure_auc,
    measure_calibration,
    measure_capture,
    measure_gathered,
    measure_log_loss,
)

Floats = npt.NDArray[np.float64]

TOP = 0.1
"""Share of the leads at which a ranking is judged when nobody said how many can be contacted."""


@dataclass(frozen=True, slots=True)
class MoneyCurve:
    """What contacting the first so many leads of a ranking brought in: value of those won less cost of all contacted.

    It counts what contacted leads brought, not what contacting them changed; for that see `estimate_uplift`.

    Attributes
    ----------
    by_worth
        Ranked by chance x value - cost.
    by_chance
        Ranked by the chance alone.
    by_touch
        The last touched first; None where no touches were given.
    total
        What contacting all of them brings, which a list drawn by lot brings in proportion.
    capacity
        Leads that can be contacted.
    n_leads
        Leads there were.
    """

    by_worth: Gathered
    by_chance: Gathered
    by_touch: Gathered | None
    total: float
    capacity: int
    n_leads: int

    @property
    def at_capacity(self) -> Interval:
        """What the leads that can be contacted brought in, ranked by worth."""
        return self.by_worth.at(self.capacity / self.n_leads)

    @property
    def by_lot(self) -> float:
        """What as many leads drawn by lot would have brought in."""
        return self.total * self.capacity / self.n_leads


@dataclass(frozen=True, slots=True)
class ScoreMeasures:
    """How good chances turned out to be.

    Attributes
    ----------
    n_leads, n_won
        Leads judged, and those won.
    auc
        How often a won lead stood above a lost one.
    per_list
        The same within one calling list, averaged over lists; None where no list holds both outcomes.
    n_lists
        Lists that hold both outcomes.
    log_loss, brier, calibration
        How honest the chances are: the smaller, the better; `calibration` shows where they miss.
    captured
        Share of all won leads that the top of the ranking holds, at every per cent of the leads.
    captured_by_touch
        The same for the last touched first; None where no touches were given.
    top
        Share of the leads at which the ranking is judged: the capacity, or a tenth.
    money
        What the ranking brought in; None where no value was given.
    """

    n_leads: int
    n_won: int
    auc: Interval
    per_list: Interval | None
    n_lists: int
    log_loss: Interval
    brier: BrierParts
    calibration: Calibration
    captured: Gathered
    captured_by_touch: Gathered | None
    top: float
    money: MoneyCurve | None

    @property
    def captured_in_top(self) -> Interval:
        """Share of all won leads that stand in the top."""
        return self.captured.at(self.top)

    @property
    def lift(self) -> Interval:
        """How many times more won leads the top holds than as many leads drawn by lot."""
        part = self.captured_in_top
        return Interval(part.estimate / self.top, part.low / self.top, part.high / self.top, part.mass)


def measure_scores(
    y: Any,
    chance: Any,
    *,
    lists: Any = None,
    value: Any = None,
    cost: Any = None,
    capacity: float | None = None,
    last_touch: Any = None,
    mass: float = 0.9,
) -> ScoreMeasures:
    """Return how good given chances turned out to be.

    Parameters
    ----------
    y
        True or 1 for a won lead, False or 0 for a lost one; leads not decided yet must be left out.
    chance
        The chance that was stated for each, 0 to 1.
    lists
        The calling list, team or week of each lead, within which it is ranked in practice.
    value
        What each lead is worth if it is won (one number for all, or one a lead).
    cost
        What contacting a lead costs (one number for all, or one a lead); nothing when None.
    capacity
        How many of these leads can be contacted: a whole number, or a share up to 1. A tenth when None.
    last_touch
        When each lead was last in touch, as dates or numbers that grow with time; missing where never.
    mass
        Chance that each interval holds the truth.

    Raises
    ------
    NotEnoughData
        When no lead was won, or none was lost.
    BadArgument
        When lengths differ, an outcome is not known, or a chance lies outside 0 to 1.

    Examples
    --------
    >>> measured = measure_scores([1, 0, 1, 0, 0] * 20, [0.6, 0.2, 0.7, 0.4, 0.1] * 20)
    >>> measured.auc.estimate, round(measured.brier.skill, 2)
    (1.0, 0.62)
    """
    won, chances = read_outcomes(y), np.asarray(chance, dtype=np.float64)
    top = _read_capacity(capacity, len(won))
    touched = None if last_touch is None else read_touches(last_touch, len(won))
    auc = measure_auc(won, chances, mass=mass)
    per_list, n_lists = _measure_lists(won, chances, lists, mass)
    money = None
    if value is not None:
        worth, spent = (_spread(given, len(won)) for given in (value, 0 if cost is None else cost))
        rankings = {"by_worth": chances * worth - spent, "by_chance": chances, "by_touch": touched}
        money = _measure_money(won * worth - spent, rankings, round(top * len(won)), mass)
    return ScoreMeasures(
        n_leads=len(won),
        n_won=int(won.sum()),
        auc=auc,
        per_list=per_list,
        n_lists=n_lists,
        log_loss=measure_log_loss(won, chances, mass=mass),
        brier=decompose_brier(won, chances, mass=mass),
        calibration=measure_calibration(won, chances, mass=mass),
        captured=measure_capture(won, chances, mass=mass),
        captured_by_touch=None if touched is None else measure_capture(won, touched, mass=mass),
        top=top,
        money=money,
    )


def read_touches(last_touch: Any, n: int) -> Floats:
    """Return how recent each lead's last touch is, as a number that grows; never touched counts as longest ago."""
    import pandas as pd

    given = pd.Series(last_touch).reset_index(drop=True)
    if len(given) != n:
        raise BadArgument(f"{len(given)} last touches do not fit {n} leads.", "give one a lead, empty where never.")
    if pd.api.types.is_datetime64_any_dtype(given.dtype):
        moments = np.where(given.isna(), np.nan, given.astype("int64").to_numpy(dtype=np.float64))
    else:
        moments = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(moments).all():
        raise BadArgument("No last touch is a date or a number.", "give dates, or numbers that grow with time.")
    return np.where(np.isnan(moments), np.nanmin(moments) - 1, moments)


def _read_capacity(capacity: float | None, n: int) -> float:
    """Return the share of the leads that can be contacted."""
    if capacity is None:
        return TOP
    share = capacity if isinstance(capacity, float) and capacity <= 1 else capacity / n
    if not 0 < share <= 1:
        raise BadArgument(f"{capacity} of {n} leads cannot be contacted.", f"give 1 to {n}, or a share up to 1.0.")
    return float(share)


def _measure_lists(won: Floats, chances: Floats, lists: Any, mass: float) -> tuple[Interval | None, int]:
    """Return the AUC within lists and how many lists it rests on; None where no list holds both outcomes."""
    import pandas as pd

    if lists is None:
        return None, 0
    if len(lists) != len(won):
        raise BadArgument(f"{len(lists)} lists do not fit {len(won)} leads.", "give one list a lead.")
    codes, _ = pd.factorize(np.asarray(lists), use_na_sentinel=False)
    n_won, n = np.bincount(codes, won), np.bincount(codes)
    n_lists = int(((n_won > 0) & (n_won < n)).sum())
    return (measure_auc(won, chances, strata=codes, mass=mass), n_lists) if n_lists else (None, 0)


def _measure_money(brought: Floats, rankings: dict[str, Floats | None], capacity: int, mass: float) -> MoneyCurve:
    """Return what the top of each ranking brought in."""
    curves: dict[str, Any] = {
        name: None if ranking is None else measure_gathered(brought, ranking, mass=mass)
        for name, ranking in rankings.items()
    }
    return MoneyCurve(**curves, total=float(brought.sum()), capacity=max(capacity, 1), n_leads=len(brought))


def _spread(amount: Any, n: int) -> Floats:
    """Return one amount a lead."""
    given = np.asarray(amount, dtype=np.float64)
    amounts = np.full(n, float(given)) if given.ndim == 0 else given
    n_missing = int((~np.isfinite(amounts)).sum())
    if amounts.shape != (n,) or n_missing:
        raise BadArgument(
            f"Amounts of shape {amounts.shape}, {n_missing} of them missing, do not fit {n} leads.",
            "give one number for all leads, or a known one a lead: what it is worth if it is won.",
        )
    return amounts
