"""The look of charts: colours by role, labels in the language, days in UTC, no legends."""

import re
from decimal import Decimal

import altair as alt
import pandas as pd
import pytest

from saleslab.charts import finish, render_svg, theme
from saleslab.errors import BadArgument
from saleslab.wording import Money, write


def bars(values, **encoding):
    return alt.Chart(alt.Data(values=values)).mark_bar().encode(**encoding)


def labels(spec):
    return re.findall(r">([^<>]+)</(?:text|tspan)>", render_svg(spec))


def test_every_role_has_a_light_colour_of_its_own():
    lights = [colour.light for colour in theme.COLOURS] + [theme.STRONG]
    assert len(set(lights)) == len(lights)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", code) for colour in theme.COLOURS for code in (colour.light, colour.dark))


def test_series_can_be_told_apart_in_light_and_in_dark():
    darks = [colour.dark for colour in theme.COLOURS]
    assert len(set(theme.SERIES)) == len(theme.SERIES) == 6
    assert len(set(darks)) == len(darks)


@pytest.mark.parametrize("steps", [theme.HEAT])
def test_heat_grows_darker_on_paper(steps):
    lightness = [sum(int(code[i : i + 2], 16) for i in (1, 3, 5)) for code in steps]
    assert lightness == sorted(lightness, reverse=True)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("amount", [500, 20_000, 4_000_000, 12_500_000, 300_000_000])
def test_an_axis_writes_amounts_as_the_wording_does_without_idle_zeros(lang, amount):
    axis = alt.Axis(labelExpr=theme.money_labels(lang), values=[0, amount], title=None)
    shown = labels(finish(bars([{"amount": amount}], x=alt.X("amount:Q", axis=axis)), lang=lang, width=720))
    written = re.sub(r"\.0+(?!\d)", "", write(Money(Decimal(amount)), lang))
    assert shown == ["0", written]


def test_an_axis_writes_another_currency_with_its_sign():
    expression = theme.money_labels("ja", "USD")
    assert "'$' + " in expression
    assert "円" not in expression


@pytest.mark.parametrize(
    ("lang", "first", "fourth"), [("en", ["Jan", "2026"], "Apr"), ("ja", ["1月", "2026年"], "4月")]
)
def test_months_are_named_in_the_language_with_the_year_where_it_starts(lang, first, fourth):
    values = [{"month": f"2026-{month:02d}-01", "n": month} for month in range(1, 7)]
    axis = alt.Axis(labelExpr=theme.month_labels(lang), tickCount="month", title=None)
    line = alt.Chart(alt.Data(values=values)).mark_line().encode(x=alt.X("month:T", axis=axis), y="n:Q")
    words = labels(finish(line, lang=lang, width=720))
    assert words[:2] == first
    assert fourth in words


def test_rates_are_written_with_the_sign_of_the_language():
    assert [theme.share_labels(lang).endswith(f"'{sign}'") for lang, sign in (("en", " %"), ("ja", "%"))] == [
        True,
        True,
    ]


def test_a_frame_of_days_is_read_as_utc():
    frame = pd.DataFrame({"day": pd.to_datetime(["2026-10-01", "2026-11-01"]), "n": [1, 2]})
    spec = finish(alt.Chart(frame).mark_bar().encode(x="yearmonth(day):T", y="n:Q"), lang="en", width=340)
    (rows,) = spec["datasets"].values()
    assert rows[0]["day"] == "2026-10-01T00:00:00Z"
    assert spec["encoding"]["x"]["timeUnit"] == "utcyearmonth"
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}


def test_a_charts_own_settings_win_over_the_theme():
    chart = bars([{"x": 1}], x="x:Q").configure_axisX(grid=True)
    config = finish(chart, lang="en", width=340)["config"]
    assert config["axisX"]["grid"] is True
    assert config["axisX"]["domain"] is True


def test_a_colour_scale_brings_no_legend():
    chart = bars([{"x": 1, "kind": "lost"}, {"x": 2, "kind": "won"}], x="x:Q", color="kind:N")
    assert "lost" not in labels(finish(chart, lang="en", width=340))


@pytest.mark.parametrize("width", [theme.PHONE, theme.DESKTOP])
def test_a_picture_comes_out_as_wide_as_asked_whatever_its_labels(width):
    rows = [{"name": "株式会社とても長い名前の取引先様" * n, "x": n} for n in (1, 2)]
    picture = render_svg(finish(bars(rows, x="x:Q", y="name:N"), lang="ja", width=width))
    assert f'width="{width}"' in picture


def test_bars_of_fixed_height_keep_it():
    chart = bars([{"x": n, "name": f"n{n}"} for n in range(9)], x="x:Q", y="name:N").properties(height=alt.Step(30))
    assert finish(chart, lang="en", width=340)["autosize"]["type"] == "fit-x"


def test_an_unknown_language_is_refused():
    with pytest.raises(BadArgument, match=r"'fr' is not a language(.|\n)*Next: use one of: en, ja"):
        finish(bars([{"x": 1}], x="x:Q"), lang="fr", width=340)
