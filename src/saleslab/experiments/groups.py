"""Who benefits? The lift segment by segment, without reading a pattern out of noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import Reason, order_arms
from saleslab.experiments.contrasts import central_levels, make_interval
from saleslab.experiments.outcomes import check_units, name_arms, name_rows
from saleslab.stats.group_effects import CENTRE_SD, SPREAD_SD, GroupEffects, claim_effects, pool_group_effects
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.sampling import Diagnosis, load_pymc, require_usable, sample_posterior
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEW_UNITS = 5
"""Units in an arm of a group below which its answer rests on the other groups."""


@dataclass(frozen=True, slots=True)
class GroupLift:
    """The lift in one segment.

    Attributes
    ----------
    group
        Its name.
    n_control, n_treatment
        Units of each arm.
    observed_lift
        Difference of the observed rates; None where an arm has no unit.
    interval
        Posterior median of the difference and its equal-tailed range, seen among the other segments.
    chance_better
        Chance that the treatment is better in it.
    benefits, suffers
        Whether that may be claimed: see `GroupComparison.n_false_claims`.
    """

    group: str
    n_control: int
    n_treatment: int
    observed_lift: float
    interval: Interval
    chance_better: float
    benefits: bool
    suffers: bool


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """The lift in each segment, partially pooled.

    Attributes
    ----------
    groups
        One entry for each segment, the largest lift first.
    centre
        Mean log odds ratio of all segments that could have been.
    spread
        How far log odds ratios differ between segments; near 0 when one answer serves all.
    n_false_claims
        What was allowed: how many of the claims made, "benefits" and "suffers" together, are wrong on average.
    reasons
        ``PRIOR_DOMINATES`` where an arm of a segment has fewer than `FEW_UNITS` units.
    diagnosis
        Of the draws; None for quadrature.
    """

    groups: tuple[GroupLift, ...]
    centre: Interval
    spread: Interval
    n_false_claims: float
    reasons: tuple[Reason, ...]
    diagnosis: Diagnosis | None


def compare_groups(
    outcomes: pd.DataFrame,
    *,
    group: str,
    arm: str = "arm",
    outcome: str = "succeeded",
    control: str,
    treatment: str | None = None,
    unit: str | None = None,
    n_false_claims: float = 0.05,
    method: Literal["quadrature", "pymc"] = "quadrature",
    seed: int = 0,
    mass: float = 0.95,
) -> GroupComparison:
    """Compare two arms within each segment, region, channel or size of company.

    Looking at ten segments and reporting the best one finds an effect where there is none. Here the log odds ratios of
    all segments come from one normal distribution that is learned with them, and the surest segments are said to
    benefit only as far as their chances not to add up to half of ``n_false_claims``; the other half is for those that
    suffer. Segments must be chosen before the outcomes are seen; they may not overlap.

    Parameters
    ----------
    outcomes
        One row for each unit that was drawn into an arm.
    group
        Column with the segment.
    arm, outcome
        Columns with the arm's name and with 1 or 0.
    control, treatment
        The two arms; the treatment may be left out when there is only one.
    unit
        Column with the unit's id; given, a unit may appear only once.
    n_false_claims
        Average number of false claims that is accepted. If the treatment does nothing anywhere, there are fewer
        (``docs/validation/experiments.md``).
    method
        ``"quadrature"`` takes a fraction of a second; ``"pymc"`` draws from the same model and is there to check it.
    seed
        Of the draws; quadrature has none.
    mass
        Chance that the intervals hold the truth.

    Raises
    ------
    BadArgument
        When an outcome is missing or neither 0 nor 1, or a segment has no name; all are named.
    NotEnoughData
        With fewer than two segments, or segments that lack an arm.
    SamplingFailed
        When the draws did not converge.

    Examples
    --------
    >>> import pandas as pd
    >>> won = {("north", "old"): 20, ("north", "new"): 24, ("south", "old"): 22, ("south", "new"): 21,
    ...     ("east", "old"): 19, ("east", "new"): 20, ("west", "old"): 21, ("west", "new"): 45}
    >>> rows = pd.DataFrame([(*key, int(i < k)) for key, k in won.items() for i in range(100)],
    ...     columns=["region", "arm", "succeeded"])
    >>> answer = compare_groups(rows, group="region", control="old")
    >>> [(one.group, one.benefits) for one in answer.groups]
    [('west', True), ('north', False), ('east', False), ('south', False)]
    """
    check_mass(mass)
    if not 0 < n_false_claims < 1:
        raise BadArgument(f"{n_false_claims} false claims are not accepted.", "give a number between 0 and 1.")
    require_columns(outcomes, group, arm, outcome, *([unit] if unit else []), of="outcomes")
    table = _count(outcomes, group=group, arm=arm, outcome=outcome, unit=unit)
    old, new = order_arms(sorted(table.columns.get_level_values(1).unique()), control=control)[:2]
    if treatment is None and table.columns.get_level_values(1).nunique() > 2:
        raise BadArgument("There are several treatments.", "name one as treatment.")
    names, counts = _pick(table, old, treatment or new)
    if method == "pymc":
        effects, diagnosis = _draw(counts, seed=seed, mass=mass)
    else:
        effects, diagnosis = pool_group_effects((counts[0], counts[1]), (counts[2], counts[3]), mass=mass), None
    up, down = (claim_effects(one, limit=n_false_claims / 2) for one in (effects.chances, effects.negative_chances))
    lifts = []
    for i, name in enumerate(names):
        won_old, n_old, won_new, n_new = (int(part[i]) for part in counts)
        chance = effects.chances[i]
        lifts.append(
            GroupLift(
                group=name,
                n_control=n_old,
                n_treatment=n_new,
                observed_lift=won_new / n_new - won_old / n_old,
                interval=effects.differences[i],
                chance_better=chance,
                benefits=up[i],
                suffers=down[i],
            )
        )
    few = min(counts[1].min(), counts[3].min()) < FEW_UNITS
    return GroupComparison(
        tuple(sorted(lifts, key=lambda lift: (-lift.interval.estimate, lift.group))),
        effects.centre,
        effects.spread,
        n_false_claims,
        (Reason.PRIOR_DOMINATES,) if few else (),
        diagnosis,
    )


def _count(outcomes: pd.DataFrame, *, group: str, arm: str, outcome: str, unit: str | None) -> pd.DataFrame:
    """Return successes and units by segment and arm, or raise naming every row that cannot be used."""
    import pandas as pd

    values = outcomes[outcome]
    missing = values.isna().to_numpy(dtype=bool)
    findings = check_units(outcomes, arm=arm, unit=unit)
    findings += name_rows(outcomes[group].isna().to_numpy(dtype=bool), f"no {group}")
    findings += name_rows(missing, f"no {outcome}")
    odd = ~missing & ~values.isin([0, 1, True, False]).to_numpy(dtype=bool)
    findings += name_rows(odd, f"a {outcome} that is neither 0 nor 1")
    if findings:
        raise BadArgument(
            f"Outcomes have {'; '.join(findings)}.",
            "decide what these rows are (not yet known is not 'no'; units without a segment are a segment), "
            "and leave out or correct them.",
        )
    rows = pd.DataFrame(
        {
            "group": outcomes[group].astype(str).to_numpy(),
            "arm": name_arms(outcomes[arm]).to_numpy(),
            "value": values.astype("int64").to_numpy(),
        }
    )
    return rows.pivot_table(index="group", columns="arm", values="value", aggfunc=["sum", "size"], fill_value=0)


def _pick(table: pd.DataFrame, old: str, new: str) -> tuple[list[str], tuple[Ints, Ints, Ints, Ints]]:
    """Return the segments, and successes and units of both arms in each."""
    if new not in table.columns.get_level_values(1):
        raise BadArgument(f"There is no arm '{new}'.", "check the spelling of the treatment.")
    won_old, n_old, won_new, n_new = (
        table[part, arm].to_numpy(dtype=np.int64) for arm in (old, new) for part in ("sum", "size")
    )
    lacking = [str(name) for name, a, b in zip(table.index, n_old, n_new, strict=True) if not (a and b)]
    if lacking or len(table) < 2:
        raise NotEnoughData(
            f"{len(table)} segments, {len(lacking)} of which lack an arm ({', '.join(lacking) or 'none'}), "
            "cannot be compared.",
            "give at least two segments with both arms; merge small ones.",
        )
    return [str(name) for name in table.index], (won_old, n_old, won_new, n_new)


def _draw(counts: tuple[Ints, Ints, Ints, Ints], *, seed: int, mass: float) -> tuple[GroupEffects, Diagnosis]:
    """Return the same beliefs from draws."""
    posterior = require_usable(
        sample_posterior(declare_groups(counts), seed=seed, draws=1500, tune=1500, target_accept=0.98)
    )
    lifts, effects = posterior.pooled("lift"), posterior.pooled("effect")
    levels = central_levels(mass)

    def interval(values: Floats) -> Interval:
        return make_interval(np.quantile(values, levels), mass)

    return GroupEffects(
        tuple(interval(lift) for lift in lifts.T),
        tuple(float(chance) for chance in (effects > 0).mean(axis=0)),
        interval(posterior.pooled("centre")),
        interval(posterior.pooled("spread")),
    ), posterior.diagnosis


def declare_groups(counts: tuple[Ints, Ints, Ints, Ints]) -> Any:
    """Return the PyMC model of `pool_group_effects`, for ``(successes, units)`` of the old and of the new arm."""
    pm = load_pymc()
    won_old, n_old, won_new, n_new = counts
    with pm.Model() as model:
        centre = pm.Normal("centre", 0, CENTRE_SD)
        spread = pm.HalfNormal("spread", SPREAD_SD)
        standing = pm.Normal("standing", 0, 1, shape=len(n_old))
        effect = pm.Deterministic("effect", centre + spread * standing)
        base = pm.Logistic("base", 0, 1, shape=len(n_old))
        pm.Binomial("won_old", n_old, logit_p=base, observed=won_old)
        pm.Binomial("won_new", n_new, logit_p=base + effect, observed=won_new)
        pm.Deterministic("lift", pm.math.sigmoid(base + effect) - pm.math.sigmoid(base))
    return model
