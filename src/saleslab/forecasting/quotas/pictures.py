"""Title, caption and text alternative of the pictures of quotas, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.forecasting.outlook.pictures import write_chance
from saleslab.forecasting.quotas.asking import EVE, NOW
from saleslab.forecasting.quotas.judging import ChanceRecord
from saleslab.periods import Period
from saleslab.wording import Count, Money, Number, PictureWords, Share, TableWords, Text, say

if TYPE_CHECKING:
    from saleslab.forecasting.quotas.review import QuotaOutlook

_PARTS = ("title", "caption", "alt")
_NOBODY: Mapping[str, str] = MappingProxyType({})
_AMOUNTS = {"so_far": "so_far", "mean": "mean", "low": "lower_80", "high": "upper_80"}


def word_quotas(key: str, /, **values: object) -> Text:
    """Return a sentence of the page of quotas."""
    return say(f"forecast_quotas.{key}", **values)


def write_money(outlook: QuotaOutlook, amount: float) -> Money:
    """Return an amount in the currency of the company."""
    return Money(Decimal(round(amount)), outlook.currency)


def name_quota_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns."""
    return {name: word_quotas(f"columns.{name}") for name in names}


def word_quota_table(name: str, outlook: QuotaOutlook) -> TableWords:
    """Return title and caption of a table of the page: ``running`` or ``days``."""
    values: dict[str, object] = {"as_of": outlook.as_of, "period": outlook.periods[-1]}
    return {
        "title": word_quotas(f"table.{name}.title", **values),
        "caption": word_quotas(f"table.{name}.caption", **values),
    }


# -- people by quarters


@dataclass(frozen=True, slots=True)
class QuotaCell:
    """One quota of the grid.

    Attributes
    ----------
    person
        Name or id.
    period
        The quarter.
    target, came
        The quota, and what came; None while the quarter runs.
    chance
        On the quarter's eve, or today while it runs; None where too little was known.
    is_met
        None while it runs.
    """

    person: str
    period: Period
    target: float
    came: float | None
    chance: float | None
    is_met: bool | None


def list_cells(outlook: QuotaOutlook, *, names: Mapping[str, str] = _NOBODY) -> list[QuotaCell]:
    """Return every quota with its chance, by person and quarter.

    Parameters
    ----------
    outlook
        From `review_quota_chances`.
    names
        Names of people; without them ids are shown.
    """
    said = outlook.said
    is_past = said["end"] <= pd.Timestamp(outlook.as_of)
    shown = said[said["asked"].eq(EVE) & is_past | said["asked"].eq(NOW)]
    chances = shown.set_index(["owner_id", "start"])["chance"].to_dict()
    periods = {pd.Timestamp(one.start): one for one in outlook.periods}
    cells = [
        QuotaCell(
            names.get(one["owner_id"], one["owner_id"]),
            periods[one["start"]],
            float(one["target"]),
            _or_none(one["came"]),
            _or_none(chances.get((one["owner_id"], one["start"]))),
            None if pd.isna(one["is_met"]) else bool(one["is_met"]),
        )
        for one in outlook.quotas.to_dict("records")
    ]
    return sorted(cells, key=lambda cell: (cell.person, cell.period.start))


def _or_none(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def describe_grid(outlook: QuotaOutlook) -> PictureWords:
    """Return the words of the grid of people and quarters."""
    over = outlook.over
    told: dict[str, object] = {
        "met": Count(int(over["is_met"].sum())),
        "n": Count(len(over)),
        "quarters": Count(over["start"].nunique()),
        "people": Count(outlook.quotas["owner_id"].nunique()),
        "period": outlook.periods[-1],
        "as_of": outlook.as_of,
    }
    key = "caption" if outlook.running is None else "caption_running"
    return {
        "title": word_quotas("figure.grid.title"),
        "caption": word_quotas(f"figure.grid.{key}", **told),
        "alt": word_quotas("figure.grid.alt", **told),
    }


def tabulate_grid(outlook: QuotaOutlook, *, names: Mapping[str, str] = _NOBODY) -> pd.DataFrame:
    """Return one row a quota: ``person, period, chance, target, came, outcome``."""
    rows = [
        {
            "person": cell.person,
            "period": cell.period,
            "chance": None if cell.chance is None else write_chance(cell.chance),
            "target": write_money(outlook, cell.target),
            "came": None if cell.came is None else write_money(outlook, cell.came),
            "outcome": word_quotas(f"outcome.{'runs' if cell.is_met is None else 'met' if cell.is_met else 'missed'}"),
        }
        for cell in list_cells(outlook, names=names)
    ]
    return pd.DataFrame(rows)


# -- the quarter that runs


def tabulate_running(outlook: QuotaOutlook, *, names: Mapping[str, str] = _NOBODY) -> pd.DataFrame:
    """Return what each person and the company come to: ``person, so_far, mean, low, high, target, chance``.

    People without a chance of their own are left to the last lines: all with a quota, others, the company. The means
    add up to the last line but for those people.
    """
    rows = outlook.people.assign(name=[names.get(one, one) for one in outlook.people["owner_id"]]).sort_values("name")
    lines = [{"person": Text.same(one["name"])} | _write_line(outlook, one) for one in rows.to_dict("records")]
    together = outlook.together.reset_index().to_dict("records")
    if all(one["part"] != "others" or not one["mean"] for one in together):
        together = [one for one in together if one["part"] == "with_quota"]  # nobody else sells
    lines += [{"person": word_quotas(f"part.{one['part']}")} | _write_line(outlook, one) for one in together]
    return pd.DataFrame(lines)


def _write_line(outlook: QuotaOutlook, one: Mapping[Any, Any]) -> dict[str, object]:
    told: dict[str, object] = {
        name: None if pd.isna(one[column]) else write_money(outlook, one[column]) for name, column in _AMOUNTS.items()
    }
    told["target"] = None if pd.isna(one["target"]) else write_money(outlook, one["target"])
    told["chance"] = None if pd.isna(one["chance"]) else write_chance(float(one["chance"]))
    return told


# -- whether chances came true


def describe_calibration(outlook: QuotaOutlook) -> PictureWords:
    """Return the words of whether chances came true."""
    record = outlook.record
    assert record is not None
    points = record.calibration.points
    told = {"n": Count(record.n_judged), "groups": Count(len(points))}
    told["within"] = Count(len(points) - record.calibration.n_outside)
    parts = {part: word_quotas(f"figure.calibration.{part}", **(told if part != "title" else {})) for part in _PARTS}
    return {"title": parts["title"], "caption": parts["caption"], "alt": parts["alt"]}


def tabulate_calibration(outlook: QuotaOutlook) -> pd.DataFrame:
    """Return one row a group of chances: ``said, rate, low, high, cases``."""
    points = () if outlook.record is None else outlook.record.calibration.points
    rows = [
        {
            "said": write_chance(point.chance),
            "rate": Share(point.rate.estimate, 0),
            "low": Share(point.low, 0),
            "high": Share(point.high, 0),
            "cases": Count(point.n),
        }
        for point in points
    ]
    return pd.DataFrame(rows, columns=["said", "rate", "low", "high", "cases"])


def tabulate_days(outlook: QuotaOutlook) -> pd.DataFrame:
    """Return how good chances were by the day they were made: ``lead, cases, stated, rate, own, plain, verdict``.

    ``own`` and ``plain`` are mean squared distances from what came, of the chances and of the share met before.
    """
    told: list[tuple[Text, ChanceRecord]] = []
    if outlook.record is not None:
        told.append((word_quotas("lead.eve"), outlook.record))
    told += [(word_quotas("lead.days", n=Count(n)), one) for n, one in sorted(outlook.later.items(), reverse=True)]
    rows = [
        {
            "lead": lead,
            "cases": Count(record.n_judged),
            "stated": Share(record.mean_chance, 0),
            "rate": Share(record.n_met / record.n_judged, 0),
            "own": Number(record.brier, 3),
            "plain": Number(record.plain_brier, 3),
            "verdict": word_quotas(f"verdict.{record.verdict}"),
        }
        for lead, record in told
    ]
    return pd.DataFrame(rows, columns=["lead", "cases", "stated", "rate", "own", "plain", "verdict"])
