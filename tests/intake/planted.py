"""Companies and people with duplicates planted by plain rules of its own, and with neighbours that only look like them.

Written apart from `saleslab.intake.identity`: the words, spellings and shares here are not those that it knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SYLLABLES = (
    "アイウエカキクケコサシスセタチツテナニヌネノハヒフヘマミムメモラリルレロヤユヨワガギグゴザジダデドバビブボパピプポ"
)
PLACES = [
    "札幌", "仙台", "新宿", "横浜", "静岡", "名古屋", "京都", "大阪", "神戸", "岡山", "広島", "高松", "福岡", "熊本",
    "那覇",
]  # fmt: skip
SURNAMES = [
    "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口",
    "松本", "井上", "木村", "林", "斎藤", "清水", "山崎", "森", "池田", "橋本", "阿部", "石川", "山下", "中島",
    "石井", "小川", "前田", "岡田", "長谷川", "藤田", "後藤", "近藤", "村上", "遠藤", "青木", "坂本", "斉藤", "福田",
    "太田", "西村", "藤井", "金子", "岡本", "藤原", "三浦", "中野", "中川", "原田", "松田", "竹内", "小野", "田村",
    "中山", "和田", "石田", "森田", "上田", "原", "内田", "柴田", "酒井", "宮崎", "横山", "高木", "安藤", "宮本",
    "大野",
]  # fmt: skip
GIVEN = [
    "大輔", "健太", "翔", "拓也", "直樹", "達也", "誠", "学", "健", "健一", "健二", "健太郎", "一郎", "二郎", "浩",
    "浩二", "隆", "修", "剛", "豊", "勇", "亮", "陸", "蓮", "湊", "樹", "悠真", "花子", "恵", "恵子", "陽子", "美咲",
    "愛", "舞", "彩", "彩花", "葵", "結衣", "さくら", "明美", "由美", "由美子", "真由美", "久美子", "裕子", "智子",
    "典子", "幸子", "京子", "千尋", "遥", "瞳", "香織", "麻衣", "優子",
]  # fmt: skip
SURNAMES_LATIN = [
    "Abbot", "Archer", "Baxter", "Becker", "Brandt", "Carver", "Castillo", "Dalton", "Dubois", "Eriksen", "Fischer",
    "Fontaine", "Garcia", "Gibson", "Hansen", "Hartley", "Hughes", "Ivanova", "Jansen", "Keller", "Kowalski", "Lambert",
    "Larsen", "Martin", "Mercer", "Moreau", "Nielsen", "Novak", "Olsen", "Parker", "Petrov", "Quinn", "Ramirez",
    "Rossi", "Schmidt", "Silva", "Thatcher", "Turner", "Vargas", "Walker", "Weaver", "Young",
]  # fmt: skip
GIVEN_LATIN = [
    "Adam", "Alice", "Anna", "Boris", "Carla", "Carlo", "Clara", "Daniel", "Daniela", "Diana", "Edith", "Emil",
    "Eric", "Erica", "Felix", "Frank", "Greta", "Hugo", "Irene", "Jan", "Jane", "Jean", "Joan", "Julia", "Julian",
    "Karl", "Laura", "Lena", "Leon", "Marie", "Maria", "Mark", "Martha", "Nina", "Oscar", "Paul", "Paula", "Peter",
    "Rosa", "Simon", "Simone", "Theo", "Vera", "Victor",
]  # fmt: skip
TRADES = [
    "商事", "製作所", "工業", "建設", "電機", "精機", "運輸", "倉庫", "食品", "水産", "印刷", "設計", "不動産",
    "産業", "化学", "テクノ", "ファクトリー", "フードサービス", "電設", "メンテナンス", "堂", "屋", "本舗", "鋼業",
    "ケミカル", "マテリアル", "ワークス", "デザイン",
]  # fmt: skip
EXTRA = [
    "サービス", "販売", "物流", "ホールディングス", "エンジニアリング", "北陸", "不動産", "インターナショナル",
    "テクノサービス", "フーズ", "商会",
]  # fmt: skip
LATIN = [
    "Acorn", "Birch", "Cobalt", "Delta", "Ember", "Falcon", "Garnet", "Harbor", "Indigo", "Juniper", "Kestrel",
    "Lumen", "Maple", "Nimbus", "Orchid", "Pioneer",
]  # fmt: skip
LATIN_TWO = [
    "Bridge", "Crest", "Dale", "Field", "Gate", "Hill", "Lake", "Mill", "Point", "Ridge", "Stone", "Vale", "Wood",
    "Works", "Forge", "Haven",
]  # fmt: skip
LATIN_TRADE = [
    "Manufacturing", "International", "Systems", "Technologies", "Industries", "Services", "Logistics", "Foods",
    "Engineering",
]  # fmt: skip
SHORT = {
    "Manufacturing": "Mfg.",
    "International": "Intl",
    "Technologies": "Tech",
    "Industries": "Inds.",
    "Services": "Svcs",
}
LEGAL = {
    "株式会社": ["（株）", "㈱", "(株)", "株式会社　", ""],
    "有限会社": ["（有）", "㈲", ""],
    "合同会社": ["（同）", ""],
}
LEGAL_LATIN = {
    "Inc.": ["Inc", "Incorporated", ""],
    "Co., Ltd.": ["Co.,Ltd", "Co Ltd", ""],
    "Corp.": ["Corporation", "Corp"],
}
HALF = dict(zip(
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
    "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ", strict=True))  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """Records, the true pairs, and the pairs that look alike and are not the same."""

    records: pd.DataFrame
    same: set[tuple[str, str]]
    different: set[tuple[str, str]]


def measure(pairs: pd.DataFrame, same: set[tuple[str, str]]) -> tuple[float, float]:
    """Return precision and recall of proposed pairs."""
    got = {tuple(sorted(pair)) for pair in pairs[["left_id", "right_id"]].itertuples(index=False, name=None)}
    hits = len(got & same)
    return hits / max(len(got), 1), hits / max(len(same), 1)


def _pick(rng: np.random.Generator, words: list[str]) -> str:
    return words[int(rng.integers(len(words)))]


def _slip(rng: np.random.Generator, text: str) -> str:
    """Drop, double or swap a letter after the first."""
    if len(text) < 4:
        return text
    place = int(rng.integers(1, len(text) - 1))
    way = int(rng.integers(3))
    if way == 0:
        return text[:place] + text[place + 1 :]
    if way == 1:
        return text[:place] + text[place] + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _phone(rng: np.random.Generator, area: int) -> str:
    return f"0{area}-{rng.integers(100, 999)}-{rng.integers(1000, 9999)}"


def _phone_again(rng: np.random.Generator, phone: str) -> str:
    forms = [phone.replace("-", ""), "+81 " + phone[1:], phone.replace("-", "(", 1).replace("-", ")"), _wide(phone)]
    return _pick(rng, forms)


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def plant_companies(seed: int, n: int, *, share: float = 0.05) -> Planted:
    """Return ``n`` companies, about a tenth with relatives, and duplicates of a share of them."""
    rng = np.random.default_rng(seed)
    rows, different = [], set()
    while len(rows) < n:
        first = _company(rng, len(rows))
        rows.append(first)
        if rng.random() < 0.12:
            for way in rng.permutation(4)[: int(rng.integers(1, 3))]:
                relative = _relative(rng, first, len(rows), int(way))
                different.add(tuple(sorted((first["account_id"], relative["account_id"]))))
                rows.append(relative)
    chosen = rng.permutation(len(rows))[: round(share * len(rows))]
    copies = [_company_again(rng, rows[row], number) for number, row in enumerate(chosen)]
    same = {
        tuple(sorted((rows[row]["account_id"], copy["account_id"]))) for row, copy in zip(chosen, copies, strict=True)
    }
    records = pd.DataFrame(rows + copies).drop(columns=["stem", "trade", "legal"])
    order = rng.permutation(len(records))
    return Planted(records.iloc[order].reset_index(drop=True), same, different)


def _company(rng: np.random.Generator, number: int) -> dict[str, object]:
    area = int(rng.integers(11, 99))
    if rng.random() < 0.25:
        stem = f"{_pick(rng, LATIN)}{_pick(rng, LATIN_TWO).lower()} {_pick(rng, LATIN)}"
        trade, legal = f" {_pick(rng, LATIN_TRADE)}", _pick(rng, list(LEGAL_LATIN))
        name = f"{stem}{trade} {legal}"
    else:
        draws = rng.random()
        stem = "".join(_pick(rng, list(SYLLABLES)) for _ in range(int(rng.integers(3, 6))))
        if draws < 0.3:
            stem = _pick(rng, SURNAMES)
        elif draws < 0.4:
            stem = f"{_pick(rng, PLACES)}{_pick(rng, SURNAMES)}"
        trade, legal = _pick(rng, TRADES), _pick(rng, ["株式会社"] * 4 + ["有限会社", "合同会社"])
        name = f"{legal}{stem}{trade}" if rng.random() < 0.5 else f"{stem}{trade}{legal}"
    employees = int(np.exp(rng.normal(4, 1.3))) + 1
    return {
        "account_id": f"a{number:06d}", "name": name, "stem": stem, "trade": trade, "legal": legal,
        "domain": None if rng.random() < 0.2 else f"www.company{number}.co.jp",
        "phone": None if rng.random() < 0.15 else _phone(rng, area),
        "postal_code": f"{area * 100 + rng.integers(60):05d}-{rng.integers(40):04d}"[-8:], "region": PLACES[area % 15],
        "industry": f"i{rng.integers(12)}", "employees": float(employees), "parent_account_id": None,
    }  # fmt: skip


def _postal_code(rng: np.random.Generator) -> str:
    return f"{rng.integers(1000, 9999):04d}-{rng.integers(9999):04d}"


def _relative(rng: np.random.Generator, of: dict[str, object], number: int, way: int) -> dict[str, object]:
    """Return a subsidiary, branch or numbered sister that shares much with a company and is not the same."""
    stem, trade, legal = str(of["stem"]), str(of["trade"]), str(of["legal"])
    is_latin = stem.isascii()
    if is_latin:
        name = [f"{stem}{trade} Leasing {legal}", f"{stem} {_pick(rng, LATIN_TRADE)} Partners {legal}",
                f"{stem}{trade} {legal} Osaka Branch", f"{stem}{trade} No. 2 {legal}"][way]  # fmt: skip
    else:
        other = _pick(rng, [t for t in TRADES if t != trade])
        name = [f"{legal}{stem}{trade}{_pick(rng, EXTRA)}", f"{stem}{other}{legal}",
                f"{legal}{stem}{trade} {_pick(rng, PLACES)}{_pick(rng, ['支店', '営業所', '工場'])}",
                f"{legal}第二{stem}{trade}"][way]  # fmt: skip
    near = rng.random(4)
    return of | {
        "account_id": f"a{number:06d}", "name": name,
        "domain": of["domain"] if near[0] < 0.7 else f"www.sister{number}.co.jp",
        "phone": of["phone"] if near[1] < 0.35 else _phone(rng, int(rng.integers(11, 99))),
        "postal_code": of["postal_code"] if near[2] < 0.4 else _postal_code(rng),
        "employees": float(int(np.exp(rng.normal(3.5, 1.2))) + 1),
        "parent_account_id": of["account_id"] if near[3] < 0.4 else None,
    }  # fmt: skip


def _company_again(rng: np.random.Generator, of: dict[str, object], number: int) -> dict[str, object]:
    """Return the same company as somebody else would have entered it."""
    draws = rng.random(6)
    return of | {
        "account_id": f"again{number:06d}",
        "name": _name_again(rng, str(of["name"]), str(of["legal"])),
        "domain": None if draws[0] < 0.3 else f"https://company{number}.jp/" if draws[0] < 0.4 else of["domain"],
        "phone": None if draws[1] < 0.3 or of["phone"] is None else _phone(rng, 50) if draws[1] < 0.4
        else _phone_again(rng, str(of["phone"])),
        "postal_code": None if draws[2] < 0.2 else str(of["postal_code"]).replace("-", "") if draws[2] < 0.6
        else of["postal_code"],
        "industry": of["industry"] if draws[3] < 0.8 else "i99",
        "employees": None if draws[4] < 0.5 else float(round(float(str(of["employees"])) * rng.uniform(0.85, 1.15))),
        "parent_account_id": None,
    }  # fmt: skip


def _name_again(rng: np.random.Generator, name: str, legal: str) -> str:
    forms = LEGAL.get(legal) or LEGAL_LATIN[legal]
    ways = rng.random(4)
    if ways[0] < 0.6:
        name = name.replace(legal, _pick(rng, forms))
    if ways[1] < 0.25:
        name = (
            "".join(HALF.get(letter, letter) for letter in name)
            if not name.isascii()
            else _wide(name).replace("　", " ")
        )
    if ways[2] < 0.3:
        name = _slip(rng, name)
    if ways[3] < 0.3:
        for word, short in SHORT.items():
            name = name.replace(word, short)
        name = name.replace(" ", "  ") if name.isascii() else name.replace(legal, f"{legal} ") + " "
    return name.strip()


def plant_people(seed: int, n: int, *, share: float = 0.05, language: str = "ja") -> Planted:
    """Return ``n`` people at companies with switchboards, colleagues of one family name, and duplicates of a share."""
    rng = np.random.default_rng(seed)
    surnames, given = (SURNAMES, GIVEN) if language == "ja" else (SURNAMES_LATIN, GIVEN_LATIN)
    rows: list[dict[str, object]] = []
    different = set()
    while len(rows) < n:
        firm, area = f"f{len(rows):06d}", int(rng.integers(11, 99))
        board, size = _phone(rng, area), int(rng.integers(1, 7))
        givens = rng.permutation(given)[:size].tolist()  # no two of one name in one company
        names = [(_pick(rng, surnames), word) for word in givens]
        if size > 1 and rng.random() < 0.4:
            names[1] = (names[0][0], names[1][1])
            different.add((f"p{len(rows):06d}", f"p{len(rows) + 1:06d}"))
        rows += [_person(rng, len(rows) + place, name, firm, board) for place, name in enumerate(names)]
    chosen = rng.permutation(len(rows))[: round(share * len(rows))]
    copies = [_person_again(rng, rows[row], number) for number, row in enumerate(chosen)]
    same = {
        tuple(sorted((rows[row]["contact_id"], copy["contact_id"]))) for row, copy in zip(chosen, copies, strict=True)
    }
    records = pd.DataFrame(rows + copies)
    return Planted(records.iloc[rng.permutation(len(records))].reset_index(drop=True), same, different)


def _person(rng: np.random.Generator, number: int, name: tuple[str, str], firm: str, board: str) -> dict[str, object]:
    surname, given = name
    is_latin = surname.isascii()
    own = f"{given}.{surname}".lower() if is_latin else f"person{number}"
    return {
        "contact_id": f"p{number:06d}", "name": f"{given} {surname}" if is_latin else f"{surname} {given}",
        "account_id": firm,
        "email": None if rng.random() < 0.15 else f"{'info' if rng.random() < 0.05 else own}@{firm}.co.jp",
        "phone": board if rng.random() < 0.5 else f"090-{rng.integers(1000, 9999)}-{rng.integers(1000, 9999)}",
    }  # fmt: skip


def _person_again(rng: np.random.Generator, of: dict[str, object], number: int) -> dict[str, object]:
    """Return the same person as somebody else would have entered them; mail or telephone is seldom lost together."""
    draws = rng.random(4)
    name = str(of["name"])
    email = of["email"]
    if draws[1] < 0.2:
        email = f"moved{number}@{of['account_id']}.co.jp"
    elif draws[1] < 0.4:
        email = None
    elif email is not None and draws[1] < 0.7:
        email = str(email).upper()
    phone = of["phone"] if draws[2] < 0.3 else _phone_again(rng, str(of["phone"])) if draws[2] < 0.8 else None
    return of | {
        "contact_id": f"zagain{number:06d}",
        "name": _latin_name_again(rng, name) if name.isascii() else _japanese_name_again(draws[0], name),
        "email": email,
        "phone": phone,
        "account_id": of["account_id"] if draws[3] < 0.85 else None,
    }


def _japanese_name_again(draw: float, name: str) -> str:
    if draw < 0.3:
        return name.replace(" ", "　")
    return name.replace(" ", "") if draw < 0.6 else f"{name} 様" if draw < 0.7 else name


def _latin_name_again(rng: np.random.Generator, name: str) -> str:
    given, surname = name.split()
    forms = [f"{surname}, {given}", name.upper(), f"Dr. {name}", f"{given[0]}. {surname}", _slip(rng, name), name]
    return forms[int(rng.choice(6, p=[0.25, 0.15, 0.1, 0.1, 0.15, 0.25]))]
