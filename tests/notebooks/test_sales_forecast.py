"""The report of the landing: its numbers add up, it sees nothing of the future, and says what it cannot know."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab import charts, forecasting
from saleslab.charts.theme import PHONE
from saleslab.errors import BadArgument
from saleslab.periods import Period
from saleslab.reporting.blocks import check_blocks
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording import Money, write

AS_OF = date(2026, 8, 20)
WITHIN_REACH = 50_000_000.0
TABLES = (
    "opportunities",
    "stages",
    "stage_events",
    "field_events",
    "users",
    "teams",
    "targets",
    "forecast_submissions",
)


@pytest.fixture(scope="module")
def made():
    return simulate(Scenario(seed=5, n_deals=900))


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(space, made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    address, log = f"duckdb:///{folder}/lab.duckdb", folder / "forecasts.jsonl"
    with connect(address) as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    promise_a_quarter(log)
    asked = {"as_of": AS_OF.isoformat(), "target": WITHIN_REACH, "n_past": 2, "log": str(log)}
    return run_cells("sales_forecast", space, db=address, **asked)


def promise_a_quarter(file):
    """Write down a landing of the quarter before, and what came."""
    row = {"series_id": "company", "period": "2026-04-01", "period_end": "2026-06-30"}
    log = forecasting.ForecastLog(file)
    said = pd.DataFrame([row | {"median": 90.0, "lower_80": 80.0, "upper_80": 110.0}])
    log.write(said, model="landing", as_of=date(2026, 5, 20), at=datetime(2026, 5, 21))
    log.score(pd.DataFrame([row | {"value": 100.0}]), at=datetime(2026, 7, 1))


def test_a_page_that_tells_what_it_promised_before_can_be_published(blocks):
    check_blocks(blocks)
    (recorded,) = [one for one in of_kind(blocks, "table") if one.name == "recorded"]
    assert recorded.data.n_rows == 1
    assert "1 landing that was written down in time" in words_of(blocks)


@pytest.mark.requirement("M03", "H04", "H06")
def test_the_page_answers_first_and_has_every_part(blocks, space):
    assert 0.2 < space["outlook"].landing.chance_hit < 0.8
    assert "likely to reach" in of_kind(blocks, "headline")[0].status.en
    assert {one.name for one in of_kind(blocks, "figure")} == {"landing_parts", "deciding", "movement", "quarters"}
    assert {one.name for one in of_kind(blocks, "table")} >= {"moved", "team", "past"}
    assert {one.name for one in of_kind(blocks, "kpi")} >= {"landing", "chance", "won", "open", "new", "without"}
    assert len(of_kind(blocks, "worklist")[0].tasks) == 10


def test_the_parts_add_up_to_the_landing_and_won_is_what_was_won(space, made):
    outlook = space["outlook"]
    steps = forecasting.list_landing_steps(outlook)
    assert steps[-1].end == outlook.landing.p50
    assert outlook.shares.sum() == pytest.approx(outlook.landing.p50)
    deals = made.tables["opportunities"].to_pandas()
    local = deals["closed_at"] + pd.Timedelta(hours=9)
    inside = (local >= pd.Timestamp(2026, 7, 1)) & (local < pd.Timestamp(2026, 8, 21))
    won = float(deals.loc[deals["is_won"].astype(bool) & inside, "amount"].sum())
    assert outlook.landing.won == pytest.approx(won)
    assert outlook.landing.p10 < outlook.landing.p50 < outlook.landing.p90


def test_a_deal_moves_the_chance_between_lost_and_won(space):
    outlook = space["outlook"]
    deals = forecasting.list_deciding(outlook)
    effects = [deal.effect for deal in deals]
    assert effects[0] > 0.02
    assert effects == sorted(effects, reverse=True)
    for deal in deals:
        assert 0 <= deal.chance_if_lost <= deal.chance_if_won <= 1
    assert all(deal.next_step is None or isinstance(deal.next_step, str) for deal in deals)


def test_no_chance_of_a_deal_is_said_to_be_nought_or_a_hundred_percent(space):
    outlook = space["outlook"]
    deals = outlook.landing.deals.copy()
    deals["chance_won"], deals["effect_on_chance"] = 0.001, 0.999
    thin = replace(outlook, landed=replace(outlook.landed, landing=replace(outlook.landing, deals=deals)))
    rows = forecasting.tabulate_deciding(thin)
    assert {write(value, "en") for value in rows["chance"]} == {"under 1 %"}
    assert {write(value, "en") for value in rows["won_if"]} == {"over 99 %"}
    facts = [dict(task["facts"]) for task in forecasting.write_deciding_list(thin)["tasks"]]
    assert {write(value, "ja") for told in facts for name, value in told.items() if "Chance" in name.en} == {"1%未満"}


def test_a_company_of_orders_has_sold_and_one_without_targets_is_shown_no_marks(space):
    outlook = space["outlook"]
    assert forecasting.write_landing_cards(outlook)[2]["label"].en == "Won so far"
    sold = replace(outlook, measure="ordered_amount", target=None, quarters=outlook.quarters.assign(target=np.nan))
    assert "Sold so far" in {card["label"].en for card in forecasting.write_landing_cards(sold)}
    assert write(forecasting.tabulate_landing(sold)["part"].iloc[0], "en") == "Sold"
    assert "Marks" in forecasting.describe_quarters(outlook)["caption"].en
    assert "Marks" not in forecasting.describe_quarters(sold)["caption"].en
    assert "money of orders" in " ".join(note["text"].en for note in forecasting.write_landing_notes(sold))
    assert "categories" in forecasting.describe_landing(outlook)["caption"].en


def test_where_no_deal_can_bring_the_target_on_record_none_is_said_to_decide(space):
    outlook = forecasting.review_outlook(space["lab"], as_of=AS_OF, n_past=0)
    assert outlook.target.amount > 1.5 * outlook.landing.p50
    assert {deal.effect for deal in forecasting.list_deciding(outlook)} == {None}
    assert forecasting.write_landing_headline(outlook)["status"].en.startswith("under 1 % likely")
    assert "No single deal" in forecasting.write_deciding_list(outlook)["caption"].en
    sure = forecasting.review_outlook(space["lab"], as_of=AS_OF, target=1.0, n_past=0)
    assert forecasting.write_landing_headline(sure)["status"].en.startswith("over 99 % likely")


def test_what_happened_later_changes_nothing(space, made, tmp_path):
    """A deal that closed later, and everything created later, is taken out of the tables: the answer is the same."""
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    over = pd.Timestamp(2026, 8, 20, 15)
    with connect(address) as lab:
        for name in TABLES:
            rows = made.tables[name].to_pandas()
            if name == "opportunities":
                rows = rows[rows["created_at"] < over].copy()
                later = rows["closed_at"] >= over
                rows.loc[later, ["is_closed", "is_won"]] = False
                rows.loc[later, "closed_at"] = pd.NaT
            elif "events" in name:
                rows = rows[rows["at"] < over]
            lab.write(name, rows, source_system="test", loaded_at=datetime(2026, 11, 24))
        again = forecasting.review_outlook(lab, as_of=AS_OF, target=WITHIN_REACH, n_past=0)
    now = space["outlook"].landing
    assert again.landing.won == pytest.approx(now.won)
    assert again.landing.p50 == pytest.approx(now.p50, rel=1e-9)
    assert again.landing.deals["effect_on_chance"].tolist() == pytest.approx(now.deals["effect_on_chance"].tolist())


def test_names_of_people_and_deals_are_shown_only_where_they_are_wanted(blocks, space, made):
    names = {name for table in ("users", "opportunities") for name in made.tables[table]["name"].to_pylist()}
    shown = {task.whom.en for task in of_kind(blocks, "worklist")[0].tasks}
    assert shown <= names
    hidden = forecasting.read_forecast_names(
        space["lab"], [*space["outlook"].names, *made.tables["users"]["user_id"].to_pylist()], show_names=False
    )
    assert not names & set(hidden.values())


@pytest.mark.parametrize("day", ["2026-08-20", "2020-12-20"])
def test_a_company_without_deals_lands_by_its_course_once_it_has_one(day, made, tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(address) as lab:
        for name in ("orders", "targets"):
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    blocks = run_cells("sales_forecast", db=address, as_of=day, n_past=1)
    told = of_kind(blocks, "headline")[0]
    if day.startswith("2020"):
        assert told.status.en == "No forecast"
        assert "Sales of" in words_of(blocks)
        assert not of_kind(blocks, "figure")
    else:
        assert "the course of past sales alone" in told.answer.en
        assert "No open deals are on record" in words_of(blocks)
        assert not of_kind(blocks, "worklist")
        assert {one.name for one in of_kind(blocks, "figure")} == {"landing_parts", "quarters"}


def test_a_period_that_is_over_or_far_off_is_refused(space):
    lab, calendar = space["lab"], space["outlook"].calendar
    with pytest.raises(BadArgument, match=r"The period is over on 2026-06-30(?s:.*)Next: choose a later period"):
        forecasting.review_outlook(lab, as_of=AS_OF, period=calendar.parse("FY2026Q1"))
    with pytest.raises(BadArgument, match=r"2026-08-20 is the last day(?s:.*)Next: choose the period that holds"):
        forecasting.review_outlook(lab, as_of=AS_OF, period=calendar.parse("FY2026Q4"))


def test_the_landing_is_drawn_with_its_target_in_both_languages(space):
    outlook = space["outlook"]
    goal = Money(round(outlook.target.amount), outlook.currency)
    for lang in ("en", "ja"):
        picture = charts.render_svg(charts.forecasting.draw_landing(outlook, lang=lang, width=PHONE), width=PHONE)
        assert {"en": "target", "ja": "目標"}[lang] in picture
        assert "NaN" not in picture
    assert goal.amount == outlook.target.amount


def test_the_course_of_a_steady_company_is_known_to_within_its_range():
    lot = np.random.default_rng(3)
    day = pd.date_range("2023-04-01", "2026-08-20")
    days = pd.DataFrame({"day": day, "amount": lot.gamma(4.0, 25.0, len(day))})
    quarter = Period(date(2026, 7, 1), date(2026, 9, 30))
    course = forecasting.foresee_course(days, period=quarter, as_of=AS_OF)
    low, high = np.quantile(course.draws, [0.1, 0.9])
    assert low < 92 * 100 < high
    assert course.booked == pytest.approx(days.loc[days["day"] >= "2026-07-01", "amount"].sum())


def test_deals_that_are_too_few_to_learn_from_are_not_looked_at_and_it_is_said_why(made, tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(address) as lab:
        for name, most in (("opportunities", 20), ("stages", 99)):
            rows = made.tables[name].slice(0, most)
            lab.write(name, rows, source_system="test", loaded_at=datetime(2026, 11, 24))
        days = pd.DataFrame({"day": pd.date_range("2023-10-01", "2024-06-30"), "amount": 5.0})
        quarter = Period(date(2024, 7, 1), date(2024, 9, 30))
        told = {"as_of": date(2024, 6, 30), "period": quarter, "target": None, "n_draws": 200}
        landed = forecasting.land_period(lab, days, measure="won_amount", **told)
    assert landed.pipeline is None
    assert "30 are needed" in landed.why_course.en
    assert landed.landing.p50 == pytest.approx(92 * 5, rel=0.1)
