"""Did more of them say yes? Any number of arms, exact from the first lead on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import ArmEstimate, Contrast, Reason, Stakes, order_arms
from saleslab.experiments.contrasts import central_levels, contrast_arms, describe_arms, make_interval
from saleslab.experiments.outcomes import check_units, name_arms, name_rows, number_looks
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats.arms import Arms

MOVED_BY_PRIOR = 0.1
"""The prior dominates where Jeffreys' and the flat one disagree on a chance of being better by more than this."""


class BetaPrior(Protocol):
    """A prior of rates that was learned from earlier tests."""

    @property
    def a(self) -> float:
        """Successes it is worth."""

    @property
    def b(self) -> float:
        """Failures it is worth."""


Prior = Literal["jeffreys", "flat"] | tuple[float, float] | BetaPrior
Look = tuple[Mapping[str, int], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class RateComparison:
    """Arms whose outcomes are yes or no.

    Attributes
    ----------
    arms
        One entry for each arm, the control first.
    contrasts
        One entry for each other arm, against the control.
    reasons
        ``NO_SUCCESSES`` where an arm has none; ``PRIOR_DOMINATES`` where the prior is worth at least as many units as
        the smallest arm has, or where Jeffreys' and the flat prior disagree by more than `MOVED_BY_PRIOR`.
    prior
        The two numbers of the Beta prior of each rate.
    """

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...]
    prior: tuple[float, float]


def compare_rate_counts(
    successes: Mapping[str, int],
    trials: Mapping[str, int],
    *,
    control: str,
    prior: Prior = "jeffreys",
    looks: Sequence[Look] | None = None,
    stakes: Stakes = Stakes(),
    mass: float = 0.95,
) -> RateComparison:
    """Compare rates from counts.

    Use it on totals; `compare_rates` takes one row a unit. Independent Beta posteriors, all by quadrature: no draws, no
    normal approximation, the same answer every time.

    Parameters
    ----------
    successes, trials
        Counts of each arm.
    control
        Name of the arm that the others are compared with.
    prior
        ``"jeffreys"``, ``"flat"``, the two numbers of a Beta, or anything with ``a`` and ``b``.
    looks
        What came in between two looks, as ``(successes, trials)`` of that time alone, in order; they must add up to the
        totals. Without them the totals are one look: the e-value then holds if nobody looked before.
    stakes
        What a difference is worth.
    mass
        Chance that the intervals hold the truth.

    Raises
    ------
    BadArgument
        When counts are negative, fractional or impossible, arms do not match, or looks do not add up.
    NotEnoughData
        When an arm has no unit.

    Examples
    --------
    >>> answer = compare_rate_counts({"old": 0, "new": 6}, {"old": 40, "new": 40}, control="old", prior="flat")
    >>> round(answer.contrasts[0].chance_better, 7), answer.reasons
    (0.9940864, (<Reason.NO_SUCCESSES: 'no_successes'>,))
    """
    from saleslab.stats.arms import BetaArms
    from saleslab.stats.shrunk_rates import shrink_rates

    check_mass(mass)
    names = order_arms(list(trials), control=control)
    _check_counts(successes, trials)
    y, n = [int(successes[name]) for name in names], [int(trials[name]) for name in names]
    first, second = read_prior(prior)

    def believe(a: float, b: float) -> BetaArms:
        return BetaArms([k + a for k in y], [m - k + b for k, m in zip(y, n, strict=True)])

    posterior, before = believe(first, second), BetaArms((first,), (second,))
    expected = make_interval(before.quantiles(0, central_levels(mass)), mass)
    rates = [k / m for k, m in zip(y, n, strict=True)]
    others: list[tuple[str, Arms]] = [
        ("flat", believe(1.0, 1.0)),
        ("jeffreys", believe(0.5, 0.5)),
        ("sceptical", shrink_rates(y, n)),
    ]
    arms = describe_arms(
        posterior, names, n=n, observed=rates, priors=[expected] * len(names), stakes=stakes, mass=mass
    )
    contrasts = contrast_arms(
        posterior,
        names,
        observed=rates,
        log_evidence=_weigh(names, _check_looks(looks, successes, trials)),
        others=others,
        stakes=stakes,
        mass=mass,
    )
    return RateComparison(arms, contrasts, _find_reasons(y, n, first + second, contrasts), (first, second))


def compare_rates(
    outcomes: pd.DataFrame,
    *,
    arm: str = "arm",
    outcome: str = "succeeded",
    control: str,
    unit: str | None = None,
    look: str | None = None,
    prior: Prior = "jeffreys",
    stakes: Stakes = Stakes(),
    mass: float = 0.95,
) -> RateComparison:
    """Compare rates from one row a unit.

    Parameters
    ----------
    outcomes
        One row for each unit that was drawn into an arm.
    arm, outcome
        Columns with the arm's name and with what came of it: 1 or True, 0 or False.
    control
        Name of the arm that the others are compared with.
    unit
        Column with the unit's id; given, a unit may appear only once.
    look
        Column with the number of the look at which the row was first seen, rising; see `compare_rate_counts`.
    prior, stakes, mass
        As in `compare_rate_counts`.

    Raises
    ------
    BadArgument
        When an outcome is missing or neither 0 nor 1, an arm has no name, or a unit appears twice; all are named.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["old"] * 40 + ["new"] * 40, "succeeded": [0] * 40 + [1] * 6 + [0] * 34})
    >>> answer = compare_rates(rows, control="old")
    >>> [(one.arm, one.n, one.rate) for one in answer.arms]
    [('old', 40, 0.0), ('new', 40, 0.15)]
    """
    require_columns(outcomes, arm, outcome, *(name for name in (unit, look) if name), of="outcomes")
    names, values = name_arms(outcomes[arm]), outcomes[outcome]
    findings = check_units(outcomes, arm=arm, unit=unit)
    missing = values.isna().to_numpy(dtype=bool)
    odd = ~missing & ~values.isin([0, 1, True, False]).to_numpy(dtype=bool)
    findings += name_rows(missing, f"no {outcome}") + name_rows(odd, f"a {outcome} that is neither 0 nor 1")
    if findings:
        raise BadArgument(
            f"Outcomes have {'; '.join(findings)}.",
            "decide what these rows are (not yet known is not 'no'), and leave out or correct them.",
        )
    yes, labels = values.astype("int64").to_numpy(), names.to_numpy()
    numbers = np.array(number_looks(outcomes[look])) if look else np.zeros(len(labels), dtype=np.int64)
    successes, trials = _count(yes, labels)
    return compare_rate_counts(
        successes,
        trials,
        control=control,
        prior=prior,
        looks=[_count(yes[numbers == one], labels[numbers == one]) for one in np.unique(numbers)],
        stakes=stakes,
        mass=mass,
    )


def _count(yes: npt.NDArray[Any], labels: npt.NDArray[np.object_]) -> Look:
    members = {name: labels == name for name in dict.fromkeys(labels)}
    return {name: int(yes[mask].sum()) for name, mask in members.items()}, {k: int(m.sum()) for k, m in members.items()}


def _check_counts(successes: Mapping[str, int], trials: Mapping[str, int]) -> None:
    """Raise unless every arm has whole numbers with 0 <= successes <= trials and at least one trial."""
    if set(successes) != set(trials):
        odd = sorted(set(successes) ^ set(trials))
        raise BadArgument(f"Arms with only one of successes and trials: {', '.join(odd)}.", "give both for every arm.")
    wrong = [
        f"{name} ({successes[name]} of {trials[name]})"
        for name in sorted(trials)
        if not _is_whole(successes[name]) or not _is_whole(trials[name]) or not 0 <= successes[name] <= trials[name]
    ]
    if wrong:
        raise BadArgument(
            f"Arms with impossible counts: {', '.join(wrong)}.", "give whole numbers with 0 <= successes <= trials."
        )
    empty = [name for name in sorted(trials) if trials[name] == 0]
    if empty:
        raise NotEnoughData(
            f"Arms without a unit: {', '.join(empty)}.", "leave the arm out, or check the dates of the test."
        )


def _is_whole(value: float) -> bool:
    return value == value and abs(value) != float("inf") and value == int(value)  # noqa: PLR0124 NaN is not itself


def read_prior(prior: Prior) -> tuple[float, float]:
    """Return the two numbers of a Beta prior, however it was given."""
    known = {"jeffreys": (0.5, 0.5), "flat": (1.0, 1.0)}
    if isinstance(prior, str):
        if prior not in known:
            raise BadArgument(
                f"There is no prior '{prior}'.", f"give one of {', '.join(known)}, or a Beta's two numbers."
            )
        return known[prior]
    a, b = prior if isinstance(prior, tuple) else (prior.a, prior.b)
    if not (0.01 <= a < float("inf") and 0.01 <= b < float("inf")):
        raise BadArgument(
            f"Beta({a}, {b}) is no prior of a rate.", "give two numbers of at least 0.01, such as (2, 18)."
        )
    return float(a), float(b)


def _check_looks(
    looks: Sequence[Look] | None, successes: Mapping[str, int], trials: Mapping[str, int]
) -> Sequence[Look]:
    if looks is None:
        return [(successes, trials)]
    for number, (some, seen) in enumerate(looks, 1):
        wrong = [
            name
            for name in sorted({*some, *seen})
            if name not in trials or not 0 <= some.get(name, 0) <= seen.get(name, 0)
        ]
        if wrong:
            raise BadArgument(
                f"Look {number} has impossible counts for {', '.join(wrong)}.",
                "give what came in since the look before, with 0 <= successes <= trials.",
            )
    off = [
        name
        for name in sorted(trials)
        if sum(one[0].get(name, 0) for one in looks) != successes[name]
        or sum(one[1].get(name, 0) for one in looks) != trials[name]
    ]
    if off:
        raise BadArgument(
            f"The looks do not add up to the totals of {', '.join(off)}.",
            "give for each look only what came in since the look before, and all looks.",
        )
    return looks


def _weigh(names: Sequence[str], looks: Sequence[Look]) -> list[float]:
    """Return the log e-value of each treatment after the last look."""
    from saleslab.stats.evidence import measure_rate_evidence

    def blocks(name: str) -> tuple[list[int], list[int]]:
        return [one[0].get(name, 0) for one in looks], [one[1].get(name, 0) for one in looks]

    old = blocks(names[0])
    return [float(measure_rate_evidence(blocks(name), old)[-1]) for name in names[1:]]


def _find_reasons(
    successes: Sequence[int], trials: Sequence[int], strength: float, contrasts: Sequence[Contrast]
) -> tuple[Reason, ...]:
    moved = max(abs(one.sensitivity[0].chance_better - one.sensitivity[1].chance_better) for one in contrasts)
    reasons = []
    if not all(successes):
        reasons.append(Reason.NO_SUCCESSES)
    if strength >= min(trials) or moved > MOVED_BY_PRIOR:
        reasons.append(Reason.PRIOR_DOMINATES)
    return tuple(reasons)
