"""Amounts that depend on how often customers buy: the planted line is found, and the total of n purchases is placed."""

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import fit_log_spend, fit_spend
from saleslab.errors import NotEnoughData


def invent(n, *, seed, slope=0.5, own=0.4, luck=0.6):
    """Return a summary, and each customer's true mean amount."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, n)
    true = np.exp(3 + slope * np.log(x) + own * rng.standard_normal(n))
    shape = 1 / luck**2
    return pd.DataFrame({"n_repeats": x, "spend_mean": true * rng.gamma(shape * x) / (shape * x)}), true


@pytest.mark.parametrize("slope", [-0.4, 0.5])
def test_the_planted_slope_and_spreads_are_found(slope):
    rows, _ = invent(4_000, seed=1, slope=slope)
    spend = fit_log_spend(rows)
    assert abs(spend.params["slope"] - slope) < 3 * spend.slope_error
    assert spend.params["own"] == pytest.approx(0.4, abs=0.05)
    assert spend.params["luck"] == pytest.approx(0.6, abs=0.06)


def test_where_often_and_much_depend_it_is_nearer_the_truth_than_gamma_gamma():
    rows, true = invent(3_000, seed=2)
    often = rows["n_repeats"].to_numpy() <= 1
    gamma_gamma = fit_spend(rows)
    assert not gamma_gamma.is_independent
    missed = [np.abs(np.log(one.predict(rows) / true))[often].mean() for one in (fit_log_spend(rows), gamma_gamma)]
    assert missed[0] < 0.85 * missed[1]


@pytest.mark.parametrize("luck", [0.6, 1.5])
def test_nine_in_ten_totals_of_new_purchases_lie_between_the_places_of_five_and_ninety_five_in_a_hundred(luck):
    places = []
    for seed in range(4):
        rows, true = invent(4_000, seed=seed, luck=luck)
        spend, rng = fit_log_spend(rows), np.random.default_rng(seed + 50)
        n = rng.integers(1, 5, len(rows)).astype(float)
        known, scales = spend.scales(rows)
        came = true * rng.gamma(n / luck**2) * luck**2
        places.append(spend.total_of(n, known).place(came / scales))
    below, above = (np.concatenate(places) < 0.05).mean(), (np.concatenate(places) > 0.95).mean()
    # three standard errors of 16,000 totals
    assert (below, above) == (pytest.approx(0.05, abs=0.0055), pytest.approx(0.05, abs=0.0055))


@pytest.mark.parametrize("spend_of", [fit_log_spend, fit_spend])
def test_drawn_totals_have_the_places_of_their_distribution(spend_of):
    rows, _ = invent(2_000, seed=8, slope=0.0)
    spend, n, known = spend_of(rows), np.full(40_000, 3.0), np.full(40_000, 2.0)
    drawn = spend.draw_total(n, known, np.random.default_rng(9))
    places = np.sort(spend.total_of(n, known).place(drawn))
    assert np.abs(places - (np.arange(40_000) + 0.5) / 40_000).max() < 1.63 / np.sqrt(40_000)  # Kolmogorov, 1 %


def test_amounts_in_another_currency_and_another_order_give_the_same_model():
    rows, _ = invent(900, seed=5)
    one, yen = fit_log_spend(rows), fit_log_spend(rows.assign(spend_mean=rows["spend_mean"] * 150))
    assert np.allclose(
        yen.predict(rows.assign(spend_mean=rows["spend_mean"] * 150)), 150 * one.predict(rows), rtol=1e-4
    )
    assert fit_log_spend(rows.sample(frac=1, random_state=0)).params == one.params


def test_customers_without_a_known_amount_are_placed_on_the_line():
    spend = fit_log_spend(invent(900, seed=6)[0])
    asked = pd.DataFrame({"n_repeats": [0, 1, 2], "spend_mean": [0.0, -5.0, 0.0]})
    assert np.isfinite(spend.predict(asked)).all()
    assert spend.predict(asked)[0] == pytest.approx(spend.predict(asked)[1])


def test_too_few_customers_are_refused():
    with pytest.raises(NotEnoughData, match=r"1 customers have repeat purchases(.|\n)*Next: count the purchases"):
        fit_log_spend(pd.DataFrame({"n_repeats": [0, 1], "spend_mean": [0.0, 5.0]}))
