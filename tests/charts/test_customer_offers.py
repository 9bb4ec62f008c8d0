"""Pictures of offers: gaps are framed with the share of accounts alike, pairs reach down to their lower bound."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from saleslab.charts import customer_offers as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import ACCENT, ACCENT_SOFT, CARD, DESKTOP, PHONE, QUIET
from saleslab.customers import OfferBook, ProductPairs, Whitespace, describe_pairs, describe_whitespace
from saleslab.stats import Interval

FAMILIES = ("印刷・複合機", "Paper", "ネットワーク", "Chairs", "Lights", "Desks", "Cables")
DAY = date(2026, 9, 30)


def invent_cells(n_accounts=6):
    rows = [
        (f"a{row}", family, (row + column) % 3 == 0, (row + column) % 3 == 1, 0.2 + 0.1 * row, 9e5 - 1e5 * row)
        for row in range(n_accounts)
        for column, family in enumerate(FAMILIES)
    ]
    return pd.DataFrame(rows, columns=["account_id", "family", "is_bought", "is_gap", "share", "worth"])


@pytest.fixture(scope="module")
def book():
    cells = invent_cells()
    gaps = cells[cells["is_gap"]].sort_values(["worth", "family"], ascending=[False, True], ignore_index=True)
    found = (Interval(0.2, 0.15, 0.25, 0.9), Interval(0.08, 0.07, 0.09, 0.9))
    space = Whitespace(cells, gaps, FAMILIES, (0.5,) * len(FAMILIES), *found, 240, 3, DAY, 180)
    pairs = pd.DataFrame(
        {
            "first": ["p1", "p1", "p3"],
            "second": ["p2", "p3", "p4"],
            "n_baskets": [40, 25, 12],
            "lift": [4.2, 2.1, 1.4],
            "lift_low": [3.1, 1.5, 0.7],
            "survived": pd.array([True, False, pd.NA], dtype="boolean"),
        }
    )
    names = {"a0": "<i>Sorano</i>", "p1": "A very long name of a product that nobody could draw", "p2": "用紙"}
    told = ProductPairs(pairs, 2, 2, 2, 1, 0.3, 10, 900, 0)
    return OfferBook(DAY, 180, "JPY", None, space, told, {}, names, {}, "")


@pytest.mark.parametrize("name", ["whitespace", "pairs"])
@pytest.mark.parametrize(("lang", "width"), [("ja", PHONE), ("en", DESKTOP)])
def test_it_is_drawn_within_its_width_in_both_languages_and_told_in_words(book, name, lang, width):
    # render_svg refuses text below 11 px, other fonts, other colours, and anything wider
    picture = render_svg(getattr(charts, f"draw_{name}")(book, lang=lang, width=width), name=name, width=width)
    assert "<text" in picture
    assert "NaN" not in picture
    assert "undefined" not in picture
    words = {"whitespace": describe_whitespace, "pairs": describe_pairs}[name](book)
    assert all(words[part].of(lang) for part in ("title", "caption", "alt"))


def test_a_gap_is_framed_with_its_share_and_what_is_bought_is_filled(book):
    cells = charts.draw_whitespace(book, lang="en", width=DESKTOP)["data"]["values"]
    gaps = [cell for cell in cells if cell["text"]]
    assert len(gaps) == len(book.gaps())
    assert {(cell["colour"], cell["line"]) for cell in gaps} == {(CARD, ACCENT)}
    assert {(cell["colour"], cell["line"]) for cell in cells if not cell["text"]} == {(ACCENT_SOFT, CARD)}
    assert {cell["text"] for cell in gaps if cell["row"] == 0} == {"20 %"}
    assert QUIET not in str(cells)


def test_a_phone_shows_the_families_with_most_gaps_and_a_desktop_all(book):
    for width, n in ((PHONE, 5), (DESKTOP, len(FAMILIES))):
        cells = charts.draw_whitespace(book, lang="ja", width=width)["data"]["values"]
        assert len({cell["column"] for cell in cells}) == n


def test_headings_are_written_in_two_lines_before_they_are_cut_and_end_beside_each_other():
    assert charts._in_lines("クラウド", 4) == ["クラ", "ウド"]
    assert charts._in_lines("導入・研修", 4) == ["導入", "研修"]
    assert charts._level_lines([["機器"], ["導入", "研修"]]) == [["", "機器"], ["導入", "研修"]]


def test_a_pair_reaches_from_its_lift_to_its_lower_bound_and_is_filled_where_it_lasted(book):
    rows = charts.draw_pairs(book, lang="en", width=DESKTOP)["layer"][1]["data"]["values"]
    assert [(row["low"], row["lift"], row["text"]) for row in rows] == [
        (3.1, 4.2, "4.2×"), (1.5, 2.1, "2.1×"), (0.7, 1.4, "1.4×"),
    ]  # fmt: skip
    assert [row["colour"] == ACCENT for row in rows] == [True, False, False]
    assert "by chance" in render_svg(charts.draw_pairs(book, lang="en", width=PHONE))


def test_names_of_markup_stay_text_and_long_ones_are_cut(book):
    drawn = render_svg(charts.draw_whitespace(book, lang="en", width=DESKTOP))
    assert "<i>" not in drawn
    assert "&lt;i&gt;Sorano" in drawn
    pairs = render_svg(charts.draw_pairs(book, lang="en", width=PHONE), width=PHONE)
    assert "that nobody could draw" not in pairs
    assert "用紙" in pairs


def test_without_gaps_and_without_pairs_the_pictures_are_empty_and_whole(book):
    none = replace(book.space, gaps=book.space.gaps.head(0), cells=book.space.cells.assign(is_gap=False))
    pairs = replace(book.pairs, pairs=book.pairs.pairs.head(0), n_tested=0, n_survived=0, usual_survival=None)
    empty = replace(book, space=none, pairs=pairs)
    assert charts.draw_whitespace(empty, lang="en", width=DESKTOP)["data"]["values"] == []
    for make in (charts.draw_whitespace, charts.draw_pairs):
        picture = render_svg(make(empty, lang="ja", width=PHONE), width=PHONE)
        assert "NaN" not in picture
        assert "Infinity" not in picture
    assert "0" in describe_pairs(empty)["alt"].en
