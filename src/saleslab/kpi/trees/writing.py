"""From a tree to a file that reads back as the same tree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml
from pydantic import BaseModel

from saleslab.errors import BadArgument
from saleslab.kpi.trees.formulas import Formula
from saleslab.kpi.trees.nodes import KpiTree, Quantile, Trigger, Words
from saleslab.kpi.trees.reading import read_tree


def write_tree(tree: KpiTree, path: Path | str) -> Path:
    """Write a tree as YAML; the file is there whole or not at all, and reads back as an equal tree.

    A version that is in use is not rewritten: where the file holds the same version with another definition, raise the
    version and give the reason. Comments of the file are lost; edit by hand what people annotate.

    Raises
    ------
    BadArgument
        If the file holds another tree, or the same version with other definitions.
    """
    target = Path(path)
    if target.exists():
        _refuse_silent_edit(read_tree(target), tree, target)
    text = yaml.safe_dump(lay_out(tree), allow_unicode=True, sort_keys=False, width=100)
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, suffix=".part", delete=False) as part:
        part.write(text)
    return Path(part.name).replace(target)


def digest_tree(tree: KpiTree) -> str:
    """Return the SHA-256 of all that a tree says, independent of order, blanks and comments of its file."""
    text = json.dumps(lay_out(tree), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def lay_out(tree: KpiTree) -> dict[str, Any]:
    """Return a tree as plain values under the keys of its file; what is at its default is left out."""
    return {key: _plain(value) for key, value in _said(tree).items()}


def _refuse_silent_edit(old: KpiTree, new: KpiTree, path: Path) -> None:
    if old.tree != new.tree:
        raise BadArgument(f"{path.name} holds the tree {old.tree}, not {new.tree}.", "write to a file of its own.")
    if old.version == new.version and digest_tree(old) != digest_tree(new):
        raise BadArgument(
            f"{path.name} holds version {old.version} of the tree {old.tree} with other definitions.",
            "raise 'version', give the 'reason' and the day it is 'effective_from', and write it to a file of its own.",
        )


def _said(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields
    return {
        field.alias or name: getattr(model, name)
        for name, field in fields.items()
        if field.is_required() or getattr(model, name) != field.get_default(call_default_factory=True)
    }


def _plain(value: Any) -> Any:
    match value:
        case Formula(text=text):
            return text
        case Quantile(chance=chance):
            return f"p{round(chance * 100)}"
        case Trigger():
            return str(value)
        case Words(en=en, ja=ja) if en == ja:
            return en
        case BaseModel():
            return {key: _plain(part) for key, part in _said(value).items()}
        case Mapping():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case date() | None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} is no value of a tree file")
