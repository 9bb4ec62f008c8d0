"""What every comparison of arms says, whatever was measured: the arms, the contrasts with the control, the doubts.

Each question has an answer of its own (`RateComparison`, `AmountComparison`, ...); they share the parts declared here,
so that `decide`, the charts and the registry can read any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from saleslab.errors import BadArgument
from saleslab.stats import Interval

if TYPE_CHECKING:
    import pandas as pd

LIFT_LEVELS = (0.005, 0.01, 0.025, *(step / 20 for step in range(1, 20)), 0.975, 0.99, 0.995)
"""Levels at which the posterior of a lift is handed on."""


class Reason(StrEnum):
    """Why an answer must be read with care, or may not be used; the words are in ``wording`` under the same code."""

    SAMPLE_RATIO_MISMATCH = "sample_ratio_mismatch"
    UNIT_IN_TWO_ARMS = "unit_in_two_arms"
    CLUSTER_IN_TWO_ARMS = "cluster_in_two_arms"
    CONTAMINATED = "contaminated"
    MISSING_OUTCOMES = "missing_outcomes"
    EMPTY_ARM = "empty_arm"
    FEW_CLUSTERS = "few_clusters"
    NO_SUCCESSES = "no_successes"
    TOO_FEW_AMOUNTS = "too_few_amounts"
    HEAVY_TAIL = "heavy_tail"
    SPREAD_DIFFERS = "spread_differs"
    POOR_FIT = "poor_fit"
    OVERDISPERSED = "overdispersed"
    PRIOR_DOMINATES = "prior_dominates"
    PEEKED = "peeked"
    UNPLANNED = "unplanned"
    PLAN_CHANGED = "plan_changed"
    OUTSIDE_TEST = "outside_test"
    CONFOUNDED = "confounded"


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a difference between arms is worth.

    Attributes
    ----------
    minimum_effect
        Smallest lift that is worth a change, in the unit of the metric; not below 0.
    equivalence
        Lifts between minus and plus this much count as no difference; ``minimum_effect`` when None.
    amount_per_unit
        Money that one more unit of the metric brings, such as the margin of one more won deal; None: unknown.
    units_per_month
        How many leads (accounts, people) a month the decision touches; None: unknown.
    higher_is_better
        False for days, costs and other metrics that should fall.

    Examples
    --------
    >>> Stakes(minimum_effect=0.02, amount_per_unit=Decimal(120_000), units_per_month=200).price(0.001)
    Decimal('24000.00')
    """

    minimum_effect: float = 0.0
    equivalence: float | None = None
    amount_per_unit: Decimal | None = None
    units_per_month: float | None = None
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        wrong = [
            name
            for name in ("minimum_effect", "equivalence", "amount_per_unit", "units_per_month")
            if (value := getattr(self, name)) is not None and not value >= 0
        ]
        if wrong:
            raise BadArgument(f"Stakes have a negative {', '.join(wrong)}.", "give 0 or more.")

    @property
    def margin(self) -> float:
        """Half the width of the region of practical equivalence."""
        return self.minimum_effect if self.equivalence is None else self.equivalence

    def price(self, loss: float) -> Decimal | None:
        """Return what a loss in units of the metric costs a month; None where worth or volume is unknown."""
        if self.amount_per_unit is None or self.units_per_month is None:
            return None
        return (Decimal(repr(float(loss) * self.units_per_month)) * self.amount_per_unit).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class ArmEstimate:
    """What is known of one arm.

    Attributes
    ----------
    arm
        Its name.
    n
        How many units it has.
    mean
        Observed mean of the metric: a rate, an amount a unit, a count per exposure, days.
    posterior_mean
        Mean of the posterior.
    interval
        Posterior median and equal-tailed range.
    prior
        What was believed before the data; None where the prior has no mean.
    chance_best
        Chance that no other arm is better.
    expected_loss
        How far the best arm is ahead of this one on average, in units of the metric: never negative, always finite.
    """

    arm: str
    n: int
    mean: float
    posterior_mean: float
    interval: Interval
    prior: Interval | None
    chance_best: float
    expected_loss: float

    @property
    def rate(self) -> float:
        """The mean of outcomes that are yes or no."""
        return self.mean


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The same contrast under another assumption: its name, the chance of being better, and the lift."""

    assumption: str
    chance_better: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """One treatment against the control.

    Attributes
    ----------
    treatment, control
        Names of the arms.
    observed_lift
        Difference of the observed means.
    lift, interval
        Posterior median of the difference, and its equal-tailed range.
    relative_lift, relative_interval
        The same of the ratio of the means minus 1; None where a mean may be 0 or negative.
    chance_better
        Chance that the treatment is better than the control.
    chance_above_minimum
        Chance that it is better by more than the minimum effect.
    chance_equivalent
        Chance that the difference is too small to matter.
    expected_loss
        Mean shortfall if the treatment is chosen and the control is better, in units of the metric.
    expected_loss_of_control
        Mean shortfall if the control is kept and the treatment is better.
    monthly_loss, monthly_loss_of_control
        The same in money a month; None where nobody said what a unit is worth, or how many there are.
    e_value
        Evidence against "no difference" that may be looked at every week: under no difference its mean is at most 1 at
        any time one stops.
    anytime_p
        ``min(1, 1 / e_value)``: stays valid however often one looks.
    lift_quantiles
        Posterior quantiles of the lift at `LIFT_LEVELS`.
    sensitivity
        The same contrast under other assumptions.
    """

    treatment: str
    control: str
    observed_lift: float
    lift: float
    interval: Interval
    relative_lift: float | None
    relative_interval: Interval | None
    chance_better: float
    chance_above_minimum: float
    chance_equivalent: float
    expected_loss: float
    expected_loss_of_control: float
    monthly_loss: Decimal | None
    monthly_loss_of_control: Decimal | None
    e_value: float
    anytime_p: float
    lift_quantiles: tuple[float, ...]
    sensitivity: tuple[Sensitivity, ...]


class Comparison(Protocol):
    """What all answers of this room have in common."""

    @property
    def arms(self) -> tuple[ArmEstimate, ...]:
        """One entry for each arm, the control first."""

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """One entry for each other arm."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What must be kept in mind."""


def tabulate_lift(comparison: Comparison, *, experiment_id: str) -> pd.DataFrame:
    """Return the posterior of each lift in a small frame, from which other studies price it.

    Returns
    -------
    pd.DataFrame
        ``experiment_id, contrast`` (``treatment - control``), ``quantile`` (0-1), ``lift`` (units of the metric).
    """
    import pandas as pd

    rows = [
        (experiment_id, f"{one.treatment} - {one.control}", level, lift)
        for one in comparison.contrasts
        for level, lift in zip(LIFT_LEVELS, one.lift_quantiles, strict=True)
    ]
    return pd.DataFrame(rows, columns=["experiment_id", "contrast", "quantile", "lift"])


def order_arms(arms: Sequence[str], *, control: str) -> tuple[str, ...]:
    """Return the names of the arms, the control first, the others sorted.

    Raises
    ------
    BadArgument
        When the control is no arm, or there is no other one.

    Examples
    --------
    >>> order_arms(["new", "old"], control="old")
    ('old', 'new')
    """
    others = sorted(set(arms) - {control})
    if control not in arms:
        raise BadArgument(
            f"The control '{control}' is no arm; arms are: {', '.join(others) or 'none'}.",
            "check the spelling of the control.",
        )
    if not others:
        raise BadArgument(f"There is only one arm, '{control}'.", "a comparison needs a treatment too.")
    return (control, *others)
