"""How does one see that a command is at work? A bar on stderr, which leaves nothing behind and stays out of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `step` says what is done now, `move` how far it is."""

    _progress: Progress
    _task: TaskID

    def step(self, description: str) -> None:
        """Begin something whose length is not known yet."""
        self._progress.reset(self._task, description=description, total=None)

    def move(self, done: int, total: int) -> None:
        """Say how many parts of how many are done."""
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def progress_bar(description: str, *, hidden: bool) -> Iterator[Bar]:
    """Show a bar until the block ends; hidden where a machine reads, and where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    quiet = hidden or not console.is_terminal
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        yield Bar(progress, progress.add_task(description, total=None))
