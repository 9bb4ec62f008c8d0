"""Title, caption and text alternative of the pictures of customer value, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.wording import Count, Days, Money, Number, PictureWords, Share, TableWords, Text, say

if TYPE_CHECKING:
    from saleslab.customers.worth.review import ValueReview

N_RUNGS = 10
N_LISTED = 20
"""Rungs of the ladder, and customers in the table of the most valuable."""


def word_value(key: str, /, **values: object) -> Text:
    """Return a sentence of the pages of customer value."""
    return say(f"customer_value.{key}", **values)


def write_amount(review: ValueReview, amount: float) -> Money:
    """Return an amount in the currency of the company."""
    return Money(Decimal(round(amount)), review.currency)


def name_value_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns."""
    return {name: word_value(f"columns.{name}") for name in names}


def word_value_table(name: str, review: ValueReview) -> TableWords:
    """Return title and caption of a table of the page: ``values``, ``scores`` or ``contracts``."""
    values: dict[str, Any] = {}
    if name == "scores" and review.trial is not None:
        then = review.as_of - timedelta(days=review.horizon)
        values = {"since": then, "as_of": review.as_of, "came": write_amount(review, review.trial.came)}
    if name == "contracts" and review.contracts is not None:
        values = {"k": Count(len(review.contracts.running) - 1)}
    return {
        "title": word_value(f"table.{name}.title"),
        "caption": word_value(f"table.{name}.caption", **values),
    }


def _describe(name: str, **values: object) -> PictureWords:
    parts = {part: word_value(f"figure.{name}.{part}", **(values if part != "title" else {})) for part in _PARTS}
    return {"title": parts["title"], "caption": parts["caption"], "alt": parts["alt"]}


_PARTS = ("title", "caption", "alt")


def climb_ladder(review: ValueReview) -> pd.DataFrame:
    """Return ten rungs of customers, the most valuable first: ``rung, n, value, slipping``."""
    customers = review.customers
    rung = (pd.RangeIndex(len(customers)) * min(N_RUNGS, len(customers))) // len(customers)
    kept = customers.assign(rung=rung, slipping=customers["value"].where(customers["is_slipping"], 0.0))
    grouped = kept.groupby("rung", sort=True)
    return grouped.agg(n=("value", "size"), value=("value", "sum"), slipping=("slipping", "sum")).reset_index()


def describe_ladder(review: ValueReview) -> PictureWords:
    """Return the words of the ladder."""
    rungs = climb_ladder(review)
    total = float(rungs["value"].sum())
    first = Share(float(rungs["value"].iloc[0]) / total if total > 0 else 0.0, 0)
    return _describe("ladder", first=first, total=write_amount(review, total))


def tabulate_ladder(review: ValueReview) -> pd.DataFrame:
    """Return the ladder as it is read: ``rung, customers, value, share, slipping``."""
    rungs = climb_ladder(review)
    total = max(float(rungs["value"].sum()), 1e-300)
    rows = [
        {
            "rung": Count(int(one["rung"]) + 1),
            "customers": Count(int(one["n"])),
            "value": write_amount(review, one["value"]),
            "share": Share(one["value"] / total, 0),
            "slipping": write_amount(review, one["slipping"]),
        }
        for one in rungs.to_dict("records")
    ]
    return pd.DataFrame(rows)


def name_group(least: int, most: int | None) -> Text:
    """Return how often a group of customers had come back."""
    if most is None:
        return word_value("chart.n_times_up", least=Count(least))
    if most == least:
        return word_value("chart.n_times_one", least=Count(least))
    return word_value("chart.n_times", least=Count(least), most=Count(most))


def describe_calibration(review: ValueReview) -> PictureWords:
    """Return the words of the picture of calibration."""
    groups = review.trial.groups if review.trial else ()
    inside = sum(one.forecast in one.actual for one in groups)
    then = review.as_of - timedelta(days=review.horizon)
    return _describe("calibration", since=then, inside=Count(inside), n=Count(len(groups)))


def tabulate_calibration(review: ValueReview) -> pd.DataFrame:
    """Return one row a group: ``group, customers, forecast, actual, low, high``."""
    rows = [
        {
            "group": name_group(one.least, one.most),
            "customers": Count(one.n_customers),
            "forecast": Number(one.forecast, 2),
            "actual": Number(one.actual.estimate, 2),
            "low": Number(one.actual.low, 2),
            "high": Number(one.actual.high, 2),
        }
        for one in (review.trial.groups if review.trial else ())
    ]
    return pd.DataFrame(rows, columns=["group", "customers", "forecast", "actual", "low", "high"])


def describe_tracking(review: ValueReview) -> PictureWords:
    """Return the words of the picture of what was forecast and what came."""
    last = review.tracks[-1]
    told = {"forecast": last.forecast.estimate, "low": last.forecast.low, "high": last.forecast.high}
    counts = {name: Count(round(value)) for name, value in (told | {"naive": last.naive}).items()}
    return _describe(
        "tracking", since=review.as_of - timedelta(days=review.horizon), actual=Count(last.actual), **counts
    )


def tabulate_tracking(review: ValueReview) -> pd.DataFrame:
    """Return one row a day: ``day, actual, forecast, low, high, naive``."""
    rows = [
        {
            "day": one.day,
            "actual": Count(one.actual),
            "forecast": Count(round(one.forecast.estimate)),
            "low": Count(round(one.forecast.low)),
            "high": Count(round(one.forecast.high)),
            "naive": Count(round(one.naive)),
        }
        for one in review.tracks
    ]
    return pd.DataFrame(rows)


def tabulate_scores(review: ValueReview) -> pd.DataFrame:
    """Return how the forecast and the plain rules did: ``way, total, error, capture``."""
    rows = [
        {
            "way": word_value(f"rule.{one.name}"),
            "total": None if one.total is None else write_amount(review, one.total),
            "error": None if one.error is None else write_amount(review, one.error),
            "capture": Share(one.capture, 0),
        }
        for one in (review.trial.scores if review.trial else ())
    ]
    return pd.DataFrame(rows, columns=["way", "total", "error", "capture"])


def tabulate_values(review: ValueReview, *, names: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    """Return the most valuable customers: ``account, value, low, high, purchases, chance``."""
    rows = [
        {
            "account": names.get(one["account_id"], str(one["account_id"])),
            "value": write_amount(review, one["value"]),
            "low": write_amount(review, one["value_lower"]),
            "high": write_amount(review, one["value_upper"]),
            "purchases": Number(one["purchases"], 1),
            "chance": Share(one["chance_alive"], 0),
        }
        for one in review.customers.head(N_LISTED).to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_contracts(review: ValueReview) -> pd.DataFrame:
    """Return one row a renewal: ``renewals, running, share, expected``."""
    if review.contracts is None:
        return pd.DataFrame(columns=["renewals", "running", "share", "expected"])
    running, model = review.contracts.running, review.contracts.model
    expected = None if model is None else model.project(len(running) - 1)
    rows = [
        {
            "renewals": Count(at),
            "running": Count(n),
            "share": Share(n / running[0], 0),
            "expected": None if expected is None else Share(float(expected[at]), 0),
        }
        for at, n in enumerate(running)
    ]
    return pd.DataFrame(rows)


def write_value_days(review: ValueReview) -> Days:
    """Return over which time value is forecast."""
    return Days(review.horizon)
