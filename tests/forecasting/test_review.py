"""Past periods are forecast again from as many days before their end, whatever periods a company has."""

from datetime import date

import pytest
from order_book import open_order_book

from saleslab.forecasting import review_outlook, word_outlook_table
from saleslab.forecasting.outlook.pictures import write_chance
from saleslab.wording import write

AS_OF = date(2026, 8, 20)


@pytest.mark.requirement("M03")
@pytest.mark.parametrize("grain", ["quarter", "half"])
def test_past_periods_of_whole_weeks_are_forecast_from_exactly_as_many_days_before_their_end(grain):
    with open_order_book(fiscal_pattern="4-4-5") as lab:
        period = lab.settings.fiscal_calendar.period_of(AS_OF, grain)
        outlook = review_outlook(lab, as_of=AS_OF, period=period, n_past=2, n_draws=50)
    assert [(one.period.end - one.as_of).days for one in outlook.past] == [(period.end - AS_OF).days] * 2


def test_past_half_years_are_forecast_again_from_the_same_day_of_their_month():
    with open_order_book() as lab:
        period = lab.settings.fiscal_calendar.period_of(AS_OF, "half")
        outlook = review_outlook(lab, as_of=AS_OF, period=period, n_past=2, n_draws=50)
    assert [one.as_of for one in outlook.past] == [date(2025, 8, 20), date(2026, 2, 17)]
    caption = word_outlook_table("past", outlook)["caption"]
    assert "(41 days)" in caption.en
    assert "today" not in caption.en, "without deals all of it was learnt by then"
    assert "現在" not in caption.ja


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.0, "under 1 %"),
        (0.005, "under 1 %"),
        (0.006, "1 %"),
        (0.994, "99 %"),
        (0.995, "over 99 %"),
        (1.0, "over 99 %"),
    ],
)
def test_no_chance_is_said_to_be_nought_or_a_hundred_percent(chance, said):
    assert write(write_chance(chance), "en") == said
