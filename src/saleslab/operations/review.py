"""All questions of a sales review at once: what can be answered is, what cannot is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.operations.change import RevenueChange, explain_change
from saleslab.operations.coverage import Coverage, measure_coverage
from saleslab.operations.cycle import DealCycle, measure_cycle
from saleslab.operations.inputs import (
    read_closed_days,
    read_deal_names,
    read_durations,
    read_kept,
    read_names,
    read_open_deals,
    read_opened_months,
    read_ordered,
    read_reps,
    read_scope,
    read_stages,
    read_target,
)
from saleslab.operations.kept import Kept, Scope
from saleslab.operations.pipeline import PipelineBoard, measure_pipeline
from saleslab.operations.revenue import Revenue, measure_revenue
from saleslab.operations.scorecard import Scorecard, score_reps
from saleslab.operations.slips import Slips, find_slips
from saleslab.operations.winrate import Cohort, WinRate, find_immature_cohorts, measure_win_rate
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse

_T = TypeVar("_T")

LISTED = 20
"""Slipping deals that a report lists one by one."""


@dataclass(frozen=True, slots=True)
class SalesReview:
    """The answers of a sales review.

    Attributes
    ----------
    period, as_of, currency, calendar
        What is reviewed, the last day that is known, and how the company counts money and days.
    revenue, change, coverage, pipeline, slips, win_rate, cycle, scorecard
        One answer for each question; None where the data cannot give it.
    immature
        Months of opening whose deals cannot be judged yet.
    kept, scope
        What the CRM keeps, and how many deals it holds.
    names
        Names of people and of listed deals by their ids; empty when the report shows ids only.
    gaps
        For each question without an answer, why not, and what to do about it (English, for the analyst).
    """

    period: Period
    as_of: date
    currency: str
    calendar: FiscalCalendar
    revenue: Revenue | None
    change: RevenueChange | None
    coverage: Coverage | None
    pipeline: PipelineBoard | None
    slips: Slips | None
    win_rate: WinRate | None
    cycle: DealCycle | None
    scorecard: Scorecard | None
    immature: tuple[Cohort, ...]
    kept: Kept
    scope: Scope
    names: Mapping[str, str]
    gaps: Mapping[str, NotEnoughData]

    def name_of(self, any_id: str | None) -> str | None:
        """Return the name of a person or a deal, or the id where names are not shown or not known."""
        return None if any_id is None else self.names.get(any_id, any_id)


def review_sales(
    lab: Warehouse, *, as_of: date, period: Period | None = None, show_names: bool = True, often: int = 3
) -> SalesReview:
    """Return the answers to all questions of a sales review.

    Parameters
    ----------
    lab
        The company's warehouse; opportunities are needed, everything else is used where it is.
    as_of
        Last day that is known, such as `read_data_until` gives.
    period
        What is reviewed; the fiscal quarter of ``as_of`` when None.
    show_names
        Read the names of people and deals. Personal data: for readers who lead these people.
    often
        Pushes of the close date from which a deal counts as slipping.

    Raises
    ------
    NotEnoughData
        When there are no opportunities.
    """
    settings = lab.settings
    calendar = settings.fiscal_calendar
    period = period or calendar.quarter_of(as_of)
    kept, gaps = read_kept(lab), dict[str, NotEnoughData]()

    def ask(question: str, study: Callable[[], _T]) -> _T | None:
        try:
            return study()
        except NotEnoughData as lacking:
            gaps[question] = lacking
            return None

    days = read_closed_days(lab, as_of=as_of)
    revenue = ask("revenue", lambda: measure_revenue(days, period=period, as_of=as_of, calendar=calendar))
    cycle = ask("cycle", lambda: measure_cycle(read_durations(lab, as_of=as_of)))
    open_deals = read_open_deals(lab, as_of=as_of)
    old_after = cycle.won_p90_days if cycle else None
    board = ask(
        "pipeline",
        lambda: measure_pipeline(open_deals, read_stages(lab), as_of=as_of, kept=kept, old_after_days=old_after),
    )
    slips = ask("slips", lambda: find_slips(open_deals, as_of=as_of, kept=kept, often=often))
    win_rate = ask("win_rate", lambda: measure_win_rate(days, period=period, as_of=as_of, calendar=calendar))
    coverage = ask("coverage", lambda: _cover(lab, open_deals, revenue, as_of)) if revenue else None
    scorecard = ask("scorecard", lambda: _score(lab, period, as_of))
    return SalesReview(
        period, as_of, settings.currency, calendar, revenue,
        ask("change", lambda: _explain(revenue)), coverage, board, slips, win_rate, cycle, scorecard,
        find_immature_cohorts(read_opened_months(lab, as_of=as_of), as_of=as_of, calendar=calendar), kept,
        read_scope(lab, as_of=as_of),
        MappingProxyType(_read_names(lab, scorecard, slips) if show_names else {}),
        MappingProxyType(gaps),
    )  # fmt: skip


def _score(lab: Warehouse, period: Period, as_of: date) -> Scorecard:
    reps = read_reps(lab, period=period, as_of=as_of)
    has_orders = lab.has("orders") and int(lab.read(lab.table("orders").count().name("n"))["n"].iloc[0]) > 0
    ordered = read_ordered(lab, period=period, as_of=as_of) if has_orders else None
    return score_reps(reps, ordered=ordered)


def _cover(lab: Warehouse, open_deals: pd.DataFrame, revenue: Revenue, as_of: date) -> Coverage:
    period = revenue.period
    target = read_target(lab, period=period)
    return measure_coverage(open_deals, won=revenue.current, target=target, period=period, as_of=as_of)


def _explain(revenue: Revenue | None) -> RevenueChange:
    if revenue is None or revenue.previous is None:
        raise NotEnoughData(
            "The period before this one is not in the data, so there is nothing to compare with.",
            "import older deals, or review a later period.",
        )
    return explain_change(revenue.current, revenue.previous)


def _read_names(lab: Warehouse, scorecard: Scorecard | None, slips: Slips | None) -> dict[str, str]:
    listed = slips.deals[:LISTED] if slips else ()
    names = read_deal_names(lab, (deal.opportunity_id for deal in listed))
    return {**names, **read_names(lab, _people(scorecard, slips))}


def _people(scorecard: Scorecard | None, slips: Slips | None) -> set[str]:
    owners = {rep.owner_id for rep in scorecard.reps} if scorecard else set()
    owners |= {deal.owner_id for deal in slips.deals} if slips else set()
    return {owner for owner in owners if owner is not None}
