"""Win rates of teams: small teams are drawn to the others, the planted spread is found, PyMC says the same."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import pool_win_rates


def draw_teams(*, spread, n_teams=12, n_decided=150, seed=0):
    rng = np.random.default_rng(seed)
    rate = expit(-0.5 + spread * rng.standard_normal(n_teams))
    frame = pd.DataFrame({"team_id": [f"t{at:02d}" for at in range(n_teams)], "n_decided": n_decided})
    return frame.assign(n_won=rng.binomial(n_decided, rate)), rate


def test_a_small_team_is_drawn_to_the_others_and_has_the_wider_range():
    teams = pool_win_rates(
        pd.DataFrame({"team_id": ["a", "b", "c"], "n_decided": [400, 380, 4], "n_won": [200, 180, 4]})
    ).teams.set_index("team_id")
    assert teams.loc["a", "win_rate"] == pytest.approx(0.5, abs=0.01)
    assert 0.48 < teams.loc["c", "win_rate"] < 0.7 < teams.loc["c", "observed_rate"]
    width = teams["upper"] - teams["lower"]
    assert width["c"] > 2 * width["a"]


def test_ranges_hold_as_often_as_they_say_over_companies_whose_teams_differ_as_is_usual():
    """At one spread they need not: 1,000 companies held .899 (.004), 400 with a spread of .1 .96 and of .8 .88."""
    held = []
    for seed in range(150):
        spread = abs(np.random.default_rng(9_000 + seed).normal(0, 0.4))
        decided, rate = draw_teams(spread=spread, n_decided=40, seed=5_000 + seed)
        teams = pool_win_rates(decided, mass=0.9).teams
        held.append(((teams["lower"] <= rate) & (rate <= teams["upper"])).mean())
    luck = np.std(held) / np.sqrt(len(held))
    assert luck < 0.012
    assert np.mean(held) == pytest.approx(0.9, abs=3 * luck)


def test_the_planted_spread_is_found():
    alike = np.mean([pool_win_rates(draw_teams(spread=0.0, seed=seed)[0]).spread for seed in range(10)])
    apart = np.mean([pool_win_rates(draw_teams(spread=0.6, seed=seed)[0]).spread for seed in range(10)])
    assert alike < 0.15
    assert apart == pytest.approx(0.6, abs=0.12)


def test_the_order_of_teams_changes_nothing():
    decided, _ = draw_teams(spread=0.3)
    pd.testing.assert_frame_equal(pool_win_rates(decided).teams, pool_win_rates(decided.iloc[::-1]).teams)


@pytest.mark.parametrize(
    ("n_decided", "n_won", "ids"),
    [([5, 0], [1, 0], ["a", "b"]), ([5, 4], [1, 5], ["a", "b"]), ([5, 4], [1, 2], ["a", "a"])],
)
def test_counts_that_make_no_sense_are_refused(n_decided, n_won, ids):
    with pytest.raises(BadArgument, match="Next: count each team once"):
        pool_win_rates(pd.DataFrame({"team_id": ids, "n_decided": n_decided, "n_won": n_won}))


def test_one_team_is_refused():
    with pytest.raises(NotEnoughData, match="Next: give at least two teams"):
        pool_win_rates(pd.DataFrame({"team_id": ["a"], "n_decided": [9], "n_won": [3]}))


@pytest.mark.slow
@pytest.mark.parametrize("n_decided", [8, 60, 600])
def test_the_sampler_gives_the_same_rates_and_ranges(n_decided):
    decided, _ = draw_teams(spread=0.4, n_teams=8, n_decided=n_decided, seed=5)
    fast, drawn = pool_win_rates(decided), pool_win_rates(decided, method="pymc", seed=1)
    for name in ("win_rate", "lower", "upper"):
        np.testing.assert_allclose(fast.teams[name], drawn.teams[name], atol=0.015)
    assert fast.spread == pytest.approx(drawn.spread, abs=0.08)
