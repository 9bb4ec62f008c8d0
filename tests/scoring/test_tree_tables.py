"""Tables say of every row what LightGBM's own walk says, to the last bit; other trees are left to LightGBM."""

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.scoring.model.tree_tables import write_tables


def grow(seed, *, n=400, n_trees=12, leaves=15, **options):
    """Return trees on numbers, numbers with gaps and names, and cells of which some were never seen in training."""
    lot = np.random.default_rng(seed)
    cells = np.column_stack([lot.normal(size=(n, 2)).round(1), lot.integers(-2, 3, n), lot.integers(0, 40, n)])
    cells[lot.random(n) < 0.2, 1] = np.nan
    is_won = lot.random(n) < 1 / (1 + np.exp(-cells[:, 0] + cells[:, 3] % 3))
    data = lightgbm.Dataset(cells, label=is_won * 1.0, categorical_feature=[3], params={"verbose": -1})
    known = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 3, "cat_smooth": 1, "verbose": -1}
    asked = cells.copy()
    asked[:, 0] += lot.choice([0, 0.05, 100, -100], n)
    asked[:, 3] = lot.integers(0, 90, n)
    asked[lot.random(n) < 0.1, 2] = np.nan
    return lightgbm.train(known | options, data, n_trees).model_to_string(), cells, asked


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 16))
def test_a_table_and_a_walk_agree_to_the_last_bit(seed, leaves):
    text, known, asked = grow(seed, leaves=leaves)
    tables, walk = write_tables(text), lightgbm.Booster(model_str=text)
    for cells in (known, asked):
        assert (tables.score(cells, n_threads=1) == walk.predict(cells, raw_score=True)).all()


def test_any_number_of_threads_and_rows_gives_each_row_the_same(monkeypatch):
    monkeypatch.setattr("saleslab.scoring.model.tree_tables._BLOCK", 70)
    text, _, asked = grow(3)
    tables = write_tables(text)
    one = tables.score(asked, n_threads=1)
    assert (tables.score(asked, n_threads=3) == one).all()
    assert (tables.score(asked[:7], n_threads=1) == one[:7]).all()
    assert tables.score(asked[:0], n_threads=1).tolist() == []


def test_trees_that_never_split_add_their_one_leaf():
    text, _, asked = grow(0, n=30, n_trees=2, min_data_in_leaf=20)
    assert "num_leaves=1\n" in text
    walk = lightgbm.Booster(model_str=text).predict(asked, raw_score=True)
    assert (write_tables(text).score(asked, n_threads=1) == walk).all()


@pytest.mark.parametrize("options", [{"leaves": 17, "min_data_in_leaf": 1}, {"zero_as_missing": True}])
def test_trees_that_tables_cannot_hold_are_left_to_lightgbm(options):
    assert write_tables(grow(1, **options)[0]) is None
