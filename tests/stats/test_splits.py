"""Folds that go forward in time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import ForwardSplit


@given(st.lists(st.integers(0, 40), min_size=30, max_size=80), st.integers(1, 4), st.integers(0, 5))
def test_every_training_row_is_older_than_every_tested_row_by_more_than_the_gap(times, n_splits, gap):
    time = np.array(times)
    try:
        folds = list(ForwardSplit(time, n_splits=n_splits, gap=gap).split())
    except NotEnoughData:
        return
    assert len(folds) == n_splits
    for train, test in folds:
        assert time[train].max() < time[test].min() - gap


def test_windows_follow_each_other_and_end_with_the_newest_row():
    folds = list(ForwardSplit(np.arange(100)[::-1], n_splits=3, test_share=0.1).split())
    assert np.concatenate([test for _, test in folds]).tolist() == list(range(29, -1, -1))


def test_no_group_is_on_both_sides_and_groups_that_recur_leave_rows_on_both():
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 40, 2_000)
    for train, test in ForwardSplit(np.arange(2_000), groups=groups, n_splits=4).split():
        assert not set(groups[train]) & set(groups[test])
        assert len(train) > 100
        assert len(test) > 100


def test_dates_of_any_zone_and_dates_as_text_give_the_folds_of_their_numbers():
    days = pd.Series(pd.date_range("2026-01-01", periods=60, freq="D"))
    expected = [train.tolist() for train, _ in ForwardSplit(np.arange(60), gap=7).split()]
    for time in (days, days.dt.tz_localize("Asia/Tokyo"), days.dt.strftime("%Y-%m-%d")):
        assert [train.tolist() for train, _ in ForwardSplit(time, gap=pd.Timedelta(days=7)).split()] == expected


def test_scikit_learn_takes_it_as_cv():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 2))
    scores = cross_val_score(
        LogisticRegression(), inputs, inputs[:, 0] > 0, cv=ForwardSplit(np.arange(300), n_splits=3)
    )
    assert len(scores) == 3
    assert scores.min() > 0.9


def test_too_few_instants_a_missing_time_and_a_gap_without_unit_are_refused():
    with pytest.raises(NotEnoughData, match=r"1 instants do not make 5 windows(?s:.)*fewer windows"):
        list(ForwardSplit(np.zeros(50)).split())
    with pytest.raises(BadArgument, match=r"1 of 3 times are missing(?s:.)*give these rows a time"):
        list(ForwardSplit([1.0, np.nan, 2.0]).split())
    with pytest.raises(BadArgument, match=r"not a gap in time(?s:.)*timedelta"):
        list(ForwardSplit(pd.date_range("2026-01-01", periods=9), gap=3).split())
    with pytest.raises(BadArgument, match=r"leave nothing to train on(?s:.)*test_share"):
        ForwardSplit(n_splits=2, test_share=0.5)
