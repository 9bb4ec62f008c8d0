"""What is loaded when it is used, because loading it at once costs seconds: names of rooms, and a library of libraries.

Names of rooms are served by a module's own ``__getattr__`` (PEP 562): scikit-learn, LightGBM and their like cost
seconds, and most verbs need none of them.

altair, papermill and nbformat check their documents with jsonschema. Beside JupyterLab, jsonschema loads
``rfc3987_syntax``, which builds a grammar for each of 38 rules of international addresses: 1.1 to 2.5 CPU s in every
process and kernel, for a check that neither a chart nor a notebook asks for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

_ADDRESSES = "rfc3987_syntax"


def serve_late(room: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a room whose names are loaded when they are first asked for.

    Parameters
    ----------
    room
        ``__name__`` of the room.
    homes
        The file of each name, as seen from the room: ``{"rank_leads": "lists.ranking"}``.

    Examples
    --------
    >>> ask, names = serve_late("saleslab.stats", {"Interval": "intervals"})
    >>> ask("Interval").__module__, names()
    ('saleslab.stats.intervals', ['Interval'])
    """

    def ask(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{room}.{homes[name]}"), name)
        raise AttributeError(f"module '{room}' has no attribute '{name}'")

    return ask, lambda: sorted(homes)


def postpone_address_grammars() -> None:
    """Let ``rfc3987_syntax`` load itself at its first check instead of at its import; what it answers stays the same.

    Nothing happens where it is absent or loaded already.

    Examples
    --------
    >>> postpone_address_grammars()
    >>> from jsonschema import Draft202012Validator
    >>> checked = Draft202012Validator({"format": "iri"}, format_checker=Draft202012Validator.FORMAT_CHECKER)
    >>> checked.is_valid("https://例え.jp/売上"), checked.is_valid("no address")
    (True, False)
    """
    spec = None if _ADDRESSES in sys.modules else find_spec(_ADDRESSES)
    if spec is None:
        return
    stand_in = module_from_spec(spec)

    def load() -> ModuleType:
        if sys.modules.get(_ADDRESSES) is stand_in:
            del sys.modules[_ADDRESSES]
        return import_module(_ADDRESSES)

    def is_valid_syntax(*asked: Any, **options: Any) -> Any:
        return load().is_valid_syntax(*asked, **options)

    def get_attribute(name: str) -> Any:
        return getattr(load(), name)

    vars(stand_in).update(is_valid_syntax=is_valid_syntax, __getattr__=get_attribute)
    sys.modules[_ADDRESSES] = stand_in
