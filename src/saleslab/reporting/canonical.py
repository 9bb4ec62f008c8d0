"""Canonical JSON: one value, one way to write it, so that equal blocks have equal bytes and equal hashes.

Keys are sorted, money is text with two decimals, a float keeps 12 significant digits, a text carries every language,
and a typed value names its kind: ``{"money": "5840000.00", "currency": "JPY"}``. Nothing that is not finite is written.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, TypeAlias

from saleslab.errors import BadArgument
from saleslab.periods import Month, Period
from saleslab.wording import Change, Count, Days, Money, Number, Points, Share, Text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Cell: TypeAlias = (
    Money | Share | Points | Change | Count | Number | Days | Text | Period | Month | datetime | date | str | int | None
)
"""What a reader can be shown in one place."""

DIGITS = 12
"""Significant digits that a float keeps: fewer than processors disagree about, more than a reader sees."""

_CENT = Decimal("0.01")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str) -> str:
    r"""Return a text with every sign that no page and no picture can hold (controls, half characters) as U+FFFD.

    Examples
    --------
    >>> clean_text("a\x00b") == "a\ufffdb"
    True
    """
    return _UNWRITABLE.sub("\ufffd", text)


def round_float(value: float) -> float | int:
    """Return a float with 12 significant digits, whole ones as int; raises `BadArgument` unless it is finite.

    Examples
    --------
    >>> round_float(0.1 + 0.2), round_float(4.0)
    (0.3, 4)
    """
    if not math.isfinite(value):
        raise BadArgument(
            f"A block cannot show {value}.", "leave the number out, or say with a note why it is not known."
        )
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 10**DIGITS else rounded


def round_floats(tree: object) -> Json:
    """Return JSON with every float rounded (`round_float`), for data that is JSON already, such as a chart's.

    Raises
    ------
    BadArgument
        When it holds something that is not JSON, or a number that is not finite.
    """
    match tree:
        case None | bool() | int():
            return tree
        case str():
            return clean_text(tree)
        case float():
            return round_float(tree)
        case Mapping():
            return {clean_text(str(key)): round_floats(item) for key, item in tree.items()}
        case list() | tuple():
            return [round_floats(item) for item in tree]
    raise BadArgument(f"A {type(tree).__name__} is not JSON.", "turn it into text or a number before it is drawn.")


def _encode_money(money: Money) -> dict[str, Json]:
    amount = str(money.amount.quantize(_CENT, ROUND_HALF_EVEN))
    return {"money": amount, "currency": money.currency} | ({"exact": True} if money.exact else {})


def encode(value: object) -> Json:
    """Return the JSON of one value, or of a sequence of values.

    Raises
    ------
    BadArgument
        For a kind that has no canonical form, such as a bare float (say what it measures), or one that is not finite.

    Examples
    --------
    >>> encode(Money(Decimal(5_840_000)))
    {'money': '5840000.00', 'currency': 'JPY'}
    >>> encode((Share(0.241), date(2026, 11, 23)))
    [{'share': 0.241, 'digits': 1}, {'date': '2026-11-23'}]
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean_text(value)
        case Text(en, ja):
            return {"en": clean_text(en), "ja": clean_text(ja)}
        case Money():
            return _encode_money(value)
        case Share() | Points() | Change() | Number() | Days():
            return {type(value).__name__.lower(): round_float(value.value), "digits": value.digits}
        case Count(n, thing):
            return {"count": int(n), "of": thing} if thing else {"count": int(n)}
        case Month(start):
            return {"month": start.isoformat()}
        case Period(start, end, grain, year, number):
            return {"period": [start.isoformat(), end.isoformat(), grain, year, number]}
        case datetime():
            return {"at": value.isoformat(timespec="seconds")}
        case date():
            return {"date": value.isoformat()}
        case list() | tuple():
            return [encode(item) for item in value]
    raise BadArgument(
        f"A {type(value).__name__} cannot stand in a block.", "wrap it in Money, Share, Count, Number, Days or a Text."
    )


def _decode_period(parts: Sequence[Any]) -> Period:
    start, end, grain, year, number = parts
    return Period(date.fromisoformat(start), date.fromisoformat(end), grain, year, number)


_KINDS: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "money": lambda tree: Money(Decimal(str(tree["money"])), str(tree["currency"]), bool(tree.get("exact", False))),
    "share": lambda tree: Share(tree["share"], tree["digits"]),
    "points": lambda tree: Points(tree["points"], tree["digits"]),
    "change": lambda tree: Change(tree["change"], tree["digits"]),
    "number": lambda tree: Number(tree["number"], tree["digits"]),
    "days": lambda tree: Days(tree["days"], tree["digits"]),
    "count": lambda tree: Count(tree["count"], tree.get("of", "")),
    "month": lambda tree: Month(date.fromisoformat(str(tree["month"]))),
    "period": lambda tree: _decode_period(tree["period"]),
    "at": lambda tree: datetime.fromisoformat(str(tree["at"])),
    "date": lambda tree: date.fromisoformat(str(tree["date"])),
    "en": lambda tree: Text(str(tree["en"]), str(tree["ja"])),
}


def decode(tree: object) -> object:
    """Return the value that `encode` wrote; a list becomes a tuple.

    Raises
    ------
    BadArgument
        When no kind of value looks like this.

    Examples
    --------
    >>> decode({"share": 0.241, "digits": 1})
    Share(value=0.241, digits=1)
    """
    match tree:
        case None | bool() | int() | float() | str():
            return tree
        case list():
            return tuple(decode(item) for item in tree)
        case dict():
            kind = next((kind for kind in _KINDS if kind in tree), None)
            if kind is not None:
                return _KINDS[kind](tree)
    raise BadArgument(f"No kind of value is written as {str(tree)[:60]!r}.", "write it with saleslab's own `encode`.")


def write_json(tree: Json) -> str:
    """Return canonical JSON text: sorted keys, no spaces, every character as it is."""
    return json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(tree: Json) -> str:
    """Return the SHA-256 of canonical JSON, in 64 hexadecimal digits.

    Examples
    --------
    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(write_json(tree).encode()).hexdigest()
