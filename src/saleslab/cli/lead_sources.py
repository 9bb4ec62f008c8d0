"""Where do the verbs about leads take them from: the warehouse, or a file with a map of its columns?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saleslab.cli.addresses import to_url
from saleslab.errors import BadArgument, FileProblem

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring import Bundle, LeadBook, LeadScorer, LeadTable
    from saleslab.warehouse import Warehouse

MODELS = Path("data/models")
WINDOW = 90
"""Days within which a success counts where neither the user nor the model says it."""

Goal = Literal["won", "qualified"]
Moment = Literal["created", "contacted"]

Models = Annotated[Path, typer.Option("--models", help="Folder of the models.")]
File = Annotated[
    Path | None, typer.Option("--file", help="Leads in a file (CSV, Excel, Parquet) instead of the warehouse.")
]
Map = Annotated[
    str, typer.Option("--map", metavar="NAME|FILE.toml", help="What the file's columns are: bank_calls, maven, olist.")
]
AsOf = Annotated[
    str | None, typer.Option(help="Last day that is known, such as 2026-09-30; the last the data speak of.")
]
Key = Annotated[Path | None, typer.Option("--key", help="File with the secret that signs models.")]
Seed = Annotated[int, typer.Option(help="Same seed, same answer.")]
NewerThan = Annotated[int, typer.Option(help="Only leads that came in within so many days; 0 for all that are open.")]
Model = Annotated[str | None, typer.Option("--model", help="Name of a model, or its beginning; the current one.")]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where leads come from: the warehouse, or a file.

    Attributes
    ----------
    lab
        The warehouse; an empty one for a file.
    file, lead_map
        The file and what its columns are; None and empty for the warehouse.
    as_of
        Last day that is known; None for a file where nobody said it.
    """

    lab: Warehouse
    file: Path | None
    lead_map: str
    as_of: date | None

    def read_all(
        self,
        *,
        goal: str = "won",
        known_at: str = "created",
        file: Path | None = None,
        columns: list[str] | None = None,
    ) -> LeadTable:
        """Return every lead; of a file with the columns that are known too late, so that they can be looked at.

        Parameters
        ----------
        goal, known_at, columns
            As `build_leads` takes them; a file says itself what it holds.
        file
            Another file with the same columns.
        """
        from saleslab.scoring import build_leads, read_lead_file, read_lead_map

        path = file or self.file
        if path is not None:
            _check_file(path)
            table = read_lead_file(path, read_lead_map(self.lead_map), known_at="closed", as_of=self.as_of)
            return table if self.as_of is None else table.pick(_came_by(table, self.as_of))
        assert self.as_of is not None
        told: dict[str, Any] = {"goal": goal, "known_at": known_at, "columns": columns}
        return build_leads(self.lab, as_of=self.as_of, **told)

    def check_columns(self, bundle: Bundle) -> None:
        """Raise where a model that learned from a file is asked about a warehouse.

        Raises
        ------
        BadArgument
            When no warehouse has some of the model's columns.
        """
        from saleslab.scoring import FEATURES

        foreign = sorted(set(bundle.manifest.columns) - {feature.name for feature in FEATURES})
        if self.file is None and foreign:
            raise BadArgument(
                f"The model knows columns that no warehouse has: {', '.join(foreign)}.",
                "give the file in which such leads come (--file, --map), or train a model on the warehouse.",
            )

    def open_book(self, bundle: Bundle, *, newer_than: int, refused: frozenset[str] = frozenset()) -> LeadBook:
        """Return the leads that a model is to score: those that are open and young, and not of people who said no.

        Raises
        ------
        NotEnoughData
            When no lead is open.
        """
        from saleslab.errors import NotEnoughData
        from saleslab.scoring import open_leads

        facts = bundle.manifest.facts
        told: dict[str, Any] = {"goal": facts.goal or "won", "newer_than": newer_than, "most": 0}
        told |= {"window": facts.window or WINDOW, "lead_map": self.lead_map}
        book = open_leads(self.lab, as_of=self.as_of, leads_file=str(self.file or ""), **told)
        if book.is_rehearsal or book.waiting.frame.empty:
            place = f"'{self.file.name}'" if self.file else "the warehouse"
            raise NotEnoughData(
                f"No lead of {place} is open and came in within {newer_than} days; {book.n_open} are open in all.",
                "take a longer time with --newer-than (0 for all), or name what open means: open_values in the map.",
            )
        is_free = ~book.waiting.frame["lead_id"].isin(refused)
        if not is_free.any():
            raise NotEnoughData("All open leads are of people who said no.", "check the file of opt-outs.")
        return replace(book, waiting=book.waiting.pick(is_free))


@contextmanager
def open_origin(db: str, file: Path | None, lead_map: str, as_of: str | None) -> Iterator[Origin]:
    """Give where leads come from; a file needs no database.

    Raises
    ------
    BadArgument
        When a file has no map, a map no file, or the day is none.
    FileProblem
        When there is no such file.
    """
    from saleslab.warehouse import connect

    day = read_day(as_of) if as_of else None
    if file is None and lead_map:
        raise BadArgument("A map is given, and no file.", "name the file that it describes: --file leads.csv.")
    if file is not None:
        if not lead_map:
            raise BadArgument(
                f"Nobody says what the columns of '{file.name}' are.",
                "give --map bank_calls, maven, olist, or a TOML file of your own; docs/scoring.md shows one.",
            )
        _check_file(file)
    with some_database(db, is_needed=file is None) as address, connect(to_url(address), read_only=True) as lab:
        yield Origin(lab, file, lead_map, day or (None if file else _read_last_day(lab)))


@contextmanager
def some_database(db: str, *, is_needed: bool) -> Iterator[str]:
    """Give the database; an empty one where none is needed and none is there."""
    import tempfile

    from saleslab.warehouse import connect

    if is_needed or "://" in db or Path(db).exists():
        yield db
        return
    with tempfile.TemporaryDirectory(prefix="saleslab-empty-") as folder:
        address = f"duckdb:///{folder}/empty.duckdb"
        connect(address).close()
        yield address


def read_day(given: str) -> date:
    """Return a day that was typed."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadArgument(f"'{given}' is not a day.", "write it as 2026-09-30.") from None


def read_reasons(written: Sequence[str]) -> dict[str, str]:
    """Return the reason of each column that is to be let through.

    Raises
    ------
    BadArgument
        When one has no reason, or comes twice.
    """
    reasons: dict[str, str] = {}
    for pair in written:
        column, equals, reason = pair.partition("=")
        if not equals or not reason.strip() or column.strip() in reasons:
            raise BadArgument(
                f"'{column[:40]}' is to be let through without one reason.",
                '--allow takes a column and why it may be used: --allow "tags=written before the first call".',
            )
        reasons[column.strip()] = reason.strip()
    return reasons


def read_secret(file: Path | None) -> bytes | None:
    """Return the secret that signs models, or None."""
    from saleslab.intake import read_key

    return None if file is None else read_key(file)


def open_shelved(models: Path, name: str | None, key: bytes | None) -> tuple[LeadScorer, Bundle]:
    """Return a model of the shelf and what it says about itself.

    Raises
    ------
    BadArgument
        When there is no such model.
    FileProblem
        When its bundle is broken.
    """
    from saleslab.scoring import find_model, open_model

    if name is None:
        refuse_unused(models)
    bundle = find_model(models, name)
    return open_model(models, bundle.folder.name, key=key), bundle


def refuse_unused(models: Path) -> None:
    """Raise where no model of the shelf is in use, and say which there are."""
    from saleslab.scoring import list_models

    found = list_models(models)
    if any(one.is_current for one in found):
        return
    known = ", ".join(one.name for one in found)
    raise BadArgument(
        f"No model in '{models}' is in use" + (f"; there are {known}." if known else "; there is none yet."),
        "use one: saleslab leads models --use NAME."
        if known
        else "train one: saleslab leads train; or name the folder: --models.",
    )


def _came_by(table: LeadTable, day: date) -> pd.Series:
    """Return which leads had come in by the end of a day; those that do not say when are taken to have."""
    came = table.frame["created_at"]
    is_later: pd.Series = came.dt.normalize() > day.isoformat()
    return ~is_later


def _check_file(file: Path) -> None:
    if not file.is_file():
        raise FileProblem(f"There is no file '{file}'.", "correct the path.")


def _read_last_day(lab: Warehouse) -> date:
    from saleslab.operations import read_data_until

    return read_data_until(lab)
