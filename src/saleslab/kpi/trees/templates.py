"""Trees to begin with, and how a company makes one its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from saleslab.errors import BadArgument
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.reading import read_tree
from saleslab.kpi.trees.writing import lay_out
from saleslab.kpi.yaml_files import read_yaml


def list_templates() -> Mapping[str, Path]:
    """Return the file of each template, by name: ``agency``, ``field_sales``, ``inside_sales``, ``subscription``."""
    folder = Path(str(files("saleslab.kpi.trees").joinpath("templates")))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def read_template(name: str) -> KpiTree:
    """Return a tree to begin with: without target, owners and sponsor yet; `lint_tree` tells what is left to say.

    Raises
    ------
    BadArgument
        If there is no template of that name.

    Examples
    --------
    >>> read_template("inside_sales").nodes["win_rate"].role
    'closer'
    """
    known = list_templates()
    if name not in known:
        raise BadArgument(f"There is no template {name!r}.", f"use one of: {', '.join(known)}.")
    return read_tree(known[name])


def read_overrides(path: Path | str) -> dict[str, Any]:
    """Return what a file of overrides says: keys of the tree's head, and ``nodes`` with what differs in each."""
    content = dict(read_yaml(path).content)
    nodes = content.pop("nodes", {}) or {}
    return {**content, **nodes}


def override_tree(tree: KpiTree, overrides: Mapping[str, Any]) -> KpiTree:
    """Return a tree with some things said differently.

    Parameters
    ----------
    tree
        A template, or another tree.
    overrides
        Keys of the head with their new values, and ids of nodes with the keys that differ in each. A node that is not
        there yet is added; one whose override is None is taken out.

    Raises
    ------
    BadArgument
        Naming everything that the result would not understand.

    Examples
    --------
    >>> ours = override_tree(read_template("field_sales"), {"tree": "east", "win_rate": {"owner": "u7"}})
    >>> ours.tree, ours.nodes["win_rate"].owner, ours.nodes["win_rate"].bounds
    ('east', 'u7', (0.0, 0.7))
    """
    laid = lay_out(tree)
    nodes = laid.pop("nodes")
    for key, said in overrides.items():
        if key in KpiTree.model_fields and key != "nodes":
            laid[key] = said
        elif said is None:
            nodes.pop(key, None)
        else:
            nodes[key] = {**nodes.get(key, {}), **dict(said)}
    try:
        return KpiTree.model_validate({**laid, "nodes": nodes})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ').removesuffix('.')}"
            for one in error.errors(include_url=False, include_input=False)
        )
        raise BadArgument(
            f"The overrides of the tree {tree.tree} cannot be understood: {wrong}.",
            "correct them; a node's keys are those of a tree file.",
        ) from error
