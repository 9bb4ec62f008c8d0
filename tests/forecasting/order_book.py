"""A small invented company of which only orders are on record: the cheapest one that has an outlook."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.warehouse import Warehouse, connect


@contextmanager
def open_order_book(**settings: Any) -> Iterator[Warehouse]:
    """Give an order every third day, from April 2024 to August 20, 2026."""
    days = pd.date_range("2024-04-01", "2026-08-20", freq="3D")
    orders = pd.DataFrame({"order_id": [f"o:{at}" for at in range(len(days))], "account_id": "a:1", "status": "done"})
    orders["ordered_at"], orders["currency"] = days + timedelta(hours=3), "JPY"
    orders["total"] = np.random.default_rng(0).gamma(4, 250, len(days)).round(2)
    with connect("duckdb://") as lab:
        lab.change_settings(**settings)
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 10, 1))
        yield lab
