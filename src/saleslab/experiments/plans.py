"""What is going to be tried, how it is judged and when it ends: written down before the first outcome is seen.

A plan is a value. Its SHA-256 goes into the `Registry` before the test starts; an analysis whose plan is not there is
exploratory, and one whose plan reads differently from what was registered says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from saleslab.errors import BadArgument
from saleslab.experiments.answers import Stakes

if TYPE_CHECKING:
    from datetime import datetime

    from saleslab.experiments.registry import Registration, Registry

Unit = Literal["lead", "account", "rep", "rep_week"]
MetricKind = Literal["rate", "count", "amount", "duration"]

UNITS: tuple[Unit, ...] = get_args(Unit)
METRIC_KINDS: tuple[MetricKind, ...] = get_args(MetricKind)

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured of each unit.

    Attributes
    ----------
    name
        Such as ``appointment_rate``, ``win_rate``, ``revenue``, ``margin``, ``calls``, ``days_to_close``
        (`read_outcomes` knows these).
    kind
        ``rate`` (yes or no), ``count``, ``amount`` (money) or ``duration`` (days).
    higher_is_better
        False for days, costs and other metrics that should fall.
    """

    name: str
    kind: MetricKind
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """An experiment before its first outcome.

    Parameters
    ----------
    experiment_id
        Its name in the registry; one plan each.
    hypothesis
        What is expected, and why, in a sentence.
    unit
        What is put into an arm: ``lead``, ``account``, ``rep`` or ``rep_week`` (a person's week: switchback).
    metric
        What is measured of each unit.
    control
        The arm that is in force today.
    shares
        Share of units of each arm, the control included; a mapping or pairs. They add up to 1.
    minimum_effect
        Smallest lift that is worth a change, in the unit of the metric.
    tolerated_loss
        Money a month that one is prepared to lose by a wrong choice.
    units_per_month
        How many units a month enter the test, and later the decision.
    amount_per_unit
        Money that one more unit of the metric brings: 1 where the metric is money.
    starts_on, ends_on
        First and last day on which units enter.
    horizon
        Days for which each unit is followed; arms mature alike because each unit gets the same.
    cluster
        Column of what was drawn by lot where that is not the unit itself, such as ``owner_id``.
    strata
        Columns within which arms are balanced.
    look_every
        Days between looks at the evidence.
    alpha
        Chance of shipping a change that does nothing, over all looks.
    changes_price
        Whether the arms differ in price; such a test is judged by margin, since a discount always sells more.
    currency
        ISO 4217 code of all money in the plan and in the test.
    arm_names
        What people call the arms, such as ``{"new": "the new script"}``; a mapping or pairs, for any of the arms.
    salt
        Makes the lot of this experiment its own; ``experiment_id`` when empty.

    Raises
    ------
    BadArgument
        Naming everything that is wrong with the plan at once.

    Examples
    --------
    >>> plan = ExperimentPlan(
    ...     experiment_id="script-2026", hypothesis="Asking for the problem first brings more appointments.",
    ...     unit="lead", metric=Metric("appointment_rate", "rate"), control="old", shares={"old": 0.5, "new": 0.5},
    ...     minimum_effect=0.02, tolerated_loss=Decimal(50_000), units_per_month=400, amount_per_unit=Decimal(30_000),
    ...     starts_on=date(2026, 4, 1), ends_on=date(2026, 9, 30), horizon=30,
    ... )
    >>> plan.arms, plan.n_looks, len(plan.sha256)
    (('old', 'new'), 31, 64)
    >>> ExperimentPlan.from_json(plan.to_json()) == plan
    True
    """

    experiment_id: str
    hypothesis: str
    unit: Unit
    metric: Metric
    control: str
    shares: tuple[tuple[str, float], ...] | Mapping[str, float]
    minimum_effect: float
    tolerated_loss: Decimal
    units_per_month: float
    amount_per_unit: Decimal
    starts_on: date
    ends_on: date
    horizon: int
    cluster: str | None = None
    strata: tuple[str, ...] = ()
    look_every: int = 7
    alpha: float = 0.05
    changes_price: bool = False
    currency: str = "JPY"
    salt: str = ""
    arm_names: tuple[tuple[str, str], ...] | Mapping[str, str] = ()

    def __post_init__(self) -> None:
        pairs = self.shares.items() if isinstance(self.shares, Mapping) else self.shares
        ranked = sorted(((str(arm), float(share)) for arm, share in pairs), key=lambda pair: pair[0])
        object.__setattr__(self, "shares", tuple(sorted(ranked, key=lambda pair: pair[0] != self.control)))
        object.__setattr__(self, "strata", tuple(self.strata))
        named = self.arm_names.items() if isinstance(self.arm_names, Mapping) else self.arm_names
        object.__setattr__(self, "arm_names", tuple(sorted((str(arm), str(name)) for arm, name in named)))
        object.__setattr__(self, "salt", self.salt or self.experiment_id)
        faults = find_faults(self)
        if faults:
            raise BadArgument(
                f"The plan '{self.experiment_id}' has {len(faults)} fault{'s' * (len(faults) > 1)}: "
                f"{'; '.join(faults)}.",
                "correct them all, then register the plan.",
            )

    @property
    def share_of(self) -> dict[str, float]:
        """The share of each arm."""
        return dict(cast("tuple[tuple[str, float], ...]", self.shares))

    @property
    def name_of(self) -> dict[str, str]:
        """What people call the arms that were given a name."""
        return dict(cast("tuple[tuple[str, str], ...]", self.arm_names))

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, the control first, the others sorted."""
        return tuple(self.share_of)

    @property
    def stakes(self) -> Stakes:
        """What a difference between the arms is worth."""
        return Stakes(
            minimum_effect=self.minimum_effect,
            amount_per_unit=self.amount_per_unit,
            units_per_month=self.units_per_month,
            higher_is_better=self.metric.higher_is_better,
        )

    @property
    def last_outcome_on(self) -> date:
        """Day on which the last unit has been followed for its whole horizon."""
        return self.ends_on + timedelta(days=self.horizon)

    @property
    def n_looks(self) -> int:
        """How many looks fit between the start and the last outcome, the one at the end included."""
        days = (self.last_outcome_on - self.starts_on).days + 1
        return max(1, -(-days // self.look_every))

    @property
    def sha256(self) -> str:
        """Digest of everything that the plan says."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the plan as JSON with sorted names: the same plan gives the same text."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain values: dates and money as text; names of arms only where there are any."""
        plain: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        plain |= {"arm_names": self.name_of}
        if not self.arm_names:
            del plain["arm_names"]
        metric = self.metric
        return plain | {
            "metric": {"name": metric.name, "kind": metric.kind, "higher_is_better": metric.higher_is_better},
            "shares": self.share_of,
            "strata": list(self.strata),
            "tolerated_loss": str(self.tolerated_loss),
            "amount_per_unit": str(self.amount_per_unit),
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
        }

    @classmethod
    def from_json(cls, text: str) -> ExperimentPlan:
        """Read a plan back.

        Raises
        ------
        BadArgument
            When the text is no plan, lacks a field, or names one that plans do not have.
        """
        try:
            plain = json.loads(text)
        except ValueError:
            plain = None
        if not isinstance(plain, dict):
            raise BadArgument("The plan is no JSON object.", "write it with ExperimentPlan.to_json.")
        return cls.from_dict(plain)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ExperimentPlan:
        """Read a plan back from plain values; see `from_json`."""
        names = {field.name for field in fields(cls)}
        optional = {"cluster", "strata", "look_every", "alpha", "changes_price", "currency", "salt", "arm_names"}
        unknown, missing = sorted(set(plain) - names), sorted(names - optional - set(plain))
        if unknown or missing:
            told = [f"has no {', '.join(missing)}"] * bool(missing) + [f"does not know {', '.join(unknown)}"] * bool(
                unknown
            )
            raise BadArgument(f"A plan {' and '.join(told)}.", f"give {', '.join(sorted(names - optional))}.")
        values = dict(plain)
        try:
            values["metric"] = Metric(**values["metric"])
            values |= {name: date.fromisoformat(values[name]) for name in ("starts_on", "ends_on")}
            values |= {name: Decimal(str(values[name])) for name in ("tolerated_loss", "amount_per_unit")}
            values["strata"] = tuple(values.get("strata", ()))
            values["arm_names"] = dict(values.get("arm_names", {}))
        except (TypeError, ValueError, InvalidOperation) as wrong:
            raise BadArgument(
                f"The plan cannot be read: {wrong}.",
                "write days as 2026-04-01, money as digits, and the metric as name, kind and higher_is_better.",
            ) from None
        return cls(**values)


def register_plan(plan: ExperimentPlan, registry: Registry, *, at: datetime) -> Registration:
    """Write a plan into the registry before its test starts, and return what was written.

    Registering the same plan again changes nothing.

    Parameters
    ----------
    plan
        What is going to be tried.
    registry
        Where it is kept.
    at
        When, naive UTC; the caller's choice.

    Raises
    ------
    BadArgument
        When another plan is registered under the same id, or the test would have started before ``at``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> from saleslab.experiments.registry import Registry
    >>> plan = ExperimentPlan(
    ...     experiment_id="visit-2026", hypothesis="A first visit wins more than a first call.", unit="account",
    ...     metric=Metric("win_rate", "rate"), control="call", shares={"call": 0.5, "visit": 0.5}, minimum_effect=0.05,
    ...     tolerated_loss=Decimal(100_000), units_per_month=60, amount_per_unit=Decimal(900_000),
    ...     starts_on=date(2026, 4, 1), ends_on=date(2026, 9, 30), horizon=90,
    ... )
    >>> registry = Registry(f"{tempfile.mkdtemp()}/experiments.jsonl")
    >>> register_plan(plan, registry, at=datetime(2026, 3, 20)).sha256 == plan.sha256
    True
    >>> registry.doubt(plan)
    ()
    """
    return registry.register(plan, at=at)


def find_faults(plan: ExperimentPlan) -> tuple[str, ...]:
    """Return everything that is wrong with a plan, in the order of its fields."""
    shares = plan.share_of
    strangers = sorted(set(plan.name_of) - set(shares))
    tests = (
        (not plan.experiment_id.strip(), "experiment_id is empty"),
        (not plan.hypothesis.strip(), "hypothesis is empty"),
        (plan.unit not in UNITS, f"unit '{plan.unit}' is none of {', '.join(UNITS)}"),
        (not plan.metric.name.strip(), "metric has no name"),
        (
            plan.metric.kind not in METRIC_KINDS,
            f"metric kind '{plan.metric.kind}' is none of {', '.join(METRIC_KINDS)}",
        ),
        (len(shares) < 2, f"{len(shares)} arm is no comparison"),
        (len(shares) < len(plan.shares), "an arm is named twice"),
        (plan.control not in shares, f"control '{plan.control}' is no arm of {', '.join(shares) or 'none'}"),
        (not all(share > 0 for share in shares.values()), "an arm has no share above 0"),
        (not abs(sum(shares.values()) - 1) < _ROUNDING, f"shares add up to {sum(shares.values()):g}, not to 1"),
        (bool(strangers), f"arm_names has {', '.join(strangers)}, no arm of the plan"),
        (not all(name.strip() for name in plan.name_of.values()), "an arm has an empty name"),
        (not plan.minimum_effect >= 0, f"minimum_effect {plan.minimum_effect} is below 0"),
        (not plan.tolerated_loss > 0, f"tolerated_loss {plan.tolerated_loss} is not above 0"),
        (not plan.units_per_month > 0, f"units_per_month {plan.units_per_month} is not above 0"),
        (not plan.amount_per_unit > 0, f"amount_per_unit {plan.amount_per_unit} is not above 0"),
        (plan.ends_on <= plan.starts_on, f"ends_on {plan.ends_on} does not lie after starts_on {plan.starts_on}"),
        (plan.horizon < 0, f"horizon {plan.horizon} is below 0"),
        (plan.look_every < 1, f"look_every {plan.look_every} is below 1 day"),
        (len(plan.currency) != 3 or not plan.currency.isupper(), f"currency '{plan.currency}' is no ISO 4217 code"),
        (not 0 < plan.alpha <= 0.5, f"alpha {plan.alpha} is not above 0 and at most 0.5"),
        (
            plan.changes_price and plan.metric.name != "margin",
            f"a price test is judged by '{plan.metric.name}' instead of margin",
        ),
        (
            plan.changes_price and plan.unit == "lead" and plan.cluster is None,
            "a price test draws lots by lead; two people of one company would be offered two prices",
        ),
    )
    return tuple(fault for is_wrong, fault in tests if is_wrong)
