"""Nothing that follows from the tables of a run rests on fewer people than the floor, however often each answered."""

import numpy as np
import pandas as pd
import pytest
from attack import can_be_had, find_fewest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, TableError
from saleslab.intake import disclose_people, list_shown
from saleslab.intake.hiding import Cell, Crowd, choose_hidden
from saleslab.intake.smallest_groups import Patience, find_smallest_group


def published_rows(found, person, tables, counted=()):
    """Who counts how often in each number that is shown: answers, and people where a table shows those."""
    people = np.unique(person)
    rows, owners = [], [*person, *people]
    for name, table in tables.items():
        for group in list_shown(found, name):
            flag = table[group].to_numpy()
            once = np.isin(people, np.asarray(person)[flag])
            rows.append([*flag, *np.zeros(len(people), dtype=bool)])
            rows += [[*np.zeros(len(flag), dtype=bool), *once]] if name in counted else []
    return np.array(rows, dtype=np.int64).reshape(-1, len(owners)), np.array(owners)


def lay_tables(segments, themes):
    segments, themes = np.array(segments), np.array(themes)
    return {
        "all": pd.DataFrame({"all": segments >= 0}),
        "segments": pd.get_dummies(pd.Series(segments), dtype=bool),
        "themes": pd.DataFrame({"price": themes % 2 == 1, "ease": themes // 2 == 1}),
    }


answers = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=40)


@settings(max_examples=25, deadline=None)
@given(answers)
def test_no_combination_of_whatever_factors_rests_on_fewer_people_than_the_floor(given_answers):
    person, segments, themes = map(list, zip(*given_answers, strict=True))
    tables = lay_tables(segments, themes)
    found = disclose_people(pd.Series(person), tables=tables, counted=["themes"], floor=3)
    rows, owners = published_rows(found, person, tables, ["themes"])
    assert not can_be_had(rows, owners, floor=3)
    fewest = find_fewest(rows, owners)
    assert fewest is None or fewest >= 3


@settings(max_examples=6, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_and_the_names_of_people_do_not_matter(given_answers, random):
    mixed = random.sample(given_answers, len(given_answers))
    told = []
    for rows, name in ((given_answers, "{}"), (mixed, "x{}")):
        person, segments, themes = map(list, zip(*rows, strict=True))
        found = disclose_people(pd.Series(map(name.format, person)), tables=lay_tables(segments, themes), floor=3)
        told.append(found.log)
    assert told[0] == told[1]


def test_nine_people_who_answered_often_are_nine_and_ten_are_shown():
    person = pd.Series([*range(9)] * 30)
    assert not list_shown(disclose_people(person, tables={"all": pd.DataFrame({"all": [True] * 270})}), "all")
    person = pd.Series([*range(10)] * 30)
    found = disclose_people(person, tables={"all": pd.DataFrame({"all": [True] * 300})})
    assert found.tables["all"]["n_people"].tolist() == [10]


def test_a_total_and_a_part_that_lacks_nine_people_are_not_shown_together():
    """It is the later table that gives way."""
    whole, part = pd.DataFrame({"all": [True] * 60}), pd.DataFrame({"east": [True] * 51 + [False] * 9})
    person = pd.Series(range(60))
    assert list_shown(disclose_people(person, tables={"total": whole, "region": part}), "total") == ("all",)
    assert not list_shown(disclose_people(person, tables={"total": whole, "region": part}), "region")
    assert list_shown(disclose_people(person, tables={"region": part, "total": whole}), "region") == ("east",)


def test_tables_of_unlike_questions_are_judged_together():
    """Comments on prices hold all who answered but one: that one is had by subtracting the one from the other."""
    person = pd.Series(range(40))
    tables = {"answered": pd.DataFrame({"all": [True] * 40}), "themes": pd.DataFrame({"price": [True] * 39 + [False]})}
    assert disclose_people(person, tables=tables, counted=["themes"]).n_hidden == {"answered": 0, "themes": 1}


def test_numbers_of_people_are_judged_as_such_beside_numbers_of_answers():
    """Fifteen spoke of other things than price, but three never of price: by answers all is well, by people not."""
    spoke = [*range(30), *range(15), *range(30, 33)]
    table = pd.DataFrame({"all": [True] * 48, "price": [True] * 30 + [False] * 18})
    person = pd.Series(spoke)
    assert disclose_people(person, tables={"themes": table}).n_hidden["themes"] == 0
    assert disclose_people(person, tables={"themes": table}, counted=["themes"]).n_hidden["themes"] == 1


def test_a_group_that_one_or_two_people_dominate_is_hidden_however_many_there_are():
    person = pd.Series([*range(40)] + [0] * 45)
    assert not list_shown(disclose_people(person, tables={"all": pd.DataFrame({"all": [True] * 85})}), "all")


def test_answers_of_nobody_known_are_somebody_each_and_a_group_of_nobody_hides_nothing():
    person = pd.Series([None] * 12, dtype="object")
    tables = {"all": pd.DataFrame({"all": [True] * 12, "none": [False] * 12})}
    shown = disclose_people(person, tables=tables).tables["all"]
    assert shown["n_people"].tolist() == [12, 0]


def test_a_factor_of_two_does_not_save_a_small_group():
    """Twice the part less the whole is no sum over a group, and still rests on seven people."""
    members = np.array([[True, True, True, False], [True, True, False, True], [False, False, True, True]])
    sizes = np.array([3.0, 4.0, 50.0, 50.0])
    parts = find_smallest_group(members, sizes, below=10)
    left = parts @ members
    assert sizes[np.abs(left) > 1e-6].sum() == 7


def test_searches_of_a_page_share_one_patience_and_without_any_left_every_number_is_suspected():
    """So a page always ends, and what could not be told is hidden."""
    members = np.array([[True, True, True, False], [True, True, False, True], [False, False, True, True]])
    sizes, patience = np.array([3.0, 4.0, 50.0, 50.0]), Patience()
    whole = patience.left
    find_smallest_group(members, sizes, below=10, patience=patience)
    assert patience.left < whole
    patience.left = 0.0
    assert find_smallest_group(members, sizes, below=10, patience=patience).tolist() == [1, 1, 1]
    wide = Patience()
    n_searches = 0
    while wide.grant(300):
        wide.charge(wide.grant(300), 300)
        n_searches += 1
    assert n_searches <= 6, "of searches that do not come to an end"


def draw_page(seed):
    """Return the cells of a page of two tables, of a crowd of eight kinds that answered once or twice each."""
    rng = np.random.default_rng(seed)
    kinds = np.unique(rng.random((8, 6)) < 0.3, axis=0)
    kinds = kinds[kinds.any(axis=1)]
    crowd = Crowd(rng.integers(1, 4, len(kinds)).astype(float), kinds, 3)
    told = rng.random((7, kinds.shape[1])) < 0.6
    people = [int(crowd.sizes @ kinds[:, row].any(axis=1)) for row in told]
    lay = enumerate(zip(told, people, strict=True))
    cells = [Cell("abc"[at % 2], (("by", at),), row[None], n, has_lines=False) for at, (row, n) in lay if row.any()]
    return cells, crowd


@pytest.mark.parametrize("left", [0.0, 4e3, 1e4, 4e8])
def test_a_search_that_gives_up_hides_and_publishes_nothing_that_rests_on_few(left):
    """From no patience at all to the whole of it: whatever is shown, an attacker gets at no group below the floor."""
    n_shown = 0
    for seed in range(15):
        cells, crowd = draw_page(seed)
        patience = Patience()
        patience.left = left
        hidden = choose_hidden(cells, {cell.key for cell in cells if cell.n < 3}, crowd=crowd, patience=patience)
        shown = [cell.members[0] for cell in cells if cell.key not in hidden]
        kind, group = np.nonzero(crowd.holders)
        number = np.repeat(np.arange(len(kind)), crowd.sizes[kind].astype(int))
        person = [f"{kind[at]}-{copy}" for at in range(len(kind)) for copy in range(int(crowd.sizes[kind[at]]))]
        rows = np.array(shown, dtype=np.int64).reshape(len(shown), -1)[:, group[number]] if shown else np.empty((0, 0))
        assert not can_be_had(rows, person, floor=3), seed
        n_shown += len(shown)
    assert n_shown > 0


def test_what_cannot_be_judged_is_refused():
    person = pd.Series(range(20))
    with pytest.raises(BadArgument, match=r"(?s)floor of 2 hides nobody.*Next: give 3 at least"):
        disclose_people(person, tables={}, floor=2)
    with pytest.raises(BadArgument, match=r"(?s)'all' speaks of 3 records, person of 20.*Next: give a row for each"):
        disclose_people(person, tables={"all": pd.DataFrame({"all": [True] * 3})})
    with pytest.raises(TableError, match=r"(?s)neither True nor False in a.*Next: say of each record"):
        disclose_people(person, tables={"all": pd.DataFrame({"a": [1] * 20})})
