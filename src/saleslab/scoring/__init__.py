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
    from saleslab.scoring.card import ModelCard, write_card
    from saleslab.scoring.contact_history import read_attempts, read_follow_ups, read_recent_contacts
    from saleslab.scoring.evaluation import ScoreEvaluation, evaluate_scores
    from saleslab.scoring.explaining import LeadExplanation, ScoreExplanation, explain_scores
    from saleslab.scoring.features import FEATURES, AbsentFeature, Feature, find_feature, known_features
    from saleslab.scoring.follow_ups import FollowUpTimes, time_follow_ups
    from saleslab.scoring.grades import Grades, set_grades
    from saleslab.scoring.hazard import WinHazard, fit_hazard
    from saleslab.scoring.inputs import build_leads, read_open_leads
    from saleslab.scoring.labels import LeadOutcomes, label_outcomes
    from saleslab.scoring.lead_files import LeadMap, read_lead_file, read_lead_map
    from saleslab.scoring.lead_table import LeadTable, split_open
    from saleslab.scoring.leaks import AllowedLeak, find_leaks, refuse_leaks
    from saleslab.scoring.measuring import MoneyCurve, ScoreMeasures, measure_scores
    from saleslab.scoring.next_contacts import ContactCap, suggest_contacts
    from saleslab.scoring.ranking import LeadRanking, rank_leads
    from saleslab.scoring.repeats import Repeats, find_repeats, tell_repeats
    from saleslab.scoring.scorer import LeadScorer, ScoreReason
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
    from saleslab.scoring.thresholds import Threshold, choose_threshold
    from saleslab.scoring.timing import ContactTimes, WorkingHours, time_contacts
    from saleslab.scoring.uplift import Uplift, estimate_uplift
    from saleslab.scoring.verdicts import tell_reason
    from saleslab.scoring.watching import DriftWatch, watch_drift

_HOME = {
    "AbsentFeature": "features",
    "ActionChoice": "actions",
    "AllowedLeak": "leaks",
    "Bundle": "bundles",
    "BundleManifest": "bundle_manifest",
    "ContactCap": "next_contacts",
    "ContactTimes": "timing",
    "DriftWatch": "watching",
    "FEATURES": "features",
    "Feature": "features",
    "FollowUpTimes": "follow_ups",
    "Grades": "grades",
    "LeadExplanation": "explaining",
    "LeadMap": "lead_files",
    "LeadOutcomes": "labels",
    "LeadRanking": "ranking",
    "LeadScorer": "scorer",
    "LeadTable": "lead_table",
    "ModelCard": "card",
    "ModelFacts": "bundle_manifest",
    "MoneyCurve": "measuring",
    "Repeats": "repeats",
    "ScoreEvaluation": "evaluation",
    "ScoreExplanation": "explaining",
    "ScoreMeasures": "measuring",
    "ScoreReason": "scorer",
    "ShelvedModel": "shelf",
    "Threshold": "thresholds",
    "Uplift": "uplift",
    "WinHazard": "hazard",
    "WorkingHours": "timing",
    "add_model": "shelf",
    "build_leads": "inputs",
    "choose_action": "actions",
    "choose_threshold": "thresholds",
    "estimate_uplift": "uplift",
    "evaluate_scores": "evaluation",
    "explain_scores": "explaining",
    "find_feature": "features",
    "find_leaks": "leaks",
    "find_model": "shelf",
    "find_repeats": "repeats",
    "fit_hazard": "hazard",
    "known_features": "features",
    "label_outcomes": "labels",
    "list_models": "shelf",
    "list_promotions": "shelf",
    "load_model": "bundles",
    "measure_scores": "measuring",
    "open_model": "shelf",
    "promote_model": "shelf",
    "rank_leads": "ranking",
    "read_attempts": "contact_history",
    "read_bundle": "bundles",
    "read_follow_ups": "contact_history",
    "read_lead_file": "lead_files",
    "read_lead_map": "lead_files",
    "read_open_leads": "inputs",
    "read_recent_contacts": "contact_history",
    "refuse_leaks": "leaks",
    "revert_model": "shelf",
    "save_model": "bundles",
    "set_grades": "grades",
    "split_open": "lead_table",
    "suggest_contacts": "next_contacts",
    "tabulate_reasons": "explaining",
    "tell_reason": "verdicts",
    "tell_repeats": "repeats",
    "time_contacts": "timing",
    "time_follow_ups": "follow_ups",
    "watch_drift": "watching",
    "write_card": "card",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "FEATURES",
    "AbsentFeature",
    "ActionChoice",
    "AllowedLeak",
    "Bundle",
    "BundleManifest",
    "ContactCap",
    "ContactTimes",
    "DriftWatch",
    "Feature",
    "FollowUpTimes",
    "Grades",
    "LeadExplanation",
    "LeadMap",
    "LeadOutcomes",
    "LeadRanking",
    "LeadScorer",
    "LeadTable",
    "ModelCard",
    "ModelFacts",
    "MoneyCurve",
    "Repeats",
    "ScoreEvaluation",
    "ScoreExplanation",
    "ScoreMeasures",
    "ScoreReason",
    "ShelvedModel",
    "Threshold",
    "Uplift",
    "WinHazard",
    "WorkingHours",
    "add_model",
    "build_leads",
    "choose_action",
    "choose_threshold",
    "estimate_uplift",
    "evaluate_scores",
    "explain_scores",
    "find_feature",
    "find_leaks",
    "find_model",
    "find_repeats",
    "fit_hazard",
    "known_features",
    "label_outcomes",
    "list_models",
    "list_promotions",
    "load_model",
    "measure_scores",
    "open_model",
    "promote_model",
    "rank_leads",
    "read_attempts",
    "read_bundle",
    "read_follow_ups",
    "read_lead_file",
    "read_lead_map",
    "read_open_leads",
    "read_recent_contacts",
    "refuse_leaks",
    "revert_model",
    "save_model",
    "set_grades",
    "split_open",
    "suggest_contacts",
    "tabulate_reasons",
    "tell_reason",
    "tell_repeats",
    "time_contacts",
    "time_follow_ups",
    "watch_drift",
    "write_card",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"saleslab.scoring.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.scoring' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
