"""Segments are described by what was planted, named without doubles, merged when alike, and keep their numbers."""

import numpy as np
import pandas as pd
import pytest
from crowds import plant_mixed

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import Play, describe_segments, match_segments
from saleslab.segmentation.naming import name_segments
from saleslab.segmentation.traits import SegmentTrait, find_traits
from saleslab.wording import Text

BY = ["n_orders", "size", "industry", "channel"]
CALL = Play("call", "rep-1", cost=600.0, margin=50.0, chance=0.1)


def planted(seed=1):
    frame, group = plant_mixed(seed)
    noise = np.random.default_rng(seed).normal(size=len(frame))
    return frame.assign(segment=group + 1, value=np.array([10.0, 80.0, 200.0])[group] + noise)


def test_planted_traits_lead_the_description():
    profiles = describe_segments(planted(), by=BY)
    assert [one.segment for one in profiles] == [3, 2, 1]
    assert "n_orders" in {trait.column for trait in profiles[0].traits if trait.level is None and trait.strength > 1}
    assert {trait.level for one in profiles if one.segment == 1 for trait in one.traits if trait.strength > 0} >= {
        "food",
        "web",
    }
    assert sum(one.share for one in profiles) == pytest.approx(1)
    assert sum(one.value_now for one in profiles) == pytest.approx(planted()["value"].sum())


def test_luck_gives_small_segments_hardly_a_trait():
    rng = np.random.default_rng(1)
    found = {}
    for size in (10, 500):
        found[size] = []
        for _ in range(100):
            frame = pd.DataFrame({"a": rng.normal(size=2000)})
            found[size] += find_traits(frame, pd.Series(np.arange(2000) < size), ["a"])
    assert len(found[10]) <= 35
    assert len(found[500]) <= 1
    raw = [trait.inside - trait.outside for trait in found[10]]
    assert all(abs(trait.strength) < abs(one) for trait, one in zip(found[10], raw, strict=True))


def test_no_two_segments_share_a_name_in_either_language():
    frame = pd.DataFrame({"segment": np.repeat(np.arange(1, 7), 30), "value": np.repeat(np.arange(6) * 100.0, 30)})
    frame["value"] += np.tile([0.0, 1.0, 2.0], 60)
    frame["n_orders"] = np.repeat([1.0, 1, 1, 9, 9, 9], 30) + np.tile([0, 0.1, 0.2], 60)
    names = [one.name for one in describe_segments(frame, by=["n_orders"])]
    assert len({name.en for name in names}) == len({name.ja for name in names}) == 6


def test_a_category_that_most_of_a_segment_are_not_of_does_not_name_it():
    """A tenth of them are large, five times as many as elsewhere: a trait to tell, and no name."""
    size = ["large"] * 10 + ["mid"] * 90 + ["large"] * 2 + ["mid"] * 98
    frame = pd.DataFrame({"segment": [1] * 100 + [2] * 100, "value": [90.0, 110.0] * 50 + [9.0, 11.0] * 50})
    frame["size"], frame["days_since"] = size, [30.0, 50.0] * 50 + [800.0, 900.0] * 50
    first = describe_segments(frame, by=["size", "days_since"])[0]
    assert any(trait.level == "large" and trait.strength > 0 for trait in first.traits)
    assert first.name == Text("Recently active", "最近購入")


def test_two_words_turned_round_are_the_same_name():
    often, new = SegmentTrait("n_orders", None, 1.0, 4.0, -1.0), SegmentTrait("days_since", None, 100.0, 470.0, -0.9)
    small = SegmentTrait("spend", None, 1e6, 5e6, -0.5)
    names = name_segments({1: [often, new], 2: [new, often, small]})
    assert [names[1].en, names[2].en] == ["Few orders, recently active", "Recently active, few orders, small spenders"]
    assert name_segments({1: [often, new], 2: [new, often]})[2].en == "Recently active"


def test_segments_alike_in_value_and_play_become_one():
    frame = planted()
    twins = frame.assign(segment=np.where(frame["segment"] == 3, 3 + np.arange(len(frame)) % 2, frame["segment"]))
    profiles = describe_segments(twins, by=BY)
    assert {one.merged for one in profiles} == {(1,), (2,), (3, 4)}
    apart = describe_segments(twins, by=BY, plays={4: CALL})
    assert {one.merged for one in apart} == {(1,), (2,), (3,), (4,)}


def test_a_play_says_what_it_must_bring_and_what_could_be_seen():
    by_number = {one.segment: one for one in describe_segments(planted(), by=BY, plays={1: CALL})}
    one = by_number[1]
    assert one.break_even == pytest.approx(600 / (one.n_customers * 50))
    assert 0 < one.detectable < 0.2
    assert by_number[2].play is by_number[2].break_even is by_number[2].detectable is None


def test_a_rise_that_is_called_detectable_is_seen_in_eight_of_ten_trials():
    rise, rng = CALL.find_detectable(400), np.random.default_rng(1)
    old, new = rng.binomial(200, 0.1, 4000) / 200, rng.binomial(200, 0.1 + rise, 4000) / 200
    error = np.sqrt((old * (1 - old) + new * (1 - new)) / 200)
    assert np.mean((new - old) / error > 1.645) == pytest.approx(0.8, abs=0.05)
    assert CALL.find_detectable(1) is None


def test_forecasts_of_customers_add_up_with_independent_errors():
    frame = planted().assign(later=10.0, later_low=6.0, later_high=14.0)
    one = describe_segments(frame, by=BY, value_next="later")[0]
    assert one.value_next.estimate == pytest.approx(10 * one.n_customers)
    assert one.value_next.width == pytest.approx(8 * one.n_customers**0.5)
    assert describe_segments(frame, by=BY)[0].value_next is None


def test_a_segment_keeps_its_number_over_refits_and_a_new_one_gets_a_new_number():
    labels = planted().set_index("customer_id")["segment"]
    shuffled = labels.map({1: 3, 2: 1, 3: 2})
    assert match_segments(labels, shuffled).ids == {3: 1, 1: 2, 2: 3}
    split = labels.where((labels != 1) | (np.arange(len(labels)) % 3 > 0), 4)
    match = match_segments(labels, split)
    assert match.ids == {1: 1, 2: 2, 3: 3, 4: 4}
    assert match.overlaps[4] == 0
    luck = pd.Series(np.random.default_rng(1).permutation(labels.to_numpy()), labels.index)
    assert match_segments(labels, luck).ids == {1: 4, 2: 5, 3: 6}


def test_missing_values_lone_customers_and_senseless_plays_are_refused():
    with pytest.raises(TableError, match="2 customers lack(?s:.*)Next: fill these values"):
        describe_segments(planted().assign(value=[np.nan, np.inf] + [1.0] * 598), by=BY)
    with pytest.raises(NotEnoughData, match="1 of 3 segments have fewer than 2(?s:.*)Next: make fewer segments"):
        describe_segments(planted().assign(segment=[1] + [2, 3] * 299 + [3]), by=BY)
    with pytest.raises(BadArgument, match="margin 0(?s:.*)Next: give cost >= 0, margin > 0"):
        Play("call", "rep-1", cost=1.0, margin=0, chance=0.1)
    with pytest.raises(NotEnoughData, match="No customer has a segment on both(?s:.*)Next: index both"):
        match_segments(pd.Series([1], ["a"]), pd.Series([1], ["b"]))
