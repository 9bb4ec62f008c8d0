"""Where do the tables live?

In one `Warehouse`, spoken to through Ibis: an embedded DuckDB file by default, PostgreSQL or Spark by URL when a
company outgrows one machine. Writes are atomic and idempotent; what was read leaves a fingerprint; contracts are
checked where the rows are. What was promised lives in an `AppendLog` beside them, which shows where it was touched.
"""

from saleslab.warehouse.append_log import AppendLog, Chain, Entry, Head, Note
from saleslab.warehouse.connection import connect
from saleslab.warehouse.contracts import Violation
from saleslab.warehouse.exporting import export_tables
from saleslab.warehouse.fingerprints import Fingerprint
from saleslab.warehouse.settings import Settings
from saleslab.warehouse.store import Warehouse
from saleslab.warehouse.writing import Written

__all__ = [
    "AppendLog",
    "Chain",
    "Entry",
    "Fingerprint",
    "Head",
    "Note",
    "Settings",
    "Violation",
    "Warehouse",
    "Written",
    "connect",
    "export_tables",
]
