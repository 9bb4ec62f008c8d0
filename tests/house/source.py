"""The source tree as the house tests see it: files, rooms, floors and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "saleslab"

FLOORS = (
    {"errors", "periods", "_optional", "_late_imports"},
    {"tables", "wording"},
    {"warehouse", "stats"},
    {"intake", "simulation"},
    {"segmentation", "customers", "scoring", "experiments", "forecasting", "kpi", "operations"},
    {"charts"},
    {"reporting", "widgets"},
    {"cli"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
STUDIES = FLOORS[4]


@dataclass(frozen=True)
class Source:
    """One Python file of the package."""

    path: Path
    tree: ast.Module
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of every import, those inside functions and type-checking blocks too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    yield node.lineno, f"{module}.{alias.name}" if module else alias.name


@cache
def sources() -> tuple[Source, ...]:
    """Return every Python file of the package but its front door."""
    return tuple(
        Source(path, ast.parse(path.read_text(encoding="utf-8")), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "__init__.py"
    )
