"""Old periods keep the old definition: the versions of a tree, and which of them holds on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.trees.comparing import compare_trees
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.reading import read_tree

Versions = tuple[KpiTree, ...]
"""All versions of one tree, the oldest first."""


def read_versions(folder: Path | str) -> Versions:
    """Return the versions of a tree, one ``.yaml`` file each.

    Raises
    ------
    NotEnoughData
        If the folder holds none.
    BadArgument
        If they do not follow each other, see `gather_versions`.
    """
    files = sorted(Path(folder).glob("*.yaml"))
    if not files:
        raise NotEnoughData(f"{Path(folder).name} holds no .yaml file.", "put each version of the tree into a file.")
    return gather_versions([read_tree(file) for file in files])


def gather_versions(trees: Sequence[KpiTree]) -> Versions:
    """Return the versions of one tree in order, once each follows properly from the one before.

    Raises
    ------
    BadArgument
        If two trees differ in id, two have the same version, a later version holds from an earlier day, or a measure
        was redefined without a reason.
    """
    versions = tuple(sorted(trees, key=lambda tree: tree.version))
    if len(names := {tree.tree for tree in versions}) > 1:
        raise BadArgument(f"Versions of different trees: {', '.join(sorted(names))}.", "keep a folder a tree.")
    for before, after in pairwise(versions):
        _check_step(before, after)
    return versions


def pick_version(versions: Sequence[KpiTree], *, on: date) -> KpiTree:
    """Return the version that holds on a day.

    Raises
    ------
    NotEnoughData
        If the day lies before the first version.
    """
    held = [tree for tree in versions if tree.effective_from <= on]
    if not held:
        first = min((tree.effective_from for tree in versions), default=None)
        raise NotEnoughData(f"No version holds on {on}; the first holds from {first}.", "ask for a later day.")
    return max(held, key=lambda tree: tree.version)


def _check_step(before: KpiTree, after: KpiTree) -> None:
    step = f"version {after.version} of the tree {after.tree}"
    if after.version == before.version:
        raise BadArgument(f"There are two of {step}.", "raise the version of the later one.")
    if after.effective_from <= before.effective_from:
        raise BadArgument(
            f"{step} holds from {after.effective_from}, version {before.version} from {before.effective_from}.",
            "let each version hold from a later day than the one before.",
        )
    redefined = compare_trees(before, after).redefined
    if redefined and after.reason is None:
        raise BadArgument(f"{step} redefines {', '.join(redefined)} without a reason.", "say why under 'reason'.")
