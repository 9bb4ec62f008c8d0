"""Formulas compute what they say, and hold nothing but arithmetic."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument
from saleslab.kpi.trees.formulas import LONGEST, parse_formula
from saleslab.kpi.trees.units import UnitClash, check_units

UNITS = {"won": "count", "lost": "count", "rate": "rate", "size": "money", "cost": "money", "cycle": "days"}

_leaf = st.one_of(st.sampled_from(["a", "b", "c"]), st.integers(1, 9).map(str))
_terms = st.recursive(
    _leaf, lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
)


@given(_terms, st.lists(st.floats(0.5, 10), min_size=3, max_size=3))
def test_a_formula_computes_what_python_computes(text, numbers):
    text = f"a + {text}"
    values = dict(zip("abc", numbers, strict=True))
    scope = {"__builtins__": {}, **values}
    try:
        expected = eval(compile(ast.parse(text, mode="eval"), "test", "eval"), scope)
    except ZeroDivisionError:
        expected = np.nan
    found = float(parse_formula(text).evaluate(values))
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_arrays_are_computed_entry_by_entry():
    found = parse_formula("won * rate / 2").evaluate({"won": np.array([10.0, 20.0]), "rate": np.array([0.5, 0.1])})
    assert found.tolist() == [2.5, 1.0]


@pytest.mark.requirement("A02")
def test_a_division_by_zero_is_no_number_and_never_zero():
    found = parse_formula("won / total").evaluate({"won": np.array([0.0, 3.0]), "total": np.array([0.0, 4.0])})
    assert np.isnan(found[0])
    assert found[1] == 0.75


@pytest.mark.requirement("A02")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("__import__('os').system('x')", "a call at character 1"),
        ("won.real", "an attribute"),
        ("won ** 9", "a power"),
        ("won[0]", "Subscript"),
        ("[won for won in lost]", "ListComp"),
        ("won if lost else 1", "a condition"),
        ("won and lost", "a condition"),
        ("'won'", "a text"),
        ("True + won", "a text or a yes/no value"),
        ("won = 3", "cannot be read"),
        ("won +", "cannot be read"),
        ("won * 1e999", "too large a number"),
        ("1 + 2", "uses no node"),
        ("won % lost", "not arithmetic"),
        ("lambda: won", "Lambda"),
        ("", "0 characters"),
        ("won + " * LONGEST + "won", "characters"),
        ("(" * 60 + "won" + ")" * 60 + "+" + "-" * 45 + "won", "nested"),
    ],
)
def test_what_is_not_arithmetic_is_refused(text, what):
    with pytest.raises(BadArgument, match="Next: ") as refused:
        parse_formula(text)
    assert what in refused.value.what


def test_a_node_without_a_value_is_named():
    with pytest.raises(BadArgument, match=r"uses size, of which no value is given[\s\S]*Next: measure"):
        parse_formula("won * size").evaluate({"won": 3.0})


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("won * size", "money"),
        ("won * rate * size", "money"),
        ("won / (won + lost)", "rate"),
        ("size / cost", "rate"),
        ("1 - rate", "rate"),
        ("2 * won + lost", "count"),
        ("cost / won", "money"),
        ("-won + lost", "count"),
        ("size - cost", "money"),
    ],
)
def test_units_that_fit_pass(text, unit):
    assert check_units(parse_formula(text), UNITS, unit) is None


@pytest.mark.requirement("A02")
@pytest.mark.parametrize(
    ("text", "unit", "clash"),
    [
        ("won + size", "money", UnitClash("+", "count", "money")),
        ("won + rate", "count", UnitClash("+", "count", "rate")),
        ("won * size", "count", UnitClash("=", "money", "count")),
        ("size / cycle", "money", UnitClash("=", "money/days", "money")),
        ("won / lost", "count", UnitClash("=", "rate", "count")),
        ("size * cost", "money", UnitClash("=", "money^2", "money")),
    ],
)
def test_units_that_clash_are_named(text, unit, clash):
    assert check_units(parse_formula(text), UNITS, unit) == clash
