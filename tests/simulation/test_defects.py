"""Each defect is where the truth says it is, and nowhere else."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rapidfuzz import fuzz

from saleslab.simulation import Company, Defects, Scenario, simulate
from saleslab.simulation.spellings import respell

KINDS = list(Defects.__slots__)


def rows_of(company: Company, kind: str) -> pd.DataFrame:
    found = company.truth.defects
    return found[found["kind"] == kind]


def marked(company: Company, kind: str) -> set[str]:
    return set(rows_of(company, kind)["row_id"])


@pytest.mark.requirement("F01")
def test_all_twelve_kinds_are_planted_and_a_clean_company_has_none(company: Company, spoilt: Company) -> None:
    assert len(KINDS) == 12
    assert set(spoilt.truth.defects["kind"]) == set(KINDS)
    assert company.truth.defects.empty


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_alone_spoils_only_its_tables(kind: str) -> None:
    scenario = Scenario(seed=2, n_deals=60)
    clean = simulate(scenario)
    dirty = simulate(Scenario(seed=2, n_deals=60, defects=Defects(**{kind: 0.01})))
    touched = {name for name in clean.tables if not clean.tables[name].equals(dirty.tables[name])}
    assert set(dirty.truth.defects["kind"]) == {kind}
    extra = {"immature_cohort": {"stage_events"}}.get(kind, set())
    assert touched == set(dirty.truth.defects["table_name"]) | extra


def test_copies_are_spelt_differently_and_recognisably(spoilt: Company) -> None:
    rows = rows_of(spoilt, "duplicates")
    for table, key in (("accounts", "account_id"), ("contacts", "contact_id")):
        names = spoilt.frame(table).set_index(key)["name"]
        pairs = rows[rows["table_name"] == table]
        copies, originals = names[pairs["row_id"]].to_numpy(), names[pairs["other_id"]].to_numpy()
        assert (copies != originals).all()
        alike = [
            fuzz.ratio(unicodedata.normalize("NFKC", a), unicodedata.normalize("NFKC", b))
            for a, b in zip(copies, originals, strict=True)
        ]
        assert min(alike) > 50
        assert np.mean(alike) > 80


def test_people_entered_twice_keep_mail_or_telephone(spoilt: Company) -> None:
    rows = rows_of(spoilt, "duplicates")
    pairs = rows[rows["table_name"] == "contacts"]
    people = spoilt.frame("contacts").set_index("contact_id")
    copy, original = people.loc[pairs["row_id"]], people.loc[pairs["other_id"]]
    same_mail = copy["email"].to_numpy() == original["email"].to_numpy()
    same_phone = copy["phone"].to_numpy() == original["phone"].to_numpy()
    assert (same_mail ^ same_phone).all()


def test_findings_about_deals_are_exactly_the_planted_ones(spoilt: Company) -> None:
    deals = spoilt.frame("opportunities")
    by_id = deals["opportunity_id"]
    assert set(by_id[deals["owner_id"].isna()]) == marked(spoilt, "missing_owners")
    assert set(by_id[deals["closed_at"] < deals["created_at"]]) == marked(spoilt, "closed_before_created")
    assert set(by_id[deals["amount"] < 0]) == marked(spoilt, "negative_amounts")
    assert set(by_id[~deals["account_id"].isin(spoilt.frame("accounts")["account_id"])]) == marked(spoilt, "orphans")
    assert set(by_id[deals["probability"] > 1]) == marked(spoilt, "probability_range")
    assert set(by_id[by_id.duplicated()]) == marked(spoilt, "duplicated_keys")


def test_backdated_moves_lie_before_the_creation_of_their_deal(spoilt: Company) -> None:
    events = spoilt.frame("stage_events")
    created = spoilt.frame("opportunities").drop_duplicates("opportunity_id").set_index("opportunity_id")["created_at"]
    deals = events[events["object_type"] == "opportunity"]
    early = deals[deals["at"] < created.reindex(deals["object_id"]).to_numpy()]
    assert set(early["event_id"]) == marked(spoilt, "backdated_stages")


def test_some_people_record_a_fifth_of_what_they_do(company: Company, spoilt: Company) -> None:
    before, after = (c.frame("activities")["user_id"].value_counts() for c in (company, spoilt))
    share = (after / before).fillna(0.0)
    lazy = marked(spoilt, "uneven_logging")
    assert set(share[share < 0.5].index) == lazy
    assert (share.drop(list(lazy)) == 1).all()


def test_deleted_and_merged_accounts_are_flagged(spoilt: Company) -> None:
    accounts = spoilt.frame("accounts")
    flagged = accounts[accounts["is_deleted"] | accounts["merged_into_id"].notna()]
    assert set(flagged["account_id"]) == marked(spoilt, "deleted_or_merged")
    assert not set(flagged["merged_into_id"].dropna()) & set(flagged["account_id"])
    assert flagged["is_deleted"].any()
    assert flagged["merged_into_id"].notna().any()


@pytest.mark.requirement("F02")
def test_the_fresh_cohort_looks_worse_than_the_truth(company: Company, spoilt: Company) -> None:
    def naive(firm: Company) -> float:
        deals = firm.frame("opportunities").drop_duplicates("opportunity_id")
        recent = deals[(deals["created_at"] >= pd.Timestamp("2026-07-01")) & (deals["type"] == "new")]
        return float(recent["is_won"].mean())

    fresh = spoilt.frame("opportunities").set_index("opportunity_id").loc[sorted(marked(spoilt, "immature_cohort"))]
    assert not fresh["is_closed"].any()
    assert (fresh["created_at"] >= pd.Timestamp("2026-09-10")).all()
    truth = company.truth.deals["chance_won"][company.frame("opportunities")["type"] == "new"].mean()
    assert naive(spoilt) < naive(company) < truth


def test_misspelt_products_do_not_exist(spoilt: Company) -> None:
    lines = spoilt.frame("opportunity_lines")
    unknown = ~lines["product_id"].isin(spoilt.frame("products")["product_id"])
    assert set(lines.loc[unknown, "line_id"]) == marked(spoilt, "product_spelling")


def test_types_stay_as_declared(company: Company, spoilt: Company) -> None:
    for name, table in company.tables.items():
        names = table.column_names
        assert spoilt.tables[name].select(names).schema.equals(table.schema), name
    assert spoilt.tables["accounts"]["is_deleted"].type == pa.bool_()


@pytest.mark.parametrize(
    "name", ["株式会社ソラニワ製作所", "ハルガミ商事合同会社", "Bluefern Works Inc.", "佐藤 健太", "Ann Lee"]
)
def test_another_spelling_is_never_the_same(name: str) -> None:
    for seed in range(40):
        for company in (True, False):
            assert respell(np.random.default_rng(seed), [name], company=company) != [name]
