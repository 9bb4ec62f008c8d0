"""Jets carry exact derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.stats.jets import add_logs, log_beta, open_jets

DATA = np.array([0.5, 1.0, 4.0])


def formula(a, b):
    odds = (a * DATA + 1.0).log() - 2.0 * b + log_beta(a, b + DATA)
    return add_logs([odds, (0.5 - a).exp() * b, (a + b).log_gamma()]) * 0.7


def total(at):
    return formula(*open_jets(at)).total(np.array([1.0, 2.0, 0.5]))


@given(st.floats(0.2, 5), st.floats(0.2, 5))
def test_slope_and_curve_are_those_of_finite_differences(a, b):
    at, step = np.array([a, b]), 1e-5
    _, slope, curve = total(at)
    ends = [(total(at + move), total(at - move)) for move in np.eye(2) * step]
    assert np.allclose(slope, [(up[0] - down[0]) / 2 / step for up, down in ends], rtol=1e-5, atol=1e-6)
    assert np.allclose(curve, [(up[1] - down[1]) / 2 / step for up, down in ends], rtol=1e-5, atol=1e-5)
    assert np.allclose(curve, curve.T)


def test_an_absent_term_adds_nothing():
    a, b = open_jets([0.3, 0.9])
    present = [np.array([True]), np.array([False])]
    alone = add_logs([a, b], present)
    assert alone.value == pytest.approx([0.3])
    assert alone.slope.ravel().tolist() == [1.0, 0.0]


def test_an_array_may_stand_before_a_jet():
    (a,) = open_jets([2.0])
    assert (DATA * a).value.tolist() == (a * DATA).value.tolist()
    assert (1.0 - a).slope.tolist() == [[-1.0]]
