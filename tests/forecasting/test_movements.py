"""From one pipeline to another: the parts add up, won money is all that was won, and nobody knows the future."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import MOVES, compare_pipelines, find_last_snapshot, read_pipeline_at
from saleslab.periods import Period
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))
SINCE, AS_OF = date(2026, 8, 13), date(2026, 8, 20)
DAYS = {"since": SINCE, "as_of": AS_OF, "period": QUARTER}


def deals(*rows):
    frame = pd.DataFrame(rows, columns=["opportunity_id", "created_on", "state", "amount", "due"])
    frame["amount"] = frame["amount"].astype(float)
    return frame.assign(created_on=pd.to_datetime(frame["created_on"]), due=pd.to_datetime(frame["due"]))


def parts_of(moved):
    return {part.move: (part.n_deals, part.amount) for part in moved.parts if part.n_deals}


@pytest.mark.parametrize(
    ("then", "now", "parts"),
    [
        ((), ("2026-08-18", "open", 5, "2026-09-20"), {"new": (1, 5.0)}),
        ((), ("2026-08-18", "won", 5, "2026-08-19"), {"new": (1, 5.0), "won": (1, -5.0)}),
        (("open", 5, "2026-10-20"), ("2026-05-01", "open", 6, "2026-09-20"), {"pulled_in": (1, 6.0)}),
        (("open", 5, "2026-10-20"), ("2026-05-01", "won", 6, "2026-08-20"), {"pulled_in": (1, 6.0), "won": (1, -6.0)}),
        (("open", 5, "2026-09-20"), ("2026-05-01", "open", 7, "2026-09-20"), {"up": (1, 2.0)}),
        (("open", 5, "2026-09-20"), ("2026-05-01", "open", 4, "2026-10-01"), {"down": (1, -1), "slipped_out": (1, -4)}),
        (("open", 5, "2026-09-20"), ("2026-05-01", "lost", 1, "2026-08-19"), {"lost": (1, -5.0)}),
        (("open", 5, "2026-06-20"), ("2026-05-01", "won", 5, "2026-08-19"), {"won": (1, -5.0)}),  # was overdue
        (("open", None, "2026-09-20"), ("2026-05-01", "open", 3, "2026-09-20"), {"up": (1, 3.0)}),
    ],
)  # fmt: skip
def test_each_way_of_a_deal_is_its_own_part(then, now, parts):
    other = ("b", "2026-05-01", "open", 100, "2026-09-01")
    before = deals(*([("a", "2026-05-01", *then)] if then else []), other)
    moved = compare_pipelines(before, deals(("a", *now), other), **DAYS)
    assert parts_of(moved) == parts
    assert moved.before + sum(part.amount for part in moved.parts) == pytest.approx(moved.after)


STATES = st.sampled_from(["open", "won", "lost"])
DUE = st.sampled_from(["2026-06-20", "2026-08-25", "2026-09-30", "2026-10-01", None])
AMOUNT = st.one_of(st.none(), st.integers(0, 50))
DEAL = st.tuples(st.booleans(), AMOUNT, DUE, STATES, AMOUNT, DUE)


@settings(max_examples=25, deadline=None)
@given(st.lists(DEAL, min_size=1, max_size=8), st.randoms())
def test_the_parts_add_up_in_money_and_in_deals_and_the_row_order_does_not_matter(found, lot):
    rows = list(enumerate(found))
    before = [(f"d{at}", "2026-05-01", "open", amount, due) for at, (was, amount, due, *_) in rows if was]
    after = [(f"d{at}", "2026-08-15", *deal[3:]) for at, deal in rows]
    try:
        moved = compare_pipelines(deals(*before), deals(*after), **DAYS)
    except NotEnoughData:
        return
    counts = {part.move: part.n_deals for part in moved.parts}
    came, left = counts["new"] + counts["pulled_in"], counts["won"] + counts["lost"] + counts["slipped_out"]
    assert moved.n_before + came - left == moved.n_after
    assert moved.before + sum(part.amount for part in moved.parts) == pytest.approx(moved.after)
    lot.shuffle(before)
    lot.shuffle(after)
    again = compare_pipelines(deals(*before), deals(*after), **DAYS)
    assert again.parts == moved.parts
    pd.testing.assert_frame_equal(again.deals, moved.deals)


def test_without_close_dates_all_open_deals_are_followed_and_none_slips():
    before = deals(("a", "2026-05-01", "open", None, None), ("b", "2026-05-01", "open", None, None))
    after = deals(("a", "2026-05-01", "won", 9, None), ("b", "2026-05-01", "open", None, None))
    moved = compare_pipelines(before, after, **DAYS)
    assert (moved.has_dates, moved.is_in_money, moved.n_before, moved.n_after) == (False, False, 2, 1)
    assert moved.part("won").n_deals == 1
    assert moved.part("slipped_out").n_deals == 0


@pytest.fixture(scope="module")
def lab():
    made = simulate(Scenario(seed=5, n_deals=500))
    with connect("duckdb://") as lab:
        for name in ("opportunities", "field_events", "stage_events"):
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
        yield lab


@pytest.mark.requirement("M03")
def test_in_an_invented_company_won_is_all_that_was_won_and_few_rows_reach_python(lab):
    since = date(2026, 7, 10)
    before = read_pipeline_at(lab, as_of=since)
    after = read_pipeline_at(lab, as_of=AS_OF, since=since)
    moved = compare_pipelines(before, after, **DAYS | {"since": since})
    sold = lab.read(lab.table("opportunities"))
    local = sold["closed_at"] + pd.Timedelta(hours=9)
    between = (local >= pd.Timestamp(2026, 7, 11)) & (local < pd.Timestamp(2026, 8, 21))
    won = sold[sold["is_won"].astype(bool) & between]
    assert len(won) > 0
    assert moved.part("won").n_deals == len(won)
    assert moved.part("won").amount == pytest.approx(-float(won["amount"].sum()))
    assert len(after) < len(sold) / 4
    assert set(moved.deals["move"]) <= set(MOVES)


def test_amounts_and_dates_are_those_of_the_day_and_not_of_today():
    frame = pd.DataFrame(
        {
            "opportunity_id": ["a", "b"],
            "stage_id": "s:1",
            "amount": [Decimal(9), Decimal(4)],
            "currency": [None, "USD"],
            "amount_base": [None, Decimal(400)],
            "expected_close_date": [date(2026, 12, 1), date(2026, 9, 1)],
            "created_at": datetime(2026, 5, 1),
            "closed_at": [datetime(2026, 11, 1), None],
            "is_closed": [True, False],
            "is_won": [True, False],
        }
    )
    events = pd.DataFrame(
        [
            ("a", "amount", "5", "7", datetime(2026, 8, 1)),
            ("a", "amount", "7", "9", datetime(2026, 10, 1)),
            ("a", "close_date", "2026-09-10", "2026-12-01", datetime(2026, 10, 2)),
            ("b", "amount", "2", "4", datetime(2026, 10, 2)),
        ],
        columns=["object_id", "field", "old", "new", "at"],
    ).assign(object_type="opportunity")
    with connect("duckdb://") as lab:
        for name, rows in (("opportunities", frame), ("field_events", events)):
            lab.write(name, rows, source_system="test", loaded_at=datetime(2026, 11, 24))
        then = read_pipeline_at(lab, as_of=AS_OF).set_index("opportunity_id")
        early = read_pipeline_at(lab, as_of=date(2026, 7, 1)).set_index("opportunity_id")
        assert find_last_snapshot(lab, as_of=AS_OF) is None
    assert then["amount"].to_dict() == {"a": 7.0, "b": 200.0}, "foreign money at the rate of the deal"
    assert early["amount"].to_dict() == {"a": 5.0, "b": 200.0}
    assert then["state"].to_dict() == {"a": "open", "b": "open"}
    assert [f"{due:%Y-%m-%d}" for due in then["due"]] == ["2026-09-10", "2026-09-01"]


def test_where_amounts_are_noted_only_at_the_win_an_open_deal_has_none():
    frame = pd.DataFrame(
        {
            "opportunity_id": ["a", "b"],
            "stage_id": "s:1",
            "amount": [Decimal(9), None],
            "created_at": datetime(2026, 5, 1),
            "closed_at": [datetime(2026, 8, 18), None],
            "is_closed": [True, False],
            "is_won": [True, False],
        }
    )
    with connect("duckdb://") as lab:
        lab.write("opportunities", frame, source_system="test", loaded_at=datetime(2026, 11, 24))
        assert read_pipeline_at(lab, as_of=SINCE)["amount"].isna().all()
        assert read_pipeline_at(lab, as_of=AS_OF, since=SINCE).set_index("opportunity_id").loc["a", "amount"] == 9.0


def test_what_cannot_be_compared_is_refused():
    some = deals(("a", "2026-05-01", "open", 1, "2026-09-01"))
    with pytest.raises(BadArgument, match=r"since is 2026-08-20(?s:.*)Next: compare with an earlier day"):
        compare_pipelines(some, some, since=AS_OF, as_of=AS_OF, period=QUARTER)
    with pytest.raises(TableError, match=r"no column 'due'(?s:.*)Next: pass the frame as its inputs function"):
        compare_pipelines(some.drop(columns="due"), some, **DAYS)
    with pytest.raises(NotEnoughData, match=r"No deal due by 2026-09-30(?s:.*)Next: choose another period"):
        compare_pipelines(some.iloc[:0], some.iloc[:0], **DAYS)
