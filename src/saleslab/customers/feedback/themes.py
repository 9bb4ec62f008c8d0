"""What do customers talk about? Themes of comments by a dictionary that people can read and change."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from saleslab.errors import FileProblem, NotEnoughData
from saleslab.tables.presence import require_columns
from saleslab.wording import Text

SHIPPED = Path(__file__).with_name("themes.toml")
_FIELDS = ("en_label", "ja_label", "en", "ja")


@dataclass(frozen=True)
class Theme:
    """One theme: its key, its name, and the words that tell it, as written in the dictionary."""

    key: str
    label: Text
    en: tuple[str, ...]
    ja: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What is looked for in a comment in its plain form (`to_plain`)."""
        english = "|".join(re.escape(to_plain(word.rstrip())) + r"(?![a-z])" * word.endswith(" ") for word in self.en)
        japanese = "|".join(re.escape(to_plain(word)) for word in self.ja)
        parts = [rf"(?<![a-z])(?:{english})"] * bool(english) + [f"(?:{japanese})"] * bool(japanese)
        return re.compile("|".join(parts) or r"(?!)")


@dataclass(frozen=True, slots=True)
class ThemeCounts:
    """How often each theme was mentioned.

    Attributes
    ----------
    counts
        Comments with each theme, by its key; the most frequent first.
    n_texts
        Comments with words.
    n_empty
        Comments without any: not an opinion, not counted.
    n_without
        Comments in which no theme was found: read some of them, and add words to the dictionary.
    """

    counts: Mapping[str, int]
    n_texts: int
    n_empty: int
    n_without: int


def read_themes(file: Path | str | None = None) -> tuple[Theme, ...]:
    """Return the dictionary of themes: the one in the package, or your own file of the same form.

    Raises
    ------
    FileProblem
        When the file cannot be read as TOML, or a theme lacks names or words; all faults at once.

    Examples
    --------
    >>> [theme.key for theme in read_themes()][:3]
    ['response', 'price', 'ease']
    """
    path = Path(file) if file else SHIPPED
    if not path.is_file():
        raise FileProblem(f"There is no file '{path}'.", "give the path of a dictionary of themes, in TOML.")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise FileProblem(f"'{path.name}' cannot be read: {broken}.", "mend that line; save it as UTF-8.") from None
    faults = [fault for key, fields in told.items() for fault in _find_faults(key, fields)]
    if faults or not told:
        raise FileProblem(
            f"'{path.name}' is no dictionary of themes: {'; '.join(faults) or 'it is empty'}.",
            'write each as [name] with en_label, ja_label and lists en and ja of words, such as ja = ["価格"].',
        )
    return tuple(
        Theme(
            key, Text(fields["en_label"], fields["ja_label"]), tuple(fields.get("en", ())), tuple(fields.get("ja", ()))
        )
        for key, fields in told.items()
    )


def find_themes(text: str, themes: Iterable[Theme]) -> tuple[str, ...]:
    """Return the keys of the themes that a comment mentions, in the order of the dictionary.

    Examples
    --------
    >>> find_themes("返事は早いが価格が高い。", read_themes())
    ('response', 'price')
    """
    plain = to_plain(text)
    return tuple(theme.key for theme in themes if theme.pattern.search(plain))


def count_themes(comments: pd.DataFrame, themes: Iterable[Theme] | None = None) -> ThemeCounts:
    """Return how many comments mention each theme.

    Parameters
    ----------
    comments
        ``text``, and ``n_answers`` where equal comments are counted.
    themes
        From `read_themes`; None: the dictionary of the package.

    Raises
    ------
    NotEnoughData
        When no comment holds a word.

    Examples
    --------
    >>> counted = count_themes(pd.DataFrame({"text": ["価格が高い。", "Too expensive.", "", "特になし。"]}))
    >>> dict(counted.counts)["price"], counted.n_texts, counted.n_empty, counted.n_without
    (2, 3, 1, 1)
    """
    require_columns(comments, "text", of="comments")
    known = tuple(themes) if themes is not None else read_themes()
    often = comments["n_answers"].to_numpy() if "n_answers" in comments.columns else [1] * len(comments)
    counts, n_texts, n_empty, n_without = dict.fromkeys((theme.key for theme in known), 0), 0, 0, 0
    for text, n in zip(comments["text"], often, strict=True):
        if not has_words(text):
            n_empty += int(n)
            continue
        found = find_themes(text, known)
        n_texts, n_without = n_texts + int(n), n_without + (0 if found else int(n))
        for key in found:
            counts[key] += int(n)
    if not n_texts:
        raise NotEnoughData(
            f"None of {n_empty} comments holds a word.", "map the column of the comment to feedback.text."
        )
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return ThemeCounts(MappingProxyType(dict(ranked)), n_texts, n_empty, n_without)


def has_words(text: object) -> bool:
    """Say whether a comment holds a letter or digit at all."""
    return isinstance(text, str) and any(letter.isalnum() for letter in text)


def to_plain(text: str) -> str:
    """Return a text with full-width and half-width letters made alike (NFKC) and without capitals.

    Examples
    --------
    >>> to_plain("ＡＰＩがﾅｲ")
    'apiがナイ'
    """
    return unicodedata.normalize("NFKC", text).casefold()


def _find_faults(key: str, fields: Any) -> list[str]:
    if not isinstance(fields, dict):
        return [f"'{key}' is no table"]
    faults = [f"[{key}] has no {name}" for name in _FIELDS[:2] if not str(fields.get(name, "")).strip()]
    faults += [f"[{key}] does not know '{name}'" for name in fields if name not in _FIELDS]
    words = [word for name in _FIELDS[2:] for word in fields.get(name, ())]
    if not words or not all(isinstance(word, str) and word.strip() for word in words):
        faults.append(f"[{key}] has no words")
    return faults
