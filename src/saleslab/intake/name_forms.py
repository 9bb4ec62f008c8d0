"""Names of companies and people taken apart: what identifies, what is a legal form, a branch or a title.

``（株）ソラニワ製作所``, ``ｿﾗﾆﾜ製作所㈱`` and ``株式会社 ソラニワ製作所`` name one company;
``ソラニワ製作所 大阪支店`` names a unit of it, and ``ソラニワ製作所サービス`` another company.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LEGAL_WORDS = {
    "株式会社": "kk", "有限会社": "yk", "合同会社": "gk", "合資会社": "goshi", "合名会社": "gomei",
    "一般社団法人": "shadan", "一般財団法人": "zaidan", "公益社団法人": "shadan", "公益財団法人": "zaidan",
    "医療法人社団": "iryo", "医療法人財団": "iryo", "医療法人": "iryo", "学校法人": "gakko", "社会福祉法人": "fukushi",
    "宗教法人": "shukyo", "特定非営利活動法人": "npo", "NPO法人": "npo", "国立大学法人": "kokudai",
    "独立行政法人": "dokugyo", "協同組合": "kumiai",
}  # fmt: skip
_LEGAL_MARKS = {
    "株": "kk", "カ": "kk", "有": "yk", "ユ": "yk", "同": "gk", "ド": "gk", "資": "goshi", "名": "gomei",
    "一社": "shadan", "社": "shadan", "一財": "zaidan", "財": "zaidan", "医": "iryo", "学": "gakko", "福": "fukushi",
}  # fmt: skip
_LEGAL_LATIN = {
    "inc": "inc", "incorporated": "inc", "corp": "inc", "corporation": "inc", "co": "", "company": "", "ltd": "ltd",
    "limited": "ltd", "llc": "llc", "llp": "llp", "lp": "lp", "plc": "plc", "gmbh": "gmbh", "mbh": "gmbh", "ag": "ag",
    "kg": "kg", "ohg": "ohg", "sa": "sa", "sas": "sas", "sarl": "sarl", "srl": "srl", "spa": "spa", "bv": "bv",
    "nv": "nv", "ab": "ab", "asa": "asa", "oy": "oy", "pty": "ltd", "pte": "ltd", "kk": "kk", "kabushiki": "kk",
    "kaisha": "kk", "godo": "gk",
}  # fmt: skip
_SHORT_WORDS = {
    "intl": "international", "mfg": "manufacturing", "mfrs": "manufacturers", "mgmt": "management", "svc": "services",
    "svcs": "services", "service": "services", "sys": "systems", "system": "systems", "ind": "industries",
    "inds": "industries", "industry": "industries", "grp": "group", "natl": "national", "assoc": "associates",
    "bros": "brothers", "dept": "department", "univ": "university",
    "tech": "technologies", "technology": "technologies",
    "eng": "engineering", "engr": "engineering", "elec": "electric", "dist": "distribution", "hldgs": "holdings",
    "holding": "holdings", "labs": "laboratories", "lab": "laboratories", "pharma": "pharmaceuticals",
    "solution": "solutions", "soln": "solutions", "centre": "center", "ctr": "center",
}  # fmt: skip
_TRADE_WORDS = [
    "商事",
    "商会",
    "商店",
    "商社",
    "製作所",
    "製作",
    "製造",
    "工業",
    "工務店",
    "工場",
    "産業",
    "興業",
    "興産",
    "建設",
    "建築",
    "建材",
    "設備",
    "電機",
    "電気",
    "電子",
    "電工",
    "機械",
    "機工",
    "鉄工",
    "鉄工所",
    "精機",
    "精密",
    "化学",
    "化成",
    "薬品",
    "製薬",
    "薬局",
    "食品",
    "製菓",
    "水産",
    "農園",
    "酒造",
    "物産",
    "物流",
    "運輸",
    "運送",
    "倉庫",
    "交通",
    "不動産",
    "住宅",
    "開発",
    "企画",
    "印刷",
    "出版",
    "新聞",
    "放送",
    "広告",
    "通信",
    "情報",
    "銀行",
    "信用金庫",
    "証券",
    "保険",
    "病院",
    "医院",
    "クリニック",
    "大学",
    "学園",
    "総研",
    "総合研究所",
    "研究所",
    "設計",
    "設計事務所",
    "事務所",
    "会計事務所",
    "法律事務所",
    "旅館",
    "ホテル",
    "観光",
    "販売",
    "サービス",
    "システム",
    "システムズ",
    "ソリューション",
    "ソリューションズ",
    "テクノロジー",
    "エンジニアリング",
    "コンサルティング",
    "ホールディングス",
    "グループ",
    "ジャパン",
    "日本",
    "フーズ",
    "メディカル",
    "ヘルスケア",
    "ファイナンス",
    "リース",
    "ロジスティクス",
    "エナジー",
    "情報サービス",
    "international",
    "manufacturing",
    "manufacturers",
    "management",
    "services",
    "systems",
    "industries",
    "group",
    "national",
    "associates",
    "brothers",
    "technologies",
    "engineering",
    "electric",
    "distribution",
    "holdings",
    "laboratories",
    "pharmaceuticals",
    "solutions",
    "center",
    "trading",
    "consulting",
    "logistics",
    "foods",
    "energy",
    "medical",
    "healthcare",
    "finance",
    "partners",
    "software",
    "digital",
    "media",
    "global",
    "japan",
    "america",
    "europe",
    "asia",
    "works",
    "supply",
    "products",
    "bank",
    "insurance",
    "construction",
]
_PLACES = [
    "札幌",
    "旭川",
    "函館",
    "青森",
    "盛岡",
    "仙台",
    "秋田",
    "山形",
    "福島",
    "郡山",
    "水戸",
    "宇都宮",
    "前橋",
    "高崎",
    "さいたま",
    "大宮",
    "埼玉",
    "千葉",
    "東京",
    "新宿",
    "渋谷",
    "品川",
    "池袋",
    "八王子",
    "立川",
    "横浜",
    "川崎",
    "神奈川",
    "新潟",
    "富山",
    "金沢",
    "福井",
    "甲府",
    "長野",
    "松本",
    "岐阜",
    "静岡",
    "浜松",
    "名古屋",
    "豊橋",
    "愛知",
    "津",
    "四日市",
    "三重",
    "大津",
    "滋賀",
    "京都",
    "大阪",
    "梅田",
    "難波",
    "堺",
    "神戸",
    "姫路",
    "兵庫",
    "奈良",
    "和歌山",
    "鳥取",
    "松江",
    "岡山",
    "倉敷",
    "広島",
    "福山",
    "山口",
    "下関",
    "徳島",
    "高松",
    "松山",
    "高知",
    "北九州",
    "福岡",
    "博多",
    "佐賀",
    "長崎",
    "熊本",
    "大分",
    "宮崎",
    "鹿児島",
    "那覇",
    "沖縄",
    "北海道",
    "東北",
    "関東",
    "首都圏",
    "北陸",
    "中部",
    "東海",
    "関西",
    "近畿",
    "中国",
    "四国",
    "九州",
    "東日本",
    "西日本",
    "東",
    "西",
    "南",
    "北",
    "中央",
    "国際",
    "海外",
]
_UNIT_NOUNS = "支店|支社|営業所|出張所|事業所|事業部|事務局|本社|本店|工場|オフイス"
_UNIT = re.compile(rf"(?:{'|'.join(sorted(_PLACES, key=len, reverse=True))})?第?\d*(?:{_UNIT_NOUNS})$")
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
    for word, form in _LEGAL_WORDS.items():
        if word in plain:
            return plain.replace(word, " ").strip(), form
    for found in _MARK.finditer(plain):
        mark = next(group for group in found.groups() if group)
        if mark in _LEGAL_MARKS:
            return (plain[: found.start()] + " " + plain[found.end() :]).strip(), _LEGAL_MARKS[mark]
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
    return [_SHORT_WORDS.get(word, word) for word in re.split(r"[\W_]+", latin) if word and word not in {"the", "and"}]


def _take_latin_legal(words: list[str]) -> tuple[list[str], str]:
    legal = ""
    while len(words) > 1 and (form := _latin_form(words[-1])) is not None:
        legal = form or legal
        words = words[:-1]
    return words, legal


def _latin_form(word: str) -> str | None:
    if word in _LEGAL_LATIN:
        return _LEGAL_LATIN[word]
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


_LONG_LATIN = {word: form for word, form in _LEGAL_LATIN.items() if len(word) >= 7}
_TRADE_SET = frozenset(fold_letters(word) for word in _TRADE_WORDS)
_TRADE_ENDINGS = tuple(sorted((word for word in _TRADE_SET if not word.isascii()), key=lambda word: (-len(word), word)))
