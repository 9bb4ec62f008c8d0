"""Which lead first, why, and would the model hold next quarter?

A model is judged on what comes after its data, and its verdict says when it must not be used. The room has one folder a
question, and each opens with its own:

- ``inputs`` reads leads from the warehouse, ``leads`` says what is known of each, ``leaks`` what must not be used;
- ``learning`` trains and scores, ``model`` is what learns, ``judging`` asks whether it may be believed;
- ``bundles`` keep a model, ``exports`` take it elsewhere, ``watching`` says when it no longer holds;
- ``contacts`` say when people can be reached, ``lists`` whom to contact first, ``uplift`` whom a contact helps;
- ``briefings`` hold the words and tables of pages. Their names are theirs; all others are asked for here.

Every name is loaded when it is first asked for: scikit-learn and LightGBM cost seconds, and most verbs need neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.scoring.bundles.manifest import BundleManifest, ModelFacts
    from saleslab.scoring.bundles.saving import Bundle, load_model, read_bundle, save_model
    from saleslab.scoring.bundles.shelf import (
        ShelvedModel,
        add_model,
        find_model,
        list_models,
        list_promotions,
        open_model,
        promote_model,
        revert_model,
    )
    from saleslab.scoring.contacts.follow_ups import FollowUpTimes, time_follow_ups
    from saleslab.scoring.contacts.history import read_attempts, read_follow_ups, read_recent_contacts
    from saleslab.scoring.contacts.next_contacts import ContactCap, suggest_contacts
    from saleslab.scoring.contacts.reaching import read_allowed
    from saleslab.scoring.contacts.timing import ContactTimes, WorkingHours, time_contacts
    from saleslab.scoring.exports.onnx_export import OnnxModel, write_onnx
    from saleslab.scoring.inputs import build_leads, read_open_leads
    from saleslab.scoring.judging.card import ModelCard, write_card
    from saleslab.scoring.judging.card_files import keep_card, read_card
    from saleslab.scoring.judging.evaluation import ScoreEvaluation, evaluate_scores
    from saleslab.scoring.judging.explaining import LeadExplanation, ScoreExplanation, explain_scores, tabulate_reasons
    from saleslab.scoring.judging.fairness import measure_groups
    from saleslab.scoring.judging.measuring import MoneyCurve, ScoreMeasures, measure_scores
    from saleslab.scoring.judging.thresholds import Threshold, choose_threshold
    from saleslab.scoring.leads.features import FEATURES, AbsentFeature, Feature, find_feature, known_features
    from saleslab.scoring.leads.files import LeadMap, read_lead_file, read_lead_map
    from saleslab.scoring.leads.labels import LeadOutcomes, label_outcomes
    from saleslab.scoring.leads.table import LeadTable, split_open
    from saleslab.scoring.leaks.audit import AllowedLeak, find_leaks, refuse_leaks
    from saleslab.scoring.leaks.repeats import Repeats, find_repeats, tell_repeats
    from saleslab.scoring.learning.lead_book import LeadBook, choose_day, has_leads, open_leads
    from saleslab.scoring.learning.lead_models import LeadModel, repeat_training, take_model
    from saleslab.scoring.learning.learned_leads import decide_leads, find_last_day
    from saleslab.scoring.learning.scores import LeadScores, score_leads
    from saleslab.scoring.learning.survey import LeadSurvey, profile_column, survey_leads
    from saleslab.scoring.learning.training import TrainedModel, train_model, write_card_of
    from saleslab.scoring.lists.call_lists import read_contact_times, read_win_value
    from saleslab.scoring.lists.call_plan import CallPlan, plan_calls
    from saleslab.scoring.lists.call_sheet import tabulate_calls
    from saleslab.scoring.lists.ranking import LeadRanking, rank_leads
    from saleslab.scoring.lists.tasks import write_worklists
    from saleslab.scoring.model.grades import Grades, set_grades
    from saleslab.scoring.model.hazard import WinHazard, fit_hazard
    from saleslab.scoring.model.scorer import LeadScorer
    from saleslab.scoring.model.verdicts import ScoreReason, tell_reason
    from saleslab.scoring.uplift.actions import ActionChoice, choose_action
    from saleslab.scoring.uplift.effects import Uplift, estimate_uplift
    from saleslab.scoring.watching.drift import DriftWatch, watch_drift
    from saleslab.scoring.watching.model_watch import divide_leads, read_watched, watch_model
    from saleslab.scoring.watching.page import WatchPage, open_watch

_FILES = {
    "inputs": ("build_leads", "read_open_leads"),
    "leads.features": ("FEATURES", "AbsentFeature", "Feature", "find_feature", "known_features"),
    "leads.files": ("LeadMap", "read_lead_file", "read_lead_map"),
    "leads.labels": ("LeadOutcomes", "label_outcomes"),
    "leads.table": ("LeadTable", "split_open"),
    "leaks.audit": ("AllowedLeak", "find_leaks", "refuse_leaks"),
    "leaks.repeats": ("Repeats", "find_repeats", "tell_repeats"),
    "learning.lead_book": ("LeadBook", "choose_day", "has_leads", "open_leads"),
    "learning.lead_models": ("LeadModel", "repeat_training", "take_model"),
    "learning.learned_leads": ("decide_leads", "find_last_day"),
    "learning.scores": ("LeadScores", "score_leads"),
    "learning.survey": ("LeadSurvey", "profile_column", "survey_leads"),
    "learning.training": ("TrainedModel", "train_model", "write_card_of"),
    "model.grades": ("Grades", "set_grades"),
    "model.hazard": ("WinHazard", "fit_hazard"),
    "model.scorer": ("LeadScorer",),
    "model.verdicts": ("ScoreReason", "tell_reason"),
    "judging.card": ("ModelCard", "write_card"),
    "judging.card_files": ("keep_card", "read_card"),
    "judging.evaluation": ("ScoreEvaluation", "evaluate_scores"),
    "judging.explaining": ("LeadExplanation", "ScoreExplanation", "explain_scores", "tabulate_reasons"),
    "judging.fairness": ("measure_groups",),
    "judging.measuring": ("MoneyCurve", "ScoreMeasures", "measure_scores"),
    "judging.thresholds": ("Threshold", "choose_threshold"),
    "bundles.manifest": ("BundleManifest", "ModelFacts"),
    "bundles.saving": ("Bundle", "load_model", "read_bundle", "save_model"),
    "bundles.shelf": (
        "ShelvedModel", "add_model", "find_model", "list_models", "list_promotions", "open_model", "promote_model",
        "revert_model",
    ),
    "exports.onnx_export": ("OnnxModel", "write_onnx"),
    "contacts.follow_ups": ("FollowUpTimes", "time_follow_ups"),
    "contacts.history": ("read_attempts", "read_follow_ups", "read_recent_contacts"),
    "contacts.next_contacts": ("ContactCap", "suggest_contacts"),
    "contacts.reaching": ("read_allowed",),
    "contacts.timing": ("ContactTimes", "WorkingHours", "time_contacts"),
    "lists.call_lists": ("read_contact_times", "read_win_value"),
    "lists.call_plan": ("CallPlan", "plan_calls"),
    "lists.call_sheet": ("tabulate_calls",),
    "lists.ranking": ("LeadRanking", "rank_leads"),
    "lists.tasks": ("write_worklists",),
    "uplift.actions": ("ActionChoice", "choose_action"),
    "uplift.effects": ("Uplift", "estimate_uplift"),
    "watching.drift": ("DriftWatch", "watch_drift"),
    "watching.model_watch": ("divide_leads", "read_watched", "watch_model"),
    "watching.page": ("WatchPage", "open_watch"),
}  # fmt: skip
"""The names of each file, in reading order; add yours here, above and in ``__all__``, sorted."""

_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "FEATURES", "AbsentFeature", "ActionChoice", "AllowedLeak", "Bundle", "BundleManifest", "CallPlan", "ContactCap",
    "ContactTimes", "DriftWatch", "Feature", "FollowUpTimes", "Grades", "LeadBook", "LeadExplanation", "LeadMap",
    "LeadModel", "LeadOutcomes", "LeadRanking", "LeadScorer", "LeadScores", "LeadSurvey", "LeadTable", "ModelCard",
    "ModelFacts", "MoneyCurve", "OnnxModel", "Repeats", "ScoreEvaluation", "ScoreExplanation", "ScoreMeasures",
    "ScoreReason", "ShelvedModel", "Threshold", "TrainedModel", "Uplift", "WatchPage", "WinHazard", "WorkingHours",
    "add_model", "build_leads", "choose_action", "choose_day", "choose_threshold", "decide_leads", "divide_leads",
    "estimate_uplift", "evaluate_scores", "explain_scores", "find_feature", "find_last_day", "find_leaks",
    "find_model", "find_repeats", "fit_hazard", "has_leads", "keep_card", "known_features", "label_outcomes",
    "list_models", "list_promotions", "load_model", "measure_groups", "measure_scores", "open_leads", "open_model",
    "open_watch", "plan_calls", "profile_column", "promote_model", "rank_leads", "read_allowed", "read_attempts",
    "read_bundle", "read_card", "read_contact_times", "read_follow_ups", "read_lead_file", "read_lead_map",
    "read_open_leads", "read_recent_contacts", "read_watched", "read_win_value", "refuse_leaks", "repeat_training",
    "revert_model", "save_model", "score_leads", "set_grades", "split_open", "suggest_contacts", "survey_leads",
    "tabulate_calls", "tabulate_reasons", "take_model", "tell_reason", "tell_repeats", "time_contacts",
    "time_follow_ups", "train_model", "watch_drift", "watch_model", "write_card", "write_card_of", "write_onnx",
    "write_worklists",
]  # fmt: skip

__getattr__, __dir__ = serve_late(__name__, _HOME)
