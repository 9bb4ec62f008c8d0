"""Names with values, as they are typed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.cli.pairs import read_lists, read_pairs
from saleslab.errors import BadArgument


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_values_that_are_listed_as_in_a_csv_file_come_back_as_they_went(values):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    assert read_lists([f"name={line.getvalue()}"]) == {"name": values}


@pytest.mark.parametrize("value", ["01", "１２", "1_000", "2026-10-31", "", "a=b", "true", "NaN"])
def test_a_value_stays_the_text_that_was_typed(value):
    assert read_pairs([f"name={value}"]) == {"name": value}


def test_a_name_without_a_value_is_refused():
    with pytest.raises(BadArgument, match=r"'region' is no name with a value.\n  Next: write it as -p region=01"):
        read_pairs(["region"])
    with pytest.raises(BadArgument, match="Next: write it as --each region=01,02"):
        read_lists(["region"])


def test_a_name_that_is_given_twice_is_refused():
    with pytest.raises(BadArgument, match=r"'top' is given twice.\n  Next: give it once, or list its values"):
        read_pairs(["top=1", "top=2"])


def test_a_list_may_be_given_in_parts():
    assert read_lists(["region=01,02", "region=03"]) == {"region": ["01", "02", "03"]}
