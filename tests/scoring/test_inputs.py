"""Leads are described by what was known at their own moment, whatever happened afterwards."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest
from hand_made import AS_OF, at, lab_of, leads, tables
from ibis.config import Config

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import LeadTable, build_leads, read_open_leads, split_open
from saleslab.scoring.inputs import express_leads
from saleslab.simulation import Company, Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect


def row(table: LeadTable, lead_id: str) -> pd.Series:
    return table.frame.set_index("lead_id").loc[lead_id]


@pytest.fixture(scope="module")
def created(lab: Warehouse) -> LeadTable:
    return build_leads(lab, as_of=AS_OF)


@pytest.fixture(scope="module")
def lab() -> Warehouse:
    return lab_of()


@pytest.fixture(scope="module")
def contacted(lab: Warehouse) -> LeadTable:
    return build_leads(lab, as_of=AS_OF, known_at="contacted")


@pytest.fixture(scope="module")
def company() -> Company:
    return simulate(Scenario(seed=4, n_deals=60))


@pytest.fixture(scope="module")
def invented(company: Company) -> Warehouse:
    lab = connect("duckdb://")
    load_company(company, lab, loaded_at=datetime(2026, 10, 1))
    return lab


@pytest.fixture(scope="module")
def autumn_and_rows(invented: Warehouse) -> tuple[LeadTable, int]:
    before = invented.rows_read
    found = build_leads(invented, as_of=date(2026, 9, 30), known_at="contacted")
    return found, invented.rows_read - before


@pytest.fixture(scope="module")
def autumn(autumn_and_rows: tuple[LeadTable, int]) -> LeadTable:
    return autumn_and_rows[0]


# -- what is known


def test_every_lead_is_one_row_with_its_outcome_and_its_moment(created):
    frame = created.frame.set_index("lead_id")
    assert frame["won_at"].dropna().to_dict() == {"l:won": pd.Timestamp(at(4, 1))}
    assert frame["closed_at"].dropna().to_dict() == {
        "l:won": pd.Timestamp(at(4, 1)),
        "l:lost": pd.Timestamp(at(5, 1)),
        "l:given-up": pd.Timestamp(at(3, 20)),
    }
    assert set(frame.index[frame["is_open"]]) == {"l:waiting", "l:again"}
    assert (frame["scored_at"] == frame["created_at"]).all()


def test_a_new_lead_of_a_known_customer_is_known_as_such_and_the_first_one_is_not(created):
    again, first = row(created, "l:again"), row(created, "l:won")
    assert (again["industry"], again["employees"], again["title"]) == ("machines", 120, "head")
    assert (again["n_deals_won_before"], again["n_deals_lost_before"]) == (1, 1)
    assert again["annual_revenue"] == 5e8
    assert again["is_customer"]
    assert again["is_known_person"]
    assert not first["is_customer"]
    assert not first["is_known_company"]
    assert pd.isna(first["industry"]), "the account was made when the lead was converted: only buyers have one"


def test_touches_and_contacts_count_up_to_the_moment(created, contacted):
    assert row(created, "l:waiting")["n_marketing_touches"] == 1
    assert row(created, "l:won")["n_activities"] == 1
    assert row(contacted, "l:won")["n_activities"] == 1, "the first call itself is not before itself"
    assert row(contacted, "l:again")["n_activities"] == 1


def test_the_response_time_is_known_once_a_lead_was_contacted(created, contacted):
    assert "response_hours" not in created.inputs
    assert contacted.frame.set_index("lead_id")["response_hours"].to_dict() == {
        "l:won": 6, "l:lost": 48, "l:given-up": 24, "l:again": 24,
    }  # fmt: skip
    assert row(contacted, "l:again")["contact_channel"] == "email"
    assert row(contacted, "l:won")["contact_hour"] == 18, "hours are those of the company's zone"


def test_the_log_says_when_a_lead_was_contacted_where_the_lead_does_not():
    lab = lab_of(leads=leads().assign(first_touch_at=pd.NaT))
    found = build_leads(lab, as_of=AS_OF, known_at="contacted").frame
    assert found.set_index("lead_id")["scored_at"].to_dict() == {"l:won": at(2, 2, 9), "l:again": at(5, 12)}


def test_the_arrival_is_told_in_the_company_s_own_time(created):
    waiting = row(created, "l:waiting")
    assert (waiting["created_weekday"], waiting["created_hour"], waiting["created_month"]) == (1, 5, 6)
    assert row(created, "l:won")["created_on_business_day"]
    assert row(created, "l:won")["campaign_age_days"] == 10


def test_the_load_of_an_owner_is_what_was_open_at_the_moment(created):
    load = created.frame.set_index("lead_id")["n_leads_of_owner"].to_dict()
    assert load == {"l:won": 0, "l:lost": 1, "l:given-up": 0, "l:again": 0, "l:waiting": 0}


def test_a_lead_that_changed_hands_is_described_with_its_owner_of_then():
    moved = {"object_type": "lead", "object_id": "l:won", "field": "owner", "old": "u:2", "new": "u:1", "at": at(2, 4)}
    lab = lab_of(field_events=pd.DataFrame([moved]).assign(origin="crm_history"))
    found = build_leads(lab, as_of=AS_OF)
    assert row(found, "l:won")["owner"] == "u:2"
    assert row(found, "l:won")["owner_id"] == "u:1"
    assert row(found, "l:lost")["n_leads_of_owner"] == 0, "u:1 had not taken it over yet"


def test_an_appointment_can_be_the_goal():
    qualified = leads().assign(qualified_at=[at(2, 8), at(2, 19), None, None, None])
    found = build_leads(lab_of(leads=qualified), as_of=AS_OF, goal="qualified").frame.set_index("lead_id")
    assert found["won_at"].dropna().to_dict() == {"l:won": at(2, 8), "l:lost": at(2, 19)}
    assert found.loc["l:given-up", "closed_at"] == at(3, 20)


def test_deleted_leads_are_gone_and_merged_ones_leave_their_calls_to_the_kept_one():
    kept = leads().assign(
        converted_opportunity_id=None,
        is_deleted=[False, True, False, False, False],
        merged_into_id=[None, None, "l:waiting", None, None],
    )
    calls = pd.concat([tables()["activities"], pd.DataFrame([{
        "activity_id": "t:9", "lead_id": "l:given-up", "at": at(3, 4), "direction": "outbound", "channel": "phone",
        "type": "call", "user_id": "u:1",
    }])])  # fmt: skip
    found = build_leads(lab_of(leads=kept, activities=calls), as_of=AS_OF)
    assert set(found.frame["lead_id"]) == {"l:won", "l:again", "l:waiting"}
    assert row(found, "l:waiting")["n_activities"] == 1
    assert row(found, "l:won")["won_at"] == at(4, 1), "a deal that only names its lead is its deal"


# -- what is not known


@pytest.mark.parametrize(
    ("known_at", "seed"),
    [
        ("created", 0),
        ("contacted", 1),
        *(pytest.param("contacted", seed, marks=pytest.mark.slow) for seed in range(2, 8)),
    ],
)
def test_nothing_that_happens_after_the_moment_changes_a_feature(known_at, seed, created, contacted):
    plain = {"created": created, "contacted": contacted}[known_at]
    rng = np.random.default_rng(seed)
    cut = pd.Timestamp(rng.choice(plain.frame["scored_at"].to_numpy()))
    disturbed = build_leads(lab_of(**_disturb(cut, rng)), as_of=AS_OF, known_at=known_at, columns=plain.inputs.columns)
    before = plain.frame[plain.frame["scored_at"] <= cut]
    after = disturbed.frame[disturbed.frame["lead_id"].isin(before["lead_id"])]
    names = ["lead_id", "scored_at", *plain.inputs.columns]
    pd.testing.assert_frame_equal(after[names].reset_index(drop=True), before[names].reset_index(drop=True))


def _disturb(cut: pd.Timestamp, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return the company with everything after an instant moved, dropped, turned round, or added to."""
    made = tables()
    later = cut + pd.to_timedelta(rng.integers(1, 40, 40), unit="D")
    n = iter(later)
    for name, column in (("activities", "at"), ("touches", "at"), ("orders", "ordered_at"), ("contacts", "created_at"),
                         ("accounts", "created_at"), ("opportunities", "closed_at")):  # fmt: skip
        rows = made[name]
        is_later = pd.to_datetime(rows[column]) > cut
        rows.loc[is_later, column] = [next(n) for _ in range(int(is_later.sum()))]
        if name == "opportunities":
            rows.loc[is_later, "is_won"] = ~rows.loc[is_later, "is_won"].astype(bool)
        if name in {"activities", "touches", "orders"}:
            key = rows.columns[0]
            extra = rows.assign(**{key: rows[key] + ":more", column: [next(n) for _ in range(len(rows))]})
            made[name] = pd.concat([rows, extra])
    for column in ("disqualified_at", "converted_at"):
        is_later = pd.to_datetime(made["leads"][column]) > cut
        made["leads"].loc[is_later, column] = [next(n) for _ in range(int(is_later.sum()))]
    moved = made["leads"][["lead_id", "owner_id"]].rename(columns={"lead_id": "object_id", "owner_id": "old"})
    made["field_events"] = moved.assign(object_type="lead", field="owner", new="u:9", at=next(n), origin="crm_history")
    made["leads"]["owner_id"] = "u:9"
    newer = leads().assign(lead_id=leads()["lead_id"] + ":new", created_at=next(n), first_touch_at=pd.NaT)
    made["leads"] = pd.concat([made["leads"], newer.assign(converted_opportunity_id=None, owner_id="u:1")])
    return made


def test_what_was_known_in_spring_is_the_same_when_it_is_asked_in_autumn(invented, autumn):
    columns = autumn.inputs.columns
    spring = build_leads(invented, as_of=date(2026, 3, 31), known_at="contacted", columns=columns)
    both = autumn.frame[autumn.frame["lead_id"].isin(spring.frame["lead_id"])].reset_index(drop=True)
    names = ["lead_id", "created_at", "scored_at", *autumn.inputs.columns]
    pd.testing.assert_frame_equal(spring.frame[names], both[names])
    assert spring.frame["won_at"].notna().sum() < both["won_at"].notna().sum()


def test_what_lies_after_the_last_known_day_has_not_happened(lab):
    found = build_leads(lab, as_of=date(2026, 3, 31))
    frame = found.frame.set_index("lead_id")
    assert list(frame.index) == ["l:won", "l:lost", "l:given-up"]
    assert frame["won_at"].isna().all()
    assert frame["closed_at"].dropna().index.to_list() == ["l:given-up"]


# -- the leads to score


def test_open_leads_are_described_as_those_that_were_learned_from(created, lab):
    learned, waiting = split_open(created)
    assert set(learned.frame["lead_id"]) == {"l:won", "l:lost", "l:given-up"}
    read = read_open_leads(lab, as_of=AS_OF, columns=created.inputs.columns)
    pd.testing.assert_frame_equal(read.frame, waiting.frame)


def test_open_leads_can_be_described_as_of_today(lab):
    today = read_open_leads(lab, as_of=AS_OF, known_at="contacted", now=True)
    assert (today.frame["scored_at"] == datetime(2026, 6, 30, 15)).all(), "midnight in Tokyo"
    assert row(today, "l:waiting")["n_marketing_touches"] == 2
    assert row(today, "l:again")["n_activities"] == 2
    assert pd.isna(row(today, "l:waiting")["response_hours"])


# -- how much is read, and where it runs


def test_one_row_a_lead_reaches_python(autumn_and_rows, company):
    table, n_rows = autumn_and_rows
    assert n_rows == len(table.frame) == company.frame("leads")["first_touch_at"].notna().sum()


class _SparkOptions(Config):
    treat_nan_as_null: bool = False


@pytest.mark.parametrize("dialect", ["postgres", pytest.param("pyspark", marks=pytest.mark.slow)])
def test_other_engines_can_run_it(dialect, monkeypatch):
    # Spark is not installed here; its compiler reads this setting, which its driver would have made.
    monkeypatch.setattr(ibis.options, "pyspark", _SparkOptions())
    query = express_leads(lab_of(field_events=_owner_change()), as_of=AS_OF, known_at="contacted")
    sql = ibis.to_sql(query, dialect=dialect)
    assert sql.strip().upper().startswith(("SELECT", "WITH"))
    assert "ASOF" not in sql.upper()


def _owner_change() -> pd.DataFrame:
    return pd.DataFrame([{
        "object_type": "lead", "object_id": "l:won", "field": "owner", "old": "u:2", "new": "u:1", "at": at(2, 4),
        "origin": "crm_history",
    }])  # fmt: skip


# -- planted truth


def test_planted_counts_are_found_on_an_invented_company(autumn, company):
    planted = company.frame("leads").set_index("lead_id")
    frame = autumn.frame.set_index("lead_id")
    hours = (planted["first_touch_at"] - planted["created_at"]).dt.total_seconds() / 3600
    pd.testing.assert_series_equal(frame["response_hours"].sort_index(), hours.dropna().sort_index(), check_names=False)
    calls = company.frame("activities").merge(frame[["scored_at"]], left_on="lead_id", right_index=True)
    counted = calls[calls["at"] < calls["scored_at"]].groupby("lead_id").size().reindex(frame.index, fill_value=0)
    assert (frame["n_activities"] == counted).all()


def test_the_load_agrees_with_a_count_by_hand(autumn, company):
    found = autumn.frame
    all_leads = company.frame("leads")
    deals = company.frame("opportunities").set_index("opportunity_id")
    decided = all_leads["converted_opportunity_id"].map(deals["closed_at"].where(deals["is_closed"]))
    ended = pd.concat([all_leads["converted_at"], all_leads["disqualified_at"], decided], axis=1).min(axis=1)
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(found), 25):
        lead = found.iloc[place]
        mine = (all_leads["owner_id"] == lead["owner"]) & (all_leads["created_at"] < lead["scored_at"])
        assert lead["n_leads_of_owner"] == (mine & ~(ended < lead["scored_at"])).sum()


# -- refusals


def test_it_refuses_unknown_moments_goals_and_columns(lab):
    with pytest.raises(BadArgument, match=r"(?s)'later' is no moment of a lead.*Next: give one of: created, contacted"):
        build_leads(lab, as_of=AS_OF, known_at="later")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match=r"(?s)'fame' is no goal of a lead.*Next: give one of: won, qualified"):
        build_leads(lab, as_of=AS_OF, goal="fame")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match=r"(?s)There is no feature 'luck'.*Next: choose from: source"):
        build_leads(lab, as_of=AS_OF, columns=["luck"])
    with pytest.raises(
        BadArgument, match=r"(?s)Not known when a lead is created: response_hours.*Next: describe leads at"
    ):
        build_leads(lab, as_of=AS_OF, columns=["source", "response_hours"])


def test_what_is_wanted_is_checked_before_anything_is_read():
    with pytest.raises(BadArgument, match="There is no feature 'luck'"):
        read_open_leads(connect("duckdb://"), as_of=AS_OF, columns=iter(["luck"]))


@pytest.mark.parametrize("known_at", ["created", "contacted"])
def test_a_part_of_the_features_is_the_same_as_in_the_whole(known_at, invented):
    whole = build_leads(invented, as_of=date(2026, 9, 30), known_at=known_at)
    names = list(whole.inputs.columns)[::3]
    part = build_leads(invented, as_of=date(2026, 9, 30), known_at=known_at, columns=names)
    pd.testing.assert_frame_equal(part.frame, whole.frame[part.frame.columns])


def test_the_query_holds_each_part_once(lab):
    sql = str(ibis.to_sql(express_leads(lab, as_of=AS_OF, known_at="contacted"), dialect="duckdb"))
    for name in ("existing_leads", "followed_leads", "contacted_leads", "scored_leads", "described_leads"):
        assert sql.count(f'"{name}" AS (') == 1, name
    assert len(sql) < 100_000, "each selection of columns of a join would be written out: it was 415,000"


def test_it_says_when_there_is_nothing_to_learn_from(lab):
    with pytest.raises(NotEnoughData, match=r"(?s)the warehouse has no leads.*Next: import leads first"):
        build_leads(lab_of(leads=None), as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"(?s)No lead had been created by 2020-01-01.*Next: give a later as_of"):
        build_leads(lab, as_of=date(2020, 1, 1))
    with pytest.raises(NotEnoughData, match=r"(?s)No lead was open on 2020-01-01.*Next: give another day"):
        read_open_leads(lab, as_of=date(2020, 1, 1))
    waiting = build_leads(lab, as_of=AS_OF, created_since=date(2026, 5, 1))
    assert len(waiting.frame) == 2
    with pytest.raises(NotEnoughData, match=r"(?s)All 2 leads are open.*Next: import leads that were won"):
        split_open(waiting)


def test_features_that_hold_nothing_are_named_with_what_they_need():
    others = dict.fromkeys(set(tables()) - {"leads"})
    found = build_leads(lab_of(**others), as_of=AS_OF, known_at="contacted")
    assert {"source", "owner", "response_hours", "created_hour", "n_leads_of_owner"} <= set(found.inputs.columns)
    absent = {feature.name: feature.needs for feature in found.absent}
    assert absent["campaign_type"] == ("campaigns.type",)
    assert absent["created_on_business_day"] == ("calendar.is_business_day",)
    assert not set(absent) & set(found.inputs.columns)


def test_a_model_gets_its_columns_also_where_they_hold_nothing(created):
    lab = lab_of(**dict.fromkeys(set(tables()) - {"leads"}))
    found = build_leads(lab, as_of=AS_OF, columns=created.inputs.columns)
    assert list(found.inputs.columns) == list(created.inputs.columns)
    assert found.inputs["campaign_type"].isna().all()
    assert (found.inputs.dtypes == created.inputs.dtypes).all()


def test_a_table_can_be_cut_to_some_features(created):
    less = created.drop(["owner", "campaign"])
    assert not {"owner", "campaign"} & set(less.inputs.columns)
    assert len(less.features) == len(created.features) - 2
    assert less.groups.to_list() == ["a:aoba", "a:gin", "l:given-up", "a:aoba", "l:waiting"]
    assert less.time.to_list() == created.frame["created_at"].to_list()
