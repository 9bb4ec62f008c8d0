"""What slipped through? Finds, and blacks out, what is personal in a text that is about to leave the lab."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
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

_NAMED = re.compile(
    r"(?<![\u4e00-\u9fff々〆])(?!皆|お客|各|貴|御社|弊社|奥|神|王|何|誰)"
    r"[\u4e00-\u9fff々〆]{1,4}[\s　]?[\u4e00-\u9fff々〆\u3040-\u309f]{0,3}?(?=さん|様|さま|氏|くん|君)"
    r"|(?<![\u30a0-\u30ff])[\u30a1-\u30f6ー・]{2,12}(?=さん|様|さま|氏)"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+)?"
)
_HIDDEN = "█" * 3

_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u4e00-\u9fff]\w*(?<![\u3040-\u30ff\u4e00-\u9fff])")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々〆・]+(?:[ 　][\u3040-\u30ff\u4e00-\u9fff々〆・]+)*")
_LONGEST_NAME, _LONGEST_UNSPACED = 6, 14
"""Words of a name with spaces, hyphens or apostrophes, and letters of one without."""


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


def mask_personal(text: str, *, names: Collection[str] = ()) -> str:
    """Return a comment with addresses, numbers and names of people blacked out.

    Names are known by what stands beside them (さん, 様, Mr), or because they are given; a name that stands alone and
    is not given is not seen. So a comment is quoted only where its author is one of many.

    Parameters
    ----------
    text
        A comment.
    names
        People who are on record, such as the contacts and users of the warehouse; each part of a name of two letters or
        more (four in Latin letters) is looked for.

    Examples
    --------
    >>> mask_personal("佐藤さんの対応が早い。hana@example.jp まで。")
    '███さんの対応が早い。███ まで。'
    >>> mask_personal("Hana was late.", names=["Hana Sato"])
    '███ was late.'
    """
    places = [(trace.start, trace.end) for trace in find_personal(text)]
    places += [found.span() for found in _NAMED.finditer(text)]
    places += _find_names(text, frozenset(names))
    shown, last = "", 0
    for start, end in sorted(places):
        if end > last:
            shown += text[last:start] + ("" if start < last else _HIDDEN)
            last = end
    return shown + text[last:]


def _find_names(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where names stand: looked up piece by piece, so that a hundred thousand names cost no more than ten."""
    parts = _split_names(names)
    words = [found.span() for found in _WORD.finditer(text)]
    for at, (start, _) in enumerate(words):
        ends = (end for _, end in words[at : at + _LONGEST_NAME])
        yield from ((start, end) for end in ends if text[start:end] in parts)
    for found in _UNSPACED.finditer(text):
        for start in range(found.start(), found.end() - 1):
            most = min(start + _LONGEST_UNSPACED, found.end())
            yield from ((start, end) for end in range(start + 2, most + 1) if text[start:end] in parts)


@lru_cache(maxsize=4)
def _split_names(names: frozenset[str]) -> frozenset[str]:
    parts = {part for name in names for part in [name.strip(), *name.split()]}
    parts |= {"".join(name.split()) for name in names if not name.isascii()}
    return frozenset(part for part in parts if len(part) >= (4 if part.isascii() else 2))


def _may_be_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    return 9 <= len(digits) <= 15 and len(set(digits)) > 1


def _widths() -> Iterator[tuple[int, str]]:
    yield from ((0xFF10 + digit, str(digit)) for digit in range(10))
    yield from ((0xFF21 + letter, chr(ord("A") + letter)) for letter in range(26))
    yield from ((0xFF41 + letter, chr(ord("a") + letter)) for letter in range(26))


_HALF_WIDTH = dict(_widths())
