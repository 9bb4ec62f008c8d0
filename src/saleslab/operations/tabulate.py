"""The numbers of a review as tables of typed cells, each with its headings in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.operations.missingness import Missingness
from saleslab.operations.review import LISTED, SalesReview
from saleslab.operations.seasonality import Seasonality
from saleslab.operations.slips import SlippedDeal
from saleslab.periods import Month
from saleslab.tables import get_table
from saleslab.wording import Change, Count, Days, Money, Points, Share, Text, say, section


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
    """Return what changed since the period before: ``measure, before, now, difference, part``.

    ``part`` is how much of the change in won money the factor explains; the parts add up.
    """
    assert review.change is not None
    new, old, parts = review.change.new, review.change.old, review.change.parts
    measures: list[tuple[str, Any, Any, Decimal]] = [
        ("won_amount", _money(old.won_amount, review), _money(new.won_amount, review), review.change.amount),
        ("n_closed", Count(old.n_closed), Count(new.n_closed), parts["n_closed"]),
        ("win_rate", _rate(old.n_won, old.n_closed), _rate(new.n_won, new.n_closed), parts["win_rate"]),
        ("average", _money(old.average, review), _money(new.average, review), parts["average"]),
    ]
    rows = [
        {
            "measure": say(f"operations.measures.{name}"),
            "before": before,
            "now": now,
            "difference": _difference(now, before),
            "part": _money(part, review),
        }
        for name, before, now, part in measures
    ]
    return pd.DataFrame(rows)


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
                "pipeline": _bare(stage.pipeline_id) if is_many else None,
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

    The group is shown where there are several: people within one are not ranked.
    """
    assert review.scorecard is not None
    card = review.scorecard
    rows = []
    for rep in card.reps:
        name = review.name_of(rep.owner_id)
        rows.append(
            {
                "owner": say("operations.scorecard.unassigned") if name is None else Text.same(name),
                "won_amount": _money(rep.won_amount, review),
                "ordered_amount": _money(rep.ordered_amount, review),
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
            "won_amount": _money(card.won_amount, review),
            "ordered_amount": _money(card.ordered_amount, review),
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


def tabulate_seasonality(answer: Seasonality) -> pd.DataFrame:
    """Return the index of each month of the year as a difference from the average: ``month, difference, low, high``."""
    names = section("operations.chart.months")
    rows = [
        {
            "month_of_year": names[f"m{month}"],
            "difference": Change(each.estimate - 1),
            "low": Change(each.low - 1),
            "high": Change(each.high - 1),
        }
        for month, each in enumerate(answer.index, start=1)
    ]
    return pd.DataFrame(rows)


def tabulate_missingness(answer: Missingness) -> pd.DataFrame:
    """Return how full each table is: ``table, n_rows, n_columns, n_used, filled``."""
    rows = [
        {
            "table": _label(each.table),
            "n_rows": Count(each.n_rows),
            "n_columns": Count(each.n_columns),
            "n_used": Count(each.n_used),
            "filled": Share(each.share, 0),
        }
        for each in answer.tables
    ]
    return pd.DataFrame(rows)


def tabulate_unanswered(answer: Missingness) -> pd.DataFrame:
    """Return the questions without an answer and the columns that they lack: ``question, lacking``."""
    rows = [
        {"question": say(f"operations.questions.{question}"), "lacking": Text.same(", ".join(columns))}
        for question, columns in answer.unanswered.items()
    ]
    return pd.DataFrame(rows, columns=["question", "lacking"])


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


def _bare(any_id: str | None) -> Text | None:
    """Return an id without the name of the system it comes from."""
    return Text.same(any_id.partition(":")[2] or any_id) if any_id else None


def _label(table: str) -> Text:
    label = get_table(table).label
    return Text(label.en, label.ja)


def _money(amount: Decimal | None, review: SalesReview) -> Money | None:
    return None if amount is None else Money(amount, review.currency)


def _count(n: int | None) -> Count | None:
    return None if n is None else Count(n)


def _rate(n: int, of: int, digits: int = 1) -> Share | None:
    return Share(n / of, digits) if of else None


def _difference(now: Any, before: Any) -> Change | Points | None:
    """Return by how much a value changed: rates in points, everything else in per cent."""
    match now, before:
        case Share(), Share():
            return Points(now.value - before.value)
        case Money(), Money() if before.amount:
            return Change(float(now.amount / before.amount - 1))
        case Count(), Count() if before.n:
            return Change(now.n / before.n - 1)
    return None
