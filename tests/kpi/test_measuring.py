"""Metrics are counted where the rows are: what is planted is found, parts add up, the future is unknown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import (
    AS_OF,
    AUGUST,
    CALENDAR,
    LOADED,
    SEPTEMBER,
    deal,
    deals_of_known_rate,
    lab_of,
    only,
    order,
    quarter_of,
    visit,
)

from saleslab import kpi
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.intake import import_export
from saleslab.kpi.inputs import express_counts
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known
from saleslab.kpi.metrics.measuring import last_months
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse, connect

DATA = Path(__file__).parents[3] / "shared" / "data"
LIBRARY = kpi.library()
DEALS = ("n_opportunities", "n_won", "n_lost", "win_rate", "won_amount", "deal_size", "cycle_days", "open_deals")


def some(*names: str) -> list[kpi.Metric]:
    return [LIBRARY[name] for name in names]


@pytest.fixture(scope="module")
def scoped(invented_lab: Warehouse) -> pd.DataFrame:
    names = (*DEALS, "n_calls", "connect_rate", "discount_rate", "travel_km")
    return kpi.measure(
        invented_lab, some(*names), as_of=AS_OF, months=12, scopes=("company", "team", "user", "segment", "channel")
    )


# -- a planted truth is found


@pytest.mark.parametrize(
    ("metric_id", "planted_id"), [("n_appointments", "n_appointments"), ("new_win_rate", "win_rate")]
)
def test_what_the_invented_company_reports_of_each_month_is_measured(invented, invented_lab, metric_id, planted_id):
    planted = invented.frame("kpi_values")
    planted = planted[(planted["metric_id"] == planted_id) & planted["value"].notna()].set_index("period_start")
    found = kpi.measure(invented_lab, LIBRARY[metric_id], as_of=AS_OF, months=36).set_index("period_start")
    planted.index = pd.to_datetime(planted.index)
    assert len(found) == len(planted)
    np.testing.assert_allclose(found["value"], planted["value"].reindex(found.index), rtol=1e-12)


def test_leads_of_each_month_are_those_of_a_count_by_hand(invented, invented_lab):
    local = invented.frame("leads")["created_at"] + pd.Timedelta(hours=9)
    by_hand = local.dt.to_period("M").value_counts().sort_index()
    found = kpi.measure(invented_lab, LIBRARY["n_leads"], as_of=AS_OF, months=36)
    assert found["value"].tolist() == by_hand.tolist()


@pytest.mark.requirement("F02")
def test_a_young_cohort_is_told_what_it_will_come_to():
    lab = lab_of(opportunities=deals_of_known_rate(0.25, n=12_000, seed=3))
    values = kpi.measure(lab, LIBRARY["close_rate"], as_of=AS_OF, periods=[quarter_of(AS_OF)])
    young = only(values, "close_rate")
    assert young["value"] == pytest.approx(0.11, abs=0.02), "the cohort as it was opened lies"
    assert young["estimate"] == pytest.approx(0.25, abs=0.03)
    assert young["lo"] < 0.25 < young["hi"]
    assert young["maturity"] < 0.6
    assert not young["is_complete"], "the quarter is over, its outcomes are not"


@pytest.mark.requirement("F02")
def test_a_row_that_began_on_the_last_day_still_has_its_second_day_ahead():
    """Of ten deals a day four are won on the day, three on the next one, and three are lost then."""
    rows = [
        deal(f"o:{n}-{i}", opened=day, closed=done if done <= AS_OF else None, won=i < 7 and done <= AS_OF)
        for n in range(60)
        for i in range(10)
        for day in [AS_OF - timedelta(days=n)]
        for done in [day + timedelta(days=i >= 4)]
    ]
    last_day = Period(AS_OF, AS_OF)
    young = only(kpi.measure(lab_of(opportunities=rows), LIBRARY["close_rate"], as_of=AS_OF, periods=[last_day]),
                 "close_rate")  # fmt: skip
    assert (young["value"], young["estimate"]) == (0.4, pytest.approx(0.7, abs=1e-9))
    assert young["maturity"] == pytest.approx(4 / 7, abs=1e-9)


def test_an_old_cohort_is_what_it_shows():
    lab = lab_of(opportunities=deals_of_known_rate(0.25, n=6_000, seed=4))
    old = only(
        kpi.measure(lab, LIBRARY["close_rate"], as_of=AS_OF, periods=[quarter_of(date(2025, 6, 1))]), "close_rate"
    )
    assert old["estimate"] == pytest.approx(old["value"], abs=0.003)
    assert (old["maturity"] > 0.99, old["is_complete"]) == (True, True)


@pytest.mark.requirement("F02")
def test_estimates_of_young_cohorts_are_right_on_average():
    errors = []
    for seed in range(4):
        lab = lab_of(opportunities=deals_of_known_rate(0.25, n=2_500, seed=seed))
        values = kpi.measure(lab, LIBRARY["close_rate"], as_of=AS_OF, periods=[quarter_of(AS_OF)])
        errors.append(only(values, "close_rate")["estimate"] - 0.25)
    assert np.mean(errors) == pytest.approx(0.0, abs=0.03)


def test_a_cohort_without_any_success_has_no_estimate():
    rows = [deal(f"o:{n}", opened=date(2026, 9, 1) + timedelta(days=n)) for n in range(5)]
    young = only(kpi.measure(lab_of(opportunities=_with_a_closing(rows)), LIBRARY["close_rate"], as_of=AS_OF, months=1),
                 "close_rate")  # fmt: skip
    assert (young["value"], np.isnan(young["estimate"]), young["is_complete"]) == (0.0, True, False)


def _with_a_closing(rows):
    """Add a lost deal of long ago, so that the column of closings is not empty."""
    return [*rows, deal("o:old", opened=date(2024, 1, 1), closed=date(2024, 2, 1))]


# -- parts add up, ratios are pooled


@pytest.mark.requirement("B07")
@pytest.mark.parametrize("metric_id", ["n_won", "won_amount", "n_calls", "travel_km", "open_deals", "n_opportunities"])
def test_what_people_did_adds_up_to_their_team_and_teams_to_the_company(scoped, metric_id):
    rows = scoped[scoped["metric_id"] == metric_id]
    total = rows[rows["scope_type"] == "company"].set_index("period_start")["value"]
    for scope_type in ("user", "segment"):
        parts = rows[rows["scope_type"] == scope_type].groupby("period_start")["value"].sum()
        np.testing.assert_allclose(parts.reindex(total.index).fillna(0.0), total, rtol=1e-9)


@pytest.mark.requirement("B07")
def test_a_department_is_the_sum_of_the_teams_below_it(scoped, invented):
    teams = invented.frame("teams").set_index("team_id")["parent_team_id"]
    [top] = teams.index[teams.isna()]
    rows = scoped[(scoped["metric_id"] == "won_amount") & (scoped["scope_type"] == "team")]
    whole = rows[rows["scope_id"] == top].set_index("period_start")["value"]
    below = rows[rows["scope_id"].isin(teams.index[teams == top])].groupby("period_start")["value"].sum()
    np.testing.assert_allclose(below.reindex(whole.index), whole, rtol=1e-9)


@pytest.mark.requirement("B07")
@pytest.mark.parametrize("metric_id", ["win_rate", "connect_rate", "discount_rate", "deal_size"])
def test_the_ratio_of_a_company_is_that_of_its_peoples_counts_not_the_mean_of_their_ratios(scoped, metric_id):
    rows = scoped[scoped["metric_id"] == metric_id]
    whole = rows[rows["scope_type"] == "company"].set_index("period_start")["value"]
    people = rows[rows["scope_type"] == "user"].groupby("period_start")
    pooled = people["numerator"].sum() / people["denominator"].sum()
    np.testing.assert_allclose(pooled.reindex(whole.index), whole, rtol=1e-9)
    assert np.abs(people["value"].mean() - whole).max() > 0.01 * whole.max()


@pytest.mark.requirement("B07")
def test_months_add_up_to_their_quarter_and_ratios_are_pooled_again(invented_lab):
    quarter = quarter_of(date(2026, 5, 1))
    periods = [quarter, *CALENDAR.months_of(quarter)]
    values = kpi.measure(invented_lab, some("n_won", "win_rate"), as_of=AS_OF, periods=periods)
    is_quarter = values["period_end"] - values["period_start"] > pd.Timedelta(days=40)
    won = values["metric_id"] == "n_won"
    assert values[won & ~is_quarter]["value"].sum() == values[won & is_quarter]["value"].iloc[0]
    rate, months = values[~won & is_quarter].iloc[0], values[~won & ~is_quarter]
    assert rate["value"] == pytest.approx(months["numerator"].sum() / months["denominator"].sum(), rel=1e-12)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 80), st.booleans(), st.sampled_from(["u:1", "u:2", None])),
        min_size=1,
        max_size=30,
    )
)
def test_counts_are_those_of_a_count_by_hand(rows):
    start = date(2026, 7, 15)
    deals = [
        deal(
            f"o:{n}",
            opened=start + timedelta(days=day),
            closed=start + timedelta(days=day + long),
            won=won,
            owner_id=who,
        )
        for n, (day, long, won, who) in enumerate(rows)
    ]
    lab = lab_of(opportunities=deals)
    lost = {"table": "opportunities", "where": "is_lost", "at": "closed_at"}
    words = {"label": {"en": "x", "ja": "x"}, "meaning": {"en": "x", "ja": "x"}, "kind": "count", "unit": "count"}
    [metric] = kpi.declare_metrics([{"metric_id": "n_lost_here", **words, "numerator": lost}])
    frame = pd.DataFrame(deals)
    ended = frame[~frame["is_won"] & (frame["closed_at"] <= datetime(2026, 9, 30, 15))]
    by_hand = ended.groupby([ended["owner_id"], ended["closed_at"].dt.to_period("M")]).size()
    found = kpi.measure(lab, metric, as_of=AS_OF, months=3, scopes=("company", "user"))
    found = found[(found["scope_type"] == "user") & (found["value"] > 0)]
    keys = list(zip(found["scope_id"], found["period_start"].dt.to_period("M"), strict=True))
    assert dict(zip(keys, found["value"], strict=True)) == by_hand.to_dict()


def test_a_deal_with_three_lines_counts_once_and_its_lines_follow_its_key():
    deals = [deal("o:1", opened=AUGUST.start, closed=SEPTEMBER.start, won=True, owner_id="u:1", amount=600)]
    lines = [
        {"line_id": f"l:{n}", "opportunity_id": "o:1", "quantity": 1.0, "unit_price": 200, "discount_rate": 0.1}
        for n in range(3)
    ]
    lab = lab_of(opportunities=deals, opportunity_lines=lines)
    values = kpi.measure(lab, some("won_amount", "discount_rate"), as_of=AS_OF, months=1, scopes=("company", "user"))
    assert set(values[values["metric_id"] == "won_amount"]["value"]) == {600.0}
    assert only(values, "discount_rate", scope_type="user")["denominator"] == 600.0


# -- what is known, and of whom


def test_what_happened_after_as_of_is_not_known():
    rows = [
        deal("o:1", opened=date(2026, 8, 3), closed=date(2026, 8, 31), won=True),
        deal("o:2", opened=date(2026, 8, 3), closed=date(2026, 9, 1), won=True),
        deal("o:3", opened=date(2026, 9, 1)),
    ]
    names = ("n_won", "win_rate", "n_opportunities", "open_deals")
    then = kpi.measure(lab_of(opportunities=rows), some(*names), as_of=AUGUST.end, months=1)
    without = [rows[0], deal("o:2", opened=date(2026, 8, 3))]
    as_it_was = kpi.measure(lab_of(opportunities=without), some(*names), as_of=AUGUST.end, months=1)
    assert dict(zip(then["metric_id"], then["value"], strict=True)) == {
        "n_won": 1.0, "win_rate": 1.0, "n_opportunities": 2.0, "open_deals": 1.0,
    }  # fmt: skip
    pd.testing.assert_frame_equal(then.drop(columns="data_hash"), as_it_was.drop(columns="data_hash"))


def test_deleted_and_merged_rows_are_out_and_a_merged_customer_is_one():
    orders = [order("b:1", "a:1", 50, SEPTEMBER.start), order("b:2", "a:2", 50, date(2026, 9, 2))]
    orders += [{**order("b:3", "a:1", 900, SEPTEMBER.start), "is_deleted": True}]
    accounts = [{"account_id": "a:1", "merged_into_id": None}, {"account_id": "a:2", "merged_into_id": "a:1"}]
    lab = lab_of(orders=orders, accounts=accounts)
    values = kpi.measure(lab, some("revenue", "active_customers", "top_customer_share"), as_of=AS_OF, months=1)
    assert dict(zip(values["metric_id"], values["value"], strict=True)) == {
        "revenue": 100.0, "active_customers": 1.0, "top_customer_share": 1.0,
    }  # fmt: skip


def test_days_are_the_companys_own():
    early = deal("o:1", opened=date(2026, 3, 1), closed=date(2026, 3, 31), won=True)
    early["closed_at"] = datetime(2026, 3, 31, 23)  # UTC: 1 April 08:00 in Tokyo
    lab = lab_of(opportunities=[early])
    won = kpi.measure(lab, LIBRARY["n_won"], as_of=date(2026, 4, 30), months=2)
    assert won[won["value"] > 0]["period_start"].dt.date.tolist() == [date(2026, 4, 1)]


def test_money_in_another_currency_is_never_added():
    euros = deal("o:2", opened=AUGUST.start, closed=AUGUST.end, won=True, amount=5, currency="EUR")
    converted = deal(
        "o:3", opened=AUGUST.start, closed=AUGUST.end, won=True, amount=9, currency="EUR", amount_base=1500
    )
    plain = deal("o:1", opened=AUGUST.start, closed=AUGUST.end, won=True, amount=100, currency="JPY")
    values = kpi.measure(
        lab_of(opportunities=[plain, euros, converted]), LIBRARY["won_amount"], as_of=AUGUST.end, months=1
    )
    assert (only(values, "won_amount")["value"], only(values, "won_amount")["n"]) == (1600.0, 2)


def test_a_month_without_any_is_zero_between_months_that_have_some_and_nothing_before():
    rows = [deal("o:1", opened=date(2026, 6, 1), closed=date(2026, 6, 9), won=True)]
    rows += [deal("o:2", opened=date(2026, 9, 1), closed=date(2026, 9, 9))]
    values = kpi.measure(lab_of(opportunities=rows), some("n_won", "win_rate"), as_of=AS_OF, months=6)
    counts, rates = (values[values["metric_id"] == name] for name in ("n_won", "win_rate"))
    assert list(counts["value"]) == [1.0, 0.0, 0.0, 0.0], "from June on, before there is no data"
    assert list(rates["value"]) == [1.0, 0.0], "a rate without a decision has no row"


def test_beyond_the_last_day_on_record_nothing_is_said():
    lab = lab_of(opportunities=[deal("o:1", opened=date(2026, 6, 1), closed=date(2026, 6, 9), won=True)])
    assert len(kpi.measure(lab, LIBRARY["n_won"], as_of=AS_OF, months=6)) == 1, "July was never imported"


def test_a_month_that_is_not_over_says_so():
    rows = [deal("o:1", opened=AUGUST.start, closed=date(2026, 9, 9), won=True)]
    values = kpi.measure(lab_of(opportunities=rows), LIBRARY["n_won"], as_of=date(2026, 9, 15), months=1)
    assert not only(values, "n_won")["is_complete"]
    assert only(values, "n_won")["measured_at"] == pd.Timestamp("2026-09-15 15:00"), "the end of the day in Tokyo"


def test_a_stock_is_what_is_there_when_the_period_ends():
    rows = [
        deal("o:1", opened=date(2026, 7, 1), closed=date(2026, 8, 15)),
        deal("o:2", opened=date(2026, 8, 20), closed=date(2026, 9, 20)),
        deal("o:3", opened=date(2026, 8, 31)),
    ]
    values = kpi.measure(lab_of(opportunities=rows), some("open_deals", "pipeline_amount"), as_of=AS_OF, months=3)
    assert list(values[values["metric_id"] == "open_deals"]["value"]) == [1.0, 2.0, 1.0]
    assert list(values[values["metric_id"] == "pipeline_amount"]["value"]) == [100.0, 200.0, 100.0]


def test_medians_are_of_all_rows_not_of_medians():
    days = [10, 20, 30, 40, 90]
    rows = [
        deal(f"o:{n}", opened=AUGUST.end - timedelta(days=long), closed=AUGUST.end, won=True, owner_id=f"u:{n % 2}")
        for n, long in enumerate(days)
    ]
    lab = lab_of(
        opportunities=rows, users=[{"user_id": f"u:{n}", "team_id": "t:1", "is_active": True} for n in range(2)]
    )
    values = kpi.measure(lab, LIBRARY["cycle_days"], as_of=AUGUST.end, months=1, scopes=("company", "team", "user"))
    by_scope = dict(zip(values["scope_id"], values["value"], strict=True))
    assert by_scope == {"company": 30.0, "t:1": 30.0, "u:0": 30.0, "u:1": 30.0}
    assert only(values, "cycle_days", scope_id="company")["n"] == 5


# -- how much is read, and where it runs


def test_raw_rows_never_reach_python(everything, invented):
    assert len(invented.frame("activities")) > 20_000
    assert everything.rows_read < 2 * len(everything.frame)


@pytest.mark.parametrize("dialect", ["postgres"])
def test_other_engines_can_run_it(invented_lab, dialect):
    known = Known(invented_lab, AS_OF)
    grid = Grid(last_months(invented_lab, AS_OF, 2), ("team", "segment"))
    counts = list(dict.fromkeys(count for metric in LIBRARY.values() for count in metric.counts))
    queries = [ibis.to_sql(query, dialect=dialect) for query, _ in express_counts(known, counts, grid)]
    assert len(queries) < len(counts) / 2, "one pass answers several counts"
    assert not [query for query in queries if "ASOF" in query.upper()]


# -- targets


@pytest.mark.real_data
@pytest.mark.requirement("B07")
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data of ../shared/data are not here")
def test_the_quotas_of_adventureworks_are_attained_as_its_facts_say():
    lab = connect("duckdb://")
    import_export(DATA / "adventureworks", lab, map_name_or_file="adventureworks", loaded_at=LOADED)
    targets = kpi.read_targets(lab)
    quarters = FiscalCalendar(1, "US").periods_of(Period(date(2010, 10, 1), date(2013, 12, 31)), "quarter")
    values = kpi.measure(lab, LIBRARY["revenue"], as_of=date(2014, 1, 31), periods=quarters, scopes=("user",))
    attained = kpi.compare_targets(values, targets)
    assert (len(targets), len(attained), int((attained["attainment"] >= 1).sum())) == (163, 159, 49)
    assert attained["attainment"].median() == pytest.approx(0.845, abs=0.0005)
    as_ratio = kpi.measure(
        lab, LIBRARY["revenue_attainment"], as_of=date(2014, 1, 31), periods=quarters, scopes=("user",)
    )
    both = as_ratio.merge(attained, on=["scope_id", "period_start"])
    agrees = pd.Series(np.isclose(both["value_x"], both["attainment"], rtol=1e-9))
    assert agrees.groupby([both["scope_id"], both["period_start"]]).any().all(), (
        "ten people have two quotas of a quarter"
    )


def test_of_a_target_of_0_nothing_is_a_share():
    key = {"metric_id": "n_lost", "scope_type": "company", "scope_id": "company"}
    when = {"period_start": pd.Timestamp(SEPTEMBER.start), "period_end": pd.Timestamp(SEPTEMBER.end)}
    for value in (0.0, 3.0):
        values = pd.DataFrame([{**key, **when, "value": value, "is_complete": True}])
        targets = pd.DataFrame([{**key, **when, "target_id": "t:1", "target": 0.0}])
        [row] = kpi.compare_targets(values, targets).to_dict("records")
        assert (row["value"], row["target"], np.isnan(row["attainment"])) == (value, 0.0, True)


def test_of_two_versions_of_a_target_the_later_one_counts():
    rows = [deal("o:1", opened=AUGUST.start, closed=SEPTEMBER.start, won=True, amount=300)]
    one = {
        "metric_id": "won_amount", "scope_type": "company", "scope_id": "company", "unit": "JPY",
        "period_start": date(2026, 7, 1), "period_end": date(2026, 9, 30),
    }  # fmt: skip
    targets = [{**one, "target_id": "t:1", "target": 100.0, "version": 1}]
    targets += [{**one, "target_id": "t:2", "target": 400.0, "version": 2}]
    lab = lab_of(opportunities=rows, targets=targets)
    values = kpi.measure(lab, LIBRARY["quota_attainment"], as_of=AS_OF, periods=[quarter_of(AS_OF)])
    assert only(values, "quota_attainment")["value"] == 0.75


# -- kept numbers


@pytest.mark.requirement("F01")
def test_a_kept_number_is_measured_again_from_where_it_came():
    lab = lab_of(opportunities=deals_of_known_rate(0.3, n=300, seed=1))
    metrics = some("n_won", "win_rate", "cycle_days", "open_deals")
    values = kpi.measure(lab, metrics, as_of=date(2026, 8, 31), months=3, tree_version="3")
    assert kpi.record_values(lab, values, loaded_at=LOADED).n_added == len(values)
    kept = lab.read(lab.table("kpi_values"))
    again = kpi.rerun_values(lab, kept, metrics)
    assert again["is_reproduced"].all()
    assert again["is_same_data"].all()
    assert set(kept["tree_version"]) == {"3"}
    later = deal("o:late", opened=date(2026, 8, 1), closed=date(2026, 8, 20), won=True)
    lab.write("opportunities", pd.DataFrame([later]), source_system="hand", loaded_at=LOADED)
    changed = kpi.rerun_values(lab, kept, metrics).set_index(["metric_id", "period_start"])
    assert not changed["is_same_data"].any(), "the tables say that they changed"
    assert not changed.loc[("n_won", pd.Timestamp("2026-08-01")), "is_reproduced"]


@pytest.mark.requirement("F01")
def test_a_kept_number_is_never_overwritten():
    rows = [deal("o:1", opened=AUGUST.start, closed=AUGUST.end, won=True), deal("o:2", opened=SEPTEMBER.start)]
    lab = lab_of(opportunities=rows)
    values = kpi.measure(lab, LIBRARY["n_won"], as_of=AS_OF, months=2)
    assert kpi.record_values(lab, values, loaded_at=LOADED).n_added == 2
    assert kpi.record_values(lab, values, loaded_at=LOADED).n_added == 0
    with pytest.raises(BadArgument, match=r"(?s)2 of 2 values are on record.*Next: measure as of a later day"):
        kpi.record_values(lab, values.assign(value=9.0), loaded_at=LOADED)
    next_day = kpi.measure(lab, LIBRARY["n_won"], as_of=AS_OF + timedelta(days=1), months=2)
    kpi.record_values(lab, next_day, loaded_at=LOADED)
    assert len(lab.read(lab.table("kpi_values"))) == 2 + len(next_day), "both are known, each with its moment"


# -- refusals


def test_it_refuses_scopes_periods_and_months_that_are_none(invented_lab):
    with pytest.raises(
        BadArgument, match=r"(?s)\['galaxy'\].*Next: give some of: company, team, user, segment, channel"
    ):
        kpi.measure(invented_lab, LIBRARY["n_won"], as_of=AS_OF, scopes=("galaxy",))
    with pytest.raises(BadArgument, match=r"(?s)months is 0.*Next: give 1 or more"):
        kpi.measure(invented_lab, LIBRARY["n_won"], as_of=AS_OF, months=0)
    with pytest.raises(NotEnoughData, match=r"(?s)No period has begun by 2026-09-30.*Next: ask for earlier periods"):
        kpi.measure(invented_lab, LIBRARY["n_won"], as_of=AS_OF, periods=[CALENDAR.month_of(date(2026, 11, 1))])


def test_two_metrics_of_one_id_and_two_periods_of_one_first_day_are_refused():
    lab = lab_of(opportunities=[deal("o:1", opened=AUGUST.start, closed=AUGUST.end, won=True)])
    theirs = LIBRARY["n_won"].model_copy(update={"direction": "down"})
    with pytest.raises(BadArgument, match=r"(?s)n_won stands for two.*Next: give one of them another id"):
        kpi.measure(lab, [LIBRARY["n_won"], theirs], as_of=AS_OF)
    quarter = quarter_of(date(2026, 8, 1))
    both = kpi.measure(
        lab, LIBRARY["n_won"], as_of=AS_OF, periods=[quarter, Period(quarter.start, AUGUST.end), quarter]
    )
    assert len(both) == 2, "the same period twice is one"
    with pytest.raises(BadArgument, match=r"(?s)1 values start on the same day.*Next: keep months in one table"):
        kpi.record_values(lab, both, loaded_at=LOADED)


def test_periods_before_the_data_have_no_rows():
    lab = lab_of(opportunities=[deal("o:1", opened=AUGUST.start, closed=AUGUST.end, won=True)])
    values = kpi.measure(lab, some(*DEALS), as_of=AS_OF, periods=[CALENDAR.month_of(date(2025, 1, 1))])
    assert (len(values), "value" in values) == (0, True)


def test_it_names_what_it_needs_where_nothing_can_be_measured():
    lab = lab_of(activities=[visit("v:1", 3.0, AUGUST.start)])
    with pytest.raises(NotEnoughData, match=r"(?s)n_won needs opportunities, which is not imported.*Next: import"):
        kpi.measure(lab, LIBRARY["n_won"], as_of=AS_OF)
