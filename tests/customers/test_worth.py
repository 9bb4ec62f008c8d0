"""Value of customers: ranges hold what comes, no unit matters, and a forecast is not praised beyond what it found."""

import numpy as np
import pandas as pd
import pytest
from histories import count_cdnow, needs_cdnow

from saleslab.customers import LogSpend, SpendModel, try_worth, value_customers
from saleslab.errors import NotEnoughData


def invent(n, *, seed, horizon=26.0, pull=0.0):
    """Return a summary of customers who never leave, and what they bring afterwards."""
    rng = np.random.default_rng(seed)
    rate, age = rng.gamma(0.9, 1 / 8, n), rng.integers(20, 60, n) * 1.0
    x = rng.poisson(rate * age) * 1.0
    last = np.where(x > 0, np.minimum(np.ceil(age * rng.random(n) ** (1 / np.maximum(x, 1))), age), 0.0)
    scale = 15 / rng.gamma(4.0, size=n) * np.maximum(x, 1) ** pull
    spend = np.where(x > 0, rng.gamma(6.0 * np.maximum(x, 1)) * scale / np.maximum(x, 1), 0.0)
    bought = rng.poisson(rate * horizon)
    amount = np.where(bought > 0, rng.gamma(6.0 * np.maximum(bought, 1)) * scale, 0.0)
    summary = pd.DataFrame({"n_repeats": x, "recency": last, "age": age, "spend_mean": spend, "spend_first": 50.0})
    return summary, pd.DataFrame({"n_purchases": bought, "amount": amount})


@pytest.fixture(scope="module")
def told():
    """A summary, what came, and the forecast."""
    summary, came = invent(2_000, seed=1)
    return summary, came, value_customers(summary, horizon=26.0, model="nbd")


def test_ranges_of_value_hold_what_comes_as_often_as_they_say(told):
    _, came, worth = told
    inside = (worth.frame["value_lower"] <= came["amount"]) & (came["amount"] <= worth.frame["value_upper"])
    assert 0.89 <= inside.mean() <= 0.975  # who buys nothing is at the lower end, not below it
    assert (came["amount"] > worth.frame["value_upper"]).mean() == pytest.approx(0.05, abs=0.012)


def test_a_forecast_finds_the_best_customers_and_says_so(told):
    summary, came, worth = told
    trial = try_worth(worth, summary, came)
    assert {one.name for one in trial.scores} == {"model", "zero", "mean", "rate", "past_spend"}
    assert trial.scores[0].total == pytest.approx(came["amount"].sum(), rel=0.1)
    assert trial.scores[0].capture > 0.3
    assert trial.scores[0].capture > max(one.capture for one in trial.scores[1:]) - 0.02
    assert sum(one.forecast in one.actual for one in trial.groups) >= len(trial.groups) - 1


def test_a_forecast_that_knows_no_more_than_a_rule_is_not_called_better(told):
    summary, _, worth = told
    came = invent(2_000, seed=3)[1]
    verdicts = []
    for seed in range(20):
        noise = np.random.default_rng(seed).permutation(came)
        trial = try_worth(worth, summary, pd.DataFrame(noise, columns=["n_purchases", "amount"]))
        verdicts.append(trial.verdict)
    assert "better" not in verdicts
    assert verdicts.count("alike") >= 18  # one in twenty is called worse by a 90 % interval


def test_a_forecast_that_a_rule_beats_is_called_worse(told):
    summary, came, worth = told
    spent = summary["spend_mean"] * summary["n_repeats"]
    trial = try_worth(worth, summary, came.assign(amount=np.where(spent >= spent.quantile(0.9), 100.0, 0.0)))
    assert (trial.verdict, trial.best_rule) == ("worse", "past_spend")
    assert trial.gain.high < 0


def test_weeks_and_days_and_currencies_give_the_same_value():
    summary, _ = invent(400, seed=4)
    days = summary.assign(recency=summary["recency"] * 7, age=summary["age"] * 7)
    yen = days.assign(spend_mean=days["spend_mean"] * 150)
    one = value_customers(summary, horizon=26.0, model="nbd").frame["value"]
    other = value_customers(yen, horizon=182.0, model="nbd").frame["value"]
    assert np.allclose(other, 150 * one, rtol=1e-5)


def test_the_order_of_rows_changes_no_bit():
    summary, _ = invent(500, seed=5)
    shuffled = summary.sample(frac=1, random_state=3)
    one, other = (value_customers(rows, horizon=26.0, model="nbd").frame for rows in (summary, shuffled))
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=True)


@pytest.mark.parametrize(("pull", "way", "kind"), [(0.0, "gamma_gamma", SpendModel), (0.5, "log_spend", LogSpend)])
def test_amounts_are_tied_to_how_often_where_the_data_ask_for_it(pull, way, kind):
    summary, _ = invent(900, seed=6, pull=pull)
    worth = value_customers(summary, horizon=26.0, model="nbd")
    assert (worth.spend_way, type(worth.spend_model)) == (way, kind)
    assert ("spend_depends" in {reason.code for reason in worth.reasons}) == (way == "log_spend")


def test_nothing_can_be_tried_on_nothing(told):
    summary, came, worth = told
    with pytest.raises(NotEnoughData, match=r"2000 customers were known(.|\n)*Next: choose a shorter horizon"):
        try_worth(worth, summary, came.assign(amount=0.0))


@needs_cdnow
def test_nine_in_ten_ranges_hold_what_cdnow_customers_brought():
    before, after = count_cdnow(), count_cdnow("1998-06-30")
    came = after["spend_mean"] * after["n_repeats"] - before["spend_mean"] * before["n_repeats"]
    worth = value_customers(before, horizon=39.0, model="mbgnbd")
    inside = (worth.frame["value_lower"] <= came + 1e-6) & (came <= worth.frame["value_upper"] + 1e-6)
    assert 0.90 <= inside.mean() <= 0.96
    assert came.sum() in worth.total
