"""How does everything stand, for whom may it be told, and what changed since the last issue?

Whom a page is for (`audience`), what the period of a scope may come to (`outlooks`), one line a measure (`lines`), what
changed (`changing`), whether quotas' chances come true (`quotas`), the whole card (`card`), and its words (`pages`,
`tables`, `board`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.kpi.scorecard.audience import (
        Readers,
        find_readers,
        is_pay,
    )
    from saleslab.kpi.scorecard.board import (
        BoardRow,
        describe_board,
        lay_board,
        tabulate_board,
    )
    from saleslab.kpi.scorecard.card import (
        Scorecard,
        make_scorecard,
    )
    from saleslab.kpi.scorecard.changing import (
        list_revised,
        list_target_changes,
        list_versions,
    )
    from saleslab.kpi.scorecard.lines import (
        ScoreLine,
    )
    from saleslab.kpi.scorecard.outlooks import (
        foresee_period,
    )
    from saleslab.kpi.scorecard.pages import (
        may_show_quotas,
        write_score_banners,
        write_score_cards,
        write_score_findings,
        write_score_headline,
        write_score_notes,
    )
    from saleslab.kpi.scorecard.quotas import (
        QuotaReview,
        band_chances,
        judge_quotas,
        review_quotas,
        try_quotas,
    )
    from saleslab.kpi.scorecard.tables import (
        describe_quotas,
        name_score_columns,
        tabulate_duties,
        tabulate_measures,
        tabulate_moves,
        tabulate_own_quotas,
        tabulate_quotas,
        tabulate_retargeted,
        tabulate_revised,
        tabulate_versions,
        word_score_table,
    )

_HOME = {
    "BoardRow": "board",
    "QuotaReview": "quotas",
    "Readers": "audience",
    "ScoreLine": "lines",
    "Scorecard": "card",
    "band_chances": "quotas",
    "describe_board": "board",
    "describe_quotas": "tables",
    "find_readers": "audience",
    "foresee_period": "outlooks",
    "is_pay": "audience",
    "judge_quotas": "quotas",
    "lay_board": "board",
    "list_revised": "changing",
    "list_target_changes": "changing",
    "list_versions": "changing",
    "make_scorecard": "card",
    "may_show_quotas": "pages",
    "name_score_columns": "tables",
    "review_quotas": "quotas",
    "tabulate_board": "board",
    "tabulate_duties": "tables",
    "tabulate_measures": "tables",
    "tabulate_moves": "tables",
    "tabulate_own_quotas": "tables",
    "tabulate_quotas": "tables",
    "tabulate_retargeted": "tables",
    "tabulate_revised": "tables",
    "tabulate_versions": "tables",
    "try_quotas": "quotas",
    "word_score_table": "tables",
    "write_score_banners": "pages",
    "write_score_cards": "pages",
    "write_score_findings": "pages",
    "write_score_headline": "pages",
    "write_score_notes": "pages",
}

__all__ = [
    "BoardRow",
    "QuotaReview",
    "Readers",
    "ScoreLine",
    "Scorecard",
    "band_chances",
    "describe_board",
    "describe_quotas",
    "find_readers",
    "foresee_period",
    "is_pay",
    "judge_quotas",
    "lay_board",
    "list_revised",
    "list_target_changes",
    "list_versions",
    "make_scorecard",
    "may_show_quotas",
    "name_score_columns",
    "review_quotas",
    "tabulate_board",
    "tabulate_duties",
    "tabulate_measures",
    "tabulate_moves",
    "tabulate_own_quotas",
    "tabulate_quotas",
    "tabulate_retargeted",
    "tabulate_revised",
    "tabulate_versions",
    "try_quotas",
    "word_score_table",
    "write_score_banners",
    "write_score_cards",
    "write_score_findings",
    "write_score_headline",
    "write_score_notes",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
