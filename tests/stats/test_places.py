"""Places: the greedy choice is the best there is, and the lot is fair, known and without bias."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from saleslab.errors import BadArgument
from saleslab.stats.places import deal_places, draw_places, reserve_places, take_places

houses = st.integers(1, 4).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any),
        st.lists(st.tuples(st.integers(-1, n - 1), st.integers(1, 50)), min_size=1, max_size=12),
    )
)


@given(houses)
def test_no_other_choice_is_worth_more(house):
    """Reference: the linear assignment of items to single places, by scipy."""
    places, items = house
    items = sorted(items, key=lambda item: -item[1])
    room, merit = (np.array(part) for part in zip(*items, strict=True))
    taken = take_places(room, places)
    place_room = np.repeat(np.arange(len(places)), places)
    fits = (room[:, None] == place_room) | (room[:, None] == -1)
    gain = np.where(fits, merit[:, None], 0)
    best = gain[linear_sum_assignment(gain, maximize=True)].sum()
    assert merit[taken].sum() == best


@given(houses)
def test_what_was_taken_fits_and_the_free_are_dealt_evenly(house):
    places, items = house
    room = np.array([item[0] for item in items])
    kept = room[take_places(room, places)]
    dealt = deal_places(kept, places)
    assert (np.bincount(dealt, minlength=len(places)) <= places).all()
    assert (dealt[kept >= 0] == kept[kept >= 0]).all()


@given(houses, st.integers(0, 5))
def test_a_lot_never_gives_more_than_the_places(house, seed):
    places, items = house
    room = np.array([item[0] for item in items])
    drawn, chance = draw_places(room, places, np.random.default_rng(seed))
    counts = np.bincount(room[drawn & (room >= 0)], minlength=len(places))
    assert (counts <= places).all()
    assert drawn.sum() == round(chance.sum())
    assert drawn.sum() <= sum(places)
    assert (drawn <= (chance > 0)).all()


def test_items_are_drawn_as_often_as_their_chance_says():
    room, places = np.array([0] * 12 + [1] * 2 + [-1] * 10), [2, 3]
    rng, n = np.random.default_rng(7), 6_000
    draws = np.array([draw_places(room, places, rng)[0] for _ in range(n)])
    chance = draw_places(room, places, rng)[1]
    assert chance.sum() == pytest.approx(5)
    np.testing.assert_allclose(draws.mean(axis=0), chance, atol=4 * np.sqrt(0.25 / n))


def test_a_total_is_estimated_without_bias_from_the_drawn_ones():
    rng = np.random.default_rng(11)
    room, amount = rng.integers(-1, 3, 60), rng.gamma(1, 10, 60)
    estimates = []
    for _ in range(3_000):
        drawn, chance = draw_places(room, [3, 4, 2], rng)
        estimates.append((amount[drawn] / chance[drawn]).sum())
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - amount.sum()) < 3 * error


def test_the_reserved_share_is_rounded_up_but_never_all():
    assert reserve_places([20, 0, 21], 0.05).sum() == 3
    assert reserve_places([1], 0.5).tolist() == [0]
    assert reserve_places([3, 3], 0.0).tolist() == [0, 0]


def test_places_that_make_no_sense_are_refused():
    with pytest.raises(BadArgument, match=r"a room that does not exist(.|\n)*Next: give numbers from 0 to 0, or -1"):
        take_places([1], [2])
    with pytest.raises(BadArgument, match=r"do not fit into 1 places(.|\n)*Next: take fewer"):
        deal_places([-1, -1], [1])
    with pytest.raises(BadArgument, match=r"left to chance(.|\n)*Next: give a number from 0 to below 1"):
        reserve_places([3], 1.0)
    with pytest.raises(BadArgument, match=r"do not fit together(.|\n)*Next: give the room"):
        take_places([0], [-1])
