"""Cells into values: every written form, nothing guessed."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.intake.amounts import EXACT, Remainder
from saleslab.intake.values import Manner, as_text, join_filled, read_values
from saleslab.intake.written_values import Unreadable, read_flag, read_moment, read_number, read_period
from saleslab.tables import Kind

TOKYO = {"zone": "Asia/Tokyo", "company_zone": "Asia/Tokyo"}


def read(cells, kind, **manner):
    return read_values(pa.array(cells, pa.string()), Manner(kind, **manner))


def broken_rows(reading):
    return {rule: np.flatnonzero(mask).tolist() for rule, mask in reading.broken.items()}


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1234.5", "1234.50"),
        ("1,234,567", "1234567.00"),
        ("１，２３４円", "1234.00"),
        ("¥1,200", "1200.00"),
        ("￥１２００", "1200.00"),
        ("-¥300", "-300.00"),
        ("¥-300", "-300.00"),
        ("(1,200.50)", "-1200.50"),
        ("△300", "-300.00"),
        ("▲1,000円", "-1000.00"),
        ("5,840万円", "58400000.00"),
        ("1億2,000万", "120000000.00"),
        ("3.5億円", "350000000.00"),
        ("12千円", "12000.00"),
        ("USD 1,200.10", "1200.10"),
        ("$1,200", "1200.00"),
        ("1.2k", "1200.00"),
        ("1e3", "1000.00"),
    ],
)
def test_an_amount_is_read_in_every_form_that_exports_hold(written, amount):
    assert read([written], Kind.MONEY).values.to_pylist() == [Decimal(amount)]


@pytest.mark.parametrize("written", ["many", "1,23", "12.34.56", "--5", "1 2", "45%", "万", "1万2億", "9" * 16, "0x10"])
def test_what_is_no_amount_is_told_and_never_guessed(written):
    reading = read(["1", written], Kind.MONEY)
    assert reading.values.to_pylist() == [Decimal("1.00"), None]
    assert broken_rows(reading) == {"unreadable": [1]}


@pytest.mark.parametrize("written", ["", "  ", "-", "N/A", "null", "－", "#N/A"])
def test_a_cell_that_says_none_is_missing_and_no_finding(written):
    for kind in (Kind.MONEY, Kind.DATE, Kind.BOOL, Kind.INTEGER):
        reading = read([written], kind)
        assert reading.values.null_count == 1
        assert reading.broken == {}


def test_probabilities_of_0_to_100_become_0_to_1_and_a_percent_sign_is_not_divided_twice():
    assert read(["50", "12.5", "45%", "１００"], Kind.RATE, percent=True).values.to_pylist() == [0.5, 0.125, 0.45, 1.0]
    assert read(["0.5", "45%"], Kind.RATE).values.to_pylist() == [0.5, 0.45]


def test_numbers_with_a_decimal_comma_are_read_where_the_map_says_so():
    reading = read(["1.234,56", "7", "1 000,5"], Kind.MONEY, decimal_comma=True)
    assert reading.values.to_pylist() == [Decimal("1234.56"), Decimal("7.00"), Decimal("1000.50")]


def test_an_integer_with_a_fraction_is_unreadable():
    reading = read(["12", "12.0", "1,200", "12.5"], Kind.INTEGER)
    assert reading.values.to_pylist() == [12, 12, 1200, None]
    assert broken_rows(reading) == {"unreadable": [3]}


def test_amounts_finer_than_a_cent_are_rounded_half_up_and_told():
    reading = read(["1.005", "2.00", "-1.005"], Kind.MONEY)
    assert reading.values.to_pylist() == [Decimal("1.01"), Decimal("2.00"), Decimal("-1.01")]
    assert broken_rows(reading) == {"rounded": [0, 2]}


@given(st.lists(st.decimals(-10_000, 10_000, places=4), max_size=40), st.integers(0, 40))
def test_a_carried_remainder_keeps_the_total_to_half_a_cent_however_the_rows_are_batched(amounts, cut):
    together = Remainder().round(pa.array(amounts, EXACT))
    apart = Remainder()
    parts = [apart.round(pa.array(part, EXACT)) for part in (amounts[:cut], amounts[cut:])]
    assert pa.concat_arrays(parts).to_pylist() == together.to_pylist()
    assert abs(sum(together.to_pylist(), Decimal(0)) - sum(amounts, Decimal(0))) <= Decimal("0.005")
    assert all(abs(one - exact) <= Decimal("0.01") for one, exact in zip(together.to_pylist(), amounts, strict=True))


@given(st.integers(-(10**14), 10**14), st.integers(0, 99))
def test_writing_an_amount_in_any_form_and_reading_it_gives_it_back(whole, cents):
    amount = Decimal(f"{whole}.{cents:02d}")
    forms = [f"{amount}", f"{amount:,}", f"{amount:,}円"] + ([f"({-amount:,})"] if amount < 0 else [f"¥{amount:,}"])
    assert read(forms, Kind.MONEY).values.to_pylist() == [amount] * len(forms)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-04-01T10:20:30Z", "2024-04-01 10:20:30"),
        ("2024-04-01T10:20:30.000+0000", "2024-04-01 10:20:30"),
        ("2024-04-01 10:20:30.123+09:00", "2024-04-01 01:20:30.123000"),
        ("2024-04-01 09:00", "2024-04-01 00:00:00"),
        ("2024/4/1 9:05", "2024-04-01 00:05:00"),
        ("2024/04/01 9:05:10", "2024-04-01 00:05:10"),
        ("２０２４／４／１　９：０５", "2024-04-01 00:05:00"),
        ("2024年4月1日 9時05分", "2024-04-01 00:05:00"),
        ("令和6年4月1日 午後1時", "2024-04-01 04:00:00"),
        ("R6.4.1", "2024-03-31 15:00:00"),
        ("平成元年1月8日", "1989-01-07 15:00:00"),
        ("1711929600000", "2024-04-01 00:00:00"),
        ("1711929600", "2024-04-01 00:00:00"),
        ("45383.5", "2024-04-01 03:00:00"),
        ("20240401", "2024-03-31 15:00:00"),
        ("1 Apr 2024", "2024-03-31 15:00:00"),
        ("Apr 1, 2024 1:05 PM", "2024-04-01 04:05:00"),
        ("2024-02-29", "2024-02-28 15:00:00"),
    ],
)
def test_a_time_is_read_in_every_form_that_exports_hold(written, moment):
    reading = read([written], Kind.TIMESTAMP, **TOKYO)
    assert reading.broken == {}
    assert reading.values.to_pylist() == [datetime.fromisoformat(moment)]


@pytest.mark.parametrize(
    "written", ["2024-02-30", "2023-02-29", "2024-13-01", "yesterday", "2024-04-01 25:00", "12345678901"]
)
def test_what_is_no_date_is_told(written):
    assert broken_rows(read(["2024-04-01", written], Kind.DATE)) == {"unreadable": [1]}


def test_the_order_of_day_and_month_is_never_guessed():
    cells = ["03/04/2024", "25/12/2024", "1.2.2024"]
    assert broken_rows(read(cells, Kind.DATE)) == {"ambiguous_date": [0, 1, 2]}
    assert read(cells, Kind.DATE, order="DMY").values.to_pylist() == [
        date(2024, 4, 3),
        date(2024, 12, 25),
        date(2024, 2, 1),
    ]
    american = read(["03/04/2024", "25/12/2024"], Kind.DATE, order="MDY")
    assert american.values.to_pylist() == [date(2024, 3, 4), None]
    assert broken_rows(american) == {"unreadable": [1]}


@pytest.mark.parametrize("written", ["0001-01-01", "9999-12-31", "9999-12-31 23:59:59", "1753-01-01", "0000-00-00"])
def test_a_year_in_which_nothing_happened_means_no_date(written):
    for kind in (Kind.DATE, Kind.TIMESTAMP):
        reading = read([written], kind)
        assert reading.values.null_count == 1
        assert broken_rows(reading) == {"no_real_date": [0]}


def test_a_date_alone_is_a_day_of_the_company_and_closes_when_it_is_over():
    day = ["2024-04-01"]
    assert read(day, Kind.TIMESTAMP, zone="UTC", company_zone="Asia/Tokyo").values.to_pylist() == [
        datetime(2024, 3, 31, 15)
    ]
    last = read(day, Kind.TIMESTAMP, edge="end", zone="UTC", company_zone="Asia/Tokyo").values.to_pylist()
    assert last == [datetime(2024, 4, 1, 14, 59, 59)]


def test_a_date_with_midnight_of_another_zone_stays_its_day_where_the_map_says_that_it_is_a_date():
    cells = ["2018-12-19 00:00:00"]
    assert read(cells, Kind.DATE, zone="UTC", company_zone="America/New_York").values.to_pylist() == [
        date(2018, 12, 19)
    ]
    ends = read(cells, Kind.TIMESTAMP, edge="end", zone="UTC", company_zone="Asia/Tokyo").values.to_pylist()
    assert ends == [datetime(2018, 12, 19, 14, 59, 59)]


def test_an_instant_falls_on_the_day_of_the_company():
    assert read(["2024-03-31T15:00:00Z"], Kind.DATE, company_zone="Asia/Tokyo").values.to_pylist() == [date(2024, 4, 1)]


def test_hours_that_occur_twice_or_never_do_not_stop_the_import():
    cells = ["2024-11-03 01:30:00", "2024-03-10 02:30:00"]
    reading = read(cells, Kind.TIMESTAMP, zone="America/New_York", company_zone="America/New_York")
    assert reading.values.to_pylist() == [datetime(2024, 11, 3, 5, 30), datetime(2024, 3, 10, 7)]


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)))
@settings(max_examples=60)
def test_the_fast_and_the_careful_reading_of_a_time_agree(moment):
    moment = moment.replace(microsecond=0)
    forms = [f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment:%M:%S}",
             f"{moment.year}年{moment.month}月{moment.day}日 {moment.hour}:{moment:%M:%S}"]  # fmt: skip
    assert read(forms, Kind.TIMESTAMP).values.to_pylist() == [moment] * 3
    assert [read_moment(form)[0] for form in forms] == [moment] * 3


def test_flags_are_read_in_english_and_japanese():
    cells = ["TRUE", "false", "1", "0", "はい", "いいえ", "済", "未", "○", "×", None, "maybe"]
    reading = read(cells, Kind.BOOL)
    assert reading.values.to_pylist() == [True, False] * 5 + [None, None]
    assert broken_rows(reading) == {"unreadable": [11]}


def test_typed_columns_of_parquet_files_are_read_without_text():
    days = pa.array([date(2024, 4, 1), date(9999, 12, 31)])
    assert read_values(days, Manner(Kind.DATE)).values.to_pylist() == [date(2024, 4, 1), None]
    tokyo = pa.array([datetime(2024, 4, 1, 9)], pa.timestamp("ms"))
    assert read_values(tokyo, Manner(Kind.TIMESTAMP, zone="Asia/Tokyo")).values.to_pylist() == [datetime(2024, 4, 1)]
    floats = pa.array([1.25, float("nan"), float("inf")])
    assert read_values(floats, Manner(Kind.MONEY)).values.to_pylist() == [Decimal("1.25"), None, None]
    assert read_values(pa.array([1, 2], pa.int16()), Manner(Kind.ID)).values.to_pylist() == ["1", "2"]
    assert read_values(pa.array(["a", "b"]).dictionary_encode(), Manner(Kind.TEXT)).values.to_pylist() == ["a", "b"]
    assert read_values(pa.array([20240401]), Manner(Kind.DATE)).values.to_pylist() == [date(2024, 4, 1)]
    assert broken_rows(read_values(pa.array([True]), Manner(Kind.MONEY))) == {"unreadable": [0]}


def test_periods_have_a_first_and_a_last_day():
    assert read_period("2024-Q1", last=True) == date(2024, 3, 31)
    assert read_period("2024年2月", last=True) == date(2024, 2, 29)
    with pytest.raises(Unreadable):
        read_period("2024-Q5", last=True)


def test_text_is_trimmed_and_nothing_else():
    cells = ["  =cmd|' /C calc'!A0 ", "<script>alert(1)</script>", "\u3000甲社\u3000", " "]
    assert as_text(pa.array(cells)).to_pylist() == ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "甲社", None]


@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.text(max_size=3)), max_size=8))
def test_joining_keeps_every_row(rows):
    parts = [pa.array([row[place] for row in rows], pa.string()) for place in (0, 1)]
    joined = join_filled(parts, "-").to_pylist()
    assert len(joined) == len(rows)
    assert joined == [
        "-".join(text for text in row if text is not None) if any(t is not None for t in row) else None for row in rows
    ]


@given(st.text(max_size=12))
def test_no_text_whatever_stops_the_reading(text):
    for kind in (Kind.MONEY, Kind.INTEGER, Kind.RATE, Kind.NUMBER, Kind.BOOL, Kind.DATE, Kind.TIMESTAMP):
        for order in ("", "DMY"):
            reading = read([text, "1"], kind, order=order, percent=kind is Kind.RATE)
            assert len(reading.values) == 2
    for read_one in (read_number, read_flag, read_moment):
        with suppress(Unreadable):
            read_one(text)


def test_thousands_of_distinct_amounts_with_separators_and_yen_are_read_to_the_cent():
    cells = pa.array([f"{n:,}円" for n in range(0, 3_000_000, 1_000)])
    reading = read_values(cells, Manner(Kind.MONEY))
    assert pc.sum(reading.values).as_py() == sum(range(0, 3_000_000, 1_000))
