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


def test_nine_in_ten_totals_of_new_purchases_lie_between_the_places_of_five_and_ninety_five_in_a_hundred():
    rows, true = invent(4_000, seed=3)
    spend, rng = fit_log_spend(rows), np.random.default_rng(4)
    n = rng.integers(1, 5, len(rows)).astype(float)
    came = true * rng.gamma(n / 0.36) * 0.36
    known, scales = spend.scales(rows)
    place = spend.place_total(came / scales, n, known)
    assert ((place >= 0.05) & (place <= 0.95)).mean() == pytest.approx(
        0.9, abs=0.03
    )  # 0.88: a sum of Gammas is no log-normal


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
