"""The index is exact, and the curve is bounded in size whatever the number of customers."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab import customers
from saleslab.errors import NotEnoughData
from saleslab.periods import Period
from saleslab.warehouse import connect

YEAR, AS_OF = Period(date(2025, 10, 1), date(2026, 9, 30)), date(2026, 9, 30)


def lab_of(amounts, *, day=datetime(2026, 5, 5, 3), customer="a:{}"):
    orders = pd.DataFrame(
        {
            "order_id": [f"d:{i}" for i in range(len(amounts))],
            "account_id": [customer.format(i) for i in range(len(amounts))],
            "ordered_at": day,
            "total": [Decimal(str(amount)) for amount in amounts],
        }
    )
    lab = connect("duckdb://")
    lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 11, 24))
    return lab


def concentration_of(lab):
    return customers.measure_concentration(customers.read_ranked_customers(lab, period=YEAR, as_of=AS_OF))


@pytest.mark.requirement("B11", "M01")
class TestConcentration:
    def test_the_index_of_a_fixture_is_exact(self):
        answer = concentration_of(lab_of(["55.00", "25.00", "20.00"]))
        assert answer.hhi == 0.55**2 + 0.25**2 + 0.20**2
        assert dict(answer.top_shares) == {1: 0.55}
        assert (answer.n_for_half, answer.n_for_four_fifths) == (1, 2)

    @given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
    def test_it_equals_the_definition_and_lies_between_equality_and_one(self, cents):
        ranked = pd.DataFrame(
            {
                "n_customers": 1,
                "amount": [Decimal(value) for value in sorted(cents, reverse=True)],
                "squares": [Decimal(value) ** 2 for value in sorted(cents, reverse=True)],
            }
        )
        answer = customers.measure_concentration(ranked)
        shares = [Fraction(value, sum(cents)) for value in cents]
        assert answer.hhi == float(sum(share**2 for share in shares))
        assert 1 / len(cents) - 1e-12 <= answer.hhi <= 1
        assert answer.curve[0] == (0, 0)
        assert answer.curve[-1] == (1, 1)
        steps = np.diff([money for _, money in answer.curve])
        assert all(np.diff(steps) <= 1e-12), "every further customer adds less"

    def test_five_thousand_customers_are_sent_as_at_most_two_hundred_rows_and_lose_nothing(self):
        rng = np.random.default_rng(3)
        amounts = np.round(np.exp(rng.normal(8, 1.5, 5000)), 2)
        lab = lab_of(amounts)
        ranked = customers.read_ranked_customers(lab, period=YEAR, as_of=AS_OF)
        answer = customers.measure_concentration(ranked)
        assert len(ranked) <= 200
        assert answer.n_customers == 5000
        assert answer.amount == sum(Decimal(str(amount)) for amount in amounts)
        exact = sum(Fraction(str(a)) ** 2 for a in amounts) / sum(Fraction(str(a)) for a in amounts) ** 2
        assert answer.hhi == float(exact)
        ranking = np.sort(amounts)[::-1]
        assert answer.top_shares[20] == pytest.approx(ranking[:20].sum() / ranking.sum())

    def test_purchases_of_one_customer_are_added_up_first(self):
        answer = concentration_of(lab_of([30, 30, 40], customer="a:same"))
        assert (answer.n_customers, answer.hhi) == (1, 1.0)

    def test_purchases_outside_the_period_do_not_count(self):
        with pytest.raises(NotEnoughData, match="(?s)No customer brought any money.*Next: choose a longer period"):
            concentration_of(lab_of([5], day=datetime(2025, 9, 30, 3)))
