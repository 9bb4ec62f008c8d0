"""Landings: parts add up, chances are shares of draws, each deal's effect is what it says, intervals hold."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from landings import MAVEN_DAYS, land_company, land_maven, measure, measure_calibration

from saleslab.errors import BadArgument, TableError
from saleslab.forecasting import PipelineForecast, SeriesRemainder, forecast_landing
from saleslab.intake import import_export
from saleslab.periods import Period
from saleslab.warehouse import connect

MAVEN = Path(__file__).parents[2] / ".." / "shared" / "data" / "maven_crm"
QUARTER = Period(date(2026, 4, 1), date(2026, 6, 30))
N_DRAWS = 4_000


def make_pipeline(chances=(0.5, 0.3, 0.2), amounts=(100.0, 50.0, 10.0), *, new=20.0, seed=0):
    """Return a pipeline whose deals are independent, and whose new deals always bring the same."""
    rng, chance, amount = np.random.default_rng(seed), np.array(chances), np.array(amounts)
    names = [f"d{at}" for at in range(len(chances))]
    brought = (rng.random((N_DRAWS, len(chances))) < chance) * amount
    deals = pd.DataFrame(
        {
            "opportunity_id": names,
            "team_id": ["north", "south", "south"][: len(names)],
            "product_family": None,
            "category": ["A", "B", "none"][: len(names)],
            "amount": amount,
            "chance_won": chance,
            "amount_expected": chance * amount,
        }
    )
    draws = pd.DataFrame({"draw": np.arange(N_DRAWS), "open_amount": brought.sum(axis=1), "new_amount": new})
    trials = pd.DataFrame(columns=["back", "open_said", "open_came", "new_said", "new_came", "chance_sd"])
    largest = pd.DataFrame(brought, columns=names)
    coming = pd.DataFrame(columns=["kind", "n_created", "n_won", "amount_mean", "amount_expected"])
    return PipelineForecast(date(2026, 5, 20), QUARTER.end, deals, coming, draws, largest, trials, 0.0, 0.0, {})


class TestParts:
    def test_draws_add_up_and_quantiles_are_theirs(self):
        said = forecast_landing(make_pipeline(), won=200.0, period=QUARTER)
        parts = said.draws[["won_amount", "open_amount", "new_amount"]].sum(axis=1)
        np.testing.assert_allclose(parts, said.draws["total_amount"])
        assert said.p50 == pytest.approx(np.median(said.draws["total_amount"]))
        assert said.p10 <= said.p50 <= said.p90

    def test_means_of_the_parts_add_up_to_the_landing(self):
        said = forecast_landing(make_pipeline(), won=200.0, period=QUARTER)
        assert said.parts["part"].tolist() == ["won", "open_A", "open_B", "open_none", "new"]
        assert said.parts["mean"].sum() == pytest.approx(said.mean)

    def test_teams_and_products_add_up_to_won_and_open(self):
        won = pd.DataFrame({"team_id": ["north", "east"], "product_family": ["", ""], "amount": [30.0, 70.0]})
        said = forecast_landing(make_pipeline(), won=won, period=QUARTER)
        for frame in said.by.values():
            assert frame["won"].sum() == pytest.approx(100.0)
            assert frame["open"].sum() == pytest.approx(50 + 15 + 2)
        assert said.by["team_id"]["team_id"].tolist() == ["east", "north", "south"]

    def test_without_open_deals_the_rest_is_new(self):
        empty = make_pipeline()
        empty = replace(
            empty, deals=empty.deals.head(0), largest=empty.largest[[]], draws=empty.draws.assign(open_amount=0.0)
        )
        said = forecast_landing(empty, won=200.0, target=300.0, period=QUARTER)
        assert (said.p50, said.chance_hit, said.without_largest, said.pipeline_needed) == (220.0, 0.0, None, None)


class TestTarget:
    def test_the_chance_is_the_share_of_draws_that_reach_it(self):
        said = forecast_landing(make_pipeline(), won=200.0, target=300.0, period=QUARTER)
        assert said.chance_hit == pytest.approx((said.draws["total_amount"] >= 300).mean())
        assert said.chance_hit == pytest.approx(0.5, abs=0.03)  # the largest deal alone brings what is missing

    def test_the_effect_of_a_deal_is_the_chance_with_it_less_the_chance_without(self):
        effects = forecast_landing(make_pipeline(), won=200.0, target=300.0, period=QUARTER).deals
        effect = effects.set_index("opportunity_id")["effect_on_chance"]
        assert effect["d0"] == pytest.approx(1.0, abs=0.01)
        assert effect["d1"] == pytest.approx(0.0, abs=0.01)
        assert effects["opportunity_id"].iloc[0] == "d0"

    def test_deals_beyond_the_kept_ones_get_nearly_the_same_effects(self):
        rng = np.random.default_rng(4)
        many = make_pipeline(tuple(rng.uniform(0.1, 0.9, 3)), (30.0, 20.0, 10.0))
        noise = rng.normal(300, 80, N_DRAWS)
        many = replace(many, draws=many.draws.assign(new_amount=noise))
        exact = forecast_landing(many, won=0.0, target=320.0, period=QUARTER).deals.set_index("opportunity_id")
        rough = forecast_landing(replace(many, largest=many.largest[[]]), won=0.0, target=320.0, period=QUARTER)
        near = rough.deals.set_index("opportunity_id")["effect_on_chance"].reindex(exact.index)
        np.testing.assert_allclose(near, exact["effect_on_chance"], atol=0.03)

    def test_a_target_may_be_a_decimal(self):
        exact, plain = (
            forecast_landing(make_pipeline(), won=0.0, target=target, period=QUARTER)
            for target in (Decimal(300), 300.0)
        )
        assert (exact.chance_hit, exact.gap) == (plain.chance_hit, plain.gap)

    def test_a_higher_target_is_less_likely_and_leaves_a_larger_gap(self):
        low, high = (
            forecast_landing(make_pipeline(), won=200.0, target=target, period=QUARTER) for target in (240.0, 330.0)
        )
        assert low.chance_hit > high.chance_hit
        assert high.gap - low.gap == pytest.approx(90.0)
        assert low.pipeline_needed == 0.0 or low.gap > 0

    def test_the_pipeline_needed_closes_the_gap_at_the_rate_of_today(self):
        said = forecast_landing(make_pipeline(), won=200.0, target=400.0, period=QUARTER)
        assert said.pipeline_needed * 67 / 160 == pytest.approx(said.gap)

    def test_losing_the_largest_deal_lowers_landing_and_chance(self):
        said = forecast_landing(make_pipeline(), won=200.0, target=300.0, period=QUARTER)
        assert said.without_largest.opportunity_id == "d0"
        assert said.without_largest.chance_hit == 0.0
        assert said.without_largest.p50 < said.p50

    def test_without_a_target_nothing_is_said_of_one(self):
        said = forecast_landing(make_pipeline(), won=200.0, period=QUARTER)
        assert (said.chance_hit, said.gap, said.pipeline_needed) == (None, None, None)


class TestBlend:
    def make_trials(self, pipeline_off, series_off):
        came = 100 + 5.0 * np.arange(12)
        rng = np.random.default_rng(1)
        names = {"pipeline": pipeline_off, "series": series_off}
        said = {name: came * np.exp(off * rng.standard_normal(12)) for name, off in names.items()}
        return pd.DataFrame({**said, "actual": came})

    @pytest.mark.parametrize(("off", "heavier"), [((0.03, 0.4), "pipeline"), ((0.4, 0.03), "series")])
    def test_the_view_that_was_nearer_counts_more(self, off, heavier):
        series = np.full(500, 330.0)
        said = forecast_landing(
            make_pipeline(), won=200.0, series_draws=series, past=self.make_trials(*off), period=QUARTER
        )
        assert getattr(said.weights, heavier) > 0.8

    def test_two_views_that_agree_change_nothing(self):
        pipeline = make_pipeline(new=100.0)
        rest = (pipeline.draws["open_amount"] + pipeline.draws["new_amount"]).to_numpy()
        alone = forecast_landing(pipeline, won=200.0, period=QUARTER)
        both = forecast_landing(pipeline, won=200.0, series_draws=200 + rest, period=QUARTER)
        assert both.p50 == pytest.approx(alone.p50)
        assert both.p90 == pytest.approx(alone.p90)

    def test_two_views_that_contradict_each_other_widen_the_range(self):
        pipeline = make_pipeline(new=100.0)
        trials = pd.DataFrame(columns=["back", "said", "came"])
        far = SeriesRemainder(np.full(500, 400.0), trials)
        alone = forecast_landing(pipeline, won=200.0, period=QUARTER)
        both = forecast_landing(pipeline, won=200.0, series_draws=far, period=QUARTER)
        assert alone.p50 < both.p50 < 600.0
        assert both.p90 - both.p10 > alone.p90 - alone.p10

    def test_nothing_falls_below_what_is_won(self):
        far = np.full(500, 1.0)  # less than was won by now
        said = forecast_landing(make_pipeline(), won=200.0, series_draws=far, period=QUARTER)
        assert (said.draws["total_amount"] >= 200.0).all()

    def test_the_answer_says_that_it_is_not_blended(self):
        assert forecast_landing(make_pipeline(), won=200.0, period=QUARTER).doubts == {"not_blended": 1}


class TestRefusals:
    def test_a_period_that_the_pipeline_is_not_forecast_for(self):
        with pytest.raises(BadArgument, match="Next: forecast the pipeline on a day within the period"):
            forecast_landing(make_pipeline(), won=0.0, period=Period(date(2026, 7, 1), date(2026, 9, 30)))

    @pytest.mark.parametrize("target", [np.nan, np.inf, "much"])
    def test_a_target_that_is_no_amount(self, target):
        with pytest.raises(BadArgument, match="Next: give an amount of money"):
            forecast_landing(make_pipeline(), won=0.0, target=target, period=QUARTER)

    @pytest.mark.parametrize("won", [np.nan, None, pd.DataFrame({"amount": [1.0, np.inf]})])
    def test_won_that_is_no_amount(self, won):
        with pytest.raises(BadArgument, match="Next: give the money that was won"):
            forecast_landing(make_pipeline(), won=won, period=QUARTER)

    @pytest.mark.parametrize("draws", [[], [400.0, np.nan]])
    def test_draws_of_the_series_that_are_no_amounts(self, draws):
        with pytest.raises(BadArgument, match=r"series_draws, \d are no amounts(.|\n)*Next: give at least one amount"):
            forecast_landing(make_pipeline(), won=0.0, series_draws=np.array(draws), period=QUARTER)

    def test_tables_without_their_columns(self):
        with pytest.raises(TableError, match="won .* has no column 'amount'"):
            forecast_landing(make_pipeline(), won=pd.DataFrame({"money": [1.0]}), period=QUARTER)
        with pytest.raises(TableError, match="past has no column 'series', 'actual'"):
            forecast_landing(
                make_pipeline(), won=0.0, series_draws=[1.0], past=pd.DataFrame({"pipeline": [1.0]}), period=QUARTER
            )


class TestInventedCompanies:
    @pytest.mark.requirement("M03")
    def test_a_few_landings_come_near_and_most_lie_in_their_range(self):
        table = land_company(seed=61, n_days=2, n_deals=800)
        assert measure(table)["mape"] < 25
        assert ((table["p10"] < table["p50"]) & (table["p50"] < table["p90"])).all()
        assert table["place"].between(0.005, 0.995).all()

    @pytest.mark.slow
    @pytest.mark.requirement("M03")
    def test_over_200_days_four_in_five_lie_in_their_range_and_chances_are_true(self):
        table = pd.concat([land_company(seed=seed, n_days=8) for seed in range(200, 225)], ignore_index=True)
        assert len(table) == 200
        assert 0.72 <= measure(table)["covered"] <= 0.88
        assert measure_calibration(table) < 0.06


@pytest.fixture(scope="module")
def maven():
    if not MAVEN.is_dir():
        pytest.skip(f"{MAVEN} is absent")
    with connect("duckdb://") as lab:
        import_export(MAVEN, lab, map_name_or_file="maven", loaded_at=datetime(2026, 10, 1))
        yield lab


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("days", MAVEN_DAYS.values(), ids=list(MAVEN_DAYS))
def test_maven_lands_within_five_percent_of_what_came_from_created_and_closed_dates_alone(maven, days):
    found = measure(land_maven(maven, days))
    assert found["n"] == 13
    assert found["mape"] <= 4.8
    assert found["covered"] >= 9 / 13
