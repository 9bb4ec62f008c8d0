"""How does a company's data get in?

`import_export` reads an export of a CRM by a map and writes canonical tables, all rows or none, with a complete
account; `check_map` tells beforehand what would happen; `suggest_map` writes a map for an export that no map knows.
`keep_snapshot` keeps successive exports and turns what changed between them into history.
`check_quality` says whether what is in can be trusted: contracts, relations, biases, a score for each table.
`find_duplicate_companies` and `find_duplicate_people` propose what was entered twice. What leaves the lab passes
`redact_frame` and `keep_reachable`, and what tells of groups of people passes `disclose_people` (all tables of a run;
`disclose_tables` where people are known as counts, `suppress_small_groups` for one table). `find_personal` finds what
slipped through, `mask_personal` blacks it out of a comment.
"""

from saleslab.intake.account import FileAccount, ImportAccount, Progress
from saleslab.intake.checking import MapCheck, TableMatch, check_map
from saleslab.intake.disclosure import Disclosure, PublishedCell, disclose_tables
from saleslab.intake.duplicate_checks import propose_duplicates, read_identities
from saleslab.intake.findings import ImportFinding
from saleslab.intake.identity import (
    DuplicateCluster,
    Duplicates,
    find_duplicate_companies,
    find_duplicate_people,
    write_review,
)
from saleslab.intake.importing import import_export
from saleslab.intake.map_files import load_map, read_map_text, shipped_maps
from saleslab.intake.opt_outs import keep_reachable
from saleslab.intake.people_tables import disclose_people, list_shown
from saleslab.intake.personal_traces import PersonalTrace, find_personal, mask_personal
from saleslab.intake.privacy import make_pseudonym, read_key, redact_frame
from saleslab.intake.quality import DataQuality, QualityFinding, TableScore, check_quality, find_contradictions
from saleslab.intake.quality_words import (
    say_clean,
    say_full_scores,
    tabulate_found,
    tabulate_scores,
    tabulate_trust,
    write_quality_cards,
    write_quality_findings,
    write_quality_headline,
    write_quality_notes,
)
from saleslab.intake.safe_files import write_safe_csv
from saleslab.intake.small_groups import suppress_small_groups
from saleslab.intake.snapshot_findings import SnapshotFinding
from saleslab.intake.snapshots import SnapshotAccount, SnapshotPart, keep_snapshot
from saleslab.intake.suggest import Suggestion, suggest_map

__all__ = [
    "DataQuality",
    "Disclosure",
    "DuplicateCluster",
    "Duplicates",
    "FileAccount",
    "ImportAccount",
    "ImportFinding",
    "MapCheck",
    "PersonalTrace",
    "Progress",
    "PublishedCell",
    "QualityFinding",
    "SnapshotAccount",
    "SnapshotFinding",
    "SnapshotPart",
    "Suggestion",
    "TableMatch",
    "TableScore",
    "check_map",
    "check_quality",
    "disclose_people",
    "disclose_tables",
    "find_contradictions",
    "find_duplicate_companies",
    "find_duplicate_people",
    "find_personal",
    "import_export",
    "keep_reachable",
    "keep_snapshot",
    "list_shown",
    "load_map",
    "make_pseudonym",
    "mask_personal",
    "propose_duplicates",
    "read_identities",
    "read_key",
    "read_map_text",
    "redact_frame",
    "say_clean",
    "say_full_scores",
    "shipped_maps",
    "suggest_map",
    "suppress_small_groups",
    "tabulate_found",
    "tabulate_scores",
    "tabulate_trust",
    "write_quality_cards",
    "write_quality_findings",
    "write_quality_headline",
    "write_quality_notes",
    "write_review",
    "write_safe_csv",
]
