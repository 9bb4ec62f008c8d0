"""From the plain values of a report's parameters to a trial and its stakes; an empty text or 0 means: not said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from saleslab.errors import BadArgument
from saleslab.experiments.answers import Reason, Stakes
from saleslab.experiments.outcome_files import read_column_names, read_outcome_file
from saleslab.experiments.plans import MetricKind
from saleslab.experiments.registry import Registry
from saleslab.experiments.trials import Trial, read_trial

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse


def open_trial(
    lab: Warehouse,
    *,
    as_of: date | None,
    experiment_id: str = "",
    metric: str = "",
    horizon: int = 0,
    control: str = "",
    by: str = "",
    registry: str = "",
    registry_sha256: str = "",
    outcomes_file: str = "",
    sha256: str = "",
    columns: str = "",
    kind: str = "rate",
) -> Trial:
    """Return an experiment of the warehouse, or of a file where one is named.

    Parameters are those of `read_trial` and `saleslab.experiments.outcome_files.read_outcome_file`. A file belongs to
    a plan when ``registry`` and ``experiment_id`` name one. With ``registry_sha256`` the registry is read as it stood
    when its file had that digest, whatever was added since.

    Raises
    ------
    BadArgument
        When nobody says until when the data are known.
    """
    kept = _open_registry(registry, registry_sha256)
    if not outcomes_file:
        if as_of is None:
            raise BadArgument("Nobody says until when the data are known.", "give as_of, such as 2026-09-30.")
        return read_trial(
            lab,
            experiment_id,
            as_of=as_of,
            metric=metric,
            horizon=horizon or None,
            control=control,
            by=by,
            registry=kept,
        )
    plan, doubts = None, None
    if kept is not None and experiment_id:
        plan = kept.read_plan(experiment_id)
        doubts = kept.doubt(plan)
    return read_outcome_file(
        Path(outcomes_file),
        columns=read_column_names(columns),
        as_of=as_of,
        kind=plan.metric.kind if plan else cast("MetricKind", kind),
        metric=metric,
        control=control,
        plan=plan,
        doubts=doubts if doubts is not None else (Reason.UNPLANNED,),
        currency=lab.settings.currency,
        sha256=sha256,
    )


def _open_registry(file: str, sha256: str) -> Registry | None:
    from saleslab.warehouse import AppendLog

    return Registry(AppendLog(file, sha256=sha256)) if file else None


def set_stakes(*, worth: float = 0.0, units_per_month: float = 0, minimum_effect: float = 0.0) -> Stakes:
    """Return what a difference is worth, from plain numbers.

    Examples
    --------
    >>> set_stakes(worth=30_000).amount_per_unit, set_stakes().amount_per_unit
    (Decimal('30000'), None)
    """
    return Stakes(
        minimum_effect=minimum_effect,
        amount_per_unit=Decimal(str(worth)) if worth else None,
        units_per_month=units_per_month or None,
    )
