"""saleslab, the scientific sales lab: from a CRM export to decisions that can be proved.

A study is a function from small tidy tables to a frozen answer; everything below it prepares tables, everything above
it shows answers. Rooms load when they are first used::

    import saleslab

    lab = saleslab.warehouse.connect("duckdb:///data/lab.duckdb")
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = (
    "charts",
    "cli",
    "customers",
    "errors",
    "experiments",
    "forecasting",
    "intake",
    "operations",
    "periods",
    "reporting",
    "scoring",
    "segmentation",
    "simulation",
    "stats",
    "tables",
    "warehouse",
    "widgets",
    "wording",
)

__all__ = ["__version__", *_ROOMS]  # noqa: PLE0604 - names of modules, resolved by __getattr__


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return import_module(f"saleslab.{name}")
    raise AttributeError(f"module 'saleslab' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
