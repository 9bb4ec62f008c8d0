"""The grid says of a rate what a full hierarchical model says, month by month, drawn by PyMC."""

import numpy as np
import pytest

from saleslab.kpi.beliefs.reference import sample_rates
from saleslab.stats import measure_ess, weigh_varying_rates

RESTLESS = np.random.default_rng(11)
CASES = {
    "few trials": ([9, 14, 11, 8, 15, 12, 10, 13], [40, 42, 38, 41, 45, 40, 39, 44]),
    "restless": (RESTLESS.binomial(200, 1 / (1 + np.exp(1 + 0.4 * RESTLESS.standard_normal(12)))), [200] * 12),
}


def errors_of(draws):
    """Monte Carlo standard errors of the mean and of the standard deviation."""
    apart = (draws - draws.mean()) ** 2
    of_mean = draws.std() / np.sqrt(measure_ess(draws))
    return of_mean, apart.std() / np.sqrt(measure_ess(apart)) / (2 * draws.std())


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_grid_agrees_with_the_full_model(case):
    drawn = sample_rates(*CASES[case], seed=5)
    grid = weigh_varying_rates(*CASES[case]).grid
    for name, values in (("level", grid.levels), ("spread", grid.spreads[:, None] + 0 * grid.levels)):
        draws = drawn.draws[name]
        of_mean, of_sd = errors_of(draws)
        assert grid.average(values) == pytest.approx(draws.mean(), abs=2 * of_mean + 0.01 * abs(draws.mean()))
        assert grid.deviate(values) == pytest.approx(draws.std(), abs=2 * of_sd + 0.01 * draws.std())
