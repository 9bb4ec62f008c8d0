"""The one door to libraries that a plain installation may lack (database drivers, Spark)."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from saleslab.errors import MissingLibrary


def require(module: str, *, purpose: str, package: str | None = None) -> ModuleType:
    """Import and return a module, or say which package brings it.

    Parameters
    ----------
    module
        Dotted name to import.
    purpose
        What the caller needs it for, as a noun phrase: "a PostgreSQL warehouse".
    package
        Name to install, where it differs from the module's first part.

    Raises
    ------
    MissingLibrary
        When the module cannot be found.

    Examples
    --------
    >>> require("json", purpose="an example").__name__
    'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        name = package or module.partition(".")[0]
        raise MissingLibrary(
            f"{purpose} needs the library '{missing.name}', which is not installed.",
            f"install it beside saleslab: pip install {name}",
        ) from missing
