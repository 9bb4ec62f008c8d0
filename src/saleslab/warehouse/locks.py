"""One writer at a time, whichever program it is in; the lock of a program that dies is released by the system."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**40
    """A byte that no log reaches: locking it keeps other writers out and readers in."""

    @contextmanager
    def hold_lock(file: IO[bytes]) -> Iterator[None]:
        """Wait until no other program holds the lock of an open file, and hold it."""
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    @contextmanager
    def hold_lock(file: IO[bytes]) -> Iterator[None]:
        """Wait until no other program holds the lock of an open file, and hold it."""
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
