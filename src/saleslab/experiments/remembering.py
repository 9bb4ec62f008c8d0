"""Whoever reads an experiment has looked at it: what was seen goes into the registry, once for the same data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from saleslab.experiments.decision import Verdict
from saleslab.experiments.readout import Readout
from saleslab.experiments.registry import Registry

if TYPE_CHECKING:
    from saleslab.experiments.trials import Trial

ENDING = (Verdict.SHIP, Verdict.KEEP, Verdict.STOP_FOR_FUTILITY)
"""Verdicts that end a planned test; one that is not usable may be mended, and an exploratory one never ends."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the registry knows of an analysis.

    Attributes
    ----------
    experiment_id
        Of which experiment.
    look
        The number of the look, counted over all that are on record.
    is_new
        False where the same data had been seen with the same verdict before.
    is_result
        Whether the test ended with it.
    ended_at
        When the test ended; None while it goes on.
    """

    experiment_id: str
    look: int
    is_new: bool
    is_result: bool
    ended_at: datetime | None


def remember_readout(readout: Readout, registry: Registry, *, at: datetime) -> Remembered:
    """Write down what was seen, and the result where the test is decided; the same analysis twice adds nothing.

    Parameters
    ----------
    readout
        What the experiment says.
    registry
        Where it is kept.
    at
        When somebody looked, naive UTC.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from datetime import date
    >>> from saleslab.experiments import Metric, Trial, read_out
    >>> rows = pd.DataFrame({"arm": ["old"] * 40 + ["new"] * 40, "succeeded": [0] * 40 + [1] * 6 + [0] * 34})
    >>> metric = Metric("appointment", "rate")
    >>> trial = Trial("t", "t", "unit", metric, "old", rows, None, None, (), date(2026, 4, 1), None, None, None)
    >>> registry = Registry(f"{tempfile.mkdtemp()}/experiments.jsonl")
    >>> answer = read_out(trial)
    >>> [remember_readout(answer, registry, at=datetime(2026, 4, day)).is_new for day in (1, 8)]
    [True, False]
    """
    trial, decision = readout.trial, readout.decision
    name, digest = trial.experiment_id, digest_trial(trial)
    looks = registry.log.read(kind="look", subject=name)
    known = [
        entry.content["look"]
        for entry in looks
        if (entry.content["data_hash"], entry.content["verdict"]) == (digest, str(decision.verdict))
    ]
    look = known[-1] if known else max((entry.content["look"] for entry in looks), default=0) + 1
    if not known:
        registry.log_look(name, readout.comparison, decision, look=look, at=at, data_hash=digest, metric=trial.metric)
    ended = registry.ended_at(name)
    is_result = ended is None and decision.verdict in ENDING and not decision.is_exploratory
    if is_result:
        registry.log_result(name, readout.comparison, decision, look=look, at=at, data_hash=digest, metric=trial.metric)
    return Remembered(name, look, not known, is_result, at if is_result else ended)


def digest_trial(trial: Trial) -> str:
    """Return the SHA-256 of what was compared: the rows, in whatever order, and how they were measured."""
    how = [trial.metric.name, trial.metric.kind, trial.control, trial.horizon, trial.plan and trial.plan.sha256]
    columns = sorted(set(trial.rows.columns) - {"look"})
    lines = sorted(trial.rows[columns].to_csv(index=False, header=False).splitlines())
    return hashlib.sha256(json.dumps([how, columns, lines], ensure_ascii=False).encode()).hexdigest()
