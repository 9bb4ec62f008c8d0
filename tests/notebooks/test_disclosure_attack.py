"""An attacker reads whole pages, knows who is behind every number, and still gets at no group of one to nine people."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from attack import find_fewest
from cells import of_kind, run_cells
from lead_company import write_company

from saleslab.customers.feedback import find_themes, read_themes
from saleslab.simulation import Scenario, simulate
from saleslab.stats.calibration import N_BINS, group_by_chance
from saleslab.warehouse import connect

HOURS = pd.Timedelta(hours=9)
"""Days of the invented company are those of Tokyo."""


def write_some(address, n_deals, tables):
    made = simulate(Scenario(seed=7, n_deals=n_deals))
    with connect(address) as lab:
        for name in tables:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return made


def read_rows(blocks, name):
    """The rows of a figure or table as dictionaries; words in English, counts as numbers, hidden cells as words."""
    (block,) = [block for block in blocks if block.name == name and block.kind in {"figure", "table"}]
    names = [column.name for column in block.data.columns]
    plain = [[getattr(cell, "n", getattr(cell, "en", cell)) for cell in row] for row in block.data.rows]
    return [dict(zip(names, row, strict=True)) for row in plain]


def attack_feedback(blocks, made, deep):
    """Return the fewest people behind any sum or difference of what the page shows, by the raw records."""
    told = made.tables["feedback"].to_pandas()
    accounts = made.tables["accounts"].to_pandas().set_index("account_id")
    day = told["at"] + HOURS
    recent, spoke = day >= pd.Timestamp(2025, 10, 1), told["text"].notna()
    themes = {theme.key: theme.label.en for theme in read_themes()}
    texts = told["text"].fillna("")
    found = [{themes[key] for key in find_themes(text, read_themes())} for text in texts]
    nps, csat = told["kind"] == "nps", told["kind"] == "csat"
    industry = told["account_id"].map(accounts["industry"])
    answers, people = [nps & recent, csat & recent], []
    for row in read_rows(blocks, "segments"):
        if row["score"] != "hidden":
            mine = nps & recent & (industry == row["segment"])
            assert row["n_answers"] == mine.sum()
            answers.append(mine)
    for row in read_rows(blocks, "trend"):
        quarter = row["quarter"]
        mine = nps & (day >= pd.Timestamp(quarter.start)) & (day < pd.Timestamp(quarter.end) + pd.Timedelta(days=1))
        assert row["n_answers"] == mine.sum()
        answers.append(mine)
    for row in read_rows(blocks, "themes"):
        if row["n_people"] != "hidden":
            mine = spoke & recent & pd.Series([row["theme"] in one for one in found])
            assert row["n_people"] == told.loc[mine, "contact_id"].nunique()
            people.append(mine)
    if any(block.name == "themes_left" for block in of_kind(blocks, "note")):
        people += [spoke & recent, spoke & recent & pd.Series([not one for one in found])]
    everybody = np.unique(told["contact_id"])
    once = [np.isin(everybody, told.loc[mine, "contact_id"]) for mine in people]
    by_answers = find_fewest([mine.to_numpy() for mine in (*answers, *people)], told["contact_id"], deep=deep)
    return by_answers, find_fewest(once, everybody, deep=deep) if once else None


FEEDBACK = ("accounts", "contacts", "feedback")


@pytest.mark.requirement("F03")
@pytest.mark.parametrize(("n_deals", "deep"), [(700, 2), pytest.param(3_200, 3, marks=pytest.mark.slow)])
def test_no_difference_of_numbers_of_the_feedback_page_rests_on_fewer_than_ten_people(n_deals, deep, tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    made = write_some(address, n_deals, FEEDBACK)
    blocks = run_cells("customer_feedback", db=address, as_of="2026-09-30")
    fewest = attack_feedback(blocks, made, deep)
    assert min(n for n in fewest if n is not None) >= 10
    hidden = sum(row["score"] == "hidden" for row in read_rows(blocks, "segments"))
    (door,) = of_kind(blocks, "people")
    assert sum(table.n_hidden for table in door.tables if table.table == "segments") == hidden


@pytest.mark.slow
@pytest.mark.requirement("F03")
def test_no_difference_of_numbers_of_the_lead_pages_rests_on_fewer_than_ten_leads(tmp_path):
    address, space = f"duckdb:///{tmp_path}/leads.duckdb", {}
    write_company(address, n=2_400)
    blocks = run_cells("lead_model_card", space, db=address)
    trained = space["page"].trained
    tested, source = trained.tested, trained.group_tested("source")["source"].astype("str").reset_index(drop=True)
    point, rows = group_by_chance(tested["chance_won"].to_numpy(), N_BINS), []
    (door,) = of_kind(blocks, "people")
    (told,) = [table for table in door.tables if table.table == "calibration"]
    assert told.n_hidden == 2, "sources and points are nearly the same here: one point and one more tell them apart"
    for (name, n), row in zip(told.groups, read_rows(blocks, "calibration"), strict=True):
        mine = point == int(name) - 1
        assert mine.sum() == n == row["n_leads"]
        rows.append(mine)
    groups = read_rows(blocks, "groups")
    named = {row["group"] for row in groups}
    rows += [(source.where(source.isin(named), "others") == row["group"]).to_numpy() for row in groups]
    assert find_fewest(rows, tested["lead_id"]) >= 10
    watched = read_rows(run_cells("lead_model_watch", db=address, weeks=12), "grades")
    total, *grades = [row["n_leads"] for row in watched]
    who = np.repeat(np.arange(len(grades)), grades)
    assert sum(grades) == total
    assert find_fewest([who == at for at in range(len(grades))] + [who >= 0], np.arange(total)) >= 10
