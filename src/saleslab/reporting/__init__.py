"""What does the manager get?

A notebook says what it found in typed *blocks* (`headline`, `kpi`, `figure`, `table`, `finding`, `note`, `banner`,
`people`, `provenance`); papermill runs it, nbval proves it, and a dated page in English and Japanese is a pure function
of them.
Names load when they are first used; no file of this room is called like one of them, since the file would win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import postpone_address_grammars, serve_late

if TYPE_CHECKING:
    from saleslab.reporting.blocks import (
        Banner,
        Block,
        Figure,
        Finding,
        Headline,
        Kpi,
        Note,
        People,
        PeopleTable,
        Provenance,
        TableBlock,
        Task,
        Worklist,
        check_blocks,
        read_block,
        read_blocks,
    )
    from saleslab.reporting.book import Report, list_reports
    from saleslab.reporting.emitting import banner, figure, finding, headline, kpi, note, people, table, worklist
    from saleslab.reporting.origin import provenance
    from saleslab.reporting.page import render_page
    from saleslab.reporting.proof import Proof, verify_run
    from saleslab.reporting.running import Run, run_report
    from saleslab.reporting.site import publish_site

postpone_address_grammars()

_HOME = {
    "Banner": "blocks",
    "Block": "blocks",
    "Figure": "blocks",
    "Finding": "blocks",
    "Headline": "blocks",
    "Kpi": "blocks",
    "Note": "blocks",
    "People": "blocks",
    "PeopleTable": "blocks",
    "Proof": "proof",
    "Provenance": "blocks",
    "Report": "book",
    "Run": "running",
    "TableBlock": "blocks",
    "Task": "blocks",
    "Worklist": "blocks",
    "banner": "emitting",
    "check_blocks": "blocks",
    "figure": "emitting",
    "finding": "emitting",
    "headline": "emitting",
    "kpi": "emitting",
    "list_reports": "book",
    "note": "emitting",
    "people": "emitting",
    "provenance": "origin",
    "publish_site": "site",
    "read_block": "blocks",
    "read_blocks": "blocks",
    "render_page": "page",
    "run_report": "running",
    "table": "emitting",
    "verify_run": "proof",
    "worklist": "emitting",
}

__all__ = [
    "Banner",
    "Block",
    "Figure",
    "Finding",
    "Headline",
    "Kpi",
    "Note",
    "People",
    "PeopleTable",
    "Proof",
    "Provenance",
    "Report",
    "Run",
    "TableBlock",
    "Task",
    "Worklist",
    "banner",
    "check_blocks",
    "figure",
    "finding",
    "headline",
    "kpi",
    "list_reports",
    "note",
    "people",
    "provenance",
    "publish_site",
    "read_block",
    "read_blocks",
    "render_page",
    "run_report",
    "table",
    "verify_run",
    "worklist",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
