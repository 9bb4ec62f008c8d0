"""The one door to PyMC: the same seed, the same draws, and checks that can be trusted."""

import warnings

import numpy as np
import pytest

from saleslab.errors import BadArgument, SamplingFailed
from saleslab.stats import (
    Diagnosis,
    Posterior,
    load_pymc,
    measure_ess,
    measure_rhat,
    require_usable,
    sample_posterior,
)


@pytest.fixture(scope="module")
def normal_mean():
    pm = load_pymc()
    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 10)
        pm.Normal("seen", mean, 2, observed=np.array([1.0, 3.0, 5.0, 7.0]))
        pm.Deterministic("twice", 2 * mean)
    return model


def test_the_posterior_of_a_conjugate_model_is_recovered(normal_mean):
    posterior = sample_posterior(normal_mean, seed=7, draws=1000, tune=500, chains=2)
    draws = posterior.pooled("mean")
    precision = 1 / 100 + 4 / 4
    assert draws.mean() == pytest.approx(16 / 4 / precision, abs=0.1)
    assert draws.std() == pytest.approx(precision**-0.5, abs=0.1)
    assert posterior.pooled("twice") == pytest.approx(2 * draws)
    assert posterior.diagnosis.is_usable


def test_the_same_seed_gives_the_same_draws_and_another_one_others(normal_mean):
    one, same, other = (
        sample_posterior(normal_mean, seed=seed, draws=50, tune=50, chains=2).draws["mean"] for seed in (3, 3, 4)
    )
    assert one.shape == (2, 50)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_one_chain_is_refused_because_it_cannot_show_convergence(normal_mean):
    with pytest.raises(BadArgument, match="at least 2 chains"):
        sample_posterior(normal_mean, seed=1, chains=1)


def test_draws_that_did_not_converge_are_refused_with_every_fault():
    bad = Posterior({}, Diagnosis(1.2, 30.0, 4))
    with pytest.raises(
        SamplingFailed, match=r"R-hat 1.200(.|\n)*only 30 independent(.|\n)*4 draws left(.|\n)*more draws"
    ):
        require_usable(bad)


def test_without_a_compiler_numba_samples_the_same_model(normal_mean, monkeypatch):
    import pytensor

    compiled = sample_posterior(normal_mean, seed=3, draws=200, tune=300, chains=2).pooled("mean")
    monkeypatch.setattr(pytensor.config, "cxx", "")
    without = sample_posterior(normal_mean, seed=3, draws=200, tune=300, chains=2).pooled("mean")
    assert without.mean() == pytest.approx(compiled.mean(), abs=0.2)
    assert without.std() == pytest.approx(compiled.std(), abs=0.2)


class TestDiagnostics:
    rng = np.random.default_rng(3)
    independent = rng.normal(size=(4, 500))
    sticky = np.cumsum(rng.normal(size=(4, 500)), axis=1)

    def test_independent_draws_are_worth_their_number(self):
        assert measure_rhat(self.independent) < 1.01
        assert 1500 < measure_ess(self.independent) < 2600

    def test_chains_that_wander_or_disagree_are_caught(self):
        assert measure_rhat(self.sticky) > 1.1
        assert measure_ess(self.sticky) < 50
        assert measure_rhat(self.independent * np.array([[1], [1], [1], [4]])) > 1.05  # same centre, other spread

    def test_a_monotone_change_of_scale_changes_nothing(self):
        assert measure_ess(np.exp(self.independent)) == pytest.approx(measure_ess(self.independent))

    def test_a_constant_is_converged(self):
        assert (measure_rhat(np.ones((2, 10))), measure_ess(np.ones((2, 10)))) == (1.0, 20.0)

    def test_they_agree_with_arviz(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            arviz = pytest.importorskip("arviz")
            for draws in (self.independent, self.sticky, self.rng.standard_cauchy((4, 400))):
                assert measure_rhat(draws) == pytest.approx(float(np.asarray(arviz.rhat(draws))), rel=1e-6)
                assert measure_ess(draws) == pytest.approx(float(np.asarray(arviz.ess(draws))), rel=0.02)

    def test_too_few_draws_are_refused(self):
        with pytest.raises(BadArgument, match="at least four draws a chain"):
            measure_rhat(np.ones((2, 3)))
