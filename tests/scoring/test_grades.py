"""Grades keep their promise by rate and by capacity, and stay where they were fixed."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import Grades, set_grades

chances = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(chances, st.floats(0.01, 1))
def test_an_a_promises_twice_the_average_and_never_more_leads_than_can_be_worked(values, capacity):
    grades = set_grades(values, capacity=capacity)
    best = [value for value, grade in zip(values, grades.grade(values), strict=True) if grade == "A"]
    assert len(best) <= capacity * len(values) + 1e-6
    assert all(value >= min(2 * np.mean(values), 1) for value in best)


@given(chances, st.floats(0.01, 1))
def test_a_higher_chance_never_gets_a_worse_grade(values, capacity):
    ranked = set_grades(values, capacity=capacity).grade(sorted(values))
    assert ranked == sorted(ranked, reverse=True)


def test_both_rules_bind():
    many_good = np.r_[np.full(500, 0.02), np.full(500, 0.5)]
    assert "A" not in set_grades(many_good, capacity=0.1).grade(many_good), "half the list cannot be worked first"
    dry_month = np.linspace(0.010, 0.011, 1000)
    assert "A" not in set_grades(dry_month, capacity=0.1).grade(dry_month), "nobody is twice as good as the average"


def test_leads_that_cannot_be_told_apart_get_one_grade_below_a():
    assert set(set_grades([0.1] * 50, capacity=0.2).grade([0.1] * 50)) == {"C"}


def test_a_grade_does_not_move_when_other_leads_come():
    grades = set_grades(np.linspace(0, 0.7, 500) ** 3, capacity=0.1)
    alone = grades.grade([0.3])
    assert grades.grade([0.3] * 400) == alone * 400 == ["A"] * 400


def test_grades_survive_the_bundle_of_a_model():
    grades = set_grades(np.random.default_rng(7).beta(1, 9, 300), capacity=0.15)
    assert Grades.from_state(json.loads(json.dumps(grades.get_state()))) == grades


def test_what_is_no_grade_is_refused():
    with pytest.raises(BadArgument, match=r"1 of 2 chances(.|\n)*Next: pass the chances"):
        set_grades([0.2, np.nan], capacity=0.5)
    with pytest.raises(BadArgument, match=r"not a share(.|\n)*Next: give a number above 0"):
        set_grades([0.2], capacity=3)
    with pytest.raises(NotEnoughData, match=r"No lead(.|\n)*Next: score some leads"):
        set_grades([], capacity=0.5)
    with pytest.raises(BadArgument, match=r"do not fall(.|\n)*Next: give the highest first"):
        Grades((0.1, 0.2, 0.3), (0, 0, 0), 0.1)
    with pytest.raises(BadArgument, match=r"not the cut points(.|\n)*Next: give three numbers"):
        Grades((0.3, 0.2, -0.1), (0, 0, 0), 0.1)
