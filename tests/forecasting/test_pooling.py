"""Win rates of teams: a small team is drawn to the others, and the fast path agrees with PyMC."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import pool_win_rates


def count(*rows):
    return pd.DataFrame(rows, columns=["team_id", "n_decided", "n_won"])


def draw_teams(seed, *, spread, n_teams=12):
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-(0.2 + spread * rng.standard_normal(n_teams))))
    n = rng.integers(8, 120, n_teams)
    return chance, count(*((f"team-{at:02}", n[at], rng.binomial(n[at], chance[at])) for at in range(n_teams)))


def test_intervals_hold_the_planted_rates_and_pooled_rates_lie_nearer_than_observed_ones():
    inside, near, far = [], [], []
    for seed in range(40):
        chance, decided = draw_teams(seed, spread=0.35)
        teams = pool_win_rates(decided, mass=0.8).teams
        inside.append(((teams["lower"] <= chance) & (chance <= teams["upper"])).mean())
        near.append(((teams["win_rate"] - chance) ** 2).mean())
        far.append(((teams["observed_rate"] - chance) ** 2).mean())
    assert 0.74 < np.mean(inside) < 0.86
    assert np.mean(near) < 0.8 * np.mean(far)


def test_the_spread_of_teams_is_found():
    found = {
        spread: np.mean([pool_win_rates(draw_teams(seed, spread=spread, n_teams=30)[1]).spread for seed in range(8)])
        for spread in (0.05, 0.5)
    }
    assert found[0.05] < 0.2
    assert 0.4 < found[0.5] < 0.62


def test_four_wins_of_four_deals_do_not_make_a_team_sure():
    small = pool_win_rates(count(("a", 400, 200), ("b", 380, 180), ("c", 4, 4))).teams.set_index("team_id").loc["c"]
    assert small["observed_rate"] == 1.0
    assert small["win_rate"] < 0.6


def test_swapping_won_and_lost_mirrors_the_rates():
    _, decided = draw_teams(3, spread=0.4)
    mirrored = decided.assign(n_won=decided["n_decided"] - decided["n_won"])
    one, other = (pool_win_rates(rows).teams["win_rate"].to_numpy() for rows in (decided, mirrored))
    np.testing.assert_allclose(one, 1 - other, atol=1e-6)


def test_the_sequence_of_teams_does_not_matter():
    _, decided = draw_teams(4, spread=0.4)
    again = pool_win_rates(decided.sample(frac=1, random_state=1)).teams
    pd.testing.assert_frame_equal(pool_win_rates(decided).teams, again)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.1, 0.5])
def test_the_fast_path_agrees_with_pymc(spread):
    _, decided = draw_teams(5, spread=spread)
    fast, drawn = pool_win_rates(decided), pool_win_rates(decided, method="pymc", seed=1)
    for name in ("win_rate", "lower", "upper"):
        np.testing.assert_allclose(fast.teams[name], drawn.teams[name], atol=0.025)
    assert abs(fast.spread - drawn.spread) < 0.06


def test_one_team_has_nothing_to_be_pooled_with():
    with pytest.raises(NotEnoughData, match="Next: give at least two teams"):
        pool_win_rates(count(("a", 10, 5)))


def test_more_wins_than_decided_deals_are_refused():
    with pytest.raises(BadArgument, match="Next: count each team once"):
        pool_win_rates(count(("a", 10, 12), ("b", 10, 5)))
