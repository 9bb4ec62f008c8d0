"""What is believed before a test: of the baseline, of the effect, of how units hang together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from saleslab.errors import BadArgument
from saleslab.experiments.plans import METRIC_KINDS, MetricKind

Through = Literal["buyers", "amounts"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is believed before the test.

    Parameters
    ----------
    kind
        ``rate``, ``count``, ``amount`` or ``duration``.
    baseline
        Mean of the metric today: a rate, events a unit, money a unit (those who buy nothing included), days.
    lift
        Difference that the treatment is believed to make, in the same unit; negative for days that should fall.
    lift_sd
        How unsure one is of it; 0 takes it for certain.
    minimum_effect
        Smallest improvement that is worth a change.
    higher_is_better
        False for days and costs.
    share_buying
        Of amounts: share of units that bring any money.
    log_sd
        Of amounts: standard deviation of the logarithm among those; 1 is usual, 1.5 is wild.
    through
        Of amounts: whether the lift comes through more ``buyers`` or larger ``amounts``.
    dispersion
        Of counts: a unit's variance is ``mean + dispersion * mean ** 2``.
    longest
        Of durations: days after which one stops waiting.
    icc
        Share of the variance that lies between clusters (people, shops); 0 without clusters.
    n_clusters
        How many clusters there are in all, where their number is given: people do not become more by waiting.
    cluster_size
        Units of a cluster, where clusters keep coming.
    cluster_size_cv
        How unequal they are: standard deviation over mean.

    Raises
    ------
    BadArgument
        Naming everything that is wrong at once.
    """

    kind: MetricKind
    baseline: float
    lift: float
    lift_sd: float = 0.0
    minimum_effect: float = 0.0
    higher_is_better: bool = True
    share_buying: float = 1.0
    log_sd: float = 1.0
    through: Through = "buyers"
    dispersion: float = 0.0
    longest: float = 90.0
    icc: float = 0.0
    n_clusters: int | None = None
    cluster_size: float | None = None
    cluster_size_cv: float = 0.5

    def __post_init__(self) -> None:
        raised, top = self.baseline + self.lift, 1.0 if self.kind == "rate" else math.inf
        tests = (
            (self.kind not in METRIC_KINDS, f"kind '{self.kind}' is none of {', '.join(METRIC_KINDS)}"),
            (not 0 < self.baseline < top, f"baseline {self.baseline} is no {self.kind}"),
            (not 0 < raised < top, f"baseline and lift make {raised:g}, which is no {self.kind}"),
            (not self.lift_sd >= 0, f"lift_sd {self.lift_sd} is below 0"),
            (not self.minimum_effect >= 0, f"minimum_effect {self.minimum_effect} is below 0"),
            (not 0 < self.share_buying <= 1, f"share_buying {self.share_buying} is no share"),
            (not self.log_sd > 0, f"log_sd {self.log_sd} is not above 0"),
            (self.through not in get_args(Through), f"through '{self.through}' is neither buyers nor amounts"),
            (not self.dispersion >= 0, f"dispersion {self.dispersion} is below 0"),
            (not self.longest > 0, f"longest {self.longest} is not above 0"),
            (not 0 <= self.icc < 1, f"icc {self.icc} is not from 0 to below 1"),
            (
                self.n_clusters is not None and self.cluster_size is not None,
                "n_clusters and cluster_size exclude each other",
            ),
            (self.icc > 0 and not self.is_clustered, "icc needs n_clusters or cluster_size"),
            (
                self.cluster_size is not None and not self.cluster_size >= 1,
                f"cluster_size {self.cluster_size} is below 1",
            ),
            (not self.cluster_size_cv >= 0, f"cluster_size_cv {self.cluster_size_cv} is below 0"),
        )
        faults = [fault for is_wrong, fault in tests if is_wrong]
        if faults:
            raise BadArgument(f"The expectation has {len(faults)} faults: {'; '.join(faults)}.", "correct them all.")

    @property
    def is_clustered(self) -> bool:
        """Whether whole clusters are drawn."""
        return self.n_clusters is not None or self.cluster_size is not None
