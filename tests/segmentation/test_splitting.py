"""What segments bring adds up to the company, what moved it adds up to the change, and targets to the target."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import split_by_segment

ROWS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 50), st.integers(0, 900)), min_size=1, max_size=12
).filter(lambda rows: sum(row[1] for row in rows) > 0)


def frame_of(rows):
    return pd.DataFrame(rows, columns=["segment", "n", "total"]).assign(
        total=lambda frame: np.where(frame["n"] > 0, frame["total"], 0)
    )


@pytest.mark.requirement("M05")
@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_segments_add_up_to_the_company_and_effects_to_its_change(before, after):
    before, after = frame_of(before), frame_of(after)
    split = split_by_segment(before, after)
    assert sum(part.total_after for part in split.parts) == after["total"].sum()
    assert sum(part.n_before for part in split.parts) == before["n"].sum()
    change = split.total_after - split.total_before
    assert split.by_volume + split.by_mix + split.by_rate == pytest.approx(change, abs=1e-6)
    backwards = split_by_segment(after, before)
    assert backwards.by_rate == pytest.approx(-split.by_rate, abs=1e-6)
    assert backwards.by_mix == pytest.approx(-split.by_mix, abs=1e-6)


@pytest.mark.requirement("M05")
def test_a_pure_change_of_mix_has_no_part_by_rate():
    before = frame_of([("easy", 80, 40), ("hard", 20, 2)])
    after = frame_of([("easy", 20, 10), ("hard", 80, 8)])
    split = split_by_segment(before, after)
    assert split.by_rate == pytest.approx(0)
    assert split.by_volume == pytest.approx(0)
    assert split.by_mix == pytest.approx(-24)
    assert all(part.rate_before == part.rate_after for part in split.parts)
    assert all(part.by_mix < 0 for part in split.parts), "less where much is won, more where little is"


@pytest.mark.requirement("M05")
def test_a_pure_change_of_rate_lies_where_it_happened():
    split = split_by_segment(frame_of([("a", 50, 10), ("b", 50, 10)]), frame_of([("a", 50, 20), ("b", 50, 10)]))
    assert {part.segment: round(part.by_rate, 9) for part in split.parts} == {"a": 10.0, "b": 0.0}
    assert (round(split.by_mix, 9), round(split.by_volume, 9)) == (0.0, 0.0)


@pytest.mark.requirement("M05")
@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 10**9), st.integers(0, 2))
def test_targets_add_up_to_the_last_digit_and_follow_what_segments_bring(rows, target, places):
    now = frame_of([*rows, ("e", 3, 7)])
    wanted = Decimal(target).scaleb(-places)
    split = split_by_segment(now, now, target=wanted, places=places)
    assert sum(part.target for part in split.parts) == wanted
    for part in split.parts:
        assert abs(part.target - wanted * Decimal(part.total_after) / Decimal(split.total_after)) <= Decimal(1).scaleb(
            -places
        )


@pytest.mark.requirement("M05")
def test_stability_is_one_when_nobody_moved_and_near_zero_when_segments_were_drawn_by_lot():
    lot = np.random.default_rng(1)
    before = pd.DataFrame({"customer_id": range(600), "segment": lot.choice(list("abc"), 600), "n": 1, "total": 1.0})
    stay = split_by_segment(before, before.sample(frac=1, random_state=1), customer="customer_id")
    drawn = split_by_segment(before, before.assign(segment=lot.permutation(before["segment"])), customer="customer_id")
    assert stay.stability == 1.0
    assert abs(drawn.stability) < 0.05
    assert split_by_segment(before, before).stability is None


def test_a_segment_that_came_or_went_is_no_change_of_rate():
    split = split_by_segment(frame_of([("a", 10, 20), ("gone", 10, 5)]), frame_of([("a", 10, 20), ("new", 10, 40)]))
    assert {part.segment: part.by_rate for part in split.parts}["new"] == pytest.approx(0)
    assert {part.segment: part.rate_after for part in split.parts}["gone"] is None
    assert split.by_mix == pytest.approx(35)


def test_the_order_of_rows_changes_nothing():
    before, after = frame_of([("a", 5, 9), ("b", 3, 2), ("a", 2, 1)]), frame_of([("b", 4, 9), ("a", 9, 9)])
    assert split_by_segment(before[::-1], after[::-1]) == split_by_segment(before, after)


def test_what_cannot_be_parted_is_refused():
    good = frame_of([("a", 5, 9)])
    with pytest.raises(NotEnoughData, match=r"(?s)A period holds no unit.*Next: choose two periods"):
        split_by_segment(good, frame_of([("a", 0, 0)]))
    broken = pd.DataFrame({"segment": [None, "a"], "n": [1, -1], "total": [np.nan, 1.0]})
    told = r"(?s)1 rows before without a segment, 1 total missing before, 1 negative n before.*Next: give every row"
    with pytest.raises(TableError, match=told):
        split_by_segment(broken, good)
    with pytest.raises(BadArgument, match=r"(?s)target 1\.5 cannot be parted.*Next: give a target from 0"):
        split_by_segment(good, good, target=Decimal("1.5"))
    with pytest.raises(BadArgument, match=r"(?s)segments that bring 0 in all.*Next: give a target"):
        split_by_segment(frame_of([("a", 5, 0)]), frame_of([("a", 5, 0)]), target=10)
