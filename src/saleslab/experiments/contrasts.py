"""From the posterior of several arms to what every comparison says; no chance is drawn, every number is an integral."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saleslab.experiments.answers import LIFT_LEVELS, ArmEstimate, Contrast, Sensitivity, Stakes
from saleslab.stats.intervals import Interval

if TYPE_CHECKING:
    from saleslab.stats.arms import Arms

_LARGEST_LOG = 700.0


def describe_arms(
    posterior: Arms,
    names: Sequence[str],
    *,
    n: Sequence[int],
    observed: Sequence[float],
    priors: Sequence[Interval | None],
    stakes: Stakes,
    mass: float,
) -> tuple[ArmEstimate, ...]:
    """Return what is known of each arm.

    Parameters
    ----------
    posterior
        Arms in the order of ``names``.
    n, observed, priors
        For each arm its units, its observed mean, and what was believed before.
    """
    settled = posterior.contest(higher_is_better=stakes.higher_is_better)
    return tuple(
        ArmEstimate(
            arm=name,
            n=n[arm],
            mean=observed[arm],
            posterior_mean=posterior.mean(arm),
            interval=make_interval(posterior.quantiles(arm, central_levels(mass)), mass),
            prior=priors[arm],
            chance_best=float(settled.chance_best[arm]),
            expected_loss=float(settled.expected_loss[arm]),
        )
        for arm, name in enumerate(names)
    )


def contrast_arms(
    posterior: Arms,
    names: Sequence[str],
    *,
    observed: Sequence[float],
    log_evidence: Sequence[float],
    others: Sequence[tuple[str, Arms]],
    stakes: Stakes,
    mass: float,
) -> tuple[Contrast, ...]:
    """Return each treatment against the control, which comes first.

    Parameters
    ----------
    posterior
        Arms in the order of ``names``.
    observed
        Observed mean of each arm.
    log_evidence
        Log e-value of each treatment.
    others
        The same arms under other assumptions, by name.
    """
    return tuple(
        _contrast(
            posterior,
            names,
            treatment,
            observed_lift=observed[treatment] - observed[0],
            log_evidence=log_evidence[treatment - 1],
            sensitivity=tuple(_under(name, other, treatment, stakes, mass) for name, other in others),
            stakes=stakes,
            mass=mass,
        )
        for treatment in range(1, len(names))
    )


def _contrast(
    posterior: Arms,
    names: Sequence[str],
    treatment: int,
    *,
    observed_lift: float,
    log_evidence: float,
    sensitivity: tuple[Sensitivity, ...],
    stakes: Stakes,
    mass: float,
) -> Contrast:
    pair = posterior.contest(0, treatment, higher_is_better=stakes.higher_is_better)
    losses = pair.expected_loss.tolist()
    levels = np.concatenate([central_levels(mass), LIFT_LEVELS])
    lifts = posterior.difference_quantiles(treatment, 0, levels)
    interval = make_interval(lifts[:3], mass)
    ratios = posterior.ratio_quantiles(treatment, 0, central_levels(mass))
    relative = None if ratios is None else make_interval(ratios - 1, mass)
    sign = 1 if stakes.higher_is_better else -1
    marks = np.array([sign * stakes.minimum_effect, -stakes.margin, stakes.margin])
    at_minimum, below, above = posterior.difference_below(treatment, 0, marks).tolist()
    e_value = float(np.exp(np.clip(log_evidence, -_LARGEST_LOG, _LARGEST_LOG)))
    return Contrast(
        treatment=names[treatment],
        control=names[0],
        observed_lift=observed_lift,
        lift=interval.estimate,
        interval=interval,
        relative_lift=None if relative is None else relative.estimate,
        relative_interval=relative,
        chance_better=float(pair.chance_best[1]),
        chance_above_minimum=1 - at_minimum if stakes.higher_is_better else at_minimum,
        chance_equivalent=max(0.0, above - below),
        expected_loss=losses[1],
        expected_loss_of_control=losses[0],
        monthly_loss=stakes.price(losses[1]),
        monthly_loss_of_control=stakes.price(losses[0]),
        e_value=e_value,
        anytime_p=min(1.0, 1 / e_value),
        lift_quantiles=tuple(lifts[3:].tolist()),
        sensitivity=sensitivity,
    )


def _under(assumption: str, posterior: Arms, treatment: int, stakes: Stakes, mass: float) -> Sensitivity:
    pair = posterior.contest(0, treatment, higher_is_better=stakes.higher_is_better)
    lifts = posterior.difference_quantiles(treatment, 0, central_levels(mass))
    return Sensitivity(assumption, float(pair.chance_best[1]), make_interval(lifts, mass))


def central_levels(mass: float) -> np.ndarray:
    """Return the levels of the lower end, the median and the upper end of an equal-tailed range."""
    return np.array([(1 - mass) / 2, 0.5, (1 + mass) / 2])


def make_interval(quantiles: np.ndarray, mass: float) -> Interval:
    """Return an interval from its lower end, median and upper end."""
    low, middle, high = sorted(quantiles.tolist())
    return Interval(middle, low, high, mass)
