"""Who are our customers?

Scores of recency, frequency and spend, whether there are groups at all, segments that the warehouse can replay, what
sets them apart, who moves between them, and which kind of company to look for. Every name is loaded when it is first
asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.segmentation.choosing import SegmentChoice, SegmentCount, choose_segments
    from saleslab.segmentation.clusters import METHODS, Segmentation, segment_customers
    from saleslab.segmentation.describing import SegmentProfile, describe_segments
    from saleslab.segmentation.foreseeing import foresee_segments
    from saleslab.segmentation.inputs import (
        assign_lazily,
        count_segments,
        find_purchases,
        has_customers,
        read_customers,
        read_market,
        write_rule_sql,
    )
    from saleslab.segmentation.lazy_rfm import score_rfm_lazily
    from saleslab.segmentation.matching import SegmentMatch, match_segments
    from saleslab.segmentation.migration import Migration, Move, migrate_segments
    from saleslab.segmentation.naming import name_segments
    from saleslab.segmentation.nearest import CostRule, Distance, Prices, SegmentCost
    from saleslab.segmentation.plays import Play
    from saleslab.segmentation.proposing import PlayTerms, propose_plays
    from saleslab.segmentation.reasons import SegmentReason, tell_segment_reason
    from saleslab.segmentation.replaying import assign_segments
    from saleslab.segmentation.review_briefing import (
        write_segment_banners,
        write_segment_cards,
        write_segment_findings,
        write_segment_headline,
        write_segment_list,
        write_segment_notes,
    )
    from saleslab.segmentation.review_pictures import (
        MARKET_COLUMNS,
        describe_map,
        describe_market,
        describe_migration,
        describe_rfm,
        describe_stability,
        grid_rfm,
        name_segment_columns,
        tabulate_counts,
        tabulate_map,
        tabulate_market,
        tabulate_moves,
        tabulate_rfm,
        word_segment_table,
    )
    from saleslab.segmentation.review_split import (
        describe_split,
        list_split_columns,
        tabulate_effects,
        tabulate_split,
        word_split_table,
    )
    from saleslab.segmentation.reviewing import SegmentReview, review_segments
    from saleslab.segmentation.rfm import MEASURES, find_cuts, score_rfm
    from saleslab.segmentation.rules import Condition, RuleBook, SegmentRule
    from saleslab.segmentation.splitting import SegmentPart, SegmentSplit, split_by_segment
    from saleslab.segmentation.target_market import TargetMarket, TargetSegment, rank_target_market
    from saleslab.segmentation.tracing import SegmentOrigin, trace_segments
    from saleslab.segmentation.traits import SegmentTrait, find_traits

_HOME = {
    "MARKET_COLUMNS": "review_pictures",
    "MEASURES": "rfm",
    "METHODS": "clusters",
    "Condition": "rules",
    "CostRule": "nearest",
    "Distance": "nearest",
    "Migration": "migration",
    "Move": "migration",
    "Play": "plays",
    "PlayTerms": "proposing",
    "Prices": "nearest",
    "RuleBook": "rules",
    "SegmentChoice": "choosing",
    "SegmentCost": "nearest",
    "SegmentCount": "choosing",
    "SegmentMatch": "matching",
    "SegmentOrigin": "tracing",
    "SegmentPart": "splitting",
    "SegmentProfile": "describing",
    "SegmentReason": "reasons",
    "SegmentReview": "reviewing",
    "SegmentRule": "rules",
    "SegmentSplit": "splitting",
    "SegmentTrait": "traits",
    "Segmentation": "clusters",
    "TargetMarket": "target_market",
    "TargetSegment": "target_market",
    "assign_lazily": "inputs",
    "assign_segments": "replaying",
    "choose_segments": "choosing",
    "count_segments": "inputs",
    "describe_map": "review_pictures",
    "describe_market": "review_pictures",
    "describe_migration": "review_pictures",
    "describe_rfm": "review_pictures",
    "describe_segments": "describing",
    "describe_split": "review_split",
    "describe_stability": "review_pictures",
    "find_cuts": "rfm",
    "find_purchases": "inputs",
    "find_traits": "traits",
    "foresee_segments": "foreseeing",
    "grid_rfm": "review_pictures",
    "has_customers": "inputs",
    "list_split_columns": "review_split",
    "match_segments": "matching",
    "migrate_segments": "migration",
    "name_segment_columns": "review_pictures",
    "name_segments": "naming",
    "propose_plays": "proposing",
    "rank_target_market": "target_market",
    "read_customers": "inputs",
    "read_market": "inputs",
    "review_segments": "reviewing",
    "score_rfm": "rfm",
    "score_rfm_lazily": "lazy_rfm",
    "segment_customers": "clusters",
    "split_by_segment": "splitting",
    "tabulate_counts": "review_pictures",
    "tabulate_effects": "review_split",
    "tabulate_map": "review_pictures",
    "tabulate_market": "review_pictures",
    "tabulate_moves": "review_pictures",
    "tabulate_rfm": "review_pictures",
    "tabulate_split": "review_split",
    "tell_segment_reason": "reasons",
    "trace_segments": "tracing",
    "word_segment_table": "review_pictures",
    "word_split_table": "review_split",
    "write_rule_sql": "inputs",
    "write_segment_banners": "review_briefing",
    "write_segment_cards": "review_briefing",
    "write_segment_findings": "review_briefing",
    "write_segment_headline": "review_briefing",
    "write_segment_list": "review_briefing",
    "write_segment_notes": "review_briefing",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "MARKET_COLUMNS",
    "MEASURES",
    "METHODS",
    "Condition",
    "CostRule",
    "Distance",
    "Migration",
    "Move",
    "Play",
    "PlayTerms",
    "Prices",
    "RuleBook",
    "SegmentChoice",
    "SegmentCost",
    "SegmentCount",
    "SegmentMatch",
    "SegmentOrigin",
    "SegmentPart",
    "SegmentProfile",
    "SegmentReason",
    "SegmentReview",
    "SegmentRule",
    "SegmentSplit",
    "SegmentTrait",
    "Segmentation",
    "TargetMarket",
    "TargetSegment",
    "assign_lazily",
    "assign_segments",
    "choose_segments",
    "count_segments",
    "describe_map",
    "describe_market",
    "describe_migration",
    "describe_rfm",
    "describe_segments",
    "describe_split",
    "describe_stability",
    "find_cuts",
    "find_purchases",
    "find_traits",
    "foresee_segments",
    "grid_rfm",
    "has_customers",
    "list_split_columns",
    "match_segments",
    "migrate_segments",
    "name_segment_columns",
    "name_segments",
    "propose_plays",
    "rank_target_market",
    "read_customers",
    "read_market",
    "review_segments",
    "score_rfm",
    "score_rfm_lazily",
    "segment_customers",
    "split_by_segment",
    "tabulate_counts",
    "tabulate_effects",
    "tabulate_map",
    "tabulate_market",
    "tabulate_moves",
    "tabulate_rfm",
    "tabulate_split",
    "tell_segment_reason",
    "trace_segments",
    "word_segment_table",
    "word_split_table",
    "write_rule_sql",
    "write_segment_banners",
    "write_segment_cards",
    "write_segment_findings",
    "write_segment_headline",
    "write_segment_list",
    "write_segment_notes",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
