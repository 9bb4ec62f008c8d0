"""A target study from a warehouse: whichever tables a company has, and wherever its day ends."""

from datetime import date, datetime

import pytest

from saleslab.errors import NotEnoughData
from saleslab.kpi.targets.pages import write_target_banners, write_target_headline
from saleslab.kpi.targets.review import review_target, round_target, try_target, write_period_code
from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

AS_OF = date(2026, 7, 31)
DEALS = ("opportunities", "stages", "users", "teams", "leads", "handoffs", "activities", "accounts")
ORDERS = ("orders", "order_lines", "accounts", "users", "activities", "contacts", "tasks")


def _make_lab(invented, tables, zone="Asia/Tokyo"):
    lab = connect("duckdb://")
    for name in tables:
        lab.write(name, invented.tables[name], source_system="test", loaded_at=datetime(2026, 10, 1))
    lab.change_settings(timezone=zone)
    return lab


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_study_is_there_wherever_the_company_s_day_ends(invented, zone):
    review = review_target(_make_lab(invented, DEALS, zone), as_of=AS_OF, n_past=1)
    assert review.study.goal == "won_amount"
    assert review.study.span.known == (date(2026, 7, 1),)
    assert review.study.come > 0
    assert len(review.past) == 1


def test_a_company_without_a_target_gets_one_that_is_reached_every_second_time(invented):
    review = review_target(_make_lab(invented, DEALS), as_of=AS_OF, n_past=0)
    assert review.is_suggested
    assert 0.35 < review.study.chance < 0.65
    assert write_target_headline(review)["tone"] == "neutral"
    assert [banner["name"] for banner in write_target_banners(review)] == ["template", "no_target"]


def test_a_company_with_orders_only_is_asked_about_its_orders(invented):
    review = review_target(_make_lab(invented, ORDERS), as_of=AS_OF, n_past=0)
    assert review.study.goal == "revenue"
    assert {reach.name for reach in review.study.reaches} == {"n_orders", "order_value"}


def test_a_company_without_either_is_told_what_is_missing(invented):
    review, gap = try_target(_make_lab(invented, ("accounts",)), as_of=AS_OF)
    assert review is None
    assert isinstance(gap, NotEnoughData)


def test_periods_are_written_as_they_are_read():
    calendar = FiscalCalendar(start_month=4)
    for code in ("FY2026", "2026Q3", "2026H1", "2026-11"):
        assert write_period_code(calendar.parse(code)) == code


def test_targets_are_set_in_round_numbers():
    assert [round_target(level) for level in (187_345_211.0, 0.4712, 98.7)] == [190_000_000.0, 0.47, 99.0]
