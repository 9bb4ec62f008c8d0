"""Gaps and overlaps of rules are found by enumeration, before any customer falls into them."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument
from saleslab.segmentation import Condition, RuleBook, SegmentRule, assign_segments


def rule(name, **ranges):
    return SegmentRule(name, tuple(Condition(column, low, high) for column, (low, high) in ranges.items()))


def test_rules_that_share_out_everybody_are_accepted_and_counted_from_1():
    book = RuleBook((rule("few", n=(None, 3)), rule("some", n=(3, 9)), rule("many", n=(9, None))))
    found = assign_segments(pd.DataFrame({"n": [0, 2.99, 3, 8, 9, 1e9, None]}), book)
    assert found[:6].tolist() == [1, 1, 2, 2, 3, 3]
    assert found.isna().tolist() == [False] * 6 + [True]


def test_all_gaps_and_overlaps_are_told_at_once():
    with pytest.raises(BadArgument) as told:
        RuleBook((rule("low", n=(None, 3), m=(0, 1)), rule("high", n=(2, None), m=(0, 1))))
    assert "low and high both take n from 2, m from 0" in str(told.value)
    assert "nobody takes n < 2, m < 0" in str(told.value)
    assert "Next: narrow the rules that overlap" in str(told.value)


def test_a_category_that_no_rule_names_is_a_gap_unless_there_is_an_otherwise():
    named = (SegmentRule("it", (Condition("industry", levels=("it",)),)),)
    with pytest.raises(BadArgument, match="nobody takes industry = any other"):
        RuleBook(named)
    book = RuleBook(named, otherwise="rest")
    assert assign_segments(pd.DataFrame({"industry": ["it", "food"]}), book).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("low", "high", "levels"), [(None, None, None), (3, 3, None), (1, None, ("a",)), (None, None, ())]
)
def test_a_condition_that_says_nothing_is_refused(low, high, levels):
    with pytest.raises(BadArgument, match="condition on n(?s:.*)Next: give low < high"):
        Condition("n", low, high, levels)


def test_a_column_is_a_number_or_a_category():
    with pytest.raises(BadArgument, match="n is a range in one rule and a category in another"):
        RuleBook((rule("a", n=(None, 3)), SegmentRule("b", (Condition("n", levels=("x",)),))))


def test_two_segments_of_one_name_are_refused():
    with pytest.raises(BadArgument, match="2 segments have 1 names"):
        RuleBook((rule("a", n=(None, 3)), rule("a", n=(3, None))))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=4))
def test_enumeration_agrees_with_trying_every_value(spans):
    rules = tuple(rule(f"r{at}", n=(low, low + length)) for at, (low, length) in enumerate(spans))
    values = [at / 2 for at in range(-2, 20)]
    overlaps = any(
        max(a[0], b[0]) <= value < min(sum(a), sum(b)) for a, b in itertools.combinations(spans, 2) for value in values
    )
    if overlaps:
        with pytest.raises(BadArgument, match="both take"):
            RuleBook(rules, otherwise="rest")
    else:
        assert RuleBook(rules, otherwise="rest").names[-1] == "rest"
