"""Who reaches the quota, quarter by quarter, and did such chances come true?

Reading order: `inputs` (quotas on record), `owners` (what each person comes to, so that people add up to the company),
`asking` (each quarter asked on its days), `judging` (whether the chances came true), `review` (all of it); then `pages`
and `pictures`, which word and tabulate it. Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.forecasting.quotas.inputs import read_person_targets
    from saleslab.forecasting.quotas.judging import ChanceRecord, judge_chances
    from saleslab.forecasting.quotas.owners import OwnerTotals, draw_owner_totals
    from saleslab.forecasting.quotas.pages import (
        write_quota_banner,
        write_quota_cards,
        write_quota_findings,
        write_quota_headline,
        write_quota_notes,
    )
    from saleslab.forecasting.quotas.pictures import (
        QuotaCell,
        describe_calibration,
        describe_grid,
        list_cells,
        name_quota_columns,
        tabulate_calibration,
        tabulate_days,
        tabulate_grid,
        tabulate_running,
        word_quota_table,
        word_quotas,
    )
    from saleslab.forecasting.quotas.review import QuotaOutlook, review_quota_chances, try_quota_chances

_HOME = {
    "ChanceRecord": "judging",
    "OwnerTotals": "owners",
    "QuotaCell": "pictures",
    "QuotaOutlook": "review",
    "describe_calibration": "pictures",
    "describe_grid": "pictures",
    "draw_owner_totals": "owners",
    "judge_chances": "judging",
    "list_cells": "pictures",
    "name_quota_columns": "pictures",
    "read_person_targets": "inputs",
    "review_quota_chances": "review",
    "tabulate_calibration": "pictures",
    "tabulate_days": "pictures",
    "tabulate_grid": "pictures",
    "tabulate_running": "pictures",
    "try_quota_chances": "review",
    "word_quota_table": "pictures",
    "word_quotas": "pictures",
    "write_quota_banner": "pages",
    "write_quota_cards": "pages",
    "write_quota_findings": "pages",
    "write_quota_headline": "pages",
    "write_quota_notes": "pages",
}

__all__ = [
    "ChanceRecord",
    "OwnerTotals",
    "QuotaCell",
    "QuotaOutlook",
    "describe_calibration",
    "describe_grid",
    "draw_owner_totals",
    "judge_chances",
    "list_cells",
    "name_quota_columns",
    "read_person_targets",
    "review_quota_chances",
    "tabulate_calibration",
    "tabulate_days",
    "tabulate_grid",
    "tabulate_running",
    "try_quota_chances",
    "word_quota_table",
    "word_quotas",
    "write_quota_banner",
    "write_quota_cards",
    "write_quota_findings",
    "write_quota_headline",
    "write_quota_notes",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
