"""Leads of a file: its columns keep their roles, and what was known too late stays out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from saleslab.errors import BadArgument, FileProblem, NotEnoughData, TableError
from saleslab.scoring import LeadModel, open_leads, plan_calls
from saleslab.scoring.leads.files import LEAD_MAPS, LeadMap, read_lead_file, read_lead_map
from saleslab.warehouse import connect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def write(folder: Path, text: str, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


ROWS = """id,made,source,size,minutes,state,who
a,2026-03-02,web,10,5,won,x
b,2026-03-01,,20,1,lost,y
c,2026-03-03,fair,,,open,x
"""
MAP = LeadMap(
    outcome="state",
    open_values=("open",),
    id="id",
    created="made",
    owner="who",
    closed_columns=("minutes",),
    protected=("size",),
)


def test_columns_keep_the_roles_that_the_map_gives_them(tmp_path):
    found = read_lead_file(write(tmp_path, ROWS), MAP)
    assert list(found.inputs.columns) == ["created_month", "created_weekday", "source", "size", "who"]
    assert found.frame["lead_id"].to_list() == ["b", "a", "c"], "in the order of time"
    assert found.frame["is_won"].to_list()[:2] == [False, True]
    assert found.frame["is_open"].to_list() == [False, False, True]
    assert found.inputs["size"].dtype == "float64"
    assert found.inputs["source"].isna().to_list() == [True, False, False]
    flags = {feature.name: (feature.is_owner, feature.is_protected) for feature in found.features}
    assert flags["who"] == (True, False)
    assert flags["size"] == (False, True)


def test_what_is_known_only_afterwards_is_there_to_be_examined_and_not_to_be_learned(tmp_path):
    path = write(tmp_path, ROWS)
    assert "minutes" not in read_lead_file(path, MAP).inputs
    assert "minutes" in read_lead_file(path, MAP, known_at="closed").inputs


def test_a_parquet_file_gives_the_same_leads(tmp_path):
    text = read_lead_file(write(tmp_path, ROWS), MAP)
    pd.read_csv(tmp_path / "leads.csv").to_parquet(tmp_path / "leads.parquet")
    typed = read_lead_file(tmp_path / "leads.parquet", MAP)
    pd.testing.assert_frame_equal(typed.frame, text.frame)


def test_a_joined_file_adds_columns_and_never_rows(tmp_path):
    write(tmp_path, "source,cost\nweb,3\n", "costs.csv")
    joined = LeadMap(outcome="state", open_values=("open",), joins=(("costs.csv", "source"),))
    found = read_lead_file(write(tmp_path, ROWS), joined)
    assert found.inputs["cost"].to_list()[0] == 3
    assert len(found.frame) == 3
    write(tmp_path, "source,cost\nweb,3\nweb,4\n", "costs.csv")
    with pytest.raises(
        TableError, match=r"(?s)'costs.csv' has 1 rows whose 'source' stands there already.*Next: keep one"
    ):
        read_lead_file(tmp_path / "leads.csv", joined)


def test_a_map_can_be_a_file(tmp_path):
    path = write(tmp_path, 'outcome = "state"\nid = "id"\nclosed_columns = ["minutes"]\n', "mine.toml")
    assert read_lead_map(path) == LeadMap(outcome="state", id="id", closed_columns=("minutes",))
    assert [read_lead_map(name).named != () for name in LEAD_MAPS] == [True, True, True]


def test_amounts_of_a_file_are_in_the_currency_that_its_map_says(tmp_path):
    rows = [f"{at},{'open' if at % 3 else ('won', 'lost')[at % 2]},{at * 10}" for at in range(60)]
    write(tmp_path, "\n".join(["id,state,price", *rows]) + "\n")
    told = 'id = "id"\noutcome = "state"\nopen_values = ["open"]\n'
    lab, plans = connect("duckdb://"), []
    for currency in ('currency = "USD"\n', ""):
        path = write(tmp_path, told + currency, "mine.toml")
        book = open_leads(lab, as_of=None, leads_file=str(tmp_path / "leads.csv"), lead_map=str(path))
        model = LeadModel(None, None, None, "", "", 20, 10)
        plans.append(plan_calls(lab, book, model, value_column="price", as_of=date(2026, 9, 30)))
    assert [plan.ranking.currency for plan in plans] == ["USD", lab.settings.currency]
    assert read_lead_map("maven").currency == "USD"


def test_faults_of_maps_and_files_are_named(tmp_path):
    path = write(tmp_path, ROWS)
    with pytest.raises(BadArgument, match=r"(?s)which column holds the outcome.*Next: name it"):
        LeadMap()
    with pytest.raises(BadArgument, match=r"(?s)A map has no part outcom.*Next: parts are: outcome"):
        read_lead_map(write(tmp_path, 'outcom = "state"\n', "wrong.toml"))
    with pytest.raises(
        FileProblem, match=r"(?s)cannot be read \(FileNotFoundError\).*Next: correct it, or name one of: bank"
    ):
        read_lead_map(tmp_path / "none.toml")
    with pytest.raises(TableError, match=r"(?s)has no column sold, price; it has id, made.*Next: correct the map"):
        read_lead_file(path, LeadMap(outcome="sold", ignored=("price",)))
    with pytest.raises(NotEnoughData, match=r"(?s)No row of 'source' says that a lead was won.*Next: give the values"):
        read_lead_file(path, LeadMap(outcome="source"))
    with pytest.raises(
        TableError, match=r"(?s)'leads.csv' has 1 rows without an id of their own.*Next: name the column"
    ):
        read_lead_file(path, LeadMap(outcome="state", id="who", open_values=("open",)))


# -- public data: the counts of ../shared/data/README.md


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "file", "n_leads", "n_won", "late"),
    [
        ("bank_calls", "uci_bank_marketing/bank-additional-full.csv.gz", 41_188, 4_640, "duration"),
        ("olist", "olist_funnel/olist_marketing_qualified_leads_dataset.csv", 8_000, 842, "won_date"),
        ("maven", "maven_crm/sales_pipeline.csv", 8_800, 4_238, "close_value"),
    ],
)
def test_public_leads_are_read_whole(name, file, n_leads, n_won, late):
    path = DATA / file
    if not path.is_file():
        pytest.skip(f"../shared/data/{file} is not here")
    found = read_lead_file(path, read_lead_map(name))
    assert len(found.frame) == n_leads
    assert int(found.frame["is_won"].sum()) == n_won
    assert late not in found.inputs
    assert late in read_lead_file(path, read_lead_map(name), known_at="closed").inputs
