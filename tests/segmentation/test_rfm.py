"""Equal customers have equal scores, whatever their ids and the order of rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import find_cuts, score_rfm


def summary_of(n=400, seed=1):
    rng = np.random.default_rng(seed)
    repeats = rng.poisson(1.0, n)
    age = rng.integers(10, 60, n).astype(float)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "n_repeats": repeats,
            "recency": np.where(repeats > 0, np.floor(age * rng.random(n)), 0.0),
            "age": age,
            "spend_mean": np.where(repeats > 0, rng.integers(1, 20, n) * 10.0, 0.0),
            "spend_first": rng.integers(1, 20, n) * 10.0,
        }
    )


def by_customer(scored):
    return scored.set_index("customer_id").sort_index()


def test_relabelling_and_reordering_change_no_score():
    summary = summary_of()
    scored = by_customer(score_rfm(summary))
    mixed = summary.sample(frac=1, random_state=1)
    assert by_customer(score_rfm(mixed)).equals(scored)
    renamed = mixed.assign(customer_id=[f"z{i}" for i in np.random.default_rng(2).permutation(len(mixed))])
    assert score_rfm(renamed)["rfm"].tolist() == score_rfm(mixed)["rfm"].tolist()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(2, 7))
def test_scores_rise_with_the_value_and_equal_values_share_them(repeats, n_scores):
    n = len(repeats)
    summary = pd.DataFrame(
        {"customer_id": range(n), "n_repeats": repeats, "recency": 0.0, "age": 5.0, "spend_mean": 2.0}
    )
    score = score_rfm(summary, n_scores=n_scores)["frequency_score"].to_numpy()
    assert score.min() >= 1
    assert score.max() <= n_scores
    for a in range(n):
        for b in range(n):
            assert (
                (score[a] >= score[b]) if repeats[a] > repeats[b] else (repeats[a] < repeats[b] or score[a] == score[b])
            )


def test_distinct_values_fill_the_scores_evenly():
    summary = summary_of().assign(spend_first=np.arange(400) * 7.0, spend_mean=0.0)
    assert score_rfm(summary)["spend_score"].value_counts().tolist() == [80] * 5


def test_who_bought_last_has_the_highest_recency_score():
    summary = pd.DataFrame(
        {
            "customer_id": ["old", "new"],
            "n_repeats": [1, 1],
            "recency": [0.0, 9.0],
            "age": [10.0, 10.0],
            "spend_mean": 1.0,
        }
    )
    assert score_rfm(summary, n_scores=2)["recency_score"].tolist() == [1, 2]


def test_cut_points_of_the_business_are_followed():
    summary = pd.DataFrame(
        {
            "customer_id": list("abc"),
            "n_repeats": [0, 3, 9],
            "recency": 0.0,
            "age": [5.0, 30.0, 90.0],
            "spend_mean": 1.0,
        }
    )
    scored = score_rfm(summary, cuts={"frequency": [1, 5], "recency": [30, 60]})
    assert scored["frequency_score"].tolist() == [1, 2, 3]
    assert scored["recency_score"].tolist() == [3, 2, 1]


def test_cut_points_that_were_found_give_the_same_scores_and_place_new_customers():
    for seed in range(5):
        summary = summary_of(seed=seed)
        cuts = find_cuts(summary)
        assert score_rfm(summary, cuts=cuts).equals(score_rfm(summary))
        one = score_rfm(summary.iloc[[3]], cuts=cuts)
        assert one["rfm"].tolist() == score_rfm(summary)["rfm"].iloc[[3]].tolist()


def test_nobody_and_broken_rows_and_cut_points_are_refused():
    with pytest.raises(NotEnoughData, match="no customer(?s:.*)Next: count purchases of a longer time"):
        score_rfm(summary_of().iloc[:0])
    with pytest.raises(
        TableError, match="1 rows with a missing or infinite value(?s:.*)Next: make it with count_purchases"
    ):
        score_rfm(summary_of().assign(age=[np.inf] + [5.0] * 399, recency=0.0))
    with pytest.raises(BadArgument, match="Cut points of spent, frequency(?s:.*)Next: give finite, rising numbers"):
        score_rfm(summary_of(), cuts={"spent": [1], "frequency": [3, 1]})
    with pytest.raises(BadArgument, match="n_scores is 1(?s:.*)Next: give at least 2"):
        score_rfm(summary_of(), n_scores=1)
