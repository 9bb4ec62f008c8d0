"""The top of a function is found from far, and a ridge without a top is said to have none."""

import numpy as np
import pytest

from saleslab.stats.newton import maximise


def logistic(at):
    """Return the log-likelihood of 3 successes in 10, with derivatives."""
    share = 1 / (1 + np.exp(-at[0]))
    return (
        float(3 * at[0] - 10 * np.logaddexp(0, at[0])),
        np.array([3 - 10 * share]),
        np.array([[-10 * share * (1 - share)]]),
    )


@pytest.mark.parametrize("start", [-9.0, 0.0, 9.0])
def test_a_top_is_found_from_where_the_function_bends_little(start):
    top = maximise(logistic, [start], reach=20)
    assert top.is_converged
    assert top.at == pytest.approx([np.log(3 / 7)], abs=1e-9)
    assert top.covariance[0, 0] == pytest.approx(1 / 2.1)


def test_a_curved_valley_is_followed():
    def banana(at):
        x, y = at
        value = -((1 - x) ** 2) - 100 * (y - x * x) ** 2
        slope = np.array([2 * (1 - x) + 400 * x * (y - x * x), -200 * (y - x * x)])
        return value, slope, np.array([[-2 + 400 * (y - 3 * x * x), 400 * x], [400 * x, -200]])

    top = maximise(banana, [-1.2, 1.0])
    assert top.at == pytest.approx([1, 1], abs=1e-7)


def test_a_function_that_rises_for_ever_has_no_top():
    def ridge(at):
        return float(-np.exp(-at[0])), np.exp(-at), -np.exp(-at)[None]

    top = maximise(ridge, [0.0])
    assert not (top.is_converged and top.flattest > 1e-6)


def test_a_flat_direction_is_no_top():
    def gutter(at):
        return float(-(at[0] ** 2)), np.array([-2 * at[0], 0.0]), np.diag([-2.0, 0.0])

    assert not maximise(gutter, [1.0, 1.0]).is_converged
