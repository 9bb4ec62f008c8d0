"""Who are our customers?

Scores of recency, frequency and spend, whether there are groups at all, segments that the warehouse can replay, what
sets them apart, who moves between them, and which kind of company to look for. Every name is loaded when it is first
asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saleslab.segmentation.choosing import SegmentChoice, SegmentCount, choose_segments
    from saleslab.segmentation.clusters import METHODS, Segmentation, segment_customers
    from saleslab.segmentation.describing import SegmentProfile, describe_segments
    from saleslab.segmentation.inputs import assign_lazily, count_segments
    from saleslab.segmentation.matching import SegmentMatch, match_segments
    from saleslab.segmentation.migration import Migration, Move, migrate_segments
    from saleslab.segmentation.naming import name_segments
    from saleslab.segmentation.nearest import CostRule, Distance, Prices, SegmentCost
    from saleslab.segmentation.plays import Play
    from saleslab.segmentation.reasons import SegmentReason, tell_segment_reason
    from saleslab.segmentation.replaying import assign_segments
    from saleslab.segmentation.rfm import MEASURES, find_cuts, score_rfm
    from saleslab.segmentation.rules import Condition, RuleBook, SegmentRule
    from saleslab.segmentation.target_market import TargetMarket, TargetSegment, rank_target_market
    from saleslab.segmentation.traits import SegmentTrait, find_traits

_HOME = {
    "MEASURES": "rfm",
    "METHODS": "clusters",
    "Condition": "rules",
    "CostRule": "nearest",
    "Distance": "nearest",
    "Migration": "migration",
    "Move": "migration",
    "Play": "plays",
    "Prices": "nearest",
    "RuleBook": "rules",
    "SegmentChoice": "choosing",
    "SegmentCost": "nearest",
    "SegmentCount": "choosing",
    "SegmentMatch": "matching",
    "SegmentProfile": "describing",
    "SegmentReason": "reasons",
    "SegmentRule": "rules",
    "SegmentTrait": "traits",
    "Segmentation": "clusters",
    "TargetMarket": "target_market",
    "TargetSegment": "target_market",
    "assign_lazily": "inputs",
    "assign_segments": "replaying",
    "choose_segments": "choosing",
    "count_segments": "inputs",
    "describe_segments": "describing",
    "find_cuts": "rfm",
    "find_traits": "traits",
    "match_segments": "matching",
    "migrate_segments": "migration",
    "name_segments": "naming",
    "rank_target_market": "target_market",
    "score_rfm": "rfm",
    "segment_customers": "clusters",
    "tell_segment_reason": "reasons",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "MEASURES",
    "METHODS",
    "Condition",
    "CostRule",
    "Distance",
    "Migration",
    "Move",
    "Play",
    "Prices",
    "RuleBook",
    "SegmentChoice",
    "SegmentCost",
    "SegmentCount",
    "SegmentMatch",
    "SegmentProfile",
    "SegmentReason",
    "SegmentRule",
    "SegmentTrait",
    "Segmentation",
    "TargetMarket",
    "TargetSegment",
    "assign_lazily",
    "assign_segments",
    "choose_segments",
    "count_segments",
    "describe_segments",
    "find_cuts",
    "find_traits",
    "match_segments",
    "migrate_segments",
    "name_segments",
    "rank_target_market",
    "score_rfm",
    "segment_customers",
    "tell_segment_reason",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"saleslab.segmentation.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.segmentation' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
