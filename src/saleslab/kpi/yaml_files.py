"""Read YAML that people edit: plain values only, every value with its line, nothing that a parser could trip over.

Anchors and aliases are refused (ten lines of them can mean a billion values), and so are tags, repeated keys, several
documents in a file, files above a megabyte and nesting without end. What is read are mappings, lists, texts, numbers,
dates, yes/no and nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from saleslab.errors import FileProblem

LARGEST = 1_000_000
"""Bytes of a file; the largest tree that anybody can work with has a few dozen thousand."""

_DEEPEST = 20
_MERGE = "tag:yaml.org,2002:merge"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value: ``("nodes", "win_rate", "bounds", 1)``."""


@dataclass(frozen=True, slots=True, eq=False)
class YamlFile:
    """What a file says, and where.

    Attributes
    ----------
    path
        The file.
    content
        Its mapping.
    lines
        Line of each value, from 1.
    """

    path: Path
    content: Mapping[str, Any]
    lines: Mapping[Place, int]

    def locate(self, place: Place) -> str:
        """Return file and line of a value, or of the nearest one above it that is there: ``tree.yaml, line 12``."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return f"{self.path.name}, line {self.lines[place[:end]]}"
        return self.path.name


def read_yaml(path: Path | str) -> YamlFile:
    """Return what a YAML file says.

    Raises
    ------
    FileProblem
        If the file is missing, too large, not UTF-8, not YAML, not a mapping, or holds an anchor, an alias, a tag, a
        repeated key or another document.
    """
    file = Path(path)
    text = _read_text(file)
    try:
        return _parse(file, text)
    except FileProblem:
        raise
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise FileProblem(f"{file.name}{line}: not YAML ({error.problem}).", "correct the line.") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a NUL byte; a date such as 2026-13-01
        cause = str(error).splitlines()[0]
        raise FileProblem(f"{file.name} is not YAML ({cause}).", "correct the value, or put it in quotes.") from error


def _parse(file: Path, text: str) -> YamlFile:
    _refuse_tricks(file, text)
    root = yaml.compose(text, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode):
        raise FileProblem(f"{file.name} holds no mapping.", "begin it with 'key: value' lines.")
    lines = dict(_locate(root, (), file))
    return YamlFile(file, yaml.load(text, Loader=_LOADER), lines)  # noqa: S506  (the safe loader)


def _read_text(file: Path) -> str:
    try:
        size = file.stat().st_size
        if size > LARGEST:
            raise FileProblem(f"{file.name} has {size:,} bytes; {LARGEST:,} are read.", "split it.")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileProblem(f"{file.name} cannot be opened ({error.strerror}).", "check the path.") from error
    except UnicodeDecodeError as error:
        raise FileProblem(f"{file.name} is not UTF-8 (byte {error.start}).", "save it as UTF-8.") from error


def _refuse_tricks(file: Path, text: str) -> None:
    documents, depth = 0, 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        trick = _name_trick(event, documents, depth)
        if trick:
            raise FileProblem(
                f"{file.name}, line {event.start_mark.line + 1}: {trick} not read.",
                "write the values out, one document a file.",
            )


def _name_trick(event: yaml.Event, documents: int, depth: int) -> str:
    if depth > _DEEPEST:
        return f"nesting of more than {_DEEPEST} levels is"
    if documents > 1:
        return "a second document is"
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are"
    if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
        return "tags are"
    return ""


def _locate(node: yaml.Node, place: Place, file: Path) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield from _locate(child, (*place, position), file)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            key_line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                raise FileProblem(f"{file.name}, line {key_line}: not a plain key.", "write the values out.")
            if key.value in seen:
                raise FileProblem(f"{file.name}, line {key_line}: {key.value!r} is there twice.", "keep one of them.")
            seen.add(key.value)
            yield from _locate(child, (*place, key.value), file)
            yield (*place, key.value), key_line
