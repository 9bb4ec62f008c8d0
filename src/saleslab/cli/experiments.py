"""Verbs about experiments: plan one, draw the lots, read the result, look at all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.experiment_log import log_run, print_registry, print_remembered
from saleslab.cli.options import OUT, AsJson, Database, Language, Out

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.experiments import Assignments, ExperimentPlan, Registry, SamplePlan

DEFAULT_REGISTRY = Path("data/experiments.jsonl")

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN.toml|PLAN.json", help="The plan, and what is expected of it.")]
RegistryFile = Annotated[Path, typer.Option("--registry", help="File in which all plans and results are kept.")]

_EXPECTED = "expected"
"""Table of a plan's file with what is believed before the test: baseline, lift, ..."""


@ends_well
def plan(
    file: PlanFile,
    register: Annotated[bool, typer.Option("--register", help="Write the plan into the registry, for good.")] = False,
    registry: RegistryFile = DEFAULT_REGISTRY,
    assurance: Annotated[float, typer.Option(help="Chance to find the effect that is asked for.")] = 0.8,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say how long a test must run, and write its plan down before the data.

    The file holds the plan; a table ``[expected]`` with baseline and lift adds the curve of weeks and chances.
    """
    from saleslab.experiments import Expectation, plan_sample, register_plan

    told = read_plan_file(file)
    expected = told.pop(_EXPECTED, None)
    planned = _as_plan(told)
    sample = None
    if expected is not None:
        wanted = {"kind": planned.metric.kind, "minimum_effect": planned.minimum_effect}
        wanted |= {"higher_is_better": planned.metric.higher_is_better, **expected}
        sample = plan_sample(
            _as_expectation(Expectation, wanted),
            units_per_month=planned.units_per_month,
            shares=planned.share_of,
            control=planned.control,
            assurance=assurance,
            alpha=planned.alpha,
            seed=seed,
        )
    registration = register_plan(planned, _open(registry), at=_now()) if register else None
    if as_json:
        facts = {"plan": planned.to_dict(), "sha256": planned.sha256, "n_looks": planned.n_looks}
        facts |= {"registered_at": registration.registered_at.isoformat() if registration else None}
        typer.echo(json.dumps(facts | {"sample": _sample_tree(sample)}, ensure_ascii=False))
        return
    _print_plan(planned, sample, registration is not None, lang)


@ends_well
def assign(
    file: PlanFile,
    units: Annotated[
        str, typer.Argument(metavar="UNITS.csv|TABLE", help="Who may be drawn: a file, or a table of the warehouse.")
    ],
    to: Annotated[Path, typer.Option("--to", help="CSV file for units and arms.")] = Path("assignments.csv"),
    assigned: Annotated[Path | None, typer.Option(help="CSV file of an earlier call, whose arms are kept.")] = None,
    opted_out: Annotated[Path | None, typer.Option(help="CSV file of those who said no.")] = None,
    block: Annotated[int | None, typer.Option(help="Size of blocks, filled in the order of the rows.")] = None,
    db: Database = DEFAULT_DATABASE,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Draw the lot: write which unit gets which arm, the same one whenever it is asked again."""
    from saleslab.experiments import assign_arms
    from saleslab.intake.safe_files import write_safe_csv

    planned = _as_plan({key: value for key, value in read_plan_file(file).items() if key != _EXPECTED})
    drawn = assign_arms(
        _read_units(units, db),
        plan=planned,
        block=block,
        opted_out=_read_table(opted_out) if opted_out else (),
        assigned=_read_table(assigned) if assigned else None,
    )
    to.parent.mkdir(parents=True, exist_ok=True)
    write_safe_csv(drawn.rows, to)
    if as_json:
        facts = {"experiment_id": planned.experiment_id, "file": str(to), "counts": dict(drawn.counts)}
        typer.echo(json.dumps(facts | {"n_opted_out": drawn.n_opted_out}, ensure_ascii=False))
    else:
        _print_assigned(drawn, to, lang)


@ends_well
def analyse(
    experiment: Annotated[
        str, typer.Argument(metavar="[EXPERIMENT|OUTCOMES.csv]", help="Its id, or a file with one row a unit.")
    ] = "",
    columns: Annotated[
        str, typer.Option(metavar="unit=...,arm=...,outcome=...", help="What the file calls its columns.")
    ] = "",
    kind: Annotated[str, typer.Option(help="Outcome of the file: rate, amount, count or duration.")] = "rate",
    control: Annotated[str, typer.Option(help="The arm to compare with.")] = "",
    as_of: Annotated[str | None, typer.Option(help="Last day that is known, such as 2026-09-30.")] = None,
    plan_id: Annotated[str, typer.Option("--plan", help="Registered plan to which the file belongs.")] = "",
    registry: RegistryFile = DEFAULT_REGISTRY,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Any other parameter.")
    ] = None,
    db: Database = DEFAULT_DATABASE,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Read out an experiment: a page with verdict, chance, money, health and what to do; the look is written down.

    The registry gets one look for the same data, and the result once a planned test is decided.

    Exit code 0: published; 1: the report stopped; 2: bad input.
    """
    from saleslab.cli.pairs import read_pairs
    from saleslab.cli.progress import progress_bar
    from saleslab.cli.reports import shorten
    from saleslab.reporting import publish_site, run_report
    from saleslab.wording import say

    given: dict[str, object] = dict(read_pairs(parameter or ()))
    given |= _name_experiment(experiment, columns=columns, kind=kind, as_of=as_of, plan_id=plan_id)
    given |= {key: value for key, value in {"control": control, "as_of": as_of}.items() if value}
    if _holds_plan(registry, str(given["experiment_id"]), is_asked=bool(plan_id)):
        given["registry"] = str(registry.absolute())
    with progress_bar("experiment_readout", hidden=as_json) as bar, _some_database(db, experiment) as address:
        run = run_report("experiment_readout", db=address, parameters=given, as_text=True, out=out, progress=bar.move)
        bar.step("site")
        publish_site(out / "runs", out / "site")
        remembered = log_run(run.folder, address, _open(registry), at=_now())
    verdict = read_verdict(run.folder)
    if as_json:
        pages = {name: str(run.folder / f"{name}.html") for name in ("en", "ja")}
        look = asdict(remembered) if remembered else None
        facts = {"run_key": run.run_key, "pages": pages, **verdict, "look": look}
        typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
        return
    typer.echo(verdict["answer"][lang])
    typer.echo(say("experiments.cli.page", page=shorten(run.folder / f"{lang}.html")).of(lang))
    if remembered is not None:
        print_remembered(remembered, shorten(registry.absolute()), lang)


@ends_well
def registry(
    file: RegistryFile = DEFAULT_REGISTRY,
    curse: Annotated[str, typer.Option("--curse", metavar="METRIC", help="How much of past wins was luck.")] = "",
    to: Annotated[Path | None, typer.Option("--to", help="Folder for plans, looks and results as Parquet.")] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """List every plan and result, the dull ones too; show what wins are worth after luck is taken off."""
    from saleslab.experiments import expose_winners_curse
    from saleslab.wording import say

    if not file.exists():
        from saleslab.errors import FileProblem

        raise FileProblem(
            f"There is no registry '{file}'.", "register a plan: saleslab experiment plan FILE --register."
        )
    kept = _open(file)
    found = expose_winners_curse(kept.results(), metric=curse) if curse else None
    written = kept.write_parquet(to) if to else ()
    if as_json:
        facts: dict[str, Any] = {
            "experiments": _records(kept.overview()),
            "plans": _records(kept.plans()),
            "looks": _records(kept.looks()),
            "results": _records(kept.results()),
        }
        facts |= {"curse": _records(found.contrasts) if found else None, "files": [str(path) for path in written]}
        typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
        return
    print_registry(kept, found, lang)
    for path in written:
        typer.echo(say("experiments.cli.written", file=str(path)).of(lang))


# -- what is read


def read_plan_file(file: Path) -> dict[str, Any]:
    """Return what a plan's file says.

    Raises
    ------
    FileProblem
        When it is neither TOML nor JSON.
    """
    import tomllib

    from saleslab.errors import FileProblem

    if not file.is_file():
        raise FileProblem(f"There is no file '{file}'.", "write the plan as TOML; docs/experiments.md shows one.")
    text = file.read_text(encoding="utf-8-sig")
    try:
        told = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as broken:
        raise FileProblem(f"'{file}' cannot be read: {broken}.", "mend that line.") from None
    if not isinstance(told, dict):
        raise FileProblem(f"'{file}' holds no plan.", "write its fields by name.")
    return told


def _as_plan(told: Mapping[str, Any]) -> ExperimentPlan:
    from saleslab.experiments import ExperimentPlan

    plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()}
    return ExperimentPlan.from_dict(plain)


def _as_expectation(expectation: type, told: Mapping[str, Any]) -> Any:
    from dataclasses import fields

    from saleslab.errors import BadArgument

    names = [field.name for field in fields(expectation)]
    unknown = sorted(set(told) - set(names))
    missing = sorted({"baseline", "lift"} - set(told))
    if unknown or missing:
        faults = [f"does not know {', '.join(unknown)}"] * bool(unknown) + [f"lacks {', '.join(missing)}"] * bool(
            missing
        )
        raise BadArgument(f"The table [{_EXPECTED}] {' and '.join(faults)}.", f"it takes: {', '.join(names)}.")
    return expectation(**told)


def _read_table(file: Path) -> pd.DataFrame:
    import pandas as pd

    from saleslab.intake.files import list_files

    parts = [batch.cells.to_pandas() for batch in list_files(file)[0].batches()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _read_units(units: str, db: str) -> pd.DataFrame:
    """Return the rows of a file, or of a table of the warehouse."""
    from saleslab.warehouse import connect

    if Path(units).suffix or Path(units).exists():
        return _read_table(Path(units))
    with connect(to_url(db), read_only=True) as lab:
        return lab.read(lab.need(units))


def _name_experiment(experiment: str, *, columns: str, kind: str, as_of: str | None, plan_id: str) -> dict[str, object]:
    """Return the parameters that say what is to be read out: an experiment of the warehouse, or a file."""
    path = Path(experiment)
    if not experiment or not path.is_file():
        from saleslab.errors import FileProblem

        if path.suffix:
            raise FileProblem(f"There is no file '{experiment}'.", "correct the path, or name an experiment's id.")
        return {"experiment_id": experiment or plan_id}
    told = {"outcomes_file": str(path.absolute()), "columns": columns, "kind": kind, "experiment_id": plan_id}
    return {**told, "as_of": as_of or _now().date().isoformat()}


def _holds_plan(registry: Path, experiment_id: str, *, is_asked: bool) -> bool:
    """Say whether the page is to take its plan from the registry: it was asked for, or is there."""
    if is_asked or not registry.exists():
        return is_asked
    return experiment_id in set(_open(registry).plans()["experiment_id"])


def _some_database(db: str, experiment: str) -> Any:
    """Give the database; for a file of outcomes an empty one where there is none."""
    import tempfile
    from contextlib import contextmanager, nullcontext

    from saleslab.warehouse import connect

    if not Path(experiment).is_file() or "://" in db or Path(db).exists():
        return nullcontext(db)

    @contextmanager
    def empty() -> Any:
        with tempfile.TemporaryDirectory(prefix="saleslab-empty-") as folder:
            address = f"duckdb:///{folder}/empty.duckdb"
            connect(address).close()
            yield address

    return empty()


def read_verdict(folder: Path) -> dict[str, Any]:
    """Return the headline of a run: its status and its answer, in each language."""
    blocks = json.loads((folder / "blocks.json").read_text(encoding="utf-8"))
    from saleslab.reporting import Headline, read_blocks

    headline = next(block for block in read_blocks(blocks) if isinstance(block, Headline))
    languages = ("en", "ja")
    told = {"status": headline.status, "answer": headline.answer}
    return {name: {lang: text.of(lang) for lang in languages} for name, text in told.items()}


def _open(file: Path) -> Registry:
    from saleslab.experiments import Registry

    file.parent.mkdir(parents=True, exist_ok=True)
    return Registry(file)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


# -- what is said


def _sample_tree(sample: SamplePlan | None) -> dict[str, Any] | None:
    if sample is None:
        return None
    told = {"n_units": sample.n_units, "n_of": dict(sample.n_of), "weeks": sample.weeks, "assurance": sample.assurance}
    return told | {"n_clusters": sample.n_clusters, "curve": _records(sample.curve)}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()}
        for row in json.loads(frame.to_json(orient="records", date_format="iso", default_handler=str))
    ]


def _foresee(planned: ExperimentPlan, sample: SamplePlan) -> tuple[float, float]:
    """Return for how many weeks units come in as planned, and the chance that this gives, read off the curve."""
    import numpy as np

    weeks = ((planned.ends_on - planned.starts_on).days + 1) / 7
    known = np.log(sample.curve["weeks"].to_numpy(dtype=float))
    return weeks, float(np.interp(np.log(weeks), known, sample.curve["chance_ship"].to_numpy(dtype=float)))


def _print_plan(planned: ExperimentPlan, sample: SamplePlan | None, is_registered: bool, lang: str) -> None:
    from saleslab.wording import Number, Share, say

    words = {"id": planned.experiment_id, "first": planned.starts_on, "last": planned.last_outcome_on}
    typer.echo(say("experiments.cli.plan", **words, n_looks=planned.n_looks).of(lang))
    if sample is not None:
        long = sample.curve[sample.curve["weeks"] >= 1]
        for row in (long if len(long) else sample.curve).to_dict("records"):
            chance, n = float(row["chance_ship"]), int(row["n_units"])
            told = say("experiments.cli.curve", weeks=Number(float(row["weeks"])), n=n, chance=Share(chance, 0)).of(
                lang
            )
            typer.echo(f"  {'#' * round(30 * chance):<30}  {told}")
        target = Share(sample.target, 0)
        if sample.n_units is None or sample.weeks is None:
            typer.echo(say("experiments.cli.never", target=target, chance=Share(sample.assurance, 0)).of(lang))
        else:
            enough = {"n": sample.n_units, "weeks": Number(sample.weeks)}
            typer.echo(say("experiments.cli.enough", target=target, **enough).of(lang))
        weeks, chance = _foresee(planned, sample)
        typer.echo(say("experiments.cli.as_planned", weeks=Number(weeks), chance=Share(chance, 0)).of(lang))
    key = "registered" if is_registered else "not_registered"
    typer.echo(say(f"experiments.cli.{key}", digest=planned.sha256).of(lang))


def _print_assigned(drawn: Assignments, to: Path, lang: str) -> None:
    from saleslab.wording import say

    for arm, n in drawn.counts:
        typer.echo(f"  {arm:<16}{n:>8,}")
    if drawn.n_opted_out:
        typer.echo(say("experiments.cli.opted_out", n=drawn.n_opted_out).of(lang))
    typer.echo(say("experiments.cli.written", file=str(to)).of(lang))
