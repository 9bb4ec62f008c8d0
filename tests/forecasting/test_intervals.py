"""Intervals hold as often as they say, step by step, and never more than past errors justify."""

import numpy as np
import pytest
from panels import lay_all, read_column

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import calibrate_intervals, forecast_series
from saleslab.forecasting.spreads import find_power


def invent(n, *, horizon=6, origins=4, seed=0, scale=None, draw=None):
    """Return forecasts of 100, past errors that widen with the step, and what comes next."""
    rng = np.random.default_rng(seed)
    draw = draw or (lambda size: rng.normal(0, 1, size))
    scale = np.full(n, 4.0) if scale is None else scale
    widths = scale[:, None] * np.sqrt(np.arange(1, horizon + 1))
    said = np.full((n, horizon), 100.0)
    past = np.full((origins, n, horizon), 100.0)
    return said, past, past + widths * draw(past.shape), said + widths * draw(said.shape)


def cover(bands, came, mass):
    low, high = bands.find_quantile((1 - mass) / 2), bands.find_quantile((1 + mass) / 2)
    return ((low <= came) & (came <= high)).mean(axis=0)


@pytest.mark.requirement("M03")
@pytest.mark.parametrize("relative", [False, True])
def test_intervals_hold_as_often_as_they_say_at_every_step(relative):
    said, past, came, later = invent(600)
    unrest = np.full(600, 0.04 if relative else 4.0)
    bands = calibrate_intervals(said, past, came, unrest=unrest, is_relative=np.full(600, relative))
    assert cover(bands, later, 0.8) == pytest.approx(np.full(6, 0.8), abs=0.05)
    assert cover(bands, later, 0.95) == pytest.approx(np.full(6, 0.95), abs=0.03)


def test_restless_series_have_wider_intervals_than_calm_ones():
    scale = np.repeat([2.0, 8.0], 150)
    said, past, came, later = invent(300, scale=scale)
    bands = calibrate_intervals(said, past, came, unrest=scale)
    for rows in (slice(0, 150), slice(150, 300)):
        low, high = bands.find_quantile(0.1)[rows], bands.find_quantile(0.9)[rows]
        assert 0.72 < ((low <= later[rows]) & (later[rows] <= high)).mean() < 0.88


def test_calm_and_wild_series_of_one_panel_each_keep_what_is_promised():
    rng = np.random.default_rng(0)
    noise = np.repeat([0.03, 0.3], [60, 60])[:, None]
    values = np.exp(5 + np.cumsum(rng.normal(0, noise / 3, (120, 84)), axis=1) + rng.normal(0, noise, (120, 84)))
    said = forecast_series(lay_all(values[:, :-12]), horizon=12, season_length=12, seed=0)
    low, high = read_column(said, "lower_80"), read_column(said, "upper_80")
    inside = (low <= values[:, -12:]) & (values[:, -12:] <= high)
    assert 0.72 < inside[:60].mean() < 0.93
    assert 0.68 < inside[60:].mean() < 0.90


def test_a_series_that_never_moves_widens_no_other():
    said, past, came, _ = invent(40, origins=5)
    alone = calibrate_intervals(said, past, came, unrest=np.full(40, 4.0))
    joined = [np.concatenate([array, array[..., :4, :]], axis=-2) for array in (said, past, came)]
    joined[2][:, 40:] = 100.001  # trees that all series share miss a constant by a hair
    beside = calibrate_intervals(*joined, unrest=np.r_[np.full(40, 4.0), np.zeros(4)])
    for chance in (0.025, 0.1, 0.9, 0.975):
        assert beside.find_quantile(chance)[:40] == pytest.approx(alone.find_quantile(chance), rel=0.02)


def test_unrest_counts_for_as_much_as_it_foretold_errors():
    rng = np.random.default_rng(0)
    unrest = np.exp(rng.normal(0, 1, 500))
    assert find_power(unrest, 2 * unrest) > 0.75
    assert find_power(unrest, np.exp(rng.normal(0, 0.3, 500))) < 0.2
    assert find_power(np.full(500, np.nan), np.ones(500)) == find_power(np.ones(500), np.ones(500)) == 0.4
    assert find_power(unrest[:4], unrest[:4] ** 0.1) == pytest.approx(0.7, abs=0.02), "a handful of series say nothing"


def test_errors_that_lean_give_intervals_that_lean():
    rng = np.random.default_rng(3)
    said, past, came, _ = invent(400, draw=lambda size: rng.exponential(1, size) - np.log(2))
    bands = calibrate_intervals(said, past, came, unrest=np.full(400, 4.0))
    up, down = bands.find_quantile(0.95) - said, said - bands.find_quantile(0.05)
    assert (up > 2 * down).all()


def test_what_struck_all_series_at_one_origin_moves_no_interval():
    said, past, came, later = invent(400, origins=5)
    came[2] -= 60
    bands = calibrate_intervals(said, past, came, unrest=np.full(400, 4.0))
    assert bands.find_quantile(0.5) == pytest.approx(said)
    assert 0.75 < cover(bands, later, 0.8).mean() < 0.93


def test_quantiles_rise_with_the_chance_and_surround_the_mean():
    said, past, came, _ = invent(50)
    bands = calibrate_intervals(said, past, came, unrest=np.full(50, 4.0))
    rising = np.stack([bands.find_quantile(chance) for chance in np.linspace(0.01, 0.99, 25)])
    assert (np.diff(rising, axis=0) >= 0).all()
    assert bands.find_mean() == pytest.approx(said, abs=1.0)


def test_a_lone_series_has_the_wider_intervals_the_fewer_its_errors():
    said, past, came, _ = invent(1)
    lone = calibrate_intervals(said, past, came, unrest=np.full(1, 4.0))
    many_said, many_past, many_came, _ = invent(400)
    many = calibrate_intervals(many_said, many_past, many_came, unrest=np.full(400, 4.0))
    width = [(b.find_quantile(0.975) - b.find_quantile(0.025)).mean() / b.spread.mean() for b in (lone, many)]
    assert width[0] > 1.2 * width[1]


def test_no_interval_leaves_its_room():
    said, past, came, _ = invent(50, scale=np.full(50, 400.0))
    room = np.tile([0.0, 250.0], (50, 1))
    bands = calibrate_intervals(said, past, came, unrest=np.full(50, 400.0), room=room)
    assert bands.find_quantile(0.001).min() >= 0
    assert bands.find_quantile(0.999).max() <= 250


def test_series_without_past_errors_lean_on_those_that_have_some():
    said, past, came, _ = invent(100)
    came[:, 0] = np.nan
    bands = calibrate_intervals(said, past, came, unrest=np.full(100, 4.0))
    assert bands.spread[0] == pytest.approx(np.median(bands.spread), rel=0.3)


def test_what_cannot_be_calibrated_is_refused():
    said, past, came, _ = invent(3)
    with pytest.raises(NotEnoughData, match=r"No past forecast can be compared(.|\n)*Next: give longer series"):
        calibrate_intervals(said, past, np.full_like(came, np.nan), unrest=np.ones(3))
    with pytest.raises(BadArgument, match=r"The arrays have the shapes(.|\n)*Next: give \(series, horizon\) once"):
        calibrate_intervals(said[0], past, came, unrest=np.ones(3))
    bands = calibrate_intervals(said, past, came, unrest=np.ones(3))
    with pytest.raises(BadArgument, match=r"A chance of 1 has no quantile(.|\n)*Next: give a number between"):
        bands.find_quantile(1)
