"""``saleslab customers account`` and ``health``: the same answers as the pages, for the eye and for machines."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from saleslab.cli import app
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

READ = ("accounts", "contacts", "opportunities", "activities", "tasks", "orders", "order_lines", "products", "users")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    file = tmp_path_factory.mktemp("accounts") / "lab.duckdb"
    made = simulate(Scenario(seed=7, n_deals=60))
    with connect(f"duckdb:///{file}") as lab, lab.transaction():
        for name in READ:
            lab.write(name, made.tables[name], source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
    return file, made


def run(*words):
    return CliRunner().invoke(app, ["customers", *map(str, words)])


@pytest.mark.requirement("H03")
def test_an_account_is_told_for_machines_with_its_counts_and_without_its_people(company):
    file, made = company
    account_id = made.tables["orders"]["account_id"][0].as_py()
    done = run("account", account_id, "--db", file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["account_id"] == account_id
    assert told["counts"]["timeline"] == sum(told["by_kind"].values())
    assert "name" not in told["profile"]
    assert all("email" not in person for person in told["contacts"])


@pytest.mark.requirement("H03")
def test_an_account_is_told_in_columns_in_japanese(company):
    file, made = company
    done = run("account", made.tables["orders"]["account_id"][0].as_py(), "--db", file, "--lang", "ja", "--names")
    assert done.exit_code == 0, done.output
    assert "対応履歴" in done.stdout
    assert made.tables["accounts"]["name"][0].as_py()


def test_an_unknown_account_is_bad_input(company):
    done = run("account", "no:1", "--db", company[0])
    assert done.exit_code == 2
    assert "There is no account 'no:1'" in done.output


@pytest.mark.requirement("L05")
def test_health_writes_a_file_and_tells_what_was_kept(company, tmp_path):
    file = tmp_path / "health.csv"
    done = run("health", "--db", company[0], "--to", file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {"contract", "buyer"} >= set(told["kinds"])
    assert all(one["withheld"] == "too_few" for one in told["kinds"].values())  # so small a company cannot tell
    rows = pd.read_csv(file)
    assert rows["at_stake"].is_monotonic_decreasing
    assert told["at_stake"] == pytest.approx(rows["at_stake"].sum())


def test_a_day_that_is_none_is_bad_input(company):
    done = run("health", "--db", company[0], "--as-of", "yesterday")
    assert done.exit_code == 2
    assert "write it as 2026-09-30" in done.output
