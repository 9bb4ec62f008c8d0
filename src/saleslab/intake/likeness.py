"""How alike are two names? Levels from "the same letters" to "another name", as far as letters can tell.

What looks alike need not be the same: 山田商事 and 山田商会 are two companies, 佐藤 健一 and 佐藤 健二 two people,
although one letter tells them apart, while ソラニワ and ソラニィワ are a slip of the finger. Letters are weighed by
where they differ.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import IntEnum

from rapidfuzz.distance import OSA

from saleslab.intake.name_forms import CompanyName, PersonName


class CompanyLevel(IntEnum):
    """How alike two names of companies are."""

    UNKNOWN = 0
    SAME = 1
    """The same letters, legal forms that do not contradict each other."""
    OTHER_FORM = 2
    """The same letters, but 株式会社 against 有限会社."""
    OTHER_UNIT = 3
    """The same company, but another branch, or a branch against the whole."""
    SLIP = 4
    """A few letters more or less, swapped or voiced, where a slip of the finger may be."""
    SHORTENED = 5
    """One is the initials of the other, or shortens its words."""
    RELATIVE = 6
    """One has a word more, another word of trade, or another number: a subsidiary or a namesake."""
    CHANGED = 7
    """One letter stands for another, or the first one differs: a slip or, more often, another name."""
    DIFFERENT = 8


class PersonLevel(IntEnum):
    """How alike two names of people are."""

    UNKNOWN = 0
    SAME = 1
    SLIP = 2
    INITIAL = 3
    """The same family name, and an initial that fits."""
    PART = 4
    """One of family and given name is the same."""
    DIFFERENT = 5


_FORMS_THAT_EXCLUDE = ({"kk", "yk", "gk", "goshi", "gomei", "iryo", "gakko", "npo", "shadan", "zaidan"}, {
    "inc", "ltd", "llc", "llp", "plc", "lp"}, {"gmbh", "ag", "kg", "ohg"})  # fmt: skip


def compare_companies(one: CompanyName, other: CompanyName) -> CompanyLevel:
    """Return how alike two names of companies are.

    Examples
    --------
    >>> from saleslab.intake.name_forms import read_company_name as read
    >>> compare_companies(read("（株）ソラニワ製作所"), read("ｿﾗﾆﾜ製作所")).name
    'SAME'
    >>> compare_companies(read("山田商事株式会社"), read("山田商事サービス株式会社")).name
    'RELATIVE'
    >>> compare_companies(read("株式会社ソラニワ製作所"), read("株式会社ソラニワワ製作所")).name
    'SLIP'
    """
    if not one.core or not other.core:
        return CompanyLevel.UNKNOWN
    if one.core == other.core:
        return _same_letters(one, other)
    if one.numbers != other.numbers:
        return CompanyLevel.RELATIVE if _is_near(one.core, other.core) else CompanyLevel.DIFFERENT
    if one.unit != other.unit and _is_near(one.core, other.core):
        return CompanyLevel.RELATIVE
    if _is_shortened(one, other) or _is_shortened(other, one):
        return CompanyLevel.SHORTENED
    return _nearly_same_letters(one, other)


def _same_letters(one: CompanyName, other: CompanyName) -> CompanyLevel:
    if one.unit != other.unit:
        return CompanyLevel.OTHER_UNIT
    if one.legal != other.legal and any({one.legal, other.legal} <= group for group in _FORMS_THAT_EXCLUDE):
        return CompanyLevel.OTHER_FORM
    return CompanyLevel.SAME


def _nearly_same_letters(one: CompanyName, other: CompanyName) -> CompanyLevel:
    if len(one.words) > 1 and sorted(one.words) == sorted(other.words):
        return CompanyLevel.SLIP
    if one.stem == other.stem:
        rest, other_rest = one.core.replace(one.stem, "", 1), other.core.replace(other.stem, "", 1)
        is_slip = OSA.distance(rest, other_rest) == 1 and max(len(rest), len(other_rest)) > 2
        return CompanyLevel.SLIP if is_slip else CompanyLevel.RELATIVE
    if _is_longer_by_a_word(one.core, other.core):
        return CompanyLevel.RELATIVE
    both_cut = (one.stem == one.core) == (other.stem == other.core)
    parts = (one.stem, other.stem) if both_cut else (one.core, other.core)
    if _is_slip(one.core, other.core) and _is_slip_of_stem(*parts):
        if _same_letters(one, other) is CompanyLevel.OTHER_FORM:
            return CompanyLevel.RELATIVE
        return CompanyLevel.CHANGED if _changes_letter(one.core, other.core) else CompanyLevel.SLIP
    return CompanyLevel.RELATIVE if _is_near(one.core, other.core) else CompanyLevel.DIFFERENT


def _is_slip(one: str, other: str) -> bool:
    longest = max(len(one), len(other))
    allowed = 0 if longest < 4 else 1 if longest < 9 else 2 if longest < 16 else 3
    return int(OSA.distance(one, other, score_cutoff=allowed)) <= allowed


def _is_longer_by_a_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) >= 2 and (long.startswith(short) or long.endswith(short))


def _is_slip_of_stem(one: str, other: str) -> bool:
    """Say whether the part that identifies differs as by a slip; a changed kanji makes another name."""
    distance = int(OSA.distance(one, other))
    if distance == 1 and len(one) == len(other):
        places = [place for place in range(len(one)) if one[place] != other[place]]
        if len(places) == 1 and is_kanji(one[places[0]]) and is_kanji(other[places[0]]):
            return len(one) >= 5
    return 1 - distance / max(len(one), len(other)) >= 0.65


def _changes_letter(one: str, other: str) -> bool:
    """Say whether letters of one name stand for others, rather than being dropped, doubled, swapped or voiced."""
    if one[0] != other[0]:
        return True
    if len(one) != len(other) or sorted(one) == sorted(other):
        return False
    return any(a != b and _unvoiced(a) != _unvoiced(b) for a, b in zip(one, other, strict=True))


def _unvoiced(letter: str) -> str:
    """Return a kana without its voicing mark: ガ becomes カ."""
    return unicodedata.normalize("NFD", letter)[0]


def _is_near(one: str, other: str) -> bool:
    """Say whether one name holds the other, or all but two letters are common."""
    short, long = sorted((one, other), key=len)
    return (len(short) >= 2 and short in long) or (
        len(long) >= 4 and int(OSA.distance(one, other, score_cutoff=2)) <= min(2, len(short) // 2)
    )


def _is_shortened(short: CompanyName, long: CompanyName) -> bool:
    if len(long.words) >= 3 and len(short.words) == 1:
        return short.core == "".join(word[0] for word in long.words)
    if len(short.words) != len(long.words) or len(long.words) < 2:
        return False
    pairs = list(zip(short.words, long.words, strict=True))
    fits = all(a == b or (len(a) >= 3 and b.startswith(a)) for a, b in pairs)
    return fits and pairs[0][0] == pairs[0][1]


def is_kanji(letter: str) -> bool:
    """Say whether a letter is a kanji."""
    return "一" <= letter <= "龯" or "㐀" <= letter <= "䶿"


def compare_people(one: PersonName, other: PersonName, *, n_uses: Mapping[str, int]) -> PersonLevel:
    """Return how alike two names of people are.

    Parameters
    ----------
    one, other
        Names taken apart.
    n_uses
        How many records hold each word: a word that many people bear is a name of its own, not a slip.

    Examples
    --------
    >>> from saleslab.intake.name_forms import read_person_name as read
    >>> compare_people(read("Smith, John"), read("john smith"), n_uses={}).name
    'SAME'
    >>> compare_people(read("佐藤 健一"), read("佐藤健二"), n_uses={}).name
    'PART'
    >>> compare_people(read("J. Smith"), read("John Smith"), n_uses={}).name
    'INITIAL'
    """
    if not one.core or not other.core:
        return PersonLevel.UNKNOWN
    if one.core == other.core:
        return PersonLevel.SAME
    mine, theirs = _align(one, other)
    common = set(mine) & set(theirs)
    if not common:
        is_slip = _is_slip(one.core, other.core) and not _changes_kanji(one.core, other.core)
        return PersonLevel.SLIP if is_slip and _is_rare(mine, theirs, n_uses) else PersonLevel.DIFFERENT
    rest, other_rest = ("".join(word for word in words if word not in common) for words in (mine, theirs))
    if _is_initial(rest, other_rest):
        return PersonLevel.INITIAL
    longest = max(len(rest), len(other_rest))
    is_close = OSA.distance(rest, other_rest) == 1 or (longest >= 8 and OSA.distance(rest, other_rest) == 2)
    if is_close and not _changes_kanji(rest, other_rest) and _is_rare((rest,), (other_rest,), n_uses):
        return PersonLevel.SLIP
    return PersonLevel.PART


def _align(one: PersonName, other: PersonName) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return both names in words, a name written in one piece cut where the other's first or last word ends."""
    if len(one.words) == len(other.words):
        if len(one.words) > 1 or one.core.isascii() or other.core.isascii():
            return one.words, other.words
        same = next(i for i in range(len(one.core) + 1) if one.core[: i + 1] != other.core[: i + 1])
        cut = min(same, 2) if same >= 2 else 0  # two letters of a family name, as most Japanese ones have
        return _cut(one.core, cut), _cut(other.core, cut)
    if len(one.words) > len(other.words):
        theirs, mine = _align(other, one)
        return mine, theirs
    for word in other.words:
        if len(word) > 1 and one.core.startswith(word):
            return _cut(one.core, len(word)), other.words
        if len(word) > 1 and one.core.endswith(word):
            return _cut(one.core, len(one.core) - len(word)), other.words
    return one.words, other.words


def _cut(core: str, place: int) -> tuple[str, ...]:
    return tuple(part for part in (core[:place], core[place:]) if part)


def _is_initial(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and short.isascii() and len(long) > 1 and long.startswith(short)


def _changes_kanji(one: str, other: str) -> bool:
    """Say whether some kanji of one name stands where the other has another: another name, seldom a slip."""
    if len(one) != len(other):
        return False
    return any(a != b and is_kanji(a) and is_kanji(b) for a, b in zip(one, other, strict=True))


def _is_rare(mine: tuple[str, ...], theirs: tuple[str, ...], n_uses: Mapping[str, int]) -> bool:
    """Say whether one of the two writings is hardly used by anyone else."""
    uses = [min((n_uses.get(word, 0) for word in words), default=0) for words in (mine, theirs)]
    return min(uses) <= 2
