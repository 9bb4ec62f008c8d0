"""The review of the Maven sample CRM reproduces the facts of its description."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from saleslab import customers, operations
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import connect

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the public sample maven_crm is not at {FOLDER}"),
]
LAST = date(2017, 12, 31)


@pytest.fixture(scope="module")
def lab():
    """The pipeline table as it is, without the importer: closed deals have a closing day, amounts only where won."""
    rows = pd.read_csv(FOLDER / "sales_pipeline.csv")
    stage = rows["deal_stage"]
    deals = pd.DataFrame(
        {
            "opportunity_id": rows["opportunity_id"],
            "account_id": rows["account"].where(rows["account"].notna(), None),
            "owner_id": rows["sales_agent"],
            "stage_id": stage,
            "amount": [Decimal(int(value)) if value > 0 else None for value in rows["close_value"].fillna(0)],
            "created_at": pd.to_datetime(rows["engage_date"]),
            "closed_at": pd.to_datetime(rows["close_date"]),
            "is_closed": stage.isin(["Won", "Lost"]),
            "is_won": stage == "Won",
        }
    )
    with connect("duckdb://") as warehouse:
        warehouse.change_settings(currency="USD", timezone="UTC", fiscal_start_month=1, country="US")
        warehouse.write("opportunities", deals, source_system="maven", loaded_at=datetime(2018, 1, 2))
        yield warehouse


def test_counts_and_won_value(lab):
    assert operations.read_data_until(lab) == LAST
    days = operations.read_closed_days(lab, as_of=LAST)
    assert (days["n_won"].sum(), days["n_lost"].sum()) == (4238, 2473)
    assert sum(days["won_amount"]) == 10_005_534


def test_the_page_tells_every_fact_of_the_sample(lab):
    review = operations.review_sales(lab, as_of=LAST, period=FiscalCalendar(1, "US").parse("FY2017"))
    notes = {note["name"]: note["text"].en for note in operations.write_notes(review)}
    assert "8,800 deals up to 31 Dec 2017: 4,238 won ($10,005,534), 2,473 lost and 2,089 open" in notes["scope"]
    assert "1,425 deals name no account" in notes["scope"]
    assert "We won $10.0 M with 4,238 deals in FY2017." in operations.write_headline(review)["answer"].en
    assert "What the pipeline is worth cannot be said" in notes["gaps"]


def test_the_board_holds_the_open_stages(lab):
    review = operations.review_sales(lab, as_of=LAST)
    assert {stage.stage_id: stage.n_deals for stage in review.pipeline.stages} == {"Engaging": 1589, "Prospecting": 500}
    assert set(review.gaps) == {"slips", "coverage"}
    assert operations.describe_gaps(review) is not None


def test_quarters_add_up_and_people_add_up(lab):
    calendar = FiscalCalendar(1, "US")
    days = operations.read_closed_days(lab, as_of=LAST)
    quarters = [operations.sum_period(days, calendar.parse(f"2017Q{q}")).won_amount for q in (1, 2, 3, 4)]
    assert sum(quarters) == 10_005_534
    year = operations.read_reps(lab, period=calendar.parse("2017"), as_of=LAST)
    assert len(year) == 30
    card = operations.score_reps(year)
    assert (card.won_amount, card.n_won, card.n_lost) == (10_005_534, 4238, 2473)


def test_people_hardly_differ_so_nobody_is_ranked(lab):
    card = operations.score_reps(operations.read_reps(lab, period=Period(date(2017, 1, 1), LAST), as_of=LAST))
    assert card.spread.estimate < 0.03


def test_concentration_counts_only_deals_that_name_an_account(lab):
    year = Period(date(2017, 1, 1), LAST)
    answer = customers.measure_concentration(customers.read_ranked_customers(lab, period=year, as_of=LAST))
    assert answer.n_customers == 85
    assert answer.amount <= 10_005_534
