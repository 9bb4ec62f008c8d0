"""A whole warehouse as a folder of Parquet files: for Spark, or any other tool that reads them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from saleslab.errors import FileProblem

if TYPE_CHECKING:
    from saleslab.warehouse.store import Warehouse

SETTINGS_TABLE = "saleslab_settings"
"""Name of the table that holds the company's settings."""


def export_tables(lab: Warehouse, folder: Path) -> dict[str, int]:
    """Write every canonical table and the company's settings to ``<table>.parquet`` in a new folder.

    Rows that were deleted, or merged into another, are written too: what is read from the files has the fingerprints of
    the warehouse. The folder appears when all of it is written.

    Parameters
    ----------
    lab
        An open warehouse.
    folder
        Where the files will lie; must not exist, or be empty.

    Returns
    -------
    dict
        Rows by table.

    Raises
    ------
    FileProblem
        When something lies in the folder already.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import datetime
    >>> import pandas as pd
    >>> from saleslab.warehouse import connect
    >>> lab = connect("duckdb://")
    >>> teams = pd.DataFrame({"team_id": ["t:1"], "name": ["East"]})
    >>> written = lab.write("teams", teams, source_system="file", loaded_at=datetime(2026, 11, 24))
    >>> export_tables(lab, Path(tempfile.mkdtemp()) / "lake")
    {'teams': 1}
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileProblem(f"'{folder}' is there already.", "name a new folder, or move the old one away.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".export-") as room:
        draft = Path(room) / folder.name
        draft.mkdir()
        for name in lab.names():
            lab.save(name, draft / f"{name}.parquet")
        lab.save_settings(draft / f"{SETTINGS_TABLE}.parquet")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    return {name: lab.fingerprint(name).n_rows for name in lab.names()}
