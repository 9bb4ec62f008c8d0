"""The verbs that bring data in: import, and see, check and propose maps. Bad files are tried in tests/intake."""

import json

import pytest

from saleslab.warehouse import connect

HEAD = "Id,StageName,IsClosed,IsWon,Amount,CloseDate,Name,Rank__c\n"
GOOD = "1,Open,false,false,100,2026-04-01,First,gold\n"
BAD = "2,Open,false,false,a lot,2026-04-01,Second,silver\n"


@pytest.fixture
def export(tmp_path):
    """A folder with a file of deals; one of two rows is bad."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Opportunity.csv").write_text(HEAD + GOOD + BAD, encoding="utf-8")
    return folder


@pytest.mark.requirement("A08")
def test_an_export_is_imported_with_an_account_and_again_without_a_change(type_in, export):
    (export / "Opportunity.csv").write_text(HEAD + GOOD, encoding="utf-8")
    first = type_in("import", "export", "--map", "salesforce")
    assert first.exit_code == 0, first.stdout
    assert "Rank__c" in first.stdout
    again = json.loads(type_in("import", "export", "--map", "salesforce", "--json").stdout)
    assert sum(one["n_added"] + one["n_changed"] for one in again["written"]) == 0
    assert sum(one["n_unchanged"] for one in again["written"] if one["table"] == "opportunities") == 1
    with connect("duckdb:///data/lab.duckdb", read_only=True) as lab:
        assert json.loads(lab.read(lab.table("opportunities")).custom[0]) == {"Rank__c": "gold"}


def test_a_bad_row_ends_with_3_and_no_database_is_left_behind(type_in, export, tmp_path):
    refused = type_in("import", "export", "--map", "salesforce")
    assert refused.exit_code == 3
    assert "Opportunity.csv" in refused.stdout
    assert list((tmp_path / "data").glob("*")) == []


def test_a_bad_row_that_is_set_aside_ends_with_1_and_the_good_one_is_in(type_in, export, tmp_path):
    partly = type_in("import", "export", "--map", "salesforce", "--set-aside", "bad.csv", "--json")
    assert partly.exit_code == 1
    told = json.loads(partly.stdout)
    assert (told["n_set_aside"], told["written"][0]["n_added"]) == (1, 1)
    assert "a lot" in (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("words", "what", "next_step"),
    [
        (("import", "export", "--map", "nope"), "There is no map 'nope'; shipped are", "use one of them or a TOML"),
        (("import", "nowhere", "--map", "maven"), "There is no file or folder 'nowhere'", "correct the path"),
        (("map", "check", "nowhere"), "nowhere", ""),
        (("map", "show", "nope"), "There is no map 'nope'", "use one of them"),
        (("map", "suggest", "export", "--out", "export/Opportunity.csv"), "exists already", "name another file"),
    ],
)
def test_what_is_not_there_ends_with_2_and_says_what_next(type_in, export, words, what, next_step):
    refused = type_in(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert what in refused.stderr
    assert f"Next: {next_step}" in refused.stderr


def test_a_map_is_checked_in_both_languages_and_for_a_machine(type_in, export):
    english, japanese = (
        type_in("map", "check", "export", "--map", "salesforce", "--lang", lang) for lang in ("en", "ja")
    )
    assert (english.exit_code, japanese.exit_code) == (0, 0)
    assert english.stdout != japanese.stdout
    told = json.loads(type_in("map", "check", "export", "--json").stdout)
    assert (told["is_ready"], told["map_name"]) == (True, "salesforce")
    assert told["matches"][0]["kept"] == ["Rank__c"]


def test_a_map_that_does_not_fit_ends_with_2_and_says_what_is_missing(type_in, tmp_path):
    (tmp_path / "deals.csv").write_text("when,how much\n2026-04-01,5\n", encoding="utf-8")
    assert type_in("map", "check", "deals.csv", "--map", "salesforce", "--table", "opportunities").exit_code == 2
    (tmp_path / "opportunity.csv").write_text(HEAD, encoding="utf-8")
    empty = type_in("map", "check", "opportunity.csv", "--map", "salesforce")
    assert empty.exit_code == 2
    assert "opportunity.csv: The file has a header and no rows.\n  -> " in empty.stdout


def test_a_proposed_map_imports_the_export_it_was_proposed_for(type_in, export):
    (export / "Opportunity.csv").write_text(HEAD + GOOD, encoding="utf-8")
    assert type_in("map", "suggest", "export", "--out", "mine.toml").exit_code == 0
    done = type_in("import", "export", "--map", "mine.toml")
    assert done.exit_code == 0, done.stdout + done.stderr


def test_shipped_maps_are_listed_and_shown(type_in):
    names = json.loads(type_in("map", "list", "--json").stdout)
    assert {"salesforce", "salesforce_ja", "hubspot", "hubspot_ja", "maven", "adventureworks"} <= set(names)
    assert type_in("map", "list").stdout.startswith("adventureworks")
    assert "[" in type_in("map", "show", "salesforce").stdout
