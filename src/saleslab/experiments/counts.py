"""Did they call or meet more? Counts over a known exposure, however unevenly they spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import ArmEstimate, Contrast, Reason, Stakes, order_arms
from saleslab.experiments.contrasts import contrast_arms, describe_arms
from saleslab.experiments.outcomes import check_units, name_arms, name_rows, number_looks
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

FEWEST_UNITS = 3
"""Units an arm needs before their spread says anything."""

CLEARLY_SPREAD = 1.25
"""Counts are called overdispersed when their variance exceeds their mean by a quarter with a chance of 90 %."""

_LOG_RATE_RATIOS = (-0.8, -0.4, -0.2, -0.1, 0.1, 0.2, 0.4, 0.8)
_POOR_FIT = 0.01


@dataclass(frozen=True, slots=True)
class CountComparison:
    """Arms whose outcomes are counts, per unit of exposure.

    Attributes
    ----------
    arms
        One entry for each arm, the control first; means are per unit of exposure.
    contrasts
        One entry for each other arm, against the control.
    reasons
        ``OVERDISPERSED`` where counts spread more than chance alone would have it; ``POOR_FIT`` where they spread in
        another way than any kind that is weighed; ``NO_SUCCESSES`` where an arm counted nothing.
    dispersion
        Variance of a unit's count over its mean at the mean count, posterior median: 1 for Poisson counts.
    exposures
        Total exposure of each arm.
    """

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...]
    dispersion: float
    exposures: tuple[float, ...]


def compare_counts(
    outcomes: pd.DataFrame,
    *,
    arm: str = "arm",
    count: str = "n_events",
    exposure: str | None = None,
    control: str,
    unit: str | None = None,
    look: str | None = None,
    stakes: Stakes = Stakes(),
    mass: float = 0.95,
) -> CountComparison:
    """Compare counts per unit of exposure, such as calls a week.

    Each unit has a rate of its own around that of its arm. How the units differ (not at all, like a Gamma, or with a
    few far above the others like a log-normal variable) and how much is learned from the data and shared by the arms.
    So the ranges are those of a Poisson count where the data look like one, and wider where they do not; an arm that
    happened to get none of the few is not believed to be without them. The evidence rests on the lot alone and holds
    for any distribution.

    Parameters
    ----------
    outcomes
        One row for each unit that was drawn into an arm: a person, an account, a person in a week. Rows of one person
        are not independent: where lots were drawn by person, add them up first.
    arm, count
        Columns with the arm's name and a whole number.
    exposure
        Column with how much each unit could count, such as its weeks or hours; 1 each when None.
    control
        Name of the arm that the others are compared with.
    unit
        Column with the unit's id; given, a unit may appear only once.
    look
        Column with the number of the look at which the row was first seen.
    stakes, mass
        As in `compare_rate_counts`; effects are per unit of exposure.

    Raises
    ------
    BadArgument
        When a count is missing, negative or fractional, an exposure not above 0, or a unit appears twice.
    NotEnoughData
        When an arm has fewer than 3 units.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["old"] * 6 + ["new"] * 6, "n_events": [3, 9, 1, 12, 0, 5, 8, 2, 15, 4, 11, 14]})
    >>> answer = compare_counts(rows, control="old")
    >>> round(answer.contrasts[0].chance_better, 2), round(answer.dispersion, 1), answer.reasons
    (0.88, 6.3, (<Reason.OVERDISPERSED: 'overdispersed'>,))
    """
    from saleslab.stats.arms import GammaArms
    from saleslab.stats.spread_counts import weigh_counts

    check_mass(mass)
    require_columns(outcomes, arm, count, *(name for name in (exposure, unit, look) if name), of="outcomes")
    counts, exposures = _read(outcomes, arm=arm, count=count, exposure=exposure, unit=unit)
    labels = name_arms(outcomes[arm]).to_numpy()
    names = order_arms(list(dict.fromkeys(labels)), control=control)
    members = [labels == name for name in names]
    n = [int(mask.sum()) for mask in members]
    few = [f"{name} ({m})" for name, m in zip(names, n, strict=True) if m < FEWEST_UNITS]
    if few:
        raise NotEnoughData(
            f"Arms with fewer than {FEWEST_UNITS} units: {', '.join(few)}.",
            "give one row for each person or week instead of totals, or wait: without them nobody can see the spread.",
        )
    model = weigh_counts([(counts[mask], exposures[mask]) for mask in members])
    totals = [(float(counts[mask].sum()), float(exposures[mask].sum())) for mask in members]
    poisson = GammaArms([total + 0.5 for total, _ in totals], [size for _, size in totals])
    observed = [total / size for total, size in totals]
    arms = describe_arms(
        model.rates, names, n=n, observed=observed, priors=[None] * len(names), stakes=stakes, mass=mass
    )
    looks = number_looks(outcomes[look]) if look else None
    contrasts = contrast_arms(
        model.rates,
        names,
        observed=observed,
        log_evidence=[_weigh(counts, exposures, mask, members[0], looks) for mask in members[1:]],
        others=[("poisson", poisson)],
        stakes=stakes,
        mass=mass,
    )
    reasons = []
    if min(total for total, _ in totals) == 0:
        reasons.append(Reason.NO_SUCCESSES)
    if model.dispersion_quantile(0.1) > CLEARLY_SPREAD:
        reasons.append(Reason.OVERDISPERSED)
    if model.fit_p < _POOR_FIT:
        reasons.append(Reason.POOR_FIT)
    exposed = tuple(size for _, size in totals)
    return CountComparison(arms, contrasts, tuple(reasons), model.dispersion_quantile(0.5), exposed)


def _read(
    outcomes: pd.DataFrame, *, arm: str, count: str, exposure: str | None, unit: str | None
) -> tuple[Floats, Floats]:
    """Return counts and exposures of all rows, or say which rows have none."""
    import pandas as pd

    counts = pd.to_numeric(outcomes[count], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    exposures: Any = np.ones(len(counts))
    if exposure:
        exposures = pd.to_numeric(outcomes[exposure], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    findings = check_units(outcomes, arm=arm, unit=unit)
    findings += name_rows(np.isnan(counts), f"no {count}")
    odd = ~np.isnan(counts) & ((counts < 0) | (counts != np.floor(counts)) | np.isinf(counts))
    findings += name_rows(odd, f"a {count} that is no whole number from 0 on")
    findings += name_rows(~(exposures > 0) | np.isinf(exposures), f"a {exposure} that is not above 0")
    if findings:
        raise BadArgument(f"Outcomes have {'; '.join(findings)}.", "correct these rows, or leave them out and say so.")
    return counts, exposures


def _weigh(
    counts: Floats,
    exposures: Floats,
    new: npt.NDArray[np.bool_],
    old: npt.NDArray[np.bool_],
    looks: Sequence[int] | None,
) -> float:
    """Return the log e-value of one treatment: scores of a negative binomial around what both arms have in common.

    Rate and spread are guessed from each look alone, without knowing who was in which arm, so any guess is fair.
    """
    from saleslab.stats.lots import measure_lot_evidence

    both = new | old
    y, e, is_new = counts[both], exposures[both], new[both]
    when = np.zeros(len(y), dtype=np.int64) if looks is None else np.asarray(looks)[both]
    total, size = (np.bincount(when, weights=part) for part in (y, e))
    level = (total / np.maximum(size, 1e-300))[when] * e
    square, surplus = (np.bincount(when, weights=part) for part in (level**2, (y - level) ** 2 - level))
    extra = np.clip(surplus / np.maximum(square, 1e-300), 1e-6, 10)[when]
    # the new arm half the ratio above what both have in common, the old one half below
    scores = [ratio * y - (y + 1 / extra) * _log_gain(extra * level, ratio) for ratio in _LOG_RATE_RATIOS]
    return float(measure_lot_evidence(np.stack(scores), is_new, looks=when.tolist())[-1])


def _log_gain(size: Floats, ratio: float) -> Floats:
    """Return ``log((1 + size exp(ratio / 2)) / (1 + size exp(-ratio / 2)))``."""
    return np.asarray(np.log1p(size * np.exp(ratio / 2)) - np.log1p(size * np.exp(-ratio / 2)))
