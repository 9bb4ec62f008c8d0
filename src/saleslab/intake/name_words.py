"""Words that names of companies are made of: legal forms, abbreviations, trades and places.

Declarations only; `saleslab.intake.name_forms` reads names with them.
"""

from __future__ import annotations

LEGAL_WORDS = {
    "株式会社": "kk", "有限会社": "yk", "合同会社": "gk", "合資会社": "goshi", "合名会社": "gomei",
    "一般社団法人": "shadan", "一般財団法人": "zaidan", "公益社団法人": "shadan", "公益財団法人": "zaidan",
    "医療法人社団": "iryo", "医療法人財団": "iryo", "医療法人": "iryo", "学校法人": "gakko", "社会福祉法人": "fukushi",
    "宗教法人": "shukyo", "特定非営利活動法人": "npo", "NPO法人": "npo", "国立大学法人": "kokudai",
    "独立行政法人": "dokugyo", "協同組合": "kumiai",
}  # fmt: skip
"""Japanese legal forms, written out, and what each is called here."""

LEGAL_MARKS = {
    "株": "kk", "カ": "kk", "有": "yk", "ユ": "yk", "同": "gk", "ド": "gk", "資": "goshi", "名": "gomei",
    "一社": "shadan", "社": "shadan", "一財": "zaidan", "財": "zaidan", "医": "iryo", "学": "gakko", "福": "fukushi",
}  # fmt: skip
"""Japanese legal forms as a letter or two in brackets, such as （株） and カ)."""

LEGAL_LATIN = {
    "inc": "inc", "incorporated": "inc", "corp": "inc", "corporation": "inc", "co": "", "company": "", "ltd": "ltd",
    "limited": "ltd", "llc": "llc", "llp": "llp", "lp": "lp", "plc": "plc", "gmbh": "gmbh", "mbh": "gmbh", "ag": "ag",
    "kg": "kg", "ohg": "ohg", "sa": "sa", "sas": "sas", "sarl": "sarl", "srl": "srl", "spa": "spa", "bv": "bv",
    "nv": "nv", "ab": "ab", "asa": "asa", "oy": "oy", "pty": "ltd", "pte": "ltd", "kk": "kk", "kabushiki": "kk",
    "kaisha": "kk", "godo": "gk",
}  # fmt: skip
"""Legal forms in Latin letters, without dots; an empty one says nothing of the form."""

SHORT_WORDS = {
    "intl": "international", "mfg": "manufacturing", "mfrs": "manufacturers", "mgmt": "management", "svc": "services",
    "svcs": "services", "service": "services", "sys": "systems", "system": "systems", "ind": "industries",
    "inds": "industries", "industry": "industries", "grp": "group", "natl": "national", "assoc": "associates",
    "bros": "brothers", "dept": "department", "univ": "university",
    "tech": "technologies", "technology": "technologies",
    "eng": "engineering", "engr": "engineering", "elec": "electric", "dist": "distribution", "hldgs": "holdings",
    "holding": "holdings", "labs": "laboratories", "lab": "laboratories", "pharma": "pharmaceuticals",
    "solution": "solutions", "soln": "solutions", "centre": "center", "ctr": "center",
}  # fmt: skip
"""Words of one meaning that are written in several ways, and the writing that stands for all."""

TRADE_WORDS = (
    "商事", "商会", "商店", "商社", "製作所", "製作", "製造", "工業", "工務店", "工場", "産業", "興業", "興産",
    "建設", "建築", "建材", "設備", "電機", "電気", "電子", "電工", "機械", "機工", "鉄工", "鉄工所", "精機", "精密",
    "化学", "化成", "薬品", "製薬", "薬局", "食品", "製菓", "水産", "農園", "酒造", "物産", "物流", "運輸", "運送",
    "倉庫", "交通", "不動産", "住宅", "開発", "企画", "印刷", "出版", "新聞", "放送", "広告", "通信", "情報", "銀行",
    "信用金庫", "証券", "保険", "病院", "医院", "クリニック", "大学", "学園", "総研", "総合研究所", "研究所", "設計",
    "設計事務所", "事務所", "会計事務所", "法律事務所", "旅館", "ホテル", "観光", "販売", "サービス", "システム",
    "システムズ", "ソリューション", "ソリューションズ", "テクノロジー", "エンジニアリング", "コンサルティング",
    "ホールディングス", "グループ", "ジャパン", "日本", "フーズ", "メディカル", "ヘルスケア", "ファイナンス",
    "リース", "ロジスティクス", "エナジー", "情報サービス", "international", "manufacturing", "manufacturers",
    "management", "services", "systems", "industries", "group", "national", "associates", "brothers", "technologies",
    "engineering", "electric", "distribution", "holdings", "laboratories", "pharmaceuticals", "solutions", "center",
    "trading", "consulting", "logistics", "foods", "energy", "medical", "healthcare", "finance", "partners",
    "software", "digital", "media", "global", "japan", "america", "europe", "asia", "works", "supply", "products",
    "bank", "insurance", "construction",
)  # fmt: skip
"""Words that tell the trade rather than the company."""

PLACES = (
    "札幌", "旭川", "函館", "青森", "盛岡", "仙台", "秋田", "山形", "福島", "郡山", "水戸", "宇都宮", "前橋", "高崎",
    "さいたま", "大宮", "埼玉", "千葉", "東京", "新宿", "渋谷", "品川", "池袋", "八王子", "立川", "横浜", "川崎",
    "神奈川", "新潟", "富山", "金沢", "福井", "甲府", "長野", "松本", "岐阜", "静岡", "浜松", "名古屋", "豊橋",
    "愛知", "津", "四日市", "三重", "大津", "滋賀", "京都", "大阪", "梅田", "難波", "堺", "神戸", "姫路", "兵庫",
    "奈良", "和歌山", "鳥取", "松江", "岡山", "倉敷", "広島", "福山", "山口", "下関", "徳島", "高松", "松山", "高知",
    "北九州", "福岡", "博多", "佐賀", "長崎", "熊本", "大分", "宮崎", "鹿児島", "那覇", "沖縄", "北海道", "東北",
    "関東", "首都圏", "北陸", "中部", "東海", "関西", "近畿", "中国", "四国", "九州", "東日本", "西日本", "東", "西",
    "南", "北", "中央", "国際", "海外",
)  # fmt: skip
"""Places and directions that stand before 支店, 営業所 and the like."""
