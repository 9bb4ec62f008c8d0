"""The threshold makes the most of a closer's hour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import choose_threshold
from saleslab.simulation import Scenario, simulate


def try_all(chance, won, *, value, hours, hour_cost):
    """Return the best worth of any threshold, each tried by itself."""
    steps = [*np.unique(chance), 1.1]
    return max(((won * value - hours * hour_cost) * (chance >= step)).sum() for step in steps)


@pytest.mark.requirement("J02")
@pytest.mark.parametrize("hour_cost", [5_000, 20_000, 60_000])
def test_no_threshold_that_is_moved_by_hand_earns_one_per_cent_more_on_the_invented_company(hour_cost):
    company = simulate(Scenario(seed=7, n_deals=400))
    chance = company.truth.leads["chance_qualified"].to_numpy()
    qualified = company.frame("leads")["qualified_at"].notna().to_numpy()
    value, hours = 180_000, 2.0
    for won in (chance, qualified):
        best = choose_threshold(chance, value=value, hours=hours, hour_cost=hour_cost, outcomes=won)
        by_hand = try_all(chance, won, value=value, hours=hours, hour_cost=hour_cost)
        passed = chance >= best.chance
        assert best.value_amount >= 0.99 * by_hand
        assert best.value_amount == pytest.approx((won[passed] * value - hours * hour_cost).sum())


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 900), st.integers(1, 9)), min_size=1, max_size=30),
    st.floats(0, 100),
)
def test_it_is_never_beaten_whatever_leads_are_worth_and_take(rows, hour_cost):
    chance, value, hours = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    best = choose_threshold(chance, value=value, hours=hours, hour_cost=hour_cost)
    by_hand = try_all(chance, chance, value=value, hours=hours, hour_cost=hour_cost)
    assert best.value_amount == pytest.approx(max(by_hand, 0), abs=1e-6)
    assert best.low <= best.chance <= best.high


def test_calibrated_chances_give_the_break_even_point():
    chance = np.linspace(0.001, 0.999, 999)
    best = choose_threshold(chance, value=100_000, hours=2, hour_cost=10_000)
    assert best.chance == pytest.approx(0.2, abs=0.0011)


def test_few_hours_raise_the_threshold_and_say_what_one_more_would_bring():
    chance = np.linspace(0.01, 0.99, 99)
    free = choose_threshold(chance, value=100, hours=2, hour_cost=10)
    tight = choose_threshold(chance, value=100, hours=2, hour_cost=10, n_hours=40)
    assert tight.hours == 40 < free.hours
    assert tight.chance > free.chance
    assert tight.last_hour_amount == pytest.approx(tight.chance * 100 / 2)
    assert tight.last_hour_amount > free.last_hour_amount >= 10


def test_nothing_passes_when_no_lead_is_worth_an_hour():
    best = choose_threshold([0.1, 0.2], value=10, hour_cost=1_000)
    assert best.chance > 1
    assert (best.n_passed, best.value_amount, best.last_hour_amount) == (0, 0, 0)


def test_what_cannot_be_weighed_is_refused():
    with pytest.raises(NotEnoughData, match=r"No lead(.|\n)*Next: score some leads"):
        choose_threshold([], value=1, hour_cost=1)
    with pytest.raises(BadArgument, match=r"'value' does not give one amount(.|\n)*Next: give one number, or 2"):
        choose_threshold([0.1, 0.2], value=[1, -1], hour_cost=1)
    with pytest.raises(BadArgument, match=r"1 of 2 outcomes are unknown(.|\n)*Next: leave the open leads out"):
        choose_threshold([0.1, 0.2], value=1, hour_cost=1, outcomes=[True, None])
    with pytest.raises(BadArgument, match=r"cannot cost(.|\n)*Next: give hour_cost"):
        choose_threshold([0.1], value=1, hour_cost=-1)
