"""A report gets what was meant, or nothing runs."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import ParameterError
from saleslab.reporting.declarations import read_parameters
from saleslab.reporting.parameters import assignments, fill_parameters

CELL = """
# what the reader may change
db: str = "duckdb:///data/lab.duckdb"  # the company's tables
as_of: "date" = "2026-10-31"  # the day the report speaks of
region: str = "01"  # code of the prefecture
top: int = 5  # how many rows
mass: float = 0.9  # of intervals
detailed: bool = False  # with an appendix
since: "date | None" = None  # first day; without it, the whole history
"""


@pytest.fixture(scope="module")
def declared():
    return read_parameters(CELL)


def test_a_cell_declares_names_types_defaults_and_reasons(declared):
    by_name = {parameter.name: parameter for parameter in declared}
    assert list(by_name) == ["db", "as_of", "region", "top", "mass", "detailed", "since"]
    assert by_name["as_of"].type == "date"
    assert by_name["since"].optional
    assert by_name["mass"].why == "of intervals"


def test_without_given_values_every_default_stands_and_the_database_is_left_out(declared):
    assert fill_parameters(declared, {}) == {
        "as_of": "2026-10-31",
        "region": "01",
        "top": 5,
        "mass": 0.9,
        "detailed": False,
        "since": None,
    }


@pytest.mark.parametrize("code", ["01", "１２", "1_000", "0x10", "true", "2026-10-31", "", " 7 "])
def test_a_code_stays_the_text_that_was_typed(declared, code):
    assert fill_parameters(declared, {"region": code}, as_text=True)["region"] == code


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("top", "12", 12),
        ("top", "１２", 12),
        ("top", "-3", -3),
        ("top", "007", 7),
        ("mass", "0.5", 0.5),
        ("mass", ".5", 0.5),
        ("mass", "5e-1", 0.5),
        ("detailed", "TRUE", True),
        ("detailed", "false", False),
        ("as_of", "2026-02-28", "2026-02-28"),
        ("as_of", "２０２６-０２-２８", "2026-02-28"),
        ("since", "", None),
    ],
)
def test_typed_text_is_read_by_the_declared_type(declared, name, typed, meant):
    value = fill_parameters(declared, {name: typed}, as_text=True)[name]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("top", "1_000"),
        ("top", "1,000"),
        ("top", "1.0"),
        ("top", "true"),
        ("top", ""),
        ("top", "9" * 5000),
        ("mass", "nan"),
        ("mass", "inf"),
        ("mass", "1e999"),
        ("mass", "0.9;import os"),
        ("detailed", "1"),
        ("as_of", "31/10/2026"),
        ("as_of", "20261031"),
        ("as_of", "2026-W44-6"),
        ("as_of", "2026-02-30"),
        ("as_of", ""),
        ("region", "a\0b"),
        ("region", "\udcff"),
    ],
)
def test_text_that_does_not_fit_is_refused(declared, name, typed):
    with pytest.raises(ParameterError, match=rf"'{name}' must be .*\n  Next: this report takes: as_of, region"):
        fill_parameters(declared, {name: typed}, as_text=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top", "12"),
        ("top", True),
        ("top", 1.0),
        ("top", 10**400),
        ("mass", True),
        ("mass", float("nan")),
        ("mass", 10**400),
        ("detailed", 1),
        ("detailed", "true"),
        ("as_of", datetime(2026, 10, 31)),
        ("as_of", 20261031),
        ("region", 1),
        ("region", None),
        ("region", ["01"]),
    ],
)
def test_a_python_value_of_another_type_is_refused(declared, name, value):
    with pytest.raises(ParameterError, match=f"'{name}' must be"):
        fill_parameters(declared, {name: value})


def test_a_python_date_survives_as_iso_text(declared):
    assert fill_parameters(declared, {"as_of": date(2026, 1, 9)})["as_of"] == "2026-01-09"


def test_all_problems_are_told_at_once(declared):
    wrong = {"regoin": "01", "x=1;import os;": 1, "class": 2, "api_key": "k", "db": "x", "top": "many"}
    with pytest.raises(ParameterError) as refused:
        fill_parameters(declared, wrong, as_text=True)
    told = str(refused.value)
    assert "'regoin' is unknown (did you mean 'region'?)" in told
    assert "'x=1;import os;' cannot be a name" in told
    assert "'class' cannot be a name" in told
    assert "'api_key' looks like a secret" in told
    assert "'db' is given by --db" in told
    assert "'top' must be a whole number" in told


@pytest.mark.parametrize("name", ["password", "db_passwd", "token", "auth_token", "secret", "api_key", "apiKey", "PWD"])
def test_a_name_that_looks_like_a_secret_is_refused_given_or_declared(declared, name):
    with pytest.raises(ParameterError, match=f"'{name}' looks like a secret"):
        fill_parameters(declared, {name: "x"}, as_text=True)
    with pytest.raises(ParameterError, match=f"'{name}' looks like a secret"):
        read_parameters(f'{name}: str = ""  # for the server')


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("import os", "is no declaration"),
        ("top = 5  # how many", "is no declaration"),
        ("top: int = 5; print(top)  # how many", "is no declaration"),
        ("top: int = 5", "does not say why"),
        ("top: int  # how many", "has no default"),
        ("top: int = 2 + 3  # how many", "is not a plain value"),
        ("top: int = len([])  # how many", "is not a plain value"),
        ("top: int = 'five'  # how many", "must be a whole number"),
        ("top: list = []  # which", "has the type 'list'"),
        ("as_of: 'date' = 'today'  # the day", "must be a day written"),
        ("top.n: int = 5  # how many", "is no declaration"),
        ("a: int = 1  # one\na: int = 2  # two", "'a' is declared twice"),
    ],
)
def test_a_cell_with_anything_else_is_refused(line, fault):
    with pytest.raises(ParameterError, match=rf"{fault}.*\n  Next: write each line as name: type"):
        read_parameters(line)


def test_a_cell_that_is_no_python_is_refused_with_its_line():
    with pytest.raises(ParameterError, match="not Python in its line 2"):
        read_parameters("a: int = 1  # one\nb: int = = 2")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_no_text_can_leave_its_quotes(text):
    filled = fill_parameters(read_parameters("word: str = ''  # any"), {"word": text}, as_text=True)
    scope: dict[str, object] = {}
    exec(assignments(filled), {"__builtins__": {}}, scope)
    assert scope == {"word": text}


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.floats(-1e17, 1e17), st.booleans(), st.dates())
def test_values_come_back_from_text_as_they_went(whole, number, yes, day):
    cell = "n: int = 0  # n\nx: float = 0.0  # x\ny: bool = False  # y\nd: 'date' = '2026-01-01'  # d"
    typed = {"n": str(whole), "x": repr(number), "y": str(yes), "d": day.isoformat()}
    filled = fill_parameters(read_parameters(cell), typed, as_text=True)
    assert filled == {"n": whole, "x": number, "y": yes, "d": day.isoformat()}
