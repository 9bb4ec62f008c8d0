"""Contracts are checked where the rows are: every broken rule, counted, with the ids of the first rows."""

from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest

from saleslab.warehouse import connect


@pytest.fixture
def lab():
    with connect("duckdb://") as warehouse:
        yield warehouse


def write(lab, name, **columns):
    lab.write(name, pd.DataFrame(columns), source_system="test", loaded_at=datetime(2026, 11, 24))


def found(lab, name):
    return [(v.column, v.rule, v.n_rows, v.keys) for v in lab.violations(name)]


def test_clean_rows_break_no_rule(lab):
    write(lab, "teams", team_id=["t:1", "t:2"], parent_team_id=[None, "t:1"])
    assert found(lab, "teams") == []


@pytest.mark.requirement("F01")
def test_every_broken_rule_is_found_at_once(lab):
    write(lab, "users", user_id=["u:1"], is_active=[True])
    write(
        lab,
        "activities",
        activity_id=["a:1", "a:2", "a:3", "a:4"],
        type=["call", None, "call", "call"],
        channel=["phone", "phone", "pigeon", "phone"],
        at=pd.to_datetime(["2026-01-01"] * 4),
        duration_sec=[60.0, -1.0, -5.0, None],
        user_id=["u:1", "u:1", "u:1", "u:9"],
    )
    assert found(lab, "activities") == [
        ("type", "required", 1, ("a:2",)),
        ("channel", "choices", 1, ("a:3",)),
        ("duration_sec", "range", 2, ("a:2", "a:3")),
        ("user_id", "refers_to", 1, ("a:4",)),
    ]


def test_a_reference_into_a_table_that_was_never_imported_is_no_violation(lab):
    write(lab, "prices", product_id=["p:1"], currency=["JPY"], unit_price=[Decimal(1)], valid_from=["2026-01-01"])
    assert found(lab, "prices") == []


def test_only_the_ids_of_the_first_rows_reach_python(lab):
    n = 1000
    write(lab, "teams", team_id=[f"t:{i:04}" for i in range(n)], parent_team_id=[f"x:{i}" for i in range(n)])
    (violation,) = lab.violations("teams")
    assert (violation.rule, violation.n_rows, len(violation.keys)) == ("refers_to", n, 20)
    assert violation.keys[0] == "t:0000"
