"""What do pages and notebooks say about leads, models and lists?

Words, tables of typed cells and pictures' captions, each of an answer that the rest of the room has given: a model
``card``, a ``call_list``, a weekly ``watch``, and studies (``study_tables``, ``study_words``, ``uplift_words``,
``picturing``). Nothing is computed here that a decision rests on. Names are loaded when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.scoring.briefings.call_list import (
        name_list_columns,
        tabulate_left_out,
        tabulate_list_grades,
        word_list_table,
        write_list_banners,
        write_list_cards,
        write_list_findings,
        write_list_headline,
        write_list_notes,
    )
    from saleslab.scoring.briefings.card import (
        CardPage,
        name_card_columns,
        open_card,
        tabulate_card,
        word_card_table,
        write_card_banners,
        write_card_findings,
        write_card_headline,
        write_card_notes,
        write_card_numbers,
    )
    from saleslab.scoring.briefings.disclosing import disclose_card, disclose_watch
    from saleslab.scoring.briefings.picturing import (
        describe_calibration,
        describe_capture,
        describe_drift,
        describe_grades,
        describe_ladder,
        describe_money,
        describe_reasons,
    )
    from saleslab.scoring.briefings.study_tables import (
        judge_groups,
        name_study_columns,
        rank_drivers,
        tabulate_baselines,
        tabulate_calibration,
        tabulate_candidates,
        tabulate_capacity,
        tabulate_capture,
        tabulate_columns,
        tabulate_curve,
        tabulate_drivers,
        tabulate_fairness,
        tabulate_gain,
        tabulate_lead,
        tabulate_money,
        tabulate_profile,
        tabulate_rules,
        tabulate_tests,
        tabulate_windows,
    )
    from saleslab.scoring.briefings.study_words import (
        describe_gain,
        describe_outcomes,
        describe_profile,
        describe_rules,
        note_source,
        say_study_gap,
        tell_model,
        tell_survey,
        word_study_table,
    )
    from saleslab.scoring.briefings.uplift_words import tell_actions, tell_source, tell_uplift
    from saleslab.scoring.briefings.watch import (
        name_watch_columns,
        name_watched,
        tabulate_moves,
        tabulate_rivals,
        tabulate_watched_grades,
        word_watch_table,
        write_watch_banners,
        write_watch_findings,
        write_watch_headline,
        write_watch_notes,
        write_watch_numbers,
    )

_FILES = {
    "call_list": (
        "name_list_columns", "tabulate_left_out", "tabulate_list_grades", "word_list_table", "write_list_banners",
        "write_list_cards", "write_list_findings", "write_list_headline", "write_list_notes",
    ),
    "card": (
        "CardPage", "name_card_columns", "open_card", "tabulate_card", "word_card_table", "write_card_banners",
        "write_card_findings", "write_card_headline", "write_card_notes", "write_card_numbers",
    ),
    "disclosing": ("disclose_card", "disclose_watch"),
    "picturing": (
        "describe_calibration", "describe_capture", "describe_drift", "describe_grades", "describe_ladder",
        "describe_money", "describe_reasons",
    ),
    "study_tables": (
        "judge_groups", "name_study_columns", "rank_drivers", "tabulate_baselines", "tabulate_calibration",
        "tabulate_candidates", "tabulate_capacity", "tabulate_capture", "tabulate_columns", "tabulate_curve",
        "tabulate_drivers", "tabulate_fairness", "tabulate_gain", "tabulate_lead", "tabulate_money",
        "tabulate_profile", "tabulate_rules", "tabulate_tests", "tabulate_windows",
    ),
    "study_words": (
        "describe_gain", "describe_outcomes", "describe_profile", "describe_rules", "note_source", "say_study_gap",
        "tell_model", "tell_survey", "word_study_table",
    ),
    "uplift_words": ("tell_actions", "tell_source", "tell_uplift"),
    "watch": (
        "name_watch_columns", "name_watched", "tabulate_moves", "tabulate_rivals", "tabulate_watched_grades",
        "word_watch_table", "write_watch_banners", "write_watch_findings", "write_watch_headline",
        "write_watch_notes", "write_watch_numbers",
    ),
}  # fmt: skip
"""The names of each file, in reading order; add yours here, above and in ``__all__``, sorted."""

_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "CardPage", "describe_calibration", "describe_capture", "describe_drift", "describe_gain", "describe_grades",
    "describe_ladder", "describe_money", "describe_outcomes", "describe_profile", "describe_reasons",
    "describe_rules", "disclose_card", "disclose_watch", "judge_groups", "name_card_columns", "name_list_columns",
    "name_study_columns",
    "name_watch_columns", "name_watched", "note_source", "open_card", "rank_drivers", "say_study_gap",
    "tabulate_baselines", "tabulate_calibration", "tabulate_candidates", "tabulate_capacity", "tabulate_capture",
    "tabulate_card", "tabulate_columns", "tabulate_curve", "tabulate_drivers", "tabulate_fairness", "tabulate_gain",
    "tabulate_lead", "tabulate_left_out", "tabulate_list_grades", "tabulate_money", "tabulate_moves",
    "tabulate_profile", "tabulate_rivals", "tabulate_rules", "tabulate_tests", "tabulate_watched_grades",
    "tabulate_windows", "tell_actions", "tell_model", "tell_source", "tell_survey", "tell_uplift", "word_card_table",
    "word_list_table", "word_study_table", "word_watch_table", "write_card_banners", "write_card_findings",
    "write_card_headline", "write_card_notes", "write_card_numbers", "write_list_banners", "write_list_cards",
    "write_list_findings", "write_list_headline", "write_list_notes", "write_watch_banners", "write_watch_findings",
    "write_watch_headline", "write_watch_notes", "write_watch_numbers",
]  # fmt: skip

__getattr__, __dir__ = serve_late(__name__, _HOME)
