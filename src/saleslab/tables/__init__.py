"""What is sales data?

The canonical tables as declarations: columns with kind, unit, key, personal-data tag and labels in English and
Japanese. Checks, importers and the data dictionary are derived from them; nothing else says what a table holds.
"""

from saleslab.tables.catalogue import CANONICAL, get_table
from saleslab.tables.columns import CUSTOM, HOUSEKEEPING, Column, Kind, Label, Table

__all__ = ["CANONICAL", "CUSTOM", "HOUSEKEEPING", "Column", "Kind", "Label", "Table", "get_table"]
