"""Contracts: the two published cohorts, a planted truth, and refusals."""

import numpy as np
import pytest

from saleslab.customers import fit_renewals
from saleslab.errors import BadArgument, NotEnoughData

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


@pytest.mark.parametrize(
    ("running", "alpha", "beta", "likelihood", "after_12"),
    [(REGULAR, 0.704, 1.182, -1680.3, 0.170), (HIGH_END, 0.668, 3.806, -1611.2, 0.378)],
)
def test_the_published_cohorts_have_their_published_parameters(running, alpha, beta, likelihood, after_12):
    """Fader & Hardie (2007), "How to project customer retention", seven years of two cohorts."""
    model = fit_renewals(running)
    assert list(model.params.values()) == pytest.approx([alpha, beta], abs=5e-4)
    assert model.log_likelihood == pytest.approx(likelihood, abs=0.05)
    assert model.project(12)[-1] == pytest.approx(after_12, abs=5e-4)


def test_planted_chances_to_leave_are_found():
    rng, n = np.random.default_rng(1), 20_000
    years = rng.geometric(rng.beta(0.9, 3.0, n))
    model = fit_renewals([int((years > year).sum()) for year in range(8)])
    for name, planted in (("alpha", 0.9), ("beta", 3.0)):
        assert abs(model.params[name] - planted) < 3 * model.standard_errors[name]


def test_who_renews_rises_with_age_and_shares_follow_from_it():
    model = fit_renewals(REGULAR)
    rates = model.renewal_rates(20)
    assert (np.diff(rates) > 0).all()
    assert np.allclose(model.project(20)[1:], np.cumprod(rates))
    assert model.project(0).tolist() == [1.0]


def test_a_cohort_that_rises_is_refused():
    with pytest.raises(BadArgument, match=r"never rise(.|\n)*Next: give how many"):
        fit_renewals([100, 80, 90])


@pytest.mark.parametrize("running", [[100, 80], [100, 100, 100], [100, 0, 0]])
def test_too_few_renewals_are_refused(running):
    with pytest.raises(NotEnoughData, match=r"do not tell how customers differ(.|\n)*Next: wait"):
        fit_renewals(running)


def test_customers_who_do_not_differ_have_no_such_model():
    with pytest.raises(NotEnoughData, match=r"does not rise(.|\n)*Next: use the plain renewal rate"):
        fit_renewals([1000, 900, 700, 400])
