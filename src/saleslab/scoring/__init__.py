"""Which lead first, why, and would the model hold next quarter?

A model is judged on what comes after its data, and its verdict says when it must not be used. Every name is loaded when
it is first asked for: scikit-learn and LightGBM cost seconds, and most verbs need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saleslab.scoring.actions import ActionChoice, choose_action
    from saleslab.scoring.bundle_manifest import BundleManifest, ModelFacts
    from saleslab.scoring.bundles import Bundle, load_model, read_bundle, save_model
    from saleslab.scoring.call_lists import read_contact_times, read_win_value
    from saleslab.scoring.call_plan import CallPlan, plan_calls
    from saleslab.scoring.call_sheet import tabulate_calls
    from saleslab.scoring.card import ModelCard, write_card
    from saleslab.scoring.card_briefing import (
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
    from saleslab.scoring.card_files import keep_card, read_card
    from saleslab.scoring.contact_history import read_attempts, read_follow_ups, read_recent_contacts
    from saleslab.scoring.evaluation import ScoreEvaluation, evaluate_scores
    from saleslab.scoring.explaining import LeadExplanation, ScoreExplanation, explain_scores
    from saleslab.scoring.fairness import measure_groups
    from saleslab.scoring.features import FEATURES, AbsentFeature, Feature, find_feature, known_features
    from saleslab.scoring.follow_ups import FollowUpTimes, time_follow_ups
    from saleslab.scoring.grades import Grades, set_grades
    from saleslab.scoring.hazard import WinHazard, fit_hazard
    from saleslab.scoring.inputs import build_leads, read_open_leads
    from saleslab.scoring.labels import LeadOutcomes, label_outcomes
    from saleslab.scoring.lead_book import LeadBook, choose_day, has_leads, open_leads
    from saleslab.scoring.lead_files import LeadMap, read_lead_file, read_lead_map
    from saleslab.scoring.lead_models import LeadModel, repeat_training, take_model
    from saleslab.scoring.lead_table import LeadTable, split_open
    from saleslab.scoring.leaks import AllowedLeak, find_leaks, refuse_leaks
    from saleslab.scoring.learned_leads import decide_leads, find_last_day
    from saleslab.scoring.list_briefing import (
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
    from saleslab.scoring.list_tasks import write_worklists
    from saleslab.scoring.measuring import MoneyCurve, ScoreMeasures, measure_scores
    from saleslab.scoring.model_watch import divide_leads, read_watched, watch_model
    from saleslab.scoring.next_contacts import ContactCap, suggest_contacts
    from saleslab.scoring.onnx_export import OnnxModel, write_onnx
    from saleslab.scoring.picturing import (
        describe_calibration,
        describe_capture,
        describe_drift,
        describe_grades,
        describe_ladder,
        describe_money,
        describe_reasons,
    )
    from saleslab.scoring.ranking import LeadRanking, rank_leads
    from saleslab.scoring.reaching import read_allowed
    from saleslab.scoring.repeats import Repeats, find_repeats, tell_repeats
    from saleslab.scoring.scorer import LeadScorer, ScoreReason
    from saleslab.scoring.scores import LeadScores, score_leads
    from saleslab.scoring.shelf import (
        ShelvedModel,
        add_model,
        find_model,
        list_models,
        list_promotions,
        open_model,
        promote_model,
        revert_model,
    )
    from saleslab.scoring.study_tables import (
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
    from saleslab.scoring.study_words import (
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
    from saleslab.scoring.survey import LeadSurvey, profile_column, survey_leads
    from saleslab.scoring.thresholds import Threshold, choose_threshold
    from saleslab.scoring.timing import ContactTimes, WorkingHours, time_contacts
    from saleslab.scoring.training import TrainedModel, train_model, write_card_of
    from saleslab.scoring.uplift import Uplift, estimate_uplift
    from saleslab.scoring.uplift_words import tell_actions, tell_source, tell_uplift
    from saleslab.scoring.verdicts import tell_reason
    from saleslab.scoring.watch_briefing import (
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
    from saleslab.scoring.watch_page import WatchPage, open_watch
    from saleslab.scoring.watching import DriftWatch, watch_drift

_HOME = {
    "AbsentFeature": "features", "ActionChoice": "actions", "AllowedLeak": "leaks", "Bundle": "bundles",
    "BundleManifest": "bundle_manifest", "CallPlan": "call_plan", "CardPage": "card_briefing",
    "ContactCap": "next_contacts", "ContactTimes": "timing", "DriftWatch": "watching", "FEATURES": "features",
    "Feature": "features", "FollowUpTimes": "follow_ups", "Grades": "grades", "LeadBook": "lead_book",
    "LeadExplanation": "explaining", "LeadMap": "lead_files", "LeadModel": "lead_models", "LeadOutcomes": "labels",
    "LeadRanking": "ranking", "LeadScorer": "scorer", "LeadScores": "scores", "LeadSurvey": "survey",
    "LeadTable": "lead_table", "ModelCard": "card", "ModelFacts": "bundle_manifest", "MoneyCurve": "measuring",
    "OnnxModel": "onnx_export", "Repeats": "repeats", "ScoreEvaluation": "evaluation",
    "ScoreExplanation": "explaining", "ScoreMeasures": "measuring", "ScoreReason": "scorer",
    "ShelvedModel": "shelf", "Threshold": "thresholds", "TrainedModel": "training", "Uplift": "uplift",
    "WatchPage": "watch_page", "WinHazard": "hazard", "WorkingHours": "timing", "add_model": "shelf",
    "build_leads": "inputs", "choose_action": "actions", "choose_day": "lead_book",
    "choose_threshold": "thresholds", "decide_leads": "learned_leads", "describe_calibration": "picturing",
    "describe_capture": "picturing", "describe_drift": "picturing", "describe_gain": "study_words",
    "describe_grades": "picturing", "describe_ladder": "picturing", "describe_money": "picturing",
    "describe_outcomes": "study_words", "describe_profile": "study_words", "describe_reasons": "picturing",
    "describe_rules": "study_words", "divide_leads": "model_watch", "estimate_uplift": "uplift",
    "evaluate_scores": "evaluation", "explain_scores": "explaining", "find_feature": "features",
    "find_last_day": "learned_leads", "find_leaks": "leaks", "find_model": "shelf", "find_repeats": "repeats",
    "fit_hazard": "hazard", "has_leads": "lead_book", "judge_groups": "study_tables", "keep_card": "card_files",
    "known_features": "features", "label_outcomes": "labels", "list_models": "shelf", "list_promotions": "shelf",
    "load_model": "bundles", "measure_groups": "fairness", "measure_scores": "measuring",
    "name_card_columns": "card_briefing", "name_list_columns": "list_briefing",
    "name_study_columns": "study_tables", "name_watch_columns": "watch_briefing", "name_watched": "watch_briefing",
    "note_source": "study_words", "open_card": "card_briefing", "open_leads": "lead_book", "open_model": "shelf",
    "open_watch": "watch_page", "plan_calls": "call_plan", "profile_column": "survey", "promote_model": "shelf",
    "rank_drivers": "study_tables", "rank_leads": "ranking", "read_allowed": "reaching",
    "read_attempts": "contact_history", "read_bundle": "bundles", "read_card": "card_files",
    "read_contact_times": "call_lists", "read_follow_ups": "contact_history", "read_lead_file": "lead_files",
    "read_lead_map": "lead_files", "read_open_leads": "inputs", "read_recent_contacts": "contact_history",
    "read_watched": "model_watch", "read_win_value": "call_lists", "refuse_leaks": "leaks",
    "repeat_training": "lead_models", "revert_model": "shelf", "save_model": "bundles",
    "say_study_gap": "study_words", "score_leads": "scores", "set_grades": "grades", "split_open": "lead_table",
    "suggest_contacts": "next_contacts", "survey_leads": "survey", "tabulate_baselines": "study_tables",
    "tabulate_calibration": "study_tables", "tabulate_calls": "call_sheet", "tabulate_candidates": "study_tables",
    "tabulate_capacity": "study_tables", "tabulate_capture": "study_tables", "tabulate_card": "card_briefing",
    "tabulate_columns": "study_tables", "tabulate_curve": "study_tables", "tabulate_drivers": "study_tables",
    "tabulate_fairness": "study_tables", "tabulate_gain": "study_tables", "tabulate_lead": "study_tables",
    "tabulate_left_out": "list_briefing", "tabulate_list_grades": "list_briefing", "tabulate_money": "study_tables",
    "tabulate_moves": "watch_briefing", "tabulate_profile": "study_tables", "tabulate_reasons": "explaining",
    "tabulate_rivals": "watch_briefing", "tabulate_rules": "study_tables", "tabulate_tests": "study_tables",
    "tabulate_watched_grades": "watch_briefing", "tabulate_windows": "study_tables", "take_model": "lead_models",
    "tell_actions": "uplift_words", "tell_model": "study_words", "tell_reason": "verdicts",
    "tell_repeats": "repeats", "tell_source": "uplift_words", "tell_survey": "study_words",
    "tell_uplift": "uplift_words", "time_contacts": "timing", "time_follow_ups": "follow_ups",
    "train_model": "training", "watch_drift": "watching", "watch_model": "model_watch",
    "word_card_table": "card_briefing", "word_list_table": "list_briefing", "word_study_table": "study_words",
    "word_watch_table": "watch_briefing", "write_card": "card", "write_card_banners": "card_briefing",
    "write_card_findings": "card_briefing", "write_card_headline": "card_briefing",
    "write_card_notes": "card_briefing", "write_card_numbers": "card_briefing", "write_card_of": "training",
    "write_list_banners": "list_briefing", "write_list_cards": "list_briefing",
    "write_list_findings": "list_briefing", "write_list_headline": "list_briefing",
    "write_list_notes": "list_briefing", "write_onnx": "onnx_export", "write_watch_banners": "watch_briefing",
    "write_watch_findings": "watch_briefing", "write_watch_headline": "watch_briefing",
    "write_watch_notes": "watch_briefing", "write_watch_numbers": "watch_briefing", "write_worklists": "list_tasks",
}  # fmt: skip
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "FEATURES", "AbsentFeature", "ActionChoice", "AllowedLeak", "Bundle", "BundleManifest", "CallPlan", "CardPage",
    "ContactCap", "ContactTimes", "DriftWatch", "Feature", "FollowUpTimes", "Grades", "LeadBook", "LeadExplanation",
    "LeadMap", "LeadModel", "LeadOutcomes", "LeadRanking", "LeadScorer", "LeadScores", "LeadSurvey", "LeadTable",
    "ModelCard", "ModelFacts", "MoneyCurve", "OnnxModel", "Repeats", "ScoreEvaluation", "ScoreExplanation",
    "ScoreMeasures", "ScoreReason", "ShelvedModel", "Threshold", "TrainedModel", "Uplift", "WatchPage", "WinHazard",
    "WorkingHours", "add_model", "build_leads", "choose_action", "choose_day", "choose_threshold", "decide_leads",
    "describe_calibration", "describe_capture", "describe_drift", "describe_gain", "describe_grades",
    "describe_ladder", "describe_money", "describe_outcomes", "describe_profile", "describe_reasons",
    "describe_rules", "divide_leads", "estimate_uplift", "evaluate_scores", "explain_scores", "find_feature",
    "find_last_day", "find_leaks", "find_model", "find_repeats", "fit_hazard", "has_leads", "judge_groups",
    "keep_card", "known_features", "label_outcomes", "list_models", "list_promotions", "load_model",
    "measure_groups", "measure_scores", "name_card_columns", "name_list_columns", "name_study_columns",
    "name_watch_columns", "name_watched", "note_source", "open_card", "open_leads", "open_model", "open_watch",
    "plan_calls", "profile_column", "promote_model", "rank_drivers", "rank_leads", "read_allowed", "read_attempts",
    "read_bundle", "read_card", "read_contact_times", "read_follow_ups", "read_lead_file", "read_lead_map",
    "read_open_leads", "read_recent_contacts", "read_watched", "read_win_value", "refuse_leaks", "repeat_training",
    "revert_model", "save_model", "say_study_gap", "score_leads", "set_grades", "split_open", "suggest_contacts",
    "survey_leads", "tabulate_baselines", "tabulate_calibration", "tabulate_calls", "tabulate_candidates",
    "tabulate_capacity", "tabulate_capture", "tabulate_card", "tabulate_columns", "tabulate_curve",
    "tabulate_drivers", "tabulate_fairness", "tabulate_gain", "tabulate_lead", "tabulate_left_out",
    "tabulate_list_grades", "tabulate_money", "tabulate_moves", "tabulate_profile", "tabulate_reasons",
    "tabulate_rivals", "tabulate_rules", "tabulate_tests", "tabulate_watched_grades", "tabulate_windows",
    "take_model", "tell_actions", "tell_model", "tell_reason", "tell_repeats", "tell_source", "tell_survey",
    "tell_uplift", "time_contacts", "time_follow_ups", "train_model", "watch_drift", "watch_model",
    "word_card_table", "word_list_table", "word_study_table", "word_watch_table", "write_card",
    "write_card_banners", "write_card_findings", "write_card_headline", "write_card_notes", "write_card_numbers",
    "write_card_of", "write_list_banners", "write_list_cards", "write_list_findings", "write_list_headline",
    "write_list_notes", "write_onnx", "write_watch_banners", "write_watch_findings", "write_watch_headline",
    "write_watch_notes", "write_watch_numbers", "write_worklists",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"saleslab.scoring.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.scoring' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
