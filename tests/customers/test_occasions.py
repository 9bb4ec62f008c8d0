"""Occasions that all customers share: the published donors, a planted truth, and refusals."""

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import fit_occasions
from saleslab.errors import NotEnoughData, TableError

DONORS = """0 0 3464  1 1 1091  1 2 277  1 3 129  1 4 78  1 5 119  1 6 129  2 2 613  2 3 255  2 4 155  2 5 173  2 6 234
3 3 322  3 4 181  3 5 225  3 6 357  4 4 240  4 5 284  4 6 512  5 5 335  5 6 728  6 6 1203"""
"""Donations taken, the last one, and how many of 11,104 donors: table 1 of Fader, Hardie & Shang (2010)."""


def donors():
    rows = np.array(DONORS.split(), dtype=int).reshape(-1, 3)
    frame = pd.DataFrame(rows, columns=["n_taken", "last_taken", "n_customers"])
    return frame.assign(n_occasions=6)


def test_the_published_donors_have_their_published_parameters():
    model = fit_occasions(donors())
    assert model.n_customers == 11_104
    assert list(model.params.values()) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=1e-3)
    assert model.log_likelihood == pytest.approx(-33225.6, abs=0.05)


def test_the_published_forecasts_of_donations_are_given():
    """Fader, Hardie & Shang (2010), table 5: expected donations in five years of those who gave never, and always."""
    found = fit_occasions(donors()).predict(donors(), horizon=5)["mean"]
    assert found.iloc[0] == pytest.approx(0.07, abs=0.005)
    assert found.iloc[-1] == pytest.approx(3.75, abs=0.005)


def invent(n, *, seed, occasions=8):
    rng = np.random.default_rng(seed)
    takes, leaves = rng.beta(1.2, 0.9, n), rng.beta(0.8, 3.0, n)
    lives = rng.geometric(leaves)[:, None] > np.arange(1, occasions + 1)
    taken = lives & (rng.random((n, occasions)) < takes[:, None])
    last = np.where(taken.any(axis=1), occasions - np.argmax(taken[:, ::-1], axis=1), 0)
    return pd.DataFrame({"n_taken": taken.sum(axis=1), "last_taken": last, "n_occasions": occasions})


def test_planted_parameters_are_found_and_order_changes_no_bit():
    rows = invent(8_000, seed=2)
    model = fit_occasions(rows)
    for name, planted in (("alpha", 1.2), ("beta", 0.9), ("gamma", 0.8), ("delta", 3.0)):
        assert abs(model.params[name] - planted) < 3 * model.standard_errors[name]
    assert fit_occasions(rows.sample(frac=1, random_state=1)).params == model.params


def test_impossible_histories_and_too_little_are_refused():
    with pytest.raises(TableError, match=r"2 rows of history are impossible(.|\n)*Next: correct"):
        fit_occasions(pd.DataFrame({"n_taken": [3, 1], "last_taken": [2, 0], "n_occasions": [6, 6]}))
    with pytest.raises(NotEnoughData, match="no customer"):
        fit_occasions(pd.DataFrame({"n_taken": [], "last_taken": [], "n_occasions": []}))
    with pytest.raises(NotEnoughData, match=r"do not tell how customers differ(.|\n)*Next: give more"):
        fit_occasions(pd.DataFrame({"n_taken": [2] * 30, "last_taken": [3] * 30, "n_occasions": [6] * 30}))
