"""Of whom every figure and table of the reports tells is written down, and what tells of people has passed the door."""

import re

import pytest
from breakdowns import list_blocks, list_judged
from source import ROOT

from saleslab.reporting.blocks import COUNTS_OF_PEOPLE

REPORTS = sorted((ROOT / "notebooks" / "reports").glob("*.ipynb"))
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
TOLD = {
    (report, block): of for report, block, of in re.findall(r"^\| (\w+) \| ([\w*]+) \| ([\w ]+) \|", PAGE, re.MULTILINE)
}

each_report = pytest.mark.parametrize("path", REPORTS, ids=[path.stem for path in REPORTS])


@each_report
def test_docs_privacy_says_of_whom_each_figure_table_and_list_tells(path):
    shown = {re.sub(r"_\d+$", "_*", name) for name in list_blocks(path)}
    assert {block for report, block in TOLD if report == path.stem} == shown


@pytest.mark.requirement("F03")
@each_report
def test_what_tells_of_people_passed_the_door(path):
    of_people = {block for (report, block), of in TOLD.items() if report == path.stem and of == "people"}
    judged = list_judged(path)
    if of_people:
        assert judged is not None, "call reporting.people(...)"
        assert of_people <= judged


def test_every_name_of_a_column_that_counts_people_is_told():
    assert {name for name in COUNTS_OF_PEOPLE if f"`{name}`" not in PAGE} == set()
