"""Spark reads what DuckDB holds, and is never written to.

Runs where pyspark is installed (pip install 'saleslab[spark]', Java 17): half a gigabyte that CI does without.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

pytest.importorskip("pyspark")

from saleslab import operations
from saleslab.errors import WarehouseError
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect, export_tables

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]
LOADED = datetime(2026, 11, 24)


@pytest.fixture(scope="module")
def company():
    with connect("duckdb://") as lab:
        load_company(simulate(Scenario(seed=3, n_deals=60)), lab, loaded_at=LOADED)
        lab.change_settings(currency="USD", closed_days=("12-29",))
        yield lab


@pytest.fixture(scope="module")
def spark(company, tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark") / "lake"
    export_tables(company, folder)
    with connect(f"pyspark:///{folder}") as lab:
        yield lab


def test_it_reads_what_duckdb_holds(spark, company):
    assert (spark.engine, spark.names(), spark.settings) == ("pyspark", company.names(), company.settings)
    for name in company.names():
        assert spark.fingerprint(name) == company.fingerprint(name), name


def test_a_study_gives_the_same_answer_on_both(spark, company):
    day = operations.read_data_until(company)
    told, expected = (operations.review_sales(lab, as_of=day) for lab in (spark, company))
    assert operations.write_headline(told) == operations.write_headline(expected)


def test_it_is_never_written_to(spark):
    rows = pd.DataFrame({"team_id": ["t:9"], "name": ["North"]})
    with pytest.raises(WarehouseError, match=r"(?s)Spark has no transactions.*Next: import into DuckDB"):
        spark.write("teams", rows, source_system="test", loaded_at=LOADED)
