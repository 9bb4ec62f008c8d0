"""A small company and the notebook of a report on it, for the tests of the runner and of the proof."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from saleslab.warehouse import connect

QUESTION = "# How much did we win?\n\nFor the head of sales, every month."
PARAMETERS = """\
db: str = "duckdb:///data/lab.duckdb"  # the company's tables
as_of: "date" = "2026-10-31"  # the day the report speaks of
region: str = "01"  # code of the prefecture
factor: float = 1.0  # what the amounts are multiplied by"""
IMPORTS = """\
from datetime import date

from saleslab import reporting
from saleslab.warehouse import connect
from saleslab.wording import Count, Money, Text

lab = connect(db, read_only=True)
orders = lab.read(lab.table("orders"))
won = orders.total.sum()"""
HEADLINE = """\
reporting.headline(
    Text("How much did we win?", "受注額はいくらですか。"),
    Text("As planned", "計画どおり"),
    "good",
    Text(f"Region {region}.", f"地域 {region}。"),
    Text("Orders", "受注"),
    date.fromisoformat(as_of),
)"""
WON = 'reporting.kpi("won", Text("Won", "受注額"), Money(won))'
N_ORDERS = 'reporting.kpi("n_orders", Text("Orders", "受注件数"), Count(len(orders)))'
FINDING = """\
reporting.finding(
    "few",
    Text("Few orders.", "受注が少ない。"),
    evidence=["n_orders"],
    action=Text("Call.", "電話する。"),
    owner=Text("Sales", "営業部"),
)"""
PRINTED = 'print(f"{len(orders)} orders, {won:,}")'
PROVENANCE = "reporting.provenance(lab, seed=7)"
CELLS = (IMPORTS, HEADLINE, WON, N_ORDERS, FINDING, PRINTED, PROVENANCE)


def make_company(file: Path, *, extra: int = 0) -> Path:
    """Write orders into a new database and return its path."""
    n = 5 + extra
    orders = pd.DataFrame(
        {
            "order_id": [f"o:{i}" for i in range(n)],
            "account_id": [f"a:{i % 2}" for i in range(n)],
            "ordered_at": pd.date_range("2026-01-05", periods=n, freq="7D"),
            "status": ["won"] * n,
            "total": [100_000 * (i + 1) for i in range(n)],
        }
    )
    with connect(f"duckdb:///{quote(str(file))}") as lab:
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 11, 1))
    return file


def make_notebook(file: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """Write the notebook of a report, of the usual cells unless others are given, and return its path."""
    code = [new_code_cell(source) for source in cells or CELLS]
    declared = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[new_markdown_cell(QUESTION), declared, *code]), file)
    return file
