"""Title, caption and text alternative of the pictures of the landing, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from saleslab.wording import Count, Days, Money, PictureWords, Points, Share, TableWords, Text, join_texts, say

if TYPE_CHECKING:
    from saleslab.forecasting.outlook.review import SalesOutlook

N_DECIDING = 10
"""Deals that decide, as the page lists them."""

_VISIBLE = 0.005
"""Share of the landing from which a part is drawn."""

_LEAST_CHANCE = 0.005
_CATEGORIES = ("open_A", "open_B", "open_C")
_PARTS = ("title", "caption", "alt")


def word_outlook(key: str, /, **values: object) -> Text:
    """Return a sentence of the pages of the forecast."""
    return say(f"forecast_pages.{key}", **values)


def write_sum(outlook: SalesOutlook, amount: float) -> Money:
    """Return an amount in the currency of the company."""
    return Money(Decimal(round(amount)), outlook.currency)


def write_chance(chance: float) -> Share | Text:
    """Return a chance in whole percents; one that would be rounded to 0 or 100 is said to lie below or above."""
    if chance <= _LEAST_CHANCE:
        return word_outlook("chance.least")
    return word_outlook("chance.most") if chance >= 1 - _LEAST_CHANCE else Share(chance, 0)


def name_outlook_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns."""
    return {name: word_outlook(f"columns.{name}") for name in names}


def word_outlook_table(name: str, outlook: SalesOutlook) -> TableWords:
    """Return title and caption of a table of the page: ``parts``, ``team``, ``product``, ``moved`` or ``past``."""
    values: dict[str, Any] = {"end": outlook.period.end}
    if name == "past":
        values["days"] = Days((outlook.period.end - outlook.as_of).days)
    form = "caption_course" if name == "past" and not outlook.has_deals else "caption"
    caption = word_outlook(f"table.{name}.{form}", **values)
    if name == "past" and any(one.people is not None for one in outlook.past):
        caption = join_texts(caption, word_outlook("table.past.people"))
    return {"title": word_outlook(f"table.{name}.title"), "caption": caption}


def _describe(name: str, *, caption: str = "caption", alt: str = "alt", **values: object) -> PictureWords:
    words = {part: word_outlook(f"figure.{name}.{key}", **values) for part, key in zip(
        _PARTS, ("title", caption, alt), strict=True
    )}  # fmt: skip
    return {"title": words["title"], "caption": words["caption"], "alt": words["alt"]}


# -- what the landing is made of


@dataclass(frozen=True, slots=True)
class LandingStep:
    """One bar of the landing: which part, from where to where; the landing itself has a range."""

    part: str
    start: float
    end: float
    low: float | None = None
    high: float | None = None


def list_landing_steps(outlook: SalesOutlook) -> list[LandingStep]:
    """Return the bars from what is won to the landing; parts that bring next to nothing are left out."""
    landing, at, steps = outlook.landing, 0.0, []
    for part, share in zip(landing.parts["part"], outlook.shares, strict=True):
        if part == "won" or abs(share) >= _VISIBLE * max(abs(landing.p50), 1.0):
            steps.append(LandingStep(str(part), at, at + float(share)))
        at += float(share)
    return [*steps, LandingStep("landing", 0.0, landing.p50, landing.p10, landing.p90)]


def _write_ends(outlook: SalesOutlook) -> dict[str, Any]:
    landing = outlook.landing
    told = {"middle": landing.p50, "low": landing.p10, "high": landing.p90, "won": landing.won}
    return {name: write_sum(outlook, value) for name, value in told.items()}


def describe_landing(outlook: SalesOutlook) -> PictureWords:
    """Return the words of the picture of the landing."""
    values = _write_ends(outlook) | {"end": outlook.period.end}
    has_categories = any(step.part in _CATEGORIES for step in list_landing_steps(outlook))
    caption = "caption" if has_categories else "caption_plain" if outlook.has_deals else "caption_course"
    alt = "alt" if outlook.has_deals else "alt_course"
    if outlook.target is None:
        return _describe("landing", caption=caption, alt=alt, **values)
    goal = write_sum(outlook, outlook.target.amount)
    return _describe("landing", caption=caption, alt=f"{alt}_target", target=goal, **values)


def name_part(outlook: SalesOutlook, part: str) -> Text:
    """Return what a part of the landing is called; what a company of orders alone has is sold, not won."""
    is_sold = part == "won" and outlook.measure == "ordered_amount"
    return word_outlook(f"part.{'sold' if is_sold else part}")


def tabulate_landing(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the landing part by part: ``part, n_deals, open, mean, low, high``."""
    landing = outlook.landing
    rows = [
        {
            "part": name_part(outlook, str(row["part"])),
            "n_deals": Count(row["n_deals"]) if row["part"].startswith("open") else None,
            "open": write_sum(outlook, row["amount"])
            if row["part"].startswith("open") and outlook.has_amounts
            else None,
            "mean": write_sum(outlook, share),
            "low": write_sum(outlook, row["p10"]),
            "high": write_sum(outlook, row["p90"]),
        }
        for row, share in zip(landing.parts.to_dict("records"), outlook.shares, strict=True)
    ]
    ends = {"mean": landing.p50, "low": landing.p10, "high": landing.p90}
    whole = {name: write_sum(outlook, value) for name, value in ends.items()}
    return pd.DataFrame([*rows, {"part": word_outlook("part.landing"), "n_deals": None, "open": None, **whole}])


# -- the deals that decide


@dataclass(frozen=True, slots=True)
class DecidingDeal:
    """One open deal, and the chance to reach the target with and without it.

    Attributes
    ----------
    opportunity_id, name, owner, category
        Which deal; names are ids where the page shows no names.
    amount, chance_won, expected
        What it is worth, the chance that it is won by the end, what it is expected to bring.
    effect, chance_if_lost, chance_if_won
        By how much it moves the chance; None without a target, and where none moves it by half a point.
    due, n_pushes, is_stale
        Expected close, how often that was put off, whether nothing has moved for long.
    next_step
        As noted; None without one.
    """

    opportunity_id: str
    name: str
    owner: str | None
    category: str
    amount: float | None
    chance_won: float
    expected: float
    effect: float | None
    chance_if_lost: float
    chance_if_won: float
    due: date | None
    n_pushes: int
    is_stale: bool
    next_step: str | None


def list_deciding(outlook: SalesOutlook) -> list[DecidingDeal]:
    """Return the open deals that move the chance most; without a target, those that are expected to bring most."""
    return [_read_deal(outlook, row) for row in outlook.landing.deals.head(N_DECIDING).to_dict("records")]


def _read_deal(outlook: SalesOutlook, row: Mapping[Any, Any]) -> DecidingDeal:
    chance, won = outlook.landing.chance_hit, float(row["chance_won"])
    effect = float(row["effect_on_chance"]) if outlook.is_open else None
    # P(hit) is the mean of both cases, weighed by the chance to win
    lost = 0.0 if chance is None or effect is None else float(np.clip(chance - won * effect, 0.0, 1.0))
    owner = None if pd.isna(row["owner_id"]) else str(row["owner_id"])
    due = row["expected_close_date"]
    return DecidingDeal(
        opportunity_id=str(row["opportunity_id"]),
        name=outlook.name_of(str(row["opportunity_id"])),
        owner=None if owner is None else outlook.name_of(owner),
        category=str(row["category"]),
        amount=None if row["is_amount_guessed"] else float(row["amount"]),
        chance_won=won,
        expected=float(row["amount_expected"]),
        effect=effect,
        chance_if_lost=lost,
        chance_if_won=float(np.clip(lost + (effect or 0.0), 0.0, 1.0)),
        due=None if pd.isna(due) else pd.Timestamp(due).date(),
        n_pushes=0 if pd.isna(row["n_pushes"]) else int(row["n_pushes"]),
        is_stale=bool(row["is_stale"]),
        next_step=outlook.next_steps.get(str(row["opportunity_id"])),
    )


def describe_deciding(outlook: SalesOutlook) -> PictureWords:
    """Return the words of the picture of the deals that decide."""
    first, chance = list_deciding(outlook)[0], outlook.landing.chance_hit or 0.0
    ends: dict[str, Any] = {"lost": write_chance(first.chance_if_lost), "won": write_chance(first.chance_if_won)}
    return _describe("deciding", end=outlook.period.end, chance=write_chance(chance), **ends)


def tabulate_deciding(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the deals that decide: ``deal, amount, chance, lost, won_if, effect``."""
    rows = [
        {
            "deal": Text.same(deal.name),
            "amount": None if deal.amount is None else write_sum(outlook, deal.amount),
            "chance": write_chance(deal.chance_won),
            "lost": write_chance(deal.chance_if_lost),
            "won_if": write_chance(deal.chance_if_won),
            "effect": Points(deal.effect or 0.0),
        }
        for deal in list_deciding(outlook)
    ]
    return pd.DataFrame(rows)


# -- teams and products


def tabulate_groups(outlook: SalesOutlook, by: Literal["team", "product"]) -> pd.DataFrame:
    """Return what teams or products have won and will win: ``<by>, won, open, mean``, where known ``target``.

    Deals that are not there yet belong to none of them.
    """
    key = {"team": "team_id", "product": "product_family"}[by]
    groups = outlook.landing.by.get(key, pd.DataFrame(columns=[key, "won", "open", "landing"]))
    rows = []
    for row in groups.sort_values("landing", ascending=False, kind="stable").to_dict("records"):
        name, goal = str(row[key]), outlook.team_targets.get(str(row[key])) if by == "team" else None
        rows.append(
            {
                by: word_outlook(f"part.no_{by}") if not name else Text.same(outlook.name_of(name)),
                "won": write_sum(outlook, row["won"]),
                "open": write_sum(outlook, row["open"]),
                "mean": write_sum(outlook, row["landing"]),
                "target": None if goal is None else write_sum(outlook, goal),
            }
        )
    frame = pd.DataFrame(rows, columns=[by, "won", "open", "mean", "target"])
    return frame.drop(columns="target") if frame["target"].isna().all() else frame


# -- what changed


def describe_movement(outlook: SalesOutlook) -> PictureWords:
    """Return the words of the picture of the pipeline's changes."""
    moved = outlook.movement
    assert moved is not None
    told = {name: moved.part(move) for name, move in _TOLD.items()}
    values: dict[str, Any] = {"since": moved.since, "as_of": moved.as_of, "end": moved.period.end}
    if moved.is_in_money:
        values |= {name: write_sum(outlook, abs(part.amount)) for name, part in told.items()}
        values |= {"before": write_sum(outlook, moved.before), "after": write_sum(outlook, moved.after)}
    else:
        values |= {name: Count(part.n_deals) for name, part in told.items()}
        values |= {"before": Count(moved.n_before), "after": Count(moved.n_after)}
    words = _describe("movement", caption="caption" if moved.has_dates else "caption_undated", **values)
    n_undated = outlook.landing.doubts.get("no_creation_date", 0)
    if n_undated and not moved.has_dates:  # they are no part of the landing, but they lie in the pipeline
        words["caption"] = join_texts(words["caption"], word_outlook("figure.movement.uncreated", n=Count(n_undated)))
    return words


_TOLD: Mapping[str, Any] = {"new": "new", "won": "won", "lost": "lost", "slipped": "slipped_out"}


def tabulate_movement(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the parts of the change: ``move, n_deals, amount``."""
    moved = outlook.movement
    assert moved is not None
    told = [("chart.before", moved.n_before, moved.before)]
    told += [(f"move.{part.move}", part.n_deals, part.amount) for part in moved.parts]
    told += [("chart.after", moved.n_after, moved.after)]
    rows = [
        {"move": word_outlook(key), "n_deals": Count(n), "amount": write_sum(outlook, sum_)} for key, n, sum_ in told
    ]
    return pd.DataFrame(rows)


def tabulate_moved(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the ten largest changes: ``deal, move, amount``."""
    assert outlook.movement is not None
    rows = [
        {
            "deal": Text.same(outlook.name_of(str(row["opportunity_id"]))),
            "move": word_outlook(f"move.{row['move']}"),
            "amount": write_sum(outlook, row["amount"]),
        }
        for row in outlook.movement.deals.head(N_DECIDING).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["deal", "move", "amount"])


# -- periods before


def tabulate_course(outlook: SalesOutlook) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Return what past periods brought, the landing as a forecast of one period, and the targets of both."""
    draws = outlook.landing.draws["total_amount"].to_numpy(dtype=float)
    low, high = np.quantile(draws, [0.025, 0.975])
    landing, start = outlook.landing, pd.Timestamp(outlook.period.start)
    ahead = pd.DataFrame(
        {
            "period": [start], "median": [landing.p50], "lower_80": [landing.p10], "upper_80": [landing.p90],
            "lower_95": [min(low, landing.p10)], "upper_95": [max(high, landing.p90)],
        }
    )  # fmt: skip
    goals = outlook.quarters.dropna(subset="target")[["period", "target"]]
    if outlook.target is not None:
        goals = pd.concat([goals, pd.DataFrame({"period": [start], "target": [outlook.target.amount]})])
    return outlook.quarters[["period", "value"]], ahead, goals if len(goals) else None


def describe_quarters(outlook: SalesOutlook) -> PictureWords:
    """Return the words of the picture of the periods before."""
    ends = {name: value for name, value in _write_ends(outlook).items() if name != "won"}
    caption = "caption" if tabulate_course(outlook)[2] is not None else "caption_no_target"
    return _describe("quarters", caption=caption, period=outlook.period, **ends)


def tabulate_quarters(outlook: SalesOutlook) -> pd.DataFrame:
    """Return the periods before: ``period, came, target``."""
    rows = [
        {
            "period": outlook.calendar.period_of(row["period"].date(), outlook.period.grain),
            "came": write_sum(outlook, row["value"]),
            "target": None if pd.isna(row["target"]) else write_sum(outlook, row["target"]),
        }
        for row in outlook.quarters.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["period", "came", "target"])


def tabulate_past(outlook: SalesOutlook) -> pd.DataFrame:
    """Return how good the forecast was before: ``period, as_of, middle, low, high, came, error, previous, people``."""
    rows = [
        {
            "period": one.period,
            "as_of": one.as_of,
            "middle": write_sum(outlook, one.p50),
            "low": write_sum(outlook, one.p10),
            "high": write_sum(outlook, one.p90),
            "came": write_sum(outlook, one.came),
            "error": None if not one.came else Share(abs(one.p50 - one.came) / one.came, 0),
            "previous": None if one.previous is None else write_sum(outlook, one.previous),
            "people": None if one.people is None else write_sum(outlook, one.people),
        }
        for one in outlook.past
    ]
    columns = ["period", "as_of", "middle", "low", "high", "came", "error", "previous", "people"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.drop(columns=[name for name in ("previous", "people") if frame[name].isna().all()])
