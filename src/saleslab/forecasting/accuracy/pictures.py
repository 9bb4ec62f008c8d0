"""Title, caption and text alternative of the pictures of forecast accuracy, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.forecasting.accuracy.comparing import (
    METHODS,
    calibrate_chances,
    compare_methods,
    list_chances,
    list_methods,
    list_ranges,
    measure_nodes,
    usual_days,
)
from saleslab.forecasting.accuracy.methods import MODEL, PEOPLE
from saleslab.forecasting.outlook.pictures import write_chance
from saleslab.tables.vocabulary import SCOPES
from saleslab.wording import Change, Count, Days, Money, PictureWords, Share, TableWords, Text, say

if TYPE_CHECKING:
    from saleslab.forecasting.accuracy.review import AccuracyReview
    from saleslab.forecasting.records.log import ForecastLog

_PARTS = ("title", "caption", "alt")
_FEWEST_PERIODS = 2
_NODE_METHODS = (MODEL, "weighted", *PEOPLE)


def word_accuracy(key: str, /, **values: object) -> Text:
    """Return a sentence of the pages of forecast accuracy."""
    return say(f"forecast_accuracy.{key}", **values)


def name_method(method: str) -> Text:
    """Return what a method is called."""
    return word_accuracy(f"method.{method}")


def write_amount(review: AccuracyReview, amount: float) -> Money:
    """Return an amount in the currency of the company."""
    return Money(Decimal(round(amount)), review.currency)


def name_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns; those of methods and of days before the end are made up here."""
    heads = {}
    for name in names:
        kind, _, days = name.partition("_")
        if kind in {"before", "chance"} and days.isdigit():
            heads[name] = word_accuracy(f"columns.{kind}", days=Days(int(days)))
        else:
            heads[name] = name_method(name) if name in METHODS else word_accuracy(f"columns.{name}")
    return heads


def _describe(name: str, **values: object) -> PictureWords:
    parts = {part: word_accuracy(f"figure.{name}.{part}", **(values if part != "title" else {})) for part in _PARTS}
    return {"title": parts["title"], "caption": parts["caption"], "alt": parts["alt"]}


def word_table(name: str, review: AccuracyReview) -> TableWords:
    """Return title and caption of a table of the page: ``errors``, ``teams``, ``people`` or ``chances``."""
    values: dict[str, Any] = {
        "n": Count(len(review.periods)),
        "days": Days(usual_days(review)),
        "period": review.period,
    }
    return {
        "title": word_accuracy(f"table.{name}.title"),
        "caption": word_accuracy(f"table.{name}.caption", **values),
    }


def describe_said(review: AccuracyReview) -> PictureWords:
    """Return the words of what was said before the end of the period."""
    rows = review.last[review.last["method"].eq(MODEL)].sort_values("days_before", ascending=False)
    came, said, days = (rows[name].iloc[0] for name in ("actual", "median", "days_before"))
    told = {"came": write_amount(review, came), "said": write_amount(review, said), "days": Days(int(days))}
    return _describe("said", period=review.period, **told)


def tabulate_said(review: AccuracyReview) -> pd.DataFrame:
    """Return what each method said: ``way`` and one column for each number of days before the end."""
    last, days = review.last, [days for days in review.days_before if days in set(review.last["days_before"])]
    rows = []
    for method in list_methods(review):
        said = last[last["method"].eq(method)].set_index("days_before")["median"]
        if len(said):
            told = {f"before_{n}": write_amount(review, said[n]) if n in said.index else None for n in days}
            rows.append({"way": name_method(method)} | told)
    came = write_amount(review, float(last["actual"].iloc[0])) if len(last) else None
    return pd.DataFrame([*rows, {"way": word_accuracy("came")} | {f"before_{n}": came for n in days}])


def describe_errors(review: AccuracyReview) -> PictureWords:
    """Return the words of how far the methods were off."""
    errors = compare_methods(review)
    best = errors[errors["days_before"].eq(usual_days(review))].sort_values("wape").iloc[0]
    told = {"best": name_method(str(best["method"])), "error": Share(float(best["wape"]), 0)}
    return _describe("errors", n=Count(len(review.periods)), days=Days(usual_days(review)), **told)


def tabulate_errors(review: AccuracyReview) -> pd.DataFrame:
    """Return mean absolute errors: ``way`` and one column for each number of days before the end."""
    errors = compare_methods(review)
    rows = []
    for method in list_methods(review):
        of = errors[errors["method"].eq(method)].set_index("days_before")["wape"]
        told = {f"before_{n}": Share(float(of[n]), 0) if n in of.index else None for n in review.days_before}
        rows.append({"way": name_method(method)} | told)
    return pd.DataFrame(rows)


def tabulate_nodes(
    review: AccuracyReview, scope_type: str, *, names: Mapping[str, str] = MappingProxyType({})
) -> pd.DataFrame | None:
    """Return how far each method is usually above or below what comes, by team or person.

    None where there is one of them, and where a single quarter is known: that is no habit.
    """
    found = measure_nodes(review, scope_type)
    if found["node"].nunique() < 2 or len(review.periods) < _FEWEST_PERIODS:
        return None
    methods = [method for method in _NODE_METHODS if method in set(found["method"])]
    bias = found.pivot_table(index="node", columns="method", values="bias")
    n = found.groupby("node")["n"].max()
    rows = [
        {"node": names.get(str(node), str(node)), "periods": Count(int(n[node]))}
        | {
            method: Change(float(bias.loc[node, method])) if pd.notna(bias.loc[node, method]) else None
            for method in methods
        }
        for node in sorted(bias.index, key=lambda one: names.get(str(one), str(one)))
    ]
    return pd.DataFrame(rows)


def describe_bias(review: AccuracyReview) -> PictureWords:
    """Return the words of the bias by team."""
    found = measure_nodes(review, "team")
    own = found[found["method"].eq(MODEL)]
    worst = float(own["bias"].abs().max()) if len(own) else 0.0
    told = {"days": Days(usual_days(review)), "n": Count(len(review.periods)), "worst": Share(worst, 0)}
    words = _describe("bias", **told)
    if PEOPLE[0] not in set(found["method"]):
        words["caption"] = word_accuracy("figure.bias.caption_alone", **told)
    return words


def describe_ranges(review: AccuracyReview) -> PictureWords:
    """Return the words of whether ranges held."""
    ranges = list_ranges(review)
    return _describe("ranges", inside=Count(int(ranges["is_inside"].sum())), n=Count(len(ranges)))


def tabulate_ranges(review: AccuracyReview) -> pd.DataFrame:
    """Return one row a range: ``period, lead, low, middle, high, held``."""
    starts = {pd.Timestamp(one.start): one for one in review.periods}
    rows = [
        {
            "period": starts[one["period"]],
            "lead": Days(one["days_before"]),
            "low": Change(one["low"]),
            "middle": Change(one["middle"]),
            "high": Change(one["high"]),
            "held": word_accuracy(f"held.{'yes' if one['is_inside'] else 'no'}"),
        }
        for one in list_ranges(review).to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_chances(review: AccuracyReview, *, names: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame | None:
    """Return the chance of each person to reach the target, and what came; None where nobody has a target."""
    found = list_chances(review)
    if found.empty:
        return None
    days = [n for n in review.days_before if found[f"chance_{n}"].notna().any()]
    rows = [
        {"person": names.get(str(one["node"]), str(one["node"])), "target": write_amount(review, one["target"])}
        | {f"chance_{n}": write_chance(one[f"chance_{n}"]) if pd.notna(one[f"chance_{n}"]) else None for n in days}
        | {
            "actual": write_amount(review, one["actual"]),
            "hit": word_accuracy(f"hit.{'yes' if one['is_hit'] else 'no'}"),
        }
        for one in found.to_dict("records")
    ]
    return pd.DataFrame(rows).sort_values("person", ignore_index=True)


def describe_chances(review: AccuracyReview) -> PictureWords:
    """Return the words of whether chances came true."""
    found = calibrate_chances(review)
    assert found is not None
    n = sum(point.n for point in found.points)
    within = len(found.points) - found.n_outside
    return _describe("chances", n=Count(n), within=Count(within), groups=Count(len(found.points)))


def tabulate_calibration(review: AccuracyReview) -> pd.DataFrame:
    """Return one row a group of chances: ``said, rate, low, high, cases``."""
    found = calibrate_chances(review)
    rows = [
        {
            "said": write_chance(point.chance),
            "rate": Share(point.rate.estimate, 0),
            "low": Share(point.low, 0),
            "high": Share(point.high, 0),
            "cases": Count(point.n),
        }
        for point in (found.points if found else ())
    ]
    return pd.DataFrame(rows, columns=["said", "rate", "low", "high", "cases"])


def tabulate_recorded(log: ForecastLog) -> pd.DataFrame | None:
    """Return how good what was really said has been; None while nothing is scored.

    Columns: ``scope, way, wape, bias, within, forecasts``; the company first, then its teams and people.
    """
    scored = log.scores()
    if scored.empty:
        return None
    found = log.measure(("scope_type",))
    rows = []
    groups = {(str(scope), str(way)): rows for (scope, way), rows in found.groupby(["scope_type", "method"])}
    for (scope_type, method), group in sorted(groups.items(), key=lambda one: _rank(*one[0])):
        told = dict(zip(group["measure"], group["value"], strict=True))
        rows.append(
            {
                "scope": word_accuracy(f"scope.{scope_type}"),
                "way": name_method(method) if method in METHODS else Text.same(str(method)),
                "wape": Share(told["wape"], 0) if "wape" in told else None,
                "bias": Change(told["bias"]) if "bias" in told else None,
                "within": Share(told["coverage_80"], 0) if "coverage_80" in told else None,
                "forecasts": Count(int(group["n"].max())),
            }
        )
    return pd.DataFrame(rows)


def _rank(scope_type: str, method: str) -> tuple[int, int, str]:
    """Return where a method stands in the record: the company comes before its parts, the lab before others."""
    scope = SCOPES.index(scope_type) if scope_type in SCOPES else len(SCOPES)
    return scope, METHODS.index(method) if method in METHODS else len(METHODS), method
