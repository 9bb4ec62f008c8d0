"""``saleslab customers segment``: table, file, query, an earlier run, and what is refused."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from saleslab.cli import app

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notebooks"))

from segment_company import write_company


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    file = tmp_path_factory.mktemp("segment") / "lab.duckdb"
    write_company(f"duckdb:///{file}")
    return file


def run(*words):
    return CliRunner(env={"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "120"}).invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def told(database):
    """What the command says, and the files that it writes."""
    out, sql = database.parent / "segments.csv", database.parent / "segments.sql"
    answer = run("customers", "segment", "--db", database, "--to", out, "--sql", sql)
    return answer, out, sql


def test_the_verdict_comes_first_then_one_line_a_segment(told):
    answer, out, sql = told
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert "groups that lie apart" in lines[0]
    first = next(line for line in lines if line.startswith("1 "))
    assert first.split()[1:5] == ["Frequent", "buyers,", "big", "spenders"]
    assert first.endswith("Keep: visit")
    assert f"Segments written to {out}." in lines
    assert f"Query written to {sql}." in lines


def test_the_query_gives_what_the_file_holds(told, database):
    import duckdb

    _, out, sql = told
    held = pd.read_csv(out, encoding="utf-8-sig")
    assert held.columns.tolist() == ["account_id", "segment"]
    con = duckdb.connect(":memory:")
    con.execute(f"attach '{database}' as lab (read_only)")
    con.execute("use lab")
    rows = con.execute(sql.read_text(encoding="utf-8")).fetchall()
    con.close()
    assert dict(rows) == dict(zip(held["account_id"], held["segment"], strict=True))


def test_an_earlier_run_gives_numbers_to_the_next(told, database, tmp_path):
    _, out, _ = told
    earlier = pd.read_csv(out, encoding="utf-8-sig")
    file = tmp_path / "earlier.csv"
    earlier.assign(segment=earlier["segment"] + 70).to_csv(file, index=False)
    answer = run("customers", "segment", "--db", database, "--previous", file, "--json")
    segments = json.loads(answer.stdout)["segments"]
    assert segments[0]["segment"] == 71
    assert segments[0]["name"]["ja"] == "購入回数が多い・購入額が大きい"


def test_what_cannot_be_used_is_refused_with_the_next_step(database, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("account_id,kind\na,1\n", encoding="utf-8")
    asked = {
        ("--previous", wrong): "has no column segment",
        ("--previous", tmp_path / "none.csv"): "There is no file",
        ("--as-of", "yesterday"): "'yesterday' is no day",
        ("--to", tmp_path / "segments.doc"): "is no file that is written",
    }
    for options, words in asked.items():
        answer = run("customers", "segment", "--db", database, *options)
        assert answer.exit_code == 2
        assert words in answer.stderr
        assert "Next:" in answer.stderr
