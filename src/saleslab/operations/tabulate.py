"""The numbers of a review as tables of typed cells, each with its headings in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.operations.cards import rate_digits
from saleslab.operations.pipeline import StageRow
from saleslab.operations.revenue import PeriodSales
from saleslab.operations.review import LISTED, SalesReview
from saleslab.operations.slips import SlippedDeal
from saleslab.periods import Month
from saleslab.wording import LANGUAGES, Change, Count, Days, Money, Points, Share, Text, say, write


def name_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns, for `reporting.table` and `reporting.figure`.

    Examples
    --------
    >>> name_columns("n_won")["n_won"].ja
    '受注件数'
    """
    return {name: say(f"operations.columns.{name}") for name in names}


def tabulate_revenue(review: SalesReview) -> pd.DataFrame:
    """Return won money by month: ``month, won_amount, n_won, year_before``."""
    assert review.revenue is not None
    rows = [
        {
            "month": Month(each.month.start),
            "won_amount": Money(each.won_amount, review.currency),
            "n_won": Count(each.n_won),
            "year_before": None if each.year_before is None else Money(each.year_before, review.currency),
        }
        for each in review.revenue.months
    ]
    return pd.DataFrame(rows)


def tabulate_changes(review: SalesReview) -> pd.DataFrame:
    """Return how much of the change in won money each factor explains, and all of it: ``measure, part``."""
    assert review.change is not None
    rows = [
        {"measure": say(f"operations.measures.{name}"), "part": Money(part, review.currency, exact=True)}
        for name, part in review.change.parts.items()
    ]
    whole = Money(review.change.amount, review.currency, exact=True)
    return pd.DataFrame([*rows, {"measure": say("operations.total"), "part": whole}])


def tabulate_comparison(review: SalesReview) -> pd.DataFrame:
    """Return the measures of the period beside those of the period before and of a year earlier.

    Columns: ``measure``, ``year_before`` (where the data reach back), ``before``, ``now``, ``difference`` to the period
    before. An unfinished period is compared with as much of the others.
    """
    assert review.revenue is not None
    revenue = review.revenue
    others = {"year_before": revenue.year_before, "before": revenue.previous, "now": revenue.current}
    stretches = {name: sales for name, sales in others.items() if sales is not None}
    digits = rate_digits(min((sales.n_closed for sales in stretches.values() if sales.n_closed), default=0))
    columns = {name: _measure(sales, review, digits) for name, sales in stretches.items()}
    rows = []
    for measure in columns["now"]:
        cells = {name: column[measure] for name, column in columns.items()}
        cells["difference"] = _difference(cells["now"], cells.get("before"), digits)
        rows.append({"measure": say(f"operations.measures.{measure}"), **cells})
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def head_comparison(review: SalesReview, *names: str) -> Mapping[str, Text]:
    """Return the headings of some columns of `tabulate_comparison`: the periods by their own names."""
    calendar, period = review.calendar, review.period
    periods = {"year_before": calendar.year_before(period), "before": calendar.previous(period), "now": period}
    heads = {name: Text(*(write(each, lang) for lang in LANGUAGES)) for name, each in periods.items()}
    heads |= name_columns("measure", "difference")
    return {name: heads[name] for name in names}


def _measure(sales: PeriodSales, review: SalesReview, digits: int) -> dict[str, Any]:
    """Return the measures of one stretch of days; a rate needs losses on record."""
    rate = _rate(sales.n_won, sales.n_closed, digits) if review.win_rate else None
    return {
        "won_amount": _money(sales.won_amount, review) if sales.n_valued or not sales.n_won else None,
        "n_won": Count(sales.n_won),
        "n_closed": Count(sales.n_closed),
        "win_rate": rate,
        "average": _money(sales.average, review),
    }


def tabulate_pipeline(review: SalesReview) -> pd.DataFrame:
    """Return the board of open deals, one row a stage and a last one for all.

    Columns that this CRM cannot fill are left out, so show the columns of the frame.
    """
    assert review.pipeline is not None
    board = review.pipeline
    is_many = len({stage.pipeline_id for stage in board.stages}) > 1
    rows = []
    for stage in (*board.stages, board.total):
        label = stage.label or stage.stage_id
        unknown = say("operations.chart.unknown_stage")
        name = say("operations.total") if stage is board.total else Text.same(label) if label else unknown
        rows.append(
            {
                "pipeline": _pipeline(stage) if is_many else None,
                "stage": name,
                "n_deals": Count(stage.n_deals),
                "amount": _money(stage.amount, review) if stage.n_without_amount < stage.n_deals else None,
                "weighted_amount": _money(stage.weighted_amount, review),
                "median_age": None if stage.median_age_days is None else Days(stage.median_age_days),
                "n_old": _count(stage.n_old),
                "n_past_close": _count(stage.n_past_close),
                "n_without_next_step": _count(stage.n_without_next_step),
            }
        )
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def tabulate_win_rate(review: SalesReview) -> pd.DataFrame:
    """Return the win rate by period: ``period, n_closed, n_won, win_rate, low, high``."""
    assert review.win_rate is not None
    rows = [
        {
            "period": each.period,
            "n_closed": Count(each.n_closed),
            "n_won": Count(each.n_won),
            "win_rate": Share(each.rate.estimate) if each.rate else None,
            "low": Share(each.rate.low) if each.rate else None,
            "high": Share(each.rate.high) if each.rate else None,
        }
        for each in review.win_rate.by_period
    ]
    return pd.DataFrame(rows)


def tabulate_scorecard(review: SalesReview) -> pd.DataFrame:
    """Return each person's result and a last row for all.

    The group is shown where there are several: people within one are not ranked. Amounts are exact, so that everybody
    can add them up; orders are left out where they only repeat what was won.
    """
    assert review.scorecard is not None
    card = review.scorecard
    is_same = all(rep.ordered_amount in {None, rep.won_amount} for rep in card.reps)
    rows = []
    for rep in card.reps:
        name = review.name_of(rep.owner_id)
        rows.append(
            {
                "owner": say("operations.scorecard.unassigned") if name is None else Text.same(name),
                "won_amount": Money(rep.won_amount, review.currency, exact=True),
                "ordered_amount": None if is_same else _exact(rep.ordered_amount, review),
                "n_won": Count(rep.n_won),
                "n_closed": Count(rep.n_won + rep.n_lost),
                "win_rate": Share(rep.win_rate.estimate, 0),
                "low": Share(rep.win_rate.low, 0),
                "high": Share(rep.win_rate.high, 0),
                "stands": say(f"operations.scorecard.{rep.stands or 'too_few'}"),
                "band": Count(rep.band) if rep.band is not None and card.n_bands > 1 else None,
            }
        )
    rows.append(
        {
            "owner": say("operations.total"),
            "won_amount": _exact(card.won_amount, review),
            "ordered_amount": None if is_same else _exact(card.ordered_amount, review),
            "n_won": Count(card.n_won),
            "n_closed": Count(card.n_won + card.n_lost),
            "win_rate": _rate(card.n_won, card.n_won + card.n_lost, 0),
        }
    )
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def tabulate_slips(review: SalesReview) -> pd.DataFrame:
    """Return the slipping deals with the most money: deal, owner, amount, close date, days late, pushes, next step."""
    assert review.slips is not None
    rows = [_slip(deal, review) for deal in review.slips.deals[:LISTED]]
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def _slip(deal: SlippedDeal, review: SalesReview) -> dict[str, Any]:
    name = review.name_of(deal.owner_id)
    missing_step = (
        None if deal.has_next_step is None else say(f"operations.next_step.{str(deal.has_next_step).lower()}")
    )
    return {
        "deal": Text.same(str(review.name_of(deal.opportunity_id))),
        "owner": say("operations.scorecard.unassigned") if name is None else Text.same(name),
        "amount": _money(deal.amount, review),
        "expected_close": deal.expected_close_date,
        "days_late": Days(deal.days_late) if deal.days_late else None,
        "slip_count": _count(deal.slip_count),
        "next_step": missing_step,
    }


def _pipeline(stage: StageRow) -> Text | None:
    """Return what a pipeline is called, or its id without the name of the system it comes from."""
    called = stage.pipeline_label or stage.pipeline_id
    return Text.same(called if stage.pipeline_label else called.partition(":")[2] or called) if called else None


def _money(amount: Decimal | None, review: SalesReview) -> Money | None:
    return None if amount is None else Money(amount, review.currency)


def _exact(amount: Decimal | None, review: SalesReview) -> Money | None:
    return None if amount is None else Money(amount, review.currency, exact=True)


def _count(n: int | None) -> Count | None:
    return None if n is None else Count(n)


def _rate(n: int, of: int, digits: int = 1) -> Share | None:
    return Share(n / of, digits) if of else None


def _difference(now: Any, before: Any, digits: int = 1) -> Change | Points | None:
    """Return by how much a value changed: rates in points, everything else in per cent."""
    match now, before:
        case Share(), Share():
            return Points(now.value - before.value, digits)
        case Money(), Money() if before.amount:
            return Change(float(now.amount / before.amount - 1))
        case Count(), Count() if before.n:
            return Change(now.n / before.n - 1)
    return None
