"""How do LightGBM's trees become those of ONNX? The same splits and leaves, as parallel lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saleslab.errors import BadArgument

_AT_MOST, _IS_ONE_OF = 0, 6
"""How the operator numbers the two questions of a split."""
_SUM = 1


@dataclass(slots=True)
class _Lists:
    """The lists that are filled while the trees are walked."""

    roots: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    empty_is_yes: list[int] = field(default_factory=list)
    yes: list[int] = field(default_factory=list)
    yes_is_leaf: list[int] = field(default_factory=list)
    no: list[int] = field(default_factory=list)
    no_is_leaf: list[int] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)
    members: list[float] = field(default_factory=list)


def flatten_trees(text: str) -> tuple[float, dict[str, Any]]:
    """Return what trees of a single leaf add up to, and the attributes of ``TreeEnsemble`` for the others.

    Parameters
    ----------
    text
        The model as LightGBM writes it.

    Raises
    ------
    BadArgument
        When a split reads zero as empty, which that operator cannot say; saleslab trains no such trees.
    """
    import lightgbm

    base, lists = 0.0, _Lists()
    for tree in lightgbm.Booster(model_str=text).dump_model()["tree_info"]:
        root = tree["tree_structure"]
        if "leaf_value" in root:
            base += float(root["leaf_value"])
        else:
            lists.roots.append(_add_split(lists, root))
    return base, _name(lists)


def _add_split(lists: _Lists, split: Mapping[str, Any]) -> int:
    """Add a split and all below it; return its number."""
    at = len(lists.columns)
    is_list = split["decision_type"] == "=="
    lists.columns.append(int(split["split_feature"]))
    lists.modes.append(_IS_ONE_OF if is_list else _AT_MOST)
    lists.bounds.append(0.0 if is_list else float(split["threshold"]))
    lists.empty_is_yes.append(0 if is_list else _goes_left_if_empty(split))
    if is_list:
        lists.members += [*map(float, split["threshold"].split("||")), np.nan]
    for numbers, kinds in ((lists.yes, lists.yes_is_leaf), (lists.no, lists.no_is_leaf)):
        numbers.append(0)
        kinds.append(0)
    for numbers, kinds, child in (
        (lists.yes, lists.yes_is_leaf, split["left_child"]),
        (lists.no, lists.no_is_leaf, split["right_child"]),
    ):
        kinds[at] = int("leaf_value" in child)
        numbers[at] = _add_leaf(lists, child) if kinds[at] else _add_split(lists, child)
    return at


def _add_leaf(lists: _Lists, leaf: Mapping[str, Any]) -> int:
    lists.leaves.append(float(leaf["leaf_value"]))
    return len(lists.leaves) - 1


def _goes_left_if_empty(split: Mapping[str, Any]) -> int:
    """Say where an empty number goes: as learnt, or as a zero where training had seen none."""
    match split["missing_type"]:
        case "NaN":
            return int(split["default_left"])
        case "None":
            return int(float(split["threshold"]) >= 0)
    raise BadArgument(
        "The trees read zero as an empty cell, which ONNX trees cannot.", "train the scorer again with saleslab."
    )


def _name(lists: _Lists) -> dict[str, Any]:
    return {
        "aggregate_function": _SUM,
        "tree_roots": lists.roots,
        "nodes_featureids": lists.columns,
        "nodes_splits": np.array(lists.bounds),
        "nodes_modes": np.array(lists.modes, dtype=np.uint8),
        "nodes_missing_value_tracks_true": lists.empty_is_yes,
        "nodes_truenodeids": lists.yes,
        "nodes_trueleafs": lists.yes_is_leaf,
        "nodes_falsenodeids": lists.no,
        "nodes_falseleafs": lists.no_is_leaf,
        "leaf_targetids": [0] * len(lists.leaves),
        "leaf_weights": np.array(lists.leaves),
    } | ({"membership_values": np.array(lists.members)} if lists.members else {})
