"""A level in words: its unit, and how sure a measured one is where few pieces stand behind it, or much is to come."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric
from saleslab.wording import LANGUAGES, Count, Days, Money, Number, Share, Text, say, write
from saleslab.wording.values import Value

FEW = 30
"""Below so many pieces a share or a rating is shown with its interval."""

_TYPED = {None, "rate", "money", "days", "count"}
"""Units of which a value of `saleslab.wording` tells all; behind the others stands a word."""


def value_level(level: float, unit: str | None, *, family: str | None = None, currency: str = "JPY") -> Value:
    """Return a level as a value of `saleslab.wording`; hours, km and the like as a number without their unit.

    Parameters
    ----------
    level
        The number.
    unit
        One of `declaring.Unit`, or None where nobody knows it.
    family
        How it is believed in; what is counted (``count``) is whole, with its Japanese counter.
    currency
        Of money.

    Examples
    --------
    >>> value_level(0.25, "rate"), value_level(12.0, None), value_level(7.6, "count", family="count")
    (Share(value=0.25, digits=1), Count(n=12, thing=''), Count(n=8, thing='deal'))
    """
    match unit:
        case "rate":
            return Share(level)
        case "money":
            return Money(Decimal(repr(round(level, 2))), currency)
        case "days":
            return Days(level, 1)
        case "count" if family == "count":
            return Count(round(level), "deal")  # Japanese counts calls, meetings and deals alike in 件
    if float(level).is_integer() or abs(level) >= 100:
        return Count(round(level))
    return Number(level, 2 if abs(level) < 10 and unit in {None, "count"} else 1)


def word_level(level: float, unit: str | None, *, family: str | None = None, currency: str = "JPY") -> Text:
    """Return a level as a reader sees it, with its unit; the parameters are those of `value_level`.

    Examples
    --------
    >>> word_level(5.5, "hours").ja, word_level(1_840, "count", family="count").ja
    ('5.5時間', '1,840件')
    """
    value = value_level(level, unit, family=family, currency=currency)
    if unit not in _TYPED:
        return say(f"kpi_metrics.unit.{unit}", value=value)
    return Text(*(write(value, lang) for lang in LANGUAGES))


def word_value(value: float, metric: Metric, *, currency: str = "JPY") -> Text:
    """Return a value as a reader sees it.

    Examples
    --------
    >>> from saleslab.kpi import library
    >>> word_value(0.2412, library()["win_rate"]).en, word_value(5_840_000, library()["won_amount"]).ja
    ('24.1 %', '584万円')
    """
    return word_level(value, metric.unit, currency=currency)


def tell_value(row: Mapping[str, Any], metric: Metric, *, currency: str = "JPY") -> Text:
    """Return a measured value in words; one of fewer than 30 pieces with its interval and how many they are.

    Of a young cohort the interval is that of what it will come to, so that both are told, however many the pieces.

    Parameters
    ----------
    row
        A row as `measure` returns it: ``value, n, lo, hi``, and ``estimate`` where there are cohorts.
    metric
        The metric that was measured.
    """
    value = word_value(float(row["value"]), metric, currency=currency)
    low, high, n = row["lo"], row["hi"], int(row["n"])
    if pd.isna(low) or pd.isna(high):
        return value
    estimate = word_value(float(row.get("estimate", row["value"])), metric, currency=currency)
    is_young = estimate != value
    if n >= FEW and not is_young:
        return value
    ends = [word_value(float(end), metric, currency=currency) for end in (low, high)]
    key = "young" if is_young else "few"
    return say(f"kpi_metrics.value.{key}", value=value, estimate=estimate, low=ends[0], high=ends[1], n=n)
