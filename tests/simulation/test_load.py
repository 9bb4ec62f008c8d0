"""An invented company in a warehouse."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from saleslab.cli.simulate import simulate as command
from saleslab.errors import SaleslabError
from saleslab.simulation import Defects, Scenario, load_company, simulate
from saleslab.warehouse import connect

LOADED = datetime(2026, 10, 1)


def test_a_company_arrives_whole_and_keeps_every_contract() -> None:
    company = simulate(Scenario(seed=7, n_deals=60))
    seen: list[str] = []
    with connect("duckdb://") as lab:
        written = load_company(company, lab, loaded_at=LOADED, on_table=seen.append)
        assert {w.table: w.n_added for w in written} == {n: t.num_rows for n, t in company.tables.items()}
        assert [violation for name in company.tables for violation in lab.violations(name)] == []
        sources = lab.read(lab.table("orders").select("source_system").distinct())
    assert sources["source_system"].tolist() == ["simulated"]
    assert seen == list(company.tables)


def test_loading_twice_changes_nothing() -> None:
    company = simulate(Scenario(seed=7, n_deals=40))
    with connect("duckdb://") as lab:
        load_company(company, lab, loaded_at=LOADED)
        again = load_company(company, lab, loaded_at=datetime(2026, 10, 2))
    assert all(w.n_added == 0 and w.n_changed == 0 for w in again)


def test_a_spoilt_company_can_be_loaded_and_its_merged_rows_stay_out_of_sight() -> None:
    company = simulate(Scenario(seed=7, n_deals=60, defects=Defects.everywhere(0.05)))
    with connect("duckdb://") as lab:
        load_company(company, lab, loaded_at=LOADED)
        shown = lab.read(lab.table("accounts").count().as_table()).iloc[0, 0]
        rules = {violation.rule for name in company.tables for violation in lab.violations(name)}
    hidden = (company.truth.defects["kind"] == "deleted_or_merged").sum()
    assert shown == company.tables["accounts"].num_rows - hidden
    assert {"range", "refers_to"} <= rules


def test_a_read_only_warehouse_refuses(tmp_path: Path) -> None:
    address = f"duckdb:///{tmp_path / 'lab.duckdb'}"
    connect(address, read_only=False).close()
    with connect(address, read_only=True) as lab, pytest.raises(SaleslabError, match="Next: "):
        load_company(simulate(Scenario(n_deals=40)), lab, loaded_at=LOADED)


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(command)
    return made


def test_the_command_writes_a_database_and_says_what_is_in_it(app: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "new" / "lab.duckdb"
    options = [
        "--seed",
        "7",
        "--deals",
        "40",
        "--language",
        "en",
        "--into",
        str(file),
        "--loaded-at",
        "2026-10-01T00:00",
    ]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    assert "users                            7" in done.output
    with connect(f"duckdb:///{file}", read_only=True) as lab:
        stamped = lab.read(lab.table("users").select("loaded_at").distinct())
    assert stamped["loaded_at"].tolist() == [LOADED]


def test_the_command_speaks_json_and_counts_defects(app: typer.Typer, tmp_path: Path) -> None:
    into = str(tmp_path / "lab.duckdb")
    done = CliRunner().invoke(app, ["--deals", "40", "--into", into, "--defects", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["n_defects"] >= 12
    assert {part["table"] for part in said["tables"]} >= {"orders", "activities"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--deals", "7"], "give n_deals from 40"),
        (["--language", "fr"], "give 'ja' or 'en'"),
        (["--loaded-at", "yesterday"], "write it as 2026-10-01T09:00"),
    ],
)
def test_bad_options_end_with_code_two_and_the_next_step(
    app: typer.Typer, tmp_path: Path, options: list[str], words: str
) -> None:
    done = CliRunner().invoke(app, [*options, "--into", str(tmp_path / "lab.duckdb")])
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "lab.duckdb").exists()
