"""One goal has one chance: the target study, the scorecard, the weekly review and the forecast say the same number."""

from datetime import date, datetime

import pytest

from saleslab import forecasting, kpi
from saleslab.kpi import scorecard
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

AS_OF, TARGET = date(2026, 8, 7), 30_000_000.0
TABLES = ("opportunities", "stages", "stage_events", "leads", "handoffs", "activities", "users", "teams", "accounts")
TREE = kpi.override_tree(
    kpi.read_template("inside_sales"), {"won_amount": {"target": {"period": "2026Q2", "target": TARGET}}}
)


@pytest.fixture(scope="module")
def lab():
    made = simulate(Scenario(seed=5, n_deals=500))
    with connect("duckdb://") as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
        lab.change_settings(timezone="Asia/Tokyo")
        yield lab


@pytest.fixture(scope="module")
def landed(lab):
    return forecasting.follow_landing(lab, as_of=AS_OF, n_weeks=1)


@pytest.fixture(scope="module")
def study(lab, landed):
    return kpi.review_target(lab, as_of=AS_OF, tree=TREE, n_past=0, **_hand_over(landed))


@pytest.fixture(scope="module")
def card(lab, landed):
    readers = scorecard.find_readers(lab)
    return scorecard.make_scorecard(lab, as_of=AS_OF, tree=TREE, readers=readers, **_hand_over(landed))


def _hand_over(landed):
    assert landed.has_deals
    return {"draws": landed.draws, "drawn_for": landed.period, "money": landed.measure}


@pytest.mark.requirement("D07", "E06")
def test_every_page_says_the_same_chance_of_the_goal(lab, landed, study, card):
    found = study.study
    assert found.is_forecast
    assert 0.05 < found.chance < 0.95
    assert abs(found.chance - found.forecast.chance_own) > 0.01
    assert card.goal.chance == found.chance
    pack = kpi.prepare_meeting(
        lab, as_of=AS_OF, tree=TREE, draws=landed.draws, period=landed.period, money=landed.measure, deals=landed.deals
    )
    assert pack.pace.chance == found.chance
    outlook = forecasting.review_outlook(lab, as_of=AS_OF, target=TARGET, n_past=0)
    assert outlook.landing.chance_hit == found.chance
    assert outlook.landing.p50 == pytest.approx(found.land(0.5), rel=0.005)


def test_each_page_says_whose_chance_it_is(study, card):
    for notes in (kpi.write_target_notes(study), scorecard.write_score_notes(card)):
        told = {note["name"].removeprefix("score_"): note["text"] for note in notes}["basis"]
        assert "are the forecast's, as in the weekly review" in told.en
        assert "週次レビューと同じく" in told.ja
        assert f"{round(100 * study.study.forecast.chance_own)} %" in told.en


def test_what_the_goal_is_made_of_starts_from_the_forecast_on_both_pages(study, card):
    nodes = study.study.nodes.set_index("node")
    lines = {line.name: line for line in card.measures}
    for name in ("won_amount", "n_won", "n_decided", "win_rate"):
        assert lines[name].middle == nodes.loc[name, "p50"]


def test_a_target_that_nobody_set_is_one_that_the_forecast_reaches_every_second_time(lab, landed):
    even = kpi.review_target(lab, as_of=AS_OF, n_past=0, **_hand_over(landed))
    assert even.is_suggested
    assert even.study.is_forecast
    assert 0.4 < even.study.chance < 0.6


def test_a_goal_of_another_period_keeps_the_chance_of_its_measures(lab, landed):
    year = lab.settings.fiscal_calendar.parse("FY2026")
    of_year = kpi.review_target(lab, as_of=AS_OF, period=year, target=4 * TARGET, n_past=0, **_hand_over(landed))
    assert of_year.study.forecast is None
    assert "come from how the measures went" in kpi.write_target_notes(of_year)[0]["text"].en


def test_without_deals_a_landing_says_that_none_were_looked_at(lab):
    orders = simulate(Scenario(seed=5, n_deals=200)).tables["orders"]
    with connect("duckdb://") as other:
        other.write("orders", orders, source_system="test", loaded_at=datetime(2026, 11, 24))
        assert not forecasting.follow_landing(other, as_of=AS_OF, n_weeks=1).has_deals
