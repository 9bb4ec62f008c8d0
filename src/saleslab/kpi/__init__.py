"""What must we reach, will we reach it, and which lever is worth pulling?

A goal (KGI), the factors that decide it (CSF) and their measures (KPI) are declared in a tree (`trees`), which can be
blamed for its design (`linting`); they are counted from the warehouse (`metrics`), believed with their doubts
(`beliefs`), aimed at (`targets`), explained and watched (`changes`), paid for (`rewards`), reviewed (`reviews`),
brought to a meeting (`meetings`) and shown to everybody (`scorecard`, a room of its own). Every other name is loaded
when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.kpi.beliefs.belief import Belief
    from saleslab.kpi.beliefs.believing import believe
    from saleslab.kpi.beliefs.chances import chance_of_rate
    from saleslab.kpi.beliefs.checking import BeliefCheck, check_belief
    from saleslab.kpi.beliefs.histories import Months, read_months
    from saleslab.kpi.beliefs.statuses import Status, find_reason, judge_difficulty, judge_status
    from saleslab.kpi.changes.alerts import Alert, Duties, read_duties
    from saleslab.kpi.changes.explaining import ChangeExplanation, explain_change
    from saleslab.kpi.changes.following import ActionEffect, follow_actions
    from saleslab.kpi.changes.freshness import check_freshness
    from saleslab.kpi.changes.inputs import read_last_loads
    from saleslab.kpi.changes.mixing import MixSplit, split_mix
    from saleslab.kpi.changes.pooling import judge_moves, pool_period
    from saleslab.kpi.changes.tasks import make_tasks
    from saleslab.kpi.changes.triggers import check_triggers
    from saleslab.kpi.changes.watching import Watch, monitor
    from saleslab.kpi.knowledge import benchmarks, initiatives, playbook
    from saleslab.kpi.knowledge.benchmarks import BestQuarter, compare_benchmarks, find_best_quarter, lint_benchmarks
    from saleslab.kpi.knowledge.cards import Card
    from saleslab.kpi.knowledge.initiatives import StepEffect, estimate_step, judge_initiatives, lint_initiatives
    from saleslab.kpi.knowledge.playbook import find_plays, judge_cards, read_playbook
    from saleslab.kpi.knowledge.ratings import FactorRating, read_ratings, summarise_ratings
    from saleslab.kpi.linting.lint import lint_tree
    from saleslab.kpi.meetings.pack import MeetingPack, prepare_meeting
    from saleslab.kpi.meetings.pages import (
        write_meeting_banners,
        write_meeting_cards,
        write_meeting_findings,
        write_meeting_headline,
        write_meeting_notes,
    )
    from saleslab.kpi.meetings.tables import (
        describe_goal_change,
        describe_pace,
        lay_meeting_table,
        name_meeting_columns,
        tabulate_pace,
    )
    from saleslab.kpi.meetings.watching import watch_week
    from saleslab.kpi.metrics.declaring import Cohort, Count, Metric, declare_metrics
    from saleslab.kpi.metrics.describing.dictionary import tabulate_metrics, write_metric_page
    from saleslab.kpi.metrics.describing.page import MetricPage, describe_metric
    from saleslab.kpi.metrics.doubles import DoubleDefinition, find_double_definitions, tabulate_doubles
    from saleslab.kpi.metrics.gaps import Gap, find_gaps
    from saleslab.kpi.metrics.limits import Breach, RiskTrigger, find_breaches, list_triggers
    from saleslab.kpi.metrics.measuring import measure
    from saleslab.kpi.metrics.records.attaining import compare_targets
    from saleslab.kpi.metrics.records.inputs import read_targets
    from saleslab.kpi.metrics.records.recording import record_values, rerun_values
    from saleslab.kpi.metrics.shelf import library, search_library
    from saleslab.kpi.metrics.values import tell_value, word_value
    from saleslab.kpi.reviews.briefing import tell_overdue, tell_scores
    from saleslab.kpi.reviews.calendar import (
        find_last_reviews,
        find_overdue_actions,
        find_overdue_reviews,
        find_overdue_sign_offs,
        find_unjudged,
        list_acknowledged,
        list_reviews,
        list_sign_offs,
    )
    from saleslab.kpi.reviews.log import ReviewLog
    from saleslab.kpi.reviews.mirror import mirror_reviews
    from saleslab.kpi.reviews.pseudonyms import Pseudonyms
    from saleslab.kpi.reviews.sayings import (
        Acknowledgement,
        Action,
        Closing,
        Decision,
        Opinion,
        Outcome,
        Prediction,
        Review,
        SignOff,
    )
    from saleslab.kpi.reviews.verdicts import judge_predictions, score_predictions
    from saleslab.kpi.rewards.briefing import (
        describe_pay,
        describe_territories,
        name_reward_columns,
        tabulate_plans,
        tabulate_territories,
        tell_findings,
        tell_recognition,
    )
    from saleslab.kpi.rewards.drawing import draw_sales
    from saleslab.kpi.rewards.inputs import read_territories
    from saleslab.kpi.rewards.paying import compute_payout
    from saleslab.kpi.rewards.plans import RewardPlan, list_reward_plans, read_reward_plan
    from saleslab.kpi.rewards.recognition import Recognition, find_recognition
    from saleslab.kpi.rewards.simulating import RewardStudy, simulate_reward
    from saleslab.kpi.strategies.comparing import Strategy, compare_strategies, draw_strategy
    from saleslab.kpi.strategies.experimenting import ExperimentCandidate, next_experiment
    from saleslab.kpi.strategies.lifts import draw_lift
    from saleslab.kpi.targets.budget import BudgetSplit, Workload, check_workload, split_budget
    from saleslab.kpi.targets.cascade import TargetCascade, cascade_targets, check_cascade
    from saleslab.kpi.targets.conditioning import ForecastFit, fit_forecast
    from saleslab.kpi.targets.factors import tabulate_ratings, tabulate_risks, tell_rating
    from saleslab.kpi.targets.levers import rank_levers
    from saleslab.kpi.targets.pace import PaceTrack, track_pace
    from saleslab.kpi.targets.pages import (
        tell_basis,
        write_chance,
        write_target_banners,
        write_target_cards,
        write_target_findings,
        write_target_headline,
        write_target_notes,
    )
    from saleslab.kpi.targets.pictures import (
        TreeRow,
        bin_landing,
        describe_picture,
        name_target_columns,
        picture_tree,
        tabulate_landing_places,
        tabulate_lever_gains,
        tabulate_past,
        tabulate_required,
        tabulate_suggested,
        tabulate_tree,
        word_target_table,
    )
    from saleslab.kpi.targets.required import Bundle
    from saleslab.kpi.targets.review import TargetReview, review_target, try_target
    from saleslab.kpi.targets.risks import RiskStanding, review_risks
    from saleslab.kpi.targets.study import TargetStudy, land_goal, study_target
    from saleslab.kpi.targets.suggesting import SuggestedTarget, suggest_targets
    from saleslab.kpi.trees.comparing import compare_trees, tabulate_differences
    from saleslab.kpi.trees.formulas import Formula, parse_formula
    from saleslab.kpi.trees.nodes import KpiTree, Node
    from saleslab.kpi.trees.outline import outline_tree
    from saleslab.kpi.trees.reading import read_tree
    from saleslab.kpi.trees.resolving import collect_metrics
    from saleslab.kpi.trees.structure import find_goal
    from saleslab.kpi.trees.templates import list_templates, override_tree, read_overrides, read_template
    from saleslab.kpi.trees.versions import gather_versions, pick_version, read_versions
    from saleslab.kpi.trees.writing import digest_tree, write_tree

_HOME = {
    "Acknowledgement": "reviews.sayings",
    "Action": "reviews.sayings",
    "ActionEffect": "changes.following",
    "Alert": "changes.alerts",
    "Belief": "beliefs.belief",
    "BeliefCheck": "beliefs.checking",
    "BestQuarter": "knowledge.benchmarks",
    "Breach": "metrics.limits",
    "BudgetSplit": "targets.budget",
    "Bundle": "targets.required",
    "Card": "knowledge.cards",
    "ChangeExplanation": "changes.explaining",
    "Closing": "reviews.sayings",
    "Cohort": "metrics.declaring",
    "Count": "metrics.declaring",
    "Decision": "reviews.sayings",
    "DoubleDefinition": "metrics.doubles",
    "Duties": "changes.alerts",
    "ExperimentCandidate": "strategies.experimenting",
    "FactorRating": "knowledge.ratings",
    "ForecastFit": "targets.conditioning",
    "Formula": "trees.formulas",
    "Gap": "metrics.gaps",
    "KpiTree": "trees.nodes",
    "MeetingPack": "meetings.pack",
    "Metric": "metrics.declaring",
    "MetricPage": "metrics.describing.page",
    "MixSplit": "changes.mixing",
    "Months": "beliefs.histories",
    "Node": "trees.nodes",
    "Opinion": "reviews.sayings",
    "Outcome": "reviews.sayings",
    "PaceTrack": "targets.pace",
    "Prediction": "reviews.sayings",
    "Pseudonyms": "reviews.pseudonyms",
    "Recognition": "rewards.recognition",
    "Review": "reviews.sayings",
    "ReviewLog": "reviews.log",
    "RewardPlan": "rewards.plans",
    "RewardStudy": "rewards.simulating",
    "RiskStanding": "targets.risks",
    "RiskTrigger": "metrics.limits",
    "SignOff": "reviews.sayings",
    "Status": "beliefs.statuses",
    "StepEffect": "knowledge.initiatives",
    "Strategy": "strategies.comparing",
    "SuggestedTarget": "targets.suggesting",
    "TargetCascade": "targets.cascade",
    "TargetReview": "targets.review",
    "TargetStudy": "targets.study",
    "TreeRow": "targets.pictures",
    "Watch": "changes.watching",
    "Workload": "targets.budget",
    "believe": "beliefs.believing",
    "benchmarks": "knowledge",
    "bin_landing": "targets.pictures",
    "cascade_targets": "targets.cascade",
    "chance_of_rate": "beliefs.chances",
    "check_belief": "beliefs.checking",
    "check_cascade": "targets.cascade",
    "check_freshness": "changes.freshness",
    "check_triggers": "changes.triggers",
    "check_workload": "targets.budget",
    "collect_metrics": "trees.resolving",
    "compare_benchmarks": "knowledge.benchmarks",
    "compare_strategies": "strategies.comparing",
    "compare_targets": "metrics.records.attaining",
    "compare_trees": "trees.comparing",
    "compute_payout": "rewards.paying",
    "declare_metrics": "metrics.declaring",
    "describe_goal_change": "meetings.tables",
    "describe_metric": "metrics.describing.page",
    "describe_pace": "meetings.tables",
    "describe_pay": "rewards.briefing",
    "describe_picture": "targets.pictures",
    "describe_territories": "rewards.briefing",
    "digest_tree": "trees.writing",
    "draw_lift": "strategies.lifts",
    "draw_sales": "rewards.drawing",
    "draw_strategy": "strategies.comparing",
    "estimate_step": "knowledge.initiatives",
    "explain_change": "changes.explaining",
    "find_best_quarter": "knowledge.benchmarks",
    "find_breaches": "metrics.limits",
    "find_double_definitions": "metrics.doubles",
    "find_gaps": "metrics.gaps",
    "find_goal": "trees.structure",
    "find_last_reviews": "reviews.calendar",
    "find_overdue_actions": "reviews.calendar",
    "find_overdue_reviews": "reviews.calendar",
    "find_overdue_sign_offs": "reviews.calendar",
    "find_plays": "knowledge.playbook",
    "find_reason": "beliefs.statuses",
    "find_recognition": "rewards.recognition",
    "find_unjudged": "reviews.calendar",
    "fit_forecast": "targets.conditioning",
    "follow_actions": "changes.following",
    "gather_versions": "trees.versions",
    "initiatives": "knowledge",
    "judge_cards": "knowledge.playbook",
    "judge_difficulty": "beliefs.statuses",
    "judge_initiatives": "knowledge.initiatives",
    "judge_moves": "changes.pooling",
    "judge_predictions": "reviews.verdicts",
    "judge_status": "beliefs.statuses",
    "land_goal": "targets.study",
    "lay_meeting_table": "meetings.tables",
    "library": "metrics.shelf",
    "lint_benchmarks": "knowledge.benchmarks",
    "lint_initiatives": "knowledge.initiatives",
    "lint_tree": "linting.lint",
    "list_acknowledged": "reviews.calendar",
    "list_reviews": "reviews.calendar",
    "list_reward_plans": "rewards.plans",
    "list_sign_offs": "reviews.calendar",
    "list_templates": "trees.templates",
    "list_triggers": "metrics.limits",
    "make_tasks": "changes.tasks",
    "measure": "metrics.measuring",
    "mirror_reviews": "reviews.mirror",
    "monitor": "changes.watching",
    "name_meeting_columns": "meetings.tables",
    "name_reward_columns": "rewards.briefing",
    "name_target_columns": "targets.pictures",
    "next_experiment": "strategies.experimenting",
    "outline_tree": "trees.outline",
    "override_tree": "trees.templates",
    "parse_formula": "trees.formulas",
    "pick_version": "trees.versions",
    "picture_tree": "targets.pictures",
    "playbook": "knowledge",
    "pool_period": "changes.pooling",
    "prepare_meeting": "meetings.pack",
    "rank_levers": "targets.levers",
    "read_duties": "changes.alerts",
    "read_last_loads": "changes.inputs",
    "read_months": "beliefs.histories",
    "read_overrides": "trees.templates",
    "read_playbook": "knowledge.playbook",
    "read_ratings": "knowledge.ratings",
    "read_reward_plan": "rewards.plans",
    "read_targets": "metrics.records.inputs",
    "read_template": "trees.templates",
    "read_territories": "rewards.inputs",
    "read_tree": "trees.reading",
    "read_versions": "trees.versions",
    "record_values": "metrics.records.recording",
    "rerun_values": "metrics.records.recording",
    "review_risks": "targets.risks",
    "review_target": "targets.review",
    "score_predictions": "reviews.verdicts",
    "search_library": "metrics.shelf",
    "simulate_reward": "rewards.simulating",
    "split_budget": "targets.budget",
    "split_mix": "changes.mixing",
    "study_target": "targets.study",
    "suggest_targets": "targets.suggesting",
    "summarise_ratings": "knowledge.ratings",
    "tabulate_differences": "trees.comparing",
    "tabulate_doubles": "metrics.doubles",
    "tabulate_landing_places": "targets.pictures",
    "tabulate_lever_gains": "targets.pictures",
    "tabulate_metrics": "metrics.describing.dictionary",
    "tabulate_pace": "meetings.tables",
    "tabulate_past": "targets.pictures",
    "tabulate_plans": "rewards.briefing",
    "tabulate_ratings": "targets.factors",
    "tabulate_required": "targets.pictures",
    "tabulate_risks": "targets.factors",
    "tabulate_suggested": "targets.pictures",
    "tabulate_territories": "rewards.briefing",
    "tabulate_tree": "targets.pictures",
    "tell_basis": "targets.pages",
    "tell_findings": "rewards.briefing",
    "tell_overdue": "reviews.briefing",
    "tell_rating": "targets.factors",
    "tell_recognition": "rewards.briefing",
    "tell_scores": "reviews.briefing",
    "tell_value": "metrics.values",
    "track_pace": "targets.pace",
    "try_target": "targets.review",
    "watch_week": "meetings.watching",
    "word_target_table": "targets.pictures",
    "word_value": "metrics.values",
    "write_chance": "targets.pages",
    "write_meeting_banners": "meetings.pages",
    "write_meeting_cards": "meetings.pages",
    "write_meeting_findings": "meetings.pages",
    "write_meeting_headline": "meetings.pages",
    "write_meeting_notes": "meetings.pages",
    "write_metric_page": "metrics.describing.dictionary",
    "write_target_banners": "targets.pages",
    "write_target_cards": "targets.pages",
    "write_target_findings": "targets.pages",
    "write_target_headline": "targets.pages",
    "write_target_notes": "targets.pages",
    "write_tree": "trees.writing",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "Acknowledgement", "Action", "ActionEffect", "Alert", "Belief", "BeliefCheck", "BestQuarter", "Breach",
    "BudgetSplit", "Bundle", "Card", "ChangeExplanation", "Closing", "Cohort", "Count", "Decision", "DoubleDefinition",
    "Duties", "ExperimentCandidate", "FactorRating", "ForecastFit", "Formula", "Gap", "KpiTree", "MeetingPack",
    "Metric", "MetricPage", "MixSplit", "Months", "Node", "Opinion", "Outcome", "PaceTrack", "Prediction", "Pseudonyms",
    "Recognition", "Review", "ReviewLog", "RewardPlan", "RewardStudy", "RiskStanding", "RiskTrigger", "SignOff",
    "Status", "StepEffect", "Strategy", "SuggestedTarget", "TargetCascade", "TargetReview", "TargetStudy", "TreeRow",
    "Watch", "Workload", "believe", "benchmarks", "bin_landing", "cascade_targets", "chance_of_rate", "check_belief",
    "check_cascade", "check_freshness", "check_triggers", "check_workload", "collect_metrics", "compare_benchmarks",
    "compare_strategies", "compare_targets", "compare_trees", "compute_payout", "declare_metrics",
    "describe_goal_change", "describe_metric", "describe_pace", "describe_pay", "describe_picture",
    "describe_territories", "digest_tree", "draw_lift", "draw_sales", "draw_strategy", "estimate_step",
    "explain_change", "find_best_quarter", "find_breaches", "find_double_definitions", "find_gaps", "find_goal",
    "find_last_reviews", "find_overdue_actions", "find_overdue_reviews", "find_overdue_sign_offs", "find_plays",
    "find_reason", "find_recognition", "find_unjudged", "fit_forecast", "follow_actions", "gather_versions",
    "initiatives", "judge_cards", "judge_difficulty", "judge_initiatives", "judge_moves", "judge_predictions",
    "judge_status", "land_goal", "lay_meeting_table", "library", "lint_benchmarks", "lint_initiatives", "lint_tree",
    "list_acknowledged", "list_reviews", "list_reward_plans", "list_sign_offs", "list_templates", "list_triggers",
    "make_tasks", "measure", "mirror_reviews", "monitor", "name_meeting_columns", "name_reward_columns",
    "name_target_columns", "next_experiment", "outline_tree", "override_tree", "parse_formula", "pick_version",
    "picture_tree", "playbook", "pool_period", "prepare_meeting", "rank_levers", "read_duties", "read_last_loads",
    "read_months", "read_overrides", "read_playbook", "read_ratings", "read_reward_plan", "read_targets",
    "read_template", "read_territories", "read_tree", "read_versions", "record_values", "rerun_values", "review_risks",
    "review_target", "score_predictions", "search_library", "simulate_reward", "split_budget", "split_mix",
    "study_target", "suggest_targets", "summarise_ratings", "tabulate_differences", "tabulate_doubles",
    "tabulate_landing_places", "tabulate_lever_gains", "tabulate_metrics", "tabulate_pace", "tabulate_past",
    "tabulate_plans", "tabulate_ratings", "tabulate_required", "tabulate_risks", "tabulate_suggested",
    "tabulate_territories", "tabulate_tree", "tell_basis", "tell_findings", "tell_overdue", "tell_rating",
    "tell_recognition", "tell_scores", "tell_value", "track_pace", "try_target", "watch_week", "word_target_table",
    "word_value", "write_chance", "write_meeting_banners", "write_meeting_cards", "write_meeting_findings",
    "write_meeting_headline", "write_meeting_notes", "write_metric_page", "write_target_banners", "write_target_cards",
    "write_target_findings", "write_target_headline", "write_target_notes", "write_tree",
]  # fmt: skip

__getattr__, __dir__ = serve_late(__name__, _HOME)
