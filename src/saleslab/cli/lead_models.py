"""Verbs about trained models of leads: which there are, whether the current one still holds, what its card says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.lead_pages import list_pages, publish_page
from saleslab.cli.lead_sources import (
    MODELS,
    AsOf,
    File,
    Key,
    Map,
    Model,
    Models,
    Origin,
    Seed,
    open_origin,
    open_shelved,
    read_secret,
)
from saleslab.cli.options import OUT, AsJson, Database, Language, Out
from saleslab.cli.progress import progress_bar
from saleslab.cli.reports import shorten

if TYPE_CHECKING:
    from saleslab.scoring import Bundle, DriftWatch, LeadScorer, LeadTable, ShelvedModel

Name = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="Name of a model, or its beginning; the current one.")
]


@ends_well
def watch(
    file: File = None,
    lead_map: Map = "",
    learned: Annotated[
        Path | None, typer.Option(help="File of the leads it learned from, where leads have no times.")
    ] = None,
    db: Database = DEFAULT_DATABASE,
    as_of: AsOf = None,
    looks: Annotated[int, typer.Option(help="How often that is asked before the model is trained again anyway.")] = 52,
    page: Annotated[bool, typer.Option("--page", help="Publish it as a page, too.")] = False,
    model: Model = None,
    models: Models = MODELS,
    key: Key = None,
    seed: Seed = 1,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say whether the current model still holds for the leads that came in since it was trained.

    Exit code 0: nothing speaks against it; 2: bad input; 3: train it again, or change to another.
    """
    from saleslab.scoring import watch_model

    scorer, bundle = open_shelved(models, model, read_secret(key))
    facts = bundle.manifest.facts
    with progress_bar("watch", hidden=as_json) as bar, open_origin(db, file, lead_map, as_of) as origin:
        origin.check_columns(bundle)
        before, since = _read_watched(origin, scorer, bundle, learned)
        seen = watch_model(scorer, before, since, facts=facts, as_of=origin.as_of, n_looks=looks, seed=seed)
        bar.step("page")
        given: dict[str, object] = {"seed": seed} | ({"as_of": origin.as_of} if origin.as_of else {})
        where: dict[str, Any] = {"db": db, "file": file, "lead_map": lead_map, "models": models, "out": out}
        folder = publish_page("lead_model_watch", given, bundle=bundle, **where) if page else None
    if as_json:
        told = {"model": bundle.folder.name, **_describe_watch(seen), "pages": list_pages(folder)}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print_watch(seen, bundle, folder, lang)
    raise SystemExit(Exit.GATE_CLOSED if seen.verdict == "retrain" else Exit.OK)


@ends_well
def card(
    name: Name = None,
    models: Models = MODELS,
    to: Annotated[Path | None, typer.Option("--to", help="File for the card as Markdown.")] = None,
    page: Annotated[bool, typer.Option("--page", help="Publish it as a page, too, with curves.")] = False,
    file: File = None,
    lead_map: Map = "",
    db: Database = DEFAULT_DATABASE,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Print what there is to know about a model: what it learned from, how it was tested, what it is not for.

    The page tests it once more on the leads of the warehouse, or of the file, to draw its curves.
    """
    from saleslab.intake.safe_files import written_whole
    from saleslab.scoring import find_model, read_card
    from saleslab.scoring.judging.card_files import describe_card, name_card, write_markdown
    from saleslab.wording import say

    bundle = find_model(models, name) if name else find_current(models)
    kept = read_card(name_card(bundle.folder), sha256=bundle.sha256)
    where: dict[str, Any] = {"db": db, "file": file, "lead_map": lead_map, "models": models, "out": out}
    folder = publish_page("lead_model_card", {}, bundle=bundle, **where) if page else None
    if as_json:
        told = {"model": bundle.folder.name, **describe_card(kept), "pages": list_pages(folder)}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    text = write_markdown(kept, lang, title=say("scoring.cli.model", model=bundle.folder.name).of(lang))
    if to is None and folder is None:
        typer.echo(text, nl=False)
    if to is not None:
        with written_whole(to) as half:
            half.write_text(text, encoding="utf-8", newline="\n")
        typer.echo(say("scoring.cli.written", file=str(to)).of(lang))
    if folder is not None:
        typer.echo(say("scoring.cli.page", page=shorten(folder / f"{lang}.html")).of(lang))


@ends_well
def models_(
    models: Models = MODELS,
    use: Annotated[str, typer.Option("--use", metavar="MODEL", help="Use this one from now on.")] = "",
    back: Annotated[bool, typer.Option("--back", help="Go back to the one that was used before.")] = False,
    why: Annotated[str, typer.Option(help="Why; needed for a model that is not ready.")] = "",
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """List the trained models, with their verdicts; use another one, or go back.

    Exit code 0: done; 1: a model of the folder is broken; 2: bad input.
    """
    from saleslab.errors import BadArgument
    from saleslab.scoring import find_model, list_models, revert_model
    from saleslab.wording import say

    if use and back:
        raise BadArgument("Use another model, and go back?", "give --use or --back.")
    if use:
        use_model(models, find_model(models, use), why=why)
    if back:
        revert_model(models, at=_now(), why=why)
    found = list_models(models)
    if as_json:
        typer.echo(json.dumps([_describe_model(one) for one in found], ensure_ascii=False))
    for one in () if as_json else found:
        _print_model(one, lang)
    if not found and not as_json:
        typer.echo(say("scoring.cli.no_models").of(lang))
    raise SystemExit(Exit.PARTLY_FAILED if any(one.problem for one in found) else Exit.OK)


def use_model(models: Path, bundle: Bundle, *, why: str) -> bool:
    """Make a model the current one; return whether another one, or none, was in use."""
    from saleslab.scoring import list_models, promote_model

    if any(one.is_current and not one.problem and one.sha256 == bundle.sha256 for one in list_models(models)):
        return False
    promote_model(models, bundle.folder.name, at=_now(), why=why)
    return True


def find_current(models: Path) -> Bundle:
    """Return the current model, or say which there are."""
    from saleslab.cli.lead_sources import refuse_unused
    from saleslab.scoring import find_model

    refuse_unused(models)
    return find_model(models)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _read_watched(
    origin: Origin, scorer: LeadScorer, bundle: Bundle, learned: Path | None
) -> tuple[LeadTable, LeadTable]:
    """Return the leads that a model learned from, and those that came in since."""
    from saleslab.scoring import divide_leads, read_watched

    facts = bundle.manifest.facts
    if origin.file is None:
        assert origin.as_of is not None
        return read_watched(origin.lab, scorer, facts=facts, as_of=origin.as_of)
    if learned is not None:
        return origin.read_all(file=learned), origin.read_all()
    return divide_leads(origin.read_all(), facts=facts)


def _describe_watch(seen: DriftWatch) -> dict[str, Any]:
    frames = {name: json.loads(getattr(seen, name).to_json(orient="records")) for name in ("columns", "grades")}
    reasons = [{"code": reason.code, "en": reason.text.en, "ja": reason.text.ja} for reason in seen.reasons]
    auc = None if seen.auc is None else [seen.auc.estimate, seen.auc.low, seen.auc.high, seen.auc.mass]
    told = {"verdict": seen.verdict, "reasons": reasons, "auc": auc}
    return told | {"n_leads": seen.n_leads, "n_matured": seen.n_matured, "n_won": seen.n_won} | frames


def _print_watch(seen: DriftWatch, bundle: Bundle, folder: Path | None, lang: str) -> None:
    from saleslab.wording import Count, say

    typer.echo(say("scoring.cli.model", model=bundle.folder.name).of(lang))
    words = {"n": Count(seen.n_leads), "n_known": Count(seen.n_matured), "n_won": Count(seen.n_won)}
    typer.echo(say("scoring.cli.watched", **words).of(lang))
    for reason in seen.reasons:
        typer.echo(f"  {reason.text.of(lang)}")
    if folder is not None:
        typer.echo(say("scoring.cli.page", page=shorten(folder / f"{lang}.html")).of(lang))


def _describe_model(one: ShelvedModel) -> dict[str, Any]:
    told = {"model": one.name, "sha256": one.sha256, "is_current": one.is_current, "problem": one.problem}
    return told | {"manifest": None if one.manifest is None else one.manifest.to_dict()}


def _print_model(one: ShelvedModel, lang: str) -> None:
    from saleslab.wording import Count, Number, say

    state = say("scoring.cli.is_current").of(lang) if one.is_current else ""
    if one.manifest is None or one.problem:
        typer.echo(f"{one.name:<26}{state:<10}{one.problem}")
        return
    facts, auc = one.manifest.facts, one.manifest.facts.metrics.get("forward_auc")
    verdict = say(f"scoring.cli.verdict.{one.manifest.verdict}").of(lang)
    told = [verdict, say("scoring.cli.n_learned", n=Count(facts.n_leads or 0)).of(lang)]
    told += [] if auc is None else [say("scoring.cli.auc", auc=Number(auc, 2)).of(lang)]
    told += [facts.note] if facts.note else []
    typer.echo(f"{one.name:<26}{state:<10}{' · '.join(told)}")
