"""What does a salesperson work through? The ranked list as a sheet in words: whom, how and when first, then why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.intake.workbook_files import CellForm
from saleslab.scoring.lists.tasks import write_reason
from saleslab.wording import Text, say

if TYPE_CHECKING:
    from saleslab.scoring.lists.call_plan import CallPlan
    from saleslab.warehouse import Warehouse

_COLUMNS: dict[str, CellForm] = {
    "person": "text", "user_rank": "whole", "company": "text", "contact_name": "text", "address": "text",
    "action": "text", "channel": "text", "contact_at": "moment", "grade": "text", "chance_won": "share",
    "pros": "text", "cons": "text", "expected_amount": "amount", "value_amount": "amount", "low": "share",
    "high": "share", "by_lot": "text", "rank": "whole", "lead_id": "text",
}  # fmt: skip
"""Columns in the order in which they are read, and how each is shown in a workbook."""

_DECIMALS: dict[CellForm, int] = {"share": 3, "amount": 0}
_NAMED = ("lead_id", "contact_name", "email", "phone")
_WITHOUT_ORDER = ("grade", "chance_won", "low", "high", "expected_amount", "by_lot")
_WITHOUT_MONEY = ("expected_amount", "value_amount")


def tabulate_calls(plan: CallPlan, lang: str, *, names: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a call list as a table whose header and words are those of one language, each person's list in one piece.

    Parameters
    ----------
    plan
        From `plan_calls`.
    lang
        ``en`` or ``ja``.
    names
        Who is to be contacted, where the sheet is to say it (`read_callees`). Of the addresses only that of the
        suggested channel is shown.

    Returns
    -------
    pandas.DataFrame
        Without chances where the model does not sort, and without money where nobody knows what a success is worth.

    Raises
    ------
    NotEnoughData
        When nobody is to be contacted.
    """
    if plan.ranking is None:
        raise NotEnoughData(
            f"Nobody is to be contacted: of {plan.n_waiting} leads {plan.n_unreachable} may not be reached, and none "
            "of the others is worth it.",
            "check opt-outs, cost and value, or take leads of a longer time.",
        )
    sheet = plan.ranking.frame.sort_values(["user_id", "rank"], kind="stable", na_position="first")
    if names is not None:
        sheet = sheet.merge(names, on="lead_id", how="left")
        sheet["address"] = _choose_address(sheet)
    sheet["person"] = [plan.people.get(user, user) for user in sheet["user_id"]]
    sheet["company"] = [plan.companies.get(lead) for lead in sheet["lead_id"]]
    sheet["action"] = [say(f"scoring.ranking.action.{name}").of(lang) for name in sheet["action"]]
    channels = [None if pd.isna(name) else f"scoring.sheet.channel.{name}" for name in sheet["channel"]]
    sheet["channel"] = [None if key is None else say(key).of(lang) for key in channels]
    sheet["pros"] = [_tell_reasons(plan, lead, lang, up=True) for lead in sheet["lead_id"]]
    sheet["cons"] = [_tell_reasons(plan, lead, lang, up=False) for lead in sheet["lead_id"]]
    sheet["by_lot"] = [say("scoring.sheet.by_lot").of(lang) if drawn else "" for drawn in sheet["is_explored"]]
    sheet = sheet.round({name: _DECIMALS[form] for name, form in _COLUMNS.items() if form in _DECIMALS})
    kept = [name for name in _COLUMNS if name in sheet and name not in _leave_out(plan, sheet)]
    return sheet[kept].rename(columns={name: _label(name, plan).of(lang) for name in kept}).reset_index(drop=True)


def list_forms(plan: CallPlan, lang: str) -> dict[str, CellForm]:
    """Return how each column of `tabulate_calls` is shown in a workbook, by its header."""
    return {_label(name, plan).of(lang): form for name, form in _COLUMNS.items()}


def read_callees(lab: Warehouse, plan: CallPlan) -> pd.DataFrame:
    """Return name, number and address of the leads of a list: personal data, for the sheet that the team works with."""
    listed = [] if plan.ranking is None else plan.ranking.frame["lead_id"].tolist()
    leads = lab.need("leads")
    return lab.read(leads.filter(leads.lead_id.isin(listed)).select(*_NAMED))


def _leave_out(plan: CallPlan, sheet: pd.DataFrame) -> set[str]:
    """Return the columns that say nothing about this list."""
    unwanted = set() if plan.model.is_sorting else set(_WITHOUT_ORDER) | {"pros", "cons"}
    unwanted |= set() if plan.has_values else set(_WITHOUT_MONEY)
    unwanted |= {"person", "user_rank"} if sheet["user_id"].isna().all() else set()
    return unwanted | {name for name in ("company", "channel", "contact_at") if sheet[name].isna().all()}


def _choose_address(sheet: pd.DataFrame) -> pd.Series:
    """Return the number or address of the suggested channel, and no other."""
    address = pd.Series(None, sheet.index, dtype="object")
    for channel in ("phone", "email"):
        address = address.mask((sheet["channel"] == channel).fillna(value=False), sheet[channel])
    return address


def _tell_reasons(plan: CallPlan, lead_id: str, lang: str, *, up: bool) -> str:
    """Return what speaks for a lead, or against it, a line each, in the words of the page."""
    explained = plan.explained.get(lead_id)
    if explained is None:
        return ""
    waiting = plan.book.waiting
    known = waiting.frame.loc[waiting.frame["lead_id"] == lead_id].iloc[0]
    features = {feature.name: feature for feature in waiting.features}
    reasons = explained.ups if up else explained.downs
    return "\n".join(write_reason(one, known, features.get(one.column)).of(lang) for one in reasons)


def _label(name: str, plan: CallPlan) -> Text:
    is_appointment = name == "chance_won" and plan.book.goal == "qualified"
    return say(f"scoring.sheet.column.{'chance_qualified' if is_appointment else name}")
