"""The look, measured: contrast by the style sheet, and size, colour and room in a real browser."""

import re
from importlib.resources import files
from itertools import product

import browser as browsers
import pytest
from demo_report import demo_blocks
from run_maker import make_run

from saleslab import reporting
from saleslab.charts import theme
from saleslab.reporting.page import render_page
from saleslab.wording import LANGUAGES

NEEDS_BROWSER = pytest.mark.skipif(bool(browsers.missing()), reason=f"not installed: {browsers.missing()}")
SHRUNK_TEXT = """
return [...document.querySelectorAll('.picture svg')].filter(svg => svg.getClientRects().length).flatMap(svg => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return [...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize) * scale);
});
"""
OUTSIDE = """
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll('main *')].filter(e => !e.closest('.unseen, svg, thead')).filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && (box.right > width + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 80));
"""


def style():
    sheet = files("saleslab.reporting").joinpath("templates/paper.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+):(#\w{6})", block)) for block in re.findall(r":root\{(.*?)\}", sheet)[:2]
    )
    light |= {colour.role: colour.light for colour in theme.COLOURS}
    dark |= {colour.role: colour.dark for colour in theme.COLOURS}
    return {"light": light, "dark": dark}


def luminance(code):
    parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_gives_the_published_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WebAIM's well-known near miss


@pytest.mark.parametrize(
    ("mode", "text", "ground"),
    [
        *product(("light", "dark"), ("ink", "soft", "accent", "good", "warn", "bad"), ("paper",)),
        *((mode, tone, f"{tone}-faint") for mode in ("light", "dark") for tone in ("good", "warn", "bad")),
        *product(("light", "dark"), ("ink", "soft"), ("sheet", "good-faint", "warn-faint", "bad-faint")),
        *product(("light", "dark"), ("card",), ("accent",)),
    ],
)
def test_words_stand_out_from_their_ground(mode, text, ground):
    colours = style()[mode]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("mark", ["accent", "bad", "good", "vermilion"])
def test_marks_of_charts_stand_out_from_paper(mode, mark):
    colours = style()[mode]
    assert contrast(colours[mark], colours["paper"]) >= 3


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("look")
    blocks = demo_blocks()
    make_run(folder / "runs", "demo", "k1", blocks)
    reporting.publish_site(folder / "runs", folder / "site")
    found = {lang: folder / "site" / "demo" / "k1" / f"{lang}.html" for lang in LANGUAGES}
    opened = folder / "opened.html"
    opened.write_text(render_page(blocks, lang="ja").replace("<details>", "<details open>"), encoding="utf-8")
    return found | {"opened": opened, "list": folder / "site" / "index.ja.html"}


@pytest.fixture(scope="module")
def browser():
    with browsers.Browser() as opened:
        yield opened


@pytest.mark.browser
@NEEDS_BROWSER
@pytest.mark.parametrize("screen", list(browsers.SCREENS))
@pytest.mark.parametrize("page", ["en", "ja", "opened", "list"])
def test_nothing_reaches_beyond_the_screen(browser, pages, page, screen):
    browser.open(pages[page], screen)
    assert browser.run("return document.documentElement.clientWidth") == int(screen)
    assert browser.run("return document.documentElement.scrollWidth") == int(screen)
    assert browser.run(OUTSIDE) == []


@pytest.mark.browser
@NEEDS_BROWSER
@pytest.mark.parametrize("screen", list(browsers.SCREENS))
def test_one_picture_of_each_figure_is_shown_and_its_text_is_no_smaller_than_eleven_pixels(browser, pages, screen):
    browser.open(pages["ja"], screen)
    shown = browser.run(
        "return [...document.querySelectorAll('.picture')].filter(e => e.offsetWidth).map(e => e.className)"
    )
    assert shown == ["picture w340" if int(screen) < 768 else "picture w720"] * 4
    sizes = browser.run(SHRUNK_TEXT)
    assert len(sizes) > 40
    assert min(sizes) >= 11


@pytest.mark.browser
@NEEDS_BROWSER
def test_cards_stand_two_in_a_row_on_the_phone_and_four_on_the_desktop(browser, pages):
    rows = "return [...document.querySelectorAll('.card')].map(e => e.getBoundingClientRect().top)"
    counts = {}
    for screen in browsers.SCREENS:
        browser.open(pages["ja"], screen)
        tops = browser.run(rows)
        counts[screen] = [tops.count(top) for top in sorted(set(tops))]
    assert counts == {"1280": [4], "820": [4], "390": [2, 2], "320": [2, 2]}


@pytest.mark.browser
@NEEDS_BROWSER
def test_a_long_table_is_open_on_the_desktop_and_unfolds_on_the_phone(browser, pages):
    rows = "document.querySelector('#slipped tbody').checkVisibility({contentVisibilityAuto: true})"
    asked = "document.querySelector('#slipped summary').offsetHeight > 0"
    seen = f"return [{rows}, {asked}]"
    browser.open(pages["ja"], "1280")
    assert browser.run(seen) == [True, False]
    browser.open(pages["ja"], "390")
    assert browser.run(seen) == [False, True]
    browser.run("document.querySelector('#slipped summary').click()")
    browser.settle()
    assert browser.run(seen) == [True, True]


@pytest.mark.browser
@NEEDS_BROWSER
def test_the_page_and_its_pictures_follow_the_readers_wish_for_dark(browser, pages):
    ask = (
        "return [getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.querySelector('.w720 [stroke=\"var(--accent)\"]')).stroke]"
    )
    seen = []
    for dark in (False, True):
        browser.open(pages["en"], dark=dark)
        seen.append(browser.run(ask))
    assert seen == [["rgb(251, 250, 247)", "rgb(0, 114, 178)"], ["rgb(21, 23, 26)", "rgb(98, 180, 232)"]]


@pytest.mark.browser
@NEEDS_BROWSER
def test_the_keyboard_finds_the_way_past_the_links_and_sees_where_it_is(browser, pages):
    where = "const e = document.activeElement; return [e.className || e.id, e.getBoundingClientRect().top, %s]"
    outline = "getComputedStyle(e).outlineStyle"
    browser.open(pages["en"])
    browser.press("Tab")
    assert browser.run(where % outline) == ["skip", 0, "solid"]
    browser.press("Enter")
    assert browser.run(where % "location.hash")[::2] == ["answer", "#answer"]
    browser.press("Tab")
    assert browser.run(
        "return document.activeElement.tagName + ' ' + " + outline.replace("(e)", "(document.activeElement)")
    ) == ("SUMMARY solid")


@pytest.mark.browser
@NEEDS_BROWSER
def test_the_page_prints(browser, pages, tmp_path):
    browser.open(pages["ja"])
    browser.print(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
