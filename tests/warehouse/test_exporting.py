"""A warehouse becomes a folder of Parquet files, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from saleslab.errors import FileProblem, WarehouseError
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect, export_tables

LOADED = datetime(2026, 11, 24)


@pytest.fixture(scope="module")
def company():
    with connect("duckdb://") as lab:
        load_company(simulate(Scenario(seed=3, n_deals=60)), lab, loaded_at=LOADED)
        lab.change_settings(currency="USD", closed_days=("12-29",))
        yield lab


def teams() -> Warehouse:
    lab = connect("duckdb://")
    rows = pd.DataFrame({"team_id": ["t:1", "t:2"], "name": ["East", "West"], "is_deleted": [False, True]})
    lab.write("teams", rows, source_system="test", loaded_at=LOADED)
    return lab


def test_every_table_is_written_with_all_its_rows(company, tmp_path):
    written = export_tables(company, tmp_path / "lake")
    assert tuple(written) == company.names()
    with connect("duckdb://") as other:
        for name in company.names():
            read = pd.read_parquet(tmp_path / "lake" / f"{name}.parquet")
            assert len(read) == written[name]
            other.write(name, read, source_system="other", loaded_at=LOADED)
            assert other.fingerprint(name) == company.fingerprint(name), name


def test_deleted_rows_are_written_too(tmp_path):
    assert export_tables(teams(), tmp_path / "lake") == {"teams": 2}


def test_what_lies_in_the_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileProblem, match=r"(?s)is there already.*Next: name a new folder"):
        export_tables(teams(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def _stop(lab: Warehouse, file: Path) -> None:
    file.write_text("half")
    (file / "nowhere").write_text("")


def test_an_export_that_stops_half_way_leaves_no_folder(tmp_path, monkeypatch):
    lab = teams()
    monkeypatch.setattr(type(lab), "save_settings", _stop)
    with pytest.raises(NotADirectoryError, match="nowhere|Not a directory"):
        export_tables(lab, tmp_path / "lake")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_parquet_files_is_no_lake(tmp_path):
    with pytest.raises(WarehouseError, match=r"(?s)holds no Parquet files.*Next: write them with `saleslab export`"):
        connect(f"pyspark:///{tmp_path}")
