"""The words and tables of a first look at a company's data: how full it is, and whether the year has seasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from saleslab.operations.missingness import QUESTIONS, Missingness
from saleslab.operations.pictures import word_picture
from saleslab.operations.seasonality import Seasonality
from saleslab.tables import get_table
from saleslab.wording import (
    LANGUAGES,
    Change,
    Count,
    HeadlineWords,
    PictureWords,
    Share,
    TableWords,
    Text,
    join_texts,
    say,
    section,
)


def write_tour_headline(missing: Missingness, *, as_of: date, patterns: Iterable[Text | None] = ()) -> HeadlineWords:
    """Return the headline of a first look at a company's data, with the patterns that were found, a sentence each."""
    n_rows = sum(table.n_rows for table in missing.tables)
    n_all = len(QUESTIONS)
    answered = {"n_answered": n_all - len(missing.unanswered), "n_all": n_all}
    words = {**answered, "n_tables": len(missing.tables), "n_rows": n_rows, "day": as_of}
    return {
        "question": say("operations.tour.question"),
        "status": say("operations.tour.status", **answered),
        "tone": "neutral",
        "answer": join_texts(say("operations.tour.answer", **words), *patterns),
        "subject": say("operations.tour.subject"),
    }


def tell_seasons(answer: Seasonality | None) -> Text | None:
    """Return in a sentence whether the year has seasons; None where that could not be asked."""
    return None if answer is None else say(f"operations.seasonality.{answer.verdict}", **_extremes(answer))


def describe_seasonality(answer: Seasonality) -> PictureWords:
    """Return the words of the picture of the months of the year; that nothing was found is said first."""
    caption = {"chance": Share(answer.chance_any, 0), "n_months": answer.n_months}
    variant = "" if answer.verdict == "found" else f"_{answer.verdict}"
    return word_picture("seasonality", caption, _extremes(answer), variant)


def _extremes(answer: Seasonality) -> dict[str, Text | Change]:
    strongest, weakest = (say(f"operations.chart.months.m{month}") for month in (answer.strongest, answer.weakest))
    return {
        "strongest": strongest,
        "above": Change(answer.index[answer.strongest - 1].estimate - 1),
        "weakest": weakest,
        "below": Change(answer.index[answer.weakest - 1].estimate - 1),
    }


def describe_missingness() -> TableWords:
    """Return title and caption of the table of how full the tables are."""
    return {"title": say("operations.missingness.title"), "caption": say("operations.missingness.caption")}


def describe_unanswered() -> TableWords:
    """Return title and caption of the table of questions that wait for data."""
    title, caption = (say(f"operations.missingness.unanswered_{part}") for part in ("title", "caption"))
    return {"title": title, "caption": caption}


def say_all_answered() -> Text:
    """Return the sentence that stands where no question waits for data."""
    return say("operations.missingness.unanswered_none")


def tabulate_seasonality(answer: Seasonality) -> pd.DataFrame:
    """Return the index of each month of the year as a difference from the average: ``month, difference, low, high``."""
    names = section("operations.chart.months")
    rows = [
        {
            "month_of_year": names[f"m{month}"],
            "difference": Change(each.estimate - 1),
            "low": Change(each.low - 1),
            "high": Change(each.high - 1),
        }
        for month, each in enumerate(answer.index, start=1)
    ]
    return pd.DataFrame(rows)


def tabulate_missingness(answer: Missingness) -> pd.DataFrame:
    """Return how full each table is: ``table, n_rows, n_columns, n_used, filled``."""
    rows = [
        {
            "table": _label(each.table),
            "n_rows": Count(each.n_rows),
            "n_columns": Count(each.n_columns),
            "n_used": Count(each.n_used),
            "filled": Share(each.share, 0),
        }
        for each in answer.tables
    ]
    return pd.DataFrame(rows)


def tabulate_unanswered(answer: Missingness) -> pd.DataFrame:
    """Return the questions without an answer, what they lack, and its column: ``question, lacking, column``."""
    rows = [
        {
            "question": say(f"operations.questions.{question}"),
            "lacking": Text(*("、".join(part) if lang == "ja" else ", ".join(part) for lang, part in named.items())),
            "column": Text.same(", ".join(columns)),
        }
        for question, columns in answer.unanswered.items()
        if (named := _name_places(columns))
    ]
    return pd.DataFrame(rows, columns=["question", "lacking", "column"])


def _name_places(columns: Iterable[str]) -> dict[str, list[str]]:
    places = [name_place(*column.split(".")) for column in columns]
    return {lang: [place.of(lang) for place in places] for lang in LANGUAGES}


def name_place(table: str, column: str) -> Text:
    """Return what people call a column of a table.

    Examples
    --------
    >>> name_place("opportunities", "amount")
    Text(en='Opportunity: Amount', ja='商談の金額')
    """
    whole, part = get_table(table).label, get_table(table).column(column).label
    return Text(f"{whole.en}: {part.en}", f"{whole.ja}の{part.ja}")


def _label(table: str) -> Text:
    label = get_table(table).label
    return Text(label.en, label.ja)
