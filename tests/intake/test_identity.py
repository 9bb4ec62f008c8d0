"""Duplicates: planted ones are found, relatives are left alone, and a chance of 0.9 is right nine times in ten."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import measure, plant_companies, plant_people

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.intake import find_duplicate_companies, find_duplicate_people, write_review
from saleslab.simulation import Defects, Scenario, simulate

FIND = {"company": find_duplicate_companies, "people": find_duplicate_people, "Latin people": find_duplicate_people}
PLANT = {
    "company": plant_companies,
    "people": plant_people,
    "Latin people": lambda seed, n: plant_people(seed, n, language="en"),
}


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("kind", PLANT)
def test_planted_duplicates_are_found_and_little_else(kind, seed):
    planted = PLANT[kind](seed, 2_000)
    proposed = FIND[kind](planted.records)
    precision, recall = measure(proposed.pairs, planted.same)
    assert precision >= 0.95
    assert recall >= 0.90


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_duplicates_of_the_invented_company_are_found(language):
    company = simulate(Scenario(seed=5, n_deals=1_500, language=language, defects=Defects(duplicates=0.05)))
    planted = company.truth.defects.query("kind == 'duplicates'")
    for table, find in (("accounts", find_duplicate_companies), ("contacts", find_duplicate_people)):
        pairs = planted.loc[planted["table_name"] == table, ["row_id", "other_id"]]
        same = {tuple(sorted(pair)) for pair in pairs.itertuples(index=False, name=None)}
        precision, recall = measure(find(company.tables[table].to_pandas()).pairs, same)
        assert precision >= 0.95
        assert recall >= 0.90


@pytest.mark.parametrize("kind", PLANT)
def test_subsidiaries_branches_and_colleagues_of_one_name_are_seldom_taken_for_the_same(kind):
    planted = PLANT[kind](21, 3_000)
    proposed = set(FIND[kind](planted.records).pairs[["left_id", "right_id"]].itertuples(index=False, name=None))
    assert len(planted.different) > 250
    assert len(proposed & planted.different) <= 0.01 * len(planted.different)


@pytest.mark.parametrize("kind", PLANT)
def test_the_chances_mean_what_they_say(kind):
    said, was = [], []
    for seed in range(31, 34):
        planted = PLANT[kind](seed, 2_000)
        pairs = FIND[kind](planted.records, least_chance=0.2).pairs
        said.append(pairs["chance_same"].to_numpy())
        was.append([pair in planted.same for pair in zip(pairs["left_id"], pairs["right_id"], strict=True)])
    chance, right = np.concatenate(said), np.concatenate(was)
    sure = chance >= 0.9
    assert right[sure].mean() >= 0.95
    assert right[~sure].mean() < right[sure].mean()
    assert abs(chance.sum() - right.sum()) <= 0.05 * right.sum()


def entered_again(records, id_column, n):
    again = pd.concat([records.iloc[[0]]] * n, ignore_index=True)
    return pd.concat([records, again.assign(**{id_column: [f"more{i}" for i in range(n)]})], ignore_index=True)


@pytest.mark.parametrize(("kind", "id_column"), [("company", "account_id"), ("people", "contact_id")])
def test_one_thing_entered_many_times_is_one_cluster(kind, id_column):
    records, n = PLANT[kind](41, 3_000).records, 70
    clusters = FIND[kind](entered_again(records, id_column, n)).clusters
    assert {f"more{i}" for i in range(n)} | {records[id_column].iloc[0]} <= set(clusters[0].ids)


SMALL = plant_companies(51, 60, share=0.3).records


@given(st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_the_order_of_the_rows_changes_nothing(random):
    order = list(range(len(SMALL)))
    random.shuffle(order)
    one, other = find_duplicate_companies(SMALL), find_duplicate_companies(SMALL.iloc[order])
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    assert one.clusters == other.clusters


def test_answers_hold_ids_numbers_and_the_words_of_levels_only():
    planted = plant_people(61, 300, share=0.2)
    proposed = find_duplicate_people(planted.records)
    ids = set(planted.records["contact_id"])
    assert len(proposed.pairs) > 30
    assert set(proposed.pairs["left_id"]) | set(proposed.pairs["right_id"]) <= ids
    assert (proposed.pairs["left_id"] < proposed.pairs["right_id"]).all()
    assert {id_ for cluster in proposed.clusters for id_ in cluster.ids} <= ids
    words = {word for name in ("name", "email", "phone", "firm") for word in proposed.pairs[name]}
    assert words <= {"unknown", "same", "slip", "initial", "part", "different", "differs", "shared", "same_desk",
                     "same_box", "same_domain"}  # fmt: skip


def test_a_higher_least_chance_proposes_a_part_of_what_a_lower_one_does():
    records = plant_companies(62, 1_000).records
    few, many = (find_duplicate_companies(records, least_chance=least) for least in (0.95, 0.3))
    assert set(few.pairs["left_id"] + few.pairs["right_id"]) < set(many.pairs["left_id"] + many.pairs["right_id"])
    assert few.pairs["chance_same"].min() >= 0.95


def test_merging_every_cluster_leaves_one_record_of_each():
    planted = plant_companies(63, 500, share=0.1)
    proposed = find_duplicate_companies(planted.records)
    rest = planted.records[~planted.records["account_id"].isin(proposed.surplus_ids)]
    assert len(proposed.surplus_ids) == sum(len(cluster.ids) - 1 for cluster in proposed.clusters)
    assert len(rest) >= 500
    assert find_duplicate_companies(rest).pairs["chance_same"].lt(0.9).all()


def test_a_cluster_whose_ends_are_probably_not_the_same_is_marked_doubtful():
    chain = pd.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "name": ["株式会社ソラニワ製作所", "ソラニワ製作所", "有限会社ソラニワ製作所"],
            "domain": ["soraniwa.co.jp"] * 3,
            "phone": ["03-1234-5678", None, "06-1234-5678"],
            "employees": [400, None, 5],
        }
    )
    records = pd.concat([plant_companies(64, 1_000).records, chain], ignore_index=True)
    (cluster,) = (one for one in find_duplicate_companies(records).clusters if "b" in one.ids)
    assert (cluster.ids, cluster.is_doubtful) == (("a", "b", "c"), True)


@pytest.mark.parametrize("find", [find_duplicate_companies, find_duplicate_people])
def test_records_that_cannot_be_compared_are_refused(find):
    records = pd.DataFrame({"id": ["a", "b"], "name": ["A", "B"]})
    with pytest.raises(TableError, match=r"(?s)no column 'name'\..*Next: rename the columns"):
        find(records[["id"]], id_column="id")
    with pytest.raises(TableError, match=r"(?s)no column 'account_id'|no column 'contact_id'.*or name id_column"):
        find(records)
    with pytest.raises(TableError, match=r"(?s)'id' is not unique: 1 row.*Next: keep one row for each id"):
        find(pd.DataFrame({"id": ["1", 1], "name": ["A", "B"]}), id_column="id")
    with pytest.raises(TableError, match=r"(?s)'id' is empty in 1 row.*Next: give every record an id"):
        find(pd.DataFrame({"id": ["1", None], "name": ["A", "B"]}), id_column="id")
    with pytest.raises(NotEnoughData, match=r"(?s)Records to compare: 1; two are needed.*Next: import more than one"):
        find(records.head(1), id_column="id")
    with pytest.raises(BadArgument, match=r"(?s)least_chance is 1.*Next: give a chance between 0 and 1"):
        find(records, id_column="id", least_chance=1)


@pytest.mark.parametrize("find", [find_duplicate_companies, find_duplicate_people])
def test_records_without_a_name_are_compared_by_the_rest_and_strangers_are_no_finding(find):
    nameless = pd.DataFrame({"id": ["a", "b", "c"], "name": [None, float("nan"), " "]})
    assert find(nameless, id_column="id").pairs.empty
    assert find(nameless.assign(phone="03-1234-5678"), id_column="id").n_compared == 3


def test_many_records_behind_one_key_are_not_all_compared_with_each_other():
    records = plant_companies(71, 1_500).records.assign(phone="03-1234-5678", domain="example.co.jp", region="東京")
    assert find_duplicate_companies(records).n_compared < 60 * len(records)
    people = plant_people(72, 1_500).records.assign(phone="03-1234-5678", account_id="one", email="info@example.jp")
    assert find_duplicate_people(people).n_compared < 60 * len(people)


@pytest.mark.slow
def test_a_hundred_thousand_companies_are_searched_in_a_bounded_number_of_comparisons():
    planted = plant_companies(0, 100_000)
    proposed = find_duplicate_companies(planted.records)
    precision, recall = measure(proposed.pairs, planted.same)
    assert precision >= 0.95
    assert recall >= 0.90
    assert proposed.n_compared < 10 * len(planted.records)


def test_the_review_file_shows_the_records_of_each_cluster_and_runs_nothing_in_a_spreadsheet(tmp_path):
    records = pd.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "name": ["=cmd|' /C calc'!A0 Trading", "=cmd|' /C calc'!A0 Trading", "Other"],
            "phone": ["03-1234-5678"] * 2 + ["03-9999-1111"],
        }
    )
    duplicates = find_duplicate_companies(records)
    file = write_review(duplicates, records, tmp_path / "review.csv", id_column="account_id")
    shown = pd.read_csv(file, encoding="utf-8-sig", dtype=str)
    assert shown["account_id"].tolist() == ["a", "b"]
    assert shown["cluster"].tolist() == ["1", "1"]
    assert shown["name"].tolist() == ["'=cmd|' /C calc'!A0 Trading"] * 2


def test_a_review_of_nothing_is_a_file_with_a_header(tmp_path):
    records = pd.DataFrame({"account_id": ["a", "b"], "name": ["ソラニワ製作所", "Birch Foods"]})
    file = write_review(find_duplicate_companies(records), records, tmp_path / "r.csv", id_column="account_id")
    assert pd.read_csv(file, encoding="utf-8-sig").columns.tolist() == ["cluster", "account_id"]
