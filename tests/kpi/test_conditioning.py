"""A goal takes the chance of a forecast: the tree still adds up, levers start from there, contradictions are told."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_months import AS_OF, GOAL, draw_months, make_goal

from saleslab.errors import BadArgument, TableError
from saleslab.kpi.targets.conditioning import FEWEST_EFFECTIVE, fit_forecast
from saleslab.kpi.targets.landings import take_forecast
from saleslab.kpi.targets.pages import tell_apart, tell_basis
from saleslab.kpi.targets.required import Aim
from saleslab.kpi.targets.study import study_target
from saleslab.periods import Period
from saleslab.wording import Text

ROUND = {"decided": 60.0, "rate": 0.3, "size": 2.0}
TARGET = 3 * 60 * 0.3 * 2.0
QUARTER = Period(date(2026, 10, 1), date(2026, 12, 31))


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    return draw_months(3, **ROUND)


@pytest.fixture(scope="module")
def own(history):
    return study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7)


@pytest.fixture(scope="module")
def forecast() -> np.ndarray:
    return np.random.default_rng(1).normal(1.1 * TARGET, 0.1 * TARGET, 2_000)


@pytest.fixture(scope="module")
def joined(history, forecast):
    return study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=forecast)


# -- recover


@pytest.mark.parametrize(("middle", "spread"), [(110.0, 8.0), (95.0, 12.0), (100.0, 20.0)])
def test_a_part_of_a_sum_is_believed_as_normal_theory_says(middle, spread):
    """Of X + Y with X ~ N(60, 12²), Y ~ N(40, 16²), X given the sum is known, and so is X under any law of the sum."""
    luck = np.random.default_rng(5)
    part, rest = luck.normal(60, 12, 20_000), luck.normal(40, 16, 20_000)
    fit = fit_forecast(part + rest, luck.normal(middle, spread, 4_000), aim=Aim(105.0))
    slope = 12**2 / (12**2 + 16**2)
    told = part[fit.rows]
    assert told.mean() == pytest.approx(60 + slope * (middle - 100), abs=0.6)
    assert told.std() == pytest.approx(np.sqrt(slope**2 * spread**2 + (1 - slope) * 12**2), rel=0.05)


def test_what_the_forecast_knows_of_a_quarter_reaches_the_deals_behind_it():
    """Quarters a quarter above or below their past: a forecast of the money brings the number of deals nearer, too."""
    errors = {"own": [], "joined": []}
    for seed in range(6):
        luck = np.random.default_rng([11, seed])
        history = draw_months(seed, count_sd=0.2, **ROUND)
        n_won = luck.poisson(3 * 60 * 0.3 * (1.25 if seed % 2 else 0.75))
        said = luck.normal(2.0 * n_won, 12.0) + luck.normal(0, 12.0, 1_000)
        study = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=seed, n_draws=1_000)
        totals = study.model.draw().totals
        fit = fit_forecast(totals[GOAL], said, aim=study.aim)
        for name, draws in (("own", totals["n_won"]), ("joined", totals["n_won"][fit.rows])):
            errors[name].append(abs(np.median(draws) - n_won) / n_won)
    assert np.mean(errors["joined"]) < 0.75 * np.mean(errors["own"])


# -- law


def test_a_forecast_that_says_what_the_study_says_changes_nothing(own, history):
    again = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=own.draw_goal())
    assert again.is_forecast
    assert again.chance == own.chance
    assert again.share_of_luck == own.share_of_luck
    assert again.bundle == own.bundle
    for name in ("landing", "required", "levers", "nodes", "suggested"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(own, name))


def test_numbers_of_things_that_are_often_the_same_keep_all_their_draws():
    counts = np.random.default_rng(2).binomial(12, 0.4, 4_000).astype(float)
    fit = fit_forecast(counts, np.random.default_rng(3).permutation(counts), aim=Aim(5.0))
    assert fit.rows.tolist() == list(range(4_000))


def test_the_page_has_the_chance_and_the_landing_of_the_forecast(joined, forecast, own):
    assert joined.chance == np.mean(forecast >= TARGET)
    assert joined.forecast.chance_own == own.chance
    for place in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert joined.land(place) == pytest.approx(np.quantile(forecast, place), rel=0.005)
    goal = joined.nodes.set_index("node").loc[GOAL]
    assert (goal["chance"], goal["p50"]) == (joined.chance, pytest.approx(joined.land(0.5)))


def test_every_draw_is_a_whole_one_of_the_tree(own, joined):
    """So that deals are whole, and what added up still does."""
    pairs = {tuple(row) for row in _lay_totals(own)}
    assert len(pairs) > 3_000
    assert all(tuple(row) in pairs for row in _lay_totals(joined))


def _lay_totals(study) -> np.ndarray:
    totals = study.model.draw().totals
    return np.column_stack([totals[name] for name in ("n_decided", "n_won", GOAL)])


def test_a_sum_of_two_parts_still_adds_up_draw_by_draw(history, forecast):
    stated = {"period": "2026Q3", "target": 1.5 * TARGET}
    tree = make_goal(TARGET, **{GOAL: {"formula": "0.6 * n_decided + n_won", "unit": "count", "target": stated}})
    study = study_target(tree, history, as_of=AS_OF, seed=7, forecast=forecast * 1.5)
    assert study.is_forecast
    totals = study.model.draw().totals
    np.testing.assert_allclose(totals[GOAL], 0.6 * totals["n_decided"] + totals["n_won"])


@given(st.floats(0.75, 1.25), st.floats(0.05, 0.25), st.integers(50, 3_000), st.floats(0.8, 1.2))
@settings(max_examples=25, deadline=None)
def test_the_chance_is_the_forecast_s_own_count_whatever_the_target(own, middle, spread, n, target):
    said = np.random.default_rng(n).normal(middle * TARGET, spread * TARGET, n)
    for direction in ("up", "down"):
        aim = Aim(target * TARGET, direction)
        fit = fit_forecast(own.draw_goal(), said, aim=aim)
        assert fit.chance_forecast == aim.chance(said)
        if fit.has_overlap:
            assert aim.chance(own.draw_goal()[fit.rows]) == pytest.approx(aim.chance(said), abs=0.005)


def test_the_order_of_the_forecast_s_draws_does_not_matter(joined, history, forecast):
    again = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=forecast[::-1])
    pd.testing.assert_frame_equal(again.levers, joined.levers)


def test_levers_start_from_the_forecast_and_more_is_never_worth_less(joined):
    for reach in joined.reaches:
        levels = np.linspace(0.7, 1.3, 13) * reach.now
        chances = [joined.aim.chance(joined.draw_goal({reach.name: level})) for level in levels]
        assert chances == sorted(chances)
        assert chances[6] == pytest.approx(joined.chance, abs=0.06)
    for row in joined.levers.to_dict("records"):
        assert row["chance_headroom"] == pytest.approx(joined.chance + row["gain_headroom"])


def test_required_levels_give_the_wanted_chance_and_are_higher_for_a_darker_forecast(history, forecast, joined):
    dark = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=0.85 * forecast)
    brighter = joined.required.set_index("node")["required"]
    for row in dark.required.to_dict("records"):
        totals = dark.draw_goal({row["node"]: row["required"]})
        assert dark.aim.chance(totals) == pytest.approx(0.8, abs=0.02)
        assert row["required"] > brighter[row["node"]]


def test_a_measure_moves_from_where_the_forecast_has_it(own, history):
    """Half as much again is half as much again, whether the forecast is bright or dark."""
    for factor in (0.8, 1.25):
        said = np.random.default_rng(4).normal(factor * TARGET, 0.08 * TARGET, 1_000)
        study = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=said)
        for reach in study.reaches:
            grown = study.draw_goal({reach.name: 1.2 * reach.now}).mean() / study.draw_goal().mean()
            usual = own.draw_goal({reach.name: 1.2 * reach.now}).mean() / own.draw_goal().mean()
            assert grown == pytest.approx(usual, rel=0.06)


# -- refusal


def test_a_forecast_that_hardly_overlaps_is_told_and_not_forced(own, history):
    far = np.random.default_rng(1).normal(2.2 * TARGET, 0.02 * TARGET, 1_000)
    study = study_target(make_goal(TARGET), history, as_of=AS_OF, seed=7, forecast=far)
    assert not study.is_forecast
    assert study.forecast.n_effective < FEWEST_EFFECTIVE
    assert study.chance == own.chance
    pd.testing.assert_frame_equal(study.levers, own.levers)
    banner = tell_apart(study.forecast, lambda level: Text.same(f"{level:.0f}"))
    assert banner["tone"] == "warn"
    own_chance = f"{round(100 * own.chance)}"
    for lang, numbers in (("en", ("over 99 %", own_chance)), ("ja", ("99%超", own_chance))):
        assert all(number in banner["text"].of(lang) for number in numbers)
    assert "contradicts" in tell_basis(study.forecast).en


def test_where_forecast_and_measures_go_together_no_contradiction_is_told(joined):
    assert tell_apart(joined.forecast, lambda level: Text.same(f"{level:.0f}")) is None
    told = tell_basis(joined.forecast)
    assert f"{round(100 * joined.forecast.chance_own)} %" in told.en
    assert f"{round(100 * joined.forecast.chance_own)}%" in told.ja
    assert "By the measures' own past" not in tell_basis(joined.forecast, has_chance=False).en


@pytest.mark.parametrize("draws", [[], [1.0, float("nan")], [1.0, float("inf")]])
def test_a_forecast_of_no_numbers_is_refused(own, draws):
    with pytest.raises(BadArgument, match=r"draws of the forecast are not numbers[\s\S]*Next: draw the landing anew"):
        fit_forecast(own.draw_goal(), draws, aim=own.aim)


def test_of_a_period_that_is_over_a_forecast_changes_nothing():
    over = draw_months(3, n=27, **ROUND)
    study = study_target(make_goal(TARGET), over, as_of=date(2026, 12, 31), seed=7, forecast=[1.0, 2.0])
    assert study.forecast is None
    assert study.chance in (0.0, 1.0)


# -- what is handed over


def _take(draws, **changed):
    asked = {"goal": GOAL, "period": QUARTER, "as_of": AS_OF, "drawn_for": QUARTER, "money": "won_amount"}
    return take_forecast(draws, **asked | changed)


def test_only_landings_of_this_goal_period_and_day_are_taken():
    days = [date(2026, 9, 23), AS_OF, AS_OF]
    draws = pd.DataFrame({"as_of": days, "won_amount": 0.0, "open_amount": [9.0, 5.0, 6.0], "new_amount": 1.0})
    assert _take(draws).tolist() == [6.0, 7.0]
    year = Period(date(2026, 4, 1), date(2027, 3, 31))
    others = {"goal": "n_won", "period": year, "as_of": date(2026, 10, 1), "drawn_for": None, "money": None}
    for name, value in others.items():
        assert _take(draws, **{name: value}) is None
    assert _take(draws, money="ordered_amount") is None
    assert _take(None) is None
    assert _take(draws.iloc[:0]) is None
    with pytest.raises(TableError, match="new_amount"):
        _take(draws.drop(columns="new_amount"))
