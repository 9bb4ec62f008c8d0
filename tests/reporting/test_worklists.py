"""A list to work through: a card for each task on the phone, the first list open, nothing to be pushed sideways."""

from dataclasses import replace

import browser as browsers
import pytest
from demo_report import demo_blocks
from page_reader import read_page
from run_maker import make_run

from saleslab import reporting
from saleslab.errors import BadArgument
from saleslab.reporting.page import render_page
from saleslab.wording import LANGUAGES, Text

WIDEST = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def blocks():
    return demo_blocks()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_list_is_open_and_the_others_wait_under_a_name(blocks, lang):
    page = read_page(render_page(blocks, lang=lang))
    lists = [one for one in page.all("section") if one.attrs.get("class") == "worklist"]
    opened = [next(one for one in part.all("details")).attrs for part in lists]
    assert ["open" in attrs for attrs in opened] == [True, False]
    assert lists[0].attrs["id"] == "list_1"


def test_a_report_with_one_list_shows_it_without_a_fold(blocks):
    alone = [block for block in blocks if block.name != "list_2"]
    (own,) = [one for one in read_page(render_page(alone, lang="en")).all("section") if one.attrs.get("id") == "list_1"]
    assert not list(own.all("details"))


def test_a_task_says_whom_what_when_how_likely_and_why(blocks):
    page = read_page(render_page(blocks, lang="ja"))
    first, drawn = [one.text for one in page.all("li") if one.attrs.get("class") == "task"][:2]
    for words in (
        "カナエ製作所",
        "電話する",
        "11月24日（火）10時台",
        "31%",
        "42.0万円",
        "流入元：紹介",
        "従業員数：12",
    ):
        assert words in first.replace("\u00a0", " ")
    assert "抽選で選んだリード" in drawn


def test_more_tasks_than_a_page_shows_are_counted(blocks):
    task = next(block for block in blocks if block.name == "list_2").tasks[0]
    words = {"whom": task.whom, "action": task.action, "when": None, "grade": "", "facts": [], "pros": [], "cons": []}
    held = reporting.worklist("many", Text("Many", "多数"), Text("", ""), [{**words, "mark": None}] * 7, limit=3)
    assert (len(held.tasks), held.n_tasks) == (3, 7)
    assert "The first 3 of 7 tasks." in render_page([blocks[0], held], lang="en")
    assert reporting.read_block(held.to_json()) == held


def test_a_task_without_a_name_is_refused(blocks):
    task = next(block for block in blocks if block.name == "list_2").tasks[0]
    words = {"action": task.action, "when": None, "grade": "", "facts": [], "pros": [], "cons": [], "mark": None}
    with pytest.raises(BadArgument, match=r"(?s)today.tasks\[1\].whom is not written in every language.*Next: give"):
        reporting.worklist("today", Text("a", "a"), Text("", ""), [{**words, "whom": Text("", "")}])


@pytest.mark.browser
@pytest.mark.skipif(bool(browsers.missing()), reason=f"no {browsers.missing()}")
def test_long_names_and_reasons_need_no_sideways_scrolling_on_a_small_phone(blocks, tmp_path):
    task = next(block for block in blocks if block.name == "list_1").tasks[0]
    long = Text.same("0123456789abcdef" * 4)
    hard = replace(
        next(block for block in blocks if block.name == "list_2"),
        tasks=(replace(task, whom=long, pros=(long,), facts=(*task.facts, (long, long))),) * 2,
    )
    run = make_run(tmp_path / "runs", "demo", "k1", [blocks[0], hard])
    with browsers.Browser() as browser:
        for lang in LANGUAGES:
            for screen in ("320", "390", "1280"):
                browser.open(run / f"{lang}.html", screen)
                assert browser.run(WIDEST) == 0
