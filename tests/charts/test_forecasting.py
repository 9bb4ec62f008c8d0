"""Pictures of forecasts: within their width, in both languages, and no bar that is cut off."""

from datetime import date

import pandas as pd
import pytest

from saleslab.charts import forecasting as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.charts.waterfalls import Step, draw_steps
from saleslab.forecasting import compare_pipelines
from saleslab.periods import Period
from saleslab.wording import LANGUAGES, Text

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))


def deals(n, won=0, amount=1e6):
    state = ["won"] * won + ["open"] * (n - won)
    frame = pd.DataFrame({"opportunity_id": [f"d{at}" for at in range(n)], "state": state, "amount": amount})
    return frame.assign(created_on=pd.Timestamp(2026, 5, 1), due=pd.Timestamp(2026, 9, 1))


def compare(**after):
    days = {"since": date(2026, 8, 13), "as_of": date(2026, 8, 20), "period": QUARTER}
    return compare_pipelines(deals(100), deals(100, **after), **days)


@pytest.fixture
def fan():
    months = pd.date_range("2024-01-01", periods=27, freq="MS")
    past = pd.DataFrame({"period": months[:24], "value": [5e6 + 1e5 * at for at in range(24)]})
    ahead = pd.DataFrame({"period": months[24:], "median": 8e6, "lower_80": 6e6, "upper_80": 9e6})
    return past, ahead.assign(lower_95=5e6, upper_95=12e6)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_fan_names_its_ends_and_its_target_within_its_width(fan, lang, width):
    picture = render_svg(charts.draw_fan(*fan, lang=lang, width=width, target=7e6), width=width)
    told = {"en": ("target", "¥8.00 M", "¥6.00 M", "¥9.00 M"), "ja": ("目標", "800万円", "600万円", "900万円")}[lang]
    assert all(words in picture for words in told)
    assert "NaN" not in picture


def test_a_fan_of_numbers_has_no_currency(fan):
    assert "¥" not in render_svg(charts.draw_fan(*fan, lang="en", width=DESKTOP, currency=None))


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_moves_are_named_and_those_without_a_deal_left_out(lang, width):
    picture = render_svg(charts.draw_movement(compare(won=3), lang=lang, width=width), width=width)
    won, lost = {"en": ("Won", "Lost"), "ja": ("受注", "失注")}[lang]
    assert won in picture
    assert lost not in picture


def test_an_axis_that_does_not_begin_at_nothing_has_marks_instead_of_bars():
    spec = charts.draw_movement(compare(won=3), lang="en", width=DESKTOP)
    rows = next(layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "rect")
    assert [row["is_bar"] for row in rows] == [False, True, False]
    whole = charts.draw_movement(compare(won=90), lang="en", width=DESKTOP)
    rows = next(layer["data"]["values"] for layer in whole["layer"] if layer["mark"]["type"] == "rect")
    assert all(row["is_bar"] for row in rows)


def test_without_amounts_deals_are_counted():
    picture = render_svg(charts.draw_movement(compare(won=3, amount=float("nan")), lang="en", width=DESKTOP))
    assert "−3" in picture
    assert "¥" not in picture


def test_a_rule_crosses_no_figure():
    names = [Text("a", "a"), Text("b", "b")]
    steps = [
        Step(names[0], Text("¥95 M", "9,500万円"), 0, 95, "won"),
        Step(names[1], Text("¥5 M", "500万円"), 0, 5, "in"),
    ]
    rule = (100.0, Text("target", "目標"))
    spec = draw_steps(steps, lang="ja", width=PHONE, axis=None, rule=rule)
    rows = next(layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "rect")
    assert rows[0]["after"] == 100.0
    assert rows[1]["after"] == 5
