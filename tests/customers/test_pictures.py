"""Every word and every cell of this room's pictures is written in both languages."""

import re
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from saleslab import customers
from saleslab.periods import FiscalCalendar
from saleslab.wording import LANGUAGES, write
from saleslab.wording.catalogue import sentences

AS_OF = date(2026, 9, 30)


def returns_of(*rows):
    frame = pd.DataFrame(rows, columns=["first_month", "second_month", "n_customers"])
    return frame.assign(
        first_month=pd.to_datetime(frame["first_month"]), second_month=pd.to_datetime(frame["second_month"])
    )


@pytest.mark.parametrize("grain", ["month", "quarter", "year"])
def test_cohorts_are_worded_and_tabulated_for_every_grain(grain):
    returns = returns_of(("2024-04-01", "2024-09-01", 6), ("2024-04-01", None, 4), ("2026-09-01", None, 3))
    answer = customers.measure_cohorts(returns, as_of=AS_OF, calendar=FiscalCalendar(), grain=grain)
    words = customers.describe_cohorts(answer)
    assert "60 %" in words["caption"].en
    table = customers.tabulate_cohorts(answer)
    headings = customers.name_columns(*table.columns)
    for lang in LANGUAGES:
        assert all(write(cell, lang) for cell in table.to_numpy().ravel())
        assert all(heading.of(lang) for heading in headings.values())
        assert all(text.of(lang) for text in words.values())


def test_a_young_company_is_told_that_it_is_too_early():
    answer = customers.measure_cohorts(returns_of(("2026-07-01", None, 3)), as_of=AS_OF, calendar=FiscalCalendar())
    assert "too early" in customers.describe_cohorts(answer)["caption"].en
    assert "まだ分かりません" in customers.describe_cohorts(answer)["alt"].ja


def test_concentration_is_worded_and_tabulated():
    ranked = pd.DataFrame({"n_customers": [1], "amount": [Decimal(60)], "squares": [Decimal(3600)]})
    answer = customers.measure_concentration(ranked)
    words = customers.describe_concentration(answer)
    assert words["caption"].en.startswith("1 customer brings half of the money")
    table = customers.tabulate_concentration(answer)
    assert [write(cell, "ja") for cell in table.iloc[-1]] == ["1", "100.0%"]


@pytest.mark.parametrize("question", ["cohorts", "concentration"])
def test_a_question_without_an_answer_says_why(question):
    assert customers.say_gap(question).en.endswith(".")
    assert customers.say_gap(question).ja.endswith("。")


@pytest.mark.parametrize("room", ["customer_", "customers.", "segment", "feedback.", "offers."])
@pytest.mark.parametrize(
    ("lang", "shades"), [("en", r"\b(dark|darker|darkest|pale|paler)\b"), ("ja", "濃い|淡い|薄い")]
)
def test_no_sentence_tells_parts_of_a_picture_apart_by_a_shade_that_the_dark_page_turns_round(room, lang, shades):
    told = {key: text for key, text in sentences(lang).items() if key.startswith(room)}
    assert told
    assert not [key for key, text in told.items() if re.search(shades, text, re.IGNORECASE)]
