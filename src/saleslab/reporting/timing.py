"""What was true of one run only: when, how long, where.

Wall-clock and machine facts are kept apart in ``timing.json``, so that everything else of a run has the same bytes on
every machine. This is the only file of the room that reads the clock.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from saleslab.reporting.canonical import Json


class Stopwatch:
    """Measures the steps of one run, in seconds.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with watch.step("render"):
    ...     pass
    >>> list(watch.seconds)
    ['render']
    """

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC)
        self.seconds: dict[str, Json] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what happens within the block."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - begun, 3)

    def facts(self, **more: Json) -> dict[str, Json]:
        """Return when it started and ended, how long each step took, the machine, and more facts of the caller."""
        return {
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": self.seconds,
            "host": platform.node(),
            "platform": platform.platform(),
            "python": sys.version.split()[0],
            **more,
        }


def commit_of(folder: Path) -> str | None:
    """Return the git commit of a folder, with ``+changes`` where something is not committed; None without git."""
    git = shutil.which("git")
    if git is None:
        return None
    answers = [
        subprocess.run([git, "-C", str(folder), *words], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        for words in (("rev-parse", "HEAD"), ("status", "--porcelain"))
    ]
    if any(answer.returncode for answer in answers):
        return None
    return answers[0].stdout.strip() + ("+changes" if answers[1].stdout.strip() else "")
