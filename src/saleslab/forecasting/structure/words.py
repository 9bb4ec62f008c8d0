"""What the parts of a series come to, as words of pictures and as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.forecasting.structure.parts import SeriesParts
from saleslab.wording import Change, Money, Number, PictureWords, Share, Text, say

_ROOM = "forecast_structure"
_COLUMNS = ("period", "estimate", "lower", "upper")


def describe_trend(
    parts: pd.DataFrame, *, known_until: pd.Timestamp, mass: float, currency: str | None = "JPY"
) -> PictureWords:
    """Return the words of the picture of a trend.

    Parameters
    ----------
    parts
        Of one series, from ``BayesianForecast.decompose``.
    known_until
        The last period that came.
    mass
        Of the band.
    currency
        Of the values; None for plain numbers.
    """
    mine = parts[parts["part"] == "trend"].sort_values("period")
    known = mine[mine["period"] <= known_until]
    first, last = known.iloc[0], known.iloc[-1]
    values = {name: _size(row["estimate"], currency) for name, row in (("first", first), ("last", last))}
    values |= {name: _size(last[name], currency) for name in ("lower", "upper")}
    dates = {"since": f"{first['period']:%Y-%m}", "until": f"{last['period']:%Y-%m}"}
    return _describe("trend", values | dates | {"mass": Share(mass, 0)})


def describe_part(parts: pd.DataFrame, part: str, *, mass: float, name: str | Text | None = None) -> PictureWords:
    """Return the words of the picture of a season or a driver; ``name`` is what readers call the driver."""
    mine = parts[parts["part"] == part].sort_values("period")
    top, bottom = (mine.iloc[int(place)] for place in (mine["estimate"].argmax(), mine["estimate"].argmin()))
    values: dict[str, object] = {"high": Change(float(top["estimate"]), 0), "low": Change(float(bottom["estimate"]), 0)}
    values |= {"top": f"{top['period']:%Y-%m}", "bottom": f"{bottom['period']:%Y-%m}", "mass": Share(mass, 0)}
    if part == "season":
        return _describe("season", values)
    return _describe("driver", values | {"name": name or part})


def tabulate_part(parts: pd.DataFrame, part: str, *, digits: int) -> pd.DataFrame:
    """Return the table behind the picture of a part of one series."""
    mine = parts[parts["part"] == part].sort_values("period", ignore_index=True)
    return mine[list(_COLUMNS)].assign(period=mine["period"].dt.date).round(digits)


def name_part_columns() -> Mapping[str, Text]:
    """Return the headings of `tabulate_part`."""
    return {name: say(f"{_ROOM}.columns.{name}") for name in _COLUMNS}


def tell_effects(parts: SeriesParts, *, names: Mapping[str, str | Text] | None = None) -> list[Text]:
    """Return a sentence for each driver: what a usual step of it goes along with, and whether that is sure.

    Examples
    --------
    >>> effects = pd.DataFrame({"driver": ["price"], "effect": [-0.02], "lower": [-0.03], "upper": [-0.01],
    ...                         "usual_step": [5.0], "chance_positive": [0.0]})
    >>> parts = SeriesParts(pd.DataFrame(), effects, pd.DataFrame(), 0.8)
    >>> tell_effects(parts, names={"price": "Price"})[0].en
    'Price: a usual step up (5.00) goes along with −9.5 % of sales (−13.9 % to −4.9 % with a chance of 95 %).'
    """
    told = []
    for row in parts.effects.to_dict("records"):
        is_sure = row["lower"] > 0 or row["upper"] < 0
        step = float(row["usual_step"])
        moves = {
            name: Change(float(np.expm1(step * row[column])), 1)
            for name, column in (("effect", "effect"), ("low", "lower"), ("high", "upper"))
        }
        name = (names or {}).get(row["driver"], row["driver"])
        told.append(say(f"{_ROOM}.effect.{'sure' if is_sure else 'unsure'}", name=name, step=Number(step, 2), **moves))
    return told


def _describe(figure: str, values: Mapping[str, object]) -> PictureWords:
    title, caption, alt = (say(f"{_ROOM}.{figure}.{part}", **values) for part in ("title", "caption", "alt"))
    return {"title": title, "caption": caption, "alt": alt}


def _size(amount: float, currency: str | None) -> Money | Number:
    return Number(float(amount), 0) if currency is None else Money(Decimal(round(amount)), currency)
