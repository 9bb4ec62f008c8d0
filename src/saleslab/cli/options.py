"""Options that several verbs take, each worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Database = Annotated[str, typer.Option("--db", help="Database: a file or an address.")]
Language = Annotated[Literal["en", "ja"], typer.Option("--lang", help="Language of what is said.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of runs and site.")]

OUT = Path("reports")
