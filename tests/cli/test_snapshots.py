"""The verb that keeps exports: what it prints, where the data lie, how it ends."""

import json
from pathlib import Path

import pytest

from saleslab.cli.snapshots import beside
from saleslab.errors import BadArgument
from saleslab.warehouse import connect

HEAD = "Id,StageName,IsClosed,IsWon,Amount,CloseDate,CreatedDate\n"


def export(*rows):
    Path("opportunity.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def keep(type_in, day, *words):
    return type_in("snapshot", "opportunity.csv", "--map", "salesforce", "--at", day, *words)


def test_two_exports_become_history_beside_the_database(type_in, tmp_path):
    export("1,Lead,false,false,5,2026-06-01,2026-01-05", "2,Lead,false,false,5,2026-06-01,2026-01-05")
    assert keep(type_in, "2026-02-01").exit_code == 0
    export("1,Offer,false,false,5,2026-06-01,2026-01-05")
    done = keep(type_in, "2026-02-08T18:00", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    account = json.loads(done.stdout)
    (part,) = account["parts"]
    assert (part["at"], part["n_records"], part["state"]) == ("2026-02-08T09:00:00Z", 1, "new")
    assert (tmp_path / part["file"]).is_file()
    assert part["file"].startswith("data/lab.snapshots/object_type=opportunity/snapshot_at=2026-02-08T090000Z/")
    (went,) = [finding for finding in account["findings"] if finding["rule"] == "went"]
    assert (went["severity"], went["ids"]) == ("warning", ["sf:2"])
    assert "1 Feb 2026 and 8 Feb 2026" in went["text"]
    with connect("duckdb:///data/lab.duckdb", read_only=True) as lab:
        assert lab.fingerprint("stage_events").n_rows == 3


def test_the_account_is_told_in_japanese_too(type_in):
    export("1,Lead,false,false,5,2026-06-01,2026-01-05")
    told = keep(type_in, "2026-02-01", "--lang", "ja").stdout
    assert "スナップショットとして保存しました" in told
    assert "商談：1件（2026-02-01時点）" in told
    again = keep(type_in, "2026-02-01", "--lang", "ja").stdout
    assert "保存済み" in again


def test_a_wrong_day_ends_with_3_and_leaves_no_database(type_in, tmp_path):
    export("1,Lead,false,false,5,2026-06-01,2026-03-05")
    refused = keep(type_in, "2026-02-01")
    assert refused.exit_code == 3
    assert "--at" in refused.stdout
    assert not (tmp_path / "data" / "lab.duckdb").exists()
    assert not (tmp_path / "data" / "lab.snapshots").exists()


def test_rows_set_aside_end_with_1(type_in, tmp_path):
    export("1,Lead,false,false,5,2026-06-01,2026-01-05", "2,Lead,perhaps,false,5,2026-06-01,2026-01-05")
    assert keep(type_in, "2026-02-01").exit_code == 3
    assert keep(type_in, "2026-02-01", "--set-aside", "aside.csv").exit_code == 1
    assert (tmp_path / "aside.csv").is_file()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--at", "soon"), "--at 'soon' is no day and no time"),
        (("--at", "2999-01-01"), "lies in the future"),
        (("--db", "duckdb://"), "name a folder for them"),
        (("--map", "nosuch"), "nosuch"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_next(type_in, words, what):
    export("1,Lead,false,false,5,2026-06-01,2026-01-05")
    refused = type_in("snapshot", "opportunity.csv", "--map", "salesforce", *words)
    assert refused.exit_code == 2
    assert what in refused.stderr
    assert "Next: " in refused.stderr


def test_a_database_that_is_no_file_needs_a_folder():
    with pytest.raises(BadArgument, match=r"no place beside it.*\n  Next: name a folder"):
        beside("postgresql://host/sales")
    assert beside("duckdb:////srv/lab.duckdb") == Path("/srv/lab.snapshots")
