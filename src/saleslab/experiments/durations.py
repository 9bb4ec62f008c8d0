"""Did it close sooner? Days until something ends, the ones still open counted for as long as they were watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
Booleans = npt.NDArray[np.bool_]

FEWEST_ENDED = 3
"""Endings an arm needs before its mean is known to be finite."""

SAME_DAY = 0.5
"""What ended on the day it began took half a day."""

_LOG_TIME_RATIOS = (-0.8, -0.4, -0.2, 0.2, 0.4, 0.8)
_POOR_FIT = 0.01


@dataclass(frozen=True, slots=True)
class DurationComparison:
    """Arms whose outcomes are days until something ends.

    Attributes
    ----------
    arms
        One entry for each arm, the control first. Their ``mean`` is the days watched per ending: what a constant speed
        would take, and the plain mean where all have ended. ``posterior_mean`` and ``interval`` are those of the model.
    contrasts
        One entry for each other arm, against the control; ``relative_lift`` is how much longer it takes.
    reasons
        ``POOR_FIT`` where endings do not come when the model expects them.
    n_ended
        How many have ended in each arm.
    chance_weibull
        Chance that the days are Weibull and not log-normal.
    scale
        Spread of the logarithm of the days; 1 for a Weibull of constant speed.
    """

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...]
    n_ended: tuple[int, ...]
    chance_weibull: float
    scale: float


def compare_durations(
    outcomes: pd.DataFrame,
    *,
    arm: str = "arm",
    days: str = "days",
    ended: str = "ended",
    control: str,
    unit: str | None = None,
    look: str | None = None,
    stakes: Stakes = Stakes(higher_is_better=False),
    mass: float = 0.95,
) -> DurationComparison:
    """Compare how long something takes, such as days until a deal closes.

    Days are Weibull or log-normal, in the proportion in which the data speak for each; shape and spread are shared by
    the arms. Where many are still open the mean rests on that choice: mind ``POOR_FIT`` and the sensitivity.

    Parameters
    ----------
    outcomes
        One row for each unit that was drawn into an arm.
    arm, days, ended
        Columns with the arm's name, the days until the end or, where there was none yet, until the unit was last seen,
        and whether it has ended. Being still open must not tell how long the rest takes: look at all units on one day.
    control
        Name of the arm that the others are compared with.
    unit
        Column with the unit's id; given, a unit may appear only once.
    look
        Column with the number of the look in which the unit was drawn; evidence over looks needs units that do not come
        back with more days later.
    stakes, mass
        As in `compare_rate_counts`; fewer days are better unless ``stakes`` says otherwise.

    Raises
    ------
    BadArgument
        When days are missing or negative, ``ended`` is neither yes nor no, or a unit appears twice.
    NotEnoughData
        When fewer than 3 have ended in an arm.

    Examples
    --------
    >>> import pandas as pd
    >>> took = [12, 30, 45, 20, 60, 60, 33, 60] + [8, 15, 22, 9, 31, 60, 12, 27]
    >>> rows = pd.DataFrame({"arm": ["old"] * 8 + ["new"] * 8, "days": took, "ended": [one < 60 for one in took]})
    >>> answer = compare_durations(rows, control="old")
    >>> round(answer.contrasts[0].chance_better, 2), answer.n_ended
    (0.96, (5, 7))
    """
    from saleslab.stats.arms import InverseGammaArms
    from saleslab.stats.time_models import weigh_durations

    check_mass(mass)
    require_columns(outcomes, arm, days, ended, *(name for name in (unit, look) if name), of="outcomes")
    times, is_over = _read(outcomes, arm=arm, days=days, ended=ended, unit=unit)
    labels = name_arms(outcomes[arm]).to_numpy()
    names = order_arms(list(dict.fromkeys(labels)), control=control)
    members = [labels == name for name in names]
    n_ended = tuple(int(is_over[mask].sum()) for mask in members)
    few = [f"{name} ({n})" for name, n in zip(names, n_ended, strict=True) if n < FEWEST_ENDED]
    if few:
        raise NotEnoughData(
            f"Arms in which fewer than {FEWEST_ENDED} have ended: {', '.join(few)}.", "wait until more have ended."
        )
    model = weigh_durations([(times[mask], is_over[mask]) for mask in members])
    watched = [float(times[mask].sum()) for mask in members]
    observed = [size / n for size, n in zip(watched, n_ended, strict=True)]
    arms = describe_arms(
        model.means,
        names,
        n=[int(mask.sum()) for mask in members],
        observed=observed,
        priors=[None] * len(names),
        stakes=stakes,
        mass=mass,
    )
    looks = number_looks(outcomes[look]) if look else None
    contrasts = contrast_arms(
        model.means,
        names,
        observed=observed,
        log_evidence=[_weigh(times, is_over, mask, members[0], looks) for mask in members[1:]],
        others=[("exponential", InverseGammaArms(n_ended, watched))],
        stakes=stakes,
        mass=mass,
    )
    reasons = (Reason.POOR_FIT,) if model.fit_p < _POOR_FIT else ()
    return DurationComparison(arms, contrasts, reasons, n_ended, model.chance_weibull, model.scale)


def _read(outcomes: pd.DataFrame, *, arm: str, days: str, ended: str, unit: str | None) -> tuple[Floats, Booleans]:
    """Return days and whether they have ended, or say which rows cannot be read."""
    import pandas as pd

    times = pd.to_numeric(outcomes[days], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    findings = check_units(outcomes, arm=arm, unit=unit)
    findings += name_rows(np.isnan(times), f"no {days}")
    findings += name_rows((times < 0) | np.isinf(times), f"{days} that are negative or infinite")
    known = outcomes[ended].isin([0, 1, True, False]).to_numpy(dtype=bool)
    findings += name_rows(~known, f"an {ended} that is neither yes nor no")
    if findings:
        raise BadArgument(
            f"Outcomes have {'; '.join(findings)}.",
            "give every unit the days until its end or until it was last seen, and leave out nothing that is open.",
        )
    return np.maximum(times, SAME_DAY), outcomes[ended].astype(bool).to_numpy()


def _weigh(times: Floats, is_over: Booleans, new: Booleans, old: Booleans, looks: Sequence[int] | None) -> float:
    """Return the log e-value of one treatment: scores of a Weibull fitted to both arms together, look by look.

    The fit does not know who was in which arm, so that any fit is fair.
    """
    from saleslab.stats.lots import measure_lot_evidence

    both = new | old
    t, over, is_new = times[both], is_over[both], new[both]
    when = np.zeros(len(t), dtype=np.int64) if looks is None else np.asarray(looks)[both]
    shape, risk = np.ones(len(t)), np.zeros(len(t))
    for look in np.unique(when):
        rows = when == look
        shape[rows], risk[rows] = _fit_weibull(t[rows], over[rows])
    # under a time ratio r the hazard is exp(-shape * r) times as high: half of it above, half below what is common
    scores = [-shape * ratio * over + 2 * np.sinh(shape * ratio / 2) * risk for ratio in _LOG_TIME_RATIOS]
    return float(measure_lot_evidence(np.stack(scores), is_new, looks=when.tolist())[-1])


def _fit_weibull(times: Floats, is_over: Booleans) -> tuple[float, Floats]:
    """Return the likeliest shape on a grid, and each unit's risk run up under it."""
    n, logs = int(is_over.sum()), np.log(times)
    if n == 0:
        return 1.0, np.zeros(len(times))
    shapes = np.exp(np.linspace(np.log(0.4), np.log(4), 24))
    powers = np.exp(shapes[:, None] * (logs - logs.max()))
    likelihood = n * np.log(shapes) + shapes * (logs - logs.max())[is_over].sum() - n * np.log(powers.sum(axis=1))
    best = int(likelihood.argmax())
    return float(shapes[best]), powers[best] * n / powers[best].sum()
