"""Addresses and numbers: two writings of one thing become equal, and what is none is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.intake.contact_points import (
    domain_of,
    is_shared_box,
    normal_address,
    normal_domain,
    normal_email,
    normal_phone,
    normal_postal,
)


@pytest.mark.parametrize(
    "written",
    ["hana@example.co.jp", " HANA@Example.co.jp ", "Hana Sato <hana+expo@example.co.jp>", "mailto:hana@example.co.jp",
     "ｈａｎａ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ", "'hana@example.co.jp'", "hana@example.co.jp;"],
)  # fmt: skip
def test_every_writing_of_an_address_is_one_address(written):
    assert normal_email(written) == "hana@example.co.jp"


@pytest.mark.parametrize(
    "written",
    ["03-1234-5678", "0312345678", "03(1234)5678", "（03）1234-5678", "+81 3-1234-5678", "+81 (0)3 1234 5678",
     "0081-3-1234-5678", "０３－１２３４－５６７８", "03-1234-5678 内線 12", "03-1234-5678 ext. 9", "TEL 03 1234 5678"],
)  # fmt: skip
def test_every_writing_of_a_telephone_number_is_one_number(written):
    assert normal_phone(written) == "0312345678"


@pytest.mark.parametrize("nothing", [None, "", "none", "n/a", "000-0000-0000", "12345", "1" * 20, float("nan")])
def test_what_is_no_number_or_address_is_none(nothing):
    assert normal_phone(nothing) is None
    assert normal_email(nothing) is None


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://www.soraniwa.co.jp/about?x=1", "soraniwa.co.jp"),
        ("SHOP.soraniwa.com:8080", "soraniwa.com"),
        ("gmail.com", None),
        ("docomo.ne.jp", None),
        ("localhost", None),
        ("no domain at all", None),
    ],
)
def test_a_domain_is_the_part_that_a_company_registered(written, domain):
    assert normal_domain(written) == domain


def test_a_free_address_says_nothing_of_a_company_and_a_desk_nothing_of_a_person():
    assert domain_of("hana@yahoo.co.jp") is None
    assert domain_of(None) is None
    assert is_shared_box("sales2@soraniwa.co.jp")
    assert not is_shared_box("hana@soraniwa.co.jp")
    assert not is_shared_box(None)


def test_postal_codes_and_addresses_have_one_form():
    assert normal_postal("〒100-0001") == normal_postal("１０００００１") == "1000001"
    assert normal_postal("Paris") is None
    assert normal_address("丸の内１丁目２番３号") == normal_address("丸の内 1-2-3") == normal_address("丸の内1ー2ー3")
    assert normal_address("丸の内1-2-3") != normal_address("丸の内1-2-4")


@given(st.text(max_size=40))
def test_any_text_is_read_and_a_normal_form_stays_as_it_is(text):
    for normal in (normal_email, normal_phone, normal_domain, normal_postal):
        once = normal(text)
        assert once is None or normal(once) in {once, None}
    assert not set(normal_address(text) or "") & set(" \t,.。・")
