"""Where the period lands, what decides it, what changed, and how good such forecasts were, put together once.

Everything that the report, the command line and the study show. Nothing that happened after ``as_of`` is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.accuracy.inputs import (
    Measure,
    list_measures,
    read_first_sale,
    read_money_targets,
    read_sold_days,
)
from saleslab.forecasting.landing.landing import Landing
from saleslab.forecasting.movements.comparing import PipelineMovement, compare_pipelines
from saleslab.forecasting.movements.inputs import find_last_snapshot, read_pipeline_at
from saleslab.forecasting.outlook.inputs import read_forecast_names, read_next_steps
from saleslab.forecasting.outlook.landing import Landed, land_period
from saleslab.forecasting.outlook.past import PastLanding, look_back, sum_days
from saleslab.forecasting.outlook.pictures import N_DECIDING
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse
from saleslab.wording import Count, Text, say

_SHOWN_PERIODS = 8
_WEEK, _LEAST_EFFECT = 7, 0.005


@dataclass(frozen=True, slots=True)
class PeriodTarget:
    """What a period is to bring: the company's own target, or the sum of those of its teams or people."""

    amount: float
    scope: Literal["company", "team", "user"]
    n_targets: int


@dataclass(frozen=True, slots=True, eq=False)
class SalesOutlook:
    """Where a period lands.

    Attributes
    ----------
    period, as_of, currency, calendar, measure
        What is forecast, the last day that is known, how the company counts; won deals or orders.
    landed
        The `Landing`, and what it was made from.
    target
        None where none is on record.
    movement
        How the pipeline changed since the day before; None where no deal is open.
    past
        Periods before, forecast again, the oldest first.
    quarters
        ``period, value, target``: periods before.
    team_targets
        What each team is to bring in the period, where that is on record.
    next_steps, names
        Of the deals that are shown.
    doubts
        What the data lack.
    """

    period: Period
    as_of: date
    currency: str
    calendar: FiscalCalendar
    measure: Measure
    landed: Landed
    target: PeriodTarget | None
    movement: PipelineMovement | None
    past: tuple[PastLanding, ...]
    quarters: pd.DataFrame
    team_targets: Mapping[str, float]
    next_steps: Mapping[str, str]
    names: Mapping[str, str]

    @property
    def landing(self) -> Landing:
        """Where the period lands."""
        return self.landed.landing

    @property
    def has_deals(self) -> bool:
        """Whether open deals were looked at."""
        return self.landed.pipeline is not None

    @property
    def is_open(self) -> bool:
        """Whether there is a target whose chance some deal moves by half a point."""
        deals = self.landing.deals
        if self.landing.chance_hit is None or deals.empty:
            return False
        return float(deals["effect_on_chance"].max()) >= _LEAST_EFFECT

    @property
    def has_amounts(self) -> bool:
        """Whether any open deal has an amount of its own."""
        deals = self.landing.deals
        return self.has_deals and not bool(deals["is_amount_guessed"].astype(bool).all())

    @property
    def open_amount(self) -> float:
        """Money of all open deals."""
        return float(self.landing.deals["amount"].sum())

    @property
    def doubts(self) -> tuple[Text, ...]:
        """What the data lack, in words."""
        return tuple(say(f"forecast_pages.doubt.{code}", n=Count(n)) for code, n in sorted(self.landing.doubts.items()))

    @property
    def shares(self) -> pd.Series:
        """What each part brings to the middle of the landing: means of the parts, scaled so that they add up to it."""
        parts, landing = self.landing.parts, self.landing
        rest = landing.mean - landing.won
        scale = (landing.p50 - landing.won) / rest if rest > 0 else 1.0
        return parts["mean"].where(parts["part"] == "won", parts["mean"] * scale).astype("float64")

    def expect(self, part: Literal["open", "new"]) -> float:
        """Return what open deals, or those that are not there yet, bring to the middle of the landing."""
        return float(self.shares[self.landing.parts["part"].str.startswith(part)].sum())

    def name_of(self, any_id: str) -> str:
        """Return the name of a deal, person or team, or the id where names are not shown or not known."""
        return self.names.get(any_id, any_id)


def review_outlook(
    lab: Warehouse,
    *,
    as_of: date,
    period: Period | None = None,
    since: date | None = None,
    target: float | None = None,
    n_past: int = 4,
    n_draws: int = 2_000,
    show_names: bool = True,
    seed: int = 1,
) -> SalesOutlook:
    """Return where a period lands and what decides it.

    Parameters
    ----------
    lab
        The warehouse: deals, or orders alone.
    as_of
        The last day that is known.
    period
        The fiscal quarter of the following day when None.
    since
        The day with which the pipeline is compared; None takes the last snapshot before ``as_of``, or a week before.
    target
        What the period is to bring; None takes the target on record.
    n_past
        How many past periods are forecast again.
    n_draws, seed
        Of possible landings.
    show_names
        Read names of deals and people. Personal data: for readers who lead these people.

    Raises
    ------
    NotEnoughData
        When nothing was sold, or too little to forecast.
    BadArgument
        When the period is over.
    """
    calendar = lab.settings.fiscal_calendar
    period = period or calendar.quarter_of(as_of + timedelta(days=1))
    if as_of >= period.end:
        raise BadArgument(f"The period is over on {period.end}; as_of is {as_of}.", "choose a later period.")
    measure = find_sales(lab)
    days = read_sold_days(lab, until=as_of, measure=measure)
    targets = read_money_targets(lab, measure=measure)
    goal = PeriodTarget(target, "company", 1) if target is not None else choose_target(targets, period)
    told: dict[str, Any] = {"n_draws": n_draws, "seed": seed}
    landed = land_period(
        lab, days, as_of=as_of, period=period, measure=measure, target=None if goal is None else goal.amount, **told
    )
    movement = _compare(lab, as_of, since, period) if landed.pipeline is not None else None
    past = look_back(lab, days, landed, period=period, measure=measure, n_past=n_past, **told)
    shown = _list_shown(landed, movement)
    return SalesOutlook(
        period, as_of, lab.settings.currency, calendar, measure, landed, goal, movement, past,
        _sum_periods(days, calendar, period, targets), MappingProxyType(_list_team_targets(targets, period)),
        MappingProxyType(dict(read_next_steps(lab, shown))),
        MappingProxyType(dict(read_forecast_names(lab, [*shown, *_list_groups(landed)], show_names=show_names))),
    )  # fmt: skip


def try_outlook(lab: Warehouse, **told: Any) -> tuple[SalesOutlook | None, Text | None]:
    """Return the outlook of `review_outlook`, or None and why there is none: a page says so instead of stopping."""
    try:
        return review_outlook(lab, **told), None
    except NotEnoughData as refusal:
        return None, Text.same(f"{refusal.what} Next: {refusal.next_step}")


def find_sales(lab: Warehouse) -> Measure:
    """Return which money is forecast: that of won deals, or of orders where no deal was won.

    Raises
    ------
    NotEnoughData
        When there is neither.
    """
    for measure in list_measures(lab):
        try:
            read_first_sale(lab, measure=measure)
        except NotEnoughData:
            continue
        return measure
    raise NotEnoughData("There is neither a won deal nor an order.", "import won deals or orders first.")


def choose_target(targets: pd.DataFrame, period: Period) -> PeriodTarget | None:
    """Return the target of exactly this period: the company's, else the sum of its teams' or people's.

    Examples
    --------
    >>> rows = [("user", "a", 3.0), ("user", "b", 4.0)]
    >>> targets = pd.DataFrame(rows, columns=["scope_type", "scope_id", "target"])
    >>> targets = targets.assign(start=pd.Timestamp(2026, 7, 1), end=pd.Timestamp(2026, 9, 30))
    >>> choose_target(targets, Period(date(2026, 7, 1), date(2026, 9, 30)))
    PeriodTarget(amount=7.0, scope='user', n_targets=2)
    """
    if targets.empty:
        return None
    mine = targets[(targets["start"] == pd.Timestamp(period.start)) & (targets["end"] == pd.Timestamp(period.end))]
    scopes: tuple[Literal["company", "team", "user"], ...] = ("company", "team", "user")
    for scope in scopes:
        found = mine.loc[mine["scope_type"] == scope, "target"]
        if len(found):
            return PeriodTarget(float(found.sum()), scope, len(found))
    return None


def _compare(lab: Warehouse, as_of: date, since: date | None, period: Period) -> PipelineMovement | None:
    then = since or find_last_snapshot(lab, as_of=as_of) or as_of - timedelta(days=_WEEK)
    before, after = read_pipeline_at(lab, as_of=then), read_pipeline_at(lab, as_of=as_of, since=then)
    try:
        return compare_pipelines(before, after, since=then, as_of=as_of, period=period)
    except NotEnoughData:
        return None


def _sum_periods(days: pd.DataFrame, calendar: FiscalCalendar, period: Period, targets: pd.DataFrame) -> pd.DataFrame:
    """Return what periods before brought, as far as the records reach, the oldest first: ``period, value, target``."""
    rows, one = [], period
    for _ in range(_SHOWN_PERIODS):
        one = calendar.previous(one)
        value = sum_days(days, one)
        if value is None:
            break
        goal = choose_target(targets, one)
        rows.append((pd.Timestamp(one.start), value, float("nan") if goal is None else goal.amount))
    return pd.DataFrame(rows[::-1], columns=["period", "value", "target"])


def _list_team_targets(targets: pd.DataFrame, period: Period) -> dict[str, float]:
    if targets.empty:
        return {}
    mine = targets[(targets["start"] == pd.Timestamp(period.start)) & (targets["end"] == pd.Timestamp(period.end))]
    teams = mine[mine["scope_type"] == "team"]
    return dict(zip(teams["scope_id"].astype(str), teams["target"].astype(float), strict=True))


def _list_shown(landed: Landed, movement: PipelineMovement | None) -> list[str]:
    deals = landed.landing.deals.head(N_DECIDING)
    moved = [] if movement is None else movement.deals["opportunity_id"].head(N_DECIDING).tolist()
    return sorted({*deals["opportunity_id"].astype(str), *map(str, moved)})


def _list_groups(landed: Landed) -> list[str]:
    owners = landed.landing.deals.head(N_DECIDING)["owner_id"].dropna().astype(str).tolist()
    groups = [str(name) for frame in landed.landing.by.values() for name in frame.iloc[:, 0] if name]
    return sorted({*owners, *groups})
