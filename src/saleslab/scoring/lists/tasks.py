"""One lead of a call list as a task: whom, what, when, with what chance, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.scoring.judging.explaining import LeadReason
from saleslab.scoring.leads.features import Feature
from saleslab.wording import (
    LANGUAGES,
    Count,
    Days,
    Money,
    Number,
    Points,
    Share,
    TaskWords,
    Text,
    WorklistWords,
    say,
    write,
)

if TYPE_CHECKING:
    from saleslab.scoring.lists.call_plan import CallPlan


def write_worklists(plan: CallPlan) -> list[WorklistWords]:
    """Return the list of each person, first the one with the very first lead; one list where nobody owns leads.

    The persons who are to be contacted have no name here: the account has one, else the lead its id.
    """
    if plan.ranking is None:
        return []
    frame = plan.ranking.frame
    by_person = frame.groupby(frame["user_id"].fillna(""), sort=False)  # in the order of the ranking
    gains = by_person["expected_amount"].sum()
    known = plan.book.waiting.frame.set_index("lead_id")
    features = {feature.name: feature for feature in plan.book.waiting.features}
    lists: list[WorklistWords] = []
    for number, user in enumerate(gains.index, start=1):
        rows = by_person.get_group(user).to_dict("records")
        words: WorklistWords = {
            "name": f"list_{number}",
            "title": _head(plan, str(user), len(rows), float(gains[user])),
            "caption": say_order(plan) if number == 1 else Text.same(""),
            "tasks": [_write_task(plan, row, known.loc[row["lead_id"]], features) for row in rows],
        }
        lists.append(words)
    return lists


def name_lead(plan: CallPlan, lead_id: str) -> Text:
    """Return what a lead is called: its account, else its id without what the import put before it."""
    return Text.same(plan.companies.get(lead_id) or lead_id.rpartition(":")[2])


def name_person(plan: CallPlan, user_id: str) -> Text:
    """Return what somebody who works leads is called; the team where nobody owns them."""
    if not user_id:
        return say("scoring.list.team")
    return Text.same(plan.people.get(user_id) or user_id.rpartition(":")[2])


def is_by_value(plan: CallPlan) -> bool:
    """Say whether leads differ in what they are worth."""
    if plan.ranking is None or not plan.has_values:
        return False
    amounts = plan.ranking.frame["value_amount"]
    return bool((amounts != amounts.iloc[0]).any())


def say_order(plan: CallPlan) -> Text:
    """Return in which order a list goes."""
    if plan.model.is_sorting:
        has_grades = plan.ranking is not None and "grade" in plan.ranking.frame
        grades = say("scoring.list.caption.grades") if has_grades else Text.same("")
        gap = {"en": " ", "ja": ""}
        padded = Text(*(grades.of(lang) + gap[lang] if grades.en else "" for lang in LANGUAGES))
        told = say("scoring.list.caption.by_chance", grades=padded)
        return Text(told.en.replace("  ", " "), told.ja)
    return say(f"scoring.list.caption.by_{'value' if is_by_value(plan) else 'date'}")


def write_amount(plan: CallPlan, amount: float) -> Money:
    """Return an amount in the currency of the list."""
    currency = "JPY" if plan.ranking is None else plan.ranking.currency
    return Money(Decimal(round(amount)), currency)


def write_moment(at: pd.Timestamp) -> Text:
    """Return an hour of a day to come: its weekday, its day without the year, its hour.

    Examples
    --------
    >>> write_moment(pd.Timestamp("2026-10-01 16:00"))
    Text(en='Thu 1 Oct, 16:00', ja='10月1日（木）16時台')
    """
    day = at.date()
    return say(
        "scoring.list.hour",
        weekday=say(f"scoring.list.weekday.{day.weekday()}"),
        day=_without_year(day),
        hour=str(at.hour),
    )


def _without_year(day: date) -> Text:
    en, ja = (write(day, lang) for lang in LANGUAGES)
    return Text(en.removesuffix(f" {day.year}"), ja.removeprefix(f"{day.year}年"))


def _head(plan: CallPlan, user: str, n: int, amount: float) -> Text:
    words: dict[str, Any] = {"name": name_person(plan, user), "n": n}
    if not plan.has_values or not plan.model.is_sorting:
        return say("scoring.list.person", **words)
    return say("scoring.list.person_worth", **words, amount=write_amount(plan, amount))


def _write_task(plan: CallPlan, row: Mapping[Any, Any], lead: pd.Series, features: Mapping[str, Feature]) -> TaskWords:
    explained = plan.explained.get(str(row["lead_id"]))
    pros, cons = ((), ()) if explained is None else (explained.ups, explained.downs)
    one_in = max(round(1 / row["propensity"]), 1) if row["is_explored"] else 0
    return {
        "whom": name_lead(plan, str(row["lead_id"])),
        "action": say(f"scoring.ranking.action.{row['action']}")
        if row["action"] in _KNOWN_ACTIONS
        else Text.same(str(row["action"])),
        "when": write_when(row),
        "grade": str(row["grade"]) if plan.model.is_sorting and "grade" in row else "",
        "facts": list(_tell_facts(plan, row, lead)),
        "pros": [write_reason(reason, lead, features.get(reason.column)) for reason in pros],
        "cons": [write_reason(reason, lead, features.get(reason.column)) for reason in cons],
        "mark": say("scoring.list.drawn", n=Count(one_in)) if row["is_explored"] else None,
    }


_KNOWN_ACTIONS = frozenset({"call", "contact", "find_channel", "invite", "meet", "visit", "wait", "write"})


def write_when(row: Mapping[Any, Any]) -> Text | None:
    """Return when a lead of a list is to be contacted; None where any time will do."""
    if pd.notna(row["contact_at"]):
        return write_moment(row["contact_at"])
    if row["action"] == "wait":
        return say("scoring.list.no_hour")
    return say("scoring.list.no_channel") if row["action"] == "find_channel" else None


def _tell_facts(plan: CallPlan, row: Mapping[Any, Any], lead: pd.Series) -> list[tuple[Text, Any]]:
    goal = "qualified" if plan.book.goal == "qualified" else "won"
    facts: list[tuple[Text, Any]] = []
    if plan.model.is_sorting:
        facts.append((say(f"scoring.goal.chance_{goal}"), _tell_chance(row)))
        if plan.has_values:
            facts.append((say("scoring.list.worth"), write_amount(plan, row["expected_amount"])))
    elif is_by_value(plan):
        facts.append((say("scoring.list.value"), write_amount(plan, row["value_amount"])))
    if pd.notna(lead["created_at"]) and not plan.book.is_rehearsal:
        days = (plan.as_of - lead["created_at"].date()).days
        told = say("scoring.list.days_ago", n=days) if days > 0 else say("scoring.list.today")
        facts.append((say("scoring.list.arrived"), told))
    return facts


def _tell_chance(row: Mapping[Any, Any]) -> Any:
    digits = 0 if row["chance_won"] >= 0.1 else 1
    chance = Share(float(row["chance_won"]), digits)
    if "low" not in row or pd.isna(row["low"]):
        return chance
    ends = {end: Share(float(row[end]), digits) for end in ("low", "high")}
    return say("scoring.list.chance_range", chance=chance, **ends)


def write_reason(reason: LeadReason, lead: pd.Series, feature: Feature | None) -> Text:
    """Return what a column says of a lead, and by how many points that moves its chance."""
    value = _write_cell(lead[reason.column], feature)
    return say("scoring.list.reason", name=reason.label, value=value, points=Points(reason.points))


def _write_cell(value: Any, feature: Feature | None) -> Any:
    if pd.isna(value):
        return say("scoring.list.cell.missing")
    if feature is not None and feature.kind == "flag":
        return say(f"scoring.list.cell.{'yes' if value else 'no'}")
    if isinstance(value, str):
        return value
    number = float(value)
    name, unit = ("", "") if feature is None else (feature.name, feature.unit)
    if name.endswith("_weekday") and number in range(7):
        return say(f"scoring.list.weekday.{int(number)}")
    if name.endswith("_hour"):
        return say("scoring.list.cell.hour", hour=str(int(number)))
    if name.endswith("_month"):
        return say(f"scoring.list.month.{int(number)}")
    if unit == "d":
        return Days(number)
    written = Count(int(number)) if number.is_integer() else Number(number, 1)
    return say("scoring.list.cell.hours", n=written) if unit == "h" else written
