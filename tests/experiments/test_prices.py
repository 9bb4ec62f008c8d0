"""The price that earns most: a planted one is found, and quotes of the past are flagged."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, price_response

PRICES = np.array([80.0, 100.0, 120.0, 150.0, 190.0])
COST = 50.0


def share(price):
    return 1 / (1 + np.exp(-(0.3 - 2.2 * np.log(price / 100))))


def draw_offers(rng, n=200) -> pd.DataFrame:
    asked = np.repeat(PRICES, n)
    return pd.DataFrame({"price": asked, "succeeded": rng.binomial(1, share(asked))})


@pytest.fixture(scope="module")
def offers():
    return draw_offers(np.random.default_rng(1))


@pytest.fixture(scope="module")
def answer(offers):
    return price_response(offers, unit_cost=COST, is_randomised=True, seed=1, draws=500)


@pytest.mark.requirement("J06")
def test_the_planted_best_price_and_slope_are_found(answer):
    line = np.linspace(80, 190, 2000)
    best = line[((line - COST) * share(line)).argmax()]
    assert best in answer.best_price
    assert answer.advised_price == pytest.approx(best, rel=0.12)
    assert -2.2 in answer.slope
    assert answer.reasons == ()


def test_the_curve_falls_and_passes_through_what_was_seen(answer):
    shares = [one.share.estimate for one in answer.curve]
    assert shares == sorted(shares, reverse=True)
    for one in answer.prices:
        assert one.n_offers == 200
        assert one.n_sold / one.n_offers in one.share
        assert share(one.price) == pytest.approx(one.share.estimate, abs=0.08)
        assert one.profit.estimate == pytest.approx(one.share.estimate * (one.price - COST))


def test_the_advised_price_misses_little_and_says_how_much(answer):
    assert 0 < answer.expected_loss < 3
    low, high = answer.chance_best_at_end
    assert low < 0.05
    assert 0 <= high < 0.6


@pytest.mark.requirement("J06")
def test_quotes_of_the_past_get_a_curve_and_a_warning_but_no_best_price():
    rng = np.random.default_rng(3)
    keen = rng.random(900) < 0.5  # sellers give way to those who would not buy
    asked = np.where(keen, rng.choice(PRICES[2:], 900), rng.choice(PRICES[:3], 900))
    rows = pd.DataFrame({"price": asked, "succeeded": rng.binomial(1, np.where(keen, 0.7, 0.3))})
    answer = price_response(rows, unit_cost=COST, is_randomised=False, seed=1, draws=400)
    assert answer.reasons == (Reason.CONFOUNDED,)
    assert (answer.best_price, answer.advised_price, answer.expected_loss) == (None, None, None)
    assert len(answer.curve) > 60


@pytest.mark.slow
def test_the_best_price_is_held_by_its_range_and_the_slope_by_its_own():
    line = np.linspace(80, 190, 2000)
    best = line[((line - COST) * share(line)).argmax()]
    held = []
    for seed in range(40):
        rows = draw_offers(np.random.default_rng(100 + seed), n=120)
        one = price_response(rows, unit_cost=COST, is_randomised=True, seed=seed, draws=1000)
        held.append((best in one.best_price, -2.2 in one.slope))
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.08)


@pytest.mark.parametrize(
    ("kept", "match"),
    [
        (lambda rows: rows[rows["price"] < 110], "2 different price make no curve"),
        (lambda rows: rows.assign(succeeded=0), "Nothing was sold"),
        (lambda rows: rows.assign(succeeded=1), "Everything was sold"),
    ],
)
def test_what_makes_no_curve_is_refused(offers, kept, match):
    with pytest.raises(NotEnoughData, match=match):
        price_response(kept(offers), unit_cost=COST, is_randomised=True, seed=1)


@pytest.mark.parametrize(
    ("change", "options", "match"),
    [
        ({"price": lambda rows: rows["price"].where(rows.index > 1, -1)}, {}, r"2 rows with no price above 0 \(0, 1\)"),
        ({"succeeded": lambda rows: rows["succeeded"].where(rows.index > 0)}, {}, r"1 row with no succeeded \(0\)"),
        ({"price": lambda rows: rows["price"] + rows.index % 20}, {}, "round them to at most 12"),
        ({}, {"unit_cost": 200}, "leaves no margin"),
    ],
)
def test_what_is_wrong_is_named(offers, change, options, match):
    with pytest.raises(BadArgument, match=match):
        price_response(offers.assign(**change), **{"unit_cost": COST, **options}, is_randomised=True, seed=1)
