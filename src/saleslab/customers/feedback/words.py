"""Which words does a comment hold? Japanese is taken apart by Sudachi, in one spelling: 早かった and はやく are 早い.

With few labels this matters: see `tests/validation/feedback_words.py`, which measures it against runs of letters.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from saleslab.customers.feedback.themes import to_plain

_KEPT = ("名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞")
_LATIN = re.compile(r"[a-z][a-z'’\-]*[a-z]|[a-z]")
_LONGEST = 10_000
"""Letters of a comment that are read: Sudachi refuses texts of more than about 16,000."""


def split_words(text: str) -> list[str]:
    """Return the words of a comment that carry meaning, in the form of a dictionary.

    Examples
    --------
    >>> split_words("サポートの対応がとても早かった。Easy to use!")
    ['サポート', '対応', '迚も', '早い', 'easy', 'to', 'use']
    """
    plain = to_plain(text)[:_LONGEST]
    latin = _LATIN.findall(plain)
    rest = _LATIN.sub(" ", plain)
    if rest.isascii():
        return latin
    tokens = _tokenizer().tokenize(rest)
    return [token.normalized_form() for token in tokens if token.part_of_speech()[0] in _KEPT] + latin


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary

    return Dictionary(dict="small").tokenizer()
