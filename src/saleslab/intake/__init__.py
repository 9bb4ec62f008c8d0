"""How does a company's data get in?

`import_export` reads an export of a CRM by a map and writes canonical tables, all rows or none, with a complete
account; `check_map` tells beforehand what would happen; `suggest_map` writes a map for an export that no map knows.
"""

from saleslab.intake.account import FileAccount, ImportAccount, Progress
from saleslab.intake.checking import MapCheck, TableMatch, check_map
from saleslab.intake.findings import ImportFinding
from saleslab.intake.importing import import_export
from saleslab.intake.map_files import load_map, read_map_text, shipped_maps
from saleslab.intake.suggest import Suggestion, suggest_map

__all__ = [
    "FileAccount",
    "ImportAccount",
    "ImportFinding",
    "MapCheck",
    "Progress",
    "Suggestion",
    "TableMatch",
    "check_map",
    "import_export",
    "load_map",
    "read_map_text",
    "shipped_maps",
    "suggest_map",
]
