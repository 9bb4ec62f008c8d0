"""What a territory could yield is told by the companies in it, not by who sells to them."""

from datetime import date, datetime

import pandas as pd
import pytest

from saleslab.errors import NotEnoughData
from saleslab.kpi import read_territories
from saleslab.warehouse import connect

DAY = date(2026, 9, 30)
AT = {"source_system": "test", "loaded_at": datetime(2026, 10, 1)}


@pytest.fixture
def lab():
    """Four makers of 400 people and two shops; all orders of the year went to the accounts of one person."""
    lab = connect("duckdb://")
    accounts = pd.DataFrame(
        {
            "account_id": [f"a:{at}" for at in range(6)],
            "name": "Some company",
            "industry": ["maker"] * 4 + ["shop"] * 2,
            "employees": [400] * 4 + [5] * 2,
            "owner_id": ["u:1", "u:2", "u:2", "u:2", "u:2", None],
            "created_at": datetime(2024, 1, 1),
        }
    )
    orders = pd.DataFrame(
        {
            "order_id": [f"o:{at}" for at in range(4)],
            "account_id": ["a:0", "a:0", "a:4", "a:0"],
            "ordered_at": [datetime(2026, 5, 1), datetime(2026, 9, 30, 3), datetime(2026, 6, 1), datetime(2025, 9, 1)],
            "total": [700, 100, 50, 9_999],
        }
    )
    users = pd.DataFrame({"user_id": ["u:1", "u:2"], "name": "Somebody", "is_active": True, "team_id": ["t:1", "t:2"]})
    lab.write("accounts", accounts, **AT)
    lab.write("orders", orders, **AT)
    lab.write("users", users, **AT)
    return lab


@pytest.mark.requirement("G01")
def test_each_account_counts_as_companies_like_it_bought_in_the_year(lab):
    told = read_territories(lab, as_of=DAY)
    assert told["user_id"].tolist() == ["u:1", "u:2"]
    assert told["team_id"].tolist() == ["t:1", "t:2"]
    assert told["n_accounts"].tolist() == [1, 4]
    assert told["potential"].tolist() == [200.0, 3 * 200.0 + 50.0]  # 800 / 4 a maker; 50 / 1 a shop that has an owner


def test_what_is_ordered_later_is_not_known(lab):
    assert read_territories(lab, as_of=date(2026, 9, 29))["potential"].iloc[0] == 175.0


def test_a_year_without_orders_says_nothing(lab):
    with pytest.raises(NotEnoughData, match=r"(?s)no order of a year.*Next: import accounts with their owners"):
        read_territories(lab, as_of=date(2024, 12, 31))
