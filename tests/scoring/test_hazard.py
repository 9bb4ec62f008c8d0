"""The chance of a win by any day, from leads of which many are still open: simulation 1 of the validation."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scoring_simulations import (
    FEATURES,
    OBSERVED_ON,
    SLOW_SOURCES,
    START,
    await_scoring,
    chance_by,
    measure_label_delay,
    observe,
    simulate_leads,
)

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring import fit_hazard, label_outcomes

AS_OF = pd.Timestamp(START) + pd.Timedelta(days=OBSERVED_ON)


@pytest.fixture(scope="module")
def world():
    leads = simulate_leads(seed=2, n=20_000)
    seen = observe(leads)
    return seen, label_outcomes(seen, as_of=AS_OF), await_scoring(leads)


@pytest.fixture(scope="module")
def model(world):
    seen, outcomes, _ = world
    return fit_hazard(seen[FEATURES], outcomes)


@pytest.mark.requirement("F02")
def test_the_mean_chance_of_new_leads_is_right_by_every_day(world, model):
    _, _, new = world
    told = model.chance_by(new[FEATURES])
    for day in told:
        assert told[day].mean() == pytest.approx(chance_by(new, day).mean(), abs=0.010)
    assert told[180].mean() == pytest.approx(new["chance"].mean(), abs=0.010)


@pytest.mark.requirement("F02")
def test_sources_that_take_long_are_not_underrated(world, model):
    seen, _, new = world
    slow = new["source"].isin(SLOW_SOURCES).to_numpy()
    truth = chance_by(new, 180)[slow].mean()
    assert model.chance_by(new[FEATURES], 180)[180][slow].mean() == pytest.approx(truth, abs=0.015)
    assert seen.loc[seen["source"].isin(SLOW_SOURCES), "won_at"].notna().mean() < truth - 0.025  # open taken for lost


@pytest.mark.slow
@pytest.mark.requirement("F02")
def test_on_the_whole_simulation_the_bias_stays_within_a_point_whatever_the_seed():
    table = pd.concat([measure_label_delay(seed=seed) for seed in range(8)])
    naive, hazard = (table[table["method"] == method] for method in ("open_is_lost", "hazard"))
    assert (naive["bias"] < -0.015).all()
    assert (naive["slow_bias"] < -0.035).all()
    assert (hazard[["bias", "bias_180"]].abs() < 0.010).all(axis=None)
    assert hazard[["bias", "bias_180"]].mean().abs().max() < 0.005
    assert (hazard[["slow_bias", "slow_bias_180"]].mean() > -0.008).all()


def test_a_day_alone_and_a_shuffled_frame_give_the_same_chances(world, model):
    _, _, new = world
    some = new[FEATURES].head(50)
    told = model.chance_by(some)
    shuffled = some[FEATURES[::-1]].sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(model.chance_by(shuffled).sort_index(), told)
    assert model.chance_by(some, 60)[60].equals(told[60])


def test_names_never_seen_and_empty_cells_have_a_chance(model, world):
    _, _, new = world
    odd = new[FEATURES].head(3).copy()
    odd.loc[odd.index[0], "source"] = "a source that nobody knows"
    odd.loc[odd.index[1], "x1"] = np.nan
    assert model.chance_by(odd)[90].between(0.001, 0.9).all()


def test_a_missing_column_and_a_day_beyond_the_horizon_are_refused(model, world):
    _, _, new = world
    with pytest.raises(TableError, match="'x3'"):
        model.chance_by(new[FEATURES].drop(columns="x3"))
    with pytest.raises(BadArgument, match="ask for days up to 180"):
        model.chance_by(new[FEATURES].head(2), [365])


def test_too_few_wins_and_other_rows_are_refused(world):
    seen, outcomes, _ = world
    with pytest.raises(BadArgument, match="the same leads in the same order"):
        fit_hazard(seen[FEATURES].head(10), outcomes)
    few = seen.head(12).assign(won_at=pd.NaT, closed_at=pd.NaT)
    with pytest.raises(NotEnoughData, match=r"0 of 12 leads were won(.|\n)*Next: wait for more wins"):
        fit_hazard(few[FEATURES], label_outcomes(few, as_of=date(2026, 12, 31)))
