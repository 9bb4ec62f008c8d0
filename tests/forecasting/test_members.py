"""Methods find the seasons and slopes that were planted, and say nothing where a series is too short."""

import numpy as np
import pytest

from saleslab.forecasting.intermittent import forecast_intermittent
from saleslab.forecasting.members import Rows, forecast_members
from saleslab.forecasting.seasons import find_seasons, lay_season, repeat_season

WAVE = 0.3 * np.sin(2 * np.pi * np.arange(12) / 12)


def test_a_planted_season_is_found():
    rng = np.random.default_rng(0)
    rows = np.tile(WAVE, 6)[None, :] + 0.01 * np.arange(72) + rng.normal(0, 0.01, (20, 72))
    found = find_seasons(rows, 12, memory=0.9)
    assert np.abs(found - WAVE).max() < 0.03
    assert found.sum(axis=1) == pytest.approx(np.zeros(20))


def test_noise_has_hardly_a_season():
    noise = np.random.default_rng(1).normal(0, 1, (200, 120))
    kept = np.abs(find_seasons(noise, 12, memory=1.0)).mean()
    naive = np.abs(noise.reshape(200, 10, 12).mean(axis=1)).mean()
    assert kept < 0.35 * naive


def test_of_a_season_that_moves_the_recent_one_counts_more():
    rows = np.r_[np.tile(-WAVE, 2), np.tile(WAVE, 4)][None, :]
    quick, slow = (find_seasons(rows, 12, memory=memory)[0] @ WAVE / (WAVE @ WAVE) for memory in (0.5, 1.0))
    assert quick > 2 * slow > 0


def test_the_phases_of_a_season_lie_where_the_periods_are():
    season = np.array([[1.0, 2.0, 3.0]])
    assert lay_season(season, 4).tolist() == [[3.0, 1.0, 2.0, 3.0]]
    assert repeat_season(season, 4).tolist() == [[1.0, 2.0, 3.0, 1.0]]


def test_every_method_follows_growth_with_a_season():
    at = np.arange(84)
    rows = np.exp(4 + 0.005 * at + WAVE[at % 12])[None, :]
    truth = np.exp(4 + 0.005 * np.arange(84, 96) + WAVE)
    said = forecast_members(Rows(rows, np.array([84]), 12, np.array([True])), 12)
    assert len(said) >= 13
    for name, values in said.items():
        reach = 0.45 if name == "last" else 0.09
        assert np.abs(values[0] / truth - 1).max() < reach, name
    for name in ("theta_log", "drift_quick", "straight"):
        assert np.abs(said[name][0] / truth - 1).max() < 0.04, name


def test_short_series_have_only_what_came_last():
    rows = np.array([[np.nan, 3.0, 5.0]])
    said = forecast_members(Rows(rows, np.array([2]), 1, np.array([True])), 2)
    assert said["last"].tolist() == [[5.0, 5.0]]
    assert all(np.isnan(values).all() for name, values in said.items() if name != "last")


def test_what_is_sold_now_and_then_is_forecast_by_its_mean():
    sales = np.random.default_rng(2).poisson(0.3, (300, 80)) * 5.0
    said = forecast_intermittent(sales, np.full(300, 80), 1)
    for name, values in said.items():
        assert values.mean() == pytest.approx(1.5, rel=0.2), name


def test_what_is_sold_no_more_fades():
    dead = np.r_[np.tile([0.0, 0.0, 6.0], 20), np.zeros(40)][None, :]
    said = forecast_intermittent(dead, np.array([100]), 1)
    assert said["croston"][0, 0] > 1.5
    assert said["fading"][0, 0] < 0.3
    assert said["fading_fast"][0, 0] < 1e-6
