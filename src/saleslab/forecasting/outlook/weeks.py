"""How did a landing go, week by week? The same question asked again on earlier days, with what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure, read_money_targets, read_sold_days
from saleslab.forecasting.outlook.landing import Landed, land_period
from saleslab.forecasting.outlook.review import choose_target, find_sales
from saleslab.periods import Period
from saleslab.warehouse import Warehouse
from saleslab.wording import Text

_COLUMNS = ("as_of", "won_amount", "open_amount", "new_amount")
_NOTHING = ("opportunity_id", "owner_id", "team_id", "amount", "chance_won", "is_stale", "n_days_in_stage")


@dataclass(frozen=True, slots=True, eq=False)
class LandingWeeks:
    """Landings of one period as they were on several days.

    Attributes
    ----------
    period, measure
        Which, and of which money; the measure is None where nothing was ever sold.
    draws
        ``as_of, won_amount, open_amount, new_amount``, as ``kpi.track_pace`` takes them; no row without a forecast.
    target
        On record for exactly this period; None without.
    deals
        Those open on the last day, as ``Landing.deals`` has them; no row where no deals are on record.
    gap
        Why there is no forecast; None where there is one.
    has_deals
        Whether open deals were looked at one by one on the last day; else the course of past sales speaks alone.
    """

    period: Period
    measure: Measure | None
    draws: pd.DataFrame
    target: float | None
    deals: pd.DataFrame
    gap: Text | None
    has_deals: bool = False


def follow_landing(
    lab: Warehouse,
    *,
    as_of: date,
    period: Period | None = None,
    n_weeks: int = 6,
    n_draws: int = 2_000,
    seed: int = 1,
) -> LandingWeeks:
    """Return how the landing of a period went: today, and on the same weekday of the weeks before.

    Parameters
    ----------
    lab, as_of, period, n_draws, seed
        As in `review_outlook`; each day has the same luck.
    n_weeks
        How many days are asked at most; none lies before the eve of the period.
    """
    asked = period or lab.settings.fiscal_calendar.quarter_of(as_of + timedelta(days=1))
    measure: Measure | None = None
    landed: dict[date, Landed] = {}
    gap: NotEnoughData | None = None
    try:
        measure = find_sales(lab)
        sold = read_sold_days(lab, until=as_of, measure=measure)
        for day in _list_days(asked, as_of, n_weeks):
            known = sold[sold["day"] <= pd.Timestamp(day)]
            landed[day] = land_period(
                lab, known, as_of=day, period=asked, measure=measure, target=None, n_draws=n_draws, seed=seed
            )
    except NotEnoughData as refusal:
        gap = refusal
    if not landed:
        told = "" if gap is None else f"{gap.what} {gap.next_step}"
        empty = pd.DataFrame(columns=list(_COLUMNS)), pd.DataFrame(columns=list(_NOTHING))
        return LandingWeeks(asked, measure, empty[0], None, empty[1], Text.same(told))
    goal = choose_target(read_money_targets(lab, measure=measure or "won_amount"), asked)
    draws = [one.landing.draws.assign(as_of=pd.Timestamp(day))[list(_COLUMNS)] for day, one in landed.items()]
    last = landed[max(landed)]
    return LandingWeeks(
        asked, measure, pd.concat(draws, ignore_index=True), None if goal is None else goal.amount,
        last.landing.deals, None, last.pipeline is not None,
    )  # fmt: skip


def _list_days(period: Period, as_of: date, n_weeks: int) -> list[date]:
    """Return the days on which one asks, the newest first; the last day of the period has nothing left to foresee."""
    eve, last = period.start - timedelta(days=1), min(as_of, period.end - timedelta(days=1))
    days = [last - timedelta(weeks=back) for back in range(n_weeks)]
    return [day for day in days if day >= eve]
