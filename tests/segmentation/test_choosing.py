"""Groups are found where they were planted, and a crowd without groups is called constructed."""

import numpy as np
import pandas as pd
import pytest
from crowds import KINDS, draw_noise, plant_groups, plant_mixed

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import choose_segments, tell_segment_reason

QUICK = {"k_most": 5, "n_resamples": 6, "n_nulls": 19}


def test_planted_groups_are_natural_and_counted():
    frame, _ = plant_groups(1)
    choice = choose_segments(frame, seed=1, **QUICK)
    assert (choice.verdict, choice.k) == ("natural", 4)
    four = next(one for one in choice.counts if one.k == 4)
    assert four.ari > 0.95
    assert four.worst_jaccard > 0.95
    assert four.excess > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_a_crowd_without_groups_is_constructed(kind):
    assert choose_segments(draw_noise(kind, 5), seed=5, **QUICK).verdict == "constructed"


@pytest.mark.slow
def test_pure_noise_is_called_constructed_in_95_of_100_runs():
    """200 runs, forty of each kind of crowd, all numbers of segments."""
    verdicts = [choose_segments(draw_noise(kind, seed), seed=seed).verdict for kind in KINDS for seed in range(40)]
    assert np.mean([verdict == "constructed" for verdict in verdicts]) >= 0.95


def test_groups_told_apart_by_categories_too_are_found():
    frame, _ = plant_mixed(3, n=300)
    choice = choose_segments(frame, seed=3, **QUICK)
    assert (choice.verdict, choice.k) == ("natural", 3)


def test_neither_order_nor_ids_change_the_choice():
    frame, _ = plant_mixed(4, n=200)
    mixed = frame.sample(frac=1, random_state=1).assign(customer_id=range(200))
    few = {"k_most": 3, "n_resamples": 3, "n_nulls": 19}
    assert choose_segments(mixed, seed=1, **few) == choose_segments(frame, seed=1, **few)


def test_a_later_value_that_differs_between_groups_is_explained_by_them():
    frame, group = plant_groups(2)
    later = frame.assign(later=group * 100.0 + np.arange(len(frame)) % 7)
    choice = choose_segments(later, seed=1, value="later", k_most=4, n_resamples=3, n_nulls=19)
    assert choice.counts[2].value_explained > 0.95
    luck = frame.assign(later=np.random.default_rng(1).normal(size=len(frame)))
    assert (
        choose_segments(luck, seed=1, value="later", k_most=4, n_resamples=3, n_nulls=19).counts[2].value_explained
        < 0.1
    )


def test_too_few_customers_are_refused_with_the_reason_in_words():
    choice = choose_segments(draw_noise("normal", 1, n=20), seed=1)
    assert (choice.verdict, choice.k) == ("refuse", None)
    assert "20 customers" in tell_segment_reason(choice.reasons[0]).en


def test_customers_who_are_all_the_same_cannot_be_cut():
    with pytest.raises(NotEnoughData, match="are the same(?s:.*)Next: name columns in which customers differ"):
        choose_segments(pd.DataFrame({"a": [1.0] * 80, "b": ["x"] * 80}), seed=1)


def test_missing_and_infinite_values_are_named_together():
    frame = draw_noise("normal", 1)
    frame.loc[0, "a"], frame.loc[1, "b"] = np.nan, np.inf
    with pytest.raises(TableError, match=r"a \(1 rows\), b \(1 rows\)(?s:.*)Next: fill or leave out"):
        choose_segments(frame, seed=1)


def test_too_few_nulls_are_refused():
    with pytest.raises(BadArgument, match="n_nulls=5(?s:.*)Next: give at least 2, 2 and 19"):
        choose_segments(draw_noise("normal", 1), seed=1, n_nulls=5)
