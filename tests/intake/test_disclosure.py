"""No reader of all the tables of a run can work out the number of a small group, however the tables are combined."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, TableError
from saleslab.intake import disclose_tables, suppress_small_groups

TABLES = {"total": [], "team": ["team"], "site": ["site"], "both": ["team", "site"], "old": ["is_old"]}


def members_of(groups, where):
    kept = np.ones(len(groups), dtype=bool)
    for name, value in where:
        kept &= (groups[name] == value).to_numpy()
    return kept


def smallest_by_brute_force(groups, log, deep=3):
    """The smallest group that follows from up to ``deep`` published cells, added or subtracted, and from tables."""
    sizes = groups["n"].to_numpy()
    seen = {members_of(groups, cell.where).tobytes(): members_of(groups, cell.where).astype(int) for cell in log}
    rows = [row for row in seen.values() if (row * sizes).sum()]
    combined = [
        sum(sign * row for sign, row in zip(signs, chosen, strict=True))
        for k in range(1, deep + 1)
        for chosen in combinations(rows, k)
        for signs in product((1, -1), repeat=k)
    ]
    for cell in log:  # whatever is left of one cell when every published cell inside it is taken away
        whole = members_of(groups, cell.where).astype(int)
        for table in TABLES:
            inner = [members_of(groups, c.where).astype(int) for c in log if c.table == table and c.where]
            inside = [row for row in inner if (row <= whole).all()]
            combined.append(whole - sum(inside, np.zeros_like(whole)))
    found = [int((g * sizes).sum()) for g in combined if g.min() >= 0 and g.max() <= 1]
    return min((n for n in found if n > 0), default=None)


counted = st.lists(st.sampled_from([0, 0, 1, 2, 4, 7, 9, 10, 12, 30, 55]), min_size=12, max_size=12)


def lay_groups(counts):
    keys = list(product("abc", "xy", (False, True)))
    return pd.DataFrame(keys, columns=["team", "site", "is_old"]).assign(n=counts)


@settings(max_examples=25, deadline=None)
@given(counted, st.sampled_from([3, 5, 10]))
def test_no_combination_of_all_tables_of_a_run_shows_fewer_than_the_floor(counts, floor):
    groups = lay_groups(counts)
    found = disclose_tables(groups, tables=TABLES, count="n", floor=floor)
    smallest = smallest_by_brute_force(groups, found.log)
    assert smallest is None or smallest >= floor


@settings(max_examples=15, deadline=None)
@given(counted)
def test_no_row_or_column_has_exactly_one_hidden_cell(counts):
    both = disclose_tables(lay_groups(counts), tables=TABLES, count="n").tables["both"]
    for line in ("team", "site"):
        hidden = both.groupby(line)["is_suppressed"].agg(["sum", "size"])
        assert not ((hidden["sum"] == 1) & (hidden["size"] > 1)).any()


@settings(max_examples=12, deadline=None)
@given(counted)
def test_a_later_table_gives_way_to_what_was_published_before(counts):
    groups = lay_groups(counts)
    first = disclose_tables(groups, tables={"total": [], "team": ["team"]}, count="n")
    later = disclose_tables(groups, tables={"both": ["team", "site"], "site": ["site"]}, count="n", published=first.log)
    assert later.log[: len(first.log)] == first.log
    smallest = smallest_by_brute_force(groups, later.log)
    assert smallest is None or smallest >= 10


def test_what_is_large_enough_is_shown_as_it_is():
    groups = lay_groups([20] * 12).assign(promoters=7)
    found = disclose_tables(groups, tables=TABLES, count="n", values=["promoters"])
    assert not any(found.n_hidden.values())
    assert found.tables["both"]["n"].tolist() == [40] * 6
    assert found.tables["total"][["n", "promoters"]].iloc[0].tolist() == [240, 84]


def test_the_order_of_rows_and_the_spelling_of_groups_do_not_matter():
    groups = lay_groups([4, 12, 30, 9, 10, 55, 2, 12, 30, 7, 55, 12])
    first = disclose_tables(groups, tables=TABLES, count="n")
    mixed = disclose_tables(groups.sample(frac=1, random_state=1), tables=TABLES, count="n")
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, mixed.tables[name])


def test_a_cell_that_one_or_two_dominate_is_hidden_however_many_people_it_holds():
    groups = pd.DataFrame(
        {"team": list("abcd"), "n": [50, 50, 50, 50], "won": [100.0, 100.0, 100.0, 100.0],
         "won_largest": [50.0, 40.0, 40.0, 10.0], "won_second": [1.0, 35.0, 34.0, 9.0]}
    )  # fmt: skip
    shown = disclose_tables(groups, tables={"team": ["team"], "total": []}, count="n", amount="won").tables
    assert shown["team"]["is_suppressed"].tolist() == [True, True, False, False]
    assert shown["total"]["won"].tolist() == [400.0]


def test_a_lone_dominated_cell_takes_another_with_it():
    groups = pd.DataFrame({"team": list("abc"), "n": 50, "won": 100.0, "won_largest": [60.0, 9, 9], "won_second": 1.0})
    shown = disclose_tables(groups, tables={"team": ["team"], "total": []}, count="n", amount="won").tables["team"]
    assert shown["is_suppressed"].sum() == 2


def test_for_one_table_it_hides_at_least_what_the_simple_rule_hides():
    groups = pd.DataFrame({"team": list("abcdef"), "n": [40, 3, 9, 22, 31, 8]})
    simple = suppress_small_groups(groups, count="n", values=[], least=10)
    found = disclose_tables(groups, tables={"team": ["team"], "total": []}, count="n")
    assert found.tables["team"]["is_suppressed"].tolist() == simple["is_suppressed"].tolist()


def test_too_low_a_floor_and_counts_that_are_none_are_refused():
    groups = pd.DataFrame({"team": ["a"], "n": [40]})
    with pytest.raises(BadArgument, match=r"(?s)floor of 2 hides nobody.*Next: give 3 at least"):
        disclose_tables(groups, tables={"team": ["team"]}, count="n", floor=2)
    with pytest.raises(TableError, match=r"(?s)groups\.n is no count in 1 rows.*Next: give whole numbers"):
        disclose_tables(groups.assign(n=-1), tables={"team": ["team"]}, count="n")
    many = pd.DataFrame({"team": range(601), "n": 20})
    with pytest.raises(BadArgument, match=r"(?s)601 groups are too many.*Next: join small groups before"):
        disclose_tables(many, tables={"team": ["team"]}, count="n")


def test_a_log_that_already_shows_a_small_group_is_refused():
    groups = lay_groups([4, 12, 30, 9, 10, 55, 4, 12, 30, 7, 55, 12])
    all_shown = disclose_tables(groups, tables={"finest": ["team", "site", "is_old"]}, count="n", floor=3)
    with pytest.raises(BadArgument, match=r"(?s)published before already shows.*Next: check all breakdowns"):
        disclose_tables(groups, tables={"total": []}, count="n", published=all_shown.log)
