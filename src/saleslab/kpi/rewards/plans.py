"""A reward plan: what a person earns for which attainment, as a file that people read and sign."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from saleslab.kpi.declared_files import read_declared
from saleslab.wording import Text

_TEMPLATES = Path(__file__).parent / "templates"

Feature = Literal["linear", "accelerator", "decelerator", "cap", "cliff", "team_share"]
"""What a plan has: worded under ``kpi_rewards.feature``."""

Attainment = Annotated[Decimal, Field(ge=0, le=10)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tier(_Part):
    """From an attainment on, each further point earns ``rate`` points of the target pay."""

    at: Attainment
    rate: Annotated[Decimal, Field(ge=0, le=20)]


class Bonus(_Part):
    """An amount for reaching an attainment: a step in the pay."""

    at: Annotated[Decimal, Field(gt=0, le=10)]
    amount: Amount


class Rounding(_Part):
    """How a payout is made whole: to multiples of ``to``; a half goes up unless told otherwise."""

    to: Amount = Decimal(1)
    mode: Literal["half_up", "half_even", "down", "up"] = "half_up"


class RewardPlan(_Part):
    """What one person earns in one period.

    The pay of an attainment is the target pay times what the tiers up to it earned, and the bonuses that were reached.
    A part of it, ``team_share``, is earned by the attainment of the team instead of the own one.

    Attributes
    ----------
    plan
        Its id.
    label
        What people call it, in both languages.
    currency
        ISO 4217 code of all amounts.
    target_pay
        What full attainment by one straight tier of rate 1 would earn.
    tiers
        Where each rate begins, ascending.
    bonuses
        Amounts for reaching an attainment of one's own.
    nothing_below
        Attainment below which the tiers earn nothing.
    cap
        Attainment above which nothing more is earned.
    team_share
        Part of what tiers earn that goes by the team's attainment.
    budget
        What may be paid in one period to all together.
    rounding
        How a payout is made whole.

    Examples
    --------
    >>> plan = RewardPlan(
    ...     plan="field", label=Text("Field sales", "外勤営業"), target_pay=600_000,
    ...     tiers=(Tier(at=0, rate=1), Tier(at=1, rate=2)), cap=1.5,
    ... )
    >>> plan.features
    ('accelerator', 'cap')
    """

    plan: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    label: Text
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "JPY"
    target_pay: Amount
    tiers: Annotated[tuple[Tier, ...], Field(max_length=20)]
    bonuses: Annotated[tuple[Bonus, ...], Field(max_length=20)] = ()
    nothing_below: Attainment = Decimal(0)
    cap: Annotated[Decimal, Field(gt=0, le=10)] | None = None
    team_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    budget: Amount | None = None
    rounding: Rounding = Rounding()

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> RewardPlan:
        faults = []
        for name, edges in (("tiers", [tier.at for tier in self.tiers]), ("bonuses", [one.at for one in self.bonuses])):
            if edges != sorted(set(edges)):
                faults.append(f"the 'at' of {name} do not rise")
        if not self.tiers:
            raise ValueError("there is no tier: nothing says what attainment earns")
        highest = max([tier.at for tier in self.tiers] + [bonus.at for bonus in self.bonuses] + [self.nothing_below])
        if self.cap is not None and highest > self.cap:
            faults.append(f"something begins at {highest}, above the cap of {self.cap}")
        if not any(tier.rate for tier in self.tiers) and not self.bonuses:
            faults.append("nothing is ever paid")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def features(self) -> tuple[Feature, ...]:
        """What the plan has beside a straight line; ``linear`` where it has nothing of the kind."""
        rates = [tier.rate for tier in self.tiers]
        pairs = list(pairwise(rates))
        starts_late = self.tiers[0].at > 0
        found: dict[Feature, bool] = {
            "accelerator": starts_late or any(later > earlier for earlier, later in pairs),
            "decelerator": any(later < earlier for earlier, later in pairs),
            "cap": self.cap is not None,
            "cliff": bool(self.bonuses) or self.nothing_below > self.tiers[0].at,
            "team_share": self.team_share > 0,
        }
        has = tuple(feature for feature, holds in found.items() if holds)
        return has if set(has) - {"team_share"} else ("linear", *has)


def list_reward_plans() -> dict[str, Path]:
    """Return the plans that come with saleslab, to copy and change: by name, the file of each.

    Examples
    --------
    >>> sorted(list_reward_plans())
    ['accelerator', 'cliff', 'linear', 'team']
    >>> read_reward_plan(list_reward_plans()["linear"]).features
    ('linear',)
    """
    return {file.stem: file for file in sorted(_TEMPLATES.glob("*.yaml"))}


def read_reward_plan(path: Path | str) -> RewardPlan:
    """Return the plan that a YAML file holds.

    Raises
    ------
    FileProblem
        If the file cannot be read (see `read_yaml`), or is no plan; everything that is wrong is named with its line.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "plan.yaml"
    >>> lines = ["plan: field", "label: {en: Field, ja: 外勤}", "target_pay: 600_000", "tiers: [{at: 0, rate: -1}]"]
    >>> _ = file.write_text(chr(10).join(lines), encoding="utf-8")
    >>> read_reward_plan(file)
    Traceback (most recent call last):
        ...
    saleslab.errors.FileProblem: plan.yaml has 1 mistake:
      plan.yaml, line 4: tiers.0.rate: Input should be greater than or equal to 0
      Next: correct the lines and read it again.
    """
    return read_declared(path, RewardPlan)[0]
