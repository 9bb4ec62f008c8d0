"""What an experiment says on one page: the arms compared, its health, its way from week to week, the decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from saleslab.errors import NotEnoughData
from saleslab.experiments.amounts import AmountComparison, compare_amounts
from saleslab.experiments.answers import Comparison, Contrast, Reason, Stakes
from saleslab.experiments.clusters import compare_clusters
from saleslab.experiments.counts import compare_counts
from saleslab.experiments.decision import Decision, decide
from saleslab.experiments.durations import compare_durations
from saleslab.experiments.groups import GroupComparison, compare_groups
from saleslab.experiments.health import Health, check_health
from saleslab.experiments.plans import ExperimentPlan
from saleslab.experiments.rates import compare_rates
from saleslab.experiments.trials import OUTCOME_COLUMNS, Trial

if TYPE_CHECKING:
    import pandas as pd

MOST_LOOKS = {"rate": 26, "amount": 13, "count": 13, "duration": 13}
"""Looks of which the way is told, by kind of metric; of more, every second one, or third."""

SMALLEST_GROUP = 20
"""Units that each arm of a segment needs to be told by itself; smaller ones are taken together."""

MOST_GROUPS = 8
OTHERS = "…"
"""What the small segments are called until they are put into words."""

_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Sight:
    """What was to be seen at one look, of all units that had been followed to the end by then.

    Attributes
    ----------
    look
        Its number.
    n
        Units so far.
    contrast
        The treatment that the decision is about, against the control.
    """

    look: int
    n: int
    contrast: Contrast


@dataclass(frozen=True, slots=True)
class Readout:
    """What an experiment says.

    Attributes
    ----------
    trial
        How it was carried out.
    stakes
        What a difference is worth.
    comparison
        The arms compared.
    measured
        What the comparison compares: the metric's kind, or ``rate`` where there were too few orders to compare amounts.
    health
        Whether it can be believed.
    decision
        What to do.
    path
        What was to be seen at each look; empty where nobody knows when units came in.
    n_looks
        How many looks there were.
    groups
        Who benefits; None where segments are not known, or the outcome is not yes or no of single units.
    """

    trial: Trial
    stakes: Stakes
    comparison: Comparison
    measured: str
    health: Health
    decision: Decision
    path: tuple[Sight, ...]
    n_looks: int
    groups: GroupComparison | None

    @property
    def is_watchable(self) -> bool:
        """Whether the evidence holds at every look; that of whole clusters, all there from the start, holds for one."""
        return bool(self.path) and self.trial.cluster is None

    @property
    def best(self) -> Contrast:
        """The contrast that the decision is about."""
        return next(one for one in self.comparison.contrasts if one.treatment == self.decision.treatment)

    @property
    def chance_better(self) -> float:
        """Chance that the treatment is better than the control."""
        return self.best.chance_better

    @property
    def gain(self) -> float:
        """Lift in the wished direction: positive is better, whichever way the metric runs."""
        return self.best.lift if self.stakes.higher_is_better else -self.best.lift

    @property
    def monthly_gain(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """What the lift brings a month: low end, middle, high end; None where worth or volume are not known."""
        one, sign = self.best, 1.0 if self.stakes.higher_is_better else -1.0
        ends = sorted(sign * end for end in (one.interval.low, one.interval.high))
        prices = [self.stakes.price(value) for value in (ends[0], sign * one.lift, ends[1])]
        if self.measured != self.trial.metric.kind or prices[0] is None or prices[1] is None or prices[2] is None:
            return None
        return prices[0], prices[1], prices[2]


def read_out(trial: Trial, *, stakes: Stakes | None = None, mass: float = 0.95, seed: int = 1) -> Readout:
    """Return everything that an experiment says.

    Parameters
    ----------
    trial
        How it was carried out (`read_trial`, `read_outcome_file`).
    stakes
        What a difference is worth, where no plan says it; the plan's own win.
    mass
        Chance that the intervals hold the truth.
    seed
        Of what is drawn: the check of amounts.

    Raises
    ------
    NotEnoughData
        When there is too little to compare.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> from saleslab.experiments import Metric
    >>> rows = pd.DataFrame({"arm": ["old"] * 40 + ["new"] * 40, "succeeded": [0] * 40 + [1] * 6 + [0] * 34})
    >>> metric = Metric("appointment", "rate")
    >>> trial = Trial("t", "t", "unit", metric, "old", rows, None, None, (), date(2026, 4, 1), None, None, None)
    >>> answer = read_out(trial)
    >>> round(answer.chance_better, 4), str(answer.decision.verdict), answer.decision.is_exploratory
    (0.9976, 'continue', True)
    """
    worth = _settle_stakes(trial, stakes)
    health = _check(trial)
    compared, measured, doubts = _compare(trial, trial.rows, _How(worth, mass, seed, trial.metric.kind))
    n_looks = int(trial.rows["look"].max()) if "look" in trial.rows.columns else 1
    plan = _fitting_plan(trial, compared)
    decision = decide(
        compared,
        plan=plan,
        health=health,
        look=min(n_looks, plan.n_looks) if plan else n_looks,
        at_end=trial.is_over,
        doubts=(*trial.doubts, *doubts),
    )
    path = _follow(trial, compared, decision.treatment, _How(worth, mass, seed, measured))
    groups = _compare_segments(trial, decision.treatment, mass)
    return Readout(trial, worth, compared, measured, health, decision, path, n_looks, groups)


@dataclass(frozen=True, slots=True)
class _How:
    """How every look is compared."""

    stakes: Stakes
    mass: float
    seed: int
    measured: str


def _settle_stakes(trial: Trial, stakes: Stakes | None) -> Stakes:
    """Return the plan's stakes, else the given ones, with the volume of the test where none was told."""
    if trial.plan is not None:
        return trial.plan.stakes
    given = replace(stakes or Stakes(), higher_is_better=trial.metric.higher_is_better)
    if given.units_per_month is None and trial.starts_on and trial.ends_on and trial.ends_on > trial.starts_on:
        months = ((trial.ends_on - trial.starts_on).days + 1) / _DAYS_A_MONTH
        given = replace(given, units_per_month=round(len(trial.rows) / months))
    if given.amount_per_unit is None and trial.metric.kind == "amount":
        given = replace(given, amount_per_unit=Decimal(1))
    return given


def _fitting_plan(trial: Trial, compared: Comparison) -> ExperimentPlan | None:
    """Return the plan, or None where an arm of it has nobody, of which the health check tells."""
    plan = trial.plan
    return plan if plan is not None and set(plan.arms) == {arm.arm for arm in compared.arms} else None


def _check(trial: Trial) -> Health:
    drawn = trial.assigned if trial.assigned is not None else trial.rows
    is_money = trial.metric.kind == "amount"
    health = check_health(
        drawn,
        expected=trial.plan.share_of if trial.plan else None,
        cluster=trial.cluster if drawn is trial.rows else None,
    )
    if not is_money and drawn is trial.rows:
        return health
    more = check_health(trial.rows, cluster=trial.cluster, amount="amount" if is_money else None)
    found = {*health.reasons, *(reason for reason in more.reasons if reason in _OF_ROWS)}
    import pandas as pd

    findings = pd.concat([health.findings, more.findings[more.findings["reason"].isin(_OF_ROWS)]], ignore_index=True)
    return replace(health, reasons=tuple(reason for reason in Reason if reason in found), findings=findings)


_OF_ROWS = (Reason.HEAVY_TAIL, Reason.FEW_CLUSTERS, Reason.CLUSTER_IN_TWO_ARMS)
"""What only the rows tell; how many were drawn is told by the assignments."""


def _compare(trial: Trial, rows: pd.DataFrame, how: _How) -> tuple[Comparison, str, tuple[Reason, ...]]:
    """Return the comparison, what it measures, and what it could not."""
    kind = trial.metric.kind
    shared: dict[str, Any] = {"control": trial.control, "stakes": how.stakes, "mass": how.mass}
    shared |= {"look": "look"} if "look" in rows.columns else {}
    if trial.cluster is not None and kind != "duration":
        period = "week" if trial.unit == "rep_week" else None
        shared.pop("look", None)
        outcome = OUTCOME_COLUMNS[kind][0]
        return compare_clusters(rows, cluster=trial.cluster, outcome=outcome, period=period, **shared), kind, ()
    if "unit_id" in rows.columns and trial.cluster is None:
        shared["unit"] = "unit_id"
    match kind:
        case "rate":
            return compare_rates(rows, **shared), kind, ()
        case "count":
            exposure = "exposure" if "exposure" in rows.columns else None
            return compare_counts(rows, exposure=exposure, **shared), kind, ()
        case "duration":
            return compare_durations(rows, **shared), kind, ()
    amounts: AmountComparison = compare_amounts(rows, seed=how.seed, **shared)
    if not amounts.contrasts:
        return amounts.conversion, "rate", amounts.reasons
    return amounts, kind, ()


def _follow(trial: Trial, final: Comparison, treatment: str, how: _How) -> tuple[Sight, ...]:
    """Return what was to be seen at each look; looks at which there was too little to compare are left out."""
    if "look" not in trial.rows.columns or how.measured != trial.metric.kind:
        return ()
    numbers = sorted(set(trial.rows["look"].tolist()))
    step = -(-len(numbers) // MOST_LOOKS[trial.metric.kind])
    seen = []
    for number in numbers[:-1][::step]:
        rows = trial.rows[trial.rows["look"] <= number]
        if set(map(str, rows["arm"])) != set(trial.arms):
            continue
        try:
            compared, told, _ = _compare(trial, rows, how)
        except NotEnoughData:
            continue
        if told == how.measured:
            seen.append(Sight(int(number), len(rows), _find(compared, treatment)))
    return (*seen, Sight(int(numbers[-1]), len(trial.rows), _find(final, treatment)))


def _find(compared: Comparison, treatment: str) -> Contrast:
    return next(one for one in compared.contrasts if one.treatment == treatment)


def _compare_segments(trial: Trial, treatment: str, mass: float) -> GroupComparison | None:
    """Return the lift by segment, small segments taken together; None where it cannot be told."""
    import pandas as pd

    rows = trial.rows
    if "group" not in rows.columns or trial.metric.kind != "rate" or trial.cluster is not None:
        return None
    rows = rows[rows["arm"].isin([trial.control, treatment])]
    sizes = pd.crosstab(rows["group"], rows["arm"])
    large = sizes[sizes.min(axis=1) >= SMALLEST_GROUP].sum(axis=1).nlargest(MOST_GROUPS).index
    named = rows.assign(group=rows["group"].where(rows["group"].isin(large), OTHERS))
    if named["group"].nunique() < 2:
        return None
    try:
        return compare_groups(named, group="group", control=trial.control, treatment=treatment, mass=mass)
    except NotEnoughData:
        return None
