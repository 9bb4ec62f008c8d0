"""Which numbers about people may the page about feedback show?

Scores, quarters, segments, themes, what goes along with scores, who left, and what was promised: the same people stand
behind all of it, so all of it is judged in one go (`saleslab.intake.disclose_people`).

Only whole months count. A page of the next day then says the same, and nobody is had by subtracting one from the other;
when a month is over, everybody who answered in it comes in at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.customers.feedback.answers import COUNT, is_on_scale, take_answers
from saleslab.customers.feedback.scores import DETRACTOR, PROMOTER
from saleslab.customers.feedback.themes import Theme, find_themes
from saleslab.customers.feedback.voices import Voices
from saleslab.intake.disclosure import Disclosure
from saleslab.intake.people_tables import GROUP, PEOPLE, disclose_people
from saleslab.periods import FiscalCalendar, Period

ALL, NO_THEME = "(all)", "(none)"
"""Groups of everybody that a table speaks of, and of comments without a theme."""

UNKNOWN = "–"
"""Segment of answers that name none, and of those in rare segments."""

SCORES = ("nps", "csat")
TOP_CSAT = 4

_MONTHS = 12
_MOST_SEGMENTS = 12


def keep_whole_months(voices: Voices, as_of: date) -> tuple[Voices, date]:
    """Return what was said until the end of the last whole month, and that day; ``as_of`` where nothing tells the time.

    An answer whose score is set aside is set aside with its comment: else the two tables would differ by that person.

    Examples
    --------
    >>> told = pd.DataFrame({"month": pd.to_datetime(["2026-08-01", "2026-09-01"]), "kind": "nps", "score": 9})
    >>> kept, until = keep_whole_months(Voices(told, told), date(2026, 9, 29))
    >>> len(kept.people), until
    (1, datetime.date(2026, 8, 31))
    """
    is_score = voices.people["kind"].isin(SCORES)
    voices = replace(voices, people=voices.people[~is_score | _counts_any(voices.people)])
    if "month" not in voices.answers.columns:
        return voices, as_of
    next_day = as_of + timedelta(days=1)
    until = as_of if next_day.day == 1 else as_of.replace(day=1) - timedelta(days=1)
    answers, people = (
        rows[pd.to_datetime(rows["month"]) <= pd.Timestamp(until)] for rows in (voices.answers, voices.people)
    )
    return replace(voices, answers=answers, people=people), until


def keep_last_year(rows: pd.DataFrame, until: date) -> pd.DataFrame:
    """Return the rows of the twelve months until a day; all of them where no time is told."""
    return rows[_is_recent(rows, until)]


def _is_recent(rows: pd.DataFrame, until: date) -> pd.Series:
    if "month" not in rows.columns:
        return pd.Series(data=True, index=rows.index)
    since = pd.Timestamp(until).to_period("M") - (_MONTHS - 1)
    return pd.to_datetime(rows["month"]) >= since.to_timestamp()


def name_quarters(months: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    """Return the fiscal quarter of each month."""
    names = {month: calendar.period_of(pd.Timestamp(month).date(), "quarter") for month in months.unique()}
    return months.map(names)


def name_quarter(quarter: Period) -> str:
    """Return the name of a quarter in the tables ``trend`` and ``loops``: its first day."""
    return quarter.start.isoformat()


def flag_themes(texts: pd.Series, themes: Sequence[Theme]) -> pd.DataFrame:
    """Return for each text whether it speaks of each theme; what is no text speaks of none."""
    found = {text: set(find_themes(text, themes)) for text in texts.unique() if isinstance(text, str)}
    told = {theme.key: [theme.key in found.get(text, ()) for text in texts] for theme in themes}
    return pd.DataFrame(told, index=texts.index, dtype=bool)


def is_before(months: pd.Series, until: date) -> pd.Series:
    """Return which months were over by a day."""
    return pd.to_datetime(months) + pd.offsets.MonthEnd(0) <= pd.Timestamp(until)


def disclose_voices(
    voices: Voices,
    *,
    kind: str,
    themes: Sequence[Theme],
    until: date,
    calendar: FiscalCalendar,
    promised: Collection[str] = (),
    floor: int,
) -> Disclosure:
    """Return which groups of people the page may tell of.

    Tables, the most important first: ``nps`` and ``csat`` (scores of the year), ``trend`` (quarters), ``segments``,
    ``themes`` and ``themes_left`` (they alone show numbers of people), ``loops`` (promised themes by quarter). What
    goes along with scores, and with leaving, shows no numbers that add up; there each side holds ``floor`` at least.

    Parameters
    ----------
    voices, until
        From `keep_whole_months`.
    promised
        Themes of which is followed whether they are mentioned less.
    """
    people = voices.people.reset_index(drop=True)
    recent, counts = _is_recent(people, until), {name: _counts(people, name) for name in SCORES}
    spoke = _has_words(people["text"])
    told = flag_themes(people["text"], themes)
    tables = {name: pd.DataFrame({ALL: counts[name] & recent}) for name in SCORES}
    quarters = name_quarters(people["month"], calendar).map(name_quarter) if "month" in people.columns else None
    if quarters is not None:
        tables["trend"] = _spread(quarters, counts[kind])
    tables["segments"] = _spread(_name_segments(people["segment"], counts[kind] & recent), counts[kind] & recent)
    tables["themes"] = told.apply(lambda theme: theme & recent)
    tables["themes_left"] = pd.DataFrame({ALL: spoke & recent, NO_THEME: spoke & recent & ~told.any(axis=1)})
    if quarters is not None:
        tables["loops"] = _lay_waves(told, spoke, quarters, promised)
    return disclose_people(people["person"], tables=tables, counted=["themes", "themes_left"], floor=floor)


def count_people(disclosure: Disclosure, table: str) -> Mapping[str, int | None]:
    """Return how many people are in each group of a table; None where that is hidden."""
    rows = disclosure.tables[table]
    told = zip(rows[GROUP], rows[PEOPLE], rows["is_suppressed"], strict=True)
    return MappingProxyType({group: None if is_hidden else int(n) for group, n, is_hidden in told})


def count_segments(voices: Voices, disclosure: Disclosure, *, kind: str, until: date) -> pd.DataFrame:
    """Return a row a segment: ``segment, n_answers, n_top, n_bottom, is_suppressed``; hidden numbers are missing."""
    mine = keep_last_year(voices.answers[voices.answers["kind"] == kind], until)
    known = count_people(disclosure, "segments")
    named = mine["segment"].astype("object").where(mine["segment"].notna(), UNKNOWN).astype("str")
    rows = take_answers(mine.assign(segment=named.where(named.isin(known), UNKNOWN)), kind=kind, by=("segment",)).rows
    top, bottom = (PROMOTER, DETRACTOR) if kind == "nps" else (TOP_CSAT, 0)
    rows["n_top"] = np.where(rows["score"] >= top, rows[COUNT], 0)
    rows["n_bottom"] = np.where(rows["score"] <= bottom, rows[COUNT], 0)
    values = [COUNT, "n_top", "n_bottom"]
    found = rows.groupby("segment", as_index=False)[values].sum()
    found["is_suppressed"] = [known.get(name) is None for name in found["segment"]]
    return found.assign(**{name: found[name].astype("Int64").mask(found["is_suppressed"]) for name in values})


def _counts(people: pd.DataFrame, kind: str) -> pd.Series:
    return (people["kind"] == kind) & is_on_scale(people["score"], kind)


def _counts_any(people: pd.DataFrame) -> pd.Series:
    return _counts(people, SCORES[0]) | _counts(people, SCORES[1])


def _has_words(texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: isinstance(text, str) and bool(text.strip())).astype(bool)


def _spread(groups: pd.Series, counts: pd.Series) -> pd.DataFrame:
    return pd.get_dummies(groups.where(counts), dtype=bool)


def _name_segments(segments: pd.Series, counts: pd.Series) -> pd.Series:
    named = segments.astype("object").where(segments.notna(), UNKNOWN).astype("str")
    often = named[counts].value_counts().rename_axis("segment").reset_index()
    kept = often.sort_values(["count", "segment"], ascending=[False, True])["segment"][:_MOST_SEGMENTS]
    return named.where(named.isin(kept), UNKNOWN)


def name_wave(quarter: str, theme: str) -> str:
    """Return the name of a quarter and theme in the table ``loops``."""
    return f"{quarter} {theme}"


def _lay_waves(told: pd.DataFrame, spoke: pd.Series, quarters: pd.Series, promised: Collection[str]) -> pd.DataFrame:
    """Return which comments of each quarter speak of each promised theme; nothing where nothing was promised."""
    waves = _spread(quarters, spoke) if promised else told[[]]
    themes = {ALL: spoke, **{theme: told[theme] for theme in sorted(promised)}}
    return pd.DataFrame(
        {name_wave(str(quarter), theme): waves[quarter] & has for quarter in waves for theme, has in themes.items()},
        index=told.index,
    )
