"""Which mathematics?

Intervals that keep their promise with few observations, many rates and effects at once, durations that have not ended,
and the one door to PyMC. This room knows nothing of selling: it counts successes, groups and days.
"""

from saleslab.stats.chains import measure_ess, measure_rhat
from saleslab.stats.durations import Endings, follow_endings
from saleslab.stats.effects import PooledEffects, pool_effects
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
from saleslab.stats.sampling import Diagnosis, Posterior, load_pymc, sample_posterior
from saleslab.stats.shrinkage import PooledRates, pool_rates

__all__ = [
    "Diagnosis",
    "Endings",
    "Interval",
    "PooledEffects",
    "PooledRates",
    "Posterior",
    "band_overlaps",
    "compare_rates",
    "compare_totals",
    "estimate_rate",
    "estimate_total",
    "follow_endings",
    "load_pymc",
    "measure_ess",
    "measure_rhat",
    "pick_quantile",
    "pool_effects",
    "pool_rates",
    "quantile_ranks",
    "sample_posterior",
]
