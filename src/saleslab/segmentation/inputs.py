"""Segments where the customers are: the rule as an Ibis expression, and the few counts that reach Python."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any

import ibis

from saleslab.segmentation.nearest import SegmentCost
from saleslab.segmentation.replaying import Rule
from saleslab.segmentation.rules import Condition, RuleBook


def assign_lazily(table: Any, rule: Rule) -> Any:
    """Return an Ibis table with the column ``segment``: the same as `assign_segments`, where the rows are.

    A segment is missing where a column of the rule is missing or infinite.
    """
    known = reduce(
        and_, [_is_known(table[name], name in rule.words) for name in rule.columns], ibis.literal(value=True)
    )
    if isinstance(rule, RuleBook):
        cases = [(_follow(table, one.conditions), at + 1) for at, one in enumerate(rule.rules)]
        return table.mutate(segment=ibis.ifelse(known, ibis.cases(*cases, else_=len(cases) + 1), None).cast("int64"))
    names = [f"cost_of_segment_{at + 1}" for at in range(len(rule.segments))]
    costed = table.mutate(**{name: _cost(table, one) for name, one in zip(names, rule.segments, strict=True)})
    least = ibis.least(*[costed[name] for name in names])
    cases = [(costed[name] == least, at + 1) for at, name in enumerate(names)]
    found = ibis.ifelse(known, ibis.cases(*cases, else_=None), None).cast("int64")
    return costed.mutate(segment=found).drop(*names)


def count_segments(table: Any, rule: Rule) -> Any:
    """Return an Ibis table with one row a segment: ``segment`` and ``n_customers``."""
    assigned = assign_lazily(table, rule)
    return assigned.group_by("segment").aggregate(n_customers=assigned.count()).order_by("segment")


def _exact(value: float) -> Any:
    """Return a number that every engine reads to the last bit: written in full, and read as binary."""
    return ibis.literal(repr(float(value))).cast("float64")


def _is_known(column: Any, is_word: bool) -> Any:
    if is_word:
        return column.notnull()
    value = column.cast("float64")
    return value.notnull() & ~value.isnan() & ~value.isinf()


def _text(column: Any) -> Any:
    return column.cast("string")


def _follow(table: Any, conditions: tuple[Condition, ...]) -> Any:
    return reduce(and_, [_meet(table[one.column], one) for one in conditions], ibis.literal(value=True))


def _meet(column: Any, one: Condition) -> Any:
    if one.levels is not None:
        return _text(column).isin(one.levels)
    value, met = column.cast("float64"), ibis.literal(value=True)
    if one.low is not None:
        met &= value >= _exact(one.low)
    if one.high is not None:
        met &= value < _exact(one.high)
    return met


def _cost(table: Any, segment: SegmentCost) -> Any:
    total = _exact(segment.constant)
    for name, distance in segment.distances.items():
        apart = table[name].cast("float64") - _exact(distance.centre)
        total = total + _exact(distance.factor) * (apart * apart)
    for name, prices in segment.prices.items():
        text = _text(table[name])
        cases = [(text == level, _exact(price)) for level, price in prices.levels.items()]
        total = total + (ibis.cases(*cases, else_=_exact(prices.other)) if cases else _exact(prices.other))
    return total
