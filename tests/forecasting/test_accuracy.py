"""How good last quarter's forecast was: planted biases are found, nothing later is known, and gaps are named."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from accuracy_company import CALENDAR, LAST, OFF, TEAM_OF, make_deals, make_lab, sum_quarters

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import ForecastLog, measure_forecasts
from saleslab.forecasting.accuracy import (
    calibrate_chances,
    compare_methods,
    fight,
    find_measure,
    find_verdict,
    forecast_present,
    land_series,
    list_chances,
    list_methods,
    list_ranges,
    measure_nodes,
    read_money_targets,
    read_sales,
    read_submissions,
    read_weighted_pipeline,
    review_accuracy,
    tabulate_nodes,
    tabulate_recorded,
    tabulate_said,
    try_accuracy,
    usual_days,
    write_banner,
    write_cards,
    write_findings,
    write_headline,
    write_notes,
)
from saleslab.forecasting.accuracy.inputs import MEASURES
from saleslab.intake import import_export
from saleslab.warehouse import connect
from saleslab.wording import Count

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def lab():
    return make_lab(make_deals())


@pytest.fixture(scope="module")
def review(lab):
    return review_accuracy(lab, as_of=LAST, n_periods=2, days_before=(60, 30))


# -- planted truth


@pytest.mark.requirement("M03")
def test_planted_biases_of_people_and_teams_are_found(review):
    people = measure_nodes(review, "user").query("method == 'commit'").set_index("node")["bias"]
    assert people.to_dict() == pytest.approx({name: off - 1 for name, off in OFF.items()}, abs=1e-4)
    came = sum_quarters(make_deals())
    judged = came[[start >= date(2026, 4, 1) for _, start in came.index]]
    north = [judged.loc[name].sum() for name in ("ann", "ben")]
    expected = (north[0] + 1.5 * north[1]) / sum(north) - 1
    teams = measure_nodes(review, "team").query("method == 'commit'").set_index("node")["bias"]
    assert teams["north"] == pytest.approx(expected, abs=1e-4)


def test_what_came_and_what_was_said_add_up_over_people_and_teams(review):
    rows = review.tried.forecasts
    for method in ("commit", "weighted"):
        mine = rows[rows["method"].eq(method)]
        scope = mine["series_id"].str.partition(":")[0]
        sums = mine.groupby([scope, "as_of", "period"])[["median", "actual"]].sum()
        for kind in ("team", "user"):
            np.testing.assert_allclose(sums.loc[kind].to_numpy(), sums.loc["company"].to_numpy())


def test_the_weighted_pipeline_is_what_is_won_and_half_of_what_is_open_and_due(review):
    deals = make_deals()
    day = date(2026, 8, 31)
    closed = pd.Series([moment.date() for moment in deals["closed_at"]], index=deals.index)
    won = deals.loc[(closed >= date(2026, 7, 1)) & (closed <= day), "amount"].sum()
    entered = pd.Series([(m - timedelta(days=10)).date() for m in deals["closed_at"]], index=deals.index)
    due = deals.loc[(closed > day) & (entered <= day) & (closed <= date(2026, 9, 30)), "amount"].sum()
    rows = review.of("company")
    said = rows[rows["method"].eq("weighted") & rows["as_of"].eq(pd.Timestamp(day))]["median"].iloc[0]
    assert said == pytest.approx(won + 0.5 * due)


@pytest.mark.requirement("M03")
def test_a_series_with_a_season_lands_near_what_comes_and_its_ranges_hold(review):
    errors = compare_methods(review).query("method == 'series'").set_index("days_before")["wape"]
    assert errors[30] < 0.1
    assert errors[30] < errors[60] + 0.05
    assert list_ranges(review)["is_inside"].mean() >= 0.75
    assert find_verdict(review) == "model"
    assert fight(review, "commit").winner == "series"


def test_chances_to_reach_a_target_rise_for_those_who_reach_it(review):
    """Every target is nine tenths of what came, so all were reached."""
    chances = list_chances(review)
    assert chances["is_hit"].all()
    assert chances["chance_30"].mean() > 0.6
    assert calibrate_chances(review) is None  # sixteen chances
    assert len(chances) == 4


# -- nothing later is known


@pytest.mark.requirement("M03")
def test_deals_that_were_closed_later_change_no_bit_of_what_was_said():
    deals, day = make_deals(), pd.Timestamp(2026, 8, 31)
    later = deals["closed_at"] > day + timedelta(days=1)
    bad = deals.assign(amount=deals["amount"].where(~later, 1e6))
    told = {"as_of": LAST, "n_periods": 1, "days_before": (30,)}
    without = tuple(sorted({"users", "teams", "targets", "forecast_submissions"}))
    clean, poisoned = (review_accuracy(make_lab(one, tables=without), **told) for one in (deals, bad))
    assert poisoned.tried.forecasts["actual"].max() > 1e7
    columns = ["as_of", "series_id", "period", "method", "mean", "median", "lower_80", "upper_80", "chance_hit"]
    pd.testing.assert_frame_equal(clean.tried.forecasts[columns], poisoned.tried.forecasts[columns], check_exact=True)


def test_neither_the_order_of_rows_nor_names_of_people_change_what_is_said():
    deals = make_deals()
    named = deals.assign(owner_id=deals["owner_id"].map({"ann": "z", "ben": "y", "eve": "x", "kai": "w"}))
    told = {"as_of": LAST, "n_periods": 1, "days_before": (30,)}
    one, other = (
        review_accuracy(make_lab(rows, tables=()), **told)
        for rows in (deals, named.sample(frac=1.0, random_state=2).reset_index(drop=True))
    )
    medians = [sorted(found.tried.forecasts.query("method == 'series'")["median"]) for found in (one, other)]
    assert medians[0] == pytest.approx(medians[1], rel=1e-12)


def test_what_reaches_python_grows_with_people_and_months_and_not_with_deals(lab):
    starts = [date(2026, month, 1) for month in (7, 8, 9)]
    sales = read_sales(lab, starts, until=LAST, measure="won_amount")
    assert len(sales) == 4 * 3
    assert sales["amount"].sum() == pytest.approx(make_deals().query("closed_at >= '2026-07-01'")["amount"].sum())
    asked = pd.DataFrame({"start": [date(2026, 7, 1)], "end": [LAST], "as_of": [date(2026, 8, 31)]})
    assert len(read_weighted_pipeline(lab, asked)) == 4
    assert len(read_submissions(lab, asked)) == 4


# -- the landing of a series


def lay_months(values, owner="u"):
    starts = pd.date_range("2023-04-01", periods=len(values), freq="MS")
    ends = starts + pd.offsets.MonthEnd()
    return pd.DataFrame({"owner_id": owner, "start": starts, "end": ends, "amount": np.asarray(values, dtype=float)})


def test_a_landing_is_surer_the_nearer_the_end():
    rng = np.random.default_rng(1)
    months = lay_months(rng.gamma(20, 5, 42))  # until September 2026
    quarter = CALENDAR.quarter_of(date(2026, 9, 1))
    widths = []
    for day in (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)):
        known = months[months["end"] <= pd.Timestamp(day)]
        said = land_series(known, as_of=day, period=quarter, calendar=CALENDAR, team_of={}).iloc[0]
        widths.append(said["upper_80"] - said["lower_80"])
        assert said["so_far"] == pytest.approx(known.query("start >= '2026-07-01'")["amount"].sum())
    assert widths[0] > widths[1] > widths[2] > 0


def test_days_tell_how_much_of_a_month_comes_at_its_end():
    months = lay_months([100.0] * 41)  # until August 2026; everything is sold on the last day of a month
    days = months.rename(columns={"end": "day"})[["day", "amount"]]
    quarter = CALENDAR.quarter_of(date(2026, 9, 1))
    told = {"as_of": date(2026, 9, 29), "period": quarter, "calendar": CALENDAR, "team_of": {}}
    assert land_series(months, days=days, **told)["median"].iloc[0] == pytest.approx(300.0)
    assert land_series(months, **told)["median"].iloc[0] < 220.0


# -- what the page says


def test_the_page_answers_first_and_says_what_to_do(review):
    headline = write_headline(review)
    assert headline["status"].en == "Rely on the forecast rather than on what people commit to"
    assert "30 days before its end the series forecast said" in headline["answer"].en
    assert "2026年度第2四半期の実績は" in headline["answer"].ja
    assert "nearer in" in write_banner(review)["text"].en
    names = [card["name"] for card in write_cards(review)]
    assert names == ["came", "said_series", "said_weighted", "said_commit", "held"]
    findings = {finding["name"]: finding["text"].en for finding in write_findings(review)}
    assert findings["do_model"] == "The forecast was nearer to what came than the commit."
    assert "North" in findings["do_team"]
    assert [note["name"] for note in write_notes(review)][:2] == ["replayed", "measure"]
    assert usual_days(review) == 30


def test_tables_show_who_said_what(review):
    said = tabulate_said(review)
    assert said["way"].iloc[0].en == "Forecast (series)"
    assert said["way"].iloc[-1].en == "What came"
    people = tabulate_nodes(review, "user", names={"ben": "Ben B."})
    assert people["node"].tolist() == ["Ben B.", "ann", "eve", "kai"]


@pytest.mark.requirement("M03")
def test_today_is_forecast_by_every_method_for_the_log(lab):
    present = forecast_present(lab, as_of=date(2026, 8, 31))
    assert present.period.end == LAST
    assert list(present.forecasts) == ["series", "weighted", "commit", "seasonal_naive", "last_period"]
    nodes = {"company", *(f"user:{name}" for name in TEAM_OF), "team:north", "team:south"}
    assert all(set(said["series_id"]) == nodes for said in present.forecasts.values())
    came = present.came.set_index(["series_id", "period"])["value"]
    year_ago = present.forecasts["seasonal_naive"].set_index("series_id")["median"]
    assert year_ago["user:ann"] == came["user:ann", pd.Timestamp(2025, 7, 1)]
    assert present.came["period"].max() == pd.Timestamp(2026, 4, 1)


@pytest.mark.requirement("M03")
def test_what_was_written_in_time_is_on_record_by_scope_and_method(lab, tmp_path):
    log = ForecastLog(tmp_path / "f.jsonl", about="won_amount")
    assert tabulate_recorded(log) is None
    present = forecast_present(lab, as_of=date(2026, 8, 31))
    for method, said in present.forecasts.items():
        log.write(said, model=method, as_of=present.as_of, at=datetime(2026, 9, 1))
    log.score(forecast_present(lab, as_of=LAST).came, at=datetime(2026, 10, 1))
    table = tabulate_recorded(log)
    commit = table[[way.en == "Commit" for way in table["way"]]]
    assert [scope.en for scope in commit["scope"]] == ["Company", "Teams", "People"]
    assert commit["forecasts"].tolist() == [Count(1), Count(2), Count(4)]
    other = ForecastLog(tmp_path / "f.jsonl", about="ordered_amount")
    assert other.forecasts().empty


@pytest.mark.slow
@pytest.mark.requirement("M03")
def test_the_landing_by_deals_is_tried_too_and_knows_nothing_later():
    deals, day = make_deals(), pd.Timestamp(2026, 8, 31)
    later = deals["closed_at"] > day + timedelta(days=1)
    bad = deals.assign(amount=deals["amount"].where(~later, 1e6))
    told = {"as_of": LAST, "n_periods": 1, "days_before": (30,), "with_deals": True}
    clean, poisoned = (review_accuracy(make_lab(one, tables=()), **told) for one in (deals, bad))
    assert list_methods(clean)[0] == "landing"
    columns = ["mean", "median", "lower_80", "upper_80"]
    assert clean.landings[columns].to_numpy().tolist() == poisoned.landings[columns].to_numpy().tolist()
    assert compare_methods(clean).query("method == 'landing'")["wape"].iloc[0] < 0.3


# -- gaps and refusals


def test_what_the_data_lack_is_named_and_the_rest_is_judged():
    bare = review_accuracy(make_lab(make_deals(), tables=()), as_of=LAST, n_periods=1, days_before=(30,))
    assert bare.gaps == ("no_submissions", "no_pipeline_history", "no_targets", "few_periods")
    assert find_verdict(bare) in {"alone", "naive"}
    assert tabulate_nodes(bare, "team") is None
    notes = {note["name"] for note in write_notes(bare)}
    assert notes >= set(bare.gaps)
    with pytest.raises(NotEnoughData, match=r"no history of stages(.|\n)*Next: import the stage history"):
        read_weighted_pipeline(make_lab(make_deals(), tables=()), pd.DataFrame())


def test_a_company_whose_record_is_too_short_is_told_so():
    young = make_deals()
    young = young[young["closed_at"] >= pd.Timestamp(2026, 7, 20)]
    found, gap = try_accuracy(make_lab(young, tables=()), as_of=LAST, n_periods=1)
    assert found is None
    assert "No forecast was made on any of 4 days" in gap.en
    assert write_headline(None, gap)["status"].en == "Nothing to judge"
    assert write_notes(None, gap)[0]["tone"] == "warn"


def test_what_makes_no_sense_is_refused(lab):
    with pytest.raises(BadArgument, match=r"n_periods 0(.|\n)*Next: give whole numbers from 1"):
        review_accuracy(lab, as_of=LAST, n_periods=0)
    running = CALENDAR.quarter_of(date(2026, 11, 1))
    with pytest.raises(BadArgument, match=r"ends on 2026-12-31(.|\n)*Next: give a period that is over"):
        review_accuracy(lab, as_of=LAST, period=running)
    months = lay_months([100.0] * 12)
    quarter = CALENDAR.quarter_of(date(2024, 2, 1))
    with pytest.raises(BadArgument, match=r"ends on 2024-03-31(.|\n)*Next: give an earlier day"):
        land_series(months, as_of=date(2024, 3, 31), period=quarter, calendar=CALENDAR, team_of={})
    with pytest.raises(NotEnoughData, match=r"3 months were over(.|\n)*Next: choose a later day"):
        land_series(
            months.head(3), as_of=date(2023, 6, 30), period=CALENDAR.quarter_of(date(2023, 7, 1)),
            calendar=CALENDAR, team_of={},
        )  # fmt: skip


def test_people_are_compared_by_the_money_that_they_speak_of(lab):
    assert find_measure(lab, as_of=LAST) == "won_amount"


@pytest.mark.parametrize(("of_orders", "versions"), [("ordered_amount", [1, 2]), ("revenue", [2, 1])])
def test_of_targets_of_orders_and_of_won_deals_those_of_the_measure_count(of_orders, versions):
    goals = pd.DataFrame(
        {
            "target_id": ["t:1", "t:2"],
            "metric_id": ["won_amount", of_orders],
            "scope_type": "company",
            "period_start": date(2026, 7, 1),
            "period_end": date(2026, 9, 30),
            "target": [Decimal(70), Decimal(90)],
            "unit": "JPY",
            "version": versions,
        }
    )
    with connect("duckdb://") as lab:
        lab.write("targets", goals, source_system="test", loaded_at=datetime(2026, 11, 24))
        found = {measure: read_money_targets(lab, measure=measure)["target"].tolist() for measure in MEASURES}
    assert found == {"won_amount": [70], "ordered_amount": [90]}


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public samples are not at {DATA}")
@pytest.mark.requirement("M03")
def test_real_quotas_are_reached_as_often_as_the_chances_say():
    """AdventureWorks: 163 quotas of 17 people; ten people have two for one quarter of 2011, of which one counts."""
    lab = connect("duckdb://")
    import_export(DATA / "adventureworks", lab, map_name_or_file="adventureworks", loaded_at=datetime(2026, 11, 24))
    assert len(read_money_targets(lab, measure="ordered_amount")) == 153
    found = review_accuracy(lab, as_of=date(2013, 11, 30), n_periods=10)
    quotas = found.of("user").query("method == 'series' and days_before == 7")["target"].notna().sum()
    assert quotas > 100
    chances = calibrate_chances(found)
    assert sum(point.n for point in chances.points) > 400
    assert chances.error < 0.08
    assert chances.n_outside == 0
    skill = measure_forecasts(found.of("user")).query("method == 'series' and measure == 'brier_skill'")["value"]
    assert skill.iloc[0] > 0.4
    assert list_ranges(found)["is_inside"].mean() > 0.75
    assert {"no_submissions", "no_pipeline_history"} <= set(found.gaps)
