"""What customers said, from the warehouse or from your own survey file, in one form that the review takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from saleslab.customers.feedback.rows import (
    YEAR,
    read_active_customers,
    read_answers,
    read_engaged_contacts,
    read_outcomes,
    read_people,
    read_people_names,
    read_repeat_counts,
    read_response_hours,
)
from saleslab.errors import FileProblem, NotEnoughData
from saleslab.intake.files import list_files
from saleslab.warehouse import Warehouse


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """What customers said.

    Attributes
    ----------
    answers
        ``kind, month, segment, score, n_answers``; without ``month`` where the source tells no time.
    people
        Who gave which answer: ``person, account_id, month, kind, segment, score, text``; never to be shown as they are.
    customers
        ``segment, n_customers``: who could have answered; None where nobody knows.
    outcomes
        What became of those who had commented a year ago; None where nobody knows.
    items
        Answers to single questions beside ``score``; None where only the overall score was asked.
    response_hours, repeats, engaged
        What `measure_customer_kpis` takes; None where nobody knows.
    source
        Name of the file; empty for the warehouse.
    names
        People on record, whose names are masked in what is quoted.
    """

    answers: pd.DataFrame
    people: pd.DataFrame
    customers: pd.DataFrame | None = None
    outcomes: pd.DataFrame | None = None
    items: pd.DataFrame | None = None
    response_hours: pd.DataFrame | None = None
    repeats: tuple[int, int] | None = None
    engaged: pd.DataFrame | None = None
    source: str = ""
    names: frozenset[str] = frozenset()

    @property
    def comments(self) -> pd.DataFrame:
        """The answers with words: personal, never to be shown as they are."""
        return self.people[self.people["text"].map(lambda text: isinstance(text, str) and bool(text.strip()))]


def open_voices(lab: Warehouse, *, as_of: date, by: str = "industry") -> Voices:
    """Return what the warehouse knows of what customers said, and of what became of them.

    Raises
    ------
    NotEnoughData
        When no feedback is on record.
    """
    answers, people = read_answers(lab, as_of=as_of, by=by), read_people(lab, as_of=as_of, by=by)
    spoken = people.loc[people["text"].notna(), "account_id"]
    hours, names = read_response_hours(lab, as_of=as_of), read_people_names(lab, accounts=spoken)
    if not (lab.has("accounts") and _has_purchases(lab)):
        return Voices(answers, people, response_hours=hours, names=names)
    return Voices(
        answers,
        people,
        read_active_customers(lab, as_of=as_of, by=by),
        read_outcomes(lab, asked_until=as_of - timedelta(days=YEAR), as_of=as_of),
        response_hours=hours,
        repeats=read_repeat_counts(lab, as_of=as_of),
        engaged=read_engaged_contacts(lab, as_of=as_of),
        names=names,
    )


def read_survey(
    file: Path,
    *,
    score: str = "score",
    kind: str = "nps",
    drivers: Sequence[str] = (),
    segment: str = "",
    text: str = "",
) -> Voices:
    """Return the answers of your own survey file, one row an answer.

    Parameters
    ----------
    file
        CSV (UTF-8 or CP932), Excel or Parquet.
    score, kind
        Column of the overall score, and its question: ``nps``, ``csat`` or ``ces``.
    drivers
        Columns of single questions; none: every other column whose filled cells are all numbers.
    segment, text
        Columns of the segment and of the comment; empty: there is none.

    Raises
    ------
    FileProblem
        When the file or one of the columns is not there; all missing columns at once.
    """
    rows = read_rows(file)
    wanted = [name for name in (score, *drivers, segment, text) if name]
    missing = [name for name in wanted if name not in rows.columns]
    if missing:
        raise FileProblem(
            f"'{file.name}' has no column {', '.join(missing)}; it has {', '.join(map(str, rows.columns))}.",
            "name the columns of score, drivers, segment and text as the file does.",
        )
    asked = list(drivers) or [name for name in rows.columns if name not in wanted and _is_numbers(rows[name])]
    answers = pd.DataFrame({"kind": kind, "score": rows[score], "segment": rows[segment] if segment else None})
    people = answers.assign(person=range(len(rows)), account_id=rows.index.astype("str"))
    people["text"] = rows[text] if text else None
    items = rows[asked].assign(score=rows[score]) if asked else None
    return Voices(answers.assign(n_answers=1), people, items=items, source=file.name)


def read_rows(file: Path) -> pd.DataFrame:
    """Return all rows of a small file: CSV (UTF-8 or CP932), Excel or Parquet.

    Raises
    ------
    FileProblem
        When there is no such file.
    """
    if not file.is_file():
        raise FileProblem(f"There is no file '{file}'.", "correct its path.")
    batches = [batch.cells.to_pandas() for batch in list_files(file)[0].batches()]
    return pd.concat(batches, ignore_index=True) if batches else pd.DataFrame()


def take_voices(
    lab: Warehouse,
    *,
    as_of: date,
    by: str = "industry",
    survey_file: str = "",
    kind: str = "nps",
    score: str = "score",
    drivers: str = "",
    segment: str = "",
    text: str = "",
) -> Voices:
    """Return the voices of a survey file where one is named, else of the warehouse; drivers with commas between."""
    if not survey_file:
        return open_voices(lab, as_of=as_of, by=by)
    asked = [name.strip() for name in drivers.split(",") if name.strip()]
    voices = read_survey(Path(survey_file), score=score, kind=kind, drivers=asked, segment=segment, text=text)
    return replace(voices, names=read_people_names(lab))


def _is_numbers(column: pd.Series) -> bool:
    filled = column[column.notna() & (column.astype("str").str.strip() != "")]
    numbers = pd.to_numeric(filled, errors="coerce")
    return bool(len(filled) and numbers.notna().all() and numbers.min() < numbers.max() and numbers.abs().max() <= 100)


def _has_purchases(lab: Warehouse) -> bool:
    from saleslab.customers.inputs import find_purchase_source

    try:
        find_purchase_source(lab)
    except NotEnoughData:
        return False
    return True
