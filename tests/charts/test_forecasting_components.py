"""Pictures of trend, season and drivers: within their width, in both languages, from below zero to above."""

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import forecasting_components as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.errors import BadArgument
from saleslab.forecasting import describe_part, describe_trend
from saleslab.wording import LANGUAGES

MONTHS = pd.date_range("2023-10-01", periods=39, freq="MS")
LAST = MONTHS[35]


def one(part, estimate, half):
    frame = pd.DataFrame({"series_id": "all", "period": MONTHS, "part": part, "estimate": estimate})
    return frame.assign(lower=estimate - half, upper=estimate + half)


@pytest.fixture
def parts():
    trend = 5e7 + 4e5 * np.arange(39)
    season = 0.2 * np.sin(2 * np.pi * np.arange(39) / 12)
    return pd.concat([one("trend", trend, 8e6), one("season", season, 0.05)], ignore_index=True)


@pytest.fixture
def history():
    values = 5e7 + 4e5 * np.arange(36) + np.random.default_rng(0).normal(0, 9e6, 36)
    return pd.DataFrame({"period": MONTHS[:36], "value": values})


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_trend_is_drawn_in_money_within_its_width(parts, history, lang, width):
    picture = render_svg(charts.draw_trend(parts, history, lang=lang, width=width), width=width)
    assert {"en": "¥60 M", "ja": "6,000万円"}[lang] in picture
    assert "NaN" not in picture


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_season_is_drawn_as_signed_shares(parts, lang, width):
    picture = render_svg(charts.draw_part(parts, "season", lang=lang, width=width, known_until=LAST), width=width)
    assert {"en": ("+20 %", "−20 %"), "ja": ("+20%", "−20%")}[lang] == tuple(
        words for words in ("+20 %", "−20 %", "+20%", "−20%") if f">{words}<" in picture
    )
    assert "NaN" not in picture


def test_what_is_still_to_come_is_dashed(parts, history):
    spec = charts.draw_trend(parts, history, lang="en", width=DESKTOP)
    dashed = [layer for layer in spec["layer"] if layer["mark"].get("strokeDash")]
    assert [len(layer["data"]["values"]) for layer in dashed] == [4]
    past_only = parts[parts["period"] <= LAST]
    spec = charts.draw_trend(past_only, history, lang="en", width=DESKTOP)
    assert not [layer for layer in spec["layer"] if layer["mark"].get("strokeDash")]


def test_a_part_that_is_not_there_and_two_series_are_refused(parts):
    with pytest.raises(BadArgument, match="it holds trend, season"):
        charts.draw_part(parts, "price", lang="en", width=DESKTOP, known_until=LAST)
    with pytest.raises(BadArgument, match="Next: give the rows of one of them"):
        charts.draw_part(pd.concat([parts, parts]), "season", lang="en", width=DESKTOP, known_until=LAST)


def test_words_name_the_ends_in_both_languages(parts):
    told = describe_part(parts, "season", mass=0.8)
    assert "+20 %" in told["caption"].en
    assert "2024-01" in told["caption"].en
    told = describe_trend(parts, known_until=LAST, mass=0.8)
    assert "¥64.0 M" in told["caption"].en
    assert "6,400万円" in told["caption"].ja
    assert "64,000,000" in describe_trend(parts, known_until=LAST, mass=0.8, currency=None)["alt"].en
