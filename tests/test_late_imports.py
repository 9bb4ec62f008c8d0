"""What takes long to load is loaded when it is used, and then it answers as ever."""

import importlib
import subprocess
import sys

import pytest

from saleslab._late_imports import serve_late

ASK = """
import sys
import saleslab.reporting, saleslab.charts.theme
from jsonschema import Draft202012Validator
loaded_early = "lark" in sys.modules
checked = Draft202012Validator({"format": "iri"}, format_checker=Draft202012Validator.FORMAT_CHECKER)
print(loaded_early, checked.is_valid("https://例え.jp/売上"), checked.is_valid("no address"))
import rfc3987_syntax.syntax_helpers
print(rfc3987_syntax.__file__ == sys.modules["rfc3987_syntax"].__file__, rfc3987_syntax.is_valid_syntax("iri", "a:b"))
"""

ASK_AN_ATTRIBUTE = """
from saleslab._late_imports import postpone_address_grammars
postpone_address_grammars()
postpone_address_grammars()
import rfc3987_syntax
print("make_syntax_validator" in dir(rfc3987_syntax.syntax_helpers))
"""


def said_by(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    return done.stdout.split()


def test_grammars_of_addresses_are_built_at_the_first_check_of_one():
    assert said_by(ASK) == ["False", "True", "False", "True", "True"]


def test_whoever_asks_for_the_library_itself_gets_it():
    assert said_by(ASK_AN_ATTRIBUTE) == ["True"]


ROOMS = ("customers", "customers.feedback", "forecasting", "reporting", "scoring", "scoring.briefings", "segmentation")


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_a_room_promises_is_served(room):
    module = importlib.import_module(f"saleslab.{room}")
    assert dir(module) == sorted(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_a_name_that_no_file_has_is_refused_as_python_does():
    ask, _ = serve_late("saleslab.stats", {"Interval": "intervals"})
    with pytest.raises(AttributeError, match=r"^module 'saleslab.stats' has no attribute 'Intervall'$"):
        ask("Intervall")
