"""How many units, and how many weeks, before the answer can be relied on?

By simulation of the rule at the planned end (`saleslab.experiments.decide`): the share of trials that would ship the
treatment, averaged over what is believed of its effect. That is the *assurance* (O'Hagan, Stevens & Campbell 2005,
"Assurance in clinical trial design", Pharmaceutical Statistics 4); with an effect that is taken for certain it is the
power. Looks on the way can only add to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.expectations import Expectation

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats.assurance import Floats, Outlook

WEEKS_A_MONTH = 365.25 / 12 / 7
FUTILE = 0.05

_N_SIZES = 14
_FEWEST_CLUSTERS = 3


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How large a test must be.

    Attributes
    ----------
    target
        Assurance that was asked for.
    n_units
        Units in all arms together; None where no size up to the longest duration reaches the target.
    n_of
        Units of each arm; empty then.
    n_clusters
        Clusters in all arms; None without clusters.
    weeks
        Weeks until so many units have come in; then each is followed for its horizon.
    assurance
        Chance of shipping at this size, or at the largest one that was tried.
    error
        Monte Carlo standard error of it.
    curve
        ``n_units, n_clusters, weeks, chance_ship, chance_futile, chance_decided, error``: for each size how often the
        treatment would be shipped, shown to be not worth it, or either.
    """

    target: float
    n_units: int | None
    n_of: tuple[tuple[str, int], ...]
    n_clusters: int | None
    weeks: float | None
    assurance: float
    error: float
    curve: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Trial:
    """What all simulated trials share."""

    expectation: Expectation
    shares: tuple[float, ...]
    alpha: float
    n_runs: int

    def run(self, n_units: float, rng: np.random.Generator) -> tuple[float, float, float]:
        """Return how often trials of a size ship the treatment, find it futile, and do either."""
        one, truth = self.expectation, self.expectation.baseline
        lifts = rng.normal(one.lift, one.lift_sd, self.n_runs) if one.lift_sd else np.full(self.n_runs, one.lift)
        raised = np.clip(truth + lifts, truth * 1e-3, 1 - 1e-9 if one.kind == "rate" else None)
        n_treatments = len(self.shares) - 1
        better, above = np.empty((n_treatments, self.n_runs)), np.empty((n_treatments, self.n_runs))
        for i, share in enumerate(self.shares[1:]):
            mean = raised if i == 0 else np.full(self.n_runs, truth)
            outlook = _foresee(one, rng, mean, n_units * self.shares[0], n_units * share)
            better[i], above[i] = outlook.better, outlook.above
        ships = (better[0] >= 1 - self.alpha / (2 * n_treatments)) & (better[0] >= better.max(axis=0))
        futile = ~ships & (above < FUTILE).all(axis=0)
        return float(ships.mean()), float(futile.mean()), float((ships | futile).mean())


def plan_sample(
    expectation: Expectation,
    *,
    units_per_month: float,
    shares: Mapping[str, float] | None = None,
    control: str = "control",
    assurance: float = 0.8,
    alpha: float = 0.05,
    longest_weeks: int = 104,
    n_runs: int = 2_000,
    seed: int,
) -> SamplePlan:
    """Return how many units and weeks a test needs, as a curve and as the first size that reaches the assurance.

    Parameters
    ----------
    expectation
        What is believed before the test.
    units_per_month
        How many units come in.
    shares
        Share of each arm, the control included; halves of ``control`` and ``treatment`` when None. With several
        treatments the first one has the lift, the others have none.
    control
        Name of the control.
    assurance
        Chance of shipping that is asked for.
    alpha
        As in the plan.
    longest_weeks
        Longest duration that would be accepted.
    n_runs
        Trials simulated at each size.
    seed
        Same seed, same answer.

    Raises
    ------
    BadArgument
        When shares, assurance or volume make no plan.
    NotEnoughData
        With fewer than three clusters an arm.

    Examples
    --------
    >>> answer = plan_sample(Expectation("rate", 0.10, 0.05), units_per_month=400, seed=1)
    >>> 1200 < answer.n_units < 1600, 12 < answer.weeks < 18
    (True, True)
    """
    import pandas as pd

    share_of = _settle_shares(shares, control)
    if not (0 < assurance < 1 and 0 < alpha < 0.5 and units_per_month > 0 and longest_weeks >= 1 and n_runs >= 100):
        raise BadArgument(
            f"A sample cannot be planned with assurance {assurance}, alpha {alpha}, {units_per_month} units a month, "
            f"{longest_weeks} weeks and {n_runs} runs.",
            "give assurance and alpha between 0 and 1, a volume above 0, at least one week and 100 runs.",
        )
    _check_clusters(expectation, share_of)
    trial = _Trial(expectation, tuple(share_of.values()), alpha, n_runs)
    a_week = units_per_month / WEEKS_A_MONTH
    rows = []
    for i, n in enumerate(_sizes(expectation, share_of, a_week, longest_weeks)):
        ship, futile, decided = trial.run(n, np.random.default_rng([seed, i]))
        error = math.sqrt(max(ship * (1 - ship), 1 / n_runs) / n_runs)
        rows.append((round(n), _n_clusters(expectation, n), n / a_week, ship, futile, decided, error))
    names = ["n_units", "n_clusters", "weeks", "chance_ship", "chance_futile", "chance_decided", "error"]
    curve = pd.DataFrame(rows, columns=names)
    return _pick(curve, trial, share_of, target=assurance, a_week=a_week, longest_weeks=longest_weeks, seed=seed)


def _settle_shares(shares: Mapping[str, float] | None, control: str) -> dict[str, float]:
    """Return the shares, the control first."""
    given = {control: 0.5, "treatment": 0.5} if shares is None else dict(shares)
    if control not in given or len(given) < 2 or min(given.values()) <= 0 or abs(sum(given.values()) - 1) > 1e-9:
        raise BadArgument(
            f"Shares of {', '.join(given)} with control '{control}' make no plan.",
            "give the control and at least one treatment, each above 0, adding up to 1.",
        )
    return {control: given.pop(control), **given}


def _check_clusters(expectation: Expectation, share_of: Mapping[str, float]) -> None:
    if expectation.n_clusters is not None:
        fewest = min(_split_clusters(expectation.n_clusters, share) for share in share_of.values())
        if fewest < _FEWEST_CLUSTERS:
            raise NotEnoughData(
                f"{expectation.n_clusters} clusters leave an arm with {fewest}.",
                f"draw at least {_FEWEST_CLUSTERS} an arm, or let each take turns week by week (rep_week).",
            )


def _split_clusters(n: float, share: float) -> int:
    return math.floor(n * share + 1e-9)


def _sizes(one: Expectation, share_of: Mapping[str, float], a_week: float, longest_weeks: int) -> list[float]:
    """Return sizes from as few as can be analysed to as many as come in by the longest duration."""
    most = a_week * longest_weeks
    fewest = min(20.0 / min(share_of.values()), most / 2)
    if one.cluster_size is not None:
        fewest = max(fewest, _FEWEST_CLUSTERS * one.cluster_size / min(share_of.values()))
    if one.n_clusters is not None:
        fewest = max(fewest, float(one.n_clusters))
    return list(np.geomspace(min(fewest, most), most, _N_SIZES))


def _n_clusters(one: Expectation, n: float) -> int | None:
    if one.cluster_size is not None:
        return max(1, round(n / one.cluster_size))
    return one.n_clusters


def _foresee(one: Expectation, rng: np.random.Generator, raised: Floats, n_old: float, n_new: float) -> Outlook:
    """Return the outlook of one treatment against the control, turned round where less is better."""
    from saleslab.stats.assurance import Outlook

    margin = one.minimum_effect if one.higher_is_better else -one.minimum_effect
    plain = np.full(len(raised), one.baseline)
    outlook = _foresee_higher(one, rng, plain, raised, n_old=n_old, n_new=n_new, margin=margin)
    return outlook if one.higher_is_better else Outlook(1 - outlook.better, 1 - outlook.above)


def _foresee_higher(
    one: Expectation, rng: np.random.Generator, old: Floats, new: Floats, *, n_old: float, n_new: float, margin: float
) -> Outlook:
    from saleslab.stats.assurance import (
        Groups,
        foresee_amounts,
        foresee_counts,
        foresee_durations,
        foresee_groups,
        foresee_rates,
    )

    sizes = {"n_old": max(2, round(n_old)), "n_new": max(2, round(n_new))}
    if one.is_clustered:
        n = n_old + n_new
        total = one.n_clusters * 1.0 if one.n_clusters is not None else n / (one.cluster_size or 1.0)
        n_clusters = [max(2, _split_clusters(total, part / n)) for part in (n_old, n_new)]
        groups = Groups(n_clusters[0], n_clusters[1], n / total, one.cluster_size_cv, one.icc)
        variance = _variance(one, old)
        return foresee_groups(
            rng, old, new, groups=groups, variance=variance, margin=margin, is_rate=one.kind == "rate"
        )
    match one.kind:
        case "rate":
            return foresee_rates(rng, old, new, **sizes, margin=margin)
        case "count":
            return foresee_counts(rng, old, new, **sizes, margin=margin, dispersion=one.dispersion)
        case "duration":
            return foresee_durations(rng, old, new, **sizes, margin=margin, longest=one.longest)
        case _:
            share, mean = one.share_buying, one.baseline / one.share_buying
            more = share * new / one.baseline if one.through == "buyers" else np.full(len(new), share)
            paid = np.full(len(new), mean) if one.through == "buyers" else mean * new / one.baseline
            plain = (np.full(len(old), share), np.full(len(old), mean))
            changed = (np.minimum(more, 1.0), paid)
            return foresee_amounts(rng, plain, changed, **sizes, log_sd=one.log_sd, margin=margin)


def _variance(one: Expectation, mean: Floats) -> Floats:
    """Return the variance of a single unit's outcome."""
    match one.kind:
        case "rate":
            return mean * (1 - mean)
        case "count":
            return mean + one.dispersion * mean**2
        case "duration":
            return mean**2
        case _:
            return np.asarray(mean**2 * (math.exp(one.log_sd**2) / one.share_buying - 1))


def _pick(
    curve: pd.DataFrame,
    trial: _Trial,
    share_of: Mapping[str, float],
    *,
    target: float,
    a_week: float,
    longest_weeks: int,
    seed: int,
) -> SamplePlan:
    """Read the first size that reaches the target off the curve, and try it anew; enlarge it until it does."""
    rising = np.maximum.accumulate(curve["chance_ship"].to_numpy())
    reached = np.flatnonzero(rising >= target)
    last = curve.iloc[-1]
    none = SamplePlan(
        target, None, (), trial.expectation.n_clusters, None, float(last["chance_ship"]), float(last["error"]), curve
    )
    if not len(reached):
        return none
    n = _interpolate(curve["n_units"].to_numpy(dtype=float), rising, int(reached[0]), target)
    again = _Trial(trial.expectation, trial.shares, trial.alpha, 4 * trial.n_runs)
    for attempt in range(40):
        ship, _, _ = again.run(n, np.random.default_rng([seed, _N_SIZES + attempt]))
        if ship >= target:
            break
        n *= 1.03
    if n > 1.05 * a_week * longest_weeks:
        return none
    n_of = tuple((arm, math.ceil(n * share)) for arm, share in share_of.items())
    total = sum(count for _, count in n_of)
    error = math.sqrt(ship * (1 - ship) / again.n_runs)
    return SamplePlan(target, total, n_of, _n_clusters(trial.expectation, n), total / a_week, ship, error, curve)


def _interpolate(n: Floats, chance: Floats, at: int, target: float) -> float:
    """Return the size at which the curve crosses the target, on the logarithm of the size."""
    if at == 0 or chance[at] == chance[at - 1]:
        return float(n[at])
    part = (target - chance[at - 1]) / (chance[at] - chance[at - 1])
    return float(np.exp(np.log(n[at - 1]) + part * (np.log(n[at]) - np.log(n[at - 1]))))
