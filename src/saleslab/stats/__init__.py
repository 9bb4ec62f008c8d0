"""Which mathematics?

Intervals that keep their promise with few observations, many rates and effects at once, durations that have not ended,
and the one door to PyMC. This room knows nothing of selling: it counts successes, groups and days.
"""

from saleslab.stats.acting_days import ActingDays, weigh_acting_days
from saleslab.stats.arms import Arms, BetaArms, GammaArms, InverseGammaArms
from saleslab.stats.beta_contests import (
    beta_difference_below,
    beta_difference_quantiles,
    beta_ratio_below,
    beta_ratio_quantiles,
    contest_betas,
)
from saleslab.stats.binomial_quantiles import take_successes
from saleslab.stats.calibration import (
    BrierParts,
    Calibration,
    CalibrationPoint,
    decompose_brier,
    measure_calibration,
    measure_log_loss,
)
from saleslab.stats.censored_levels import CensoredLevels, fit_censored_levels
from saleslab.stats.censoring import ShareEnded, follow_shares, weigh_known
from saleslab.stats.chains import measure_ess, measure_rhat
from saleslab.stats.cluster_evidence import measure_cluster_evidence, stand_rates, stand_values
from saleslab.stats.cluster_rates import believe_cluster_rates, measure_likeness
from saleslab.stats.clustered_means import average_clusters
from saleslab.stats.contests import Contest
from saleslab.stats.crossed_rates import CrossedRates, RateTable, pool_crossed_rates
from saleslab.stats.durations import Endings, follow_endings
from saleslab.stats.effects import PooledEffects, pool_effects
from saleslab.stats.estimates import PooledEstimates, pool_estimates
from saleslab.stats.evidence import measure_count_evidence, measure_rate_evidence
from saleslab.stats.forecast_errors import (
    MeanError,
    measure_coverage,
    measure_mape,
    measure_mase,
    measure_msis,
    measure_rmsse,
    measure_scale,
    measure_smape,
    measure_wql,
)
from saleslab.stats.gamma_contests import (
    contest_gammas,
    gamma_difference_below,
    gamma_difference_quantiles,
    gamma_ratio_below,
    gamma_ratio_quantiles,
)
from saleslab.stats.group_effects import GroupEffects, claim_effects, pool_group_effects
from saleslab.stats.hazards import Hazard, Periods, expand_periods, lay_edges, learn_hazard
from saleslab.stats.hurdles import Sizes, believe_apart, believe_means, believe_spread, condense_sizes
from saleslab.stats.intervals import (
    Interval,
    band_overlaps,
    compare_rates,
    compare_totals,
    estimate_rate,
    estimate_total,
    pick_quantile,
    quantile_ranks,
)
from saleslab.stats.kept_numbers import KeptNumbers, keep_numbers
from saleslab.stats.lagged_links import LaggedLink, measure_lagged_link
from saleslab.stats.level_grids import LevelGrid, lay_levels
from saleslab.stats.lone_columns import Alone, cut_line, doubt_auc, judge_codes, judge_later, judge_line
from saleslab.stats.lots import measure_lot_evidence
from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.piece_sizes import PieceSizes, lay_sizes, weigh_sizes
from saleslab.stats.places import deal_places, draw_places, reserve_places, take_places
from saleslab.stats.poisson_quantiles import take_counts
from saleslab.stats.rankings import Gathered, measure_auc, measure_capture, measure_gathered
from saleslab.stats.sample_ratios import measure_split_e, measure_split_p
from saleslab.stats.sampling import Diagnosis, Posterior, load_pymc, require_usable, sample_posterior
from saleslab.stats.shifts import Shift, measure_shift
from saleslab.stats.shortfalls import Shortfalls, find_shortfalls
from saleslab.stats.shrinkage import PooledRates, pool_rates
from saleslab.stats.shrunk_rates import shrink_rates
from saleslab.stats.size_checks import SizeCheck, check_sizes
from saleslab.stats.size_evidence import measure_size_evidence
from saleslab.stats.splits import ForwardSplit
from saleslab.stats.spread_counts import SpreadCounts, weigh_counts
from saleslab.stats.student_arms import StudentArms, fit_arms
from saleslab.stats.time_models import TimeModel, weigh_durations
from saleslab.stats.varying_counts import VaryingCounts, weigh_varying_counts
from saleslab.stats.varying_means import VaryingMeans, weigh_varying_means
from saleslab.stats.varying_rates import VaryingRates, weigh_varying_rates

__all__ = [
    "ActingDays",
    "Alone",
    "Arms",
    "BetaArms",
    "BrierParts",
    "Calibration",
    "CalibrationPoint",
    "CensoredLevels",
    "Contest",
    "CrossedRates",
    "Diagnosis",
    "Endings",
    "ForwardSplit",
    "GammaArms",
    "Gathered",
    "GroupEffects",
    "Hazard",
    "Interval",
    "InverseGammaArms",
    "KeptNumbers",
    "LaggedLink",
    "LevelGrid",
    "MeanError",
    "MixedArms",
    "Periods",
    "PieceSizes",
    "PooledEffects",
    "PooledEstimates",
    "PooledRates",
    "Posterior",
    "RateTable",
    "ShareEnded",
    "Shift",
    "Shortfalls",
    "SizeCheck",
    "Sizes",
    "SpreadCounts",
    "StudentArms",
    "TimeModel",
    "VaryingCounts",
    "VaryingMeans",
    "VaryingRates",
    "average_clusters",
    "band_overlaps",
    "believe_apart",
    "believe_cluster_rates",
    "believe_means",
    "believe_spread",
    "beta_difference_below",
    "beta_difference_quantiles",
    "beta_ratio_below",
    "beta_ratio_quantiles",
    "check_sizes",
    "claim_effects",
    "compare_rates",
    "compare_totals",
    "condense_sizes",
    "contest_betas",
    "contest_gammas",
    "cut_line",
    "deal_places",
    "decompose_brier",
    "doubt_auc",
    "draw_places",
    "estimate_rate",
    "estimate_total",
    "expand_periods",
    "find_shortfalls",
    "fit_arms",
    "fit_censored_levels",
    "follow_endings",
    "follow_shares",
    "gamma_difference_below",
    "gamma_difference_quantiles",
    "gamma_ratio_below",
    "gamma_ratio_quantiles",
    "judge_codes",
    "judge_later",
    "judge_line",
    "keep_numbers",
    "lay_edges",
    "lay_levels",
    "lay_sizes",
    "learn_hazard",
    "load_pymc",
    "measure_auc",
    "measure_calibration",
    "measure_capture",
    "measure_cluster_evidence",
    "measure_count_evidence",
    "measure_coverage",
    "measure_ess",
    "measure_gathered",
    "measure_lagged_link",
    "measure_likeness",
    "measure_log_loss",
    "measure_lot_evidence",
    "measure_mape",
    "measure_mase",
    "measure_msis",
    "measure_rate_evidence",
    "measure_rhat",
    "measure_rmsse",
    "measure_scale",
    "measure_shift",
    "measure_size_evidence",
    "measure_smape",
    "measure_split_e",
    "measure_split_p",
    "measure_wql",
    "pick_quantile",
    "pool_crossed_rates",
    "pool_effects",
    "pool_estimates",
    "pool_group_effects",
    "pool_rates",
    "quantile_ranks",
    "require_usable",
    "reserve_places",
    "sample_posterior",
    "shrink_rates",
    "stand_rates",
    "stand_values",
    "take_counts",
    "take_places",
    "take_successes",
    "weigh_acting_days",
    "weigh_counts",
    "weigh_durations",
    "weigh_known",
    "weigh_sizes",
    "weigh_varying_counts",
    "weigh_varying_means",
    "weigh_varying_rates",
]
