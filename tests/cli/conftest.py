"""A terminal for the tests: runs commands in a folder of their own; and a small project with a report, run once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from saleslab.cli import app

sys.path.insert(0, str(Path(__file__).parents[1] / "reporting"))

RUNNER = CliRunner(env={"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "120"})


@pytest.fixture
def type_in(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Return a function that types ``saleslab`` with some words, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Result:
        return RUNNER.invoke(app, [str(word) for word in words])

    return run


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory) -> Path:
    """A project with a company of five orders, the report ``orders_review`` and one run of it; only to be copied."""
    from report_notebook import make_company, make_notebook

    from saleslab.reporting import publish_site, run_report

    root = tmp_path_factory.mktemp("reviewed")
    make_notebook(root / "notebooks" / "reports" / "orders_review.ipynb")
    (root / "data").mkdir()
    company = make_company(root / "data" / "lab.duckdb")
    run_report("orders_review", db=str(company), out=root / "reports", project=root)
    publish_site(root / "reports" / "runs", root / "reports" / "site")
    return root


@pytest.fixture
def project(reviewed, tmp_path) -> Path:
    """A copy of that project in the folder where `type_in` types."""
    shutil.copytree(reviewed, tmp_path, dirs_exist_ok=True)
    return tmp_path
