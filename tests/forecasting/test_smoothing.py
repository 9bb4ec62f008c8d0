"""Smoothing of all series and settings at once is what a loop over one series does."""

import numpy as np
import pytest

from saleslab.forecasting.smoothing import cross_settings, smooth


def smooth_one(values, *, alpha, beta, phi, gamma, level, slope, season):
    """Exponential smoothing with additive errors, written out for one series (Hyndman, Koehler, Ord & Snyder 2008)."""
    season, m = list(season), len(season)
    for at, came in enumerate(values):
        phase = (at - len(values)) % m
        said = level + phi * slope + season[phase]
        surprise = came - said
        level, slope = level + phi * slope + alpha * surprise, phi * slope + beta * surprise
        season[phase] += gamma * surprise
    ahead = [level + sum(phi**k for k in range(1, step + 1)) * slope + season[(step - 1) % m] for step in range(1, 6)]
    return np.array(ahead)


def test_every_series_of_a_batch_is_smoothed_as_if_it_were_alone():
    rng = np.random.default_rng(0)
    long, short = rng.normal(50, 5, 30), rng.normal(20, 2, 11)
    rows = np.array([long, np.r_[np.full(19, np.nan), short]])
    season = np.array([[1.0, -2.0, 0.5, 0.5], [0.0, 1.0, -1.0, 0.0]])
    settings = cross_settings((0.3,), slope=(0.2,), damping=(0.9,), season=(0.1,))
    states = smooth(
        rows, np.array([30, 11]), settings, level=np.array([48.0, 21.0]), slope=np.array([0.3, 0.0]), season=season
    )
    said = states.look_ahead(5)
    options = {"alpha": 0.3, "beta": 0.06, "phi": 0.9, "gamma": 0.07}
    assert said[0] == pytest.approx(smooth_one(long, level=48.0, slope=0.3, season=season[0], **options))
    assert said[1] == pytest.approx(smooth_one(short, level=21.0, slope=0.0, season=season[1], **options))


def test_a_setting_that_foresees_better_counts_for_more():
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1, 200))[None, :]
    still = 100 + np.random.default_rng(2).normal(0, 1, 200)[None, :]
    settings = cross_settings((0.05, 0.95))
    for rows, best in ((walk, 1), (still, 0)):
        states = smooth(rows, np.array([200]), settings, level=rows[:, 0], slope=np.zeros(1))
        assert states.weight[best, 0] > 0.9
        assert states.weight.sum() == pytest.approx(1)


def test_a_damped_slope_ends_in_a_level():
    line = np.arange(40.0)[None, :]
    settings = cross_settings((0.5,), slope=(0.5,), damping=(0.8,))
    said = smooth(line, np.array([40]), settings, level=np.array([-1.0]), slope=np.ones(1)).look_ahead(60)[0]
    assert np.all(np.diff(said) > 0)
    assert said[-1] - said[-2] < 1e-4 < said[1] - said[0]
