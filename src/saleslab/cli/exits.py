"""How a command ends: an exit code that a scheduler can act on, and an error that says what to do next."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from saleslab.errors import SaleslabError

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    PARTLY_FAILED = 1
    BAD_INPUT = 2
    GATE_CLOSED = 3
    """The data did not pass the quality gate; nothing was written or published."""


def ends_well(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a `SaleslabError` of a command into its two lines on stderr and exit code 2."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SaleslabError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
            raise SystemExit(Exit.BAD_INPUT) from None

    return guarded
