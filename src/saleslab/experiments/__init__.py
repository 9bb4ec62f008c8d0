"""Did the change work?

Plans that are written down before the data, arms that are assigned by lot, comparisons that are exact at the sizes that
sales has, and decisions that may be looked at every week.
"""

from saleslab.experiments.allocation import Allocation, allocate_arms
from saleslab.experiments.amounts import AmountComparison, ArmOrders, compare_amounts
from saleslab.experiments.answers import (
    LIFT_LEVELS,
    ArmEstimate,
    Comparison,
    Contrast,
    Reason,
    Sensitivity,
    Stakes,
    order_arms,
    tabulate_lift,
)
from saleslab.experiments.assignment import Assignments, assign_arms
from saleslab.experiments.clusters import ArmClusters, ClusterComparison, compare_clusters
from saleslab.experiments.counts import CountComparison, compare_counts
from saleslab.experiments.decision import Decision, Verdict, decide
from saleslab.experiments.durations import DurationComparison, compare_durations
from saleslab.experiments.expectations import Expectation
from saleslab.experiments.foresight import (
    Foresight,
    Prediction,
    log_outcome,
    log_prediction,
    measure_foresight,
    read_predictions,
)
from saleslab.experiments.groups import GroupComparison, GroupLift, compare_groups
from saleslab.experiments.health import Health, check_health
from saleslab.experiments.inputs import Outcomes, read_assignments, read_experiments, read_outcomes
from saleslab.experiments.learning import (
    EffectPrior,
    RatePrior,
    WinnersCurse,
    expose_winners_curse,
    learn_effects,
    learn_rates,
)
from saleslab.experiments.plans import ExperimentPlan, Metric, register_plan
from saleslab.experiments.prices import PricePoint, PriceResponse, price_response
from saleslab.experiments.rates import RateComparison, compare_rate_counts, compare_rates
from saleslab.experiments.registry import Registration, Registry
from saleslab.experiments.samples import SamplePlan, plan_sample

__all__ = [
    "LIFT_LEVELS",
    "Allocation",
    "AmountComparison",
    "ArmClusters",
    "ArmEstimate",
    "ArmOrders",
    "Assignments",
    "ClusterComparison",
    "Comparison",
    "Contrast",
    "CountComparison",
    "Decision",
    "DurationComparison",
    "EffectPrior",
    "Expectation",
    "ExperimentPlan",
    "Foresight",
    "GroupComparison",
    "GroupLift",
    "Health",
    "Metric",
    "Outcomes",
    "Prediction",
    "PricePoint",
    "PriceResponse",
    "RateComparison",
    "RatePrior",
    "Reason",
    "Registration",
    "Registry",
    "SamplePlan",
    "Sensitivity",
    "Stakes",
    "Verdict",
    "WinnersCurse",
    "allocate_arms",
    "assign_arms",
    "check_health",
    "compare_amounts",
    "compare_clusters",
    "compare_counts",
    "compare_durations",
    "compare_groups",
    "compare_rate_counts",
    "compare_rates",
    "decide",
    "expose_winners_curse",
    "learn_effects",
    "learn_rates",
    "log_outcome",
    "log_prediction",
    "measure_foresight",
    "order_arms",
    "plan_sample",
    "price_response",
    "read_assignments",
    "read_experiments",
    "read_outcomes",
    "read_predictions",
    "register_plan",
    "tabulate_lift",
]
