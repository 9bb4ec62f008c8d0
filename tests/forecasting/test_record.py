"""The page of the landing tells how good its own past promises were, and says so where there are none."""

from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest
from order_book import open_order_book

from saleslab.cli.forecasts import MODEL
from saleslab.forecasting import ForecastLog, review_outlook, tabulate_record, write_record
from saleslab.forecasting.outlook.record import LANDING_MODEL
from saleslab.wording import write

QUARTER = ("2026-04-01", "2026-06-30")


@pytest.fixture(scope="module")
def outlook():
    """Where the order book lands that is seen on August 20, 2026."""
    with open_order_book() as lab:
        return review_outlook(lab, as_of=date(2026, 8, 20), n_past=0, n_draws=50)


def promise(log, day, median, *, model=MODEL, node="company", period=QUARTER, hour=None):
    said = {"series_id": node, "period": period[0], "period_end": period[1], "median": median}
    said |= {"lower_80": median - 20.0, "upper_80": median + 20.0}
    return log.write(pd.DataFrame([said]), model=model, as_of=day, at=hour or datetime(day.year, day.month, day.day, 9))


def come(log, value, *, period=QUARTER, node="company"):
    came = {"series_id": [node], "period": [period[0]], "period_end": [period[1]], "value": [value]}
    log.score(pd.DataFrame(came), at=datetime(2026, 7, 1))


def read(notes, lang="en"):
    return [write(note["text"], lang) for note in notes]


@pytest.fixture
def log(tmp_path):
    return ForecastLog(tmp_path / "forecasts.jsonl")


@pytest.mark.requirement("M03")
def test_promises_of_this_page_are_judged_in_a_line_and_a_table(log, outlook):
    promise(log, date(2026, 5, 10), 90.0)
    promise(log, date(2026, 6, 10), 130.0)
    promise(log, date(2026, 6, 20), 108.0)
    come(log, 100.0)
    (line,) = read(write_record(outlook, log))
    assert "3 landings that were written down in time, about 1 period" in line
    assert "held what came in 2" in line
    assert "the middle was off by 16 %" in line
    table = tabulate_record(outlook, log)
    assert table["as_of"].tolist() == [date(2026, 5, 10), date(2026, 6, 10), date(2026, 6, 20)]
    assert write(table["period"][0], "en") == "FY2026 Q1"


def test_what_others_said_what_was_written_late_and_what_came_later_is_no_promise_of_this_page(log, outlook):
    promise(log, date(2026, 5, 10), 100.0, model="series")
    promise(log, date(2026, 5, 10), 100.0, node="team:t")
    promise(log, date(2026, 5, 11), 100.0, hour=datetime(2026, 6, 29, 9))
    come(log, 100.0)
    assert tabulate_record(outlook, log).empty
    promise(log, date(2026, 5, 12), 100.0)
    assert len(tabulate_record(outlook, log)) == 1
    assert tabulate_record(replace(outlook, as_of=date(2026, 6, 29)), log).empty, "the quarter was not over by then"


def test_an_empty_record_is_said_to_be_empty_and_one_that_waits_to_wait(log, outlook):
    for none in (None, log):
        assert "No past landing of this page is on record" in read(write_record(outlook, none))[0]
    promise(log, date(2026, 5, 10), 100.0)
    assert "1 landing, about periods that are not over or not scored" in read(write_record(outlook, log))[0]
    assert "1件" in read(write_record(outlook, log), "ja")[0]
    assert write_record(None, log) == []


def test_what_was_written_late_does_not_wait_for_anything(log, outlook):
    promise(log, date(2026, 5, 11), 100.0, hour=datetime(2026, 6, 29, 9))
    assert "No past landing of this page is on record" in read(write_record(outlook, log))[0]


def test_a_quarter_that_brought_nothing_counts_as_missed_and_not_as_never_said(log, outlook):
    promise(log, date(2026, 5, 10), 90.0)
    come(log, 0.0)
    (line,) = read(write_record(outlook, log))
    assert "held what came in 0; the middle was off by ¥90" in line
    assert "中央値とのずれは90円" in read(write_record(outlook, log), "ja")[0]
    assert tabulate_record(outlook, log)["error"].tolist() == [None]
    promise(log, date(2026, 2, 10), 120.0, period=("2026-01-01", "2026-03-31"))
    come(log, 100.0, period=("2026-01-01", "2026-03-31"))
    assert "held what came in 1; the middle was off by 110 %" in read(write_record(outlook, log))[0]


def test_only_the_last_eight_promises_are_listed_and_all_are_counted(log, outlook):
    for day in range(1, 12):
        promise(log, date(2026, 5, day), 100.0)
    come(log, 100.0)
    assert tabulate_record(outlook, log)["as_of"].tolist() == [date(2026, 5, day) for day in range(4, 12)]
    assert "11 landings" in read(write_record(outlook, log))[0]


def test_the_command_writes_under_the_name_that_the_page_reads():
    assert MODEL == LANDING_MODEL
