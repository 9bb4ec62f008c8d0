"""Hostile words in every place of a report: shown, never obeyed, by our escaping and in a real browser."""

from dataclasses import fields

import altair as alt
import browser as browsers
import pandas as pd
import pytest
from demo_report import AS_OF, demo_blocks
from page_reader import read_page
from run_maker import make_run

from saleslab import reporting
from saleslab.charts import finish
from saleslab.reporting.blocks import Provenance, TableRead
from saleslab.reporting.page import render_page
from saleslab.wording import LANGUAGES, Share, Text

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "</title></style><img src=x onerror=\"document.title='owned'\">",
    "<svg onload=\"document.title='owned'\">",
    '" autofocus onfocus="document.title=\'owned\'" x="',
    "' onmouseover='document.title=1",
    "javascript:document.title='owned'",
    "=cmd|' /C calc'!A0",
    "{{ 7 * 7 }}{% raw %}",
    "</text></svg><script>document.title='owned'</script>",
    "\u202edetnalp\u202c \u200f\u05d0",
    "family 👩‍👩‍👧 😀 \U000e0001",
    "half \ud800 nul \x00 bell \x07",
    "&lt;b&gt; &amp; ]]> <!-- -->",
)


def hostile_blocks():
    """Return a report that holds every hostile text in every place where words can stand."""
    joined = " ".join(HOSTILE)
    blocks = [reporting.headline(both(joined), both(joined), "warn", both(joined), both(joined), AS_OF)]
    for i, text in enumerate(HOSTILE):
        blocks += _blocks(text, i)
    read = TableRead(joined, 1, "<b>")
    origin = Provenance("provenance", (read,), ((joined, joined),), ((joined, joined),), 1)
    return [*blocks, reporting.read_block(origin.to_json())]


def both(text):
    return Text(text, text)


def _task(words):
    parts = {"facts": [(words, words)], "pros": [words], "cons": [words], "mark": words, "grade": "A"}
    return {"whom": words, "action": words, "when": words, **parts}


def _blocks(text, i):
    def draw(lang, width):
        rows = alt.Data(values=[{"x": 1, "y": text}])
        return finish(alt.Chart(rows).mark_bar().encode(x=alt.X("x:Q", title=text), y="y:N"), lang=lang, width=width)

    words, data = both(text), pd.DataFrame({"x": pd.Series([text, both(text)], dtype=object), "y": [1, 2]})
    columns = {"x": words, "y": words}
    return [
        reporting.banner(f"banner_{i}", words, details=[words]),
        reporting.kpi(f"kpi_{i}", words, Share(0.2), previous=Share(0.1), change=words, note=words, tone="bad"),
        reporting.finding(
            f"finding_{i}", words, evidence=[f"figure_{i}"], action=words, owner=words, effect=words, tone="good"
        ),
        reporting.worklist(f"worklist_{i}", words, words, [_task(words)]),
        reporting.figure(f"figure_{i}", words, words, words, draw=draw, data=data, columns=columns),
        reporting.table(f"table_{i}", words, words, data, columns),
        reporting.note(f"note_{i}", words),
    ]


@pytest.fixture(scope="module")
def blocks():
    return hostile_blocks()


@pytest.fixture(scope="module")
def site(blocks, tmp_path_factory):
    """A site with the one report."""
    root = tmp_path_factory.mktemp("hostile")
    make_run(root / "runs", "hostile", "k1", blocks)
    return reporting.publish_site(root / "runs", root / "site").index.parent


@pytest.fixture(scope="module")
def pages(site):
    """The page in each language and the list of reports, read."""
    files = {lang: site / "hostile" / "k1" / f"{lang}.html" for lang in LANGUAGES} | {"list": site / "index.html"}
    return {name: read_page(file.read_text(encoding="utf-8")) for name, file in files.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_words_make_no_element_no_attribute_and_no_address(pages, tame, lang):
    page = pages[lang]
    assert {element.tag for element in page.all()} <= {element.tag for element in tame.all()}
    known = {name for element in tame.all() for name in element.attrs}
    assert {name for element in page.all() for name in element.attrs} <= known
    assert not [element for element in page.all("a") if ":" in element.attrs["href"]]


@pytest.fixture(scope="module")
def tame():
    return read_page(render_page(demo_blocks(), lang="en"))


@pytest.mark.parametrize("text", HOSTILE[:11])
def test_hostile_words_are_shown_as_they_are(pages, text):
    shown = pages["en"].one("li", id=f"kpi_{HOSTILE.index(text)}").text
    assert text in shown.replace("\u00a0", " ")


def test_signs_that_no_file_can_hold_are_replaced(pages):
    assert "half \ufffd nul \ufffd bell \ufffd" in pages["ja"].one("h1").text


def test_what_jupyterlab_shows_is_escaped(blocks):
    for block in blocks:
        shown = block._repr_mimebundle_()
        for kind in ("text/html", "image/svg+xml"):
            html = shown.get(kind, "")
            assert "<script" not in html
            assert "<img" not in html
            assert read_page(html).all() or kind not in shown


def test_every_field_of_every_kind_was_tried(blocks):
    tried = {
        (block.kind, field.name)
        for block in blocks
        for field in fields(block)
        if "script" in str(getattr(block, field.name))
    }
    wordy = {
        "headline": {"question", "status", "answer", "subject"},
        "banner": {"text", "details"},
        "kpi": {"label", "change", "note"},
        "figure": {"title", "caption", "alt", "data", "drawings"},
        "table": {"title", "caption", "data"},
        "finding": {"text", "action", "owner", "effect"},
        "worklist": {"title", "caption", "tasks"},
        "note": {"text"},
        "provenance": {"tables", "versions", "settings"},
    }
    assert tried >= {(kind, name) for kind, names in wordy.items() for name in names}


@pytest.mark.browser
@pytest.mark.skipif(bool(browsers.missing()), reason=f"no {browsers.missing()}")
def test_a_real_browser_runs_nothing_requests_nothing_and_complains_of_nothing(site, pages):
    files = {"en": "hostile/k1/en.html", "ja": "hostile/k1/ja.html", "list": "index.html"}
    with browsers.Browser() as browser:
        for name, file in files.items():
            browser.open(site / file)
            browser.run("for (const e of document.querySelectorAll('*')) { e.focus?.(); }")
            title = pages[name].one("head").one("title").text
            assert browser.run("return document.title") == " ".join(title.split())
            assert browser.run("return document.scripts.length + document.images.length") == 0
            asked = browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
            assert [name for name in asked if not name.startswith("data:")] == []
            assert browser.complaints() == []


@pytest.mark.browser
@pytest.mark.skipif(bool(browsers.missing()), reason=f"no {browsers.missing()}")
def test_the_pages_policy_stops_a_script_that_got_in_all_the_same(site, tmp_path):
    html = (
        (site / "index.html")
        .read_text(encoding="utf-8")
        .replace("</main>", "<script>document.title='owned'</script></main>")
    )
    broken = tmp_path / "broken.html"
    broken.write_text(html, encoding="utf-8")
    with browsers.Browser() as browser:
        browser.open(broken)
        assert browser.run("return document.title") != "owned"
        assert any("Content Security Policy" in complaint for complaint in browser.complaints())
