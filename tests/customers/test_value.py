"""Forecasts hold what came, know no unit, choose by past days, and refuse what cannot be answered."""

import pickle

import numpy as np
import pandas as pd
import pytest
from histories import count_cdnow, invent_counts, invent_orders, needs_cdnow, read_cdnow
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from saleslab.customers import (
    BASELINES,
    CustomerValue,
    PurchasePrior,
    backtest_value,
    count_purchases,
    group_purchases,
    tell_value_reason,
)
from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.stats.sampling import load_pymc, sample_posterior

UNITS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}
PLANTED = (0.6, 8.0, 0.8, 2.4)


def a_summary(n=3_000, seed=0):
    return invent_counts(n, seed=seed, params=PLANTED)


@pytest.mark.parametrize("model", ["bgnbd", "mbgnbd", "pareto_nbd", "nbd"])
@pytest.mark.parametrize("prior", [None, PurchasePrior()])
def test_days_weeks_and_months_give_the_same_forecast(model, prior):
    orders = invent_orders(900, seed=1)
    answers = []
    for unit, days in UNITS.items():
        summary = count_purchases(orders, as_of="2026-01-31", unit=unit)
        value = CustomerValue(model, prior=prior, n_draws=200).fit(summary)
        answers.append(value.predict(summary, horizon=180 / days))
    for other in answers[1:]:
        assert np.allclose(answers[0], other, rtol=1e-6, atol=1e-9)


@needs_cdnow
def test_days_and_weeks_give_the_same_forecast_of_cdnow():
    answers = [
        CustomerValue("bgnbd").fit(count_cdnow(unit=unit)).predict(count_cdnow(unit=unit), horizon=273 / days)
        for unit, days in UNITS.items()
    ]
    assert np.abs(answers[1] / answers[0] - 1).max(axis=None, skipna=True) < 1e-6
    assert np.abs(answers[2] / answers[0] - 1).max(axis=None, skipna=True) < 1e-6


@pytest.mark.parametrize("model", ["bgnbd", "pareto_nbd"])
def test_the_order_of_rows_changes_no_bit_of_the_parameters(model):
    summary = a_summary()
    shuffled = summary.sample(frac=1, random_state=3)
    one, other = CustomerValue(model).fit(summary), CustomerValue(model).fit(shuffled)
    assert one.params_ == other.params_
    assert one.log_likelihood_ == other.log_likelihood_
    pd.testing.assert_frame_equal(
        one.predict(summary, horizon=20), other.predict(shuffled, horizon=20).loc[summary.index], check_exact=True
    )


def test_groups_give_the_parameters_of_their_customers():
    summary = count_purchases(invent_orders(400, seed=2), as_of="2026-01-31")
    assert CustomerValue("mbgnbd").fit(summary).params_ == CustomerValue("mbgnbd").fit(group_purchases(summary)).params_


def test_a_customer_gets_the_same_forecast_alone_as_among_others():
    summary = a_summary()
    value = CustomerValue("mbgnbd").fit(summary)
    together = value.predict(summary, horizon=12)
    pd.testing.assert_frame_equal(value.predict(summary.iloc[7:9], horizon=12), together.iloc[7:9], rtol=1e-12)


def test_intervals_hold_the_number_that_comes_as_often_as_they_say():
    rng, n, horizon = np.random.default_rng(8), 4_000, 26.0
    r, alpha = 0.9, 8.0
    rate, age = rng.gamma(r, 1 / alpha, n), rng.integers(20, 60, n) * 1.0
    x = rng.poisson(rate * age) * 1.0
    last = np.where(x > 0, np.minimum(np.ceil(age * rng.random(n) ** (1 / np.maximum(x, 1))), age), 0.0)
    summary = pd.DataFrame({"n_repeats": x, "recency": last, "age": age})
    came = rng.poisson(rate * horizon)
    for mass in (0.5, 0.9):
        found = CustomerValue("nbd").fit(summary).predict(summary, horizon=horizon, mass=mass)
        inside = ((found["lower"] <= came) & (came <= found["upper"])).mean()
        assert (
            mass - 0.01 <= inside <= mass + (1 - mass) * 0.75
        )  # counts are whole: an interval holds at least its mass


@needs_cdnow
@pytest.mark.parametrize("model", ["bgnbd", "mbgnbd", "pareto_nbd"])
def test_nine_in_ten_intervals_hold_what_cdnow_customers_bought(model):
    before, after = count_cdnow(), count_cdnow("1998-06-30")
    came = after["n_repeats"] - before["n_repeats"]
    found = CustomerValue(model).fit(before).predict(before, horizon=39)
    assert 0.90 <= ((found["lower"] <= came) & (came <= found["upper"])).mean() <= 0.96


@needs_cdnow
@pytest.mark.parametrize(
    ("model", "total"), [("bgnbd", 1653.4), ("pareto_nbd", 1665.5), ("mbgnbd", 1576.7), ("nbd", 2929.8)]
)
def test_totals_of_cdnow_are_those_of_the_field(model, total):
    found = CustomerValue(model).fit(count_cdnow()).predict(count_cdnow(), horizon=39)
    assert found["mean"].sum() == pytest.approx(total, abs=0.06)


@needs_cdnow
@pytest.mark.parametrize(
    "model", ["bgnbd", *(pytest.param(name, marks=pytest.mark.slow) for name in ("auto", "mbgnbd", "pareto_nbd"))]
)
def test_the_interval_of_the_total_holds_what_all_of_cdnow_bought(model):
    summary = count_cdnow(master=True)
    total = CustomerValue(model).fit(summary).predict_total(summary, horizon=39)
    came = count_cdnow("1998-06-30", master=True)["n_repeats"].sum() - summary["n_repeats"].sum()
    assert came == 19_684
    assert came in total.total
    assert came not in total.if_model_holds
    assert total.total.high / total.total.low < 4


def test_auto_takes_the_model_that_forecast_best_and_prints_it_beside_four_that_need_none():
    summary = count_purchases(invent_orders(500, seed=5, k=4, rate=(4.0, 50.0)), as_of="2026-01-31", unit="D")
    value = CustomerValue().fit(summary)
    scores = {score.name: score for score in value.backtest_.scores}
    tried = [score for score in value.backtest_.scores if score.name not in BASELINES and score.crps is not None]
    assert value.model_ == "mbgcnbd_k"
    assert value.params_["k"] in (3, 4, 5)
    assert value.model_ == min(tried, key=lambda score: score.crps).name
    assert set(BASELINES) <= set(scores)
    assert scores["zero"].total_error == -1
    assert scores["past_spend"].crps is None
    assert scores[value.model_].crps < min(scores[name].crps for name in ("zero", "mean", "rate"))


@needs_cdnow
def test_auto_on_cdnow_beats_every_way_without_a_model():
    value = CustomerValue().fit(count_cdnow())
    scores = {score.name: score for score in value.backtest_.scores}
    assert value.model_ in ("bgnbd", "mbgnbd", "pareto_nbd")
    assert scores[value.model_].crps < scores["zero"].crps < scores["rate"].crps
    assert [tell_value_reason(reason).en for reason in value.reasons_] == [
        "MBG/CNBD-k was not tried: these customers buy no more regularly than at random."
    ]


def test_errors_of_totals_grow_with_the_horizon():
    backtest = backtest_value(count_purchases(invent_orders(600, seed=6), as_of="2026-01-31"), models=("mbgnbd",))
    assert backtest.measure_discrepancy("mbgnbd", 40.0) == pytest.approx(
        2 * backtest.measure_discrepancy("mbgnbd", 10.0)
    )


@pytest.mark.parametrize("model", ["bgnbd", "mbgnbd", pytest.param("pareto_nbd", marks=pytest.mark.slow)])
def test_draws_from_the_posterior_are_worth_four_fifths_of_their_number(model):
    value = CustomerValue(model, prior="weak", seed=1, n_draws=2_000).fit(a_summary(500, seed=4))
    assert value.posterior_.ess_share >= 0.8
    again = CustomerValue(model, prior="weak", seed=1, n_draws=2_000).fit(a_summary(500, seed=4))
    assert (value.posterior_.draws == again.posterior_.draws).all()


@needs_cdnow
@pytest.mark.slow
@pytest.mark.parametrize("model", ["bgnbd", "mbgnbd", "pareto_nbd"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_draws_from_the_posterior_of_cdnow_are_worth_four_fifths_of_their_number(model, seed):
    assert CustomerValue(model, prior="weak", seed=seed).fit(count_cdnow()).posterior_.ess_share >= 0.8


@needs_cdnow
@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_posterior_agrees_with_nuts_within_three_monte_carlo_errors(seed):
    """The reference: BG/NBD declared in PyMC on the same groups, as Fader, Hardie & Lee (2005) write it; our prior."""
    summary, prior = count_cdnow(), PurchasePrior()
    pm = load_pymc()
    import pytensor.tensor as pt

    groups = group_purchases(summary)
    x, recency, age, n = (groups[name].to_numpy(float) for name in ("n_repeats", "recency", "age", "n_customers"))
    mean_age = float(summary["age"].mean())
    with pm.Model() as model:
        rate, shape = pm.Normal("rate", *prior.rate), pm.Normal("shape", *prior.rate_shape)
        odds, alike = pm.Normal("odds", *prior.leaving), pm.Normal("alike", *prior.leaving_shape)
        log_r, log_a, log_b = shape, alike + odds / 2, alike - odds / 2
        log_alpha = log_r + np.log(mean_age) - rate
        r, alpha, a, b = (pt.exp(one) for one in (log_r, log_alpha, log_a, log_b))
        beta_ln = lambda p, q: pt.gammaln(p) + pt.gammaln(q) - pt.gammaln(p + q)  # noqa: E731
        stays = beta_ln(a, b + x) - beta_ln(a, b) - (r + x) * pt.log(alpha + age)
        left = beta_ln(a + 1, b + pt.maximum(x - 1, 0)) - beta_ln(a, b) - (r + x) * pt.log(alpha + recency)
        inside = pt.switch(x > 0, pt.logaddexp(stays, left), stays)
        pm.Potential("seen", pt.sum(n * (pt.gammaln(r + x) - pt.gammaln(r) + r * log_alpha + inside)))
        for name, one in (("r", log_r), ("alpha", log_alpha), ("a", log_a), ("b", log_b)):
            pm.Deterministic(name, one)
    nuts = sample_posterior(model, seed=11 + seed, draws=2_000, target_accept=0.9)
    found = CustomerValue("bgnbd", prior=prior, seed=3 + seed).fit(summary).posterior_
    for at, name in enumerate(("r", "alpha", "a", "b")):
        draws = nuts.pooled(name)
        sd = draws.std()
        error = sd * np.sqrt(1 / nuts.diagnosis.ess + 1 / found.ess)
        assert abs(found.mean[at] - draws.mean()) < 3 * error, name
        spread = np.sqrt(found.covariance[at, at])
        assert abs(spread - sd) < 3 * error / np.sqrt(2), name  # a spread is known better than a mean


def test_a_horizon_of_nothing_brings_nothing():
    summary = a_summary(500)
    for model in ("nbd", "bgnbd", "pareto_nbd"):
        found = CustomerValue(model).fit(summary).predict(summary.head(5), horizon=0)
        assert (found[["mean", "lower", "upper"]] == 0).all(axis=None)


def test_no_forecast_is_missing_or_infinite_for_customers_unlike_those_of_the_fit():
    value = CustomerValue("bgnbd").fit(a_summary())
    strange = pd.DataFrame({"n_repeats": [0, 5_000, 1], "recency": [0, 3.0, 1e-3], "age": [0.0, 3.0, 5_000.0]})
    found = value.predict(strange, horizon=1_000.0)
    assert np.isfinite(found.to_numpy(dtype=float)).all()
    assert found["lower"].iloc[1] <= found["upper"].iloc[1]


@pytest.mark.parametrize("model", ["nbd", "bgnbd", "mbgnbd", "pareto_nbd", "auto"])
def test_customers_who_never_came_back_are_not_enough(model):
    orders = invent_orders(60, seed=1).drop_duplicates("customer_id")
    summary = count_purchases(orders, as_of="2026-01-31")
    with pytest.raises(NotEnoughData, match=r"None of 60 customers came back(.|\n)*Next: choose a later as_of"):
        CustomerValue(model).fit(summary)


@pytest.mark.parametrize("prior", [None, "weak"])
def test_one_customer_is_not_enough(prior):
    summary = pd.DataFrame({"n_repeats": [4], "recency": [20.0], "age": [30.0]})
    with pytest.raises(NotEnoughData, match=r"1 customers are too few(.|\n)*Next: count the purchases of at least 10"):
        CustomerValue("bgnbd", prior=prior).fit(summary)


@pytest.mark.parametrize("model", ["nbd", "bgnbd", "mbgnbd", "pareto_nbd"])
def test_customers_who_are_all_alike_have_no_maximum_likelihood_but_a_posterior(model):
    summary = pd.DataFrame({"n_repeats": [3] * 50, "recency": [20.0] * 50, "age": [30.0] * 50})
    with pytest.raises(NotEnoughData, match=r"does not fit: its(.|\n)*Next: give prior='weak'"):
        CustomerValue(model).fit(summary)
    found = CustomerValue(model, prior="weak", n_draws=400).fit(summary).predict(summary.head(1), horizon=10)
    assert np.isfinite(found.to_numpy(dtype=float)).all()


@pytest.mark.parametrize("prior", [None, "weak"])
def test_three_hundred_customers_are_answered(prior):
    summary = count_purchases(invent_orders(300, seed=9), as_of="2026-01-31")
    found = CustomerValue("mbgnbd", prior=prior, n_draws=1_000).fit(summary).predict(summary, horizon=26)
    assert np.isfinite(found.to_numpy(dtype=float)).all()
    assert ((found["chance_alive"] >= 0) & (found["chance_alive"] <= 1)).all()


def test_customers_older_than_the_data_are_answered_and_their_total_is_near_what_comes():
    orders = invent_orders(1_200, seed=31, days=500)
    known = orders[orders["ordered_at"] >= "2025-05-01"]  # everybody had bought before, so no first purchase is a first
    day = pd.Timestamp("2025-12-31")
    summary = count_purchases(known, as_of=day)
    found = CustomerValue("mbgnbd", prior="weak", n_draws=400).fit(summary).predict(summary, horizon=16)
    assert np.isfinite(found.to_numpy(dtype=float)).all()
    later = known[(known["ordered_at"] > day) & (known["ordered_at"] <= day + pd.Timedelta(weeks=16))]
    came = later.drop_duplicates(["customer_id", "ordered_at"]).shape[0]
    assert found["mean"].sum() == pytest.approx(came, rel=0.2)


def test_what_auto_and_totals_need_is_named():
    summary = a_summary(500)
    with pytest.raises(NotEnoughData, match=r"no past day(.|\n)*Next: make it with count_purchases"):
        CustomerValue().fit(summary)
    with pytest.raises(NotEnoughData, match="no past day"):
        CustomerValue("nbd").fit(summary).predict_total(summary, horizon=4)
    counted = group_purchases(count_purchases(invent_orders(100, seed=0), as_of="2026-01-31"))
    with pytest.raises(BadArgument, match="Groups do not tell of past days"):
        CustomerValue().fit(counted)


def test_wrong_arguments_are_named():
    summary = a_summary(300)
    with pytest.raises(BadArgument, match=r"no purchase model 'arima'(.|\n)*give 'auto' or nbd"):
        CustomerValue("arima").fit(summary)
    with pytest.raises(BadArgument, match=r"prior is 'strong'(.|\n)*'weak'"):
        CustomerValue("nbd", prior="strong").fit(summary)
    with pytest.raises(BadArgument, match=r"horizon is nan(.|\n)*52 weeks"):
        CustomerValue("nbd").fit(summary).predict(summary, horizon=np.nan)
    with pytest.raises(TableError, match="no column 'age'"):
        CustomerValue("nbd").fit(summary.drop(columns="age"))
    with pytest.raises(NotFittedError):
        CustomerValue("nbd").predict(summary, horizon=3)


def test_it_keeps_the_contract_of_scikit_learn():
    summary = a_summary(400)
    value = CustomerValue("bgnbd", seed=3)
    assert value.get_params() == {"model": "bgnbd", "n_draws": 4_000, "prior": None, "seed": 3}
    twin = clone(value.fit(summary))
    assert not hasattr(twin, "params_")
    assert twin.set_params(model="nbd").fit(summary).model_ == "nbd"
    assert value.fit(summary) is value
    assert (value.n_features_in_, value.feature_names_in_.tolist()) == (3, list(summary.columns))
    kept = pickle.loads(pickle.dumps(value))
    pd.testing.assert_frame_equal(kept.predict(summary, horizon=9), value.predict(summary, horizon=9), check_exact=True)


@needs_cdnow
def test_every_purchase_of_cdnow_is_counted_once():
    assert len(read_cdnow(master=True)) == 69_659
    assert len(count_cdnow(master=True)) == 23_570
