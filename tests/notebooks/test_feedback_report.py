"""The report about feedback on thin data, and on an own file: it answers, or says what is missing."""

from datetime import datetime

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab.errors import NotEnoughData
from saleslab.warehouse import connect


def write_feedback(address, scores):
    rows = pd.DataFrame({"score": scores}).assign(
        feedback_id=[f"f:{at}" for at in range(len(scores))], at=datetime(2026, 8, 3), kind="nps", text=None
    )
    with connect(address) as lab:
        lab.write("feedback", rows, source_system="test", loaded_at=datetime(2026, 10, 1))


@pytest.mark.requirement("B09")
def test_a_dozen_answers_without_anything_else_make_a_page_that_warns(tmp_path):
    address = f"duckdb:///{tmp_path}/few.duckdb"
    write_feedback(address, [10, 9, 9, 8, 7, 7, 6, 5, 10, 9, 3, 8])
    blocks = run_cells("customer_feedback", db=address, as_of="2026-09-30")
    said = words_of(blocks)
    assert "Only 12 answers: do not act on the score alone" in said
    assert "回答は12件だけです" in said
    assert said.count("It is not 0: nobody knows.") == 4
    assert [block.name for block in of_kind(blocks, "kpi")] == ["nps"]


def test_a_company_that_never_asked_is_told_what_to_import(tmp_path):
    address = f"duckdb:///{tmp_path}/never.duckdb"
    connect(address).close()
    with pytest.raises(NotEnoughData, match=r"(?s)No feedback is on record.*Next: import answers into feedback"):
        run_cells("customer_feedback", db=address, as_of="2026-09-30")


@pytest.mark.requirement("L04")
def test_an_own_file_needs_no_warehouse(tmp_path):
    address, file = f"duckdb:///{tmp_path}/none.duckdb", tmp_path / "own.csv"
    connect(address).close()
    rows = pd.DataFrame(
        {"score": [10, 8, 3, 9] * 20, "speed": [5, 4, 1, 4] * 20, "text": ["", "Easy to use.", "", ""] * 20}
    )
    rows.to_csv(file, index=False)
    blocks = run_cells("customer_feedback", db=address, as_of="2026-09-30", survey_file=str(file), text_column="text")
    said = words_of(blocks)
    assert of_kind(blocks, "headline")[0].subject.en == "file own.csv"
    assert "speed" in said
    assert "Ease of use" in said
