"""The data-quality page answers its question, on spoilt data and on next to none; on sound data as it is committed."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from saleslab.reporting import Finding, Headline, TableBlock, read_block
from saleslab.reporting.kernel import execute
from saleslab.reporting.notebook_form import read_notebook
from saleslab.reporting.outputs import emitted_blocks
from saleslab.simulation import Defects, Scenario, load_company, simulate
from saleslab.warehouse import connect

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "reports" / "data_quality.ipynb"
LOADED = datetime(2026, 10, 1)


def blocks_of(address):
    executed = execute(read_notebook(NOTEBOOK), database=address)
    return [read_block(tree) for _, _, tree in emitted_blocks(executed)]


def only(blocks, kind):
    return [block for block in blocks if isinstance(block, kind)]


@pytest.mark.requirement("F01", "F02")
def test_on_spoilt_data_it_says_what_is_wrong_who_mends_it_and_which_rows(tmp_path):
    address = f"duckdb:///{tmp_path}/spoilt.duckdb"
    company = simulate(Scenario(seed=1, n_deals=150, language="ja", defects=Defects.everywhere(0.03)))
    with connect(address) as lab:
        load_company(company, lab, loaded_at=LOADED)
    blocks = blocks_of(address)
    (headline,) = only(blocks, Headline)
    assert headline.tone == "bad"
    assert "revenue" in headline.answer.en.split("Wrong until then: ")[1]
    assert "直すまで使えない数字：売上" in headline.answer.ja
    findings = only(blocks, Finding)
    assert [finding.tone for finding in findings] == sorted((f.tone for f in findings), key=["bad", "warn"].index)
    assert all(finding.due and finding.owner.ja and finding.action.ja for finding in findings)
    (rows,) = (block for block in only(blocks, TableBlock) if block.name == "rows")
    told = json.dumps(rows.to_json(), ensure_ascii=False)
    assert company.truth.defects.query("kind == 'negative_amounts'")["row_id"].iloc[0] in told
    names = set(company.frame("accounts")["name"]) | set(company.frame("users")["name"])
    everything = json.dumps([block.to_json() for block in blocks], ensure_ascii=False)
    assert [name for name in names if name in everything] == []


def test_on_two_deals_it_says_what_it_could_not_check(tmp_path):
    address = f"duckdb:///{tmp_path}/thin.duckdb"
    deals = pd.DataFrame(
        {
            "opportunity_id": ["o:1", "o:2"],
            "stage_id": ["open", "lost"],
            "created_at": [datetime(2026, 9, 2), datetime(2026, 9, 3)],
            "closed_at": [None, datetime(2026, 9, 20)],
            "is_closed": [False, True],
            "is_won": False,
        }
    )
    with connect(address) as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=LOADED)
    said = "\n".join(json.dumps(block.to_json(), ensure_ascii=False) for block in blocks_of(address))
    assert "Could not be checked: " in said
    assert "2 deals have no owner." in said
