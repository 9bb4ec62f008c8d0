"""The verbs about a whole company."""

import json

import pytest

from saleslab.warehouse import Settings, connect


@pytest.fixture
def company(tmp_path):
    with connect(f"duckdb:///{tmp_path}/data/lab.duckdb") as lab:
        lab.change_settings(currency="USD")


def test_settings_are_shown_and_changed(type_in, company):
    assert "currency            USD" in type_in("settings").stdout
    changed = type_in("settings", "--currency", "JPY", "--fiscal-start-month", "10", "--json")
    assert json.loads(changed.stdout)["fiscal_start_month"] == 10
    with connect("duckdb:///data/lab.duckdb", read_only=True) as lab:
        assert lab.settings == Settings(fiscal_start_month=10)


def test_a_year_of_weeks_and_days_of_rest_are_set_shown_and_cleared(type_in, company):
    weeks = ("--fiscal-pattern", "4-4-5", "--fiscal-named-after", "end", "--closed-days", "12-29,12-30")
    assert "closed_days         12-29, 12-30\n" in type_in("settings", *weeks).stdout
    told = json.loads(type_in("settings", "--json").stdout)
    assert (told["fiscal_pattern"], told["closed_days"]) == ("4-4-5", ["12-29", "12-30"])
    assert json.loads(type_in("settings", "--closed-days", "", "--json").stdout)["closed_days"] == []


def test_an_impossible_setting_ends_with_2_and_says_what_next(type_in, company):
    refused = type_in("settings", "--fiscal-start-month", "13")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[0].startswith("BadArgument: A fiscal year cannot start in month 13")
    assert "Next: give a month from 1 to 12." in refused.stderr


def test_settings_of_no_database_end_with_2(type_in):
    refused = type_in("settings", "--db", "nowhere.duckdb")
    assert (refused.exit_code, "There is no database 'nowhere.duckdb'" in refused.stderr) == (2, True)


def test_tables_are_exported_and_a_folder_is_never_written_over(type_in, company, tmp_path):
    told = type_in("export", "lake", "--json")
    assert json.loads(told.stdout) == {"folder": "lake", "tables": {}}
    assert [file.name for file in (tmp_path / "lake").iterdir()] == ["saleslab_settings.parquet"]
    again = type_in("export", "lake")
    assert (again.exit_code, "Next: name a new folder" in again.stderr) == (2, True)


def test_the_dictionary_is_written_in_both_languages(type_in, tmp_path):
    assert type_in("dictionary", "--out", "docs").exit_code == 0
    english, japanese = (tmp_path / "docs" / f"data-dictionary.{lang}.md" for lang in ("en", "ja"))
    assert "| `amount` | Amount | money, DECIMAL(18, 2) |" in english.read_text(encoding="utf-8")
    assert "| `amount` | 金額 |" in japanese.read_text(encoding="utf-8")


def test_every_verb_explains_itself(type_in):
    import typer

    from saleslab.cli import app

    def leaves(command, words=()):
        for name, child in getattr(command, "commands", {}).items():
            yield from leaves(child, (*words, name))
        if not hasattr(command, "commands"):
            yield words, (command.help or "").split()

    for words, explanation in leaves(typer.main.get_command(app)):
        shown = type_in(*words, "--help")
        assert shown.exit_code == 0, words
        assert len(" ".join(explanation)) > 20, words
        assert " ".join(explanation[:4]) in " ".join(shown.stdout.split()), words
