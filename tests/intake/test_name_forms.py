"""Names taken apart: every usual writing of one name gives one core, and what differs stays apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.intake.name_forms import fold_letters, read_company_name, read_person_name


@pytest.mark.parametrize(
    "written",
    [
        "株式会社ソラニワ製作所",
        "ソラニワ製作所株式会社",
        "（株）ソラニワ製作所",
        "㈱ソラニワ製作所",
        "ソラニワ製作所(株)",
        "ｿﾗﾆﾜ製作所　株式会社",
        "株式 会社 ソラニワ製作所",
        "カ)ソラニワ製作所",
        "ソラニワ製作所(カ",
        "株会社ソラニワ製作所",
        " ソラニワ　製作所 ",
    ],
)
def test_every_writing_of_a_japanese_company_gives_one_core(written):
    name = read_company_name(written)
    assert name.core == fold_letters("ソラニワ製作所")
    assert name.stem == "ソラニワ"
    assert name.legal in {"kk", ""}


@pytest.mark.parametrize(
    "written",
    [
        "Acme Manufacturing Co., Ltd.",
        "ACME MFG. CO LTD",
        "The Acme Manufacturing Company Limited",
        "Ａｃｍｅ　Ｍａｎｕｆａｃｔｕｒｉｎｇ",
        "Acme Manufacturing Incoporated",
    ],
)
def test_every_writing_of_a_latin_company_gives_the_same_words(written):
    assert read_company_name(written).words == ("acme", "manufacturing")


@pytest.mark.parametrize(
    ("written", "core", "unit"),
    [
        ("株式会社ソラニワ製作所 大阪支店", "ソラニワ製作所", "大阪支店"),
        ("ソラニワ製作所名古屋第2営業所", "ソラニワ製作所", "名古屋第2営業所"),
        ("Acme Foods Osaka Branch", "acmefoods", "osaka branch"),
    ],
)
def test_a_branch_is_told_from_its_company(written, core, unit):
    name = read_company_name(written)
    assert (name.core, name.unit) == (core, unit)


def test_a_name_that_is_all_legal_form_or_trade_keeps_its_letters():
    assert read_company_name("（株）").core == "株"
    assert read_company_name("Company Ltd").core == "company"
    assert read_company_name("建設").stem == "建設"
    assert read_company_name("The And").core == "theand"


def test_numbers_of_a_name_are_kept_apart():
    assert read_company_name("第二ソラニワ工業").numbers == "第二"
    assert read_company_name("Studio 54 Inc").numbers == "54"


def test_variant_letters_of_a_name_are_one_letter():
    assert fold_letters("髙島屋") == fold_letters("高島屋")
    assert fold_letters("キヤノン") == fold_letters("キャノン")
    assert fold_letters("サーバー") == fold_letters("サーバ") == fold_letters("サ-バ")


@pytest.mark.parametrize(
    "written",
    ["Hana Sato", "SATO, Hana", "Ms. Hana Sato", "hana.sato", "HanaSato", "Ｈａｎａ　Ｓａｔｏ", "Hana (Kei) Sato"],
)
def test_every_writing_of_a_latin_person_gives_one_core(written):
    assert read_person_name(written).core == "hanasato"


@pytest.mark.parametrize("written", ["髙橋 花子", "高橋　花子", "高橋花子様", "高橋 花子 さん", "高橋・花子"])
def test_every_writing_of_a_japanese_person_gives_one_core(written):
    assert read_person_name(written).core == "高橋花子"


@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), 5])
def test_what_is_no_name_has_no_parts(nothing):
    assert read_company_name(nothing).core == ""
    assert read_person_name(nothing).core == ""


@given(st.text(max_size=30))
def test_any_text_is_read_and_its_core_is_stable(text):
    company, person = read_company_name(text), read_person_name(text)
    assert company.stem in company.core
    assert bool(company.core) <= bool(company.stem)
    assert " " not in company.core + person.core
    assert fold_letters(fold_letters(text)) == fold_letters(text)
