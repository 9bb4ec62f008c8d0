"""How a command ends: an exit code that a scheduler can act on, and an error that says what to do next."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from saleslab.errors import FileProblem, GateClosed, ProofFailed, ReportFailed, SaleslabError

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    PARTLY_FAILED = 1
    """What was asked for could not all be done, though the question was a good one; the rest is done."""
    BAD_INPUT = 2
    GATE_CLOSED = 3
    """The data did not pass the quality gate; nothing was written or published."""


def exit_of(error: SaleslabError) -> Exit:
    """Return the exit code that an error stands for.

    Examples
    --------
    >>> exit_of(ReportFailed("Cell 4 stopped.", "mend it.")).name
    'PARTLY_FAILED'
    """
    match error:
        case GateClosed():
            return Exit.GATE_CLOSED
        case ReportFailed() | ProofFailed():
            return Exit.PARTLY_FAILED
    return Exit.BAD_INPUT


def complain(error: SaleslabError) -> None:
    """Write the two lines of an error to stderr."""
    print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201


def ends_well(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a `SaleslabError` of a command, or a file that cannot be used, into two lines on stderr and an exit code."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SaleslabError as error:
            complain(error)
            raise SystemExit(exit_of(error)) from None
        except BrokenPipeError:  # whoever reads has seen enough
            raise
        except OSError as error:
            place = f"'{error.filename}'" if error.filename else "A file"
            complain(FileProblem(f"{place} cannot be used: {error.strerror}.", "correct the path, or make room there."))
            raise SystemExit(Exit.BAD_INPUT) from None

    return guarded
