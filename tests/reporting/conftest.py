"""What the tests of the reporting room share: a small company, a report on it, and one run that many only read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    """A database of five orders."""
    from report_notebook import make_company

    return make_company(tmp_path_factory.mktemp("company") / "lab.duckdb")


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A project with one report, ``orders_review``."""
    from report_notebook import make_notebook

    root = tmp_path_factory.mktemp("project")
    make_notebook(root / "notebooks" / "reports" / "orders_review.ipynb")
    (root / "requirements.lock").write_text("pandas==3.1.1\n", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def published(company, project, tmp_path_factory):
    """The first run of the report; whoever changes it works on a copy."""
    from saleslab.reporting.running import run_report

    return run_report("orders_review", db=str(company), out=tmp_path_factory.mktemp("reports"), project=project)
