"""Everything is counted in the warehouse, on the company's own days, and nothing after as_of is known."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from invented import AS_OF, LOADED, deal, lab_of, planted_deals, pushes, stages

from saleslab import operations
from saleslab.errors import NotEnoughData
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import connect

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def test_a_deal_closed_at_eight_in_tokyo_belongs_to_the_new_fiscal_year():
    early = deal("o:1", created=date(2026, 3, 1), closed=date(2026, 3, 31), won=True)
    early["closed_at"] = datetime(2026, 3, 31, 23, 0)  # UTC: 1 April 08:00 in Tokyo
    lab = lab_of([early])
    assert list(operations.read_closed_days(lab, as_of=AS_OF)["closed_on"].dt.date) == [date(2026, 4, 1)]
    lab.change_settings(timezone="America/New_York")
    assert list(operations.read_closed_days(lab, as_of=AS_OF)["closed_on"].dt.date) == [date(2026, 3, 31)]


def test_what_happens_after_as_of_is_not_known_yet():
    lab = lab_of(
        [
            deal("o:past", created=date(2026, 11, 1), closed=MONDAY, won=True),
            deal("o:later", created=date(2026, 11, 1), closed=TUESDAY, won=True),
            deal("o:unborn", created=TUESDAY),
        ]
    )
    days = operations.read_closed_days(lab, as_of=MONDAY)
    open_deals = operations.read_open_deals(lab, as_of=MONDAY)
    assert (days["n_won"].sum(), list(open_deals["opportunity_id"])) == (1, ["o:later"])
    assert open_deals["stage_id"].isna().all(), "its stage of that day is not on record, and 'won' would be hindsight"


def test_the_stage_of_the_day_comes_from_the_history_where_there_is_one():
    history = pd.DataFrame(
        {
            "event_id": ["e:1", "e:2", "e:3"],
            "object_type": "opportunity",
            "object_id": "o:1",
            "to_stage_id": ["s:hearing", "s:proposal", "s:won"],
            "to_stage_label": ["a", "b", "c"],
            "at": [datetime(2026, 11, 2), datetime(2026, 11, 10), datetime(2026, 11, 24, 3)],
            "at_uncertainty_days": 0.0,
            "origin": "crm_history",
        }
    )
    lab = lab_of([deal("o:1", created=date(2026, 11, 1), closed=TUESDAY, won=True)], stage_events=history)
    assert list(operations.read_open_deals(lab, as_of=date(2026, 11, 5))["stage_id"]) == ["s:hearing"]
    assert list(operations.read_open_deals(lab, as_of=MONDAY)["stage_id"]) == ["s:proposal"]


def test_money_is_summed_exactly_in_the_base_currency():
    lab = lab_of(
        [
            deal("o:1", closed=MONDAY, won=True, amount=10, currency="JPY"),
            deal("o:2", closed=MONDAY, won=True, amount=7, currency="USD", amount_base=Decimal("1050.10")),
            deal("o:3", closed=MONDAY, won=True, amount=9, currency="USD"),
            deal("o:4", closed=MONDAY, won=True, amount=None),
        ]
    )
    row = operations.read_closed_days(lab, as_of=AS_OF).iloc[0]
    assert (row["won_amount"], row["n_won"], row["n_won_without_amount"]) == (Decimal("1060.10"), 4, 2)
    assert operations.read_kept(lab).n_unconverted == 1


@pytest.mark.requirement("B07", "H04")
def test_people_and_days_add_up_to_the_same_total():
    lab = lab_of([*planted_deals(3, 600), deal("o:nobody", closed=MONDAY, won=True, amount=77, owner_id=None)])
    period = FiscalCalendar().quarter_of(AS_OF)
    by_owner = operations.read_reps(lab, period=period, as_of=AS_OF)
    by_day = operations.sum_period(operations.read_closed_days(lab, as_of=AS_OF), period)
    assert sum(by_owner["won_amount"]) == by_day.won_amount
    assert (by_owner["n_won"].sum(), by_owner["n_lost"].sum()) == (by_day.n_won, by_day.n_lost)
    assert by_owner["owner_id"].isna().sum() == 1


def test_orders_without_owner_count_for_the_owner_of_their_deal():
    orders = pd.DataFrame(
        {
            "order_id": ["d:1", "d:2", "d:3"],
            "account_id": "a:1",
            "opportunity_id": ["o:1", None, "o:1"],
            "owner_id": [None, "u:2", None],
            "ordered_at": [datetime(2026, 11, 2), datetime(2026, 11, 3), datetime(2026, 12, 25)],
            "total": [Decimal("5.10"), Decimal("6.20"), Decimal("9.00")],
        }
    )
    lab = lab_of([deal("o:1", closed=MONDAY, won=True)], orders=orders)
    ordered = operations.read_ordered(lab, period=Period(date(2026, 10, 1), date(2026, 12, 31)), as_of=AS_OF)
    assert dict(zip(ordered["owner_id"], ordered["ordered_amount"], strict=True)) == {
        "u:1": Decimal("5.10"),
        "u:2": Decimal("6.20"),
    }


class TestPushes:
    @pytest.mark.requirement("H06")
    def test_three_moves_to_a_later_date_are_three_pushes(self):
        dates = ["2026-09-30", "2026-10-31", "2026-10-15", "2026-11-30", "2026-12-31"]
        lab = lab_of([deal("o:1", created=date(2026, 8, 1))], field_events=pushes("o:1", dates))
        row = operations.read_open_deals(lab, as_of=AS_OF).iloc[0]
        assert (row["n_pushes"], row["first_promised"].date()) == (3, date(2026, 9, 30))

    def test_the_stage_history_serves_where_fields_are_not_watched(self):
        closes = [date(2026, 9, 30), date(2026, 10, 31), date(2026, 10, 31), date(2026, 12, 24)]
        history = pd.DataFrame(
            {
                "event_id": [f"e:{i}" for i in range(4)],
                "object_type": "opportunity",
                "object_id": "o:1",
                "to_stage_id": "s:proposal",
                "to_stage_label": "x",
                "at": [datetime(2026, 9, 1 + i) for i in range(4)],
                "at_uncertainty_days": 0.0,
                "expected_close_date": closes,
                "origin": "crm_history",
            }
        )
        lab = lab_of([deal("o:1", created=date(2026, 8, 1))], stage_events=history)
        assert operations.read_kept(lab).close_date_history == "stage_events"
        assert list(operations.read_open_deals(lab, as_of=AS_OF)["n_pushes"]) == [2]

    def test_without_any_history_pushes_are_missing_and_not_zero(self):
        other = pushes("o:1", ["10", "20"], field="amount")
        lab = lab_of([deal("o:1", created=date(2026, 8, 1))], field_events=other)
        assert operations.read_kept(lab).close_date_history is None
        assert operations.read_open_deals(lab, as_of=AS_OF)["n_pushes"].isna().all()

    @pytest.mark.parametrize(("n_kept", "history", "n_pushes"), [(1, None, None), (2, "snapshots", 0)])
    def test_two_snapshots_without_a_moved_date_say_that_none_moved(self, n_kept, history, n_pushes):
        kept = pd.DataFrame(
            {
                "snapshot_at": [datetime(2026, 11, 2), datetime(2026, 11, 9)][:n_kept],
                "object_type": "opportunity",
                "file_hash": ["a", "b"][:n_kept],
                "rows": 1,
            }
        )
        one = {**deal("o:1", created=date(2026, 8, 1)), "expected_close_date": date(2026, 12, 24)}
        lab = lab_of([one], snapshots=kept)
        assert operations.read_kept(lab).close_date_history == history
        open_deals = operations.read_open_deals(lab, as_of=AS_OF)
        assert [None if pd.isna(n) else n for n in open_deals["n_pushes"]] == [n_pushes]
        slips = operations.find_slips(open_deals, as_of=AS_OF, kept=operations.read_kept(lab))
        assert (slips.n_pushed_often, slips.history) == (n_pushes, history)

    def test_snapshots_without_any_close_date_are_no_history_of_it(self):
        taken = {"snapshot_at": [datetime(2026, 11, 2), datetime(2026, 11, 9)], "object_type": "opportunity"}
        kept = pd.DataFrame({**taken, "file_hash": ["a", "b"], "rows": 1})
        lab = lab_of([{**deal("o:1", created=date(2026, 8, 1)), "expected_close_date": None}], snapshots=kept)
        assert operations.read_kept(lab).close_date_history is None

    def test_a_push_after_as_of_is_not_known_yet(self):
        dates = ["2026-09-30", "2026-10-31", "2026-11-30"]  # pushed on 1 and on 8 September
        lab = lab_of([deal("o:1", created=date(2026, 8, 1))], field_events=pushes("o:1", dates))
        assert list(operations.read_open_deals(lab, as_of=date(2026, 9, 3))["n_pushes"]) == [1]


class TestSize:
    def test_ten_times_as_many_closed_deals_send_no_more_rows(self):
        few, many = planted_deals(5, 400), planted_deals(5, 4000)
        only_closed = [[row for row in rows if row["is_closed"]] for rows in (few, many)]
        sent = []
        for rows in only_closed:
            lab = lab_of(rows, stages=stages())
            operations.review_sales(lab, as_of=AS_OF)
            sent.append(lab.rows_read)
        assert sent[0] < 1100
        assert sent[1] < 1400, "bounded by the days of three years, not by the number of deals"

    def test_open_deals_are_the_only_single_deals_sent(self):
        rows = planted_deals(5, 2000)
        n_open = sum(not row["is_closed"] for row in rows)
        lab = lab_of(rows)
        assert len(operations.read_open_deals(lab, as_of=AS_OF)) == n_open


class TestDataUntil:
    def test_it_is_the_last_day_on_which_something_happened(self):
        activities = pd.DataFrame(
            {
                "activity_id": ["v:1", "v:2"],
                "type": "call",
                "channel": "phone",
                "at": [datetime(2026, 11, 23, 20), datetime(2027, 3, 1)],  # UTC; the second one is planned
            }
        )
        lab = lab_of([deal("o:1", created=date(2026, 8, 1))], activities=activities)
        assert operations.read_data_until(lab) == TUESDAY

    def test_where_nothing_has_a_time_it_is_the_day_of_the_import(self):
        assert operations.read_data_until(lab_of([deal("o:1")])) == LOADED.date()

    def test_an_empty_warehouse_is_refused(self):
        with connect("duckdb://") as lab, pytest.raises(NotEnoughData, match="(?s)No table.*Next: import"):
            operations.read_data_until(lab)


def test_a_deal_that_was_deleted_is_in_no_count():
    gone = deal("o:gone", closed=MONDAY, won=True, is_deleted=True)
    lab = lab_of([gone, deal("o:1", closed=MONDAY, won=True, amount=5)])
    assert list(operations.read_closed_days(lab, as_of=AS_OF)["won_amount"]) == [Decimal(5)]


def test_names_are_read_only_for_those_asked_for():
    users = pd.DataFrame({"user_id": ["u:1", "u:2"], "name": ["甲", "乙"], "is_active": True})
    lab = lab_of([deal("o:1")], users=users)
    assert operations.read_names(lab, ["u:2", "u:9"]) == {"u:2": "乙"}
    assert operations.read_names(lab, []) == {}


def test_no_opportunities_at_all_are_refused_with_a_next_step():
    with connect("duckdb://") as lab, pytest.raises(NotEnoughData, match="(?s)opportunities.*Next: import"):
        operations.review_sales(lab, as_of=AS_OF)


def test_the_fill_of_each_column_is_counted():
    lab = lab_of([deal("o:1", amount=None), deal("o:2")])
    fill = operations.read_fill(lab).set_index(["table", "column"])
    assert fill.loc[("opportunities", "amount"), "n_filled"] == 1
    assert fill.loc[("opportunities", "amount"), "n_rows"] == 2
    assert ("opportunities", "row_hash") not in fill.index


def test_loading_again_later_changes_nothing():
    rows = planted_deals(5, 200)
    lab = lab_of(rows)
    before = operations.read_closed_days(lab, as_of=AS_OF)
    lab.write("opportunities", pd.DataFrame(rows), source_system="test", loaded_at=LOADED)
    pd.testing.assert_frame_equal(before, operations.read_closed_days(lab, as_of=AS_OF))
