"""Past tests say how large effects are; those that were shipped look better than they are."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments import expose_winners_curse, learn_effects, learn_rates


def past_tests(
    seed: int, n: int = 40, *, mean: float = 0.005, spread: float = 0.01, n_control: int = 400
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return results as the registry tells them, and the true effects; a test ships when its lift is significant."""
    rng = np.random.default_rng(seed)
    true, errors = rng.normal(mean, spread, n), rng.uniform(0.008, 0.02, n)
    lift = rng.normal(true, errors)
    rates = rng.beta(20, 180, n)
    frame = pd.DataFrame(
        {
            "experiment_id": [f"test-{i}" for i in range(n)],
            "treatment": "new",
            "metric": "appointment_rate",
            "kind": "rate",
            "mass": 0.95,
            "verdict": np.where(lift > 1.96 * errors, "ship", "keep"),
            "lift": lift,
            "low": lift - 1.959964 * errors,
            "high": lift + 1.959964 * errors,
            "relative_lift": lift / 0.1,
            "relative_low": (lift - 1.959964 * errors) / 0.1,
            "relative_high": (lift + 1.959964 * errors) / 0.1,
            "n_control": n_control,
            "mean_control": rng.binomial(n_control, rates) / n_control,
        }
    )
    return frame, true


def test_the_planted_prior_of_effects_is_found():
    found = [learn_effects(past_tests(seed)[0], metric="appointment_rate") for seed in range(30)]
    assert np.mean([0.005 in prior.centre for prior in found]) >= 0.9
    assert np.mean([0.01 in prior.spread for prior in found]) >= 0.9
    assert np.median([prior.sd for prior in found]) == pytest.approx(0.0105, rel=0.15)


def test_the_relative_scale_is_the_absolute_one_over_the_baseline():
    results, _ = past_tests(1)
    absolute, relative = (
        learn_effects(results, metric="appointment_rate", scale=scale) for scale in ("absolute", "relative")
    )
    assert relative.mean == pytest.approx(absolute.mean / 0.1)
    assert relative.sd == pytest.approx(absolute.sd / 0.1)


def test_what_was_shipped_looked_better_than_it_is_and_the_expected_lift_does_not():
    """Over 40 companies the observed lift of shipped tests is too large (winner's curse); the expected one is not."""
    too_large, left = [], []
    for seed in range(40):
        results, true = past_tests(seed)
        curse = expose_winners_curse(results, metric="appointment_rate")
        shipped = curse.contrasts["is_shipped"].to_numpy()
        if shipped.any():
            assert curse.n_shipped == shipped.sum()
            too_large.append(curse.observed - true[shipped].mean())
            left.append(curse.expected - true[shipped].mean())
    assert np.mean(too_large) > 0.01
    assert abs(np.mean(left)) < 0.003
    assert abs(np.mean(left)) < 0.2 * np.mean(too_large)


def test_without_a_shipped_test_there_is_no_curse():
    results, _ = past_tests(3)
    curse = expose_winners_curse(results.assign(verdict="keep"), metric="appointment_rate")
    assert (curse.n_shipped, curse.observed, curse.expected) == (0, None, None)
    assert len(curse.contrasts) == 40


def test_the_prior_of_a_rate_has_the_planted_mean_and_counts_for_no_more_than_its_cap():
    results, _ = past_tests(2, n=60)
    prior = learn_rates(results, metric="appointment_rate")
    assert prior.a / (prior.a + prior.b) == pytest.approx(0.1, abs=0.01)
    assert prior.weight == pytest.approx(20.0)
    assert prior.weight_found == pytest.approx(200, rel=0.5)
    assert learn_rates(results, metric="appointment_rate", cap=50).weight == pytest.approx(50.0)


def test_rates_that_differ_widely_make_a_prior_that_counts_for_little():
    results, _ = past_tests(2, n=30)
    rng = np.random.default_rng(0)
    wild = results.assign(mean_control=rng.binomial(400, rng.beta(0.8, 3.2, 30)) / 400)
    prior = learn_rates(wild, metric="appointment_rate")
    assert 2 < prior.weight < 10


def test_several_treatments_of_one_test_count_its_control_once():
    results, _ = past_tests(4, n=10)
    doubled = pd.concat([results, results.assign(treatment="other")])
    assert learn_rates(doubled, metric="appointment_rate") == learn_rates(results, metric="appointment_rate")


@pytest.mark.parametrize("learn", [learn_effects, learn_rates, expose_winners_curse])
def test_too_few_tests_and_strange_tables_are_refused(learn):
    results, _ = past_tests(1, n=2)
    with pytest.raises(NotEnoughData, match="(?s)holds 2 .*'appointment_rate', too few.*Next: finish at least 3"):
        learn(results, metric="appointment_rate")
    with pytest.raises(TableError, match="results has no column"):
        learn(results[["experiment_id"]], metric="appointment_rate")


def test_a_cap_outside_its_range_is_refused():
    with pytest.raises(BadArgument, match="(?s)count for 500.*Next: give a cap from 20 to 50"):
        learn_rates(past_tests(1)[0], metric="appointment_rate", cap=500)
