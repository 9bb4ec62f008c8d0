"""What do customers tell us, and what became of what we promised?

Scores with their intervals (`score_nps`, `score_csat`), themes of comments, what goes along with good and bad scores,
and the page made of all of it (`review_feedback`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.customers.feedback.actions import follow_actions, read_actions
    from saleslab.customers.feedback.answers import Answers, tell_aside
    from saleslab.customers.feedback.briefing import (
        name_theme,
        tell_missing_kpis,
        write_feedback_banners,
        write_feedback_cards,
        write_feedback_findings,
        write_feedback_headline,
        write_feedback_notes,
    )
    from saleslab.customers.feedback.classifier import LearntThemes, learn_themes
    from saleslab.customers.feedback.drivers import Driver, DriverRanking, rank_drivers
    from saleslab.customers.feedback.kpis import CustomerKpi, measure_customer_kpis
    from saleslab.customers.feedback.labels import read_theme_labels
    from saleslab.customers.feedback.links import ThemeLink, ThemeLinks, link_themes
    from saleslab.customers.feedback.loop import ClosedLoop, close_loop
    from saleslab.customers.feedback.notes import Quote, quote_comments
    from saleslab.customers.feedback.pictures import (
        describe_drivers,
        describe_score_trend,
        describe_theme_links,
        name_feedback_columns,
        say_feedback_gap,
        say_no_loops,
        tabulate_drivers,
        tabulate_loops,
        tabulate_score_trend,
        tabulate_segments,
        tabulate_theme_links,
        tabulate_themes,
        word_feedback_table,
    )
    from saleslab.customers.feedback.pulse import TrustPulse, score_pulse
    from saleslab.customers.feedback.review import FeedbackReview, review_feedback
    from saleslab.customers.feedback.scores import (
        Csat,
        Nps,
        compare_scores,
        estimate_nps,
        plan_answers,
        score_csat,
        score_nps,
    )
    from saleslab.customers.feedback.themes import Theme, ThemeCounts, count_themes, find_themes, read_themes
    from saleslab.customers.feedback.trend import ScoreTrend, WaveScore, follow_scores
    from saleslab.customers.feedback.voices import Voices, open_voices, read_survey, take_voices
    from saleslab.customers.feedback.weighting import WeightedScore, weigh_answers

_HOME = {
    "Answers": "answers",
    "ClosedLoop": "loop",
    "Csat": "scores",
    "CustomerKpi": "kpis",
    "Driver": "drivers",
    "DriverRanking": "drivers",
    "FeedbackReview": "review",
    "LearntThemes": "classifier",
    "Nps": "scores",
    "Quote": "notes",
    "ScoreTrend": "trend",
    "Theme": "themes",
    "ThemeCounts": "themes",
    "ThemeLink": "links",
    "ThemeLinks": "links",
    "TrustPulse": "pulse",
    "Voices": "voices",
    "WaveScore": "trend",
    "WeightedScore": "weighting",
    "close_loop": "loop",
    "compare_scores": "scores",
    "count_themes": "themes",
    "describe_drivers": "pictures",
    "describe_score_trend": "pictures",
    "describe_theme_links": "pictures",
    "estimate_nps": "scores",
    "find_themes": "themes",
    "follow_actions": "actions",
    "follow_scores": "trend",
    "learn_themes": "classifier",
    "link_themes": "links",
    "measure_customer_kpis": "kpis",
    "name_feedback_columns": "pictures",
    "name_theme": "briefing",
    "open_voices": "voices",
    "plan_answers": "scores",
    "quote_comments": "notes",
    "rank_drivers": "drivers",
    "read_actions": "actions",
    "read_survey": "voices",
    "read_theme_labels": "labels",
    "read_themes": "themes",
    "review_feedback": "review",
    "say_feedback_gap": "pictures",
    "say_no_loops": "pictures",
    "score_csat": "scores",
    "score_nps": "scores",
    "score_pulse": "pulse",
    "tabulate_drivers": "pictures",
    "tabulate_loops": "pictures",
    "tabulate_score_trend": "pictures",
    "tabulate_segments": "pictures",
    "tabulate_theme_links": "pictures",
    "tabulate_themes": "pictures",
    "take_voices": "voices",
    "tell_aside": "answers",
    "tell_missing_kpis": "briefing",
    "weigh_answers": "weighting",
    "word_feedback_table": "pictures",
    "write_feedback_banners": "briefing",
    "write_feedback_cards": "briefing",
    "write_feedback_findings": "briefing",
    "write_feedback_headline": "briefing",
    "write_feedback_notes": "briefing",
}
"""The file of each name."""

__all__ = [
    "Answers",
    "ClosedLoop",
    "Csat",
    "CustomerKpi",
    "Driver",
    "DriverRanking",
    "FeedbackReview",
    "LearntThemes",
    "Nps",
    "Quote",
    "ScoreTrend",
    "Theme",
    "ThemeCounts",
    "ThemeLink",
    "ThemeLinks",
    "TrustPulse",
    "Voices",
    "WaveScore",
    "WeightedScore",
    "close_loop",
    "compare_scores",
    "count_themes",
    "describe_drivers",
    "describe_score_trend",
    "describe_theme_links",
    "estimate_nps",
    "find_themes",
    "follow_actions",
    "follow_scores",
    "learn_themes",
    "link_themes",
    "measure_customer_kpis",
    "name_feedback_columns",
    "name_theme",
    "open_voices",
    "plan_answers",
    "quote_comments",
    "rank_drivers",
    "read_actions",
    "read_survey",
    "read_theme_labels",
    "read_themes",
    "review_feedback",
    "say_feedback_gap",
    "say_no_loops",
    "score_csat",
    "score_nps",
    "score_pulse",
    "tabulate_drivers",
    "tabulate_loops",
    "tabulate_score_trend",
    "tabulate_segments",
    "tabulate_theme_links",
    "tabulate_themes",
    "take_voices",
    "tell_aside",
    "tell_missing_kpis",
    "weigh_answers",
    "word_feedback_table",
    "write_feedback_banners",
    "write_feedback_cards",
    "write_feedback_findings",
    "write_feedback_headline",
    "write_feedback_notes",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
