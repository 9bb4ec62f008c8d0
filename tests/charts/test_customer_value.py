"""Pictures of customer value: both languages, both widths, and what stands in them is what the review says."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import customer_value as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import ACCENT, DESKTOP, PHONE
from saleslab.customers import ValueReview, climb_ladder, describe_calibration, describe_ladder, describe_tracking
from saleslab.customers.worth.customers import CustomerWorth
from saleslab.customers.worth.review import TrackPoint
from saleslab.customers.worth.trial import CalibrationGroup, WorthTrial
from saleslab.stats import Interval
from saleslab.wording import LANGUAGES, Share, write

NAMES = ("ladder", "calibration", "tracking")
DESCRIBED = {"ladder": describe_ladder, "calibration": describe_calibration, "tracking": describe_tracking}


def invent_customers(n=40):
    value = 1_000_000.0 / (1 + np.arange(n))
    return pd.DataFrame(
        {"account_id": [f"a{at}" for at in range(n)], "value": value, "is_slipping": np.arange(n) % 5 == 0}
    )


@pytest.fixture(scope="module")
def review():
    groups = tuple(
        CalibrationGroup(least, most, 50, forecast, Interval(actual, actual - 0.2, actual + 0.2, 0.9))
        for least, most, forecast, actual in ((0, 0, 0.3, 0.4), (1, 3, 0.9, 1.6), (4, None, 3.0, 2.9))
    )
    total = Interval(9e6, 7e6, 1.1e7, 0.9)
    trial = WorthTrial((), Interval(0.01, -0.1, 0.1, 0.9), "as_before", "alike", 0.93, 0.9, groups, 8e6, total, 150)
    tracks = tuple(
        TrackPoint(
            date(2026, month, 28), 20 * month, 25.0 * month, Interval(22.0 * month, 15.0 * month, 30.0 * month, 0.9)
        )
        for month in range(1, 7)
    )
    worth = CustomerWorth(pd.DataFrame(), total, *[None] * (len(CustomerWorth.__dataclass_fields__) - 2))
    return ValueReview(
        invent_customers(), worth, trial, tracks, None, "orders", date(2026, 9, 30), 365, date(2026, 4, 1), "JPY"
    )


def draw(name, review, lang, width):
    return getattr(charts, f"draw_{name}")(review, lang=lang, width=width)


def rows_of(spec, at):
    layer = spec["layer"][at]
    return (layer.get("data") or spec["data"])["values"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("lang", "width"), [("ja", PHONE), ("en", DESKTOP)])
def test_it_is_drawn_within_its_width_in_both_languages(review, name, lang, width):
    # render_svg refuses text below 11 px, other fonts, other colours, and anything wider
    picture = render_svg(draw(name, review, lang, width), name=name, width=width)
    assert "<text" in picture
    assert "NaN" not in picture
    assert "undefined" not in picture


def test_the_ladder_holds_all_value_and_who_is_slipping_is_dark(review):
    spec = draw("ladder", review, "en", DESKTOP)
    rows, rungs = rows_of(spec, 0), climb_ladder(review)
    assert sum(row["value"] for row in rows) == pytest.approx(review.customers["value"].sum())
    slipping = review.customers["value"][review.customers["is_slipping"]].sum()
    assert sum(row["slipping"] for row in rows) == pytest.approx(slipping)
    assert spec["layer"][1]["mark"]["color"] == ACCENT
    first = write(Share(float(rungs["value"].iloc[0] / rungs["value"].sum()), 0), "en")
    assert rows[0]["text"] == first
    assert first in describe_ladder(review)["alt"].en


def test_groups_are_named_by_how_often_customers_had_come_back(review):
    for lang, names in (("en", ("0×", "1–3×", "4× or more")), ("ja", ("0回", "1〜3回", "4回以上"))):
        picture = render_svg(draw("calibration", review, lang, DESKTOP))
        assert all(f">{name}</text>" in picture for name in names)
    words = describe_calibration(review)["alt"]
    assert "2 of 3" in words.en, "the forecast of the second group lies outside of what luck leaves open"


def test_the_lines_of_the_tracking_carry_their_names_and_end_where_they_should(review):
    spec = draw("tracking", review, "en", DESKTOP)
    named = rows_of(spec, -1)
    assert [row["text"] for row in named] == ["came", "forecast", "as before"], "from the lowest end to the highest"
    heights = [row["y"] for row in named]
    assert np.diff(heights).min() > 0.07 * max(heights), "no name stands on another"
    assert "120" in describe_tracking(review)["alt"].en


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_told_in_words(review, name):
    words = DESCRIBED[name](review)
    assert all(words[part].of(lang) for part in ("title", "caption", "alt") for lang in LANGUAGES)
    assert words["alt"].en != words["alt"].ja


def test_few_customers_and_customers_of_no_value_are_drawn_without_a_number_that_is_none(review):
    few = replace(review, customers=invent_customers(3))
    assert len(rows_of(draw("ladder", few, "ja", PHONE), 0)) == 3
    nothing = replace(review, customers=invent_customers().assign(value=0.0))
    picture = render_svg(draw("ladder", nothing, "en", PHONE))
    assert "NaN" not in picture
    assert picture.count(">0 %</text>") == 10
