"""What does the name of a column say about when it is written?"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

NameKind = Literal["closed", "suspect", "planned", "plain"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEY = re.compile(
    r"(?<![A-Za-z])(id|Id|ID|uuid|guid|key|no|No|number|Number|code|Code)$|[a-z](ID|Id|No|Number|Code)$|(番号|コード)$"
)


def read_name(column: str) -> NameKind:
    """Return what a column's name says.

    Returns
    -------
    str
        ``closed``: known only when the lead is decided; ``suspect``: written while it is worked; ``planned``: a time
        that lies ahead; ``plain``: nothing of the kind.

    Examples
    --------
    >>> [read_name(name) for name in ("closeDate", "失注理由", "duration", "expected_close_date", "n_deals_won_before")]
    ['closed', 'closed', 'suspect', 'planned', 'plain']
    """
    rules = _read_rules()
    words = [word.lower() for word in _WORD.findall(column)]
    written = re.sub(r"[\W_]", "", column)
    if _has(column, words, rules["earlier"]):
        return "plain"
    if _has(column, words, rules["planned"]):
        return "planned"
    if written in rules["closed"]["ja"] or _is_closed(words, rules):
        return "closed"
    return "suspect" if _has(column, words, rules["suspect"]) else "plain"


def names_a_key(column: str) -> bool:
    """Say whether a column is called an id, a number or a code.

    Examples
    --------
    >>> [names_a_key(name) for name in ("lead_id", "顧客コード", "AccountId", "paid", "employees")]
    [True, True, True, False, False]
    """
    return _KEY.search(column) is not None


def _has(column: str, words: list[str], rule: dict[str, list[str]]) -> bool:
    return any(word in rule["words"] for word in words) or any(word in column for word in rule["ja"])


def _is_closed(words: list[str], rules: dict[str, dict[str, list[str]]]) -> bool:
    """Say whether the words, those that only stand ahead taken off one by one, name the decision."""
    closed = rules["closed"]
    words = words[:-1] if words[-1:] == ["c"] else words
    while words:
        glued = "".join(words)
        if glued in closed["whole"] or glued in closed["glued"]:
            return True
        if words[0] not in rules["ahead"]["words"] and words[0][:2] != "is":
            return False
        words = [words[0][2:], *words[1:]] if words[0][:2] == "is" and len(words[0]) > 2 else words[1:]
    return False


@cache
def _read_rules() -> dict[str, dict[str, list[str]]]:
    text = files("saleslab.scoring.leaks").joinpath("names.toml").read_text(encoding="utf-8")
    rules: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    closed = rules["closed"]
    closed["glued"] = [first + second for first in closed["first"] for second in closed["second"]]
    return rules
