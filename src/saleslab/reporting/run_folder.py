"""How does a run appear at once or not at all?

A run is written into a hidden draft beside its place and moved there when it is whole. A run that is killed leaves its
draft, which nobody sees; the next run of the report takes it away, since the lock of a dead process is free.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from saleslab.errors import FileProblem
from saleslab.reporting.canonical import Json

MANIFEST = "manifest.json"
BLOCKS = "blocks.json"
EXECUTED = "executed.ipynb"
TIMING = "timing.json"

_DRAFT = ".draft-"


@contextmanager
def draft_of(folder: Path) -> Iterator[Path]:
    """Give a new empty folder to write into; it takes the place of ``folder`` when the block ends well.

    Whoever reads meanwhile finds what was there before; when the block fails, that stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    draft = folder.parent / f"{_DRAFT}{folder.name}-{secrets.token_hex(4)}"
    lock = draft.with_name(f"{draft.name}.lock")
    with lock.open("w") as held:
        _take(held)
        try:
            draft.mkdir()
            yield draft
            _put(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _put(draft: Path, folder: Path) -> None:
    if folder.exists():
        old = draft.with_name(f"{draft.name}.old")
        folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old)
    else:
        draft.rename(folder)


def _sweep(parent: Path) -> None:
    """Remove the drafts of dead processes."""
    for lock in parent.glob(f"{_DRAFT}*.lock"):
        with lock.open("w") as held:
            if not _take(held, wait=False):
                continue
            draft = lock.with_suffix("")
            shutil.rmtree(draft, ignore_errors=True)
            _bring_back(
                draft.with_name(f"{draft.name}.old"), parent / draft.name.removeprefix(_DRAFT).rpartition("-")[0]
            )
            lock.unlink(missing_ok=True)


def _bring_back(old: Path, folder: Path) -> None:
    """Undo a replacement that was killed between its two steps."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _take(held: IO[str], *, wait: bool = True) -> bool:
    """Lock a file until it is closed; say whether that worked. Without locks on this system, nothing is swept."""
    fcntl = _fcntl()
    if fcntl is None:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _fcntl() -> ModuleType | None:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        return None
    return fcntl


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 with plain line ends on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_json_file(path: Path, tree: Mapping[str, Json]) -> None:
    """Write JSON for people: sorted keys, two spaces."""
    write_text(path, json.dumps(tree, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n")


def read_json_file(path: Path) -> Any:
    """Return the JSON of a file of a run.

    Raises
    ------
    FileProblem
        When it is absent, or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileProblem(f"There is no '{path}'.", "name the folder of a run: reports/runs/REPORT/KEY.") from None
    except (OSError, ValueError):
        raise FileProblem(f"'{path}' is not JSON.", "run the report again with --fresh.") from None


def output_facts(folder: Path, names: tuple[str, ...]) -> dict[str, Json]:
    """Return size and SHA-256 of files of a folder, by name."""
    facts: dict[str, Json] = {}
    for name in names:
        content = (folder / name).read_bytes()
        facts[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return facts


def changed_outputs(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the names of files that are missing or are not what the manifest says."""
    said = manifest.get("outputs", {})
    return [
        name
        for name in sorted(said)
        if not (folder / name).is_file() or output_facts(folder, (name,))[name] != said[name]
    ]
