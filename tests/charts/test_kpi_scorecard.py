"""Pictures of the scorecard: a title on every card, signs beside colours, within their width, no invented course."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from saleslab.charts import kpi_scorecard as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.errors import NotEnoughData
from saleslab.kpi.scorecard import BoardRow, QuotaReview, band_chances
from saleslab.wording import LANGUAGES, Text

COURSE = tuple(
    {"at": f"2026-{month:02}-01", "value": float(month % 4), "is_complete": month < 9} for month in range(1, 10)
)


def row(name, standing, chance, *, points=COURSE, depth=0, is_factor=False):
    under = None if is_factor else Text("now 54; period 137 → 140", "直近54件／見込み137件 → 140件")
    label = Text(f"{name} of all the deals decided in the period", f"{name}の期間内に決着した商談の数")
    return BoardRow(label, under, Text(f"{name} said.", f"{name}のこと。"), depth, points, chance, standing, is_factor)


ROWS = (
    row("Goal", "green", 0.91),
    row("Factor", "none", None, points=(), depth=1, is_factor=True),
    row("Second", "amber", 0.6, depth=2),
    row("Third", "red", 0.001, depth=3),
    row("Fourth", "withheld", None, depth=3, points=COURSE[:1]),
    row("Fifth", "none", None, depth=3, points=()),
)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_card_has_its_title_and_every_status_its_sign(lang, width):
    picture = render_svg(charts.draw_board(ROWS, lang=lang, width=width), width=width)
    assert picture.count("<title>") == len(ROWS)
    assert all(one.words.of(lang) in picture for one in ROWS)
    for sign in "●▲■?":
        assert sign in picture
    assert {"en": "under 1 %", "ja": "1%未満"}[lang] in picture
    assert "NaN" not in picture


def find_data(spec):
    """Return all values that a picture holds, wherever they stand."""
    if isinstance(spec, list):
        return [one for part in spec for one in find_data(part)]
    if not isinstance(spec, dict):
        return []
    own = spec["values"] if isinstance(spec.get("values"), list) else []
    return [one for one in own if isinstance(one, dict)] + [
        one for name, part in spec.items() if name != "values" for one in find_data(part)
    ]


def test_a_course_of_one_month_is_no_line_and_a_flat_one_lies_in_the_middle():
    flat = tuple({**point, "value": 5.0} for point in COURSE)
    rows = (row("One", "none", None, points=COURSE[:1]), row("Flat", "none", None, points=flat))
    spec = charts.draw_board(rows, lang="en", width=DESKTOP)
    ys = {one["y"] for one in find_data(spec) if "is_last" in one}
    assert len(ys) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_a_phone_the_course_runs_below_all_lines_of_words(lang):
    said = "last 75.8 % (Sep 2025); period 71.2 % → 60.0 %, set in May"
    under = Text(said, "直近60.0%（2025年9月）／見込み75.8% → 60.0%")
    drawn = find_data(charts.draw_board((replace(ROWS[2], under=under),), lang=lang, width=PHONE))
    words = next(one for one in drawn if "under" in one)
    assert len(words["under"]) == 2
    second_line = words["lower"] + 16
    assert min(one["y"] for one in drawn if "is_last" in one) > second_line + 6


def test_a_board_without_rows_says_so():
    with pytest.raises(NotEnoughData, match=r"no measure(.|\n)*measures of their own"):
        charts.draw_board((), lang="en", width=DESKTOP)


def review(n):
    judged = pd.DataFrame({"chance": [0.1, 0.7] * n, "is_met": [False, True] * n})
    return QuotaReview(
        "revenue", "user", date(2026, 9, 30), n, judged, band_chances(judged), None, None, None, 0, pd.DataFrame()
    )


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_band_is_drawn_with_how_many_it_holds(lang, width):
    picture = render_svg(charts.draw_quotas(review(9), lang=lang, width=width), width=width)
    assert picture.count({"en": "n = 9", "ja": "9件"}[lang]) == 2


def test_bands_that_are_too_small_are_not_drawn():
    with pytest.raises(NotEnoughData, match="No band of chances holds five quotas"):
        charts.draw_quotas(review(4), lang="en", width=PHONE)
