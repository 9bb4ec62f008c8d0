"""Each model has the published likelihood, exact derivatives, and chances that add up and agree with each other."""

import numpy as np
import pandas as pd
import pytest
from histories import count_cdnow, invent_counts, invent_orders, needs_cdnow
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.customers import count_purchases
from saleslab.customers.purchases.beta_geometric import BetaGeometric
from saleslab.customers.purchases.fits import PurchasePrior, fit_purchases, measure_logs
from saleslab.customers.purchases.forecasts import forecast_groups, measure_spread
from saleslab.customers.purchases.groups import PurchaseGroups, index_groups, read_groups
from saleslab.customers.purchases.nbd import NBD
from saleslab.customers.purchases.pareto import ParetoNBD
from saleslab.customers.purchases.regularity import Regular
from saleslab.customers.purchases.shelf import find_model, find_steps
from saleslab.errors import BadArgument, NotEnoughData, TableError

MODELS = [
    NBD(),
    BetaGeometric(may_leave_at_once=False),
    BetaGeometric(may_leave_at_once=True),
    ParetoNBD(),
    Regular(1),
    Regular(3),
]
VALUES = {
    "nbd": [0.4, 9.0],
    "bgnbd": [0.3, 5.0, 0.8, 2.5],
    "mbgnbd": [0.5, 6.0, 0.9, 1.6],
    "pareto_nbd": [0.6, 10.0, 0.6, 12.0],
    "mbgcnbd_k": [0.8, 3.0, 0.9, 1.6],
}


def a_few():
    frame = pd.DataFrame(
        {
            "n_repeats": [0, 0, 1, 1, 2, 3, 7, 40],
            "recency": [0, 0, 1, 20, 11, 30, 30, 38],
            "age": [39, 27, 39, 20, 38, 39, 33, 39],
            "log_gaps": [0, 0, 0, 3.0, 3.4, 6.9, 9.6, -2],
        }
    )
    return read_groups(frame)


def id_of(model):
    return f"{model.name}{getattr(model, 'k', '')}"


@pytest.mark.parametrize("model", MODELS, ids=id_of)
def test_gradient_and_hessian_are_those_of_finite_differences(model):
    groups, prior = a_few(), PurchasePrior()
    at, step = np.log(VALUES[model.name]), 1e-5
    _, slope, curve = measure_logs(model, groups, at, prior)
    moves = np.eye(len(at)) * step
    ends = [
        (measure_logs(model, groups, at + move, prior), measure_logs(model, groups, at - move, prior)) for move in moves
    ]
    assert np.allclose(slope, [(up[0] - down[0]) / 2 / step for up, down in ends], atol=1e-6)
    assert np.allclose(curve, [(up[1] - down[1]) / 2 / step for up, down in ends], atol=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=id_of)
def test_the_likelihood_alone_is_that_with_derivatives(model):
    groups, values = a_few(), np.array(VALUES[model.name])
    assert model.log_likelihood(groups, values) == pytest.approx(model.measure(groups, values).value, rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=id_of)
def test_chances_of_counts_add_up_to_the_expected_count(model):
    groups, values = a_few(), np.array(VALUES[model.name])
    chances = [model.exceed(groups, values, 39.0, np.full(len(groups), float(n))) for n in range(1, 600)]
    assert np.allclose(np.sum(chances, axis=0), model.expect(groups, values, 39.0), rtol=1e-8)
    assert (np.diff(chances, axis=0) <= 1e-14).all()
    assert (model.expect(groups, values, 0.0) == 0).all()


@pytest.mark.parametrize("model", MODELS, ids=id_of)
def test_whoever_has_been_away_longer_is_less_likely_to_be_alive(model):
    recency = np.linspace(1, 39, 20)
    groups = PurchaseGroups(np.full(20, 3.0), recency, np.full(20, 39.0), np.ones(20))
    alive = model.chance_alive(groups, np.array(VALUES[model.name]))
    assert (np.diff(alive) >= 0).all()
    assert ((alive > 0) & (alive <= 1)).all()


@pytest.mark.parametrize("at_once", [False, True])
def test_planted_parameters_of_bg_nbd_and_mbg_nbd_are_found(at_once):
    planted = (0.5, 6.0, 0.9, 2.0)
    groups = read_groups(invent_counts(12_000, seed=1, params=planted, at_once=at_once))
    fit = fit_purchases(BetaGeometric(may_leave_at_once=at_once), groups)
    off = (fit.logs - np.log(planted)) / np.sqrt(np.diag(fit.covariance))
    assert fit.fault is None
    assert np.abs(off).max() < 3


def test_planted_parameters_of_pareto_nbd_are_found():
    rng, n, planted = np.random.default_rng(2), 12_000, (0.6, 8.0, 0.8, 20.0)
    age = rng.integers(20, 80, n) * 1.0
    rate, lives = (
        rng.gamma(planted[0], 1 / planted[1], n),
        rng.exponential(1 / rng.gamma(planted[2], 1 / planted[3], n)),
    )
    watched = np.minimum(age, lives)
    x = rng.poisson(rate * watched) * 1.0
    last = np.where(x > 0, watched * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    fit = fit_purchases(ParetoNBD(), read_groups(pd.DataFrame({"n_repeats": x, "recency": last, "age": age})))
    assert np.abs((fit.logs - np.log(planted)) / np.sqrt(np.diag(fit.covariance))).max() < 3


@pytest.mark.parametrize("k", [1, 3])
def test_how_regularly_customers_buy_is_found(k):
    orders = invent_orders(1_200, seed=k, k=k, rate=(1.5, 30.0 / k))
    assert find_steps(read_groups(count_purchases(orders, as_of="2026-01-31", unit="D"))) == k


def test_one_step_a_purchase_is_mbg_nbd():
    groups, values = a_few(), np.array(VALUES["mbgnbd"])
    one, other = Regular(1), BetaGeometric(may_leave_at_once=True)
    assert one.measure(groups, values).value == pytest.approx(other.measure(groups, values).value, rel=1e-13)
    assert np.allclose(one.chance_alive(groups, values), other.chance_alive(groups, values), rtol=1e-12)
    assert np.allclose(one.expect(groups, values, 30.0), other.expect(groups, values, 30.0), rtol=1e-8)


def test_a_regular_buyer_who_stays_away_is_doubted_sooner():
    groups = PurchaseGroups(np.array([6.0]), np.array([30.0]), np.array([42.0]), np.ones(1), 9.6)
    random, regular = (Regular(k).chance_alive(groups, np.array([0.8, 6.0 / k, 0.9, 1.6]))[0] for k in (1, 4))
    assert regular < random / 2


@pytest.mark.parametrize("values", [(0.55, 10.6, 0.61, 11.7), (0.55, 3.0, 0.1, 0.3), (0.3, 2.0, 1.4, 300.0)])
@pytest.mark.parametrize("x", [0, 1, 30, 254])
def test_the_integral_of_pareto_nbd_agrees_with_an_adaptive_one(x, values):
    """Up to 254 purchases, at which differences of hypergeometric functions gave NaN in other packages."""
    from scipy.integrate import quad
    from scipy.special import gammaln

    r, alpha, s, beta = values
    recency, ages = 0.0 if x == 0 else 31.0, (38.9, 120.0)

    def leaves_at(u):
        return s * ((alpha + u) / (alpha + recency)) ** -(r + x) * (beta + u) ** -(s + 1)

    exact, alive = 0.0, []
    for age in ages:
        left, _ = quad(leaves_at, recency, age, epsabs=0, epsrel=1e-13, limit=200)
        here = ((alpha + age) / (alpha + recency)) ** -(r + x) * (beta + age) ** -s
        alive.append(here / (here + left))
        exact += gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(here + left)
        exact -= (r + x) * np.log(alpha + recency)
    groups = PurchaseGroups(np.full(2, float(x)), np.full(2, recency), np.array(ages), np.ones(2))
    assert ParetoNBD().measure(groups, np.array(values)).value == pytest.approx(exact, abs=1e-8)
    assert ParetoNBD().chance_alive(groups, np.array(values)) == pytest.approx(alive, rel=1e-8, abs=1e-300)


def test_the_expected_count_of_bg_nbd_is_the_published_hypergeometric_form():
    """Fader, Hardie & Lee (2005), equation 10."""
    from scipy.special import hyp2f1

    groups, values, horizon = a_few(), VALUES["bgnbd"], 39.0
    r, alpha, a, b = values
    x, known = groups.n_repeats, alpha + groups.age
    shrunk = (known / (known + horizon)) ** (r + x)
    grown = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (known + horizon))
    published = (a + b + x - 1) / (a - 1) * (1 - shrunk * grown)
    assert np.allclose(
        BetaGeometric(may_leave_at_once=False).expect(groups, np.array(values), horizon), published, rtol=1e-9
    )


def test_variance_and_quantiles_are_those_of_many_drawn_futures():
    rng, n, horizon = np.random.default_rng(5), 200_000, 30.0
    r, alpha, a, b = VALUES["mbgnbd"]
    groups = PurchaseGroups(*(np.array([part]) for part in (3.0, 35.0, 39.0, 1.0)))
    model, values = BetaGeometric(may_leave_at_once=True), np.array(VALUES["mbgnbd"])
    is_alive = rng.random(n) < model.chance_alive(groups, values)[0]
    bought = rng.poisson(rng.gamma(r + 3, 1 / (alpha + 39), n) * horizon)
    future = np.where(is_alive, np.minimum(bought, rng.geometric(rng.beta(a, b + 4, n))), 0)
    mean, variance = measure_spread(model, groups, values, horizon)
    assert mean[0] == pytest.approx(future.mean(), rel=0.02)
    assert variance[0] == pytest.approx(future.var(), rel=0.03)
    found = forecast_groups(model, groups, [values], horizon, mass=0.8)
    assert [found.lower[0], found.upper[0]] == np.quantile(future, [0.1, 0.9], method="inverted_cdf").tolist()


def test_quantiles_of_very_frequent_buyers_are_found_by_halving():
    groups = PurchaseGroups(*(np.array([part]) for part in (900.0, 38.9, 39.0, 1.0)))
    values = np.array(VALUES["nbd"])
    found = forecast_groups(NBD(), groups, [values], 390.0, mass=0.9)
    from scipy.special import betainc

    def reach(n):
        return betainc(values[0] + 900, n + 1, (values[1] + 39) / (values[1] + 39 + 390))

    for level, count in ((0.05, found.lower[0]), (0.95, found.upper[0])):
        assert reach(count - 1) < level <= reach(count)


@needs_cdnow
@pytest.mark.parametrize(
    ("model", "published", "likelihood"),
    [
        ("nbd", [0.38477, 12.07203], -9763.6577),
        ("bgnbd", [0.24259, 4.41360, 0.79292, 2.42591], -9582.429),
        ("mbgnbd", [0.52484, 6.18308, 0.89136, 1.61401], -9582.136),
        ("pareto_nbd", [0.55328, 10.578, 0.60623, 11.668], -9594.976),
    ],
)
def test_cdnow_has_its_published_parameters(model, published, likelihood):
    """Fader, Hardie & Lee (2005); Schmittlein & al. as in CLVTools' tests; BTYDplus."""
    groups = read_groups(count_cdnow())
    fit = fit_purchases(find_model(model, groups), groups)
    assert fit.estimates == pytest.approx(published, abs=1e-3)
    assert fit.log_likelihood == pytest.approx(likelihood, abs=1e-3)


@needs_cdnow
def test_cdnow_has_the_published_standard_errors_of_pareto_nbd():
    """CLVTools, tests/testthat/test_correctness_pnbd."""
    groups = read_groups(count_cdnow())
    fit = fit_purchases(ParetoNBD(), groups)
    errors = np.sqrt(np.diag(fit.covariance)) * fit.estimates
    assert errors == pytest.approx([0.0476264, 0.8427222, 0.1872594, 6.2105448], rel=1e-3)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=30))
def test_groups_hold_each_customer_once_in_any_unit(rows):
    frame = pd.DataFrame(
        [(x, min(last, age) if x else 0, age) if x and min(last, age) else (0, 0, age) for x, age, last in rows],
        columns=["n_repeats", "recency", "age"],
    )
    days = read_groups(frame)
    assert days.n_all == len(frame)
    for scale in (7.0, 365.25 / 12, 3.3):
        other = read_groups(frame.assign(recency=frame["recency"] / scale, age=frame["age"] / scale))
        assert other.n_customers.tolist() == days.n_customers.tolist()
        assert np.allclose(other.age * scale, days.age)
    groups, of_row = index_groups(frame)
    assert groups.age[of_row].tolist() == frame["age"].tolist()


def test_impossible_histories_are_named_all_at_once():
    frame = pd.DataFrame(
        {"n_repeats": [1, -1, 0.5, 0, 2], "recency": [9, 0, 1, 3, -1], "age": [3, 4, 5, 6, np.inf]}, dtype=float
    )
    told = (
        r"age is missing or infinite \(1 rows\); n_repeats is negative or no whole number \(2 rows\); "
        r"recency is negative \(1 rows\); recency is longer than age \(1 rows\); recency is 0 though(.|\n)*Next: make"
    )
    with pytest.raises(TableError, match=told):
        read_groups(frame)
    with pytest.raises(NotEnoughData, match="no customer"):
        read_groups(frame.head(0))


def test_regularity_needs_the_times_between_purchases_and_an_unknown_model_is_refused():
    groups = read_groups(invent_counts(100, seed=0, params=(0.5, 6.0, 0.9, 2.0)))
    with pytest.raises(TableError, match=r"no column 'log_gaps'(.|\n)*Next: make the summary with count_purchases"):
        find_model("mbgcnbd_k", groups)
    with pytest.raises(BadArgument, match=r"'prophet'(.|\n)*give 'auto' or one of nbd"):
        find_model("prophet", groups)
    with pytest.raises(BadArgument, match="cannot take 0 steps"):
        Regular(0)
