"""What a purchase brings: the published parameters, a planted truth, and whether often and much go together."""

import numpy as np
import pandas as pd
import pytest
from histories import count_cdnow, needs_cdnow

from saleslab.customers import fit_spend, tell_value_reason
from saleslab.errors import NotEnoughData, TableError


def invent(n, *, seed, p=6.0, q=4.0, gamma=15.0, pull=0.0):
    """Return customers as Gamma-Gamma has them; with ``pull``, frequent buyers spend more."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, n)
    mean = rng.gamma(p * x) / rng.gamma(q, size=n) * gamma / x * x**pull
    return pd.DataFrame({"n_repeats": x, "spend_mean": mean})


@needs_cdnow
def test_cdnow_has_its_published_parameters():
    """Fader & Hardie (2013); the log-likelihood is that of CLVTools' tests."""
    spend = fit_spend(count_cdnow())
    assert list(spend.params.values()) == pytest.approx([6.2496, 3.7442, 15.4435], abs=1e-3)
    assert spend.log_likelihood == pytest.approx(-4055.918, abs=1e-3)
    assert spend.n_customers == 946
    assert spend.correlation == pytest.approx(0.1139, abs=1e-4)


def test_planted_parameters_are_found():
    spend = fit_spend(invent(6_000, seed=1))
    for name, planted in (("p", 6.0), ("q", 4.0), ("gamma", 15.0)):
        assert abs(spend.params[name] - planted) < 3 * spend.standard_errors[name]


@pytest.mark.parametrize(("pull", "is_independent"), [(0.0, True), (0.3, False), (-0.3, False)])
def test_it_is_said_when_frequent_buyers_spend_more_or_less(pull, is_independent):
    spend = fit_spend(invent(4_000, seed=2, pull=pull))
    assert spend.is_independent == is_independent
    assert [reason.code for reason in spend.reasons] == ([] if is_independent else ["spend_depends"])
    assert all("depends on how often" in tell_value_reason(reason).en for reason in spend.reasons)


def test_ranks_of_means_that_are_independent_do_not_look_dependent():
    """A mean of few skewed amounts is mostly low, so its rank rises with their number; the check allows for it."""
    rows = invent(4_000, seed=3, p=0.5, q=6.0)
    assert rows.corr("spearman").iloc[0, 1] > 0.15
    assert fit_spend(rows).is_independent


def test_amounts_in_another_currency_give_the_same_model():
    rows = invent(1_500, seed=4)
    yen, dollars = fit_spend(rows.assign(spend_mean=rows["spend_mean"] * 150)), fit_spend(rows)
    assert yen.params["gamma"] == pytest.approx(150 * dollars.params["gamma"], rel=1e-7)
    assert np.allclose(yen.predict(rows.assign(spend_mean=rows["spend_mean"] * 150)), 150 * dollars.predict(rows))


def test_a_customer_is_drawn_towards_the_mean_of_all_the_less_the_more_is_known():
    spend = fit_spend(invent(3_000, seed=5))
    asked = pd.DataFrame({"n_repeats": [0, 1, 50], "spend_mean": [0.0, 300.0, 300.0]})
    none, one, many = spend.predict(asked)
    assert none == pytest.approx(spend.mean)
    assert spend.mean < one < many < 300


def test_order_and_names_change_no_bit_and_returned_goods_are_counted_apart():
    rows = pd.concat([invent(800, seed=6), pd.DataFrame({"n_repeats": [2, 3], "spend_mean": [0.0, -4.0]})])
    spend, shuffled = fit_spend(rows), fit_spend(rows.sample(frac=1, random_state=0))
    assert spend.params == shuffled.params
    assert spend.n_left_out == 2
    assert tell_value_reason(spend.reasons[-1]).en.startswith("2 customers were left out")


def test_what_cannot_be_learned_is_refused():
    with pytest.raises(NotEnoughData, match=r"0 customers have repeat purchases(.|\n)*Next: count"):
        fit_spend(pd.DataFrame({"n_repeats": [0, 1], "spend_mean": [0.0, -5.0]}))
    with pytest.raises(NotEnoughData, match=r"so alike(.|\n)*Next: use the mean"):
        fit_spend(pd.DataFrame({"n_repeats": [2] * 40, "spend_mean": [9.0] * 40}))
    with pytest.raises(NotEnoughData, match=r"mean is infinite(.|\n)*Next: look at the largest"):
        fit_spend(invent(3_000, seed=7, q=0.6))
    with pytest.raises(TableError, match="missing or infinite in 1 rows"):
        fit_spend(pd.DataFrame({"n_repeats": [2, 2], "spend_mean": [9.0, np.nan]}))
