"""The verb that shows everything at once, and the company that it invents."""

import json

import pytest

from saleslab.warehouse import connect


@pytest.mark.requirement("M01", "H04")
def test_the_demo_ends_with_the_path_of_a_site_that_is_there(type_in, project):
    done = type_in("demo", "--deals", "60")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Open reports/site/index.html"
    assert (project / "reports" / "site" / "index.html").is_file()
    told = json.loads(type_in("demo", "--deals", "60", "--json").stdout)
    assert (told["site"], told["db"], len(told["runs"])) == ("reports/site/index.html", "data/demo.duckdb", 1)


def test_a_company_of_no_size_or_language_is_refused(type_in):
    small, strange = type_in("demo", "--deals", "3"), type_in("demo", "--language", "fr")
    assert (small.exit_code, strange.exit_code) == (2, 2)
    assert "Next: give n_deals from" in small.stderr
    assert "Next: give 'ja' or 'en'." in strange.stderr


def test_an_invented_company_is_written_once(type_in):
    words = ("simulate", "--deals", "40", "--seed", "3", "--loaded-at", "2026-10-01T09:00", "--json")
    first, again = (json.loads(type_in(*words).stdout)["tables"] for _ in range(2))
    assert sum(table["n_added"] for table in first) > 100
    assert sum(table["n_added"] + table["n_changed"] for table in again) == 0
    with connect("duckdb:///data/lab.duckdb", read_only=True) as lab:
        assert lab.has("opportunities")
