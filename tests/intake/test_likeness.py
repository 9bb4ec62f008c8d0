"""Likeness of names: slips are told from other names, and no name is compared in one direction only."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saleslab.intake.likeness import CompanyLevel, PersonLevel, compare_companies, compare_people
from saleslab.intake.name_forms import read_company_name, read_person_name

WORDS = st.sampled_from(
    [
        "ソラニワ",
        "山田",
        "製作所",
        "商事",
        "サービス",
        "株式会社",
        "（有）",
        "大阪支店",
        "第二",
        "2",
        " ",
        "Acme",
        "Foods",
        "Inc",
        "x",
    ]
)
COMPANIES = st.lists(WORDS, max_size=5).map("".join) | st.text(max_size=12)
PEOPLE = st.lists(
    st.sampled_from(["佐藤", "佐", "健一", "健二", " ", "J.", "John", "Jon", "Smith", ",", "様"]), max_size=4
).map("".join) | st.text(max_size=10)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("株式会社ソラニワ製作所", "ｿﾗﾆﾜ製作所㈱", CompanyLevel.SAME),
        ("株式会社ソラニワ製作所", "有限会社ソラニワ製作所", CompanyLevel.OTHER_FORM),
        ("ソラニワ製作所", "ソラニワ製作所 大阪支店", CompanyLevel.OTHER_UNIT),
        ("ソラニワ製作所", "ソラニ製作所", CompanyLevel.SLIP),
        ("ソラニワ製作所", "ソニラワ製作所", CompanyLevel.SLIP),
        ("Acme Foods Osaka", "Osaka Foods Acme", CompanyLevel.SLIP),
        ("Birch Harbor Lines", "BHL", CompanyLevel.SHORTENED),
        ("ソラニワ製作所", "ソラニワ製作所サービス", CompanyLevel.RELATIVE),
        ("ソラニワ製作所", "ソラニワ商事", CompanyLevel.RELATIVE),
        ("ソラニワ製作所", "第二ソラニワ製作所", CompanyLevel.RELATIVE),
        ("山田工業", "山本工業", CompanyLevel.RELATIVE),
        ("ソラニワ製作所", "モラニワ製作所", CompanyLevel.CHANGED),
        ("ソラニワ製作所", "カゼトキ運輸", CompanyLevel.DIFFERENT),
        ("ソラニワ製作所", None, CompanyLevel.UNKNOWN),
    ],
)
def test_two_names_of_companies_are_as_alike_as_a_person_would_say(one, other, level):
    assert compare_companies(read_company_name(one), read_company_name(other)) is level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("佐藤 健一", "佐藤健一 様", PersonLevel.SAME),
        ("Smith, John", "JOHN SMITH", PersonLevel.SAME),
        ("John Smith", "Jhon Smith", PersonLevel.SLIP),
        ("J. Smith", "John Smith", PersonLevel.INITIAL),
        ("佐藤 健一", "佐藤 健二", PersonLevel.PART),
        ("佐藤 健一", "鈴木 花子", PersonLevel.DIFFERENT),
        ("", "佐藤", PersonLevel.UNKNOWN),
    ],
)
def test_two_names_of_people_are_as_alike_as_a_person_would_say(one, other, level):
    assert compare_people(read_person_name(one), read_person_name(other), n_uses={}) is level


def test_one_letter_more_is_another_name_where_many_people_bear_both():
    one, other = read_person_name("Jean Moreau"), read_person_name("Jeanne Moreau")
    joan = read_person_name("Joan Moreau")
    assert compare_people(one, joan, n_uses={"jean": 1, "joan": 40}) is PersonLevel.SLIP
    assert compare_people(one, joan, n_uses={"jean": 30, "joan": 40}) is PersonLevel.PART
    assert compare_people(one, other, n_uses={}) is PersonLevel.PART


@given(COMPANIES, COMPANIES)
def test_companies_are_as_alike_in_both_directions(one, other):
    left, right = read_company_name(one), read_company_name(other)
    assert compare_companies(left, right) is compare_companies(right, left)
    assert compare_companies(left, left) in {CompanyLevel.SAME, CompanyLevel.UNKNOWN}


@given(PEOPLE, PEOPLE)
@example("John", "John佐藤")
def test_people_are_as_alike_in_both_directions(one, other):
    left, right = read_person_name(one), read_person_name(other)
    assert compare_people(left, right, n_uses={}) is compare_people(right, left, n_uses={})
    assert compare_people(left, left, n_uses={}) in {PersonLevel.SAME, PersonLevel.UNKNOWN}
