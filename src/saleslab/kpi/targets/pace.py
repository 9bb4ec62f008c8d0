"""How the chance of the goal went, week by week: what is won, what is open, and what has yet to be found.

A pace line asks whether as much is won as usual by this day. A chance asks what can still come: a quarter may lie
behind its line with a full pipeline, or ahead of it with an empty one. Both stand side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.targets.landings import LANDING_PARTS
from saleslab.kpi.targets.required import Aim
from saleslab.periods import Period
from saleslab.tables.presence import require_columns

_COLUMNS = (
    "as_of", "days_left", "won", "open", "new", "p10", "p50", "p90", "chance", "change", "usual_share", "pace",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PaceTrack:
    """The chance of a goal over the days on which it was asked.

    Attributes
    ----------
    period, target
        The period, and what it must bring.
    weeks
        One row a day of asking, in order: ``as_of, days_left``; ``won``, and means of ``open`` and ``new``; ``p10, p50,
        p90`` of the period's total; ``chance`` of the target and its ``change`` since the row before; ``usual_share``
        of a period that is won by that day in the past, and ``pace``: won over that share of the target (both None
        without a past).
    largest_fall
        Day of the largest fall of the chance; None if it never fell by more than the draws alone make it wobble.
    """

    period: Period
    target: float
    weeks: pd.DataFrame
    largest_fall: date | None

    @property
    def chance(self) -> float:
        """The last known chance."""
        return float(self.weeks["chance"].iloc[-1])


def track_pace(
    draws: pd.DataFrame,
    *,
    target: float,
    period: Period,
    direction: str = "up",
    past: pd.DataFrame | None = None,
) -> PaceTrack:
    """Return how the chance of a goal went.

    Parameters
    ----------
    draws
        Landings of one period as they were drawn on several days: ``as_of`` and, for every draw, ``won_amount,
        open_amount, new_amount`` (``Landing.draws`` of the forecasts, one below the other). Money or counts.
    target
        What the period must bring.
    period
        The period.
    direction
        ``up`` where at least that much counts, ``down`` where at most.
    past
        Periods that are over: ``share_of_days`` (0 to 1) and ``share_won`` by then; several periods below each other.
        Their median is the usual pace.

    Raises
    ------
    NotEnoughData
        If there is no draw.
    BadArgument
        If a day lies outside the period, a draw is not a number, or the target is not above 0.

    Examples
    --------
    >>> days, opened = [date(2026, 10, 31)] * 4, [10, 30, 50, 90]
    >>> rows = {"as_of": days, "won_amount": 40.0, "open_amount": opened, "new_amount": 20.0}
    >>> quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
    >>> track_pace(pd.DataFrame(rows), target=100, period=quarter).chance
    0.5
    """
    require_columns(draws, "as_of", *LANDING_PARTS, of="draws (Landing.draws with 'as_of')")
    days, of_draw = _read_days(draws, period)
    values = draws[list(LANDING_PARTS)].to_numpy(dtype=float)
    _check(values, target)
    aim = Aim(float(target), "up" if direction == "up" else "down")
    rows: list[dict[str, object]] = []
    for at, day in enumerate(days):
        before = rows[-1] if rows else None
        rows.append(_tell_day(day, values[of_draw == at], aim, period=period, past=past, before=before))
    weeks = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    counted = {name: float for name in _COLUMNS if name not in ("as_of", "days_left", "change", "usual_share", "pace")}
    return PaceTrack(period, float(target), weeks.astype({"days_left": int, **counted}), _find_fall(weeks, len(values)))


def _read_days(draws: pd.DataFrame, period: Period) -> tuple[list[date], np.ndarray]:
    """Days of asking in order, and which of them each draw belongs to."""
    if draws.empty:
        raise NotEnoughData("draws has no row.", "forecast the landing on at least one day of the period.")
    found, of_draw = np.unique(pd.to_datetime(draws["as_of"]).to_numpy("datetime64[D]"), return_inverse=True)
    days = [pd.Timestamp(day).date() for day in found]
    outside = sum(day not in period for day in days)
    if outside:
        raise BadArgument(
            f"{outside} days of draws.as_of lie outside {period.start} to {period.end}.",
            "keep the landings of one period.",
        )
    return days, of_draw


def _check(values: np.ndarray, target: float) -> None:
    strange = int((~np.isfinite(values)).any(axis=1).sum())
    if strange:
        raise BadArgument(f"{strange} of {len(values)} draws are not numbers.", "draw the landing anew.")
    if not (np.isfinite(target) and target > 0):
        raise BadArgument(f"target is {target}.", "give an amount or a count above 0.")


def _tell_day(
    day: date,
    draws: np.ndarray,
    aim: Aim,
    *,
    period: Period,
    past: pd.DataFrame | None,
    before: dict[str, object] | None,
) -> dict[str, object]:
    won, opened, new = draws.mean(axis=0)
    totals = draws.sum(axis=1)
    chance = aim.chance(totals)
    usual = None if past is None else _find_usual(past, ((day - period.start).days + 1) / period.n_days)
    p10, p50, p90 = np.quantile(totals, [0.1, 0.5, 0.9])
    return {
        "as_of": day,
        "days_left": (period.end - day).days,
        "won": won,
        "open": opened,
        "new": new,
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "chance": chance,
        "change": None if before is None else chance - float(str(before["chance"])),
        "usual_share": usual,
        "pace": won / (usual * aim.level) if usual else None,
    }


def _find_usual(past: pd.DataFrame, share_of_days: float) -> float | None:
    """The middle of what past periods had won by the same part of their days; None where they are silent about it."""
    require_columns(past, "share_of_days", "share_won", of="past")
    near = past.loc[(past["share_of_days"] - share_of_days).abs() <= 0.04, "share_won"]
    return float(near.median()) if len(near) else None


def _find_fall(weeks: pd.DataFrame, n_draws: int) -> date | None:
    changes = [0.0 if change is None else float(change) for change in weeks["change"]]
    wobble = 2 * np.sqrt(2 * 0.25 / (n_draws / len(weeks)))
    worst = int(np.argmin(changes))
    return list(weeks["as_of"])[worst] if changes[worst] < -wobble else None
