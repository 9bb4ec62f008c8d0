"""What studies of reward plans say, in words and tables for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.rewards.recognition import Recognition
from saleslab.kpi.rewards.simulating import Finding, RewardStudy
from saleslab.wording import Count, Money, Number, PictureWords, Share, Text, say, section

COMPARED_COLUMNS = (
    "plan", "cost", "cost_rate", "chance_over", "gini", "share_nothing", "share_tempted", "share_tempted_level",
    "territory_share",
)  # fmt: skip
"""Columns of `tabulate_plans`."""

_SHARE_OF: dict[Finding, Callable[[RewardStudy], float]] = {
    "delay_pays": lambda study: study.share_tempted_level or 0.0,
    "quotas_swing": lambda study: study.share_tempted or 0.0,
    "many_get_nothing": lambda study: study.spread.share_nothing,
    "may_overrun": lambda study: study.budget_risk.chance_over if study.budget_risk else 0.0,
    "territory_pays": lambda study: study.fairness.territory_share if study.fairness else 0.0,
}


def tabulate_plans(studies: Sequence[RewardStudy]) -> pd.DataFrame:
    """Return plans side by side: what each cost a period, its risks and whom it favours (`COMPARED_COLUMNS`).

    Missing where a study was not given what it takes: draws and a budget, two periods, or the potential of territories.
    """
    rows = []
    for study in studies:
        sold, n_periods = float(study.payouts["sales"].astype("float64").sum()), len(study.costs)
        rows.append(
            {
                "plan": study.plan.label,
                "cost": Money(study.cost / n_periods, study.plan.currency),
                "cost_rate": _share(float(study.cost) / sold if sold > 0 else None, 1),
                "chance_over": _share(study.budget_risk.chance_over if study.budget_risk else None),
                "gini": Number(study.spread.gini, 2),
                "share_nothing": _share(study.spread.share_nothing),
                "share_tempted": _share(study.share_tempted),
                "share_tempted_level": _share(study.share_tempted_level),
                "territory_share": _share(study.fairness.territory_share if study.fairness else None),
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARED_COLUMNS), dtype=object)


def tabulate_territories(study: RewardStudy) -> pd.DataFrame:
    """Return what territories could yield, had as quotas and paid: ``potential, quota, paid, paid_alike``; no names."""
    if study.fairness is None:
        raise BadArgument("The study compared no territories.", "give the potential of each, or leave the table out.")
    columns = ["potential", "quota", "paid", "paid_alike"]
    table = study.fairness.territories[columns].sort_values("potential", ignore_index=True)
    return table.map(lambda amount: Money(Decimal(round(amount)), study.plan.currency))


def _share(value: float | None, digits: int = 0) -> Share | None:
    return None if value is None else Share(value, digits)


def tell_findings(study: RewardStudy) -> tuple[Text, ...]:
    """Return what is to be held against a plan, each with what to do about it."""
    told = []
    for code in study.findings:
        share = {"share": Share(_SHARE_OF[code](study), digits=0)} if code in _SHARE_OF else {}
        what, then = say(f"kpi_rewards.finding.{code}", **share), say(f"kpi_rewards.next.{code}")
        told.append(Text(f"{what.en} {then.en}", f"{what.ja}{then.ja}"))
    return tuple(told)


def tell_recognition(found: Recognition) -> Text:
    """Return how long the list of thanks is, and how long luck alone would make it."""
    n = len(found.recognised)
    people = found.people["user_id"].nunique()
    by_luck = Share(found.n_by_luck / people, digits=0)
    return say("kpi_rewards.recognition.told", n=n, people=Count(people), share=by_luck)


def describe_pay() -> PictureWords:
    """Return the words of `charts.kpi_rewards.draw_pay`."""
    return _words("pay")


def describe_territories(study: RewardStudy) -> PictureWords:
    """Return the words of `charts.kpi_rewards.draw_territories`."""
    share = study.fairness.territory_share if study.fairness else 0.0
    return _words("territories", share=Share(share, digits=0))


def name_reward_columns(*names: str) -> dict[str, Text]:
    """Return the headings of columns."""
    return {name: section("kpi_rewards.column")[name] for name in names}


def _words(picture: str, **blanks: object) -> PictureWords:
    key = f"kpi_rewards.picture.{picture}"
    return {
        "title": say(f"{key}.title"),
        "caption": say(f"{key}.caption", **blanks),
        "alt": say(f"{key}.alt", **blanks),
    }
