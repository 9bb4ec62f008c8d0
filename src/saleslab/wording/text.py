"""One text in every language, and the filling-in of a sentence's blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter
from typing import Any

from saleslab.errors import BadArgument
from saleslab.periods import Month, Period
from saleslab.wording.numbers import write_date, write_month, write_value
from saleslab.wording.periods import write_period
from saleslab.wording.values import Change, Count, Days, Money, Number, Points, Share, Value

LANGUAGES = ("en", "ja")
"""Languages in which everything is written, the default one first."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and Japanese.

    Examples
    --------
    >>> Text("Win rate", "受注率").of("ja")
    '受注率'
    """

    en: str
    ja: str

    def of(self, lang: str) -> str:
        """Return the words in one language; raises `BadArgument` for a language that is not written."""
        if lang not in LANGUAGES:
            raise BadArgument(f"'{lang}' is not a language of saleslab.", f"use one of: {', '.join(LANGUAGES)}.")
        return str(getattr(self, lang))

    @classmethod
    def same(cls, words: str) -> Text:
        """Return words that are the same in every language, such as a name from the company's data."""
        return cls(words, words)


def write(value: object, lang: str) -> str:
    """Write any value that a reader may see, in one language.

    Raises
    ------
    BadArgument
        For a value of a kind that has no written form (a bare float: say what it measures).
    """
    match value:
        case Text():
            return value.of(lang)
        case str():
            return value
        case bool():
            pass
        case int():
            return write_value(Count(value), lang)
        case Money() | Share() | Points() | Change() | Count() | Number() | Days():
            return write_value(value, lang)
        case Period():
            return write_period(value, lang)
        case Month():
            return write_month(value.start, lang)
        case datetime():
            return f"{write_date(value.date(), lang)} {value:%H:%M}"
        case date():
            return write_date(value, lang)
    raise BadArgument(
        f"A {type(value).__name__} has no written form.", "wrap it in Money, Share, Count, Number, Days or a Text."
    )


class _Sentence(Formatter):
    """Fills blanks; ``{n:deal|deals}`` writes the number and the form of the noun that goes with it."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return write(value, self.lang)
        singular, _, plural = format_spec.partition("|")
        n = value.n if isinstance(value, Count) else value
        return f"{write(value, self.lang)} {singular if n == 1 else plural}"


def fill(template: str, values: Mapping[str, object | Value], lang: str) -> str:
    """Fill the blanks of one sentence in one language.

    Examples
    --------
    >>> fill("{n:deal|deals} slipped", {"n": 1}, "en"), fill("{n:deal|deals} slipped", {"n": 14}, "en")
    ('1 deal slipped', '14 deals slipped')
    """
    return _Sentence(lang).vformat(template, (), values)
