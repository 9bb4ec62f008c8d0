"""Everything a reader sees exists in both languages and reads as it should."""

import re
from datetime import date, datetime
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar, Month, Period
from saleslab.wording import (
    LANGUAGES,
    Change,
    Count,
    Days,
    Money,
    Number,
    Points,
    Share,
    Text,
    say,
    section,
    write,
    write_amounts,
)
from saleslab.wording.catalogue import sentences
from saleslab.wording.numbers import write_number

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def blanks(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_both_languages_hold_the_same_sentences():
    assert set(sentences("en")) == set(sentences("ja"))


def test_a_sentence_has_the_same_blanks_in_both_languages():
    assert {key: blanks(text) for key, text in sentences("en").items()} == {
        key: blanks(text) for key, text in sentences("ja").items()
    }


def test_no_english_sentence_holds_japanese_letters():
    assert {key: text for key, text in sentences("en").items() if JAPANESE.search(text)} == {}


def test_no_sentence_is_empty():
    assert [key for lang in ("en", "ja") for key, text in sentences(lang).items() if not text.strip()] == []


@pytest.mark.parametrize(
    ("amount", "currency", "en", "ja"),
    [
        ("58400000", "JPY", "¥58.4 M", "5,840万円"),
        ("142000", "JPY", "¥142 K", "14.2万円"),
        ("980", "JPY", "¥980", "980円"),
        ("-1900000", "JPY", "−¥1.90 M", "−190万円"),
        ("1234567890", "JPY", "¥1.23 B", "12.3億円"),
        ("10005534", "USD", "$10.0 M", "$1,001万"),
        ("0", "JPY", "¥0", "0円"),
    ],
)
def test_amounts_are_shortened_as_each_language_does(amount, currency, en, ja):
    money = Money(Decimal(amount), currency)
    assert (write(money, "en"), write(money, "ja")) == (en, ja)


def test_exact_amounts_keep_every_yen():
    assert write(Money(Decimal("1234567"), exact=True), "ja") == "1,234,567円"
    assert write(Money(Decimal("1234.5"), "USD", exact=True), "en") == "$1,234.50"


@pytest.mark.parametrize(
    ("value", "en", "ja"),
    [
        (Share(0.2412), "24.1 %", "24.1%"),
        (Points(0.013), "+1.3 pt", "+1.3ポイント"),
        (Points(-0.013), "−1.3 pt", "−1.3ポイント"),
        (Change(0.09), "+9 %", "+9%"),
        (Count(12345), "12,345", "12,345"),
        (Number(1.5), "1.5", "1.5"),
        (Days(1), "1 day", "1日"),
        (Days(12), "12 days", "12日"),
        (date(2026, 11, 23), "23 Nov 2026", "2026年11月23日"),
        (datetime(2026, 11, 23, 9, 5), "23 Nov 2026 09:05", "2026年11月23日 09:05"),
        (Month(date(2026, 4, 1)), "Apr 2026", "2026年4月"),
        (FiscalCalendar().parse("FY2026Q3"), "FY2026 Q3", "2026年度第3四半期"),
        (FiscalCalendar().parse("FY2026"), "FY2026", "2026年度"),
        (Period(date(2026, 1, 2), date(2026, 1, 9)), "2 Jan 2026 to 9 Jan 2026", "2026年1月2日〜2026年1月9日"),
    ],
)
def test_values_are_written_as_readers_expect(value, en, ja):
    assert (write(value, "en"), write(value, "ja")) == (en, ja)


@given(st.decimals(-(10**15), 10**15, places=2))
def test_a_written_number_reads_back(value):
    assert Decimal(write_number(value, 2).replace(",", "").replace("−", "-")) == value


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_larger_amount_is_never_written_as_a_smaller_one(a, b):
    def read(written: str) -> Decimal:
        scales = {"兆": 10**12, "億": 10**8, "万": 10**4}
        digits = written.removesuffix("円").replace(",", "")
        return Decimal(digits[:-1]) * scales[digits[-1]] if digits[-1] in scales else Decimal(digits)

    low, high = sorted((a, b))
    assert read(write(Money(Decimal(low)), "ja")) <= read(write(Money(Decimal(high)), "ja"))


def test_a_count_has_the_counter_of_its_thing_in_japanese():
    assert [write(Count(1470, thing), "ja") for thing in ("deal", "customer", "person")] == [
        "1,470件",
        "1,470社",
        "1,470名",
    ]
    assert write(Count(147, "deal"), "en") == "147"


@example([50, 10_000])
@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=8))
def test_amounts_of_a_column_share_their_unit_unless_one_would_vanish(amounts):
    for lang in LANGUAGES:
        written = write_amounts([Money(Decimal(amount)) for amount in amounts], lang)
        units = {re.sub(r"[\d,.]+", "", each) for each in written}
        alone = [write(Money(Decimal(amount)), lang) for amount in amounts]
        assert len(units) == 1 or written == alone
        assert all(re.search(r"[1-9]", each) for each in written)


def test_amounts_of_several_currencies_are_written_each_by_itself():
    column = [Money(Decimal(16_900_000)), Money(Decimal(500_000), "USD")]
    assert write_amounts(column, "en") == ["¥16.9 M", "$500 K"]


def test_a_bare_float_is_refused():
    with pytest.raises(BadArgument, match="no written form.*\n.*Next: wrap it in Money"):
        write(0.25, "en")


def test_an_unknown_sentence_is_refused():
    with pytest.raises(BadArgument, match="'nowhere.to.be' is missing"):
        say("nowhere.to.be")


def test_an_unknown_language_is_refused():
    with pytest.raises(BadArgument, match="use one of: en, ja"):
        Text.same("x").of("fr")


def test_a_section_holds_its_sentences_by_their_last_name():
    assert section("glossary")["win_rate"] == Text("Win rate", "受注率")
