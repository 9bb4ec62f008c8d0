"""What an uplift or a choice of action says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab.scoring.uplift.actions import ActionChoice
from saleslab.scoring.uplift.effects import Uplift
from saleslab.wording import Number, Share, Text, say

if TYPE_CHECKING:
    import pandas as pd

RULE_COLUMNS = ("rule", "value", "gain", "sorting", "share_treated", "is_chosen")
"""Columns of `tabulate_uplift`; their headings are ``scoring.uplift.columns``."""


def tell_uplift(answer: Uplift) -> Text:
    """Return whom to treat, in one sentence."""
    if answer.verdict == "personalise":
        rule = say(f"scoring.uplift.rule.{answer.rule}")
        return say("scoring.uplift.verdict.personalise", share=Share(float(answer.treat.mean()), 0), rule=rule)
    if answer.verdict == "unclear":
        return say("scoring.uplift.verdict.unclear", n=answer.n_rows)
    return say(f"scoring.uplift.verdict.{answer.verdict}")


def tell_source(answer: Uplift) -> Text:
    """Return how rows came to be treated, and what that means for the answer."""
    return say(f"scoring.uplift.source.{answer.source}")


def tell_actions(answer: ActionChoice) -> Text:
    """Return which action to take, in one sentence."""
    return say(f"scoring.action.verdict.{answer.verdict}", action=Text.same(str(answer.best_action)))


def tabulate_uplift(answer: Uplift, *, digits: int = 3) -> pd.DataFrame:
    """Return what each rule would have brought: `RULE_COLUMNS`, a row for each rule."""
    import pandas as pd

    rows = [
        {
            "rule": say(f"scoring.uplift.rule.{one['rule']}"),
            "value": Number(one["value"], digits),
            "gain": Number(one["gain"], digits),
            "sorting": None if pd.isna(one["qini"]) else Number(one["qini"], digits),
            "share_treated": Share(one["share_treated"], 0),
            "is_chosen": Text.same("○" if one["is_chosen"] else ""),
        }
        for one in answer.candidates.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(RULE_COLUMNS))
