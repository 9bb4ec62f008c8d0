"""Names of companies and people taken apart: what identifies, what is a legal form, a branch or a title.

``（株）ソラニワ製作所``, ``ｿﾗﾆﾜ製作所㈱`` and ``株式会社 ソラニワ製作所`` name one company;
``ソラニワ製作所 大阪支店`` names a unit of it, and ``ソラニワ製作所サービス`` another company.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from saleslab.intake.name_words import LEGAL_LATIN, LEGAL_MARKS, LEGAL_WORDS, PLACES, SHORT_WORDS, TRADE_WORDS

_UNIT_NOUNS = "支店|支社|営業所|出張所|事業所|事業部|事務局|本社|本店|工場|オフイス"
_UNIT = re.compile(rf"(?:{'|'.join(sorted(PLACES, key=len, reverse=True))})?第?\d*(?:{_UNIT_NOUNS})$")
_UNIT_WORD = re.compile(rf"\S{{0,12}}(?:{_UNIT_NOUNS})")
_UNIT_LATIN = {"branch", "office", "headquarters", "hq", "plant", "division", "dept", "department", "site"}
_KANJI = str.maketrans(
    "髙﨑濵邉邊齋齊斎澤廣櫻國冨嶋嶌桒舘眞龍德槗濱栁圓學", "高崎浜辺辺斉斉斉沢広桜国富島島桑館真竜徳橋浜柳円学"
)
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_HYPHENS = re.compile(r"(?<=[ァ-ヺ])[-‐‑‒–—―−](?=[ァ-ヺ\s]|$)")
_MARK = re.compile(r"^\(?([^()\s]{1,2})\)|\(([^()\s]{1,2})\)?$|\(([^()\s]{1,2})\)")
_TORN_LEGAL = re.compile("株 ?式 ?会 ?社|有 ?限 ?会 ?社|合 ?同 ?会 ?社")
_KANJI_NUMBERS = re.compile(r"第[一二三四五六七八九十]+")
_TITLES = {"mr", "mrs", "ms", "dr", "prof", "様", "さん", "氏", "殿", "先生"}


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name taken apart.

    Attributes
    ----------
    core
        What identifies it: no legal form, no unit, no spaces or marks, one spelling of each letter.
    stem
        The core without words of trade such as 製作所 or "systems"; never empty where the core is not.
    words
        The words of a Latin name in their order; the core alone for a Japanese one.
    legal
        Legal form, such as ``kk`` for 株式会社; empty where none is written.
    unit
        Branch, office or plant, such as 大阪支店.
    numbers
        All digits, and 第一 and the like, in their order.
    """

    core: str
    stem: str
    words: tuple[str, ...]
    legal: str
    unit: str
    numbers: str


NO_COMPANY = CompanyName("", "", (), "", "", "")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name: all letters in one order (``core``), and its words as written (one word where no space was)."""

    core: str
    words: tuple[str, ...]


NO_PERSON = PersonName("", ())


def fold_letters(text: str) -> str:
    """Return text with one spelling of each letter: width, case, variant kanji, small kana and long marks folded.

    Examples
    --------
    >>> fold_letters("ｷｬﾉﾝ") == fold_letters("キヤノン"), fold_letters("ＡＢＣ髙橋")
    (True, 'abc高橋')
    """
    plain = _HYPHENS.sub("ー", unicodedata.normalize("NFKC", text)).casefold().translate(_KANJI).translate(_SMALL)
    plain = (
        plain.replace("ヴア", "バ")
        .replace("ヴイ", "ビ")
        .replace("ヴエ", "ベ")
        .replace("ヴオ", "ボ")
        .replace("ヴ", "ブ")
    )
    return plain.replace("ー", "")


@lru_cache(maxsize=200_000)
def read_company_name(text: str | None) -> CompanyName:
    """Return the parts of a company's name; everything empty where there is none.

    Examples
    --------
    >>> read_company_name("（株）ソラニワ製作所").core == read_company_name("ｿﾗﾆﾜ製作所 株式会社").core
    True
    >>> read_company_name("Acme Intl. Co., Ltd.").words, read_company_name("ソラニワ製作所 大阪支店").unit
    (('acme', 'international'), '大阪支店')
    """
    if not isinstance(text, str) or not text.strip():
        return NO_COMPANY
    plain, legal = _take_legal(" ".join(unicodedata.normalize("NFKC", text).split()))
    words = _words(fold_letters(plain))
    words, legal_latin = _take_latin_legal(words)
    words, unit = _take_unit(words)
    words, before_unit = _take_latin_legal(words)
    core = "".join(words)
    if not core:
        core, words = _squeeze(fold_letters(text)), [_squeeze(fold_letters(text))]
    numbers = "".join(re.findall(r"\d+", core) + _KANJI_NUMBERS.findall(core))
    return CompanyName(core, _stem(words, core), tuple(words), legal or legal_latin or before_unit, unit, numbers)


def _take_legal(plain: str) -> tuple[str, str]:
    """Return a name without its Japanese legal form, and the form."""
    plain = _TORN_LEGAL.sub(lambda found: found.group().replace(" ", ""), plain)
    for word, form in LEGAL_WORDS.items():
        if word in plain:
            return plain.replace(word, " ").strip(), form
    for found in _MARK.finditer(plain):
        mark = next(group for group in found.groups() if group)
        if mark in LEGAL_MARKS:
            return (plain[: found.start()] + " " + plain[found.end() :]).strip(), LEGAL_MARKS[mark]
    return _take_misspelt_legal(plain)


def _take_misspelt_legal(plain: str) -> tuple[str, str]:
    """Return a name without 株式会社 or its like where one letter of it is wrong: 株会社, 株式式会社."""
    if "社" not in plain:
        return plain, ""
    for word, form in (("株式会社", "kk"), ("有限会社", "yk"), ("合同会社", "gk")):
        for size in (4, 3, 5):
            for part, rest in ((plain[:size], plain[size:]), (plain[-size:], plain[:-size])):
                if rest and part.strip() == part and part[-1] == "社" and _distance(part, word, 1) == 1:
                    return rest.strip(), form
    return plain, ""


def _distance(one: str, other: str, most: int) -> int:
    from rapidfuzz.distance import OSA

    return int(OSA.distance(one, other, score_cutoff=most))


def _words(folded: str) -> list[str]:
    latin = re.sub(r"(?<=\b[a-z])\.(?=[a-z]\b)", "", folded).replace("&", " and ").replace("'", "")
    return [SHORT_WORDS.get(word, word) for word in re.split(r"[\W_]+", latin) if word and word not in {"the", "and"}]


def _take_latin_legal(words: list[str]) -> tuple[list[str], str]:
    legal = ""
    while len(words) > 1 and (form := _latin_form(words[-1])) is not None:
        legal = form or legal
        words = words[:-1]
    return words, legal


def _latin_form(word: str) -> str | None:
    if word in LEGAL_LATIN:
        return LEGAL_LATIN[word]
    if len(word) < 6 or not word.isascii():
        return None
    return next((form for full, form in _LONG_LATIN.items() if _distance(word, full, 1) <= 1), None)


def _take_unit(words: list[str]) -> tuple[list[str], str]:
    """Return words without the branch or office at their end, and the branch."""
    if len(words) > 1 and words[-1] in _UNIT_LATIN:
        keep = max(1, len(words) - 2)
        return words[:keep], " ".join(words[keep:])
    if len(words) > 1 and _UNIT_WORD.fullmatch(words[-1]):
        return words[:-1], words[-1]
    if words and (found := _UNIT.search(words[-1])) and found.start() >= 3:
        return [*words[:-1], words[-1][: found.start()]], found.group()
    return words, ""


def _stem(words: list[str], core: str) -> str:
    kept = [word for word in words if word not in _TRADE_SET] if len(words) > 1 else words
    stem = "".join(kept) or core
    while True:
        trade = next((word for word in _TRADE_ENDINGS if stem.endswith(word) and len(stem) > len(word)), None)
        if trade is None:
            return stem
        stem = stem[: -len(trade)]


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@lru_cache(maxsize=400_000)
def read_person_name(text: str | None) -> PersonName:
    """Return the parts of a person's name; a Latin name's words are sorted, so that "Sato, Hana" is "Hana Sato".

    Examples
    --------
    >>> read_person_name("髙橋　花子 様").core == read_person_name("高橋花子").core
    True
    >>> read_person_name("Sato, Hana").core == read_person_name("hana SATO").core
    True
    """
    if not isinstance(text, str) or not text.strip():
        return NO_PERSON
    parted = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", text))
    folded = re.sub(r"\([^()]*\)", " ", fold_letters(parted))
    words = [word for word in re.split(r"[\W_]+", folded) if word and word not in _TITLES]
    if words and len(words[-1]) > 2 and words[-1].endswith("様"):
        words[-1] = words[-1][:-1]
    is_latin = all(word.isascii() for word in words)
    return PersonName("".join(sorted(words) if is_latin else words), tuple(words))


_LONG_LATIN = {word: form for word, form in LEGAL_LATIN.items() if len(word) >= 7}
_TRADE_SET = frozenset(fold_letters(word) for word in TRADE_WORDS)
_TRADE_ENDINGS = tuple(sorted((word for word in _TRADE_SET if not word.isascii()), key=lambda word: (-len(word), word)))
