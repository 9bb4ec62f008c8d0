"""``saleslab customers feedback``: what customers tell, from the warehouse or from your own survey file, as a page."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.experiments import read_verdict
from saleslab.cli.options import OUT, AsJson, Database, Language, Out
from saleslab.cli.progress import progress_bar
from saleslab.cli.reports import shorten, warn_of_near

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["nps", "csat"]


@ends_well
def feedback(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[SURVEY.csv]", help="Your own survey, one row an answer; else the warehouse."),
    ] = None,
    kind: Annotated[Kind, typer.Option(help="The question: nps (0 to 10) or csat (1 to 5).")] = "nps",
    score: Annotated[str, typer.Option(help="The file's column of the overall score.")] = "score",
    drivers: Annotated[str, typer.Option(metavar="A,B,...", help="Its columns of single questions.")] = "",
    text: Annotated[str, typer.Option(help="Its column of the comment.")] = "",
    segment: Annotated[str, typer.Option(help="Its column of the segment.")] = "",
    by: Annotated[str, typer.Option(help="Segments of the warehouse: industry, region, ...")] = "industry",
    themes: Annotated[Path | None, typer.Option(help="Your own dictionary of themes (TOML).")] = None,
    actions: Annotated[Path | None, typer.Option(help="CSV of what was promised about themes.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Last day, such as 2026-09-30; of a file: today.")] = None,
    floor: Annotated[int, typer.Option(help="Fewer people than that are never shown; 3 at least.")] = 10,
    show_dictionary: Annotated[
        bool, typer.Option("--show-dictionary", help="Print the dictionary of themes, to copy and change.")
    ] = False,
    db: Database = DEFAULT_DATABASE,
    out: Out = OUT,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say whether customers are content, what they speak of, and what to do about it: a page.

    Exit code 0: published; 1: the report stopped; 2: bad input.
    """
    from saleslab.reporting import publish_site, run_report
    from saleslab.wording import say

    if show_dictionary:
        from saleslab.customers.feedback.themes import SHIPPED

        typer.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    given: dict[str, object] = {"kind": kind, "by": by, "floor": str(floor)}
    if as_of or file is not None:
        given["as_of"] = as_of or datetime.now().astimezone().date().isoformat()
    if file is not None:
        given |= {"survey_file": str(file.absolute()), "score_column": score, "driver_columns": drivers}
        given |= {"text_column": text, "segment_column": segment}
    given |= {"themes_file": str(themes.absolute())} if themes else {}
    given |= {"actions_file": str(actions.absolute())} if actions else {}
    with (
        progress_bar("customer_feedback", hidden=as_json) as bar,
        _some_database(db, is_needed=file is None) as address,
    ):
        run = run_report("customer_feedback", db=address, parameters=given, as_text=True, out=out, progress=bar.move)
        bar.step("site")
        publish_site(out / "runs", out / "site")
    head = read_verdict(run.folder)
    if as_json:
        pages = {name: str(run.folder / f"{name}.html") for name in ("en", "ja")}
        typer.echo(json.dumps({"run_key": run.run_key, "pages": pages, **head}, ensure_ascii=False))
        return
    typer.echo(head["answer"][lang])
    warn_of_near(run, lang)
    typer.echo(say("feedback.cli.page", page=shorten(run.folder / f"{lang}.html")).of(lang))


@contextmanager
def _some_database(db: str, *, is_needed: bool) -> Iterator[str]:
    """Yield the address of the warehouse; an empty one, for the time of the call, where a file is read."""
    from tempfile import TemporaryDirectory

    from saleslab.warehouse import connect

    if is_needed or "://" in db or Path(db).exists():
        yield to_url(db)
        return
    with TemporaryDirectory() as folder:
        address = to_url(str(Path(folder) / "empty.duckdb"))
        with connect(address):
            pass
        yield address
