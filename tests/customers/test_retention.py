"""What was kept of recurring money, to the yen, and contracts that end while nobody is in touch."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from contracts import write_contracts

from saleslab.customers import measure_retention, read_renewals_due, read_retention
from saleslab.customers.contracts.retention import count_retained
from saleslab.errors import NotEnoughData
from saleslab.warehouse import connect

THEN, NOW = date(2025, 9, 30), date(2026, 9, 30)
YEAR = ("2025-04-01", "2026-03-31")
NEXT = ("2026-04-01", "2027-03-31")
TERMS = [
    ("a:kept", *YEAR, 1_200_000), ("a:kept", *NEXT, 1_200_000),
    ("a:grew", *YEAR, 500_000), ("a:grew", *NEXT, 650_000),
    ("a:shrank", *YEAR, 800_000), ("a:shrank", *NEXT, 300_000),
    ("a:left", *YEAR, 400_000),
    ("a:new", *NEXT, 250_000),
    ("a:half", "2025-07-01", "2025-12-31", 100_000), ("a:half", "2026-07-01", "2026-12-31", 100_000),
]  # fmt: skip
"""Customers a year ago: 1,200,000 + 500,000 + 800,000 + 400,000 + 200,000 (100,000 for six months)."""


@pytest.fixture(scope="module")
def lab():
    with connect("duckdb://") as opened:
        contacts = [("a:grew", "2026-09-20"), ("a:half", "2026-07-01")]
        write_contracts(opened, TERMS, contacts=contacts)
        yield opened


@pytest.fixture(scope="module")
def kept(lab):
    return measure_retention(read_retention(lab, since=THEN, as_of=NOW), since=THEN, as_of=NOW)


@pytest.mark.requirement("L05")
def test_net_and_gross_retention_are_exact(kept):
    assert kept.start_amount == Decimal("3100000.00")
    assert kept.net == pytest.approx(2_350_000 / 3_100_000, abs=1e-15)
    assert kept.gross == pytest.approx(2_200_000 / 3_100_000, abs=1e-15)
    assert (kept.n_customers, kept.n_lost) == (5, 1)


@pytest.mark.requirement("L05")
def test_the_bridge_adds_up_to_the_yen(kept):
    parts = (kept.lost_amount, kept.shrunk_amount, kept.grown_amount, kept.new_amount)
    assert parts == (Decimal(400_000), Decimal(500_000), Decimal(150_000), Decimal(250_000))
    assert kept.end_amount == Decimal(1_200_000 + 650_000 + 300_000 + 250_000 + 200_000)


def test_five_customers_have_no_interval(kept):
    assert kept.net_interval is None
    assert kept.gross_interval is None


def test_one_row_reaches_python_however_many_customers_there_are(lab):
    before = lab.rows_read
    read_retention(lab, since=THEN, as_of=NOW)
    assert lab.rows_read - before <= 3  # the row, and which products are renewed


def draw_customers(rng, n):
    """Return n customers of a company that keeps 88 of 100, most of which change a little."""
    then = np.exp(rng.normal(0.0, 0.8, n)) * 500_000
    stays = rng.random(n) < 0.88
    return np.column_stack([then, np.where(stays, then * np.exp(rng.normal(0.02, 0.15, n)), 0.0)])


@pytest.mark.parametrize("part", ["net", "gross"])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(part):
    rng = np.random.default_rng(11)
    many = draw_customers(rng, 400_000)
    both = np.minimum(many[:, 0], many[:, 1]) if part == "gross" else many[:, 1]
    truth, hits = both.sum() / many[:, 0].sum(), 0
    for _ in range(200):
        row = pd.DataFrame([count_retained(draw_customers(rng, 120).tolist())])
        interval = getattr(measure_retention(row, since=THEN, as_of=NOW), f"{part}_interval")
        hits += interval.low <= truth <= interval.high
    assert 0.83 <= hits / 200 <= 0.95


@pytest.mark.requirement("L05")
def test_a_contract_that_ends_within_60_days_without_contact_is_listed():
    terms = [
        ("a:silent", "2025-11-16", "2026-11-15", 900_000), ("a:heard", "2025-11-16", "2026-11-15", 100_000),
        ("a:renewed", "2025-11-16", "2026-11-15", 100_000), ("a:renewed", "2026-09-20", "2027-11-15", 100_000),
        ("a:later", "2026-01-01", "2026-12-31", 100_000), ("a:ended", "2025-09-11", "2026-09-10", 300_000),
    ]  # fmt: skip
    contacts = [("a:heard", "2026-09-01"), ("a:silent", "2026-05-01"), ("a:renewed", "2026-09-01")]
    with connect("duckdb://") as opened:
        write_contracts(opened, terms, contacts=contacts)
        due = read_renewals_due(opened, as_of=NOW).set_index("account_id")
    assert list(due.index) == ["a:ended", "a:silent", "a:heard"]
    assert due["is_silent"].to_dict() == {"a:ended": True, "a:silent": True, "a:heard": False}
    assert due.loc["a:silent", "last_contact_on"] == pd.Timestamp("2026-05-01")
    assert (due["owner_id"] == "u:1").all()


def test_no_contract_then_is_refused_with_the_next_step(lab):
    day = date(2020, 1, 1)
    totals = read_retention(lab, since=day, as_of=NOW)
    with pytest.raises(NotEnoughData, match=r"(?s)No contract ran on 2020-01-01.*Next: import order_lines with term"):
        measure_retention(totals, since=day, as_of=NOW)


def test_lines_without_terms_are_refused_with_the_next_step():
    with connect("duckdb://") as opened:
        opened.write("accounts", pd.DataFrame({"account_id": ["a"]}), source_system="t", loaded_at=pd.Timestamp(NOW))
        with pytest.raises(NotEnoughData, match=r"(?s)No order line has a term.*Next: map term_start and term_end"):
            read_retention(opened, since=THEN, as_of=NOW)
