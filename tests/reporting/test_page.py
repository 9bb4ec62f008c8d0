"""The page: everything a manager needs, in reading order, from blocks alone, without asking anybody for anything."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from demo_report import AS_OF, demo_blocks
from page_reader import read_page

from saleslab import reporting
from saleslab.errors import BadArgument
from saleslab.reporting.blocks import Figure, Headline, Kpi, TableBlock
from saleslab.reporting.layout import lay_grid, lay_out, write_due
from saleslab.reporting.page import PAGE_FILES, hold_units, render_page
from saleslab.wording import LANGUAGES, Money, Share, Text

HERE = Path(__file__).parent
SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from demo_report import demo_blocks
from saleslab.reporting import render_page
pages = [render_page(demo_blocks(), lang=lang, run_key="7f3c" * 16) for lang in ("en", "ja")]
print([hashlib.sha256(page.encode()).hexdigest() for page in pages])
"""


@pytest.fixture(scope="module")
def blocks():
    return demo_blocks()


@pytest.fixture(scope="module")
def html(blocks):
    return {lang: render_page(blocks, lang=lang, run_key="7f3c" * 16) for lang in LANGUAGES}


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request, html):
    root = read_page(html[request.param])
    root.attrs["lang"] = request.param
    return root


def headline(blocks):
    return next(block for block in blocks if isinstance(block, Headline))


@pytest.mark.requirement("E02")
def test_a_page_has_the_same_bytes_in_another_process_folder_time_zone_and_hash_seed(html, tmp_path):
    environment = os.environ | {"PYTHONHASHSEED": "99", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(HERE)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(html[lang].encode()).hexdigest() for lang in LANGUAGES]
    assert done.stdout.strip() == str(here)


def test_the_question_is_the_only_title_of_first_rank(page, blocks):
    assert page.one("h1").text == headline(blocks).question.of(page.attrs["lang"])
    assert page.one("head").one("title").text.startswith(page.one("h1").text)


def test_the_page_says_its_language_fits_the_phone_and_links_to_the_other_language(page):
    lang = page.attrs["lang"]
    other = {"en": "ja", "ja": "en"}[lang]
    assert page.one("html").attrs["lang"] == lang
    assert page.one("meta", name="viewport").attrs["content"] == "width=device-width,initial-scale=1"
    link = page.one("a", hreflang=other)
    assert (link.attrs["href"], link.attrs["lang"]) == (PAGE_FILES[other], other)


def test_the_page_allows_itself_one_style_sheet_by_its_hash_and_nothing_else(page):
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attrs["content"]
    style = page.one("style").text
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_the_page_runs_nothing_and_asks_the_network_for_nothing(page):
    assert page.all("script") == page.all("iframe") == page.all("img") == page.all("object") == []
    for element in page.all():
        assert "style" not in element.attrs
        assert not [name for name in element.attrs if name.startswith("on") or name in {"src", "srcset", "action"}]
        assert "//" not in element.attrs.get("href", "")
    assert "url(" not in page.one("style").text
    assert "@import" not in page.one("style").text


def test_status_is_said_by_word_and_sign(page, blocks):
    lang = page.attrs["lang"]
    status = page.one("p", class_="status")
    assert status.text.strip().startswith({"en": "Watch: ", "ja": "注意："}[lang])
    assert status.one("svg", class_="sign").attrs["aria-hidden"] == "true"
    cards = {card.attrs["id"]: card for card in page.all("li", class_="card")}
    assert cards["win_rate"].one("span", class_="tag").text == {"en": "Act", "ja": "要対応"}[lang]


def test_every_tone_has_a_shape_of_its_own(blocks):
    shapes = set()
    for tone in ("good", "warn", "bad"):
        page = read_page(render_page([replace(headline(blocks), tone=tone)], lang="en"))
        shapes.add("".join(path.attrs["d"] for path in page.one("p", class_="status").all("path")))
    assert len(shapes) == 3


def test_cards_show_value_interval_target_and_change(page):
    card = next(card for card in page.all("li", class_="card") if card.attrs["id"] == "bookings")
    words = {
        "en": [
            "Bookings, expected",
            "¥58.4 M",
            "¥49.1 M to ¥68.9 M",
            "target ¥60.0 M",
            "▲ +2.6 % on last week",
            "Watch",
        ],
        "ja": ["受注額（見込み）", "5,840万円", "4,910万円〜6,890万円", "目標 6,000万円", "▲ 前週比 +2.6%", "注意"],
    }[page.attrs["lang"]]
    for word in words:
        assert word in card.text.replace("\u00a0", " ")


def test_what_to_do_names_effect_owner_due_and_links_to_its_evidence(page):
    steps = page.one("ol", class_="actions").all("li")
    assert [step.attrs["id"] for step in steps] == ["silent", "handover", "script"]
    facts = [item.text.replace("\u00a0", " ") for item in steps[0].all("dd")]
    assert (
        facts
        == {"en": ["+6 points", "A. Sato", "28 Nov"], "ja": ["達成確率 +6ポイント", "佐藤", "11月28日"]}[
            page.attrs["lang"]
        ]
    )
    assert [link.attrs["href"] for link in steps[0].all("a")] == ["#by_stage", "#slipped"]


def test_every_link_within_the_page_and_every_label_points_to_something(page):
    ids = [element.attrs["id"] for element in page.all() if "id" in element.attrs]
    assert len(ids) == len(set(ids))
    for element in page.all():
        if element.attrs.get("href", "").startswith("#"):
            assert element.attrs["href"][1:] in ids
        for name in element.attrs.get("aria-labelledby", "").split():
            assert name in ids
    assert page.one("a", class_="skip").attrs["href"] == "#answer"


def test_figures_have_both_pictures_with_words_and_their_numbers_folded_below(page, blocks):
    lang = page.attrs["lang"]
    for block in (block for block in blocks if isinstance(block, Figure)):
        figure = page.one("figure", id=block.name)
        assert figure.one("h2").text == block.title.of(lang)
        for width in (340, 720):
            picture = figure.one("div", class_=f"w{width}").one("svg")
            assert picture.attrs["role"] == "img"
            assert picture.attrs["viewbox"].split()[2] == str(width)
            assert picture.one("desc").text == block.alt.of(lang)
        assert len(figure.one("details").one("tbody").all("tr")) == len(block.data.rows)


def test_tables_are_named_and_their_heads_have_scopes(page):
    assert page.all("table")
    for table in page.all("table"):
        assert table.one("caption").text
        assert {head.attrs["scope"] for head in table.all("th")} <= {"col", "row"}
        for row in table.one("tbody").all("tr"):
            assert len(row.all("th")) == 1
            assert all(cell.attrs["data-label"] for cell in row.all("td"))


def test_a_cut_table_says_so_and_a_missing_cell_is_said_to_be_missing(page):
    section = page.one("section", id="slipped")
    assert (
        section.one("p", class_="count").text
        == {"en": "The first 8 of 12 rows.", "ja": "全12行のうち先頭の8行を表示"}[page.attrs["lang"]]
    )
    assert {"en": "not known", "ja": "不明"}[page.attrs["lang"]] in section.text


def test_a_long_table_is_in_the_page_once_and_folded_for_the_phone(page):
    section = page.one("section", id="slipped")
    assert "open" not in section.one("details", class_="long").attrs
    assert len(section.one("tbody").all("tr")) == 8
    assert page.one("section", id="changes").all("details") == []


@pytest.mark.parametrize(
    ("n_columns", "is_broad", "is_stacked"), [(3, False, False), (6, False, True), (7, True, True)]
)
def test_a_table_takes_the_room_that_its_columns_need(blocks, n_columns, is_broad, is_stacked):
    data = pd.DataFrame([range(n_columns)], columns=[f"c{i}" for i in range(n_columns)])
    made = reporting.table("wide", Text("W", "W"), Text("", ""), data)
    page = read_page(render_page([headline(blocks), made], lang="en"))
    assert bool(page.all("section", class_="broad")) is is_broad
    assert bool(page.all("table", class_="stacks")) is is_stacked


def test_sections_come_in_reading_order(page):
    order = [element.attrs["id"] for element in page.one("main").all() if element.attrs.get("id")]
    wanted = [
        "quality",
        "kpis",
        "actions",
        "landing",
        "by_stage",
        "revenue",
        "win_rates",
        "slipped",
        "changes",
        "notes",
    ]
    assert [name for name in order if name in wanted] == wanted


def test_the_reports_own_account_of_changes_is_shown_once(page):
    assert len(page.all("section", id="changes")) == 1
    assert page.one("section", id="changes").one("h2").text in {"What changed since last week", "先週から変わったこと"}


def test_without_an_account_of_its_own_the_numbers_before_and_now_are_told(blocks):
    without = [block for block in blocks if not (isinstance(block, TableBlock) and block.name == "changes")]
    section = read_page(render_page(without, lang="en")).one("section", id="changes")
    rows = [
        [cell.text.replace("\u00a0", " ") for cell in row.all() if cell.tag in {"th", "td"}]
        for row in section.all("tr")
    ]
    assert rows[0] == ["Number", "Before", "Now", "Change"]
    assert rows[1] == ["Bookings, expected", "¥56.9 M", "¥58.4 M", "+2.6 % on last week"]
    assert len(rows) == 1 + sum(isinstance(block, Kpi) and block.previous is not None for block in blocks)


def test_a_report_of_a_headline_alone_is_a_whole_page(blocks):
    page = read_page(render_page([headline(blocks)], lang="ja"))
    assert page.all("section") == page.all("figure") == []
    assert page.one("h1").text == "今四半期の目標は達成できるか"


def test_the_footer_says_what_was_read_with_which_versions_and_seed(page):
    footer = page.one("footer")
    for word in ("opportunities", "1,840", "duckdb", "1.4.4", "7f3c7f3c7f3c", "7"):
        assert word in footer.text


def test_the_gauge_places_value_interval_and_target_in_order(blocks):
    gauges = {card.name: card.gauge for card in lay_out(blocks, "en").cards}
    bookings, meetings = gauges["bookings"], gauges["meetings"]
    assert bookings.low < bookings.value < bookings.target < bookings.high
    assert meetings.target < meetings.low < meetings.value < meetings.high
    assert gauges["cycle"].target is None


def test_a_gauge_shows_the_value_before_and_there_is_none_with_nothing_to_hold_against():
    words = Text("W", "W")
    head = reporting.headline(words, words, "neutral", words, words, AS_OF)
    interval = (Share(0.2), Share(0.4))
    alone = reporting.kpi("alone", words, Share(0.3), interval=interval)
    risen = reporting.kpi("risen", words, Share(0.3), interval=interval, previous=Share(0.1), change=words)
    without, gauge = (card.gauge for card in lay_out([head, alone, risen], "en").cards)
    assert without is None
    assert gauge.previous < gauge.low < gauge.value < gauge.high


def test_the_meaning_of_an_interval_stands_right_after_it():
    words, note = Text("W", "W"), Text("nine times in ten", "10回に9回")
    head = reporting.headline(words, words, "neutral", words, words, AS_OF)
    card = reporting.kpi(
        "rate", words, Share(0.3), interval=(Share(0.2), Share(0.4)), previous=Share(0.1), change=words, note=note
    )
    (laid,) = lay_out([head, card], "en").cards
    assert [what for what, _ in laid.facts] == ["range", "note", "previous"]
    assert laid.note is None


@pytest.mark.parametrize(("n_rows", "told"), [(10, ""), (11, "11 rows.")])
def test_only_a_table_too_long_to_count_says_how_many_rows_it_has(n_rows, told):
    words = Text("W", "W")
    data = pd.DataFrame({"amount": [Money(Decimal(10**6 + i)) for i in range(n_rows)]})
    table = reporting.table("t", words, words, data)
    grid = lay_grid(table.data, "en")
    assert grid.count == told


def test_a_column_of_money_is_written_in_one_unit():
    words = Text("W", "W")
    data = pd.DataFrame({"amount": [Money(Decimal(16_900_000)), None, Money(Decimal(500_000))]})
    grid = lay_grid(reporting.table("t", words, words, data).data, "ja")
    assert [row[0].text for row in grid.rows] == ["1,690万円", None, "50万円"]


def test_words_among_numbers_stand_where_the_numbers_do_and_words_alone_where_words_do():
    words = Text("W", "W")
    rare = Text("under 1 %", "1%未満")
    data = pd.DataFrame({"mixed": [Share(0.2), rare, None], "words": [words, rare, None], "empty": [None] * 3})
    heads = lay_grid(reporting.table("t", words, words, data).data, "en").headings
    assert [head.is_number for head in heads] == [True, False, True]


def test_a_card_without_interval_has_no_gauge_and_equal_ends_none_either():
    words = Text("W", "W")
    head = reporting.headline(words, words, "neutral", words, words, AS_OF)
    flat = reporting.kpi("flat", words, Share(0.2), interval=(Share(0.2), Share(0.2)))
    bare = reporting.kpi("bare", words, Money(Decimal(1)), target=Money(Decimal(2)))
    assert [card.gauge for card in lay_out([head, flat, bare], "en").cards] == [None, None]


@pytest.mark.parametrize(("now", "arrow"), [(0.3, "▲"), (0.1, "▼"), (0.2, "●")])
def test_the_arrow_follows_the_number_and_not_the_words(blocks, now, arrow):
    words = Text("W", "W")
    card = reporting.kpi("rate", words, Share(now), previous=Share(0.2), change=words)
    page = read_page(render_page([headline(blocks), card], lang="en"))
    assert page.one("span", class_="arrow").text == arrow


def test_a_due_day_of_another_year_keeps_its_year():
    assert write_due(date(2027, 1, 5), AS_OF, "en") == "5 Jan 2027"
    assert write_due(date(2027, 1, 5), AS_OF, "ja") == "2027年1月5日"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("61 % of ¥60.0 M", "61\u00a0% of ¥60.0\u00a0M"),
        ("3 May", "3 May"),
        ("47 days on", "47\u00a0days on"),
        ("2 ptarmigans", "2 ptarmigans"),
    ],
)
def test_a_number_and_its_unit_stay_on_one_line(text, held):
    assert hold_units(text) == held


def test_a_page_of_twelve_figures_stays_below_half_a_megabyte(blocks):
    figures = [block for block in blocks if isinstance(block, Figure)]
    many = [replace(figure, name=f"{figure.name}_{n}") for n in range(3) for figure in figures]
    others = [block for block in blocks if not isinstance(block, Figure)]
    extra = [replace(figure, name=figure.name) for figure in figures]
    html = render_page([*others, *many[: 12 - len(extra)], *extra], lang="ja")
    assert len(read_page(html).all("figure")) == 12
    assert len(html.encode()) <= 500_000


def test_blocks_that_make_no_report_are_refused(blocks):
    with pytest.raises(BadArgument, match=r"it has 0 headlines(.|\n)*Next: give one headline"):
        render_page(blocks[1:], lang="en")


def test_a_language_that_is_not_written_is_refused(blocks):
    with pytest.raises(BadArgument, match=r"'fr' is not a language"):
        render_page(blocks, lang="fr")


def test_no_rule_of_the_style_sheet_is_lost_in_comments(html):
    style = re.search(r"<style>(.*?)</style>", html["en"], re.S)[1]
    assert "/*" not in style
    assert style.count("{") == style.count("}")
