"""Does a frame have the columns that a study takes?"""

from __future__ import annotations

from typing import Any

from saleslab.errors import TableError


def require_columns(frame: Any, *names: str, of: str) -> None:
    """Raise unless a frame has some columns.

    Parameters
    ----------
    frame
        Anything with ``columns``, such as a pandas frame.
    names
        Columns that the caller needs.
    of
        What the frame is called in the message, and where it comes from: ``"days (operations.read_closed_days)"``.

    Raises
    ------
    TableError
        Naming every column that is missing.
    """
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise TableError(
            f"{of} has no column {', '.join(repr(name) for name in missing)}; "
            f"it has {', '.join(map(str, frame.columns)) or 'none'}.",
            "pass the frame as its inputs function returns it, or rename the columns.",
        )
