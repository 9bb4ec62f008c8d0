"""What is missing is counted, and what it leaves unanswered is named."""

from datetime import datetime

import pandas as pd
import pytest
from invented import AS_OF, deal, lab_of, pushes

from saleslab import operations
from saleslab.errors import NotEnoughData
from saleslab.operations.missingness import QUESTIONS
from saleslab.tables import get_table
from saleslab.wording import Text, say


@pytest.mark.requirement("M01")
def test_the_fill_of_tables_and_columns_is_exact():
    lab = lab_of([deal("o:1", created=AS_OF, closed=AS_OF, amount=None), deal("o:2", created=AS_OF)])
    answer = operations.measure_missingness(operations.read_fill(lab))
    share = {column.column: column.share for column in answer.columns}
    assert (share["created_at"], share["amount"], share["closed_at"], share["next_step"]) == (1, 0.5, 0.5, 0)
    (table,) = answer.tables
    assert (table.table, table.n_rows) == ("opportunities", 2)
    assert table.n_used == sum(value > 0 for value in share.values())
    assert "orders" in answer.absent


@pytest.mark.requirement("M01")
def test_a_question_is_unanswered_exactly_when_a_column_it_needs_is_empty():
    lab = lab_of([deal("o:1", created=AS_OF)], field_events=pushes("o:1", ["2026-09-30", "2026-10-31"]))
    answer = operations.measure_missingness(operations.read_fill(lab))
    assert answer.unanswered["revenue"] == ("opportunities.closed_at",)
    assert answer.unanswered["slips"] == ("opportunities.expected_close_date",)
    assert "pushes" not in answer.unanswered


def test_questions_name_columns_that_exist_and_are_worded():
    for question, columns in QUESTIONS.items():
        assert say(f"operations.questions.{question}").ja
        for place in (each for choice in columns for each in choice.split(" | ")):
            table, column = place.split(".")
            assert get_table(table).column(column).name == column


def test_a_question_is_answered_by_either_of_two_columns_that_would_do():
    orders = {"order_id": "r:1", "account_id": "a:1", "ordered_at": datetime(2026, 11, 2), "status": "x", "total": 5}
    with lab_of([deal("o:1", account_id=None)]) as deals_only:
        assert operations.measure_missingness(operations.read_fill(deals_only)).unanswered["repeat"] == (
            "opportunities.account_id",
        )
    with lab_of([deal("o:1", account_id=None)], orders=pd.DataFrame([orders])) as with_orders:
        assert "repeat" not in operations.measure_missingness(operations.read_fill(with_orders)).unanswered


def test_what_is_missing_is_called_by_its_name_in_both_languages():
    table = operations.tabulate_unanswered(operations.measure_missingness(operations.read_fill(lab_of([deal("o:1")]))))
    (row,) = table[table["column"] == Text.same("opportunities.expected_close_date")].to_dict("records")
    assert row["lacking"].en == "Opportunity: Expected close"
    assert row["lacking"].ja == "商談の完了予定日"


def test_required_columns_with_gaps_are_listed():
    lab = lab_of([deal("o:1"), deal("o:2")])
    fill = operations.read_fill(lab)
    fill.loc[fill["column"] == "stage_id", "n_filled"] = 1
    gaps = operations.measure_missingness(fill).required_gaps
    assert [(gap.table, gap.column, gap.n_filled) for gap in gaps] == [("opportunities", "stage_id", 1)]


def test_an_empty_warehouse_is_refused():
    with pytest.raises(NotEnoughData, match="(?s)No table holds any row.*Next: import"):
        operations.measure_missingness(operations.read_fill(lab_of([deal("o:1")])).assign(n_rows=0))
