"""What slipped through? Finds e-mail addresses and telephone numbers in a text that is about to leave the lab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}[@＠][A-Za-z0-9\-]{1,63}(?:[.．][A-Za-z0-9\-]{1,63}){1,8}")
_SEPARATOR = r"[-‐‑‒–—―−－ー.\s]"
_PARTED = (
    rf"(?:\+|＋)\d{{1,3}}{_SEPARATOR}?(?:\(0\)|（0）)?{_SEPARATOR}?\d{{1,4}}(?:{_SEPARATOR}?\d{{2,4}}){{2,3}}"
    rf"|0\d{{1,4}}{_SEPARATOR}\d{{1,4}}{_SEPARATOR}\d{{3,4}}"
    r"|[(（]0\d{1,4}[)）]\s?\d{1,4}[-‐‑‒–—―−－\s]\d{3,4}"
    r"|0\d{1,4}[(（]\d{1,4}[)）]\d{3,4}"
)
_PHONE = re.compile(
    rf"(?:(?<![\w./＋+\-])(?<!\d[:：])(?:{_PARTED})"
    r"|(?<![\w.:：/＋+\-])0[1-9]\d{8,9})"  # in one piece, and not the rest of an id such as sf:0312345678
    r"(?!\w|[-.]\d)"
)


@dataclass(frozen=True, slots=True, order=True)
class PersonalTrace:
    """A place in a text that looks like an e-mail address or a telephone number; where, never what.

    ``start`` and ``end`` count characters from 0, the end not included.
    """

    start: int
    end: int
    kind: Literal["email", "phone"]


def find_personal(text: str) -> tuple[PersonalTrace, ...]:
    """Return the places where a text shows an e-mail address or a telephone number, in their order.

    Finds Japanese numbers with hyphens, brackets, spaces, full-width digits or in one piece, and international ones. It
    cannot know names: that a page holds none is the work of `saleslab.intake.redact_frame`.

    Examples
    --------
    >>> [(trace.kind, trace.start) for trace in find_personal("電話 03-1234-5678、hana@example.co.jp")]
    [('phone', 3), ('email', 16)]
    >>> find_personal("2026-11-24, 1,234,567, deal-00000001, 0.0312345678, 3f0312345678ab")
    ()
    """
    plain = text.translate(_HALF_WIDTH)
    emails = [PersonalTrace(found.start(), found.end(), "email") for found in _EMAIL.finditer(plain)]
    taken = [(trace.start, trace.end) for trace in emails]
    phones = [
        PersonalTrace(found.start(), found.end(), "phone")
        for found in _PHONE.finditer(plain)
        if not any(start <= found.start() < end for start, end in taken) and _may_be_phone(found.group())
    ]
    return tuple(sorted(emails + phones))


def _may_be_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    return 9 <= len(digits) <= 15 and len(set(digits)) > 1


def _widths() -> Iterator[tuple[int, str]]:
    yield from ((0xFF10 + digit, str(digit)) for digit in range(10))
    yield from ((0xFF21 + letter, chr(ord("A") + letter)) for letter in range(26))
    yield from ((0xFF41 + letter, chr(ord("a") + letter)) for letter in range(26))


_HALF_WIDTH = dict(_widths())
