"""Workbooks that we write: what a reader finds in them, and that no cell can run."""

import zipfile
from datetime import date, datetime
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from saleslab.errors import BadArgument, FileProblem
from saleslab.intake.workbook_files import write_workbook

TABLE = pd.DataFrame(
    {
        "順位": [1, 2],
        "chance": [0.125, None],
        "when": pd.to_datetime(["2026-10-02 16:30", None]),
        "why": ["=HYPERLINK(1)\n二行目 & <b>", "a\x00b"],
        "day": [date(2026, 4, 1), None],
        "open": [True, False],
    }
)
FORMS = {"順位": "whole", "chance": "share", "when": "moment", "day": "moment"}


def read(file):
    (name,) = (book := CalamineWorkbook.from_path(file)).sheet_names
    return name, book.get_sheet_by_index(0).to_python()


def test_what_is_written_is_read_again_as_it_was(tmp_path):
    name, rows = read(write_workbook(TABLE, tmp_path / "a.xlsx", title="架電リスト 10/2", forms=FORMS))
    assert name == "架電リスト 10 2", "marks that no sheet may have are left out"
    assert rows[0] == list(TABLE.columns)
    assert rows[1][:2] == [1.0, 0.125]
    assert rows[1][2] == datetime(2026, 10, 2, 16, 30)
    assert rows[1][3] == "=HYPERLINK(1)\n二行目 & <b>"
    assert (rows[1][4], rows[1][5]) == (date(2026, 4, 1), "True")
    assert rows[2][1:4] == ["", "", "ab"]


def test_no_cell_is_a_formula_and_every_part_is_well_formed(tmp_path):
    with zipfile.ZipFile(write_workbook(TABLE, tmp_path / "a.xlsx", title="x", forms=FORMS)) as archive:
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}
    tags = {element.tag.rpartition("}")[2] for element in parts["xl/worksheets/sheet1.xml"].iter()}
    assert "f" not in tags
    assert {"autoFilter", "pane", "pageSetup"} <= tags


def test_the_same_table_gives_the_same_bytes(tmp_path):
    first, again = (write_workbook(TABLE, tmp_path / name, title="x", forms=FORMS) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == again.read_bytes()


def test_a_table_without_rows_has_its_header(tmp_path):
    assert read(write_workbook(TABLE[:0], tmp_path / "a.xlsx", title=""))[1] == [list(TABLE.columns)]


def test_what_cannot_be_written_is_refused_and_leaves_what_was_there(tmp_path):
    with pytest.raises(BadArgument, match=r"(?s)no form colour.*Next: use one of: text, whole"):
        write_workbook(TABLE, tmp_path / "a.xlsx", title="x", forms={"why": "colour"})
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(FileProblem, match=r"(?s)cannot be written.*Next: name a file"):
        write_workbook(TABLE, tmp_path / "file" / "a.xlsx", title="x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
