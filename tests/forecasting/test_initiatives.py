"""A planted effect is found beside untouched series, nothing is found where nothing was done, and doubts are named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import lay_all

from saleslab.errors import BadArgument, NoControl, NotEnoughData
from saleslab.forecasting import estimate_effect, tell_effect, tell_effect_doubts
from saleslab.forecasting.drivers.placebos import Placebo, measure_apart, widen_by


def invent(seed, *, n=4, n_periods=48, n_after=6, lift=0.0, memory=0.0):
    """Return branches that follow one market, the first one lifted in its last periods, and the amount it gained."""
    rng = np.random.default_rng(70_000 + seed)
    at = np.arange(n_periods)
    market = np.cumsum(rng.normal(0, 0.03, n_periods)) + 0.15 * np.sin(2 * np.pi * (at + rng.integers(12)) / 12)
    own = np.cumsum(rng.normal(0, 0.01, (n, n_periods)), axis=1)
    noise = rng.normal(0, 0.05, (n, n_periods))
    for step in range(1, n_periods):
        noise[:, step] += memory * noise[:, step - 1]
    values = np.exp(rng.normal(5, 1, (n, 1)) + rng.uniform(0.6, 1.4, (n, 1)) * market + own + noise)
    gained = np.expm1(lift) * values[0, -n_after:]
    values[0, -n_after:] += gained
    panel = lay_all(values)
    return panel, panel["period"].unique()[-n_after], float(gained.sum())


def estimate(seed, **options):
    panel, since, gained = invent(seed, **options)
    return estimate_effect(panel, treated=0, since=since, season_length=12, seed=0), gained


@pytest.fixture(scope="module")
def lifted():
    return estimate(1, lift=0.3)


def test_a_planted_lift_is_found(lifted):
    found, gained = lifted
    assert found.outcome == "more"
    assert found.share.low <= np.expm1(0.3) <= found.share.high
    assert found.amount.low <= gained <= found.amount.high
    assert found.chance_more > 0.99
    assert (found.n_before, found.n_after, found.control_ids) == (42, 6, (1, 2, 3))


def test_a_planted_loss_is_found():
    found, _ = estimate(2, lift=-0.3)
    assert found.outcome == "less"
    assert tell_effect(found).ja.startswith("施策がなかった場合より")
    assert "less than without it" in tell_effect(found).en


@pytest.mark.requirement("A05")
def test_intervals_hold_the_truth_and_nothing_is_seldom_taken_for_something():
    found = [estimate(seed, lift=lift, n_periods=36, n_after=4) for seed in range(6) for lift in (0.0, 0.2)]
    inside = [one.amount.low <= gained <= one.amount.high for one, gained in found]
    assert np.mean(inside) >= 0.85
    assert sum(one.outcome != "unclear" for one, gained in found if gained == 0) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("memory", [0.0, 0.7])
@pytest.mark.parametrize("n", [2, 5])
def test_intervals_hold_the_truth_in_ninety_of_a_hundred(n, memory):
    found = [estimate(seed, n=n, lift=0.2, memory=memory) for seed in range(100)]
    assert sum(one.amount.low <= gained <= one.amount.high for one, gained in found) >= 90


def test_the_path_adds_up(lifted):
    found, _ = lifted
    path = found.path
    assert (path["lower"] < path["expected"]).all()
    assert (path["expected"] < path["upper"]).all()
    assert path["effect"].tolist() == pytest.approx((path["actual"] - path["expected"]).tolist())
    assert path["effect_until"].iloc[-1] == pytest.approx(found.amount.estimate, rel=0.01)


def test_the_same_is_asked_where_nothing_was_done(lifted):
    found, _ = lifted
    assert set(found.placebos["kind"]) == {"time", "series"}
    assert found.placebos.loc[found.placebos["kind"] == "series", "what"].tolist() == [1, 2, 3]
    starts = found.placebos.loc[found.placebos["kind"] == "time", "what"]
    assert starts.max() <= pd.Timestamp("2021-01-01")
    assert found.placebos["share"].abs().max() < 0.3
    assert "the same method saw an effect" in tell_effect_doubts(found)[0].en


def test_a_market_that_moves_all_series_is_no_effect():
    panel, since, _ = invent(3)
    panel.loc[panel["period"] >= since, "value"] *= 1.5
    assert estimate_effect(panel, treated=0, since=since, season_length=12).outcome == "unclear"


def test_series_that_jump_on_their_own_make_the_answer_doubtful():
    rng = np.random.default_rng(0)
    jumps = np.cumsum(rng.normal(0, 0.6, (6, 48)) * (np.arange(48) % 8 == 7), axis=1)
    panel = lay_all(np.exp(5 + jumps + rng.normal(0, 0.01, (6, 48))))
    found = estimate_effect(panel, treated=0, since=panel["period"].unique()[44], season_length=1)
    assert found.widened_by > 1.05
    assert "widened" in found.doubts
    assert found.outcome == "unclear"


def test_distances_as_promised_widen_nothing_and_far_ones_do():
    def placebos(distance):
        return [Placebo("series", at, 0.0, distance, is_outside=False, n_after=3) for at in range(12)]

    assert widen_by([]) == 1
    assert widen_by(placebos(1.0)) == 1
    assert 1.5 < widen_by(placebos(2.0)) < 2


def test_stretches_that_overlap_are_no_tries_of_their_own():
    near = [Placebo("time", at, 0.0, 0.0, is_outside=False, n_after=10) for at in (12, 13, 14, 15)]
    apart = [Placebo("time", at, 0.0, 0.0, is_outside=False, n_after=10) for at in (12, 22, 32)]
    assert measure_apart(near) == pytest.approx(1.3)
    assert measure_apart(apart) == 3


def test_a_branch_that_opened_late_is_left_out_and_named():
    panel, since, _ = invent(4, lift=0.3)
    late = panel[~((panel["series_id"] == 3) & (panel["period"] < "2019-06-01"))]
    found = estimate_effect(late, treated=0, since=since, season_length=12)
    assert found.left_out == (3,)
    assert found.control_ids == (1, 2)
    assert "left_out" in found.doubts
    assert any("1系列を除きました" in doubt.ja for doubt in tell_effect_doubts(found))


def test_treated_series_are_added_up_and_losses_are_no_logarithms():
    panel, since, gained = invent(5, lift=0.5)
    panel.loc[panel["series_id"] == 2, "value"] -= 1e-3 + panel.loc[panel["series_id"] == 2, "value"].min()
    found = estimate_effect(panel, treated=[0], controls=[1, 2, 3], since=since, season_length=12)
    assert found.amount.low <= gained <= found.amount.high
    both = estimate_effect(panel, treated=[0, 1], since=since, season_length=12)
    assert both.path["actual"].iloc[0] == pytest.approx(
        panel[(panel["period"] == since) & panel["series_id"].isin([0, 1])]["value"].sum()
    )


@settings(max_examples=5)
@given(st.sampled_from([0.01, 150.0]), st.integers(0, 3))
def test_neither_currency_nor_names_nor_order_change_the_share(rate, seed):
    panel, since, _ = invent(seed, n=3, n_periods=30, n_after=3, lift=0.2)
    found = estimate_effect(panel, treated=0, since=since, season_length=1)
    other = panel.assign(value=panel["value"] * rate, series_id="s" + panel["series_id"].astype(str)).iloc[::-1]
    again = estimate_effect(other, treated="s0", since=since, season_length=1)
    assert again.share.estimate == pytest.approx(found.share.estimate, abs=1e-6)
    assert again.share.low == pytest.approx(found.share.low, abs=1e-6)


def test_an_effect_is_told_with_its_chance_and_money(lifted):
    told = tell_effect(lifted[0], currency="JPY")
    assert "more than without it" in told.en
    assert "6期間で" in told.ja
    nothing = tell_effect(estimate(9, n_periods=36)[0])
    assert nothing.en.startswith("No effect can be told from chance")


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"treated": 9}, BadArgument, r"panel lacks 1(.|\n)*Next: name treated series"),
        ({"treated": []}, BadArgument, r"Of 0 treated series"),
        ({"controls": [0, 1]}, BadArgument, r"1 are both"),
        ({"treated": [0, 1, 2, 3]}, NoControl, r"None of 0 untouched series(.|\n)*Next: name series"),
        ({"since": "2018-03-01"}, NotEnoughData, r"2 periods lie before 2018-03-01(.|\n)*Next: give at least 12"),
        ({"since": "2030-01-01"}, NotEnoughData, r"0 since then"),
        ({"mass": 95}, BadArgument, r"95"),
    ],
)
def test_what_cannot_be_answered_is_refused(options, error, match):
    panel, since, _ = invent(0)
    with pytest.raises(error, match=match):
        estimate_effect(panel, **({"treated": 0, "since": since, "season_length": 12} | options))
