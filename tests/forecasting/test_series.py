"""Forecasts find what was planted, hold their intervals, and do not depend on how the panel is written down."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from panels import invent_branches, lay, lay_all, needs_tourism, read_column, read_tourism

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import forecast_series
from saleslab.stats.forecast_errors import measure_coverage, measure_mase, measure_wql

TENTHS = np.arange(1, 10) / 10


def forecast_contest(kind):
    contest = read_tourism(kind)
    said = forecast_series(
        contest.panel,
        horizon=contest.horizon,
        season_length=contest.season_length,
        levels=(0.2, 0.4, 0.6, 0.8, 0.95),
        seed=0,
    )
    names = [f"lower_{level}" for level in (80, 60, 40, 20)] + ["median"] + [f"upper_{x}" for x in (20, 40, 60, 80)]
    quantiles = np.stack([read_column(said, name) for name in names], axis=-1)
    mase = measure_mase(contest.actual, quantiles[..., 4], contest.history, season_length=contest.season_length).mean
    covered = [
        measure_coverage(contest.actual, read_column(said, f"lower_{x}"), read_column(said, f"upper_{x}"))
        for x in (80, 95)
    ]
    return mase, measure_wql(contest.actual, quantiles, TENTHS), *covered


@pytest.mark.requirement("M03")
@needs_tourism
@pytest.mark.parametrize(
    ("kind", "mase", "wql"),
    [
        # of 21 published: AutoETS 1.531, 1.599; the best 1.429, 1.597 (autogluon/fev, chronos_zeroshot)
        pytest.param("monthly", 1.36, 0.080, marks=pytest.mark.slow),
        pytest.param("quarterly", 1.42, 0.067, marks=pytest.mark.slow),
        ("yearly", 2.60, 0.100),
    ],
)
def test_tourism_is_forecast_better_than_by_any_published_method(kind, mase, wql):
    found, loss, in_80, in_95 = forecast_contest(kind)
    assert found <= mase
    assert loss <= wql
    assert 0.75 <= in_80 <= 0.85
    assert in_95 >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("n", "times"), [(1, 60), (12, 12), (150, 2)])
@pytest.mark.parametrize("n_periods", [30, 84])
def test_intervals_hold_on_an_invented_company_of_any_size(n, times, n_periods):
    inside = []
    for seed in range(times):
        values = invent_branches(n, n_periods, seed=seed, horizon=6)
        said = forecast_series(lay_all(values[:, :-6]), horizon=6, season_length=12, seed=0)
        later = values[:, -6:]
        inside.append(
            [
                measure_coverage(later, read_column(said, f"lower_{x}"), read_column(said, f"upper_{x}"))
                for x in (80, 95)
            ]
        )
    in_80, in_95 = np.mean(inside, axis=0)
    assert 0.70 <= in_80 <= 0.95  # a lone short series is given wide ones
    assert in_95 >= 0.88


def test_a_planted_trend_and_season_is_found():
    values = invent_branches(12, 84, horizon=12) * np.exp(0.01 * np.arange(96))
    said = forecast_series(lay_all(values[:, :-12]), horizon=12, season_length=12, seed=0)
    later, median = values[:, -12:], read_column(said, "median")
    naive = values[:, -24:-12]
    assert np.abs(np.log(median / later)).mean() < 0.13
    assert np.abs(median - later).mean() < 0.8 * np.abs(naive - later).mean()


def test_the_order_of_rows_and_the_names_of_series_change_no_number():
    values = np.vstack([invent_branches(40, 48), np.random.default_rng(0).poisson(0.4, (3, 48))])
    panel = lay_all(values)
    said = forecast_series(panel, horizon=4, season_length=12, seed=3)
    rng = np.random.default_rng(1)
    names = rng.permutation([f"branch {number:02d}" for number in range(43)])
    shuffled = panel.assign(series_id=names[panel["series_id"]]).iloc[rng.permutation(len(panel))]
    again = forecast_series(shuffled, horizon=4, season_length=12, seed=3)
    again = again.set_index(["series_id", "period"]).loc[zip(names[said["series_id"]], said["period"], strict=True)]
    assert (again.to_numpy() == said.iloc[:, 2:].to_numpy()).all()
    other = forecast_series(panel, horizon=4, season_length=12, seed=4)
    assert (other["mean"] != said["mean"]).any(), "forty series are enough for the trees, which the seed moves"


def test_another_currency_gives_the_same_forecast_in_it():
    panel = lay_all(invent_branches(3, 48))
    here = forecast_series(panel, horizon=4, season_length=12, seed=0)
    there = forecast_series(panel.assign(value=panel["value"] * 150), horizon=4, season_length=12, seed=0)
    assert there.iloc[:, 2:].to_numpy() == pytest.approx(150 * here.iloc[:, 2:].to_numpy(), rel=1e-6)


def test_the_answer_has_the_columns_that_were_asked_for_and_goes_on_from_each_series_own_end():
    panel = pd.concat([lay(np.arange(50.0, 90), series_id="b"), lay(np.arange(50.0, 80), series_id="a")])
    said = forecast_series(panel, horizon=2, season_length=12, levels=(0.5, 0.975), seed=0)
    assert said.columns.tolist() == [
        *("series_id", "period", "mean", "median"),
        *("lower_50", "upper_50", "lower_97.5", "upper_97.5"),
    ]
    assert said["series_id"].tolist() == ["a", "a", "b", "b"]
    assert said["period"].dt.strftime("%Y-%m").tolist() == ["2022-07", "2022-08", "2023-05", "2023-06"]
    assert said.attrs["remarks"] == ("ends_early",)


def test_a_missing_row_means_what_the_caller_says():
    rng = np.random.default_rng(0)
    panel = lay(rng.normal(100, 5, 48)).iloc[np.sort(rng.permutation(48)[:24])]
    panel = pd.concat([panel, lay(np.full(48, 3.0) + np.arange(48), series_id="b")])
    zero = forecast_series(panel, horizon=2, season_length=12, seed=0, gaps="zero")
    between = forecast_series(panel, horizon=2, season_length=12, seed=0, gaps="between")
    assert zero.loc[zero["series_id"] == "a", "mean"].max() < 70
    assert between.loc[between["series_id"] == "a", "mean"].min() > 85


RNG = np.random.default_rng(0)
NORMAL = RNG.normal(100, 5, 60)


@pytest.mark.parametrize("horizon", [1, 12])
@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.zeros(60), 0, 0),
        (np.full(60, 5.0), 5, 5),
        ([1.0, 5.0, 2.0], 0, 40),
        ([4.0, 5.0], 0, 20),
        (np.r_[NORMAL[:59], 1e9], 60, 140),
        (np.r_[NORMAL[:30], 1e9, NORMAL[30:]], 60, 140),
        (np.r_[RNG.poisson(20, 30), np.zeros(30)], 0, 40),
        (np.r_[NORMAL[:55] / 2, np.zeros(5)], 0, 300),
        (RNG.normal(0, 5, 60), -40, 40),
        (RNG.poisson(0.2, 60), 0, 5),
        (1.2 ** np.arange(60), 0, 1.2**80),
        (np.r_[np.full(30, 10.0), np.full(30, 1000.0)], 0, 6000),
        (RNG.normal(1e12, 1e10, 60), 5e11, 2e12),
        (RNG.normal(1e-9, 1e-11, 60), 5e-10, 2e-9),
        (RNG.normal(50, 3, 13), 10, 100),
    ],
)
def test_no_odd_series_has_an_interval_that_explodes(values, low, high, horizon):
    said = forecast_series(lay(values), horizon=horizon, season_length=12, seed=0)
    numbers = said.iloc[:, 2:].to_numpy()
    assert np.isfinite(numbers).all()
    assert numbers.min() >= low - 1e-9 * abs(low)
    assert numbers.max() <= high * (1 + 1e-9)
    ordered = said[["lower_95", "lower_80", "median", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= -1e-9 * np.abs(ordered[:, 1:])).all()


@pytest.mark.parametrize(
    ("change", "options", "error", "match"),
    [
        ({}, {"horizon": 0}, BadArgument, r"horizon is 0(.|\n)*Next: give a whole number of periods"),
        ({}, {"horizon": 2.5}, BadArgument, r"horizon is 2\.5"),
        ({}, {"levels": (0.8, 80)}, BadArgument, r"levels are \(0\.8, 80\.0\)(.|\n)*Next: give different masses"),
        ({}, {"season_length": 0}, BadArgument, r"season_length is 0"),
        ({}, {"season_length": True}, BadArgument, r"season_length is True"),
        ({}, {"horizon": True}, BadArgument, r"horizon is True"),
        ({}, {"levels": 0.8}, BadArgument, r"levels are 0\.8(.|\n)*Next: give masses"),
        ({}, {"seed": None}, BadArgument, r"seed is None(.|\n)*Next: give a whole number"),
        ({"value": np.inf}, {}, TableError, r"value is infinite in 24(.|\n)*Next: correct these rows"),
    ],
)
def test_what_makes_no_sense_is_refused(change, options, error, match):
    panel = lay(NORMAL[:24]).assign(**change)
    with pytest.raises(error, match=match):
        forecast_series(panel, **({"horizon": 3, "season_length": 12, "seed": 0} | options))


def test_one_period_is_too_little_to_say_anything():
    with pytest.raises(NotEnoughData, match=r"No past forecast can be compared(.|\n)*Next: give longer series"):
        forecast_series(lay([1.0]), horizon=3, season_length=12, seed=0)


def test_the_room_opens_without_its_heavy_libraries():
    code = (
        "import sys, saleslab.forecasting as room; room.check_panel, room.forecast_series, room.calibrate_intervals\n"
        "print([name for name in ('lightgbm', 'pymc', 'sklearn', 'ibis') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
