"""A declaration from a YAML file, with every mistake named at its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from saleslab.errors import FileProblem
from saleslab.kpi.yaml_files import YamlFile, read_yaml

Declared = TypeVar("Declared", bound=BaseModel)

_MOST_SHOWN = 20


def read_declared(path: Path | str, declaration: type[Declared]) -> tuple[Declared, YamlFile]:
    """Return what a file declares, and the file with its lines.

    Raises
    ------
    FileProblem
        If the file cannot be read (see `read_yaml`), or does not fit the declaration; what stands there is not
        repeated.
    """
    file = read_yaml(path)
    try:
        return declaration.model_validate(dict(file.content)), file
    except ValidationError as error:
        mistakes = []
        for one in error.errors(include_input=False, include_url=False):
            key = ".".join(map(str, one["loc"]))
            said = one["msg"].removeprefix("Value error, ")
            mistakes.append(f"{file.locate(one['loc'])}: {key}{': ' * bool(key)}{said}")
    raise refuse_file(file, mistakes)


def refuse_file(file: YamlFile, mistakes: Sequence[str]) -> FileProblem:
    """Return the error that names what is wrong with a file, one mistake a line."""
    shown = list(mistakes[:_MOST_SHOWN])
    if len(mistakes) > len(shown):
        shown.append(f"and {len(mistakes) - len(shown)} more")
    many = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listed = "".join(f"\n  {mistake}" for mistake in shown)
    return FileProblem(f"{file.path.name} has {many}:{listed}", "correct the lines and read it again.")
