"""What went wrong, and what to do next.

Every error that saleslab raises on purpose is a `SaleslabError`. Its message has two parts: *what* happened, with the
value and its place, and `Next:` the step that helps. Children also inherit the builtin that a Python reader expects, so
``except ValueError`` keeps working. No message holds a personal value: ids and counts only.
"""

from __future__ import annotations


class SaleslabError(Exception):
    """Root of all errors raised on purpose.

    Parameters
    ----------
    what
        What happened: the value and its place (``table.column``, file and row), with a count.
    next_step
        What the reader can do about it, as an imperative sentence.

    Examples
    --------
    >>> print(SaleslabError("orders is empty.", "import an export that has rows."))
    orders is empty.
      Next: import an export that has rows.
    """

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n  Next: {self.next_step}"


class TableError(SaleslabError, ValueError):
    """A table is missing, or lacks a column, or holds what it must not hold."""


class NotEnoughData(SaleslabError, ValueError):
    """The question cannot be answered from so little data; an honest answer, never NaN or a silent zero."""


class BadArgument(SaleslabError, ValueError):
    """An argument has a value outside what the function accepts."""


class NoControl(SaleslabError, ValueError):
    """An effect was asked of rows that hold no comparable rows without the treatment."""


class ParameterError(SaleslabError, ValueError):
    """A report was given a parameter that its notebook does not declare, or of another type."""


class FileProblem(SaleslabError, ValueError):
    """A file that a company gave us cannot be read as what it claims to be."""


class MapError(SaleslabError, ValueError):
    """An import map is malformed, unknown or does not fit the file."""


class WarehouseError(SaleslabError, RuntimeError):
    """The warehouse cannot be opened, or refuses to do what was asked."""


class ReportFailed(SaleslabError, RuntimeError):
    """A report's notebook stopped with an error; nothing was published."""


class GateClosed(SaleslabError, ValueError):
    """The data break contracts that whoever asked insists on; nothing was published."""


class ProofFailed(SaleslabError, AssertionError):
    """A report was run again and did not give what it had published."""


class SamplingFailed(SaleslabError, RuntimeError):
    """Draws from a posterior did not converge; they say nothing, and are not shown."""


class MissingLibrary(SaleslabError, ImportError):
    """An optional library is not installed."""
