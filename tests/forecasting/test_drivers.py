"""A driver that is known ahead makes forecasts better; one without signal changes none; a missing row is refused."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from panels import invent_branches, lay, lay_all, read_column
from plans import plan

from saleslab.errors import NotEnoughData, TableError
from saleslab.forecasting import draw_paths, forecast_series, lay_calendar_drivers, run_engine, tell_driver
from saleslab.forecasting.drivers.effects import measure_driver_effects
from saleslab.forecasting.drivers.known_ahead import Drivers, lay_drivers
from saleslab.forecasting.drivers.pooling import pool_drivers
from saleslab.forecasting.origins import sort_history
from saleslab.forecasting.panel import read_panel
from saleslab.periods import FiscalCalendar
from saleslab.stats.wandering_levels import LevelRegression

N_AHEAD = 6


def forecast_both(kind, *, n=1, n_periods=60, seed=0, is_shared=True):
    panel, table, later, true = plan(kind, n=n, n_periods=n_periods, horizon=N_AHEAD, seed=seed, is_shared=is_shared)
    options = {"horizon": N_AHEAD, "season_length": 12, "seed": 0}
    plain, driven = forecast_series(panel, **options), forecast_series(panel, **options, drivers=table)
    errors = [np.abs(np.log(read_column(said, "median") / later)).mean() for said in (plain, driven)]
    return *errors, plain, driven, true


@pytest.mark.requirement("M03")
@pytest.mark.parametrize(("kind", "gain"), [("price cut", 0.8), ("campaign", 0.8), ("working days", 0.97)])
def test_a_driver_known_ahead_makes_the_forecast_better(kind, gain):
    found = [forecast_both(kind, n=8, seed=seed) for seed in range(3)]
    plain, driven = (np.mean([one[at] for one in found]) for at in (0, 1))
    assert driven < gain * plain
    facts = [one[3].attrs["drivers"][0] for one in found]
    assert np.mean([fact.effect for fact in facts]) == pytest.approx(found[0][4], rel=0.25)
    assert sum(fact.lower <= found[0][4] <= fact.upper for fact in facts) >= 2


def test_a_driver_without_signal_changes_no_number():
    _, _, plain, driven, _ = forecast_both("noise", n=3, n_periods=48)
    fact = driven.attrs["drivers"][0]
    assert fact.verdict == "none"
    assert fact.effect == 0
    assert fact.lower < 0 < fact.upper
    pd.testing.assert_frame_equal(driven, plain)


def test_many_series_teach_each_other_and_the_trees_know_the_drivers_too():
    plain_error, driven_error, _, driven, true = forecast_both("campaign", n=16, n_periods=48, is_shared=False)
    assert driven_error < 0.85 * plain_error
    fact = driven.attrs["drivers"][0]
    assert fact.n_series == 16
    assert fact.effect == pytest.approx(true, abs=0.05)


@pytest.fixture(scope="module")
def shared():
    """thirty branches with common luck, ten times: what is said of a driver that all of them share."""
    said = []
    for seed in range(10):
        for shock in (0.0, 0.08):
            panel, table, _, true = plan("campaign", n=30, n_periods=48, horizon=2, seed=seed, shock=shock)
            said.append((shock, measure(panel, table, 2), true))
    return said


def measure(panel, table, horizon):
    laid, _ = read_panel(panel, season_length=12)
    history, order = sort_history(laid.history, 12)
    width = laid.history.shape[1] + horizon
    known = lay_drivers(table, laid, horizon).take(order, width)
    return measure_driver_effects(history, known, known_until=0).facts[0]


def test_intervals_hold_though_all_series_share_their_luck(shared):
    for with_shock in (False, True):
        inside = [fact.lower <= true <= fact.upper for shock, fact, true in shared if bool(shock) == with_shock]
        assert np.mean(inside) >= 0.8
    wide = np.mean([fact.upper - fact.lower for shock, fact, _ in shared if shock])
    narrow = np.mean([fact.upper - fact.lower for shock, fact, _ in shared if not shock])
    assert wide > 2 * narrow, "thirty branches with the same luck are not thirty witnesses"


def test_series_that_truly_differ_keep_their_own_effects():
    rng = np.random.default_rng(1)
    own = np.where(np.arange(20) % 2, 0.4, -0.4)
    x = rng.normal(size=(20, 61))
    values = invent_branches(20, 60) * np.exp(own[:, None] * x[:, :60])
    history, order = sort_history(values, 12)
    known = Drivers(("x",), x[..., None], is_shared=False).take(order, 61)
    effects = measure_driver_effects(history, known, known_until=0)
    assert effects.pooled.by_series[:, 0] / effects.yardstick.steps[0] == pytest.approx(own[order], abs=0.1)
    assert effects.facts[0].verdict == "found"


def test_effects_that_differ_by_chance_only_are_taken_for_one():
    rng = np.random.default_rng(0)
    n = 40
    regression = LevelRegression(
        0.3 + 0.1 * rng.normal(size=(n, 1)),
        np.full((n, 1, 1), 0.01),
        rng.normal(size=(n, 50)),
        np.full((n, 50, 1), 0.1 / 50**0.5),
        np.full(n, 48.0),
    )
    pooled = pool_drivers(regression, 1, np.arange(n), np.ones((n, 1), dtype=bool))
    assert pooled.mean[0] == pytest.approx(0.3, abs=0.05)
    assert (pooled.by_series == pooled.kept[0]).all()


def test_a_past_origin_knows_no_effect_that_came_later():
    x = np.random.default_rng(3).normal(size=(2, 62, 1))
    values = invent_branches(2, 60)
    late = values * np.where(np.arange(60) < 40, 1.0, np.exp(0.5 * x[:, :60, 0]))
    found = []
    for one in (values, late):
        history, order = sort_history(one, 12)
        known = Drivers(("x",), x, is_shared=False).take(order, 62)
        effects = measure_driver_effects(history, known, known_until=20)
        found.append(effects.pooled.mean)
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_the_order_of_rows_labels_and_columns_changes_no_number():
    panel, table, _, _ = plan("price cut", n=12, n_periods=40, horizon=2, seed=1, is_shared=False)
    table["campaign"] = np.random.default_rng(0).integers(0, 2, len(table))
    said = forecast_series(panel, horizon=2, season_length=12, drivers=table)
    rng = np.random.default_rng(1)
    names = rng.permutation([f"branch {number:02d}" for number in range(12)])
    shuffled = panel.assign(series_id=names[panel["series_id"]]).iloc[rng.permutation(len(panel))]
    other = table.assign(series_id=names[table["series_id"]]).iloc[rng.permutation(len(table)), [3, 1, 2, 0]]
    again = forecast_series(shuffled, horizon=2, season_length=12, drivers=other)
    again = again.set_index(["series_id", "period"]).loc[zip(names[said["series_id"]], said["period"], strict=True)]
    assert (again.to_numpy() == said.iloc[:, 2:].to_numpy()).all()


@pytest.mark.parametrize("size", [1.0, 1e6])
def test_the_unit_of_a_driver_changes_no_forecast(size):
    panel, table, _, _ = plan("campaign", n=1, n_periods=40, horizon=2, seed=2)
    said = forecast_series(panel, horizon=2, season_length=12, drivers=table)
    again = forecast_series(panel, horizon=2, season_length=12, drivers=table.assign(x=7 + size * table["x"]))
    assert again.iloc[:, 2:].to_numpy() == pytest.approx(said.iloc[:, 2:].to_numpy(), rel=1e-6)


def test_a_plan_far_beyond_the_past_does_not_explode():
    panel, table, later, _ = plan("campaign", n=1, n_periods=48, horizon=2, seed=0)
    wild = table.assign(x=np.where(np.arange(50) < 48, table["x"], 1e9))
    said = forecast_series(panel, horizon=2, season_length=12, drivers=wild)
    assert np.isfinite(said.iloc[:, 2:].to_numpy()).all()
    assert said["upper_95"].max() < 6 * panel["value"].max()
    assert later.max() < said["upper_95"].max()


def test_losses_and_zeros_follow_their_drivers_in_their_own_unit():
    rng = np.random.default_rng(0)
    x = (rng.random(62) < 0.3).astype(float)
    value = 20 * x[:60] + rng.normal(0, 5, 60)
    table = pd.DataFrame({"period": pd.date_range("2020-01-01", periods=62, freq="MS"), "x": x})
    table.loc[60:, "x"] = [0, 1]
    said = forecast_series(lay(value), horizon=2, season_length=1, drivers=table)
    assert said["median"].diff().iloc[1] == pytest.approx(20, abs=4)
    assert said["lower_95"].iloc[0] < 0


def test_paths_follow_the_drivers():
    x = np.random.default_rng(0).normal(size=(4, 63, 1))
    values = invent_branches(4, 60) * np.exp(0.3 * x[:, :60, 0])
    run = run_engine(values, horizon=3, season_length=12, seed=0, drivers=Drivers(("x",), x, is_shared=False))
    paths = draw_paths(run, n_paths=300, seed=0)
    assert np.median(paths, axis=1) == pytest.approx(run.find_quantile(0.5), rel=0.05)
    assert run.drivers_share > 0.5


def test_sparse_series_are_left_alone():
    sales = np.random.default_rng(0).poisson(0.4, (2, 60)).astype(float)
    panel = pd.concat([lay_all(sales), lay(invent_branches(1, 60)[0], series_id=2, start="2018-01-01")])
    table = pd.DataFrame({"period": pd.date_range("2018-01-01", periods=62, freq="MS")})
    table["x"] = np.random.default_rng(1).normal(size=62)
    said = forecast_series(panel, horizon=2, season_length=12, drivers=table)
    plain = forecast_series(panel, horizon=2, season_length=12)
    is_sparse = said["series_id"] < 2
    pd.testing.assert_frame_equal(said[is_sparse], plain[is_sparse])
    assert said.attrs["drivers"][0].n_series == 1


STAMPS = pd.date_range("2020-01-01", periods=26, freq="MS")
TABLE = pd.DataFrame({"period": STAMPS, "price": np.arange(26.0) % 3})
VALUES = np.random.default_rng(0).normal(100, 5, 24)


@pytest.mark.parametrize(
    ("table", "error", "match"),
    [
        (TABLE.head(25), TableError, r"lacks 0 rows of the past and 1 of the 2 periods ahead(.|\n)*2022-02-01"),
        (TABLE.drop(5), TableError, r"lacks 1 rows of the past and 0(.|\n)*Next: give a row for every period"),
        (TABLE.assign(series_id="b"), TableError, r"lacks 24 rows of the past and 2 of the 2"),
        (pd.concat([TABLE, TABLE.head(2)]), TableError, r"2 rows of drivers repeat(.|\n)*Next: keep one row"),
        (TABLE.assign(price=np.inf), TableError, r"'price' is no number in 26 rows(.|\n)*Next: give every driver"),
        (TABLE.assign(price="high"), TableError, r"'price' is no number in 26 rows"),
        (TABLE[["period"]], NotEnoughData, r"no column beside its keys(.|\n)*Next: give at least one driver"),
        (TABLE[["price"]], TableError, r"drivers has no column 'period'"),
        (TABLE.assign(price=0.1), NotEnoughData, r"learnt of 'price'(.|\n)*never moved(.|\n)*Next: leave it out"),
    ],
)
def test_drivers_that_are_not_whole_are_refused(table, error, match):
    with pytest.raises(error, match=match):
        forecast_series(lay(VALUES), horizon=2, season_length=1, drivers=table)


@pytest.mark.parametrize("kind", ["period", "text", "number", "month_end", "zone"])
def test_stamps_of_every_kind_find_their_drivers(kind):
    stamps = {
        "period": STAMPS.to_period("M"),
        "text": STAMPS.strftime("%Y-%m-%d"),
        "number": np.arange(26),
        "month_end": STAMPS + pd.offsets.MonthEnd(0),
        "zone": STAMPS.tz_localize("Asia/Tokyo"),
    }[kind]
    panel = pd.DataFrame({"series_id": "a", "period": stamps[:24], "value": VALUES})
    laid, _ = read_panel(panel, season_length=1)
    found = lay_drivers(TABLE.assign(period=stamps), laid, 2)
    assert found.numbers[0, :, 0].tolist() == TABLE["price"].tolist()


def test_series_that_end_apart_look_ahead_from_their_own_ends():
    panel = pd.concat([lay(VALUES), lay(VALUES[:20], series_id="b")])
    laid, _ = read_panel(panel, season_length=1)
    found = lay_drivers(TABLE.assign(price=np.arange(26.0)), laid, 2)
    assert found.numbers[0, -2:, 0].tolist() == [24, 25]
    assert found.numbers[1, -2:, 0].tolist() == [20, 21]
    assert np.isnan(found.numbers[1, :4, 0]).all()


@pytest.mark.parametrize("freq", ["MS", "ME", "M"])
def test_working_days_of_months_are_those_of_the_calendar(freq):
    months = pd.period_range("2026-04", periods=12, freq="M")
    stamps = months if freq == "M" else pd.date_range("2026-04-01", periods=12, freq=freq)
    panel = pd.DataFrame({"series_id": "a", "period": stamps, "value": 100.0 + np.arange(12)})
    table = lay_calendar_drivers(panel, horizon=1, calendar=FiscalCalendar())
    days = np.exp(table["log_working_days"]).round().astype(int).tolist()
    assert days == [21, 18, 22, 22, 20, 19, 21, 19, 23, 19, 18, 22, 21]


def test_weeks_and_days_know_holidays_and_the_ends_of_quarters():
    weeks = pd.date_range("2026-09-07", periods=8, freq="W-MON")
    panel = pd.DataFrame({"series_id": "a", "period": weeks, "value": 1.0 + np.arange(8)})
    table = lay_calendar_drivers(panel, horizon=1, calendar=FiscalCalendar()).set_index("period")
    assert np.exp(table["log_working_days"]).round().astype(int).tolist() == [5, 5, 2, 5, 5, 4, 5, 5, 4]
    assert table.index[table["is_half_end"] == 1].tolist() == [pd.Timestamp("2026-09-28")]
    days = pd.date_range("2026-09-14", periods=30, freq="D")
    panel = pd.DataFrame({"series_id": "a", "period": days, "value": 1.0 + np.arange(30)})
    table = lay_calendar_drivers(panel, horizon=1, calendar=FiscalCalendar()).set_index("period")
    free = [day.date() for day in table.index[table["is_free_day"] == 1]]
    assert free == [date(2026, 9, 21), date(2026, 9, 22), date(2026, 9, 23), date(2026, 10, 12)]
    rush = [day.day for day in table.index[table["is_quarter_end"] == 1]]
    assert rush == [24, 25, 28, 29, 30]


def test_no_calendar_knows_whole_numbers():
    panel = pd.DataFrame({"series_id": "a", "period": np.arange(24), "value": VALUES})
    with pytest.raises(TableError, match=r"whole numbers(.|\n)*Next: give dates"):
        lay_calendar_drivers(panel, horizon=1, calendar=FiscalCalendar())


def test_a_driver_is_told_in_the_words_of_its_verdict():
    panel, table, _, _ = plan("campaign", n=1, n_periods=60, horizon=2, seed=0)
    fact = measure(panel, table, 2)
    told = tell_driver(fact, name="キャンペーン")
    assert "キャンペーン：通常の変動幅" in told.ja
    assert "goes along with +" in told.en
    nothing = tell_driver(measure(panel, table.assign(x=np.random.default_rng(9).normal(size=len(table))), 2))
    assert "no usable signal" in nothing.en
    assert "使える手がかりはありません" in nothing.ja
