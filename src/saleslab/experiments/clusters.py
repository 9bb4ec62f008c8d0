"""Did it work when whole people, shops or weeks were drawn? The lot decides what counts as one observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import ArmEstimate, Contrast, Reason, Stakes, order_arms
from saleslab.experiments.cluster_cells import Cells, gather_cells
from saleslab.experiments.contrasts import central_levels, contrast_arms, describe_arms, make_interval
from saleslab.experiments.rates import MOVED_BY_PRIOR, Prior, read_prior
from saleslab.stats.intervals import Interval, check_mass

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats.arms import Arms

Floats = npt.NDArray[np.float64]
Method = Literal["rates", "means"]

FEWEST_CLUSTERS = 3
"""Clusters an arm needs before anything is said."""
ENOUGH_CLUSTERS = 6
"""Clusters an arm needs to be without a flag."""

_STRONGER_LIKENESS = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class ArmClusters:
    """The clusters of one arm: how many, and how many units the smallest and the largest have."""

    arm: str
    n_clusters: int
    smallest: int
    largest: int


@dataclass(frozen=True, slots=True)
class ClusterComparison:
    """Arms to which whole clusters were drawn.

    Attributes
    ----------
    arms
        One entry for each arm, the control first; ``n`` counts units, ``mean`` is the plain mean of its clusters'
        means, and the posterior is that of a cluster's mean, whatever its size.
    contrasts
        One entry for each other arm, against the control.
    reasons
        ``FEW_CLUSTERS``: fewer than `ENOUGH_CLUSTERS` in an arm. ``PRIOR_DOMINATES``: another prior of the rate or of
        the likeness within clusters moves a chance of being better by more than `MOVED_BY_PRIOR`. ``NO_SUCCESSES``.
    method
        ``"rates"``: beta-binomial; ``"means"``: Student on the means of clusters.
    clusters
        One entry for each arm.
    likeness
        Intraclass correlation of yes and no within a cluster, shared by the arms; None for means.
    """

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...]
    method: Method
    clusters: tuple[ArmClusters, ...]
    likeness: Interval | None


def compare_clusters(
    outcomes: pd.DataFrame,
    *,
    cluster: str,
    arm: str = "arm",
    outcome: str = "succeeded",
    control: str,
    period: str | None = None,
    block: str | None = None,
    before: str | None = None,
    look: str | None = None,
    method: Method | None = None,
    prior: Prior = "jeffreys",
    stakes: Stakes = Stakes(),
    mass: float = 0.95,
) -> ClusterComparison:
    """Compare arms to which people, shops, accounts or weeks were drawn as a whole.

    Leads of one salesperson are alike, so that fifty of them say less than fifty leads of fifty people. Yes and no are
    compared by a beta-binomial model with an intraclass correlation for each arm; anything else, and yes and no with
    blocks, covariate or periods, by least squares on the means of the clusters.

    Parameters
    ----------
    outcomes
        One row for each unit: a lead, a deal, a week of a shop.
    cluster
        Column with the id of what was drawn: the rep, the store, the account.
    arm, outcome
        Columns with the arm's name, and with 0 and 1 or any number (money may be negative).
    control
        Name of the arm that the others are compared with.
    period
        Column with the period, where each cluster changes arms from period to period by lot (a switchback). What is
        drawn then is a cluster in a period; each cluster is compared with itself, each period with itself. What
        lingers from one period to the next is not taken out: leave out the first days after a change.
    block
        Column with the block within which the lot was drawn, such as the region.
    before
        Column with the outcome of the time before the test: the same for a cluster, or of each unit. It takes out what
        was different already.
    look
        Column with the look at which a cluster came into the test; the evidence of looks is multiplied. Clusters that
        were all there from the start have one look, and an e-value that holds for one.
    method
        ``"rates"`` or ``"means"``; chosen by the outcome when None.
    prior
        Of the rates, as in `compare_rate_counts`.
    stakes, mass
        As in `compare_rate_counts`.

    Raises
    ------
    BadArgument
        When a cluster (with ``period``: a cluster in a period) is in two arms, values are missing or no numbers; all
        are named.
    NotEnoughData
        With fewer than three clusters in an arm.

    Examples
    --------
    >>> import pandas as pd
    >>> won = {"a": 4, "b": 9, "c": 5, "d": 6, "e": 9, "f": 16, "g": 11, "h": 10}
    >>> rows = pd.DataFrame([(rep, "new" if rep > "d" else "old", int(i < k)) for rep, k in won.items()
    ...     for i in range(50)], columns=["rep_id", "arm", "succeeded"])
    >>> answer = compare_clusters(rows, cluster="rep_id", control="old")
    >>> round(answer.contrasts[0].chance_better, 2), answer.method, answer.reasons
    (0.95, 'rates', (<Reason.FEW_CLUSTERS: 'few_clusters'>,))
    """
    check_mass(mass)
    cells = gather_cells(
        outcomes, cluster=cluster, arm=arm, outcome=outcome, period=period, block=block, before=before, look=look
    )
    names = order_arms(list(dict.fromkeys(cells.arms)), control=control)
    clusters = _count_clusters(cells, names)
    _refuse_few(clusters, cluster)
    plain = cells.is_binary and not (period or block or before)
    chosen: Method = method or ("rates" if plain else "means")
    if chosen == "rates" and not plain:
        raise BadArgument(
            "Rates of clusters take neither blocks nor periods nor a covariate, and only outcomes of 0 and 1.",
            "leave method out, or give 'means'.",
        )
    few = [Reason.FEW_CLUSTERS] if min(one.n_clusters for one in clusters) < ENOUGH_CLUSTERS else []
    compare = _compare_rates if chosen == "rates" else _compare_means
    arms, contrasts, likeness, more = compare(cells, names, read_prior(prior), stakes, mass)
    found = {*few, *more}
    reasons = tuple(reason for reason in Reason if reason in found)
    return ClusterComparison(arms, contrasts, reasons, chosen, clusters, likeness)


_Parts = tuple[tuple[ArmEstimate, ...], tuple[Contrast, ...], Interval | None, list[Reason]]


def _compare_rates(
    cells: Cells, names: Sequence[str], prior: tuple[float, float], stakes: Stakes, mass: float
) -> _Parts:
    from saleslab.stats.arms import BetaArms
    from saleslab.stats.cluster_evidence import stand_rates
    from saleslab.stats.cluster_rates import believe_cluster_rates, measure_likeness
    from saleslab.stats.student_arms import fit_arms

    members = [cells.arms == name for name in names]
    counts = [(cells.sums[mask].round().astype(np.int64), cells.sizes[mask]) for mask in members]
    posterior = believe_cluster_rates(counts, prior=prior)
    others: list[tuple[str, Arms]] = [
        ("flat", believe_cluster_rates(counts, prior=(1.0, 1.0))),
        ("jeffreys", believe_cluster_rates(counts)),
        ("shared_likeness", believe_cluster_rates(counts, prior=prior, is_shared=True)),
        ("greater_likeness", believe_cluster_rates(counts, prior=prior, likeness_prior=_STRONGER_LIKENESS)),
    ]
    n_priors = len(others)
    if any(np.ptp(cells.means[mask]) > 0 for mask in members):
        others.append(("cluster_means", fit_arms(cells.means, _number_arms(cells, names), others=cells.others)))
    pooled = (cells.sums.round().astype(np.int64), cells.sizes)
    alike, chances = measure_likeness([pooled])
    standings = stand_rates(cells.sums, cells.sizes.astype(np.float64), float(alike @ chances))
    before = make_interval(BetaArms((prior[0],), (prior[1],)).quantiles(0, central_levels(mass)), mass)
    arms, contrasts = _describe(
        cells, names, posterior, standings, others=others, before=before, stakes=stakes, mass=mass
    )
    shared, chances = measure_likeness(counts)
    middles = np.cumsum(chances) - chances / 2
    likeness = make_interval(np.interp(central_levels(mass), middles, shared), mass)
    moved = max(
        abs(other.chance_better - one.chance_better) for one in contrasts for other in one.sensitivity[:n_priors]
    )
    reasons = [Reason.PRIOR_DOMINATES] if moved > MOVED_BY_PRIOR else []
    reasons += [Reason.NO_SUCCESSES] if any(k.sum() == 0 for k, _ in counts) else []
    return arms, contrasts, likeness, reasons


def _compare_means(
    cells: Cells, names: Sequence[str], prior: tuple[float, float], stakes: Stakes, mass: float
) -> _Parts:
    from saleslab.stats.cluster_evidence import stand_values
    from saleslab.stats.student_arms import fit_arms

    del prior  # means have a flat one
    arms_at = _number_arms(cells, names)
    posterior = fit_arms(cells.means, arms_at, others=cells.others)
    others: list[tuple[str, Arms]] = [
        ("weighted_by_size", fit_arms(cells.means, arms_at, others=cells.others, weights=cells.sizes.astype(float)))
    ]
    if cells.has_before:
        others.append(("without_before", fit_arms(cells.means, arms_at, others=cells.others[:, :-1])))
    arms, contrasts = _describe(
        cells,
        names,
        posterior,
        stand_values(cells.means, cells.others),
        others=others,
        before=None,
        stakes=stakes,
        mass=mass,
    )
    return arms, contrasts, None, []


def _describe(
    cells: Cells,
    names: Sequence[str],
    posterior: Arms,
    standings: Floats,
    *,
    others: Sequence[tuple[str, Arms]],
    before: Interval | None,
    stakes: Stakes,
    mass: float,
) -> tuple[tuple[ArmEstimate, ...], tuple[Contrast, ...]]:
    from saleslab.stats.cluster_evidence import measure_cluster_evidence

    members = [cells.arms == name for name in names]
    evidence = []
    for mask in members[1:]:
        pair = mask | members[0]
        strata = cells.strata[pair].tolist()
        evidence.append(measure_cluster_evidence(standings[pair], mask[pair], strata=strata))
    observed = [float(cells.means[mask].mean()) for mask in members]
    n = [int(cells.sizes[mask].sum()) for mask in members]
    arms = describe_arms(
        posterior, names, n=n, observed=observed, priors=[before] * len(names), stakes=stakes, mass=mass
    )
    contrasts = contrast_arms(
        posterior, names, observed=observed, log_evidence=evidence, others=others, stakes=stakes, mass=mass
    )
    return arms, contrasts


def _number_arms(cells: Cells, names: Sequence[str]) -> npt.NDArray[np.int64]:
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[name] for name in cells.arms], dtype=np.int64)


def _count_clusters(cells: Cells, names: Sequence[str]) -> tuple[ArmClusters, ...]:
    counted = []
    for name in names:
        mask = cells.arms == name
        sizes = cells.sizes[mask]
        counted.append(ArmClusters(name, len(set(cells.clusters[mask])), int(sizes.min()), int(sizes.max())))
    return tuple(counted)


def _refuse_few(clusters: Sequence[ArmClusters], cluster: str) -> None:
    few = [f"{one.arm} ({one.n_clusters})" for one in clusters if one.n_clusters < FEWEST_CLUSTERS]
    if few:
        raise NotEnoughData(
            f"Arms with fewer than {FEWEST_CLUSTERS} different {cluster}: {', '.join(few)}; their differences cannot "
            "be told from the effect.",
            f"draw more {cluster} into the test, or let each switch arms by week and give period='week'.",
        )
