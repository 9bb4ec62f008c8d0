"""Plans and comparisons as the tests of this room need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from scipy.stats import norm

from saleslab.experiments import LIFT_LEVELS, ArmEstimate, Contrast, ExperimentPlan, Metric, Reason
from saleslab.stats import Interval

BEFORE = datetime(2026, 3, 20, 9)
DURING = datetime(2026, 5, 11, 9)


def make_plan(**changes: Any) -> ExperimentPlan:
    """Half a year of a call script, 200 leads a month, looked at every week."""
    values: dict[str, Any] = {
        "experiment_id": "script-2026",
        "hypothesis": "Asking for the problem first brings more appointments.",
        "unit": "lead",
        "metric": Metric("appointment_rate", "rate"),
        "control": "old",
        "shares": {"old": 0.5, "new": 0.5},
        "minimum_effect": 0.02,
        "tolerated_loss": Decimal(50_000),
        "units_per_month": 200,
        "amount_per_unit": Decimal(30_000),
        "starts_on": date(2026, 4, 1),
        "ends_on": date(2026, 8, 31),
        "horizon": 28,
    }
    return ExperimentPlan(**(values | changes))


@dataclass(frozen=True, slots=True)
class Seen:
    """A comparison whose numbers are given."""

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...] = ()


def make_contrast(treatment: str = "new", *, lift: float = 0.02, sd: float = 0.01, **changes: Any) -> Contrast:
    """A normal posterior of the lift."""
    posterior = norm(lift, sd)
    loss = float(sd * norm.pdf(lift / sd) - lift * norm.cdf(-lift / sd))
    values: dict[str, Any] = {
        "treatment": treatment,
        "control": "old",
        "observed_lift": lift,
        "lift": lift,
        "interval": Interval(lift, *map(float, posterior.ppf([0.025, 0.975])), 0.95),
        "relative_lift": lift / 0.1,
        "relative_interval": Interval(lift / 0.1, *(float(q) / 0.1 for q in posterior.ppf([0.025, 0.975])), 0.95),
        "chance_better": float(posterior.sf(0)),
        "chance_above_minimum": float(posterior.sf(0.02)),
        "chance_equivalent": float(posterior.cdf(0.02) - posterior.cdf(-0.02)),
        "expected_loss": loss,
        "expected_loss_of_control": loss + lift,
        "monthly_loss": None,
        "monthly_loss_of_control": None,
        "e_value": 1.0,
        "anytime_p": 1.0,
        "lift_quantiles": tuple(map(float, posterior.ppf(LIFT_LEVELS))),
        "sensitivity": (),
    }
    return Contrast(**(values | changes))


def make_seen(*contrasts: Contrast, reasons: tuple[Reason, ...] = (), n: int = 500, rate: float = 0.1) -> Seen:
    """A comparison of the contrasts given."""
    told = contrasts or (make_contrast(),)
    arms = [("old", rate, 1 - told[0].chance_better)] + [
        (one.treatment, rate + one.observed_lift, one.chance_better) for one in told
    ]
    return Seen(
        tuple(
            ArmEstimate(arm, n, mean, mean, Interval(mean, mean - 0.02, mean + 0.02, 0.95), None, chance, 0.001)
            for arm, mean, chance in arms
        ),
        told,
        reasons,
    )
