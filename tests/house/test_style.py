"""Sizes, names, the clock, printing, SQL and sales words: what keeps the house readable."""

import ast
import re

import pytest
from source import ROOT, sources

SAYS_NOTHING = {"utils", "helpers", "common", "core", "base", "misc", "manager"}
CLOCK = {"now", "today", "utcnow"}
SALES_WORDS = re.compile(
    r"\b(deal|deals|sales|customer|customers|lead|leads|account|accounts|revenue|rep|reps|win|wins|pipeline|quota|crm)\b",
    re.I,
)
SQL = re.compile(
    r"^\s*(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+table|with\s+\w+\s+as\s*\()",
    re.I | re.S,
)


def test_files_stay_below_400_lines():
    assert {s.name: s.text.count("\n") for s in sources() if s.text.count("\n") > 400} == {}


def test_functions_stay_below_60_lines():
    long = [
        f"{s.name}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines of code"
        for s in sources()
        for node in ast.walk(s.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines_of_code(node) > 60
    ]
    assert long == []


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(getattr(body[0], "value", None), ast.Constant)
    documented = body[0].end_lineno - body[0].lineno + 1 if has_docstring else 0
    return node.end_lineno - node.lineno + 1 - documented


def test_no_file_or_room_has_a_name_that_says_nothing():
    assert [s.name for s in sources() if SAYS_NOTHING & set(s.path.with_suffix("").parts)] == []


def _calls(room_allowed: set[str], names: set[str]):
    for s in sources():
        if s.room in room_allowed:
            continue
        for node in ast.walk(s.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in names:
                yield f"{s.name}:{node.lineno} {called}"


def test_only_the_command_line_prints():
    assert list(_calls({"cli"}, {"print"})) == []


def test_only_the_command_line_reads_the_clock():
    allowed = {"reporting/timing.py"}  # wall-clock facts of a run, kept apart from what is hashed
    assert [call for call in _calls({"cli"}, CLOCK) if call.split(":")[0] not in allowed] == []


def test_no_broad_except():
    broad = [
        f"{s.name}:{node.lineno}"
        for s in sources()
        for node in ast.walk(s.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert broad == []


def test_the_mathematics_holds_no_sales_word():
    found = [
        f"{s.name}: {m.group()}" for s in sources() if s.room == "stats" for m in [SALES_WORDS.search(s.text)] if m
    ]
    assert found == []


def test_no_sql_outside_the_warehouse():
    found = [
        f"{s.name}:{node.lineno}"
        for s in sources()
        if s.room != "warehouse"
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert found == []


def test_answers_are_frozen():
    mutable = [
        f"{s.name}:{node.lineno} {node.name}"
        for s in sources()
        for node in ast.walk(s.tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for decorator in node.decorator_list
        if "dataclass" in ast.dump(decorator) and "frozen" not in ast.dump(decorator)
    ]
    assert mutable == []


def test_answers_have_neither_plots_nor_html():
    methods = {"plot", "to_html", "summary"}
    assert [
        f"{s.name}:{node.lineno} {node.name}"
        for s in sources()
        for node in ast.walk(s.tree)
        if isinstance(node, ast.FunctionDef) and node.name in methods
    ] == []


def _is_public(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")


def test_every_public_name_is_documented():
    bare = [
        f"{s.name}:{node.lineno} {node.name}"
        for s in sources()
        for node in s.tree.body
        if _is_public(node) and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize("file", ["requirements.lock", "pyproject.toml", "Makefile", "README.md", ".ci/run"])
def test_no_file_names_a_registry_or_a_path_of_a_machine(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js."]
    assert [host for host in hosts if host in text] == []
    assert re.findall(r"(?:^|[\s\"'(=])/(?:work|farm|root|home)/", text) == []
