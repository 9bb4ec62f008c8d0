"""The canonical model holds together: keys, references, labels, kinds."""

import re

import pytest

from saleslab.errors import TableError
from saleslab.tables import CANONICAL, Kind, get_table

TABLES = list(CANONICAL.values())
SNAKE_CASE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
MINIMUM_IMPORT = ("users", "accounts", "opportunities", "stages")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
class TestEveryTable:
    def test_its_key_is_made_of_required_columns(self, table):
        assert all(table.column(name).required for name in table.key)

    def test_its_references_exist_and_are_keys(self, table):
        for column in table.columns:
            if column.refers_to:
                other, key = column.refers_to.split(".")
                assert CANONICAL[other].key == (key,), f"{table.name}.{column.name}"

    def test_its_columns_are_named_once_in_snake_case(self, table):
        assert len(set(table.column_names)) == len(table.column_names)
        assert [name for name in table.column_names if not SNAKE_CASE.match(name)] == []

    def test_its_labels_are_english_and_japanese(self, table):
        for label in (table.label, *(column.label for column in table.all_columns)):
            assert label.en.isascii()
            assert label.ja

    def test_names_follow_the_kind(self, table):
        for column in table.columns:
            if column.name.endswith("_at"):
                assert column.kind is Kind.TIMESTAMP, column.name
            if column.name.startswith("is_"):
                assert column.kind is Kind.BOOL, column.name
            if column.name.endswith("_rate") or column.name.startswith("chance_"):
                assert column.kind is Kind.RATE, column.name
            if column.name.endswith("_id"):
                assert column.kind is Kind.ID, column.name

    def test_rates_lie_between_0_and_1(self, table):
        assert all((c.minimum, c.maximum) == (0, 1) for c in table.columns if c.kind is Kind.RATE)


def test_names_of_people_are_tagged_personal():
    contacts = {"name", "email", "phone", "contact_name", "company"}
    people = [CANONICAL[name] for name in ("users", "accounts", "contacts", "leads")]
    untagged = [f"{t.name}.{c.name}" for t in people for c in t.columns if c.name in contacts and not c.personal]
    assert untagged == []


def test_the_minimum_import_needs_no_more_than_ids_and_outcomes():
    assert {name: CANONICAL[name].required_columns for name in MINIMUM_IMPORT} == {
        "users": ("user_id", "is_active"),
        "accounts": ("account_id",),
        "opportunities": ("opportunity_id", "stage_id", "is_closed", "is_won"),
        "stages": ("pipeline_id", "stage_id", "label", "position", "is_closed", "is_won"),
    }


def test_an_unknown_table_is_refused_with_the_known_ones():
    with pytest.raises(TableError, match=r"no canonical table 'deals'.\n  Next: use one of: accounts, "):
        get_table("deals")
