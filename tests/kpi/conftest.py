"""Lets the tests of this room import what they share, and invents one company for those that look at whole ones."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from saleslab import kpi
from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation import Company, Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def invented() -> Company:
    return simulate(Scenario(seed=7, n_deals=400))


@pytest.fixture(scope="session")
def invented_lab(invented: Company) -> Warehouse:
    lab = connect("duckdb://")
    load_company(invented, lab, loaded_at=datetime(2026, 10, 1))
    return lab


class Everything(NamedTuple):
    """All metrics of the library, and how many rows reached Python for them."""

    frame: pd.DataFrame
    rows_read: int


@pytest.fixture(scope="session")
def everything(invented_lab: Warehouse) -> Everything:
    """All metrics by quarter, the grain of targets, over the years in which people ramped up."""
    quarters = FiscalCalendar().periods_of(Period(date(2022, 4, 1), date(2026, 9, 30)), "quarter")
    before = invented_lab.rows_read
    values = kpi.measure(
        invented_lab, kpi.library().values(), as_of=date(2026, 9, 30), periods=quarters, factors={"co2_kg_per_km": 0.12}
    )
    return Everything(values, invented_lab.rows_read - before)
