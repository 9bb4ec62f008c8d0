"""Is this text a LightGBM model that its own parser can read, and walk, without harm?

LightGBM's parser trusts its input: of 60 models with one changed token, three ended the process and two never came
back. So a text is read here first, in Python, against the narrow form in which LightGBM writes a model of two classes.
What passes has arrays of the right length, children that make a tree, and indices that stay inside their arrays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from saleslab.errors import FileProblem

MOST_LEAVES = 131_072
"""Leaves a tree may have; LightGBM's own limit."""

DEEPEST = 256
"""Splits between root and leaf; LightGBM walks trees by recursion, and a chain of 100,000 overflows its stack."""

_HEADER = ("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective")
_FIXED = {"version": "v4", "num_class": "1", "num_tree_per_iteration": "1", "label_index": "0"}
_OF_SPLITS = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_NODES = ("internal_value", "internal_weight", "internal_count")
_OF_CATEGORIES = ("cat_boundaries", "cat_threshold")

_WHOLE = re.compile(r"-?\d{1,10}")
_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,3})?")
_OBJECTIVE = re.compile(r"binary sigmoid:1")
_RANGE = re.compile(r"none|\[[-+.\de]{1,30}:[-+.\de]{1,30}\]|-?\d{1,10}(:-?\d{1,10})*")
_PARAMETER = re.compile(r"\[[a-z_0-9]{1,60}: [\w.,;:+\- ]{0,500}\]")
_IMPORTANCE = re.compile(r"[^\s=]+=\d{1,10}")
_OF_FILES = re.compile(r"\[(\w+_filename|\w+_file|machines|data|valid|input_model|output_model): [^\]]+\]")
_TAIL = re.compile(
    r"end of trees\n\nfeature_importances:\n(?P<importances>(?:[^\n]+\n)*)\nparameters:\n(?P<parameters>(?:[^\n]+\n)*)"
    r"\nend of parameters\n\npandas_categorical:(?P<categorical>[^\n]*)\n"
)


@dataclass(frozen=True, slots=True)
class TreeText:
    """What a text of trees holds: its columns in their order, and how many trees."""

    columns: tuple[str, ...]
    n_trees: int


def check_tree_text(text: str, *, name: str) -> TreeText:
    """Return what a LightGBM text holds, after checking every line of it.

    Parameters
    ----------
    text
        What `lightgbm.Booster.model_to_string` gave, for a model of two classes.
    name
        Name of the file, for the error.

    Raises
    ------
    FileProblem
        At the first line that LightGBM would not have written there. Nothing of the line is repeated.
    """
    try:
        return _read(text)
    except _Odd as odd:
        raise FileProblem(
            f"'{name}' is not a LightGBM model as saleslab saves it: {odd}.",
            "take the bundle again from where it was saved, or train the model again.",
        ) from None


class _Odd(Exception):
    """What is not as LightGBM writes it."""


def _read(text: str) -> TreeText:
    head, *blocks = re.split(r"(?=^Tree=)", text, flags=re.MULTILINE)
    columns, sizes = _read_head(head)
    if not blocks or len(sizes) != len(blocks):
        raise _Odd(f"it announces {len(sizes)} trees and holds {len(blocks)}")
    last, start, _ = blocks[-1].partition("end of trees\n")
    blocks[-1] = last
    for number, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        if len(block.encode()) != size:
            raise _Odd(f"tree {number} is not of the announced size")
        _check_tree(block, number, len(columns))
    _check_tail(start + text[len(head) + sum(map(len, blocks)) + len(start) :])
    return TreeText(columns, len(blocks))


def _read_head(head: str) -> tuple[tuple[str, ...], list[int]]:
    if not head.startswith("tree\n") or not head.endswith("\n\n"):
        raise _Odd("it does not begin like one")
    fields = dict(_fields(head[5:-2].split("\n")))
    names = (*_HEADER, "feature_names", "feature_infos", "tree_sizes")
    if [name for name in fields if name != "monotone_constraints"] != list(names):
        raise _Odd("its head lacks a line, or has one too many")
    if any(fields[name] != value for name, value in _FIXED.items()) or not _OBJECTIVE.fullmatch(fields["objective"]):
        raise _Odd("it is of another version, or not for two classes")
    columns = tuple(fields["feature_names"].split(" "))
    n = _wholes(fields["max_feature_idx"], 1, 0, 10**6)[0] + 1
    infos = fields["feature_infos"].split(" ")
    if len(columns) != n or len(set(columns)) != n or len(infos) != n:
        raise _Odd("its columns are not as many as announced")
    if not all(columns) or not all(_RANGE.fullmatch(info) for info in infos):
        raise _Odd("a column has no name or no range")
    if "monotone_constraints" in fields:
        _wholes(fields["monotone_constraints"], n, -1, 1)
    sizes = fields["tree_sizes"].split(" ")
    return columns, _wholes(fields["tree_sizes"], len(sizes), 1, 2**31)


def _check_tree(block: str, number: int, n_columns: int) -> None:
    first, *lines = block.split("\n")
    if first != f"Tree={number}" or lines[-3:] != ["", "", ""]:
        raise _Odd(f"tree {number} does not begin or end like one")
    fields = dict(_fields(lines[:-3]))
    n_leaves = _wholes(fields.get("num_leaves", ""), 1, 1, MOST_LEAVES)[0]
    n_lists = _wholes(fields.get("num_cat", ""), 1, 0, n_leaves)[0]
    categories = _OF_CATEGORIES if n_lists else ()
    names = ("num_leaves", "num_cat", *_OF_SPLITS, *_OF_LEAVES, *_OF_NODES, *categories, "is_linear", "shrinkage")
    if tuple(fields) != names or fields["is_linear"] != "0":
        raise _Odd(f"tree {number} lacks a line, or has one too many")
    _decimals(fields["shrinkage"], 1)
    _check_numbers(fields, n_leaves)
    if n_leaves > 1:
        _check_children(fields, n_leaves, number)
        _check_splits(fields, n_leaves - 1, n_lists, n_columns, number)


def _check_numbers(fields: Mapping[str, str], n_leaves: int) -> None:
    n_splits = n_leaves - 1
    for name in ("split_gain", "internal_value", "internal_weight"):
        _decimals(fields[name], n_splits)
    _decimals(" ".join("0" if word == "inf" else word for word in fields["threshold"].split(" ")), n_splits)
    _wholes(fields["internal_count"], n_splits, 0, 2**31 - 1)
    _decimals(fields["leaf_value"], n_leaves)
    if n_splits or fields["leaf_weight"]:
        _decimals(fields["leaf_weight"], n_leaves)
    _wholes(fields["leaf_count"], n_leaves, 0, 2**31 - 1)


def _check_children(fields: Mapping[str, str], n_leaves: int, number: int) -> None:
    """Check that every split and every leaf is reached exactly once from the root: a walk ends, and ends inside."""
    n_splits = n_leaves - 1
    left = _wholes(fields["left_child"], n_splits, -n_leaves, n_splits - 1)
    right = _wholes(fields["right_child"], n_splits, -n_leaves, n_splits - 1)
    if sorted([*left, *right]) != [*range(-n_leaves, 0), *range(1, n_splits)]:
        raise _Odd(f"the children of tree {number} do not make a tree")
    depth = [0] * n_splits
    for split in range(n_splits):
        for child in (left[split], right[split]):
            if 0 < child <= split:
                raise _Odd(f"the children of tree {number} do not make a tree")
            if child > 0:
                depth[child] = depth[split] + 1
    if max(depth) >= DEEPEST:
        raise _Odd(f"tree {number} is more than {DEEPEST} splits deep")


def _check_splits(fields: Mapping[str, str], n_splits: int, n_lists: int, n_columns: int, number: int) -> None:
    _wholes(fields["split_feature"], n_splits, 0, n_columns - 1)
    kinds = _wholes(fields["decision_type"], n_splits, 0, 11)
    by_list = [text for text, kind in zip(fields["threshold"].split(" "), kinds, strict=True) if kind & 1]
    _wholes(" ".join(by_list), len(by_list), 0, n_lists - 1)
    if n_lists:
        bounds = fields["cat_boundaries"].split(" ")
        ends = _wholes(fields["cat_boundaries"], n_lists + 1, 0, 10**6)
        if ends[0] != 0 or any(low >= high for low, high in pairwise(ends)) or len(bounds) != len(ends):
            raise _Odd(f"the categories of tree {number} do not fit its splits")
        _wholes(fields["cat_threshold"], ends[-1], 0, 2**32 - 1)


def _check_tail(tail: str) -> None:
    found = _TAIL.fullmatch(tail)
    if found is None:
        raise _Odd("it does not end like one")
    if not all(_IMPORTANCE.fullmatch(line) for line in found["importances"].splitlines()):
        raise _Odd("its list of importances is none")
    for line in found["parameters"].splitlines():
        if not _PARAMETER.fullmatch(line) or _OF_FILES.fullmatch(line):
            raise _Odd("a parameter has a form that saleslab does not write, or names a file")
    if found["categorical"] not in {"null", "[]"}:
        raise _Odd("it brings categories of pandas along")


def _fields(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for line in lines:
        name, sign, value = line.partition("=")
        if not sign or name in seen:
            raise _Odd("a line is no 'name=value', or stands twice")
        seen.add(name)
        yield name, value


def _wholes(text: str, n: int, lowest: int, highest: int) -> list[int]:
    values = text.split(" ") if text else []
    if len(values) != n or not all(map(_WHOLE.fullmatch, values)):
        raise _Odd("a list is not of the announced length, or holds what is no whole number")
    numbers = [int(value) for value in values]
    if numbers and not (lowest <= min(numbers) and max(numbers) <= highest):
        raise _Odd("a number points outside what the model holds")
    return numbers


def _decimals(text: str, n: int) -> None:
    values = text.split(" ") if text else []
    if len(values) != n or not all(map(_DECIMAL.fullmatch, values)):
        raise _Odd("a list is not of the announced length, or holds what is no number")
