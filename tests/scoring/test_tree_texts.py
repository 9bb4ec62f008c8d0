"""LightGBM's own texts pass; whatever could hurt its parser, or its walk through a tree, does not."""

import re
from functools import cache

import lightgbm
import numpy as np
import pytest

from saleslab.errors import FileProblem
from saleslab.scoring.bundles.tree_texts import DEEPEST, check_tree_text

REFUSED = r"(?s)'trees' is not a LightGBM model as saleslab saves it.*Next: take the bundle again"


@cache
def write_trees(n_rows=2000, n_trees=5, min_data_in_leaf=20):
    """Return the text of trees with numbers, gaps and a column of categories."""
    lot = np.random.default_rng(0)
    rows = lot.normal(size=(n_rows, 4))
    rows[:, 3] = lot.integers(0, 40, n_rows)
    rows[lot.random((n_rows, 4)) < 0.1] = np.nan
    won = lot.random(n_rows) < 1 / (1 + np.exp(-np.nan_to_num(rows[:, 0])))
    settings = {"objective": "binary", "num_leaves": 15, "verbosity": -1, "num_threads": 1, "deterministic": True}
    settings |= {"force_row_wise": True, "min_data_in_leaf": min_data_in_leaf}
    data = lightgbm.Dataset(rows, won.astype(float), categorical_feature=[3], free_raw_data=False)
    return lightgbm.train(settings, data, n_trees).model_to_string()


def replace_first(name, change):
    """Return the text with the value of its first line of a name changed, and the announced size with it."""
    text = write_trees()
    old = re.search(rf"^{name}=(.*)$", text, re.MULTILINE).group(1)
    new = change(old)
    changed = text.replace(f"\n{name}={old}\n", f"\n{name}={new}\n", 1)
    size = int(re.search(r"^tree_sizes=(\d+)", text, re.MULTILINE).group(1))
    return changed.replace(f"tree_sizes={size} ", f"tree_sizes={size + len(new) - len(old)} ", 1)


def test_what_lightgbm_writes_passes():
    held = check_tree_text(write_trees(), name="trees")
    assert held.columns == ("Column_0", "Column_1", "Column_2", "Column_3")
    assert held.n_trees == 5


def test_a_tree_of_one_leaf_passes():
    assert check_tree_text(write_trees(n_rows=30, min_data_in_leaf=29), name="trees").n_trees == 1


def test_a_split_on_missing_alone_passes():
    lot = np.random.default_rng(1)
    visits = np.where(lot.random(500) < 0.5, np.nan, 1.0 + lot.random(500) * 1e-9)
    won = np.isnan(visits) ^ (lot.random(500) < 0.1)
    data = lightgbm.Dataset(visits[:, None], won.astype(float))
    text = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 3).model_to_string()
    assert check_tree_text(text, name="trees").n_trees == 3


def words(change, at=0):
    """Return a change of one word of a line."""

    def changed(line):
        held = line.split(" ")
        held[at] = change(held[at])
        return " ".join(held)

    return changed


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("left_child", words(lambda _: "0")),  # a walk that never ends
        ("left_child", words(lambda _: "99999")),
        ("right_child", words(lambda _: "-99")),
        ("split_feature", words(lambda _: "4")),
        ("split_feature", words(lambda _: "-1")),
        ("num_leaves", lambda _: "2147483647"),
        ("num_leaves", lambda _: "0"),
        ("num_cat", lambda _: "0"),
        ("num_cat", lambda _: "1000000"),
        ("cat_boundaries", words(lambda _: "5")),
        ("cat_boundaries", words(lambda _: "1000000000", at=-1)),
        ("cat_threshold", lambda line: line.rpartition(" ")[0]),
        ("decision_type", words(lambda _: "127")),
        ("leaf_value", words(lambda _: "nan")),
        ("leaf_value", words(lambda _: "")),
        ("leaf_value", lambda line: f"{line} 1"),
        ("leaf_value", words(lambda _: "1e99999")),
        ("threshold", words(lambda _: "0x10")),
        ("is_linear", lambda _: "1"),
        ("max_feature_idx", lambda _: "1000000000"),
        ("num_class", lambda _: "3"),
        ("version", lambda _: "v3"),
        ("objective", lambda _: "binary sigmoid:1e-300"),
        ("feature_names", lambda line: line + "\x00"),
        ("tree_sizes", lambda line: "1" + line),
    ],
)
def test_a_changed_word_is_refused(name, change):
    with pytest.raises(FileProblem, match=REFUSED):
        check_tree_text(replace_first(name, change), name="trees")


def test_a_chain_of_splits_that_would_overflow_the_stack_is_refused():
    n = DEEPEST + 1
    children = " ".join(str(at + 1) for at in range(n - 1))
    fields = {
        "num_leaves": n + 1,
        "num_cat": 0,
        "split_feature": " ".join(["0"] * n),
        "split_gain": " ".join(["1"] * n),
        "threshold": " ".join(["0"] * n),
        "decision_type": " ".join(["2"] * n),
        "left_child": f"{children} -{n + 1}",
        "right_child": " ".join(str(-at) for at in range(1, n + 1)),
        **{name: " ".join(["1"] * (n + 1)) for name in ("leaf_value", "leaf_weight", "leaf_count")},
        **{name: " ".join(["1"] * n) for name in ("internal_value", "internal_weight", "internal_count")},
        "is_linear": 0,
        "shrinkage": 1,
    }
    tree = "Tree=0\n" + "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n\n"
    text = write_trees(n_rows=30, min_data_in_leaf=29)
    head, tail = text[: text.index("Tree=0")], text[text.index("end of trees") :]
    deep = re.sub(r"tree_sizes=\d+", f"tree_sizes={len(tree)}", head) + tree + tail
    with pytest.raises(FileProblem, match="more than 256 splits deep"):
        check_tree_text(deep, name="trees")


def test_a_parameter_that_names_a_file_is_refused():
    text = write_trees().replace("[forcedsplits_filename: ]", "[forcedsplits_filename: /etc/passwd]")
    with pytest.raises(FileProblem, match="or names a file"):
        check_tree_text(text, name="trees")


@pytest.mark.parametrize("cut", [0, 1, 5, 200, 900, 3000, -1, -40])
def test_a_text_that_was_cut_off_is_refused(cut):
    with pytest.raises(FileProblem, match=REFUSED):
        check_tree_text(write_trees()[:cut], name="trees")


def test_six_hundred_changed_bytes_never_give_a_tree_that_leaves_its_arrays():
    """What still passes differs in a number or a name only, and LightGBM reads and walks it."""
    text, lot, n_passed = write_trees(), np.random.default_rng(2), 0
    probes = np.array([[0.0, 1.0, -1.0, 3.0], [np.nan] * 4, [1e300, -1e300, 1e-300, 39.0], [5.0, 5.0, 5.0, 1e9]])
    for _ in range(600):
        at = int(lot.integers(len(text)))
        changed = text[:at] + str(lot.choice(list("0123456789-. =\nnae:[]"))) + text[at + 1 :]
        try:
            check_tree_text(changed, name="trees")
        except FileProblem:
            continue
        n_passed += 1
        if n_passed <= 50:
            assert np.isfinite(lightgbm.Booster(model_str=changed).predict(probes)).all()
    assert 0 < n_passed < 600
