"""Who came back, by when they bought first; what is not over yet is left open."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab import customers
from saleslab.errors import NotEnoughData, TableError
from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

CALENDAR = FiscalCalendar()
AS_OF = date(2026, 9, 30)


def lab_of(purchases):
    """Orders of ``(customer, day, amount)``."""
    rows = pd.DataFrame(purchases, columns=["account_id", "day", "total"])
    orders = pd.DataFrame(
        {
            "order_id": [f"d:{i}" for i in range(len(rows))],
            "account_id": rows["account_id"],
            "ordered_at": [datetime(day.year, day.month, day.day, 3) for day in rows["day"]],
            "total": [Decimal(str(amount)) for amount in rows["total"]],
        }
    )
    lab = connect("duckdb://")
    lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 11, 24))
    return lab


def cohorts_of(purchases, *, as_of=AS_OF, grain="quarter"):
    lab = lab_of(purchases)
    return customers.measure_cohorts(
        customers.read_returns(lab, as_of=as_of), as_of=as_of, calendar=CALENDAR, grain=grain
    )


@pytest.mark.requirement("M01")
class TestCohorts:
    def test_a_customer_counts_from_the_quarter_of_the_second_purchase_on(self):
        answer = cohorts_of(
            [
                ("a:1", date(2026, 1, 10), 5),
                ("a:1", date(2026, 5, 10), 5),
                ("a:2", date(2026, 2, 10), 5),
                ("a:2", date(2026, 2, 11), 5),
                ("a:3", date(2026, 3, 10), 5),
                ("a:3", date(2026, 3, 10), 5),
            ]
        )
        (cohort,) = answer.cohorts
        assert (cohort.period, cohort.n_customers) == (CALENDAR.parse("FY2025Q4"), 3)
        assert [cell.n_returned for cell in cohort.cells] == [1, 2, 2], "two purchases on one day are one"

    def test_a_quarter_that_is_not_over_is_open_and_not_zero(self):
        buys = [("a:1", date(2026, 1, 10), 5), ("a:2", date(2026, 7, 2), 5)]
        answer = cohorts_of(buys, as_of=date(2026, 9, 29))
        assert [cell.share is None for cell in answer.cohorts[0].cells] == [False, False, True]
        assert [cell.share is None for cell in answer.cohorts[1].cells] == [True]

    def test_what_is_bought_after_as_of_is_not_known(self):
        buys = [("a:1", date(2026, 1, 10), 5), ("a:1", date(2026, 9, 30), 5), ("a:2", date(2026, 9, 30), 5)]
        answer = cohorts_of(buys, as_of=date(2026, 9, 29))
        assert answer.n_customers == 1
        assert answer.returned == ()

    @given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 900)), min_size=1, max_size=40))
    def test_cohorts_hold_every_customer_once_and_shares_only_rise(self, visits):
        first = {}
        for customer, offset in visits:
            first.setdefault(customer, []).append(date(2024, 4, 1) + timedelta(days=offset))
        rows = [
            {
                "first_month": pd.Timestamp(min(days)).replace(day=1),
                "second_month": pd.Timestamp(sorted(set(days))[1]).replace(day=1) if len(set(days)) > 1 else pd.NaT,
                "n_customers": 1,
            }
            for days in first.values()
        ]
        answer = customers.measure_cohorts(pd.DataFrame(rows), as_of=AS_OF, calendar=CALENDAR)
        assert answer.n_customers == len(first)
        for cohort in answer.cohorts:
            known = [cell.n_returned for cell in cohort.cells if cell.n_returned is not None]
            assert known == sorted(known)
            assert all(n <= cohort.n_customers for n in known)
        assert list(answer.returned) == sorted(answer.returned)

    def test_a_planted_share_of_returners_is_recovered_although_many_had_no_time_yet(self):
        rng = np.random.default_rng(7)
        buys = []
        for index in range(3000):
            first = date(2023, 4, 1) + timedelta(days=int(rng.integers(1270)))
            buys.append((f"a:{index}", first, 1))
            if rng.random() < 0.5:
                back = first + timedelta(days=1 + int(rng.exponential(200)))
                if back <= AS_OF:
                    buys.append((f"a:{index}", back, 1))
        answer = cohorts_of(buys)
        naive = sum(cohort.cells[-1].n_returned or 0 for cohort in answer.cohorts) / 3000
        truth = 0.5 * (1 - np.exp(-365 * 1.125 / 200))  # four quarters after that of the first purchase
        assert answer.returned_within(4) == pytest.approx(truth, abs=0.03)
        assert answer.returned_within(12) == pytest.approx(0.5, abs=0.03)
        assert naive < 0.43

    def test_nobody_followed_so_long_is_none(self):
        assert cohorts_of([("a:1", date(2026, 6, 10), 5)]).returned_within(9) is None

    def test_rows_sent_do_not_grow_with_the_number_of_customers(self):
        rng = np.random.default_rng(1)
        sent = []
        for n in (300, 3000):
            days = [date(2025, 4, 1) + timedelta(days=int(d)) for d in rng.integers(0, 500, n)]
            lab = lab_of([(f"a:{rng.integers(n // 3)}", day, 1) for day in days])
            sent.append(len(customers.read_returns(lab, as_of=AS_OF)))
        assert max(sent) <= 18 * 18


class TestSources:
    def deals(self):
        return pd.DataFrame(
            {
                "opportunity_id": ["o:1", "o:2"],
                "account_id": ["a:1", "a:1"],
                "stage_id": "x",
                "amount": [Decimal(3), Decimal(4)],
                "closed_at": [datetime(2026, 1, 5), datetime(2026, 6, 5)],
                "is_closed": True,
                "is_won": [True, False],
            }
        )

    def test_won_deals_stand_in_where_there_are_no_orders(self):
        with connect("duckdb://") as lab:
            lab.write("opportunities", self.deals(), source_system="test", loaded_at=datetime(2026, 11, 24))
            assert customers.find_purchase_source(lab) == "opportunities"
            assert customers.read_returns(lab, as_of=AS_OF)["n_customers"].sum() == 1

    def test_neither_is_refused(self):
        nameless = self.deals().assign(account_id=None)
        with connect("duckdb://") as lab:
            lab.write("opportunities", nameless, source_system="test", loaded_at=datetime(2026, 11, 24))
            with pytest.raises(NotEnoughData, match="(?s)needs orders.account_id.*Next: map the account"):
                customers.read_returns(lab, as_of=AS_OF)


def test_a_frame_without_the_columns_is_refused():
    with pytest.raises(TableError, match="returns has no column 'second_month', 'n_customers'"):
        customers.measure_cohorts(pd.DataFrame({"first_month": []}), as_of=AS_OF, calendar=CALENDAR)


def test_nobody_bought_is_refused():
    empty = pd.DataFrame({"first_month": [], "second_month": [], "n_customers": []})
    with pytest.raises(NotEnoughData, match="Nobody bought until 2026-09-30"):
        customers.measure_cohorts(empty, as_of=AS_OF, calendar=CALENDAR)
