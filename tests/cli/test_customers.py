"""``saleslab customers value``: CDNOW's way in, what is told, what is written, and no name unless it was asked for."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

ROOT = Path(__file__).resolve().parents[2]
CDNOW = ROOT.parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
WRITTEN = ["account_id", "value", "value_lower", "value_upper"]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The file of a company with accounts and orders only."""
    path = tmp_path_factory.mktemp("customers") / "lab.duckdb"
    made = simulate(Scenario(seed=7, n_deals=800))
    with connect(f"duckdb:///{path}") as lab:
        for name in ("accounts", "orders"):
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return path


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_value_is_told_by_id_and_written_without_names(type_in, company, tmp_path):
    told = type_in("customers", "value", "--db", company, "--as-of", "2026-09-30", "--model", "nbd", "--to", "v.csv")
    assert told.exit_code == 0, told.output
    assert "expected to bring" in told.output
    rows = read(tmp_path / "v.csv")
    assert list(rows[0])[:4] == WRITTEN
    assert "name" not in rows[0]
    with connect(f"duckdb:///{company}", read_only=True) as lab:
        names = set(lab.read(lab.table("accounts").select("name"))["name"].dropna())
    text = (tmp_path / "v.csv").read_text(encoding="utf-8-sig") + told.output
    assert not [name for name in names if name in text]
    assert all(float(row["value_lower"]) <= float(row["value_upper"]) for row in rows)


def test_names_are_in_the_file_where_they_were_asked_for(type_in, company, tmp_path):
    words = ("--as-of", "2026-09-30", "--model", "nbd", "--to", "v.csv", "--names", "--json")
    told = type_in("customers", "value", "--db", company, *words)
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["n_customers"] == len(read(tmp_path / "v.csv"))
    assert all(row["name"] for row in read(tmp_path / "v.csv"))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--names",), "Names are written into a file only"),
        (("--to", "v.txt"), "is no file that is written"),
        (("--as-of", "yesterday"), "is not a day"),
        (("--as-of", "2026-09-30", "--horizon", "0"), "give whole days from 1"),
        (("--as-of", "1990-01-01"), "Next:"),
    ],
)
def test_bad_input_ends_with_two_and_what_to_do(type_in, company, words, why):
    told = type_in("customers", "value", "--db", company, *words)
    assert told.exit_code == 2
    assert why in told.output
    assert "Next:" in told.output


@pytest.mark.real_data
@pytest.mark.skipif(not CDNOW.is_file(), reason="the public CDNOW purchases are not beside the project")
def test_cdnow_comes_in_by_the_documented_map_and_is_valued(type_in, tmp_path):
    names = ["of", "customer", "day", "n", "amount"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names, dtype={"customer": str, "day": str})
    orders = rows.assign(order=range(1, len(rows) + 1), day=pd.to_datetime(rows["day"]).dt.date)
    orders[["order", "customer", "day", "amount"]].to_csv(tmp_path / "orders.csv", index=False)
    brought = type_in("import", "orders.csv", "--map", ROOT / "docs/examples/cdnow.toml", "--into", "cdnow.duckdb")
    assert brought.exit_code == 0, brought.output
    told = type_in("customers", "value", "--db", "cdnow.duckdb", "--horizon", "273", "--model", "mbgnbd", "--json")
    answer = json.loads(told.output)
    assert answer["n_customers"] == 2357
    assert 0.90 <= answer["trial"]["coverage"] <= 0.96
    assert answer["verdict"] in {"alike", "better"}
