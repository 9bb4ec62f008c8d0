"""How does a bundle get onto the disk at once or not at all, and off it without a surprise?

A folder is written into a hidden draft beside its place, flushed, and renamed there when it is whole. A folder is read
once, plain files only, none larger than its bound; what is read is what is hashed and what is used.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from saleslab.errors import FileProblem
from saleslab.warehouse.locks import hold_lock

MANIFEST = "manifest.json"
STATE = "scorer.json"
SIGNATURE = "signature.json"

_BOUNDS = {MANIFEST: 2**20, STATE: 2**24, SIGNATURE: 2**12}
_TEXT = re.compile(r"[a-z][a-z0-9_]{0,39}\.lightgbm\.txt")
_TEXT_BOUND = 2**26
_MOST_FILES = 40
_AGAIN = "take the bundle again from where it was saved, or train the model again."


def name_text(name: str) -> str:
    """Return the file name of a tree text."""
    return f"{name}.lightgbm.txt"


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a bundle, by name.

    Raises
    ------
    FileProblem
        When the folder is absent or no folder, or holds anything but plain files with names and sizes of a bundle.
    """
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for _, entry in zip(range(_MOST_FILES + 1), entries, strict=False))
    except OSError:
        raise FileProblem(
            f"There is no bundle '{folder.name}': it is no folder that can be read.",
            "name the folder that save_model wrote, or a model of `list_models`.",
        ) from None
    if len(found) > _MOST_FILES or MANIFEST not in found:
        raise FileProblem(f"'{folder.name}' is no bundle: it has no {MANIFEST}, or too many files.", _AGAIN)
    return {name: _read_file(folder, name) for name in found}


def _read_file(folder: Path, name: str) -> bytes:
    bound = _BOUNDS.get(name, _TEXT_BOUND if _TEXT.fullmatch(name) else 0)
    if not bound:
        raise FileProblem(f"The bundle '{folder.name}' holds a file that no bundle has.", _AGAIN)
    try:
        with _open_plain(folder / name) as file:
            content = file.read(bound + 1)
    except OSError:
        raise FileProblem(
            f"'{name}' of the bundle '{folder.name}' is no plain file that can be read.", _AGAIN
        ) from None
    if len(content) > bound:
        raise FileProblem(f"'{name}' of the bundle '{folder.name}' is larger than {bound:,} bytes.", _AGAIN)
    return content


def _open_plain(path: Path) -> IO[bytes]:
    """Open a file, but neither a link, a folder, a pipe nor a device."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        if path.is_symlink() or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        return os.fdopen(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise


def parse_json(content: bytes, *, name: str) -> Any:
    """Return the JSON of a file that `write_json` could have written, byte by byte.

    Duplicate keys, NaN, other spacing and other spellings of a number are refused, since two readers may take them
    for two things.

    Raises
    ------
    FileProblem
        When it is no such JSON.
    """
    try:
        tree = json.loads(content.decode("utf-8"))
        if write_json(tree) == content:
            return tree
    except (ValueError, RecursionError):
        pass
    raise FileProblem(f"'{name}' is not JSON as saleslab writes it.", _AGAIN)


def write_json(tree: Any) -> bytes:
    """Return JSON bytes: keys in the order given, no NaN."""
    return (json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8")


@contextmanager
def hold_folder(parent: Path) -> Iterator[Path]:
    """Wait for the only place to write below a folder, and give the hidden folder in which drafts are made."""
    workshop = parent / ".saving"
    workshop.mkdir(parents=True, exist_ok=True)
    with (workshop / "lock").open("ab") as lock, hold_lock(lock):
        for left in workshop.iterdir():  # whoever left these is dead: its lock was free
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif left.name != "lock":
                left.unlink(missing_ok=True)
        yield workshop


def put_folder(folder: Path, contents: Mapping[str, bytes], workshop: Path) -> None:
    """Make a folder appear with all its files, or not at all; the place must be free."""
    draft = workshop / f"{folder.name}-{secrets.token_hex(4)}"
    draft.mkdir()
    for name, content in contents.items():
        _write_through(draft / name, content)
    _settle(draft)
    draft.rename(folder)
    _settle(folder.parent)


def put_file(path: Path, content: bytes, workshop: Path) -> None:
    """Put a file in the place of another; a reader sees the old one or the new one."""
    draft = workshop / f"{path.name}-{secrets.token_hex(4)}"
    _write_through(draft, content)
    draft.replace(path)
    _settle(path.parent)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Let the system put a folder's list of names on the disk, where it can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
