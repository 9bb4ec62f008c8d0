"""Verbs about leads: train a model of who will buy, score leads by it, write the list that the team works through."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.lead_sources import (
    MODELS,
    WINDOW,
    AsOf,
    File,
    Goal,
    Key,
    Map,
    Model,
    Models,
    Moment,
    NewerThan,
    Seed,
    open_origin,
    open_shelved,
    read_reasons,
    read_secret,
)
from saleslab.cli.options import OUT, AsJson, Database, Language, Out
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument, GateClosed

if TYPE_CHECKING:
    from saleslab.scoring import Bundle, LeadScorer

Scores = Annotated[Path, typer.Option("--to", help="File for the scores: .csv, .parquet or .xlsx.")]
Calls = Annotated[Path, typer.Option("--to", help="File for the list: .xlsx, .csv or .parquet.")]


@ends_well
def train(
    file: File = None,
    lead_map: Map = "",
    db: Database = DEFAULT_DATABASE,
    goal: Annotated[Goal, typer.Option(help="What success is: the deal won, or an appointment (qualified).")] = "won",
    known_at: Annotated[Moment, typer.Option(help="Describe leads as known when created, or contacted.")] = "created",
    as_of: AsOf = None,
    window: Annotated[int, typer.Option(help="Days within which a success counts.")] = WINDOW,
    capacity: Annotated[float, typer.Option(help="Share of the leads that can be worked; sets the grades.")] = 0.2,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=REASON", help="Use a blocked column; the card prints why.")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Do not use a column.")] = None,
    groups: Annotated[str, typer.Option(metavar="COLUMN,...", help="Groups that the card compares.")] = "",
    note: Annotated[str, typer.Option(help="One sentence that is kept with the model.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the model, and go on using the current one.")] = False,
    why: Annotated[str, typer.Option(help="Why it is to be used although it is not ready.")] = "",
    models: Models = MODELS,
    key: Key = None,
    seed: Seed = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Train a model, judge it on later leads, keep it with its card, and use it from now on if it is ready.

    Exit code 0: done; 1: kept, but not used, since it is not ready; 2: bad input; 3: a column knows the outcome.
    """
    from saleslab.cli.lead_models import use_model
    from saleslab.cli.lead_telling import describe_trained, print_trained
    from saleslab.scoring import add_model, train_model, write_card_of
    from saleslab.scoring.judging.card_files import keep_card, name_card
    from saleslab.scoring.learning.training import check_groups

    secret, reasons = read_secret(key), read_reasons(allow or ())
    by = [name.strip() for name in groups.split(",") if name.strip()]
    with progress_bar("train", hidden=as_json), open_origin(db, file, lead_map, as_of) as origin:
        told: dict[str, Any] = {"window": window, "workable": capacity, "note": note, "seed": seed}
        told |= {"allowed": reasons, "dropped": drop or (), "goal": "" if file else goal}
        table = origin.read_all(goal=goal, known_at=known_at)
        check_groups(table, by)
        with _tell_options():
            trained = train_model(table, as_of=origin.as_of, **told)
        write_card_of(trained, groups=by)  # what no card can tell is refused before anything is kept
        bundle = add_model(trained.scorer, models, key=secret, about=trained.facts)
    card = keep_card(write_card_of(trained, groups=by, sha256=bundle.sha256), name_card(bundle.folder))
    is_used = not keep and (trained.scorer.verdict_ == "ready" or bool(why.strip()))
    is_new = is_used and use_model(models, bundle, why=why)
    if as_json:
        typer.echo(json.dumps(describe_trained(trained, bundle, card, is_used=is_used), ensure_ascii=False))
    else:
        state = "promoted" if is_new else "used_before" if is_used else "kept_model" if keep else "why_needed"
        print_trained(trained, bundle, card, state, lang)
    raise SystemExit(Exit.OK if is_used or keep else Exit.PARTLY_FAILED)


@ends_well
def score(
    file: File = None,
    lead_map: Map = "",
    db: Database = DEFAULT_DATABASE,
    to: Scores = Path("scores.csv"),
    newer_than: NewerThan = 30,
    everyone: Annotated[bool, typer.Option("--all", help="Score every lead, the decided ones too.")] = False,
    as_of: AsOf = None,
    model: Model = None,
    models: Models = MODELS,
    key: Key = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write the chance of each open lead, with its bounds and its grade, into a file for other programs."""
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.scoring import score_leads
    from saleslab.wording import Count, Share, say

    check_suffix(to)
    scorer, bundle = open_shelved(models, model, read_secret(key))
    facts = bundle.manifest.facts
    with progress_bar("score", hidden=as_json), open_origin(db, file, lead_map, as_of) as origin:
        origin.check_columns(bundle)
        if everyone:
            columns = [str(name) for name in scorer.feature_names_in_]
            table = origin.read_all(known_at=facts.known_at, columns=columns)
        else:
            table = origin.open_book(bundle, newer_than=newer_than).waiting
        scores = score_leads(scorer, table, facts=facts)
    write_table(scores.frame, to, title="scores")
    n, grades = len(scores.frame), Counter(scores.frame.get("grade", ()))
    if as_json:
        told = {"model": bundle.folder.name, "sha256": bundle.sha256, "file": str(to), "n_leads": n}
        told |= {"verdict": scores.verdict, "is_prior": scores.is_prior, "grades": dict(sorted(grades.items()))}
        typer.echo(json.dumps(told | {"n_unseen": dict(scores.n_unseen)}, ensure_ascii=False))
        return
    typer.echo(say("scoring.cli.scored", n=Count(n), model=bundle.folder.name).of(lang))
    for grade, n_of in sorted(grades.items()):
        typer.echo(say("scoring.cli.by_grade", grade=grade, n=Count(n_of)).of(lang))
    if scores.is_prior:
        typer.echo(say("scoring.cli.prior", share=Share(float(scorer.base_rate_))).of(lang))
    for column, n_unseen in scores.n_unseen.items():
        typer.echo(say("scoring.cli.unseen", column=column, n=Count(n_unseen)).of(lang))
    typer.echo(say("scoring.cli.written", file=str(to)).of(lang))


@ends_well
def rank(
    file: File = None,
    lead_map: Map = "",
    db: Database = DEFAULT_DATABASE,
    to: Calls = Path("calls.xlsx"),
    capacity: Annotated[int, typer.Option(help="Contacts of each person; of the team where leads have no owner.")] = 8,
    person: Annotated[str, typer.Option(metavar="USER", help="Only the list of this person (user_id).")] = "",
    newer_than: NewerThan = 30,
    value: Annotated[float, typer.Option(help="Worth of a success; 0: what it brought in the last year.")] = 0.0,
    value_column: Annotated[str, typer.Option(metavar="COLUMN", help="Column of the file that says the worth.")] = "",
    margin_rate: Annotated[float, typer.Option(help="Share of that worth that is earned, 0-1.")] = 1.0,
    cost: Annotated[float, typer.Option(help="Of one contact.")] = 0.0,
    explored: Annotated[float, typer.Option(help="Share of the places that is drawn by lot, 0-1.")] = 0.05,
    opted_out: Annotated[Path | None, typer.Option(help="File with the lead_id of those who said no.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Write name and number of people into the list.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Publish the list as a page, too.")] = False,
    as_of: AsOf = None,
    model: Model = None,
    models: Models = MODELS,
    key: Key = None,
    seed: Seed = 1,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write the list that the team works through: whom first, what to do, when and how, and why.

    Nobody who said no is in it. A few places are drawn by lot, and say so.
    """
    from saleslab.cli.lead_pages import publish_page
    from saleslab.cli.lead_telling import describe_plan, print_plan
    from saleslab.cli.lead_writing import check_suffix, read_opted_out, write_table
    from saleslab.scoring import plan_calls, tabulate_calls
    from saleslab.scoring.lists.call_sheet import list_forms, read_callees
    from saleslab.wording import say

    check_suffix(to)
    _refuse_page(page, opted_out=opted_out)
    refused = read_opted_out(opted_out)
    scorer, bundle = open_shelved(models, model, read_secret(key))
    worth: dict[str, Any] = {"value": value, "value_column": value_column, "margin_rate": margin_rate, "cost": cost}
    told: dict[str, Any] = {"per_person": capacity, "user": person, "explored": explored, "seed": seed}
    with progress_bar("rank", hidden=as_json) as bar, open_origin(db, file, lead_map, as_of) as origin:
        origin.check_columns(bundle)
        book = origin.open_book(bundle, newer_than=newer_than, refused=refused)
        day = origin.as_of or book.as_of or datetime.now(UTC).date()
        plan = plan_calls(origin.lab, book, _take(scorer, bundle), **worth, **told, as_of=day)
        callees = read_callees(origin.lab, plan) if names and file is None else None
        sheet = tabulate_calls(plan, lang, names=callees)
        write_table(sheet, to, title=say("scoring.sheet.title").of(lang), forms=list_forms(plan, lang))
        bar.step("page")
        given = told | worth | {"newer_than": newer_than, "as_of": day}
        where: dict[str, Any] = {"db": db, "file": file, "lead_map": lead_map, "models": models, "out": out}
        folder = publish_page("lead_ranking", given, bundle=bundle, **where) if page else None
    if as_json:
        typer.echo(json.dumps(describe_plan(plan, bundle, to, folder), ensure_ascii=False))
    else:
        print_plan(plan, to, folder, lang, has_names=callees is not None)


@contextmanager
def _tell_options() -> Iterator[None]:
    """Say of a column that knows the outcome what to type, not what to program."""
    try:
        yield
    except GateClosed as closed:
        raise GateClosed(
            closed.what,
            "leave it out: --drop COLUMN; or let it through with a reason that the card prints: --allow COLUMN=REASON.",
        ) from None


def _take(scorer: LeadScorer, bundle: Bundle) -> Any:
    """Return a model of the shelf as lists take it."""
    from saleslab.scoring.learning.lead_models import LeadModel

    facts = bundle.manifest.facts
    return LeadModel(scorer, facts, None, bundle.folder.name, bundle.sha256, facts.n_leads or 0, facts.n_wins or 0)


def _refuse_page(page: bool, *, opted_out: Path | None) -> None:
    """Raise where a page was asked for that would differ from the list: nobody may be called from it who said no."""
    if page and opted_out is not None:
        raise BadArgument(
            "A page can be made again from the leads alone, and --opted-out is kept nowhere: it names who said no.",
            "leave --page out, or import contacts with their opt-outs: the page leaves those out, too.",
        )
