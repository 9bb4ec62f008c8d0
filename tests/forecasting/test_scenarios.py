"""A scenario comes to what was planted, differs from the plan by its drivers alone, and never changes the past."""

import numpy as np
import pandas as pd
import pytest
from panels import lay
from plans import plan

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import compare_scenarios, forecast_series, tell_scenario, tell_scenario_doubts

AHEAD = 6


def compare(kind="campaign", *, scenarios, planned=0.0, n=3, seed=0, **options):
    panel, table, _, true = plan(kind, n=n, n_periods=60, horizon=AHEAD, seed=seed)
    table.loc[table.index[-AHEAD:], "x"] = planned
    said = compare_scenarios(
        panel, drivers=table, scenarios=scenarios, horizon=AHEAD, season_length=12, seed=0, **options
    )
    return said, panel, table, true


@pytest.fixture(scope="module")
def campaigns():
    one = pd.DataFrame({"period": [pd.Timestamp("2023-02-01")], "x": [1.0]})
    here = one.assign(series_id=2)
    return compare(scenarios={"always": {"x": 1}, "february": one, "one branch": here, "as planned": {"x": 0}})


def test_a_campaign_comes_to_what_was_planted(campaigns):
    said, _, _, true = campaigns
    always = said.scenarios[0]
    assert always.outcome == "more"
    assert always.share == pytest.approx(np.expm1(true), abs=0.06)
    assert always.difference.low <= np.expm1(true) * said.plan <= always.difference.high
    assert said.drivers[0].verdict == "found"


def test_the_plan_is_the_forecast_itself(campaigns):
    said, panel, table, _ = campaigns
    forecast = forecast_series(panel, horizon=AHEAD, season_length=12, seed=0, drivers=table)
    planned = said.forecasts[said.forecasts["scenario"] == "plan"]
    assert planned["mean"].tolist() == forecast["mean"].tolist()
    assert said.plan == pytest.approx(forecast["mean"].sum())


def test_only_the_periods_and_series_that_change_differ(campaigns):
    said, *_ = campaigns
    february = said.forecasts[said.forecasts["scenario"] == "february"]
    differs = february[february["difference"] != 0]
    assert differs["period"].unique().tolist() == [pd.Timestamp("2023-02-01")]
    assert sorted(differs["series_id"]) == [0, 1, 2]
    here = said.forecasts[(said.forecasts["scenario"] == "one branch") & (said.forecasts["difference"] != 0)]
    assert here["series_id"].tolist() == [2]
    assert here["difference"].iloc[0] == differs.set_index("series_id")["difference"][2]


def test_the_parts_add_up_to_the_totals(campaigns):
    said, *_ = campaigns
    sums = said.forecasts.groupby("scenario")[["mean", "difference"]].sum()
    for total in said.scenarios:
        assert sums.loc[total.name, "mean"] == pytest.approx(total.total)
        assert sums.loc[total.name, "difference"] == pytest.approx(total.difference.estimate)


def test_the_plan_under_another_name_makes_no_difference(campaigns):
    same = campaigns[0].scenarios[3]
    assert (same.difference.low, same.difference.estimate, same.difference.high) == (0, 0, 0)
    assert same.outcome == "unclear"


def test_a_driver_without_signal_promises_nothing():
    said, *_ = compare("noise", scenarios={"higher": {"x": 1}}, seed=1)
    higher = said.scenarios[0]
    assert higher.difference.estimate == 0
    assert higher.difference.low < 0 < higher.difference.high
    assert "cannot" not in tell_scenario(higher).en
    assert tell_scenario(higher).ja.startswith("higher：計画との差は偶然と区別できません")


def test_a_deeper_cut_than_any_before_is_marked_and_followed_no_further_than_one_range():
    said, *_ = compare("price cut", scenarios={"half": {"x": np.log(0.5)}, "gift": {"x": -20.0}, "usual": {"x": -0.1}})
    half, gift, usual = said.scenarios
    assert half.beyond == gift.beyond == ("x",)
    assert usual.beyond == ()
    assert gift.total == half.total, "beyond the range nothing more is promised"
    assert "goes beyond what x ever was" in tell_scenario_doubts(half)[0].en
    assert len(tell_scenario_doubts(usual)) == 1


def test_a_scenario_is_told_with_its_money(campaigns):
    always = campaigns[0].scenarios[0]
    told = tell_scenario(always, currency="JPY")
    assert "more than planned" in told.en
    assert "計画より" in told.ja
    assert "増える見込み" in told.ja


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "planned"), [("campaign", 0.0), ("price cut", 0.0), ("working days", np.log(20))])
def test_intervals_of_differences_hold(kind, planned):
    inside = []
    for seed in range(40):
        more = {"more": {"x": planned + 0.1}}  # of working days: a month of 22 instead of 20, as there have been
        said, _, _, true = compare(kind, scenarios=more, planned=planned, n=1, seed=seed, mass=0.8)
        truth = np.expm1(0.1 * true) * said.plan
        inside.append(said.scenarios[0].difference.low <= truth <= said.scenarios[0].difference.high)
    assert np.mean(inside) >= 0.65


STAMPS = pd.date_range("2020-01-01", periods=26, freq="MS")
TABLE = pd.DataFrame({"period": STAMPS, "price": np.arange(26.0) % 3})
VALUES = np.random.default_rng(0).normal(100, 5, 24)


@pytest.mark.parametrize(
    ("scenarios", "error", "match"),
    [
        ({}, BadArgument, r"scenarios are \[\](.|\n)*Next: give at least one"),
        ({"plan": {"price": 1}}, BadArgument, r"none of the name 'plan'"),
        (
            {"a": {"prise": 1}},
            BadArgument,
            r"Scenario 'a' changes 'prise'(.|\n)*Next: name what it changes(.|\n)*price",
        ),
        ({"a": {}}, BadArgument, r"Scenario 'a' changes nothing"),
        ({"a": {"price": np.nan}}, BadArgument, r"gives nan(.|\n)*Next: give a finite number"),
        ({"a": TABLE.head(2)}, TableError, r"2 of 2 rows of scenario 'a' lie in no period ahead(.|\n)*Next: give only"),
        ({"a": TABLE.tail(2).assign(series_id="z")}, TableError, r"2 of 2 rows of scenario 'a' lie in no"),
        ({"a": TABLE.iloc[[-1, -1]]}, TableError, r"1 rows of scenario 'a' repeat"),
        ({"a": TABLE.tail(2).assign(price=None)}, TableError, r"'price' is no number in 2 rows"),
    ],
)
def test_scenarios_that_make_no_sense_are_refused(scenarios, error, match):
    with pytest.raises(error, match=match):
        compare_scenarios(lay(VALUES), drivers=TABLE, scenarios=scenarios, horizon=2, season_length=1)


def test_a_driver_that_never_moved_has_no_scenario():
    with pytest.raises(NotEnoughData, match=r"learnt of 'price'"):
        compare_scenarios(
            lay(VALUES), drivers=TABLE.assign(price=5), scenarios={"a": {"price": 4}}, horizon=2, season_length=1
        )
