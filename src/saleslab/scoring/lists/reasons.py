"""Why is this lead in the list, and why then? The words behind every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.wording import Count, Money, Points, Share, Text, say

_GOALS = ("won", "qualified")
_SAID_BY_TIME = ("best_hour", "later_hour", "after_cap")


def tell_reasons(
    listed: pd.DataFrame,
    reasons: Mapping[str, Any] | None,
    *,
    by_uplift: bool,
    margin_rate: float,
    cost: float,
    currency: str,
    goal: str = "won",
) -> list[tuple[Text, ...]]:
    """Return the reasons of each row: what it is worth or that it was drawn, what the model says, and why then.

    Parameters
    ----------
    listed
        Rows of `rank_leads` with ``is_explored, propensity, chance_won, gain, value_amount, expected_amount,
        when_code`` and, where a time is suggested, ``channel, contact_at, when_rate``.
    reasons
        Texts of the model by ``lead_id``: one, or several.
    by_uplift
        Whether the gain is an uplift.
    margin_rate, cost
        Share of a win's value that is earned, and what a contact costs.
    currency
        Of the amounts.
    goal
        What the chances are of: ``won`` or ``qualified``.

    Raises
    ------
    BadArgument
        When the goal is unknown, or a reason is not written in both languages.
    """
    if goal not in _GOALS:
        raise BadArgument(f"'{goal}' is no goal of a lead.", f"give one of: {', '.join(_GOALS)}.")
    variant = "" if goal == "won" else f"_{goal}"
    found = []
    paid = None if cost == 0 else Money(Decimal(round(cost)), currency)
    for row in listed.to_dict("records"):
        own = (
            _say_lot(row, variant)
            if row["is_explored"]
            else _say_worth(row, margin_rate, paid, by_uplift=by_uplift, currency=currency, variant=variant)
        )
        when = _say_when(row)
        given = _check((reasons or {}).get(row["lead_id"], ()))
        found.append((own, *given, *([] if when is None else [when])))
    return found


def _say_lot(row: Mapping[Any, Any], variant: str) -> Text:
    one_in = max(round(1 / row["propensity"]), 1)
    return say(f"scoring.ranking.why.explored{variant}", n=Count(one_in), chance=Share(row["chance_won"]))


def _say_worth(
    row: Mapping[Any, Any], margin_rate: float, paid: Money | None, *, by_uplift: bool, currency: str, variant: str
) -> Text:
    """Return the sum behind the expected amount, so that a reader can add it up."""
    expected, earned = (
        Money(Decimal(round(amount)), currency)
        for amount in (row["expected_amount"], row["value_amount"] * margin_rate)
    )
    less = Text.same("") if paid is None else say("scoring.ranking.why.less_cost", cost=paid)
    if by_uplift:
        gain = Points(row["gain"])
        return say(f"scoring.ranking.why.uplift{variant}", expected=expected, gain=gain, earned=earned, less=less)
    chance = Share(row["chance_won"])
    return say(f"scoring.ranking.why.chance{variant}", expected=expected, chance=chance, earned=earned, less=less)


def _say_when(row: Mapping[Any, Any]) -> Text | None:
    code = row["when_code"]
    if code == "no_times":
        return None
    if code not in _SAID_BY_TIME:
        return say(f"scoring.ranking.when.{code}")
    at = row["contact_at"].to_pydatetime()
    channel = say(f"scoring.ranking.channel.{row['channel']}")
    return say(f"scoring.ranking.when.{code}", at=at, channel=channel, rate=Share(float(row["when_rate"]), 0))


def _check(given: Text | Sequence[Text]) -> tuple[Text, ...]:
    texts = (given,) if isinstance(given, Text) else tuple(given)
    if not all(isinstance(text, Text) for text in texts):
        raise BadArgument(
            "A reason is not written in both languages.", "give Text values, such as saleslab.wording.say returns."
        )
    return texts
