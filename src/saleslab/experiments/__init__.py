"""Did the change work?

Plans that are written down before the data, arms that are assigned by lot, comparisons that are exact at the sizes that
sales has, and decisions that may be looked at every week.
"""

from saleslab.experiments.absence import advise_first_test, list_missing, write_absence
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
from saleslab.experiments.briefing import needed_evidence, write_banners, write_cards, write_headline, write_notes
from saleslab.experiments.clusters import ArmClusters, ClusterComparison, compare_clusters
from saleslab.experiments.counts import CountComparison, compare_counts
from saleslab.experiments.decision import Decision, Verdict, decide
from saleslab.experiments.disclosing import disclose_readout
from saleslab.experiments.durations import DurationComparison, compare_durations
from saleslab.experiments.expectations import Expectation
from saleslab.experiments.findings import name_segment, write_findings
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
from saleslab.experiments.opening import open_trial, set_stakes
from saleslab.experiments.outcome_files import digest_file, read_column_names, read_outcome_file
from saleslab.experiments.pictures import (
    describe_assurance,
    describe_groups,
    describe_lift,
    describe_loss,
    describe_path,
    describe_prices,
    say_gap,
    word_table,
    write_loss,
)
from saleslab.experiments.plans import ExperimentPlan, Metric, register_plan
from saleslab.experiments.prices import PricePoint, PriceResponse, price_response
from saleslab.experiments.rates import RateComparison, compare_rate_counts, compare_rates
from saleslab.experiments.readout import Readout, Sight, read_out
from saleslab.experiments.registry import Registration, Registry
from saleslab.experiments.remembering import Remembered, remember_readout
from saleslab.experiments.samples import SamplePlan, plan_sample
from saleslab.experiments.tabulate import (
    name_columns,
    tabulate_arms,
    tabulate_assumptions,
    tabulate_assurance,
    tabulate_groups,
    tabulate_path,
    tabulate_posterior,
    tabulate_prices,
)
from saleslab.experiments.telling import name_metric, tell_chance, write_level, write_lift
from saleslab.experiments.trials import Trial, find_control, has_trial, read_trial

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
    "Readout",
    "Reason",
    "Registration",
    "Registry",
    "Remembered",
    "SamplePlan",
    "Sensitivity",
    "Sight",
    "Stakes",
    "Trial",
    "Verdict",
    "WinnersCurse",
    "advise_first_test",
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
    "describe_assurance",
    "describe_groups",
    "describe_lift",
    "describe_loss",
    "describe_path",
    "describe_prices",
    "digest_file",
    "disclose_readout",
    "expose_winners_curse",
    "find_control",
    "has_trial",
    "learn_effects",
    "learn_rates",
    "list_missing",
    "log_outcome",
    "log_prediction",
    "measure_foresight",
    "name_columns",
    "name_metric",
    "name_segment",
    "needed_evidence",
    "open_trial",
    "order_arms",
    "plan_sample",
    "price_response",
    "read_assignments",
    "read_column_names",
    "read_experiments",
    "read_out",
    "read_outcome_file",
    "read_outcomes",
    "read_predictions",
    "read_trial",
    "register_plan",
    "remember_readout",
    "say_gap",
    "set_stakes",
    "tabulate_arms",
    "tabulate_assumptions",
    "tabulate_assurance",
    "tabulate_groups",
    "tabulate_lift",
    "tabulate_path",
    "tabulate_posterior",
    "tabulate_prices",
    "tell_chance",
    "word_table",
    "write_absence",
    "write_banners",
    "write_cards",
    "write_findings",
    "write_headline",
    "write_level",
    "write_lift",
    "write_loss",
    "write_notes",
]
