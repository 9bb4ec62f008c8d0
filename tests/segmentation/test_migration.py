"""Moves between segments are counted, their intervals hold the true chances, and a loss is a loss."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData, TableError
from saleslab.segmentation import migrate_segments

WORTH = {"a_top": 100.0, "b_mid": 40.0, "c_low": 5.0}
CHANCES = np.array([[0.7, 0.2, 0.05, 0.05], [0.1, 0.6, 0.2, 0.1], [0.02, 0.08, 0.6, 0.3]])


def two_days(seed, n=300):
    rng = np.random.default_rng(seed)
    names = np.array([*WORTH, "gone"])
    start = rng.integers(3, size=n)
    end = np.array([rng.choice(4, p=CHANCES[at]) for at in start])
    before = pd.DataFrame({"customer_id": np.arange(n), "segment": names[start]})
    after = pd.DataFrame({"customer_id": np.arange(n), "segment": names[end]})[end < 3]
    return tuple(frame.assign(value=frame["segment"].map(WORTH)) for frame in (before, after))


def test_moves_add_up_to_the_customers_of_each_segment():
    before, after = two_days(1)
    migration = migrate_segments(before, after)
    for name, n in before["segment"].value_counts().items():
        moves = [move for move in migration.moves if move.origin == name]
        assert sum(move.n_customers for move in moves) == n
        assert sum(move.rate.estimate for move in moves) == pytest.approx(1)
    change = sum(move.value_change for move in migration.moves)
    assert change == pytest.approx(after["value"].sum() - before["value"].sum())


def test_intervals_hold_the_planted_chances_as_often_as_they_say():
    held, stakes = [], []
    lost = np.maximum(np.array(list(WORTH.values()))[:, None] - np.array([*WORTH.values(), 0.0]), 0)
    for seed in range(40):
        before, after = two_days(seed, n=150)
        migration = migrate_segments(before, after)
        held += [CHANCES.ravel()[at] in move.rate for at, move in enumerate(migration.moves)]
        size = before["segment"].value_counts()
        stakes += [
            size[name] * float(CHANCES[at] @ lost[at]) in migration.stakes[name] for at, name in enumerate(WORTH)
        ]
    assert np.mean(held) == pytest.approx(0.9, abs=0.05)
    assert np.mean(stakes) == pytest.approx(0.9, abs=0.06)


def test_who_came_later_is_new_and_who_is_missing_is_gone():
    before, after = two_days(2)
    more = pd.concat([after, pd.DataFrame({"customer_id": [9001], "segment": ["a_top"], "value": [100.0]})])
    migration = migrate_segments(before, more)
    assert migration.n_new == 1
    gone = sum(move.n_customers for move in migration.moves if move.target == "gone")
    assert gone == len(before) - len(after)


def test_a_segment_that_nobody_leaves_has_little_at_stake_and_the_lowest_only_its_leavers():
    before, _ = two_days(3)
    stay = migrate_segments(before, before)
    moved = migrate_segments(*two_days(3))
    assert stay.stakes["a_top"].high < moved.stakes["a_top"].low


def test_the_order_of_rows_changes_nothing():
    before, after = two_days(4)
    assert migrate_segments(before.sample(frac=1, random_state=1), after[::-1]) == migrate_segments(before, after)


def test_strangers_and_broken_rows_are_refused():
    before, after = two_days(5)
    with pytest.raises(NotEnoughData, match="None of 300 customers is on both days(?s:.*)Next: check that both frames"):
        migrate_segments(before, after.assign(customer_id=after["customer_id"] + 1000))
    with pytest.raises(NotEnoughData, match="no customer after(?s:.*)Next: choose two days"):
        migrate_segments(before, after.iloc[:0])
    twice = pd.concat([before, before.iloc[:2]]).assign(value=np.nan)
    with pytest.raises(TableError, match="2 customers with two rows, 302 missing(?s:.*)Next: give one row a customer"):
        migrate_segments(twice, after)
