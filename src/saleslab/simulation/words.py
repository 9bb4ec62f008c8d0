"""The words that the invented company uses, one file per language."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from saleslab.simulation.scenario import Language


class Words:
    """Word lists of one language.

    Examples
    --------
    >>> Words("ja").several("stages_new")[0]
    '初回商談'
    >>> Words("en").text("stage_won")
    'Won'
    """

    def __init__(self, language: Language) -> None:
        self._words = _load(language)

    def text(self, name: str) -> str:
        """Return a single word or sentence."""
        return str(self._words[name])

    def several(self, name: str) -> list[str]:
        """Return a list of words."""
        return [str(word) for word in self._words[name]]

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Return a list of pairs, such as a name and its spelling in Latin letters."""
        return [(str(first), str(second)) for first, second in self._words[name]]

    def groups(self, name: str) -> list[list[str]]:
        """Return a list of lists."""
        return [[str(word) for word in group] for group in self._words[name]]


@lru_cache(maxsize=2)
def _load(language: Language) -> dict[str, Any]:
    text = files("saleslab.simulation").joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
