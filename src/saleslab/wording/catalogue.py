"""The sentences of every room, read once, and `say`, which fills one in for every language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from saleslab.errors import BadArgument
from saleslab.wording.text import LANGUAGES, Text, fill


def _flatten(tree: Mapping[str, object], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat


@cache
def sentences(lang: str) -> Mapping[str, str]:
    """Return every sentence of one language, keyed ``room.topic.name``."""
    flat: dict[str, str] = {}
    for file in sorted(files("saleslab.wording").joinpath(lang).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            flat |= _flatten(tomllib.loads(file.read_text(encoding="utf-8")), f"{file.name.removesuffix('.toml')}.")
    return MappingProxyType(flat)


def say(key: str, /, **values: object) -> Text:
    """Return one sentence in every language, its blanks filled.

    Parameters
    ----------
    key
        ``room.topic.name`` of the sentence.
    **values
        One value for each blank: text, int, date, period, or a value of `saleslab.wording` (`Money`, `Share`, ...).

    Raises
    ------
    BadArgument
        When no sentence has that key, or a blank has no value.

    Examples
    --------
    >>> say("glossary.win_rate").ja
    '受注率'
    """
    try:
        written = [fill(sentences(lang)[key], values, lang) for lang in LANGUAGES]
    except KeyError as missing:
        raise BadArgument(
            f"The sentence '{key}' cannot be written: {missing.args[0]!r} is missing.",
            "give every blank a value, and add the key to wording/en and wording/ja.",
        ) from None
    return Text(*written)


@cache
def section(prefix: str) -> Mapping[str, Text]:
    """Return all sentences without blanks below a prefix, keyed by their last name.

    Examples
    --------
    >>> section("glossary")["deal"].en
    'Deal'
    """
    start = f"{prefix}."
    names = [key.removeprefix(start) for key in sentences(LANGUAGES[0]) if key.startswith(start)]
    return MappingProxyType({name: say(f"{start}{name}") for name in names})
