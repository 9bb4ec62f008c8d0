"""The verbs about leads on a company's warehouse: opt-outs, names, the watch; and the pages."""

from __future__ import annotations

import json
from datetime import datetime

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from saleslab.cli import app
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

LOADED = datetime(2026, 10, 1)
DB = ("--db", "company.duckdb")
KEY = ("--key", "key.txt")
REFUSED = 20


def type_in(*words: object) -> Result:
    return CliRunner(env={"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "120"}).invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A folder with a company in which 20 young leads have said no, a model of its appointments, and a list."""
    folder = tmp_path_factory.mktemp("company")
    with connect(f"duckdb:///{folder}/company.duckdb") as lab:
        load_company(simulate(Scenario(seed=7, n_deals=200)), lab, loaded_at=LOADED)
        leads = lab.read(lab.table("leads"))
        young = leads[leads["converted_at"].isna() & leads["disqualified_at"].isna()].nlargest(REFUSED, "created_at")
        contacts = pd.DataFrame({"contact_id": "no:" + young["lead_id"], "phone": young["phone"]})
        contacts = contacts.assign(email=young["email"], opt_out_email=True, opt_out_phone=True)
        lab.write("contacts", contacts, source_system="t", loaded_at=LOADED)
    (folder / "key.txt").write_text("a secret of more than sixteen bytes", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        trained = type_in("leads", "train", *DB, *KEY, "--goal", "qualified", "--window", 30, "--json")
        assert trained.exit_code == 0, trained.stderr
        listed = type_in("leads", "rank", *DB, *KEY, "--names", "--to", "calls.csv", "--capacity", 6, "--lang", "ja")
        assert listed.exit_code == 0, listed.stderr
        yield {"folder": folder, "trained": json.loads(trained.stdout), "listed": listed, "leads": leads, "no": young}


@pytest.mark.requirement("J01")
def test_a_model_of_a_warehouse_knows_its_goal_and_blocks_no_honest_column(company):
    told = company["trained"]
    assert told["verdict"] == "ready"
    assert (told["facts"]["goal"], told["facts"]["window"], told["facts"]["known_at"]) == ("qualified", 30, "created")
    assert {leak["verdict"] for leak in told["leaks"]} <= {"ok", "warn"}


@pytest.mark.requirement("M04")
def test_nobody_who_said_no_is_listed_and_the_rest_has_a_channel_an_hour_and_a_number(company):
    sheet = pd.read_csv(company["folder"] / "calls.csv", dtype=str)
    known = company["leads"].set_index("lead_id")
    assert set(sheet["リード"]) & set(company["no"]["lead_id"]) == set()
    assert len(sheet)
    assert set(sheet["手段"]) == {"電話"}
    assert (sheet["連絡先"] == known.loc[sheet["リード"], "phone"].to_numpy()).all()
    assert (sheet["氏名"] == known.loc[sheet["リード"], "contact_name"].to_numpy()).all()
    when = pd.to_datetime(sheet["いつ"])
    assert ((when > "2026-09-30") & (when < "2026-10-05") & when.dt.hour.between(9, 17)).all()
    assert sheet["担当の順番"].astype(int).groupby(sheet["担当"]).max().le(6).all()


def test_names_are_in_the_file_that_asked_for_them_and_in_no_message(company):
    done = company["listed"]
    assert "氏名と連絡先を含むファイルです" in done.stderr
    leads = company["leads"]
    for name in ("company", "contact_name", "phone", "email"):
        assert not [text for text in leads[name].dropna().unique() if text in done.stdout + done.stderr]


@pytest.mark.slow
def test_the_watch_counts_what_came_in_since(company):
    done = type_in("leads", "watch", *DB, *KEY, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == (3 if told["verdict"] == "retrain" else 0)
    assert told["n_leads"] > told["n_matured"] == 0
    assert "created_month" not in {column["column"] for column in told["columns"]}, "time goes by"


def test_a_model_of_a_file_cannot_score_a_warehouse(company, tmp_path):
    calls = pd.DataFrame({"visits": range(200), "y": ["yes", "no"] * 100})
    calls.to_csv("calls_of_a_bank.csv", index=False)
    (company["folder"] / "bank.toml").write_text('outcome = "y"\n', encoding="utf-8")
    shelf = ("--models", tmp_path / "models", *KEY)
    file = ("--file", "calls_of_a_bank.csv", "--map", "bank.toml")
    assert type_in("leads", "train", *file, *shelf, "--why", "a test").exit_code == 0
    done = type_in("leads", "score", *DB, *shelf, "--all")
    assert done.exit_code == 2
    assert "The model knows columns that no warehouse has: visits.\n  Next: give the file" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["rank", "watch"])
def test_a_list_and_a_watch_become_pages(company, verb):
    done = type_in("leads", verb, *DB, "--page", "--json")
    assert done.exit_code in (0, 3), done.stderr
    pages = json.loads(done.stdout)["pages"]
    assert set(pages) == {"en", "ja"}
