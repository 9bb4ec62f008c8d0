"""An experiment as it was carried out: one row a unit, and what is known of how it came about.

Two doors lead here: `read_trial` reads an experiment of the warehouse, `saleslab.experiments.outcome_files` a file that
another system wrote. Everything behind, from `read_out` to the report, asks only for a `Trial`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument
from saleslab.experiments.answers import Reason
from saleslab.experiments.inputs import read_assignments, read_experiments, read_groups, read_outcomes
from saleslab.experiments.plans import ExperimentPlan, Metric, MetricKind
from saleslab.experiments.telling import name_arm
from saleslab.wording import Text

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.experiments.registry import Registry
    from saleslab.warehouse import Warehouse

METRICS: dict[str, Metric] = {
    "appointment_rate": Metric("appointment_rate", "rate"),
    "win_rate": Metric("win_rate", "rate"),
    "revenue": Metric("revenue", "amount"),
    "margin": Metric("margin", "amount"),
    "calls": Metric("calls", "count"),
    "days_to_close": Metric("days_to_close", "duration", higher_is_better=False),
}
"""What can be measured in the warehouse."""

OUTCOME_COLUMNS: dict[MetricKind, tuple[str, ...]] = {
    "rate": ("succeeded",),
    "amount": ("amount",),
    "count": ("n_events",),
    "duration": ("days", "ended"),
}
"""Columns of the rows that hold what came of a unit."""

USUAL_CONTROLS = ("control", "old", "A", "a", "0")
"""Names by which a control is known when nobody says which arm it is."""

USUAL_GROUPS = {"lead": "source", "account": "industry"}
"""By what the lift is told when nobody says it."""

_HORIZON = 30


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment as it was carried out.

    Attributes
    ----------
    experiment_id, name
        Which experiment, and what people call it.
    unit
        What was drawn by lot: ``lead``, ``account``, ``rep``, ``rep_week``, or ``unit`` where a file does not say.
    metric
        What was measured.
    control
        The arm that the others are compared with.
    rows
        One row for each unit that was followed to the end: ``arm``, the columns of `OUTCOME_COLUMNS`, and where they
        are known ``unit_id``, ``user_id`` (cluster), ``week``, ``look``, ``group`` (segment).
    assigned
        Who was put into which arm, of which `check_health` judges the lot; None where only the rows are known.
    plan
        The plan that was written down before the test; None where there is none.
    doubts
        What speaks against calling the analysis planned.
    as_of, starts_on, ends_on, horizon
        Last day that is known, first and last day of the test, and days for which each unit was followed; None where a
        file does not say.
    n_immature, n_undated
        Units that are in no row, since they were not followed long enough, or nobody knows their start.
    currency
        Of all money.
    source
        Name and digest of the file; empty for the warehouse.
    """

    experiment_id: str
    name: str
    unit: str
    metric: Metric
    control: str
    rows: pd.DataFrame
    assigned: pd.DataFrame | None
    plan: ExperimentPlan | None
    doubts: tuple[Reason, ...]
    as_of: date
    starts_on: date | None
    ends_on: date | None
    horizon: int | None
    n_immature: int = 0
    n_undated: int = 0
    currency: str = "JPY"
    source: str = ""

    @property
    def cluster(self) -> str | None:
        """Column of what was drawn as a whole; None where each unit was drawn by itself."""
        return "user_id" if self.unit in {"rep", "rep_week"} or "user_id" in self.rows.columns else None

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms that have a row, the control first."""
        return (self.control, *sorted(set(map(str, self.rows["arm"])) - {self.control}))

    def name_arm(self, arm: str) -> Text:
        """Return what an arm is called: see `saleslab.experiments.telling.name_arm`."""
        return name_arm(arm, self.plan.name_of if self.plan else None)

    @property
    def is_over(self) -> bool:
        """Whether every unit has been followed to the end."""
        if self.plan is not None:
            return self.as_of >= self.plan.last_outcome_on
        ended = self.ends_on is None or self.as_of >= self.ends_on + timedelta(days=self.horizon or 0)
        return ended and not self.n_immature


def read_trial(
    lab: Warehouse,
    experiment_id: str = "",
    *,
    as_of: date,
    metric: str = "",
    horizon: int | None = None,
    control: str = "",
    by: str = "",
    registry: Registry | None = None,
) -> Trial:
    """Return an experiment of the warehouse as it was carried out.

    Parameters
    ----------
    lab
        The warehouse.
    experiment_id
        Which; the newest one that has a plan when empty, else the newest.
    as_of
        Last day that is known.
    metric
        A name of `METRICS`; that of the plan or of the record when empty.
    horizon
        Days for which each unit is followed; those of the plan when None, else 30.
    control
        The arm to compare with; that of the plan when empty, else one of `USUAL_CONTROLS`.
    by
        Column of the unit by whose values the lift is told; one of `USUAL_GROUPS` when empty.
    registry
        Where plans are kept; the plan that the warehouse has on record when None.

    Raises
    ------
    NotEnoughData
        When there is no such experiment, or nothing came of it yet.
    BadArgument
        When nobody says which arm is the control.
    """
    known = read_experiments(lab)
    chosen = experiment_id or _choose(known)
    listed = known[known["experiment_id"].eq(chosen)]
    row = dict(listed.iloc[0]) if len(listed) else {}
    plan, doubts = _find_plan(row, registry, chosen)
    outcomes = read_outcomes(
        lab,
        chosen,
        as_of=as_of,
        horizon=(horizon or (plan.horizon if plan else _HORIZON)),
        metric=metric or (plan.metric.name if plan else None),
        look_every=plan.look_every if plan else 7,
    )
    measured = METRICS[outcomes.metric]
    if plan is not None and (plan.metric.name != measured.name or plan.horizon != outcomes.horizon):
        plan, doubts = None, (Reason.UNPLANNED,)
    return Trial(
        chosen,
        str(row.get("name") or chosen),
        str(row["unit_type"]),
        measured,
        find_control(outcomes.rows["arm"], control or (plan.control if plan else "")),
        _add_groups(lab, chosen, outcomes.rows, str(row["unit_type"]), by),
        read_assignments(lab, chosen),
        plan,
        doubts,
        as_of,
        _day(row.get("started_at")),
        _day(row.get("ended_at")),
        outcomes.horizon,
        outcomes.n_immature,
        outcomes.n_undated,
        lab.settings.currency,
    )


def has_trial(lab: Warehouse, *, experiment_id: str = "", outcomes_file: str = "") -> bool:
    """Say whether there is an experiment to read: one that was named, a file, or any of the warehouse."""
    if experiment_id or outcomes_file:
        return True
    return lab.has("experiments") and lab.has("assignments") and not read_experiments(lab).empty


def find_control(arms: Iterable[object], control: str = "") -> str:
    """Return which arm the others are compared with.

    Examples
    --------
    >>> find_control(["treatment", "control", "control"])
    'control'
    """
    names = sorted({str(arm) for arm in arms})
    wanted = (control,) if control else USUAL_CONTROLS
    for name in wanted:
        if name in names:
            return name
    if control:
        raise BadArgument(
            f"The control '{control}' is no arm; arms are: {', '.join(names)}.", "check the spelling of the control."
        )
    raise BadArgument(
        f"Nobody says which arm is the control; arms are: {', '.join(names)}.",
        f"name it: control={names[0] if names else 'old'}.",
    )


def _add_groups(lab: Warehouse, experiment_id: str, rows: pd.DataFrame, unit: str, by: str) -> pd.DataFrame:
    column = by or USUAL_GROUPS.get(unit, "")
    if not column:
        return rows
    return rows.merge(read_groups(lab, experiment_id, by=column), on="unit_id", how="left")


def _choose(known: pd.DataFrame) -> str:
    """Return the newest experiment with a whole plan on record, else the newest; empty where there is none."""
    ranked = [(_read_plan(row.plan) is not None, str(row.experiment_id)) for row in known.itertuples()]
    planned = [name for has_plan, name in ranked if has_plan]
    return (planned or [name for _, name in ranked] or [""])[-1]


def _find_plan(
    row: dict[str, Any], registry: Registry | None, experiment_id: str
) -> tuple[ExperimentPlan | None, tuple[Reason, ...]]:
    """Return the plan of an experiment, from the registry or from the record, and what speaks against it."""
    if registry is not None:
        if experiment_id not in set(registry.plans()["experiment_id"]):
            return None, (Reason.UNPLANNED,)
        registered = registry.read_plan(experiment_id)
        return registered, registry.doubt(registered)
    plan = _read_plan(row.get("plan"))
    if plan is None:
        return None, (Reason.UNPLANNED,)
    is_late = _day(row.get("registered_at")) is None or row["registered_at"] >= row["started_at"]
    return plan, (Reason.UNPLANNED,) if is_late else ()


def _read_plan(text: Any) -> ExperimentPlan | None:
    """Return the plan that a record holds, or None where it is no whole plan."""
    try:
        return ExperimentPlan.from_json(str(text))
    except BadArgument:
        return None


def _day(moment: Any) -> date | None:
    if not isinstance(moment, datetime) or moment != moment:  # noqa: PLR0124 a missing time is not itself
        return None
    return moment.date()
