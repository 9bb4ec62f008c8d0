"""The registry of experiments at the command line: what an analysis adds to it, and how it is listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from saleslab.cli.addresses import to_url

if TYPE_CHECKING:
    from saleslab.experiments import Registry, Remembered, WinnersCurse


def log_run(folder: Path, db: str, registry: Registry, *, at: datetime) -> Remembered | None:
    """Write down what the readout in a folder saw; None where there was no experiment to see.

    What the page told is worked out again from the parameters that it names, so that the two cannot differ.
    """
    from saleslab.experiments import has_trial, open_trial, read_out, remember_readout, set_stakes
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parameters"]
    names = (
        "experiment_id", "metric", "horizon", "control", "by", "registry", "registry_sha256", "outcomes_file",
        "columns", "kind",
    )  # fmt: skip
    with connect(to_url(db), read_only=True) as lab:
        if not has_trial(lab, outcomes_file=told["outcomes_file"]):
            return None
        known_until = None if told["outcomes_file"] else read_data_until(lab)
        trial = open_trial(
            lab,
            as_of=date.fromisoformat(told["as_of"]) if told["as_of"] else known_until,
            sha256=told["outcomes_sha256"],
            **{name: told[name] for name in names},
        )
    stakes = set_stakes(**{name: told[name] for name in ("worth", "units_per_month", "minimum_effect")})
    return remember_readout(read_out(trial, stakes=stakes, seed=told["seed"]), registry, at=at)


def print_remembered(remembered: Remembered, file: str, lang: str) -> None:
    """Tell which look it was, and whether the test ended with it."""
    from saleslab.wording import say

    key = "look_new" if remembered.is_new else "look_known"
    typer.echo(say(f"experiments.cli.{key}", look=remembered.look, file=file).of(lang))
    if remembered.is_result:
        typer.echo(say("experiments.cli.result_new").of(lang))
    elif remembered.ended_at is not None and remembered.is_new:
        typer.echo(say("experiments.cli.result_known", day=remembered.ended_at.date()).of(lang))


def print_registry(kept: Registry, found: WinnersCurse | None, lang: str) -> None:
    """List every experiment with its looks and its last verdict, and what past wins are worth."""
    from saleslab.wording import say

    listed = kept.overview()
    for row in listed.to_dict("records"):
        typer.echo(_line(row, lang))
    n_planned = int(listed["is_planned"].sum())
    typer.echo(say("experiments.cli.listed", n=n_planned, n_ended=int(listed["has_ended"].sum())).of(lang))
    if n_planned < len(listed):
        typer.echo(say("experiments.cli.unplanned", n=len(listed) - n_planned).of(lang))
    if found is not None and found.observed is not None and found.expected is not None:
        shrunk = {"n": found.n_shipped, "observed": f"{found.observed:+.4g}", "expected": f"{found.expected:+.4g}"}
        typer.echo(say("experiments.cli.curse", **shrunk).of(lang))
    elif found is not None:
        typer.echo(say("experiments.cli.no_curse").of(lang))


def _line(row: Mapping[Any, Any], lang: str) -> str:
    from saleslab.experiments import name_metric
    from saleslab.wording import say, write

    day = write(date.fromisoformat(str(row["starts_on"])), lang) if row["starts_on"] else "-"
    metric = name_metric(str(row["metric"] or "-")).of(lang)
    if row["verdict"] is None:
        told = say("experiments.cli.no_look").of(lang)
    else:
        verdict = "experiments.cli.hint" if _is_hint(row) else f"experiments.verdict.{row['verdict']}"
        key = "ended" if row["has_ended"] else "looked"
        words = {"n": row["n_looks"], "day": row["last_at"].date(), "verdict": say(verdict)}
        told = say(f"experiments.cli.{key}", **words).of(lang)
    return f"  {row['experiment_id']:<24}{day:<14}{metric:<20}{told}"


def _is_hint(row: Mapping[Any, Any]) -> bool:
    return bool(row["is_exploratory"]) and row["verdict"] == "continue"
