"""A few series taken apart: the evidence is exact, what was planted is found, and like series help each other."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import lay, read_column
from sklearn.base import clone
from structured import filter_backwards, invent_structured

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import BayesianForecast
from saleslab.forecasting.structure.drawing import draw_courses
from saleslab.forecasting.structure.evidence import (
    FIRST_LEVEL,
    Shocks,
    expect_squares,
    find_shared_precision,
    lay_parts,
    measure_evidence,
)
from saleslab.forecasting.structure.hills import find_top, split_values
from saleslab.forecasting.structure.reading import read_series
from saleslab.forecasting.structure.scales import LEAST_NOISE, Scales, list_beliefs, read_scales
from saleslab.forecasting.structure.shapes import lay_slope, lay_steps, lay_walk
from saleslab.forecasting.structure.shocks import find_shocks

AHEAD = 6


def scale(n, **other):
    known = {"noise": 0.06, "level": 0.02, "slope": 0.004, "season_change": 0.02}
    each = {name: np.full(n, other.get(name, usual)) for name, usual in known.items()}
    one = {"persistence": 0.95, "season_shared": 0.15, "season_own": 0.04, "effect_shared": 0.05, "effect_own": 0.02}
    return Scales(**each, **{name: other.get(name, usual) for name, usual in one.items()})


def read(panel, drivers=None, season_length=12):
    return read_series(panel, season_length=season_length, drivers=drivers)


def invent_shocks(observed):
    rng, (count, n) = np.random.default_rng(6), observed.levels.shape
    return Shocks(*(rng.choice([1.0, 9.0, 60.0], (count, width)) for width in (n, n - 1)))


def draw_some(observed, scales, *, n, shocks=None, horizon=0, drivers=None, seed=1):
    return draw_courses(
        lay_parts(observed, shocks),
        [scales] * n,
        waves=observed.lay_waves(horizon),
        drivers=observed.measure_drivers(drivers, horizon),
        season_length=observed.laid.season_length,
        seed=seed,
    )


@pytest.fixture(scope="module")
def holed():
    """Three series of months, one short, one with holes."""
    panel, drivers, _, _ = invent_structured(3, 20, seed=4, horizon=4)
    is_short = (panel["series_id"] == "s00") & (panel["period"] < "2020-08-01")
    return panel[~is_short].drop(index=[22, 29, 30]).reset_index(drop=True), drivers


@pytest.fixture(scope="module")
def fitted():
    panel, drivers, later, effects = invent_structured(3, 36, seed=2, horizon=AHEAD)
    return BayesianForecast(season_length=12, seed=1).fit(panel, drivers=drivers), panel, later, effects


@pytest.fixture(scope="module")
def jolted():
    """Three series: one with a month of a quarter of its sales, one that loses half for good."""
    panel, _, _, _ = invent_structured(3, 48, seed=11)
    factor = np.ones((3, 48))
    factor[1, 20], factor[2, 30:] = 0.25, 0.5
    observed = read(panel.assign(value=panel["value"] * factor.ravel()))
    return observed, list_beliefs(3, 0, 12)


# -- reference


@pytest.mark.parametrize("season_length", [1, 4, 12])
@pytest.mark.parametrize("with_drivers", [True, False])
def test_the_evidence_is_that_of_a_kalman_filter(holed, season_length, with_drivers):
    panel, drivers = holed
    observed = read(panel, drivers if with_drivers else None, season_length)
    rng = np.random.default_rng(3)
    beliefs = list_beliefs(3, observed.n_drivers, season_length)
    values = {one.name: rng.normal(one.centre, one.sd, one.n) for one in beliefs}
    shocks = invent_shocks(observed)
    log, _ = measure_evidence(lay_parts(observed, shocks), values)
    assert observed.known.sum() == 60 - 7 - 3
    assert log == pytest.approx(filter_backwards(observed, read_scales(values), shocks), rel=1e-9, abs=1e-8)


def test_the_slopes_of_the_evidence_are_those_of_small_steps(holed):
    observed = read(*holed)
    layout, rng = lay_parts(observed, invent_shocks(observed)), np.random.default_rng(5)
    values = {one.name: rng.normal(one.centre, 0.5 * one.sd, one.n) for one in list_beliefs(3, 1, 12)}
    _, slopes = measure_evidence(layout, values)
    for name, value in values.items():
        for at in range(len(value)):
            step = np.zeros(len(value))
            step[at] = 1e-4
            above, below = (measure_evidence(layout, values | {name: value + side * step})[0] for side in (1, -1))
            assert slopes[name][at] == pytest.approx((above - below) / 2e-4, rel=1e-4, abs=1e-4), name


def test_expected_squares_are_those_that_the_evidence_gains_by_wider_periods(holed):
    observed = read(*holed)
    shocks = invent_shocks(observed)
    values = {one.name: np.full(one.n, one.centre) for one in list_beliefs(3, 1, 12)}
    scales = read_scales(values)
    found = expect_squares(lay_parts(observed, shocks), scales)
    for name, squares in zip(("noise", "level"), found, strict=True):
        for place in ((0, 17), (1, 9), (2, 3)):
            wide = getattr(shocks, name)
            logs = []
            for factor in (np.exp(1e-4), np.exp(-1e-4)):
                other = wide.copy()
                other[place] *= factor
                logs.append(measure_evidence(lay_parts(observed, replace(shocks, **{name: other})), values)[0])
            gain = (logs[0] - logs[1]) / 2e-4  # Fisher's identity: half of what is expected beyond what was believed
            assert squares[place] / wide[place] == pytest.approx(1 + 2 * gain, rel=1e-3, abs=1e-4)


def test_far_from_any_sensible_scale_the_evidence_is_none_instead_of_an_error(holed):
    observed = read(*holed)
    values = {one.name: np.full(one.n, one.centre) for one in list_beliefs(3, 1, 12)}
    log, slopes = measure_evidence(lay_parts(observed), values | {"slope": np.array([60.0])})
    assert not np.isfinite(log) or log < -1e3
    assert set(slopes) == set(values)


def test_drawn_courses_have_the_mean_and_spread_of_exact_conditioning(holed):
    panel, drivers = holed
    observed, scales = read(panel, drivers), scale(3)
    shocks, n, horizon = invent_shocks(observed), observed.levels.shape[1], 4
    layout = lay_parts(observed, shocks)
    waves, moved = observed.lay_waves(horizon), observed.measure_drivers(drivers, horizon)
    width = n + horizon
    wander = FIRST_LEVEL**2 + scales.slope[0] ** 2 * lay_slope(scales.persistence, n, horizon)
    shared = np.concatenate([waves, moved], axis=2).reshape(3 * width, -1)
    joint = shared @ np.diag(1 / find_shared_precision(layout, scales)) @ shared.T
    for row in range(3):
        mine = slice(row * width, (row + 1) * width)
        steps = lay_walk(n, horizon)
        steps[:n, :n] = lay_steps(shocks.level)[row]
        alike = waves[row] @ waves[row].T
        season = alike * (scales.season_own**2 + scales.season_change[0] ** 2 / 12 * lay_walk(n, horizon))
        joint[mine, mine] += (
            wander + scales.level[0] ** 2 * steps + season + scales.effect_own**2 * moved[row] @ moved[row].T
        )
        wide = np.r_[shocks.noise[row], np.ones(horizon)]
        joint[mine, mine] += np.diag(scales.noise[0] ** 2 * wide + LEAST_NOISE**2)
    is_known = np.concatenate([observed.known, np.zeros((3, horizon), dtype=bool)], axis=1).ravel()
    is_ahead = np.tile(np.arange(width) >= n, 3)
    gain = joint[np.ix_(is_ahead, is_known)] @ np.linalg.inv(joint[np.ix_(is_known, is_known)])
    mean = gain @ observed.levels[observed.known]
    spread = np.sqrt(np.diag(joint[np.ix_(is_ahead, is_ahead)] - gain @ joint[np.ix_(is_known, is_ahead)]))
    futures = (
        draw_some(observed, scales, n=3_000, horizon=horizon, drivers=drivers, shocks=shocks)
        .sum_ahead()
        .reshape(3_000, -1)
    )
    assert np.abs(futures.mean(axis=0) - mean).max() < 0.08 * spread.max()
    np.testing.assert_allclose(futures.std(axis=0), spread, rtol=0.08)


def test_the_covariance_is_that_of_courses_from_the_prior():
    assert np.linalg.eigvalsh(lay_slope(0.9, 6, 3)).min() > -1e-9
    slopes = lay_slope(1.0, 4)  # a slope that never fades is a straight line
    np.testing.assert_allclose(slopes, np.outer([-3, -2, -1, 0], [-3, -2, -1, 0]))


# -- recover


def test_what_was_planted_is_found(fitted):
    model, _, later, effects = fitted
    said = model.predict(AHEAD)
    assert model.diagnosis_.is_usable
    inside = (read_column(said, "lower_95") <= later) & (later <= read_column(said, "upper_95"))
    assert inside.mean() >= 0.75
    assert np.abs(np.log(read_column(said, "median") / later)).mean() < 0.2
    found = model.decompose()
    effect = found.effects.iloc[0]
    assert effect["lower"] < effects.mean() < effect["upper"]
    assert effect["upper"] - effect["lower"] < 0.05
    assert effect["chance_positive"] > 0.99
    season = found.parts[found.parts["part"] == "season"]
    assert season["estimate"].max() > 0.12
    assert (season["lower"] < season["estimate"]).all()


def test_forecasts_have_the_form_of_the_engine(fitted):
    model, _, _, _ = fitted
    said = model.predict(2, levels=(0.5,))
    assert said.columns.tolist() == ["series_id", "period", "mean", "median", "lower_50", "upper_50"]
    assert said["period"].dt.strftime("%Y-%m").tolist() == ["2023-01", "2023-02"] * 3
    assert (said["lower_50"] < said["median"]).all()
    assert (said["median"] < said["upper_50"]).all()
    assert said["lower_50"].min() > 0


def test_another_plan_ahead_moves_the_forecast_as_the_effect_says(fitted):
    model, _, _, _ = fitted
    months = pd.date_range("2020-01-01", periods=37, freq="MS")
    _, drivers, _, _ = invent_structured(3, 36, seed=2, horizon=AHEAD)
    plans = [drivers.head(37).assign(price=np.r_[drivers["price"].head(36), price]) for price in (0.0, 1.0)]
    assert (plans[0]["period"] == months).all()
    low, high = (model.predict(1, drivers=plan)["median"].to_numpy() for plan in plans)
    effects = model.decompose().series_effects["effect"].to_numpy()
    np.testing.assert_allclose(np.log(high / low), effects, atol=0.02)


def test_parts_cover_the_past_and_what_is_asked_ahead(fitted):
    parts = fitted[0].decompose(horizon=2).parts
    assert parts["part"].unique().tolist() == ["trend", "season", "price"]
    assert parts.groupby(["series_id", "part"]).size().unique().tolist() == [38]


def test_months_out_of_line_and_jumps_of_the_level_are_found_where_they_were_planted(jolted):
    found, _ = find_shocks(*jolted)
    assert found.noise[1, 20] > 20
    assert found.level[2, 29] > 20
    found.noise[1, 20] = found.level[2, 29] = 1.0
    assert max(found.noise.max(), found.level.max()) < 5


def test_one_month_out_of_line_does_not_make_a_series_noisy(jolted):
    observed, beliefs = jolted
    _, held = find_shocks(observed, beliefs)
    plain = find_top(lay_parts(observed), beliefs, n_steps=200)
    noisy, usual = (read_scales(split_values(top, beliefs)).noise[1] for top in (plain, held))
    assert 0.04 < usual < 0.08 < noisy


# -- laws


def test_a_short_series_takes_its_season_from_the_others():
    panel, _, _, _ = invent_structured(4, 48, seed=7)
    is_short = panel["series_id"] == "s00"
    kept = panel[~is_short | (panel["period"] >= "2023-04-01")]  # nine months of it
    alone = kept[kept["series_id"] == "s00"]
    truth = draw_some(read(panel), scale(4), n=300).season.mean(axis=0)[0, -9:]
    beside = draw_some(read(kept), scale(4), n=300).season.mean(axis=0)[0, -9:]
    single = draw_some(read(alone), scale(1), n=300).season.mean(axis=0)[0, -9:]
    assert np.abs(beside - truth).mean() < 0.5 * np.abs(single - truth).mean()


def test_effects_of_series_are_drawn_together_where_they_hardly_differ():
    panel, drivers, _, _ = invent_structured(5, 30, seed=8)
    observed = read(panel, drivers)
    apart, alike = (
        draw_some(observed, scale(5, effect_own=own), n=300).effects.mean(axis=0)[:, 0] for own in (0.2, 0.002)
    )
    assert np.ptp(alike) < 0.3 * np.ptp(apart)


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing_and_a_seed_repeats_itself(holed):
    panel, _ = holed
    two = panel[panel["series_id"] != "s00"]
    said = [
        BayesianForecast(season_length=1, seed=3, n_draws=400).fit(rows).predict(2)
        for rows in (two, two.sample(frac=1, random_state=1))
    ]
    pd.testing.assert_frame_equal(*said)


def test_holes_are_left_out_instead_of_filled(holed):
    observed = read(*holed)
    assert "gaps_between" in observed.remarks
    assert observed.known.sum(axis=1).tolist() == [13, 17, 20]
    assert (observed.levels[~observed.known] == 0).all()


def test_series_that_fall_below_zero_are_read_in_their_mean_size():
    observed = read(lay([-1.0, 4, 2, -3, 5, 1, 2, 6, 3, 1]), season_length=1)
    assert observed.units.tolist() == [2.8]
    np.testing.assert_allclose(observed.restore(observed.levels)[0], [-1.0, 4, 2, -3, 5, 1, 2, 6, 3, 1])
    counts = read(lay([0.0, 4, 2, 0, 5, 1, 2, 6, 3, 1, 0, 2]), season_length=1)
    assert counts.restore(np.full((1, 1), -50.0)).tolist() == [[0.0]]


def test_it_is_an_estimator_and_opening_the_room_loads_no_sampler():
    model = clone(BayesianForecast(season_length=4, seed=9, n_draws=300))
    assert model.get_params() == {"season_length": 4, "seed": 9, "n_draws": 300, "gaps": "auto", "repeats": "refuse"}
    code = (
        "import sys, saleslab.forecasting as room; room.BayesianForecast; "
        "print([name for name in ('pymc', 'pytensor', 'lightgbm') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# -- refusals


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([1.0, 2, 3, 4, 5, 6, 7], "1 of 1 series have fewer than 8 known periods: 'a'"),
        ([5.0] * 30, "1 of 1 series never move: 'a'"),
        ([0.0] * 30, "1 of 1 series never move: 'a'"),
    ],
)
def test_series_of_which_nothing_can_be_learnt_are_refused(values, what):
    with pytest.raises(NotEnoughData, match=rf"(?s){what}.*Next: leave them out"):
        BayesianForecast().fit(lay(values))


def test_infinite_and_repeated_values_are_refused():
    panel = lay(np.arange(1.0, 25))
    with pytest.raises(TableError, match="value is infinite in 1"):
        BayesianForecast().fit(panel.assign(value=panel["value"].replace(3.0, np.inf)))
    with pytest.raises(TableError, match="1 rows of panel repeat"):
        BayesianForecast().fit(pd.concat([panel, panel.tail(1)]))


def test_drivers_that_lack_a_period_or_never_move_are_refused(fitted):
    panel, drivers, _, _ = invent_structured(1, 24, seed=1)
    with pytest.raises(TableError, match="drivers lacks 1 rows of the past"):
        BayesianForecast().fit(panel, drivers=drivers.drop(index=5))
    with pytest.raises(NotEnoughData, match="Nothing can be learnt of 'price'"):
        BayesianForecast().fit(panel, drivers=drivers.assign(price=7.0))
    model, panel, _, _ = fitted
    with pytest.raises(TableError, match=r"0 rows of the past and 3 of the 7 periods ahead.*\n  Next: give a row"):
        model.predict(7)
    _, drivers, _, _ = invent_structured(3, 36, seed=2, horizon=8)
    with pytest.raises(BadArgument, match="the model learnt of price"):
        model.predict(7, drivers=drivers.rename(columns={"price": "rain"}))


def test_options_that_make_no_sense_are_refused(fitted):
    panel = lay(np.arange(1.0, 25))
    with pytest.raises(BadArgument, match="Next: give a whole number, 200 or more"):
        BayesianForecast(n_draws=3).fit(panel)
    with pytest.raises(BadArgument, match="use forecast_series for all"):
        BayesianForecast().fit(pd.concat([panel.assign(series_id=at) for at in range(61)]))
    with pytest.raises(BadArgument, match="horizon is 0"):
        fitted[0].predict(0)


# -- the long simulation


@pytest.mark.slow
def test_ranges_and_effects_hold_as_often_as_they_say():
    inside, effects_held = [], []
    for seed in range(17):
        panel, drivers, later, effects = invent_structured(12, 48, seed=100 + seed, horizon=AHEAD, alike=0.7)
        model = BayesianForecast(season_length=12, seed=seed).fit(panel, drivers=drivers)
        said = model.predict(AHEAD)
        inside.append(
            [
                ((read_column(said, f"lower_{mass}") <= later) & (later <= read_column(said, f"upper_{mass}"))).mean()
                for mass in (80, 95)
            ]
        )
        found = model.decompose().series_effects
        effects_held.append(((found["lower"] <= effects) & (effects <= found["upper"])).mean())
    held = np.mean(inside, axis=0)
    assert held == pytest.approx([0.8, 0.95], abs=0.05)
    assert np.mean(effects_held) == pytest.approx(0.95, abs=0.05)
