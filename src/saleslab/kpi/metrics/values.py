"""A measured value in words: its unit, and how sure it is where few pieces stand behind it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric, Unit
from saleslab.wording import Days, Money, Number, Share, Text, say, write
from saleslab.wording.text import LANGUAGES

FEW = 30
"""Below so many pieces a share or a rating is shown with its interval."""

_BARE: Mapping[Unit, int] = {"count": 0, "points": 1, "hours": 1, "minutes": 1, "km": 1, "kg": 1}


def word_value(value: float, metric: Metric, *, currency: str = "JPY") -> Text:
    """Return a value as a reader sees it.

    Examples
    --------
    >>> from saleslab.kpi import library
    >>> word_value(0.2412, library()["win_rate"]).en, word_value(5_840_000, library()["won_amount"]).ja
    ('24.1 %', '584万円')
    """
    match metric.unit:
        case "rate":
            written: Any = Share(value)
        case "money":
            written = Money(Decimal(repr(round(value, 2))), currency)
        case "days":
            written = Days(value, 1)
        case _:
            digits = 0 if float(value).is_integer() else max(_BARE[metric.unit], 1)
            number = Number(value, digits)
            return say(f"kpi_metrics.unit.{metric.unit}", value=number)
    return Text(*(write(written, lang) for lang in LANGUAGES))


def tell_value(row: Mapping[str, Any], metric: Metric, *, currency: str = "JPY") -> Text:
    """Return a measured value in words; one of fewer than 30 pieces with its interval and how many they are.

    Parameters
    ----------
    row
        A row as `measure` returns it: ``value, n, lo, hi``.
    metric
        The metric that was measured.
    """
    value = word_value(float(row["value"]), metric, currency=currency)
    low, high, n = row["lo"], row["hi"], int(row["n"])
    if n >= FEW or pd.isna(low) or pd.isna(high):
        return value
    ends = [word_value(float(end), metric, currency=currency) for end in (low, high)]
    return say("kpi_metrics.value.few", value=value, low=ends[0], high=ends[1], n=n)
