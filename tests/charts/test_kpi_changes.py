"""Pictures of changes and alerts: within their width, in both languages, below zero and with many factors."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import kpi_changes as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.errors import NotEnoughData
from saleslab.kpi import explain_change, monitor, parse_formula
from saleslab.kpi.changes.pictures import describe_alerts, describe_change
from saleslab.wording import LANGUAGES


@pytest.fixture
def won():
    formulas = {"won_amount": parse_formula("n_won * deal_size"), "n_won": parse_formula("n_decided * win_rate")}
    before = {"n_decided": 120, "win_rate": 0.24, "deal_size": 1.6e6}
    return explain_change(formulas, before, {"n_decided": 131, "win_rate": 0.19, "deal_size": 1.7e6})


@pytest.fixture
def watch():
    starts = pd.date_range("2024-09-02", periods=104, freq="7D")
    n = np.random.default_rng(0).poisson(np.where(np.arange(104) < 94, 40, 22))
    frame = pd.DataFrame({
        "metric_id": "calls", "scope_type": "company", "scope_id": "company", "period_start": starts, "value": n,
        "period_end": starts + pd.Timedelta(days=6), "n": n, "numerator": n, "denominator": np.nan,
    })  # fmt: skip
    return monitor(frame, as_of=date(2026, 8, 30))


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_names_its_factors_in_the_unit_of_the_goal(won, lang, width):
    picture = render_svg(charts.draw_change(won, lang=lang, width=width), width=width)
    told = {"en": ("Win rate", "−¥10.4 M", "Before"), "ja": ("受注率", "−1,036万円", "前")}[lang]
    assert all(words in picture for words in told)
    assert "NaN" not in picture


def test_a_goal_below_zero_has_marks_instead_of_bars():
    formula = {"margin": parse_formula("income - cost")}
    found = explain_change(formula, {"income": 90, "cost": 120}, {"income": 130, "cost": 110})
    spec = charts.draw_change(found, lang="en", width=DESKTOP)
    rows = next(layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "rect")
    assert [(row["start"], row["end"], row["is_bar"]) for row in rows] == [
        (-30, -30, False), (-30, 10, True), (10, 20, True), (20, 20, False)
    ]  # fmt: skip


def test_factors_beyond_seven_are_one_step_and_those_that_did_nothing_none():
    names = [f"f{at}" for at in range(10)]
    formula = {"total": parse_formula(" + ".join(names))}
    before = dict.fromkeys(names, 1.0)
    found = explain_change(formula, before, {name: 1.0 + at for at, name in enumerate(names)})
    picture = render_svg(charts.draw_change(found, lang="en", width=DESKTOP))
    assert "Others" in picture
    assert "f0" not in picture


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_course_shows_its_alert_and_what_was_expected(watch, lang, width):
    picture = render_svg(charts.draw_alerts(watch, "calls", lang=lang, width=width), width=width)
    told = {"en": ("lower", "expected"), "ja": ("低下", "見込み")}[lang]
    assert all(words in picture for words in told)
    assert {"en": "lower since", "ja": "低い水準"}[lang] in describe_alerts(watch, "calls")["alt"].of(lang)


def test_a_series_that_is_not_watched_cannot_be_drawn(watch):
    with pytest.raises(NotEnoughData, match=r"'mails' of company company is not watched(?s:.*)Next: draw one of"):
        charts.draw_alerts(watch, "mails", lang="en", width=DESKTOP)


def test_the_words_of_a_change_stand_for_the_picture(won):
    assert describe_change(won)["alt"].en.startswith("Amount won: ¥46.1 M before, ¥42.3 M after")
    assert "4,608万円" in describe_change(won)["alt"].ja
