"""All experiments with their plans, looks and results, in a log that only grows.

The registry is a view of an `AppendLog`: frozen declarations go in, frames come out. It knows which plan was written
down before the data, how often somebody looked, and every result, the dull ones included, from which `learn_effects`
learns what an effect is worth before the next test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument
from saleslab.experiments.answers import Comparison, Contrast, Reason
from saleslab.experiments.plans import ExperimentPlan, Metric

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.experiments.decision import Decision
    from saleslab.warehouse import AppendLog, Entry

_PLAN, _LOOK, _RESULT = _KINDS = "plan", "look", "result"

PLAN_COLUMNS = (
    "experiment_id", "registered_at", "sha256", "hypothesis", "unit", "metric", "kind", "control", "minimum_effect",
    "tolerated_loss", "starts_on", "ends_on", "horizon", "n_looks",
)  # fmt: skip
"""Columns of `Registry.plans`."""

RESULT_COLUMNS = (
    "experiment_id", "at", "look", "metric", "kind", "treatment", "control", "n_treatment", "n_control",
    "mean_treatment", "mean_control", "observed_lift", "lift", "low", "high", "mass", "relative_lift", "relative_low",
    "relative_high", "chance_better", "e_value", "anytime_p", "expected_loss", "monthly_loss", "verdict",
    "is_exploratory", "reasons", "data_hash",
)  # fmt: skip
"""Columns of `Registry.looks` and `Registry.results`."""

LISTED_COLUMNS = (
    "experiment_id", "is_planned", "starts_on", "metric", "n_looks", "last_at", "verdict", "is_exploratory",
    "has_ended",
)  # fmt: skip
"""Columns of `Registry.overview`."""


@dataclass(frozen=True, slots=True)
class Registration:
    """That a plan was written down: which, with which digest, when."""

    experiment_id: str
    sha256: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look or a result is written down with."""

    look: int
    at: datetime
    data_hash: str
    metric: Metric | None


class Registry:
    """Every experiment of a company.

    Parameters
    ----------
    log
        Where it is kept: an `AppendLog`, or the path of its file.

    Examples
    --------
    >>> import tempfile
    >>> registry = Registry(f"{tempfile.mkdtemp()}/experiments.jsonl")
    >>> len(registry.plans())
    0
    """

    def __init__(self, log: AppendLog | Path | str) -> None:
        from saleslab.warehouse import AppendLog

        self.log = log if isinstance(log, AppendLog) else AppendLog(log)

    # -- before the test

    def register(self, plan: ExperimentPlan, *, at: datetime) -> Registration:
        """Write a plan down; see `saleslab.experiments.register_plan`."""
        from saleslab.warehouse import Note

        known = self._registration(plan.experiment_id)
        if known is not None and known.sha256 == plan.sha256:
            return known
        if at >= datetime.combine(plan.starts_on, datetime.min.time()) + timedelta(days=1):
            raise BadArgument(
                f"The plan '{plan.experiment_id}' starts on {plan.starts_on}, and it is {at:%Y-%m-%d} already.",
                "register a plan before its test starts; analyse this one without a plan, as exploratory.",
            )

        def refuse_second(entries: tuple[Entry, ...]) -> None:
            if any(entry.kind == _PLAN and entry.subject == plan.experiment_id for entry in entries):
                raise BadArgument(
                    f"Another plan is registered under '{plan.experiment_id}'.",
                    "a changed plan is a new experiment: give it an experiment_id of its own.",
                )

        content = {"plan": plan.to_dict(), "sha256": plan.sha256}
        self.log.append([Note(_PLAN, plan.experiment_id, content)], at=at, check=refuse_second)
        return Registration(plan.experiment_id, plan.sha256, at)

    def read_plan(self, experiment_id: str) -> ExperimentPlan:
        """Return the plan that was registered under an id.

        Raises
        ------
        BadArgument
            When there is none.
        """
        entries = self.log.read(kind=_PLAN, subject=experiment_id)
        if not entries:
            raise BadArgument(
                f"No plan is registered under '{experiment_id}'.",
                f"use one of: {', '.join(self.plans()['experiment_id']) or 'none yet'}.",
            )
        return ExperimentPlan.from_dict(entries[0].content["plan"])

    def _registration(self, experiment_id: str) -> Registration | None:
        entries = self.log.read(kind=_PLAN, subject=experiment_id)
        return Registration(experiment_id, entries[0].content["sha256"], entries[0].at) if entries else None

    # -- during the test

    def doubt(self, plan: ExperimentPlan | None) -> tuple[Reason, ...]:
        """Return what speaks against calling an analysis planned.

        ``unplanned``: its plan was never registered, or after somebody had looked. ``plan_changed``: the registered
        plan reads differently. ``peeked``: more looks are on record than were planned.
        """
        if plan is None:
            return (Reason.UNPLANNED,)
        entries = [entry for entry in self.log.read() if entry.subject == plan.experiment_id]
        planned = next((entry for entry in entries if entry.kind == _PLAN), None)
        looks = [entry for entry in entries if entry.kind == _LOOK]
        doubts = []
        if planned is None or any(entry.position < planned.position for entry in looks):
            doubts.append(Reason.UNPLANNED)
        if planned is not None and planned.content["sha256"] != plan.sha256:
            doubts.append(Reason.PLAN_CHANGED)
        if len({entry.content["look"] for entry in looks}) > plan.n_looks:
            doubts.append(Reason.PEEKED)
        return tuple(doubts)

    def log_look(
        self,
        experiment_id: str,
        comparison: Comparison,
        decision: Decision,
        *,
        look: int,
        at: datetime,
        data_hash: str = "",
        metric: Metric | None = None,
    ) -> None:
        """Write down what one look at an experiment saw and decided; looks are numbered from 1.

        ``metric`` says what was measured where no plan does.
        """
        self._log(_LOOK, experiment_id, comparison, decision, _Seen(look, at, data_hash, metric))

    def log_result(
        self,
        experiment_id: str,
        comparison: Comparison,
        decision: Decision,
        *,
        look: int,
        at: datetime,
        data_hash: str = "",
        metric: Metric | None = None,
    ) -> None:
        """Write down how an experiment ended, whatever came out.

        Raises
        ------
        BadArgument
            When its result is on record already: a test ends once.
        """
        self._log(_RESULT, experiment_id, comparison, decision, _Seen(look, at, data_hash, metric))

    def ended_at(self, experiment_id: str) -> datetime | None:
        """Return when the result of an experiment was written down; None while there is none."""
        entries = self.log.read(kind=_RESULT, subject=experiment_id)
        return entries[0].at if entries else None

    def _log(self, kind: str, experiment_id: str, comparison: Comparison, decision: Decision, seen: _Seen) -> None:
        from saleslab.warehouse import Note

        def refuse_repeated(entries: tuple[Entry, ...]) -> None:
            mine = [entry for entry in entries if entry.subject == experiment_id and entry.kind == kind]
            if kind == _RESULT and mine:
                raise BadArgument(
                    f"The result of '{experiment_id}' is on record since {mine[0].at:%Y-%m-%d}.",
                    "run a new experiment to learn more; a test ends once.",
                )
            last = max((entry.content["look"] for entry in mine), default=0)
            if kind == _LOOK and seen.look <= last:
                raise BadArgument(
                    f"Look {seen.look} of '{experiment_id}' comes after look {last}.",
                    "number the looks in their order.",
                )

        content = {
            "look": seen.look,
            "rows": [_tell(contrast, comparison) for contrast in comparison.contrasts],
            "verdict": str(decision.verdict),
            "is_exploratory": decision.is_exploratory,
            "reasons": [str(reason) for reason in decision.reasons],
            "data_hash": seen.data_hash,
        }
        if seen.metric is not None:
            content["metric"] = {"name": seen.metric.name, "kind": seen.metric.kind}
        self.log.append([Note(kind, experiment_id, content)], at=seen.at, check=refuse_repeated)

    # -- frames

    def plans(self) -> pd.DataFrame:
        """Return one row for each registered plan (`PLAN_COLUMNS`)."""
        import pandas as pd

        rows = []
        for entry in self.log.read(kind=_PLAN):
            plan = ExperimentPlan.from_dict(entry.content["plan"])
            told: Mapping[str, Any] = {
                **plan.to_dict(),
                "registered_at": entry.at,
                "sha256": entry.content["sha256"],
                "metric": plan.metric.name,
                "kind": plan.metric.kind,
                "n_looks": plan.n_looks,
            }
            rows.append({name: told[name] for name in PLAN_COLUMNS})
        return pd.DataFrame(rows, columns=list(PLAN_COLUMNS))

    def overview(self) -> pd.DataFrame:
        """Return one row for each experiment, planned or not, in the order in which they came up (`LISTED_COLUMNS`).

        Missing: the start where there is no plan, verdict and last look where nobody has looked.
        """
        import pandas as pd

        plans, seen = self.plans().set_index("experiment_id"), self.looks()
        ended = self.results().drop_duplicates("experiment_id").set_index("experiment_id")
        rows: list[dict[str, Any]] = []
        for name in dict.fromkeys(entry.subject for entry in self.log.read() if entry.kind in _KINDS):
            looks, is_planned = seen[seen["experiment_id"].eq(name)], name in plans.index
            last = ended.loc[name] if name in ended.index else looks.iloc[-1] if len(looks) else None
            rows.append(
                {
                    "experiment_id": name,
                    "is_planned": is_planned,
                    "starts_on": plans.loc[name, "starts_on"] if is_planned else None,
                    "metric": plans.loc[name, "metric"] if is_planned else None if last is None else last["metric"],
                    "n_looks": looks["look"].nunique(),
                    "last_at": None if last is None else last["at"],
                    "verdict": None if last is None else last["verdict"],
                    "is_exploratory": None if last is None else last["is_exploratory"],
                    "has_ended": name in ended.index,
                }
            )
        return pd.DataFrame(rows, columns=list(LISTED_COLUMNS), dtype=object)

    def looks(self) -> pd.DataFrame:
        """Return one row for each contrast at each look (`RESULT_COLUMNS`)."""
        return self._rows(_LOOK)

    def results(self) -> pd.DataFrame:
        """Return one row for each contrast of each finished experiment (`RESULT_COLUMNS`)."""
        return self._rows(_RESULT)

    def _rows(self, kind: str) -> pd.DataFrame:
        import pandas as pd

        plans = self.plans().set_index("experiment_id")
        rows = []
        for entry in self.log.read(kind=kind):
            measured = entry.content.get("metric", {"name": None, "kind": None})
            if entry.subject in plans.index:
                measured = {"name": plans.loc[entry.subject, "metric"], "kind": plans.loc[entry.subject, "kind"]}
            shared = {
                **{name: entry.content[name] for name in ("look", "verdict", "is_exploratory", "data_hash")},
                "experiment_id": entry.subject,
                "at": entry.at,
                "reasons": ", ".join(entry.content["reasons"]),
                "metric": measured["name"],
                "kind": measured["kind"],
            }
            for row in entry.content["rows"]:
                lost = row["monthly_loss"]
                rows.append({**shared, **row, "monthly_loss": None if lost is None else Decimal(lost)})
        return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))

    def write_parquet(self, folder: Path) -> tuple[Path, ...]:
        """Write plans, looks and results as Parquet files, for other tools, and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, frame in (("plans", self.plans()), ("looks", self.looks()), ("results", self.results())):
            written.append(folder / f"{name}.parquet")
            frame.to_parquet(written[-1], index=False)
        return tuple(written)


def _tell(contrast: Contrast, comparison: Comparison) -> dict[str, Any]:
    """Return one contrast as plain values."""
    arms = {arm.arm: arm for arm in comparison.arms}
    treatment, control = arms[contrast.treatment], arms[contrast.control]
    relative = contrast.relative_interval
    return {
        "treatment": contrast.treatment,
        "control": contrast.control,
        "n_treatment": treatment.n,
        "n_control": control.n,
        "mean_treatment": treatment.mean,
        "mean_control": control.mean,
        "observed_lift": contrast.observed_lift,
        "lift": contrast.lift,
        "low": contrast.interval.low,
        "high": contrast.interval.high,
        "mass": contrast.interval.mass,
        "relative_lift": contrast.relative_lift,
        "relative_low": None if relative is None else relative.low,
        "relative_high": None if relative is None else relative.high,
        "chance_better": contrast.chance_better,
        "e_value": min(contrast.e_value, 1e300) if not math.isnan(contrast.e_value) else None,
        "anytime_p": contrast.anytime_p,
        "expected_loss": contrast.expected_loss,
        "monthly_loss": _as_text(contrast.monthly_loss),
    }


def _as_text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
